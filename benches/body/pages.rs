//! A kiosk's pages as its visitors see them, with the avatar where they leave room.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use avatardesk::conversation::{Command, ConversationId, Language};
use avatardesk::kiosk::edges::{Link, LinkEvent, Voice, VoiceEvent};
use avatardesk::kiosk::{Core, KioskPlugin, Parts, with_core};
use avatardesk::knowledge::KnowledgeBase;
use avatardesk::protocol::Signal;
use avatardesk::scene::{self, Desk};
use avatardesk::stage::headless::{Headless, Settings};
use avatardesk::stage::set::Set;
use avatardesk::visit::{Input, SpeechId};

/// A loudspeaker that begins whatever it is given, and goes on with it.
struct Talker(Vec<VoiceEvent>);

impl Voice for Talker {
    fn poll(&mut self) -> Vec<VoiceEvent> {
        std::mem::take(&mut self.0)
    }
    fn say(&mut self, speech: SpeechId, _: &str, _: Language) {
        self.0.push(VoiceEvent::Started(speech, 0));
    }
    fn stop(&mut self) {}
    fn change_desk(&mut self, _: &Desk) {}
    fn volume(&mut self, _: u8) {}
    fn mouth(&mut self) -> [f32; 5] {
        [0.5, 0.0, 0.0, 0.1, 0.0]
    }
}

/// A relay that is there and says nothing.
struct Quiet(Vec<LinkEvent>);

impl Link for Quiet {
    fn poll(&mut self) -> Vec<LinkEvent> {
        std::mem::take(&mut self.0)
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

/// Draws page after page. Says how long frames took while the camera moved.
pub fn draw(settings: Settings, folder: &Path) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scene = scene::parse(&std::fs::read_to_string(root.join("scenes/helpdesk.ron"))?)?;
    let knowledge = Arc::new(KnowledgeBase::load(&root.join("assets/knowledge"))?);
    let desk = scene.desks.first().context("the scene has no desk")?;
    let set = Set::from_scene(&scene, desk, Language::En);
    let parts =
        Parts { link: Box::new(Quiet(vec![LinkEvent::Up])), ears: None, voice: Box::new(Talker(Vec::new())) };
    let core = Core::new(&scene, desk, parts, [7; 32]);
    let kiosk = KioskPlugin::new(core, scene.clone(), knowledge);
    let size = format!("{}x{}", settings.width, settings.height);
    let mut stage = Headless::new(settings, set, |app| {
        app.add_plugins(kiosk);
    })?;
    std::fs::create_dir_all(folder)?;
    stage.settle()?;
    let pages: [(&str, Vec<Input>); 4] = [
        ("attract", Vec::new()),
        ("welcome", vec![Input::Touched]),
        ("talk", vec![Input::LanguageChosen { language: Language::En }, Input::Consented { voice: false }]),
        ("rating", vec![Input::Leave]),
    ];
    for (name, inputs) in pages {
        with_core(stage.world_mut(), |core| inputs.into_iter().for_each(|input| core.input(input)));
        let mut slowest = 0.0_f64;
        // The camera comes to rest within two seconds.
        for frame in 0..super::RATE * 3 {
            let begun = Instant::now();
            stage.update()?;
            slowest = slowest.max(begun.elapsed().as_secs_f64() * 1000.0);
            if frame == super::RATE / 2 {
                stage.frame()?.save_png(&folder.join(format!("{name}_{size}_moving.png")))?;
            }
        }
        let path = folder.join(format!("{name}_{size}.png"));
        stage.frame()?.save_png(&path)?;
        println!("{}: the slowest frame took {slowest:.0} ms", path.display());
    }
    Ok(())
}
