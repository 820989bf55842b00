//! The stage drawn off-screen: what is seen of the avatar itself, the kiosk with its panels, and all of it beside pictures
//! that were accepted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at its first surprise"
)]

mod avatar;
mod gallery;
mod golden;
mod likeness;
mod screens;
mod visit;
mod wall;

use avatardesk::stage::headless::{Headless, Settings};
use avatardesk::stage::set::Set;
use bevy::app::App;

/// A stage; `None` where nothing can be drawn and that is allowed.
fn headless_with(settings: Settings, set: Set, add: impl FnOnce(&mut App)) -> Option<Headless> {
    match Headless::new(settings, set, add) {
        Ok(stage) => Some(stage),
        Err(why) => {
            // Without any driver the sentence is what can be tested; the set-up of the project installs one.
            assert!(why.to_string().contains("mesa-vulkan-drivers"), "{why}");
            assert!(std::env::var_os("AVATARDESK_TESTS_NEED_DRAWING").is_none(), "{why}");
            None
        }
    }
}

fn updates(stage: &mut Headless, count: u32) {
    for _ in 0..count {
        stage.update().unwrap();
    }
}
