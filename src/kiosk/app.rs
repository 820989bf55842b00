//! The kiosk on the stage: the core is carried once a frame, the avatar does what it says, panels are drawn over it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bevy::prelude::*;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

use super::core::Core;
use super::cues::Cue;
use super::guide::Guide;
use super::panels::{Panels, card_place, free_region};
use super::scene_file::SceneFile;
use super::set_up::SetUp;
use super::walking::{OnFoot, come_and_go};
use super::wall::Wall;
use crate::client::now;
use crate::conversation::Time as Moment;
use crate::knowledge::KnowledgeBase;
use crate::performance::Gesture;
use crate::scene::Scene;
use crate::stage::Framing;
use crate::stage::avatar::{
    Attention, AvatarFault, BeatAsked, BlinkAsked, GestureAsked, LookTarget, MoodChanged, MouthShape,
    NodAsked, ReducedMotion, Shown,
};
use crate::stage::fonts::Lettering;
use crate::stage::set::{SetChanged, WallShows};
use crate::stage::theme::Theme;
use crate::stage::walk::Walking;
use crate::visit::{Mood, Phase, TextSize};

/// When the kiosk does what.
#[derive(SystemSet, Debug, Clone, PartialEq, Eq, Hash)]
pub enum KioskSystems {
    /// News of network, microphone and loudspeaker go to the core, and what it wants back to them.
    Drive,
    /// The stage is told what the avatar does.
    Perform,
}

/// The kiosk's core on the main thread.
struct Desk(Core);

/// What time it is.
struct Clock(Box<dyn FnMut() -> Moment + Send>);

/// What is called at each frame.
struct Pulse(Box<dyn FnMut() + Send>);

/// Puts a kiosk on the stage. Takes the core, so it can be built into one app only.
pub struct KioskPlugin {
    core: Mutex<Option<Core>>,
    scene: Scene,
    knowledge: Arc<KnowledgeBase>,
    scene_file: Option<PathBuf>,
    on_foot: bool,
    pulse: Mutex<Option<Pulse>>,
    clock: Mutex<Option<Clock>>,
}

impl KioskPlugin {
    /// A kiosk in this scene with these articles.
    pub fn new(core: Core, scene: Scene, knowledge: Arc<KnowledgeBase>) -> Self {
        Self {
            core: Mutex::new(Some(core)),
            scene,
            knowledge,
            scene_file: None,
            on_foot: false,
            pulse: Mutex::new(None),
            clock: Mutex::new(Some(Clock(Box::new(now)))),
        }
    }

    /// The same, with its scene read again whenever this file changes.
    pub fn reloading(self, scene_file: PathBuf) -> Self {
        Self { scene_file: Some(scene_file), ..self }
    }

    /// The same, with visitors who walk up, whatever the scene's file says later.
    pub fn on_foot(self) -> Self {
        Self { on_foot: true, ..self }
    }

    /// The same, calling `pulse` at each frame: what watches for hangs listens to it. A frame begins only when the one
    /// before has been handed to the graphics driver, so a driver that hangs is noticed, too.
    pub fn with_pulse(self, pulse: impl FnMut() + Send + 'static) -> Self {
        Self { pulse: Mutex::new(Some(Pulse(Box::new(pulse)))), ..self }
    }

    /// The same by another clock, which never goes back.
    pub fn with_clock(self, clock: impl FnMut() -> Moment + Send + 'static) -> Self {
        Self { clock: Mutex::new(Some(Clock(Box::new(clock)))), ..self }
    }
}

