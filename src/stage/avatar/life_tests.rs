//! A long life of chance cues, and what its bones may and may not do.

use super::super::chance::Chance;
use super::super::gesture::ALL;
use super::super::spring::{ACCELERATION_MOST, SPEED_MOST};
use super::*;

const FRAME: f32 = 1.0 / 60.0;

fn around(attention: Attention) -> Around {
    Around {
        attention,
        still: false,
        mouth: 0.0,
        eyes: Vec3::new(0.0, 1.46, 0.0),
        visitor: Vec3::new(0.2, 1.4, 3.0),
        shown: None,
    }
}

/// Every frame of a life in which anything is asked at any time.
fn chance_life(seed: u32, seconds: u32, still: bool) -> Vec<Pose> {
    const ATTENTIONS: [Attention; 6] = [
        Attention::Idle,
        Attention::Attending,
        Attention::Listening,
        Attention::Thinking,
        Attention::Speaking,
        Attention::Waiting,
    ];
    let mut chance = Chance::new(seed);
    let mut pick = move |one_in: f32| chance.unit() < 1.0 / one_in;
    let mut draw = Chance::new(seed ^ 0x5555);
    let mut life = Life::new(Build::default(), seed);
    let mut now = Around { still, ..around(Attention::Idle) };
    let clip = Arc::new(super::super::clip::tests::shrug());
    let mut frames = Vec::new();
    for _ in 0..seconds * 60 {
        let mut asked = Asked::default();
        // Far more often than any desk would, so that everything is interrupted by everything.
        if pick(40.0) {
            let gesture = ALL[(draw.unit() * ALL.len() as f32) as usize % ALL.len()];
            asked.gestures.push((gesture, pick(5.0).then(|| Arc::clone(&clip))));
        }
        asked.beat = pick(50.0).then(|| draw.unit());
        asked.nod = pick(90.0).then(|| draw.unit());
        if pick(70.0) {
            now.attention = ATTENTIONS[(draw.unit() * 6.0) as usize % 6];
        }
        if pick(120.0) {
            now.visitor = Vec3::new(draw.between(-2.5, 2.5), draw.between(0.9, 1.8), draw.between(0.8, 4.0));
            now.shown = pick(2.0).then(|| Vec3::new(draw.between(-1.5, 1.5), draw.between(0.7, 1.8), 1.0));
        }
        now.mouth = draw.unit();
        life.step(FRAME, &asked, &now);
        frames.push(life.pose().clone());
    }
    frames
}

/// The fastest turn of any bone, in radians per second, and the quickest change of it, per second squared; and whose.
fn worst(frames: &[Pose], frame: f32) -> ((f32, Joint), (f32, Joint)) {
    let (mut speed, mut push) = ((0.0, Joint::Hips), (0.0, Joint::Hips));
    for &joint in Joint::ALL {
        let velocity = |pair: &[Pose]| {
            let turn = pair[1].get(joint) * pair[0].get(joint).inverse();
            (if turn.w < 0.0 { -turn } else { turn }).to_scaled_axis() / frame
        };
        let speeds: Vec<Vec3> = frames.windows(2).map(velocity).collect();
        for turning in &speeds {
            if turning.length() > speed.0 {
                speed = (turning.length(), joint);
            }
        }
        for pair in speeds.windows(2) {
            let change = pair[1].distance(pair[0]) / frame;
            if change > push.0 {
                push = (change, joint);
            }
        }
    }
    (speed, push)
}

/// What the eyes of a visitor would call a jump.
fn jump(frames: &[Pose]) -> Option<String> {
    let ((speed, fast), (push, jerky)) = worst(frames, FRAME);
    if speed > SPEED_MOST * 1.02 {
        return Some(format!("{fast:?} turns by {speed} radians a second"));
    }
    // Springs take two steps a frame; a third is the room that rounding needs.
    (push > ACCELERATION_MOST * 1.35)
        .then(|| format!("{jerky:?} changes its turning by {push} a second squared"))
}

#[test]
fn nothing_jumps_whatever_is_asked_and_interrupted() {
    for seed in [1, 77] {
        assert_eq!(jump(&chance_life(seed, 240, false)), None);
    }
    assert_eq!(jump(&chance_life(5, 60, true)), None);
}

#[test]
fn a_jump_that_is_put_in_is_found() {
    let mut frames = chance_life(1, 20, false);
    let mut popped = frames[600].clone();
    popped.add(Joint::RightLowerArm, turn(0.0, 12.0, 0.0));
    let before = std::mem::replace(&mut frames[600], popped);
    assert!(jump(&frames).is_some_and(|found| found.contains("RightLowerArm")));
    frames[600] = before;
    assert_eq!(jump(&frames), None);
}

/// Head and trunk are heavier than hands: they are held to less than the springs' bounds.
#[test]
fn the_head_moves_as_heads_do() {
    let frames = chance_life(9, 120, false);
    for joint in [Joint::Head, Joint::Neck, Joint::Chest, Joint::Spine, Joint::Hips] {
        let alone: Vec<Pose> = frames
            .iter()
            .map(|frame| {
                let mut pose = Pose::default();
                pose.set(joint, frame.get(joint));
                pose
            })
            .collect();
        let ((speed, _), (push, _)) = worst(&alone, FRAME);
        assert!(speed < 4.0 && push < 110.0, "{joint:?}: {speed} a second, {push} a second squared");
    }
}

/// Whether a place is in the house set's desk or below its top, by more than sleeves and fingers give way.
fn is_in_desk(at: Vec3) -> bool {
    const SOFT_M: f32 = 0.02;
    let desk = crate::stage::set::DeskPlan::default();
    let from = Vec2::new(at.x, at.z - desk.centre_z()).length();
    at.y < desk.height - SOFT_M && from > desk.radius - desk.depth + SOFT_M && at.z > 0.0
}

