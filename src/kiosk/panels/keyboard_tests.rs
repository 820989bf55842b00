//! What is pressed on the keyboard stands in the text box.

use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::egui::{PointerButton, Pos2, TouchDeviceId, TouchId, TouchPhase};

use super::super::touch_tests::Glass;
use super::*;
use crate::kiosk::test_world::{run, talking_in};

/// The middle of the lowest text that reads so.
fn place(shapes: &[ClippedShape], text: &str) -> Option<Pos2> {
    let found = shapes.iter().filter_map(|clipped| match &clipped.shape {
        Shape::Text(shape) if shape.galley.text() == text => {
            Some(shape.galley.rect.translate(shape.pos.to_vec2()).center())
        }
        _ => None,
    });
    found.max_by(|a, b| a.y.total_cmp(&b.y))
}

fn press(glass: &mut Glass, core: &mut Core, key: &str) {
    let shapes = glass.frame(core, vec![]);
    let at = place(&shapes, key).unwrap_or_else(|| panic!("there is no key {key}"));
    glass.tap(core, at);
    drop(glass.frame(core, vec![]));
}

/// Waits until the words are learnt and looked up.
fn learnt(glass: &mut Glass, core: &mut Core) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while glass.panels.keyboard.found.is_empty() {
        assert!(std::time::Instant::now() < until, "nothing was learnt");
        std::thread::sleep(std::time::Duration::from_millis(5));
        drop(glass.frame(core, vec![]));
    }
}

/// A visit with the keyboard open and the text box touched.
fn typing(language: Language) -> (Glass, Core) {
    let (mut core, _, mut now) = talking_in(language);
    run(&mut core, &mut now, 2);
    let mut glass = Glass::new();
    glass.context.set_fonts(crate::stage::fonts::Lettering::from_system().definitions);
    glass.panels.cleared = core.cleared();
    let hint = core.texts().get(id::HINT_TYPE);
    let shapes = (0..3).map(|_| glass.frame(&mut core, vec![])).last().unwrap();
    let at = place(&shapes, &hint).expect("a text box");
    touch(&mut glass, &mut core, at);
    assert!(glass.panels.keyboard.open, "a finger opens it");
    (glass, core)
}

/// A finger, as winit and bevy_egui tell of it: a touch, and a press beside it.
fn touch(glass: &mut Glass, core: &mut Core, pos: Pos2) {
    for (phase, pressed) in [(TouchPhase::Start, true), (TouchPhase::End, false)] {
        let touch = Event::Touch { device_id: TouchDeviceId(0), id: TouchId(0), phase, pos, force: None };
        let button =
            Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
        drop(glass.frame(core, vec![Event::PointerMoved(pos), touch, button]));
    }
    drop(glass.frame(core, vec![]));
}

#[test]
fn letters_figures_and_corrections_reach_the_box() {
    let (mut glass, mut core) = typing(Language::En);
    for key in ["Shift", "H", "i", "Space", "123", "7", "ABC", "x", "Delete", "?"] {
        press(&mut glass, &mut core, key);
    }
    assert_eq!(glass.panels.draft, "Hi 7?");
    press(&mut glass, &mut core, "Enter");
    assert_eq!(glass.panels.draft, "", "it was sent");
    let mut now = core.state().now;
    run(&mut core, &mut now, 2);
    assert!(
        core.state().captions.iter().any(|c| c.who == crate::visit::Who::Visitor),
        "{:?}",
        core.state().captions
    );
    press(&mut glass, &mut core, "Hide");
    assert!(!glass.panels.keyboard.open);
}

#[test]
fn its_button_leads_into_the_box_and_once_hidden_it_stays_away() {
    let (mut core, _, mut now) = talking_in(Language::En);
    run(&mut core, &mut now, 2);
    let mut glass = Glass::new();
    glass.context.set_fonts(crate::stage::fonts::Lettering::from_system().definitions);
    glass.panels.cleared = core.cleared();
    (0..3).for_each(|_| drop(glass.frame(&mut core, vec![])));
    for key in ["⌨", "h", "i"] {
        press(&mut glass, &mut core, key);
    }
    assert_eq!(glass.panels.draft, "hi");
    let shapes = glass.frame(&mut core, vec![]);
    let hide = place(&shapes, "Hide").unwrap();
    touch(&mut glass, &mut core, hide);
    assert!(!glass.panels.keyboard.open);
    touch(&mut glass, &mut core, Pos2::new(300.0, 200.0));
    assert!(!glass.panels.keyboard.open, "nobody touched the box");
}

#[test]
fn pinyin_becomes_chinese() {
    let (mut glass, mut core) = typing(Language::Zh);
    for key in "qianbao".chars() {
        press(&mut glass, &mut core, &key.to_string());
    }
    learnt(&mut glass, &mut core);
    assert_eq!((glass.panels.draft.as_str(), glass.panels.keyboard.spelling.as_str()), ("", "qianbao"));
    press(&mut glass, &mut core, "钱包");
    assert_eq!((glass.panels.draft.as_str(), glass.panels.keyboard.spelling.as_str()), ("钱包", ""));
    for key in ["w", "o", "空格", "b", "删除", "?"] {
        press(&mut glass, &mut core, key);
    }
    assert_eq!(glass.panels.draft, "钱包我?");
}

#[test]
fn a_seed_phrase_typed_here_is_masked_like_any() {
    let (mut glass, mut core) = typing(Language::En);
    for word in ["abandon", "ability", "able", "about", "above", "absent", "absorb", "abstract"] {
        for key in word.chars() {
            press(&mut glass, &mut core, &key.to_string());
        }
        press(&mut glass, &mut core, "Space");
    }
    let draft = &glass.panels.draft;
    assert!(!draft.contains("absent") && draft.contains("removed"), "{draft}");
}

#[test]
fn panels_stand_above_it_and_keys_close_it() {
    let (mut glass, mut core) = typing(Language::En);
    drop(glass.frame(&mut core, vec![]));
    let cut = layout::layout(&glass.context, 1.0);
    let shapes = glass.frame(&mut core, vec![]);
    let top = place(&shapes, "q").unwrap().y;
    assert!(cut.bottom.max.y < top, "{cut:?} over {top}");
    drop(glass.frame(&mut core, vec![Event::Text("a".into())]));
    assert!(!glass.panels.keyboard.open, "somebody has real keys");
    assert_eq!(glass.panels.draft, "a");
}

#[test]
fn nothing_of_it_is_left_for_the_next_visitor() {
    let (mut glass, mut core) = typing(Language::Zh);
    for key in "qian".chars() {
        press(&mut glass, &mut core, &key.to_string());
    }
    core.input(Input::Leave);
    let mut now = core.state().now;
    run(&mut core, &mut now, 400);
    drop(glass.frame(&mut core, vec![]));
    let keyboard = &glass.panels.keyboard;
    assert!(!keyboard.open && keyboard.spelling.is_empty() && keyboard.into.is_none());
}
