//! The stage drawn off-screen: what is seen of the avatar itself, without any panel.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at its first surprise"
)]
#![cfg(feature = "desktop")]

use avatardesk::{
    performance::{Expression, Gesture},
    stage::{
        avatar::{Attention, AvatarStatus, GestureAsked, MoodChanged, MouthShape},
        headless::{Frame, Headless, Settings},
        look::Preset,
        set::{Set, SetChanged},
    },
};

/// Width and height of the test's pictures.
const SIZE: (u32, u32) = (640, 360);

fn headless(preset: Preset) -> Option<Headless> {
    let settings = Settings { width: SIZE.0, height: SIZE.1, preset: Some(preset), ..Settings::default() };
    match Headless::new(settings, Set::default(), |_| {}) {
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

/// The picture's middle, where head and body are.
fn avatar_region(frame: &Frame) -> Frame {
    frame.part(SIZE.0 * 35 / 100, SIZE.1 * 8 / 100, SIZE.0 * 30 / 100, SIZE.1 * 52 / 100)
}

/// One app for all steps: starting it is what costs.
#[test]
fn the_avatar_is_seen_to_listen_speak_blink_and_wave() {
    let Some(mut stage) = headless(Preset::Potato) else { return };
    stage.settle().unwrap();
    assert_eq!(*stage.world().resource::<AvatarStatus>(), AvatarStatus::Ready);

    // The avatar can be seen at all: hidden, the same region looks otherwise.
    stage.world_mut().insert_resource(Attention::Listening);
    updates(&mut stage, 40);
    let listening = avatar_region(&stage.frame().unwrap());
    let hidden = {
        hide_avatar(&mut stage, true);
        updates(&mut stage, 2);
        let frame = avatar_region(&stage.frame().unwrap());
        hide_avatar(&mut stage, false);
        updates(&mut stage, 2);
        frame
    };
    assert!(listening.difference(&hidden) > 10.0, "{}", listening.difference(&hidden));

    // Speaking looks otherwise than listening.
    stage.world_mut().insert_resource(Attention::Speaking);
    stage.world_mut().insert_resource(MouthShape { aa: 1.0, ..MouthShape::default() });
    updates(&mut stage, 40);
    let speaking = avatar_region(&stage.frame().unwrap());
    assert!(speaking.difference(&listening) > 0.5, "{}", speaking.difference(&listening));

    // The mouth alone: two frames apart, nothing else has moved far.
    stage.world_mut().insert_resource(Attention::Idle);
    stage.world_mut().insert_resource(MouthShape::default());
    updates(&mut stage, 60);
    let shut = stage.frame().unwrap();
    let still = stage.frame().unwrap();
    stage.world_mut().insert_resource(MouthShape { aa: 1.0, ..MouthShape::default() });
    updates(&mut stage, 8);
    let open = stage.frame().unwrap();
    let (moved, noise) = (most_changed(&shut, &open), most_changed(&shut, &still));
    assert!(moved > noise + 6.0, "mouth {moved}, noise {noise}");

    // A blink and a mood are seen, too.
    stage.world_mut().insert_resource(MouthShape::default());
    stage.world_mut().write_message(MoodChanged { expression: Expression::Surprised, strength: 1.0 });
    updates(&mut stage, 60);
    let surprised = stage.frame().unwrap();
    assert!(most_changed(&shut, &surprised) > noise + 3.0);

    // A gesture ends where it began.
    stage.world_mut().write_message(GestureAsked(Gesture::Wave));
    updates(&mut stage, 70);
    let waving = stage.frame().unwrap();
    assert!(most_changed(&surprised, &waving) > noise + 6.0);

    // A changed scene is put up while running.
    let before = stage.frame().unwrap();
    let mut set = Set::default();
    set.palette.wall = bevy::prelude::Color::srgb(0.5, 0.1, 0.1);
    stage.world_mut().write_message(SetChanged(set));
    updates(&mut stage, 12);
    let corner = |frame: &Frame| frame.part(SIZE.0 - 90, 10, 60, 60);
    let after = stage.frame().unwrap();
    assert!(corner(&before).difference(&corner(&after)) > 3.0);
}

/// Presets differ in how they get to the picture, not in what is on it.
#[test]
fn every_preset_draws_the_avatar_at_its_desk() {
    let Some(mut stage) = headless(Preset::Potato) else { return };
    stage.settle().unwrap();
    let least = stage.frame().unwrap();
    for preset in [Preset::Low, Preset::Medium, Preset::High] {
        stage.world_mut().insert_resource(preset);
        updates(&mut stage, 12);
        let frame = stage.frame().unwrap();
        assert!(frame.difference(&least) < 12.0, "{preset:?}: {}", frame.difference(&least));
        assert!(avatar_region(&frame).difference(&avatar_region(&least)) < 20.0, "{preset:?}");
    }
}

/// A second app in the same process works; a file that is not there is an error in words.
#[test]
fn an_avatar_that_is_not_there_is_named() {
    let settings = Settings { width: 64, height: 64, preset: Some(Preset::Potato), ..Settings::default() };
    let set = Set { avatar: "avatars/nobody.vrm".into(), ..Set::default() };
    let Ok(mut stage) = Headless::new(settings, set, |_| {}) else { return };
    let why = stage.settle().unwrap_err().to_string();
    assert!(why.contains("nobody.vrm"), "{why}");
}

/// The part of the picture that changed most: mean difference over tiles of 20 pixels.
fn most_changed(a: &Frame, b: &Frame) -> f32 {
    const TILE: u32 = 20;
    let mut most = 0.0_f32;
    for y in (0..SIZE.1).step_by(TILE as usize) {
        for x in (0..SIZE.0).step_by(TILE as usize) {
            most = most.max(a.part(x, y, TILE, TILE).difference(&b.part(x, y, TILE, TILE)));
        }
    }
    most
}

fn hide_avatar(stage: &mut Headless, hidden: bool) {
    use avatardesk::stage::avatar::Avatar;
    use bevy::prelude::*;
    let world = stage.world_mut();
    let mut avatars = world.query_filtered::<&mut Visibility, With<Avatar>>();
    for mut visibility in avatars.iter_mut(world) {
        *visibility = if hidden { Visibility::Hidden } else { Visibility::Inherited };
    }
}
