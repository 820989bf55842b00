//! What is seen of the avatar itself, and the kiosk with its panels.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use avatardesk::{
    conversation::{Command, ConversationId, Language},
    kiosk::{
        Core, KioskPlugin, Parts,
        edges::{Link, LinkEvent, Voice, VoiceEvent},
        with_core,
    },
    knowledge::KnowledgeBase,
    performance::{Expression, Gesture},
    protocol::Signal,
    scene::{self, Desk},
    stage::{
        avatar::{Attention, AvatarFault, AvatarStatus, GestureAsked, MoodChanged, MouthShape},
        headless::{Frame, Headless, Settings},
        look::{KeepPanels, Preset},
        set::{Set, SetChanged},
    },
    visit::{Input, Preferences, SpeechId},
    vrm::Glb,
};
use bevy::app::App;
use bevy::prelude::{Local, Time, Virtual};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass, egui};
use serde_json::{Value, json};

use super::{headless_with, updates};

/// Width and height of the test's pictures.
const SIZE: (u32, u32) = (640, 360);

fn headless(preset: Preset) -> Option<Headless> {
    headless_at(SIZE, preset, Set::default(), |_| {})
}

fn headless_at(
    (width, height): (u32, u32),
    preset: Preset,
    set: Set,
    add: impl FnOnce(&mut App),
) -> Option<Headless> {
    headless_with(Settings { width, height, preset: Some(preset), ..Settings::default() }, set, add)
}

/// The picture's middle, where head and body are.
fn avatar_region(frame: &Frame) -> Frame {
    frame.part(SIZE.0 * 35 / 100, SIZE.1 * 8 / 100, SIZE.0 * 30 / 100, SIZE.1 * 52 / 100)
}

/// Letters that were never drawn before make egui's picture of letters grow, and every panel is drawn with that picture.
fn ever_larger(mut contexts: EguiContexts, mut size: Local<f32>) -> bevy::prelude::Result {
    *size += 3.0;
    let context = contexts.ctx_mut()?;
    egui::Area::new("larger".into()).fade_in(false).fixed_pos((0.0, 0.0)).show(context, |ui| {
        let (rect, _) = ui.allocate_exact_size((60.0, 60.0).into(), egui::Sense::hover());
        ui.painter().rect_filled(rect, 0.0, egui::Color32::RED);
        let letters: String = ('!'..='~').collect();
        ui.label(egui::RichText::new(letters).size(*size));
    });
    Ok(())
}

#[test]
fn panels_are_in_every_picture_also_when_new_letters_come() {
    let Some(mut stage) = headless_at(SIZE, Preset::Potato, Set::default(), |app| {
        app.add_systems(EguiPrimaryContextPass, ever_larger);
    }) else {
        return;
    };
    updates(&mut stage, 3);
    for picture in 0..30 {
        let corner = stage.frame().unwrap().part(20, 20, 1, 1).rgba;
        assert!(corner[0] > 200 && corner[1] < 80, "picture {picture} is without its panel: {corner:?}");
    }
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

/// A loudspeaker that begins whatever it is given, and goes on with it.
struct Talker {
    news: Vec<VoiceEvent>,
    /// The mouth stands open while it speaks.
    open: Arc<AtomicBool>,
}

impl Voice for Talker {
    fn poll(&mut self) -> Vec<VoiceEvent> {
        std::mem::take(&mut self.news)
    }
    fn say(&mut self, speech: SpeechId, _: &str, _: Language) {
        self.news.push(VoiceEvent::Started(speech, 0));
    }
    fn stop(&mut self) {}
    fn change_desk(&mut self, _: &Desk) {}
    fn volume(&mut self, _: u8) {}
    fn mouth(&mut self) -> [f32; 5] {
        [f32::from(u8::from(self.open.load(Ordering::SeqCst))), 0.0, 0.0, 0.0, 0.0]
    }
}

/// A relay that nobody has connected.
struct NoRelay;

impl Link for NoRelay {
    fn poll(&mut self) -> Vec<LinkEvent> {
        Vec::new()
    }
    fn send(&mut self, _: ConversationId, _: Command) {}
    fn follow(&mut self, _: ConversationId) {}
    fn unfollow(&mut self, _: ConversationId) {}
    fn seen(&mut self, _: ConversationId, _: u64) {}
    fn signal(&mut self, _: ConversationId, _: Signal) {}
    fn report(&mut self, _: Vec<String>) -> bool {
        true
    }
}

/// The kiosk's screen in tests: on a smaller one the panels stand before the avatar.
const SCREEN: (u32, u32) = (1280, 720);

/// A whole kiosk, and what opens the mouth of its voice.
fn kiosk() -> Option<(Headless, Arc<AtomicBool>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("scenes/helpdesk.ron")).unwrap();
    let scene = scene::parse(&text).unwrap();
    let knowledge = Arc::new(KnowledgeBase::load(&root.join("assets/knowledge")).unwrap());
    let open = Arc::<AtomicBool>::default();
    let voice = Box::new(Talker { news: Vec::new(), open: Arc::clone(&open) });
    let parts = Parts { link: Box::new(NoRelay), ears: None, voice };
    let core = Core::new(&scene, &scene.desks[0], parts, [7; 32]);
    let set = Set::from_scene(&scene, core.desk(), Language::En);
    let kiosk = KioskPlugin::new(core, scene, knowledge);
    let mut stage = headless_at(SCREEN, Preset::Potato, set, |app| {
        app.add_plugins(kiosk);
    })?;
    stage.settle().unwrap();
    Some((stage, open))
}

