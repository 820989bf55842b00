//! A visitor on foot comes to the desk and goes away again.

use bevy::prelude::*;

use super::app::with_core;
use super::edges::Reading;
use super::presence::Presence;
use crate::client::now;
use crate::stage::walk::Walking;
use crate::visit::Input;

/// What is known of the visitor on foot. They are always seen, so who goes away has gone at once.
#[derive(Resource, Default)]
pub struct OnFoot(Presence);

/// Tells the visit how near the visitor on foot is.
pub fn come_and_go(world: &mut World) {
    let Some(metres) = world.get_resource::<Walking>().and_then(Walking::distance) else { return };
    let near = world.resource_mut::<OnFoot>().0.step(Some(Reading::Metres(metres)), now());
    if let Some(near) = near {
        with_core(world, |core| core.input(Input::Near(near)));
    }
}
