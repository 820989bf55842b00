//! Touches on the pages reach the visit.

use bevy_egui::egui::epaint::ClippedShape;
use bevy_egui::egui::{Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2};

use super::*;
use crate::kiosk::test_world::{run, talking};
use crate::routing::QueuePlace;
use crate::stage::set::Palette;
use crate::visit::MessageStep;

const SCREEN: Vec2 = Vec2::new(1280.0, 720.0);
/// Longer than the farewell is deaf, in frames of 50 ms.
const A_WHILE: u32 = 30;

pub(super) struct Glass {
    pub context: Context,
    pub theme: Theme,
    pub panels: Panels,
}

impl Glass {
    pub fn new() -> Self {
        let knowledge = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/knowledge");
        let knowledge = Arc::new(KnowledgeBase::load(std::path::Path::new(knowledge)).unwrap());
        let theme = Theme::from_palette(&Palette::default());
        Self { context: Context::default(), theme, panels: Panels::new(knowledge) }
    }

    /// One frame; what was drawn.
    pub fn frame(&mut self, core: &mut Core, events: Vec<Event>) -> Vec<ClippedShape> {
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, SCREEN));
        self.context.begin_pass(RawInput { screen_rect, events, ..RawInput::default() });
        self.panels.show(&self.context, &self.theme, core);
        let mut output = self.context.end_pass();
        output.textures_delta.clear();
        output.shapes
    }

    pub fn tap(&mut self, core: &mut Core, pos: Pos2) {
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        for events in [vec![], vec![], vec![Event::PointerMoved(pos), button(true)], vec![button(false)]] {
            drop(self.frame(core, events));
        }
    }
}

#[test]
fn a_touch_during_the_farewell_begins_the_next_visit() {
    let (mut core, _, mut now) = talking();
    core.input(Input::Leave);
    run(&mut core, &mut now, A_WHILE);
    assert!(matches!(core.state().phase, Phase::Farewell { .. }), "{:?}", core.state().phase);
    Glass::new().tap(&mut core, Pos2::new(200.0, 200.0));
    run(&mut core, &mut now, 1);
    assert!(matches!(core.state().phase, Phase::Welcome { .. }), "{:?}", core.state().phase);
}

#[test]
fn a_message_can_be_given_up_with_a_button() {
    let (mut core, _, mut now) = talking();
    let nobody = QueuePlace { place: 1, length: 1, staffed: false, estimate: None };
    core.input(Input::QueuePlace { place: Some(nobody) });
    core.input(Input::MessageWanted);
    run(&mut core, &mut now, 4);
    assert_eq!(core.state().message, MessageStep::Writing);
    // Wherever it stands: row by row, as one reads, and it stands before "Goodbye".
    let mut glass = Glass::new();
    let mut taps = 0;
    for y in (20..700).step_by(20) {
        for x in (20..1260).step_by(40) {
            if core.state().message != MessageStep::Writing || core.state().phase != Phase::Talk {
                break;
            }
            glass.tap(&mut core, Pos2::new(x as f32, y as f32));
            run(&mut core, &mut now, 1);
            taps += 1;
        }
    }
    assert_eq!(core.state().message, MessageStep::Declined, "after {taps} taps");
}