/// A visitor comes and is greeted.
fn begin_talk(stage: &mut Headless, language: Language) {
    with_core(stage.world_mut(), |core| {
        core.input(Input::Touched);
        core.input(Input::LanguageChosen { language });
        core.input(Input::Consented { voice: false });
    })
    .expect("there is a kiosk");
}

/// The whole kiosk: what the loudspeaker plays is seen in the avatar's face, and its panels are drawn.
#[test]
fn the_kiosk_moves_the_avatar_and_draws_its_panels() {
    let Some((mut stage, open)) = kiosk() else { return };
    assert_eq!(*stage.world().resource::<Attention>(), Attention::Idle);
    let side = |frame: &Frame| {
        frame.part(SCREEN.0 * 70 / 100, SCREEN.1 * 5 / 100, SCREEN.0 * 25 / 100, SCREEN.1 / 4)
    };
    let alone = side(&stage.frame().unwrap());

    begin_talk(&mut stage, Language::En);
    // The greeting's gesture ends.
    updates(&mut stage, 240);
    assert_eq!(*stage.world().resource::<Attention>(), Attention::Speaking);
    let talking = stage.frame().unwrap();
    assert!(side(&talking).difference(&alone) > 10.0, "{}", side(&talking).difference(&alone));

    // Where its head is; no panel stands there.
    let face = |a: &Frame, b: &Frame| most_changed_within(a, b, 330..490, 120..260);
    updates(&mut stage, 8);
    let noise = face(&talking, &stage.frame().unwrap());
    open.store(true, Ordering::SeqCst);
    updates(&mut stage, 8);
    assert!(stage.world().resource::<MouthShape>().aa > 0.9);
    let moved = face(&talking, &stage.frame().unwrap());
    assert!(moved > noise + 4.0, "mouth {moved}, noise {noise}");
}

/// How much the same moment differs with panels that are kept and with panels that are drawn anew, at most in a tile, above a line.
fn kept_and_anew(stage: &mut Headless, above: u32) -> f32 {
    stage.world_mut().resource_mut::<Time<Virtual>>().pause();
    updates(stage, 12);
    let kept = stage.frame().unwrap();
    stage.world_mut().insert_resource(KeepPanels(false));
    updates(stage, 2);
    let anew = stage.frame().unwrap();
    stage.world_mut().insert_resource(KeepPanels(true));
    stage.world_mut().resource_mut::<Time<Virtual>>().unpause();
    updates(stage, 12);
    most_changed_within(&kept, &anew, 0..SCREEN.0, 0..above)
}

