//! The card of an answer as it is drawn: every step with its number, and a code that a phone can read.

use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::egui::{Color32, Pos2, Rect, Vec2};

use super::tests::{LINKED, SCALES, SCREENS, Shown, answered, knowledge};
use crate::conversation::Language;
use crate::knowledge::{Line, Modules};
use crate::stage::fonts::Lettering;

/// The quiet zone that ISO/IEC 18004 asks for, in modules.
const QUIET: f32 = 4.0;
/// No code at all, as the first fault; and how the address begins in words.
const NO_CODE: &str = "no code is drawn";
const ADDRESS: &str = "ethereum.org/";
/// Rounding, in points.
const SLACK: f32 = 0.01;

/// All that is written.
fn texts(shapes: &[ClippedShape]) -> Vec<&str> {
    shapes
        .iter()
        .filter_map(|shape| match &shape.shape {
            Shape::Text(text) => Some(text.galley.text()),
            _ => None,
        })
        .collect()
}

/// What keeps a phone from reading this code, if anything does.
fn unreadable(shapes: &[ClippedShape], modules: &Modules, screen: Rect) -> Option<String> {
    let drawn = shapes.iter().find_map(|shape| match &shape.shape {
        Shape::Mesh(mesh) if mesh.vertices.iter().all(|v| v.color == Color32::BLACK) => {
            let rect = |corners: &[_]| Rect::from_points(corners);
            let places: Vec<Pos2> = mesh.vertices.iter().map(|v| v.pos).collect();
            let quads: Vec<Rect> = places.chunks(4).map(rect).collect();
            Some((shape.clip_rect, quads))
        }
        _ => None,
    });
    let Some((clip, quads)) = drawn else { return Some(NO_CODE.into()) };
    let code = quads.iter().fold(Rect::NOTHING, |all, quad| all.union(*quad));
    let module = code.width() / modules.side() as f32;
    for y in 0..modules.side() {
        for x in 0..modules.side() {
            let at = code.min + Vec2::new(x as f32 + 0.5, y as f32 + 0.5) * module;
            if quads.iter().any(|quad| quad.contains(at)) != modules.is_dark(x, y) {
                return Some(format!("the module {x}, {y} is wrong"));
            }
        }
    }
    let quiet = code.expand(QUIET * module - SLACK);
    let is_ground = |shape: &ClippedShape| match &shape.shape {
        Shape::Rect(rect) => rect.fill == Color32::WHITE && rect.rect.contains_rect(quiet),
        _ => false,
    };
    if !shapes.iter().any(is_ground) {
        return Some("the quiet zone is not white".into());
    }
    let is_over = |shape: &ClippedShape| match &shape.shape {
        Shape::Text(text) => {
            let words = text.galley.rect.translate(text.pos.to_vec2()).intersect(shape.clip_rect);
            words.is_positive() && words.intersects(quiet)
        }
        _ => false,
    };
    if let Some(shape) = shapes.iter().find(|shape| is_over(shape)) {
        return Some(format!("there are words on it: {:?}", texts(std::slice::from_ref(shape))));
    }
    let seen = clip.intersect(screen);
    (!seen.contains_rect(quiet)).then(|| format!("{quiet:?} is cut to {seen:?}"))
}

/// A card's shapes on a screen, and what is wrong with its code.
fn drawn(
    language: Language,
    scale: f32,
    size: Vec2,
    lettering: &Lettering,
) -> (Vec<ClippedShape>, Option<String>) {
    let knowledge = knowledge();
    let mut core = answered(language, LINKED);
    let mut shown = Shown::new(scale, lettering, &knowledge);
    shown.panels.cleared = core.cleared();
    let shapes = shown.shapes(&mut core, size);
    let link = knowledge.article(LINKED, language).unwrap().card.link.clone().unwrap();
    let fault = unreadable(&shapes, link.modules(), Rect::from_min_size(Pos2::ZERO, size));
    (shapes, fault)
}

#[test]
fn a_phone_can_read_the_code_or_a_visitor_the_address() {
    let lettering = Lettering::from_system();
    let mut faults = Vec::new();
    for language in [Language::En, Language::Zh] {
        for scale in SCALES {
            for size in SCREENS {
                let (shapes, fault) = drawn(language, scale, size, &lettering);
                // Large words leave no room for it on a small screen.
                let small = size.min_elem() < 1000.0 && scale > 1.0;
                // Here captions and line at the bottom leave no room for the card.
                let full = size.x < 1000.0 && size.y > size.x && scale >= 2.0;
                match fault.as_deref() {
                    None => {}
                    Some(NO_CODE) if full => {}
                    Some(NO_CODE) if small && texts(&shapes).iter().any(|text| text.starts_with(ADDRESS)) => {
                    }
                    Some(fault) => {
                        faults.push(format!("{language:?}, {scale}, {}×{}: {fault}", size.x, size.y));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_code_with_a_fault_is_found() {
    let lettering = Lettering::from_system();
    let size = SCREENS[1];
    let screen = Rect::from_min_size(Pos2::ZERO, size);
    let (shapes, fault) = drawn(Language::En, 1.0, size, &lettering);
    assert_eq!(fault, None);
    let base = knowledge();
    let modules =
        |id: &str| base.article(id, Language::En).unwrap().card.link.clone().unwrap().modules().clone();
    // Another article's code, no white ground, and a screen that ends in the middle of it.
    assert!(unreadable(&shapes, &modules("nft-what"), screen).unwrap().contains("is wrong"));
    let right = modules(LINKED);
    let narrow = Rect::from_min_size(Pos2::ZERO, Vec2::new(size.x - 60.0, size.y));
    assert!(unreadable(&shapes, &right, narrow).unwrap().contains("is cut"));
    let without =
        |shape: &&ClippedShape| !matches!(&shape.shape, Shape::Rect(rect) if rect.fill == Color32::WHITE);
    let bare: Vec<ClippedShape> = shapes.iter().filter(without).cloned().collect();
    assert!(unreadable(&bare, &right, screen).unwrap().contains("not white"));
    assert!(unreadable(&[], &right, screen).unwrap().contains(NO_CODE));
}

#[test]
fn every_step_stands_on_the_card_with_its_number() {
    let lettering = Lettering::from_system();
    let base = knowledge();
    let id = "wallet-create";
    for language in [Language::En, Language::Zh] {
        let mut core = answered(language, id);
        let mut shown = Shown::new(1.0, &lettering, &base);
        shown.panels.cleared = core.cleared();
        let shapes = shown.shapes(&mut core, SCREENS[3]);
        let words = texts(&shapes);
        let steps = base.article(id, language).unwrap().card.lines.iter();
        let steps: Vec<_> = steps.filter(|line| matches!(line, Line::Step { .. })).collect();
        assert!(steps.len() > 2, "{steps:?}");
        for step in steps {
            let Line::Step { number, text } = step else { continue };
            let number = number.to_string();
            assert!(
                words.windows(2).any(|pair| pair == [number.as_str(), text.as_str()]),
                "{step:?}: {words:?}"
            );
        }
    }
}