impl Plugin for KioskPlugin {
    fn build(&self, app: &mut App) {
        let Some(core) = self.core.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            tracing::error!("this kiosk is in another app already");
            return;
        };
        let clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner).take();
        app.insert_non_send(clock.unwrap_or_else(|| Clock(Box::new(now))))
            .insert_non_send(SetUp::new(self.scene.clone(), &core, self.on_foot))
            .insert_non_send(Wall::default())
            .insert_non_send(Desk(core))
            .insert_non_send(Panels::new(Arc::clone(&self.knowledge)))
            .init_resource::<OnFoot>()
            .add_systems(Update, come_and_go.before(KioskSystems::Drive))
            .configure_sets(Update, (KioskSystems::Drive, KioskSystems::Perform).chain())
            .add_systems(
                Update,
                (
                    drive.in_set(KioskSystems::Drive),
                    (perform, set_up, show_on_wall).in_set(KioskSystems::Perform),
                ),
            )
            .add_systems(Update, tell_of_avatar.run_if(resource_exists_and_changed::<AvatarFault>))
            .add_systems(EguiPrimaryContextPass, draw_panels);
        if let Some(pulse) = self.pulse.lock().unwrap_or_else(PoisonError::into_inner).take() {
            app.insert_non_send(pulse).add_systems(Last, beat);
        }
        if let Some(file) = &self.scene_file {
            match SceneFile::watch(file.clone()) {
                Ok(watched) => {
                    app.insert_non_send(watched)
                        .add_systems(Update, reload_scene.before(KioskSystems::Drive));
                }
                Err(why) => tracing::warn!("changes of the scene will be seen at the next start only: {why}"),
            }
        }
    }
}

/// Looks at the core of an app that has the plugin, or does something to it.
pub fn with_core<R>(world: &mut World, f: impl FnOnce(&mut Core) -> R) -> Option<R> {
    world.get_non_send_mut::<Desk>().map(|mut desk| f(&mut desk.0))
}

/// Puts another kiosk in the place of an app's, as after a start: its core, its scene, and panels with nothing open.
pub fn begin_anew(world: &mut World, core: Core, scene: Scene) {
    if let Some(mut set) = world.get_non_send_mut::<SetUp>() {
        set.change_scene(scene);
    }
    with_panels(world, Panels::clear);
    with_core(world, |old| *old = core);
}

/// Looks at the panels of such an app, or does something to them.
pub fn with_panels<R>(world: &mut World, f: impl FnOnce(&mut Panels) -> R) -> Option<R> {
    world.get_non_send_mut::<Panels>().map(|panels| f(panels.into_inner()))
}

fn drive(mut desk: NonSendMut<Desk>, mut clock: NonSendMut<Clock>) {
    desk.0.update((clock.0)());
}

fn beat(mut pulse: NonSendMut<Pulse>) {
    (pulse.0)();
}

/// Tells the host that the scene's avatar cannot be shown, and when it can again.
fn tell_of_avatar(fault: Res<AvatarFault>, mut desk: NonSendMut<Desk>) {
    desk.0.avatar_broken(fault.0.is_some());
}

/// A scene that was changed is put up; one with a fault is told to the host, and the one before stays.
fn reload_scene(file: NonSend<SceneFile>, mut desk: NonSendMut<Desk>, mut set: NonSendMut<SetUp>) {
    match file.changed() {
        None => {}
        Some(Ok(scene)) => {
            desk.0.change_scene(&scene);
            set.change_scene(scene);
            tracing::info!(file = %file.path().display(), "the scene was read again");
        }
        Some(Err(fault)) => {
            desk.0.scene_broken();
            tracing::error!("{}: {fault}. The scene stays as it was", file.path().display());
        }
    }
}

/// The set follows the visitor's language and the scene.
fn set_up(desk: NonSend<Desk>, mut set: NonSendMut<SetUp>, mut changes: MessageWriter<SetChanged>) {
    if let Some(set) = set.changed(&desk.0) {
        changes.write(SetChanged(set));
    }
}

/// The screen on the wall shows the answer and the visitor's number.
fn show_on_wall(
    desk: NonSend<Desk>,
    panels: NonSend<Panels>,
    mut wall: NonSendMut<Wall>,
    mut shows: ResMut<WallShows>,
) {
    if let Some(new) = wall.changed(&desk.0, panels.knowledge()) {
        shows.set_if_neq(new);
    }
}

/// What is asked of the avatar at a moment.
#[derive(bevy::ecs::system::SystemParam)]
struct Cued<'w> {
    moods: MessageWriter<'w, MoodChanged>,
    gestures: MessageWriter<'w, GestureAsked>,
    beats: MessageWriter<'w, BeatAsked>,
    nods: MessageWriter<'w, NodAsked>,
    blinks: MessageWriter<'w, BlinkAsked>,
}