/// On machines without a graphics card panels that do not change are not drawn again; nobody sees it.
#[test]
fn panels_that_are_kept_look_as_if_they_were_drawn_anew() {
    /// Below it dots move while the avatar speaks.
    const ABOVE_THE_DOTS: u32 = 560;
    const SAME: f32 = 1.0;
    let Some((mut stage, _)) = kiosk() else { return };
    // The dots rest for who wants little motion.
    with_core(stage.world_mut(), Core::keep_calm).unwrap();
    assert!(kept_and_anew(&mut stage, SCREEN.1) < SAME, "attract");
    begin_talk(&mut stage, Language::Zh);
    updates(&mut stage, 60);
    assert!(kept_and_anew(&mut stage, SCREEN.1) < SAME, "talk");
    with_core(stage.world_mut(), |core| core.typed("怎么创建钱包")).unwrap();
    updates(&mut stage, 3);
    assert!(kept_and_anew(&mut stage, SCREEN.1) < SAME, "a new caption");
    // An arm goes out to the side and comes back.
    with_core(stage.world_mut(), |core| {
        let preferences = Preferences { reduce_motion: false, ..core.state().preferences };
        core.input(Input::PreferencesChanged { preferences });
    })
    .unwrap();
    stage.world_mut().write_message(GestureAsked(Gesture::Point));
    for _ in 0..3 {
        updates(&mut stage, 25);
        assert!(kept_and_anew(&mut stage, ABOVE_THE_DOTS) < SAME, "pointing");
    }
    // The check finds a panel that is not where it was.
    let before = stage.frame().unwrap();
    with_core(stage.world_mut(), |core| core.input(Input::Leave)).unwrap();
    updates(&mut stage, 20);
    let after = stage.frame().unwrap();
    assert!(most_changed_within(&before, &after, 0..SCREEN.0, 0..ABOVE_THE_DOTS) > SAME);
    assert!(kept_and_anew(&mut stage, ABOVE_THE_DOTS) < SAME, "rating");
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

/// What is resident of this process in MiB, where the system tells.
fn memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

/// A driver in software that compiled the set's shader again at each draw once kept 10 MiB of each.
#[test]
fn a_set_that_is_drawn_again_and_again_takes_no_memory() {
    const MOST_MIB: u64 = 100;
    const ALONE: &str = "AVATARDESK_TEST_ALONE";
    // Other tests in this process take memory meanwhile: it is done in one of its own.
    if std::env::var_os(ALONE).is_none() {
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        alone.args(["--exact", "a_set_that_is_drawn_again_and_again_takes_no_memory"]).env(ALONE, "1");
        assert!(alone.status().unwrap().success());
        return;
    }
    let Some(mut stage) = headless(Preset::Potato) else { return };
    stage.settle().unwrap();
    let redraw = |stage: &mut Headless, times: u32| {
        for n in 0..times {
            let mut set = Set::default();
            set.palette.wall = bevy::prelude::Color::srgb(0.2 + 0.05 * (n % 3) as f32, 0.3, 0.3);
            stage.world_mut().write_message(SetChanged(set));
            updates(stage, 6);
        }
    };
    redraw(&mut stage, 3);
    let Some(before) = memory_mib() else { return };
    redraw(&mut stage, 9);
    let after = memory_mib().unwrap();
    assert!(after < before + MOST_MIB, "{before} MiB, then {after} MiB");
}

/// A folder of assets with the house avatar, and another one that the scene asks for.
fn assets_with(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Settings, Set) {
    let folder = tempfile::tempdir().unwrap();
    let avatars = folder.path().join("avatars");
    std::fs::create_dir(&avatars).unwrap();
    std::fs::write(avatars.join("concierge.vrm"), house_avatar()).unwrap();
    std::fs::write(avatars.join(name), bytes).unwrap();
    let settings = Settings {
        width: SIZE.0,
        height: SIZE.1,
        preset: Some(Preset::Potato),
        assets: folder.path().to_owned(),
        ..Settings::default()
    };
    (folder, settings, Set { avatar: format!("avatars/{name}"), ..Set::default() })
}

fn house_avatar() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/avatars/concierge.vrm")).unwrap()
}

