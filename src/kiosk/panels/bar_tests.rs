//! The line at the bottom: whatever is open in it, its text box is on the screen, and nothing lies on the meter.

use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::egui::{Rect, Vec2};

use super::tests::{SCALES, SCREENS, Shown, knowledge};
use crate::conversation::Language;
use crate::kiosk::edges::HeardEvent;
use crate::kiosk::test_world::{run, talking_in};
use crate::stage::fonts::Lettering;
use crate::texts::id;

/// The width of a bar of the meter, in points.
const METER_BAR: f32 = 5.0;

/// Where a text stands, if all of it can be seen.
fn place_of(shapes: &[ClippedShape], wanted: &str, screen: Rect) -> Option<Rect> {
    shapes.iter().find_map(|clipped| {
        let Shape::Text(text) = &clipped.shape else { return None };
        let rect = text.galley.rect.translate(text.pos.to_vec2());
        (text.galley.text() == wanted && screen.intersect(clipped.clip_rect).contains_rect(rect))
            .then_some(rect)
    })
}

/// The texts that lie on bars of the meter; nothing where it has given way.
fn on_meter(shapes: &[ClippedShape]) -> Option<Vec<String>> {
    let bars = shapes.iter().filter_map(|clipped| match &clipped.shape {
        Shape::Rect(bar) if (bar.rect.width() - METER_BAR).abs() < 0.1 => Some(bar.rect),
        _ => None,
    });
    let bars: Vec<Rect> = bars.collect();
    let texts = shapes.iter().filter_map(|clipped| match &clipped.shape {
        Shape::Text(text) => Some((text.galley.rect.translate(text.pos.to_vec2()), text.galley.text())),
        _ => None,
    });
    let found = texts.filter(|(rect, _)| bars.iter().any(|bar| bar.intersects(rect.shrink(1.0))));
    (!bars.is_empty()).then(|| found.map(|(_, text)| text.to_owned()).collect())
}

#[test]
fn the_text_box_and_the_meter_are_free_with_and_without_settings() {
    let (knowledge, lettering) = (knowledge(), Lettering::from_system());
    let (mut faults, mut meters) = (Vec::new(), 0);
    for language in [Language::En, Language::Zh] {
        for settings in [false, true] {
            let (mut core, world, mut now) = talking_in(language);
            world.with(|w| w.heard.push(HeardEvent::Level { db: -20.0, speech: false }));
            run(&mut core, &mut now, 2);
            let hint = core.texts().get(id::HINT_TYPE);
            for scale in SCALES {
                for size in SCREENS {
                    let mut shown = Shown::new(scale, &lettering, &knowledge);
                    shown.panels.cleared = core.cleared();
                    shown.panels.settings_open = settings;
                    let shapes = shown.shapes(&mut core, size);
                    let at = format!("{language:?}, settings {settings}, {scale}, {}×{}", size.x, size.y);
                    let screen = Rect::from_min_size(Default::default(), Vec2::new(size.x, size.y));
                    if place_of(&shapes, &hint, screen).is_none() {
                        faults.push(format!("{at}: the text box is not on the screen"));
                    }
                    let meter = on_meter(&shapes);
                    meters += u32::from(meter.is_some());
                    for text in meter.unwrap_or_default() {
                        faults.push(format!("{at}: `{text}` lies on the meter"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(meters > 10, "the meter is hardly ever drawn: {meters}");
}

/// What was opened and closed again leaves no room behind.
#[test]
fn the_line_at_the_bottom_shrinks_again() {
    let (knowledge, lettering) = (knowledge(), Lettering::from_system());
    let (mut core, _, _) = talking_in(Language::En);
    let mut shown = Shown::new(1.0, &lettering, &knowledge);
    shown.panels.cleared = core.cleared();
    let hint = core.texts().get(id::HINT_TYPE);
    let screen = Rect::from_min_size(Default::default(), SCREENS[2]);
    let pill = core.texts().get(id::STATE_LISTENING);
    let mut apart = |settings: bool| {
        shown.panels.settings_open = settings;
        let shapes = shown.shapes(&mut core, SCREENS[2]);
        let [pill, hint] = [&pill, &hint].map(|text| place_of(&shapes, text, screen).unwrap().top());
        hint - pill
    };
    let before = apart(false);
    assert!(apart(true) > before + 40.0);
    assert!((apart(false) - before).abs() < 1.0);
}