impl Cued<'_> {
    fn write(&mut self, cue: Cue) {
        match cue {
            Cue::Mood(expression, strength) => {
                self.moods.write(MoodChanged { expression, strength });
            }
            Cue::Gesture(gesture) => {
                self.gestures.write(GestureAsked(gesture));
            }
            Cue::Beat(strength) => {
                self.beats.write(BeatAsked(strength));
            }
            Cue::Nod(strength) => {
                self.nods.write(NodAsked(strength));
            }
            Cue::Blink => {
                self.blinks.write(BlinkAsked);
            }
        }
    }
}

fn perform(
    mut desk: NonSendMut<Desk>,
    mut attention: ResMut<Attention>,
    mut mouth: ResMut<MouthShape>,
    mut reduced: ResMut<ReducedMotion>,
    mut look: ResMut<LookTarget>,
    mut cued: Cued,
) {
    let core = &mut desk.0;
    attention.set_if_neq(match core.state().mood {
        Mood::Idle => Attention::Idle,
        Mood::Attentive => Attention::Attending,
        Mood::Listening => Attention::Listening,
        Mood::Thinking => Attention::Thinking,
        Mood::Speaking => Attention::Speaking,
        Mood::Away => Attention::Waiting,
    });
    reduced.set_if_neq(ReducedMotion(core.state().preferences.reduce_motion));
    look.set_if_neq(LookTarget::Camera);
    let [aa, ih, ou, ee, oh] = core.mouth();
    mouth.set_if_neq(MouthShape { aa, ih, ou, ee, oh });
    for cue in core.take_cues() {
        cued.write(cue);
    }
}

/// What the panels leave free, and what of them a hand shows.
#[derive(bevy::ecs::system::SystemParam)]
struct Around<'w> {
    time: Res<'w, Time>,
    framing: ResMut<'w, Framing>,
    shown: ResMut<'w, Shown>,
    walking: ResMut<'w, Walking>,
    gestures: MessageWriter<'w, GestureAsked>,
}

impl Around<'_> {
    fn tell(
        &mut self,
        whole: bevy_egui::egui::Rect,
        scale: f32,
        core: &Core,
        panels: &Panels,
        guide: &mut Guide,
    ) {
        let phase = core.state().phase;
        let framing = Framing { free: free_region(phase, whole, scale), attract: phase == Phase::Attract };
        self.framing.set_if_neq(framing);
        let card = panels.card(core);
        self.shown.set_if_neq(Shown(card.map(|_| card_place(whole, scale))));
        if guide.step(self.time.delta_secs(), card, core.state().mood == Mood::Speaking) {
            self.gestures.write(GestureAsked(Gesture::Point));
        }
    }
}

fn draw_panels(
    mut contexts: EguiContexts,
    mut desk: NonSendMut<Desk>,
    mut panels: NonSendMut<Panels>,
    mut theme: ResMut<Theme>,
    lettering: Res<Lettering>,
    mut around: Around,
    mut guide: Local<Guide>,
) -> Result {
    let scale = match desk.0.state().preferences.text_size {
        TextSize::Normal => 1.0,
        TextSize::Large => 1.4,
        TextSize::Largest => 2.0,
    };
    if (theme.scale - scale).abs() > f32::EPSILON {
        theme.scale = scale;
    }
    let high_contrast = desk.0.state().preferences.high_contrast;
    if theme.high_contrast != high_contrast {
        // The colours follow in the next frame.
        theme.high_contrast = high_contrast;
    }
    panels.no_chinese = lettering.notice();
    let context = contexts.ctx_mut()?;
    panels.on_foot = around.walking.visitor.is_some();
    panels.show(context, &theme, &mut desk.0);
    if std::mem::take(&mut panels.to_the_desk) {
        around.walking.to_the_desk();
    }
    around.tell(context.content_rect(), theme.scale, &desk.0, &panels, &mut guide);
    Ok(())
}
