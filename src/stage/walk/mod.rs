//! Walking up: a visitor in a virtual world goes through the lobby to the desk, by keys, by mouse or by touch.

mod walker;

pub use walker::{Ground, Steer, Walker};

use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiPrimaryContextPass,
    egui::{Event, PointerButton},
    input::EguiWantsInput,
};

use super::{camera::StageCamera, set::Set};

/// A drag across the whole width of the window turns by so much, in radians.
const DRAG_TURN: f32 = 1.6;

/// The visitor on foot; `None` where nobody walks.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct Walking {
    pub visitor: Option<(Walker, Ground)>,
}

impl Walking {
    /// How far the visitor is from the avatar, in metres.
    pub fn distance(&self) -> Option<f32> {
        self.visitor.as_ref().map(|(walker, ground)| walker.distance(ground))
    }

    /// Sends the visitor to the desk.
    pub fn to_the_desk(&mut self) {
        if let Some((walker, ground)) = &mut self.visitor {
            walker.go_to(ground.before_desk());
        }
    }
}

/// Everything about walking.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Walking>()
        .add_systems(Update, (set_out.run_if(resource_exists_and_changed::<Set>), walk).chain())
        .add_systems(EguiPrimaryContextPass, point);
}

/// Puts the visitor where the set lets visitors begin; one who is on the way stays there.
fn set_out(set: Res<Set>, mut walking: ResMut<Walking>) {
    let visitor = set.ground().map(|(from, ground)| match walking.visitor {
        Some((walker, before)) if before == ground => (walker, ground),
        _ => (Walker::new(from, &ground), ground),
    });
    walking.set_if_neq(Walking { visitor });
}

fn walk(
    time: Res<Time>,
    keys: Option<Res<ButtonInput<KeyCode>>>,
    wants: Option<Res<EguiWantsInput>>,
    mut walking: ResMut<Walking>,
) {
    let Some((before, ground)) = walking.visitor else { return };
    let typed = wants.is_some_and(|wants| wants.wants_any_keyboard_input());
    let steer = keys.filter(|_| !typed).map(|keys| steer(&keys)).unwrap_or_default();
    let mut walker = before;
    walker.step(steer, &ground, time.delta_secs());
    if walker != before {
        walking.visitor = Some((walker, ground));
    }
}

/// Arrows, or W A S D with Q and E to turn.
fn steer(keys: &ButtonInput<KeyCode>) -> Steer {
    let either = |more: &[KeyCode], less: &[KeyCode]| {
        let held = |wanted: &[KeyCode]| if keys.any_pressed(wanted.iter().copied()) { 1.0 } else { 0.0 };
        held(more) - held(less)
    };
    Steer {
        ahead: either(&[KeyCode::ArrowUp, KeyCode::KeyW], &[KeyCode::ArrowDown, KeyCode::KeyS]),
        aside: either(&[KeyCode::KeyD], &[KeyCode::KeyA]),
        turn: either(&[KeyCode::ArrowLeft, KeyCode::KeyQ], &[KeyCode::ArrowRight, KeyCode::KeyE]),
    }
}

/// A drag turns, a touch or a click goes there. What panels take is theirs.
fn point(
    mut contexts: EguiContexts,
    cameras: Query<(&Camera, &GlobalTransform), With<StageCamera>>,
    mut walking: ResMut<Walking>,
) -> Result {
    let Some((mut walker, ground)) = walking.visitor else { return Ok(()) };
    let context = contexts.ctx_mut()?;
    if context.egui_wants_pointer_input() || context.is_pointer_over_egui() {
        return Ok(());
    }
    let (drag, touched) = context.input(|i| {
        let pointer = &i.pointer;
        let drags = pointer.primary_down() && pointer.is_decidedly_dragging();
        // Where a finger was is in its event only: it is gone already.
        let lifted = i.events.iter().find_map(|event| match event {
            Event::PointerButton { pos, button: PointerButton::Primary, pressed: false, .. } => Some(*pos),
            _ => None,
        });
        (if drags { pointer.delta().x } else { 0.0 }, lifted.filter(|_| pointer.primary_clicked()))
    });
    let before = walker;
    walker.turn(drag / context.content_rect().width().max(1.0) * DRAG_TURN);
    let ray = touched
        .zip(cameras.iter().next())
        .and_then(|(at, (camera, place))| camera.viewport_to_world(place, Vec2::new(at.x, at.y)).ok());
    if let Some(goal) = ray.and_then(|ray| ground.meant(ray.origin, *ray.direction)) {
        walker.go_to(goal);
    }
    if walker != before {
        walking.visitor = Some((walker, ground));
    }
    Ok(())
}