/// The house avatar as VRM 0.x has it: it looks the other way, and its bones and expressions have other names.
fn old_avatar() -> Vec<u8> {
    let bytes = house_avatar();
    let glb = Glb::parse(&bytes).unwrap();
    let mut gltf: Value = serde_json::from_slice(glb.json).unwrap();
    let new = gltf["extensions"]["VRMC_vrm"].take();
    let human = new["humanoid"]["humanBones"].as_object().unwrap().iter().map(|(bone, at)| {
        let old =
            bone.replace("ThumbProximal", "ThumbIntermediate").replace("ThumbMetacarpal", "ThumbProximal");
        json!({ "bone": old, "node": at["node"] })
    });
    let groups = [("aa", "a"), ("ou", "u"), ("blink", "blink"), ("happy", "joy")].map(|(new_name, old)| {
        let binds = new["expressions"]["preset"][new_name]["morphTargetBinds"].as_array().unwrap().iter();
        let binds = binds.map(|bind| {
            let mesh = &gltf["nodes"][bind["node"].as_u64().unwrap() as usize]["mesh"];
            json!({ "mesh": mesh, "index": bind["index"], "weight": bind["weight"].as_f64().unwrap() * 100.0 })
        });
        json!({ "presetName": old, "name": old, "binds": binds.collect::<Vec<_>>() })
    });
    let vrm = json!({
        "exporterVersion": "test", "meta": { "title": "Old", "author": "avatardesk" },
        "humanoid": { "humanBones": human.collect::<Vec<_>>() },
        "blendShapeMaster": { "blendShapeGroups": groups },
    });
    let turned = json!({ "rotation": [0.0, 1.0, 0.0, 0.0], "children": gltf["scenes"][0]["nodes"] });
    let nodes = gltf["nodes"].as_array_mut().unwrap();
    nodes.push(turned);
    let last = nodes.len() - 1;
    gltf["scenes"] = json!([{ "nodes": [last] }]);
    let extensions = gltf["extensions"].as_object_mut().unwrap();
    extensions.remove("VRMC_vrm");
    extensions.insert("VRM".into(), vrm);
    let mut text = gltf.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let number = |n: usize| (n as u32).to_le_bytes();
    let mut file = [b"glTF".as_slice(), &number(2), &number(28 + text.len() + glb.binary.len())].concat();
    for (kind, part) in [(b"JSON", text.as_slice()), (b"BIN\0", glb.binary)] {
        file.extend(number(part.len()));
        file.extend(kind);
        file.extend(part);
    }
    file
}

/// An avatar of VRM 0.x stands at the desk, shows its face and speaks.
#[test]
fn an_avatar_of_vrm_0_x_faces_the_visitor_and_speaks() {
    let (_folder, settings, set) = assets_with("old.vrm", &old_avatar());
    let Ok(mut stage) = Headless::new(settings, set, |_| {}) else { return };
    stage.settle().unwrap();
    assert_eq!(*stage.world().resource::<AvatarFault>(), AvatarFault(None));
    updates(&mut stage, 60);
    let shut = stage.frame().unwrap();
    let still = stage.frame().unwrap();
    // It has no shape for this sound: another one stands in.
    stage.world_mut().insert_resource(MouthShape { oh: 1.0, aa: 0.5, ..MouthShape::default() });
    updates(&mut stage, 8);
    let open = stage.frame().unwrap();
    let (moved, noise) = (most_changed(&shut, &open), most_changed(&shut, &still));
    // From behind no mouth is seen.
    assert!(moved > noise + 6.0, "mouth {moved}, noise {noise}");
}

/// A file that is damaged, or not there, is named, and the house avatar stands in.
#[test]
fn where_an_avatar_cannot_be_shown_the_house_avatar_stands_in() {
    let house = house_avatar();
    for (name, asked, why) in
        [("cut.vrm", "avatars/cut.vrm", "ends too early"), ("cut.vrm", "avatars/nobody.vrm", "nobody.vrm")]
    {
        let (_folder, settings, set) = assets_with(name, &house[..house.len() / 2]);
        let set = Set { avatar: asked.into(), ..set };
        let Ok(mut stage) = Headless::new(settings, set, |_| {}) else { return };
        stage.settle().unwrap();
        assert_eq!(*stage.world().resource::<AvatarStatus>(), AvatarStatus::Ready);
        let fault = stage.world().resource::<AvatarFault>().0.clone().unwrap();
        assert!(fault.contains(why), "{fault}");
    }
}

/// Without the house avatar nobody can stand there, and the sentence says so.
#[test]
fn without_any_avatar_the_stage_says_why() {
    let (folder, settings, set) = assets_with("cut.vrm", b"glTF");
    std::fs::remove_file(folder.path().join("avatars/concierge.vrm")).unwrap();
    let Ok(mut stage) = Headless::new(settings, set, |_| {}) else { return };
    let why = stage.settle().unwrap_err().to_string();
    assert!(why.contains("concierge.vrm"), "{why}");
}

/// The part of the picture that changed most: mean difference over tiles of 20 pixels.
fn most_changed(a: &Frame, b: &Frame) -> f32 {
    most_changed_within(a, b, 0..SIZE.0, 0..SIZE.1)
}

/// The same of a part of the picture: columns and rows.
fn most_changed_within(a: &Frame, b: &Frame, columns: Range<u32>, rows: Range<u32>) -> f32 {
    const TILE: u32 = 20;
    let mut most = 0.0_f32;
    for y in rows.step_by(TILE as usize) {
        for x in columns.clone().step_by(TILE as usize) {
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