#[test]
fn hands_stay_out_of_desk_and_body_and_feet_on_the_floor() {
    let build = Build::default();
    for (n, pose) in chance_life(33, 120, false).iter().enumerate() {
        let stood = build.stand(pose);
        for side in SIDES {
            let [_, _, elbow, hand] = side.arm().map(|joint| stood[joint as usize]);
            // A hand reaches beyond its wrist.
            let along = if side == super::super::skeleton::Side::Left { Vec3::X } else { Vec3::NEG_X };
            let knuckles = hand.0 + hand.1 * along * 0.09;
            for at in [hand.0, knuckles, elbow.0] {
                assert!(!is_in_desk(at), "frame {n}: {side:?} is in the desk at {at}");
                // The trunk as an upright ellipse around the spine.
                let spine = stood[Joint::Chest as usize].0;
                let from = Vec2::new((at.x - spine.x) / 0.105, (at.z - spine.z) / 0.085);
                let within = at.y < stood[Joint::UpperChest as usize].0.y && from.length() < 1.0;
                assert!(!within, "frame {n}: {side:?} is in the body at {at}");
            }
        }
        for foot in [Joint::LeftFoot, Joint::RightFoot] {
            let slid = stood[foot as usize].0.distance(build.place(foot));
            assert!(slid < 2e-3, "frame {n}: {foot:?} slides {slid} m");
        }
    }
}

fn live(life: &mut Life, seconds: f32, asked: &Asked, now: &Around) -> Vec<Pose> {
    let mut frames = Vec::new();
    for frame in 0..(seconds * 60.0) as u32 {
        life.step(FRAME, if frame == 0 { asked } else { &NOTHING }, now);
        frames.push(life.pose().clone());
    }
    frames
}

static NOTHING: Asked = Asked { gestures: Vec::new(), beat: None, nod: None };

fn ask(gesture: Gesture) -> Asked {
    Asked { gestures: vec![(gesture, None)], ..Asked::default() }
}

#[test]
fn a_waving_hand_is_up_and_a_bow_goes_down_and_both_end() {
    let build = Build::default();
    let mut life = Life::new(build.clone(), 4);
    let now = around(Attention::Attending);
    live(&mut life, 3.0, &Asked::default(), &now);
    let rest = build.stand(life.pose())[Joint::RightHand as usize].0;
    let waved = live(&mut life, 5.0, &ask(Gesture::Wave), &now);
    let highest = waved.iter().map(|p| build.stand(p)[Joint::RightHand as usize].0.y).fold(0.0, f32::max);
    assert!(highest > build.place(Joint::RightUpperArm).y, "{highest}");
    let after = build.stand(life.pose())[Joint::RightHand as usize].0;
    assert!(after.distance(rest) < 0.05, "{after} {rest}");
    let head = build.stand(life.pose())[Joint::Head as usize].0;
    let bowed = live(&mut life, 1.4, &ask(Gesture::Bow), &now);
    let lowest = build.stand(bowed.last().unwrap())[Joint::Head as usize].0;
    assert!(head.y - lowest.y > 0.025 && lowest.z > head.z + 0.08, "{head} {lowest}");
    assert!(life.lids() > 0.5);
}

#[test]
fn who_wants_no_motion_sees_no_wave_no_bow_and_no_beats() {
    let build = Build::default();
    let mut life = Life::new(build.clone(), 4);
    let now = Around { still: true, ..around(Attention::Speaking) };
    let before = live(&mut life, 2.0, &Asked::default(), &now);
    let hands = |pose: &Pose| SIDES.map(|side| build.stand(pose)[side.arm()[3] as usize].0);
    let rest = hands(before.last().unwrap());
    for gesture in [Gesture::Wave, Gesture::Bow, Gesture::OpenPalms] {
        let asked = Asked { beat: Some(1.0), ..ask(gesture) };
        for pose in live(&mut life, 3.0, &asked, &now) {
            for (now, rest) in hands(&pose).into_iter().zip(rest) {
                assert!(now.distance(rest) < 0.02, "{gesture:?}: {now} {rest}");
            }
        }
    }
}

#[test]
fn a_pointing_hand_goes_to_its_side_of_the_picture() {
    let build = Build::default();
    for (x, joint, sign) in [(1.2, Joint::LeftHand, 1.0), (-1.2, Joint::RightHand, -1.0)] {
        let mut life = Life::new(build.clone(), 4);
        let now = Around { shown: Some(Vec3::new(x, 1.3, 0.8)), ..around(Attention::Speaking) };
        live(&mut life, 1.0, &Asked::default(), &now);
        let pointed = live(&mut life, 1.5, &ask(Gesture::Point), &now);
        let hand = build.stand(pointed.last().unwrap())[joint as usize].0;
        assert!(hand.x * sign > 0.33, "{hand}");
    }
}

#[test]
fn who_comes_is_turned_to() {
    let mut life = Life::new(Build::default(), 4);
    let alone = Around { visitor: Vec3::new(1.2, 1.4, 2.0), ..around(Attention::Idle) };
    live(&mut life, 6.0, &Asked::default(), &alone);
    let near = Around { attention: Attention::Attending, ..alone };
    live(&mut life, 1.5, &Asked::default(), &near);
    let look = life.gaze.head + life.gaze.eyes;
    let there = direction(near.eyes, near.visitor);
    assert!(look.distance(there) < 4.0, "{look} {there}");
    assert!(life.take_blink() && !life.take_blink());
}
