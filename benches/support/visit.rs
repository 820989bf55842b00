//! A kiosk without network, microphone and loudspeaker: its bot answers at once, and its voice goes on and on.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use avatardesk::client::now;
use avatardesk::conversation::{
    Actor, ActorKind, AnswerId, Body, Cmid, Command, ConversationId, Event, Fact, Language, Words,
};
use avatardesk::kiosk::edges::{Link, LinkEvent, Voice, VoiceEvent};
use avatardesk::kiosk::{Core, KioskPlugin, Parts, with_core};
use avatardesk::knowledge::KnowledgeBase;
use avatardesk::protocol::Signal;
use avatardesk::scene::{self, Desk};
use avatardesk::stage::headless::{Headless, Settings};
use avatardesk::stage::set::Set;
use avatardesk::visit::{Input, SpeechId};

/// What the bot answers, and the article with a card that it is from.
const ANSWER: &str = "Nobody who helps you needs your recovery phrase. Whoever has it has your money. Keep it on paper, where only you find it.";
const ARTICLE: &str = "seed-phrase-safety";
/// Frames in which a visit comes to its conversation, and the answer into it.
const FRAMES_TO_TALK: usize = 40;

/// A loudspeaker that begins whatever it is given, and goes on with it.
struct Talker {
    news: Vec<VoiceEvent>,
    speaking: Option<SpeechId>,
    begun: Instant,
}

impl Voice for Talker {
    fn poll(&mut self) -> Vec<VoiceEvent> {
        std::mem::take(&mut self.news)
    }
    fn say(&mut self, speech: SpeechId, _: &str, _: Language) {
        self.news.push(VoiceEvent::Started(speech, 0));
        self.speaking = Some(speech);
    }
    fn stop(&mut self) {
        let ended = self.speaking.take();
        self.news.extend(ended.map(|speech| VoiceEvent::Ended { speech, chars: 10, interrupted: true }));
    }
    fn change_desk(&mut self, _: &Desk) {}
    fn volume(&mut self, _: u8) {}
    fn mouth(&mut self) -> [f32; 5] {
        let t = self.begun.elapsed().as_secs_f32();
        [(t * 9.0).sin().abs() * 0.8, 0.0, (t * 4.0).sin().max(0.0) * 0.4, 0.1, 0.0]
    }
}

/// A relay that is there, with a bot that answers each question with the same words.
struct Answering {
    news: Vec<LinkEvent>,
    seq: u64,
}

impl Link for Answering {
    fn poll(&mut self) -> Vec<LinkEvent> {
        std::mem::take(&mut self.news)
    }
    fn send(&mut self, conversation: ConversationId, command: Command) {
        let (Command::Say { .. }, Ok(id)) = (&command, "bot".parse()) else { return };
        let at = now();
        let fact = Fact::Said {
            answer: AnswerId::new(at, u128::from(self.seq)),
            part: 0,
            last: true,
            voiced: false,
            in_reply_to: None,
            corrects: None,
            masked: 0,
            thanks: false,
        };
        let words = Words { text: ANSWER.into(), article: Some(ARTICLE.into()), ..Words::default() };
        let actor = Actor { id, kind: ActorKind::Bot };
        let cmid = Cmid::new(at, u128::from(self.seq));
        self.seq += 1;
        let event = Event { seq: self.seq, at, actor, cmid, fact, body: Body::Said(words) };
        self.news.push(LinkEvent::Happened { conversation, event: Box::new(event) });
    }
    fn follow(&mut self, _: ConversationId) {}
    fn unfollow(&mut self, _: ConversationId) {}
    fn seen(&mut self, _: ConversationId, _: u64) {}
    fn signal(&mut self, _: ConversationId, _: Signal) {}
    fn report(&mut self, _: Vec<String>) -> bool {
        true
    }
}

/// The kiosk of the scene that comes with the program, nobody before it.
pub fn kiosk(settings: Settings) -> Result<Headless> {
    kiosk_with(settings, |plugin| plugin)
}

/// The same with a changed plugin.
pub fn kiosk_with(settings: Settings, change: impl FnOnce(KioskPlugin) -> KioskPlugin) -> Result<Headless> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scene = scene::parse(&std::fs::read_to_string(root.join("scenes/helpdesk.ron"))?)?;
    let knowledge = Arc::new(KnowledgeBase::load(&root.join("assets/knowledge"))?);
    let desk = scene.desks.first().context("the scene has no desk")?;
    let set = Set::from_scene(&scene, desk, Language::En);
    let link = Answering { news: vec![LinkEvent::Up], seq: 3 };
    let voice = Talker { news: Vec::new(), speaking: None, begun: Instant::now() };
    let parts = Parts { link: Box::new(link), ears: None, voice: Box::new(voice) };
    let core = Core::new(&scene, desk, parts, [7; 32]);
    let plugin = change(KioskPlugin::new(core, scene.clone(), knowledge));
    let mut stage = Headless::new(settings, set, |app| {
        app.add_plugins(plugin);
    })?;
    stage.settle()?;
    Ok(stage)
}

/// A visitor comes, asks and is being answered.
pub fn talk(stage: &mut Headless, language: Language, question: &str) -> Result<()> {
    let mut ask = |f: &mut dyn FnMut(&mut Core)| -> Result<()> {
        with_core(stage.world_mut(), |core| f(core)).context("the kiosk has gone")?;
        for _ in 0..FRAMES_TO_TALK {
            stage.update()?;
        }
        Ok(())
    };
    ask(&mut |core| core.input(Input::Touched))?;
    ask(&mut |core| core.input(Input::LanguageChosen { language }))?;
    ask(&mut |core| core.input(Input::Consented { voice: false }))?;
    ask(&mut |core| core.typed(question))
}
