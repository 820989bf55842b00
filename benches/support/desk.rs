//! A whole desk on the loopback address: relay with a durable log, bot, and a kiosk that hears a fed microphone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use avatardesk::bot::{self, Retrieval};
use avatardesk::client::{self, ClientConfig, MemoryOutbox, SqliteOutbox, random_bytes};
use avatardesk::conversation::{Actor, ActorKind};
use avatardesk::kiosk::{Core, Parts, RelayLink, SpeechEars, SpokenVoice, Vocabulary, voices};
use avatardesk::knowledge::KnowledgeBase;
use avatardesk::protocol::Role;
use avatardesk::relay::{Relay, SystemClock, serve};
use avatardesk::scene::{self, Scene};
use avatardesk::speech::capture::{PacedFeeder, PacedSource};
use avatardesk::speech::ears::{Ears, EarsConfig};
use avatardesk::speech::mouth::{Voice, VoiceConfig};
use avatardesk::speech::playback::{PacedPlayback, Playback};
use avatardesk::speech::recognize::{RecognizeError, Transcriber};
use avatardesk::speech::tts::Espeak;
use tokio::runtime::Runtime;

/// A kiosk's core, and what it is fed with.
pub struct Desk {
    pub core: Core,
    pub scene: Scene,
    pub knowledge: Arc<KnowledgeBase>,
    pub microphone: PacedFeeder,
    /// Relay, bot and connection end with it.
    pub runtime: Runtime,
}

/// A file of this project.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

impl Desk {
    /// Starts everything. `data` takes log and outbox, `load` gives the speech model.
    pub fn start(
        data: &Path,
        load: impl FnOnce() -> Result<Box<dyn Transcriber>, RecognizeError> + Send + 'static,
    ) -> Result<Self> {
        let runtime = Runtime::new()?;
        let knowledge = Arc::new(KnowledgeBase::load(&file("assets/knowledge"))?);
        let relay = Relay::in_directory(&data.join("relay"), Arc::new(SystemClock))?;
        let url = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            let url = format!("ws://{}/ws", listener.local_addr()?);
            tokio::spawn(serve(listener, relay, std::future::pending()));
            anyhow::Ok(url)
        })?;
        let answerer = Arc::new(Retrieval::new(Arc::clone(&knowledge)));
        let me = Actor { id: "bot".parse()?, kind: ActorKind::Bot };
        let bot = ClientConfig::new(url.clone(), Role::Bot, "bot".parse()?);
        runtime.block_on(async {
            let (client, events) = client::connect(bot, Box::new(MemoryOutbox::new()))?;
            tokio::spawn(bot::serve(me, answerer, client, events));
            anyhow::Ok(())
        })?;

        let scene = scene::parse(&std::fs::read_to_string(file("scenes/helpdesk.ron"))?)?;
        let desk = scene.desks.first().context("the scene has no desk")?.clone();
        let outbox = SqliteOutbox::open(&data.join("outbox.sqlite"))?;
        let config = ClientConfig::new(url, Role::Kiosk, "kiosk".parse()?);
        let link = RelayLink::start(runtime.handle(), config, Box::new(outbox))?;
        let (source, microphone) = PacedSource::live();
        let playback = Box::new(PacedPlayback::start(false)?);
        let echo_of = Some(playback.output());
        let listening = EarsConfig { muted: true, live: true, echo_of, ..EarsConfig::default() };
        let words = Vocabulary::new(&scene, &desk, &knowledge);
        let ears = Ears::start(Box::new(source), load, listening)?;
        let speaking = VoiceConfig { voices: voices(&desk), ..VoiceConfig::default() };
        let voice = Voice::start(Arc::new(Espeak::default()), playback, speaking)?;
        let parts = Parts {
            link: Box::new(link),
            ears: Some(Box::new(SpeechEars::new(ears).expecting(words))),
            voice: Box::new(SpokenVoice::new(voice)),
        };
        let core = Core::new(&scene, &desk, parts, random_bytes::<32>()?);
        Ok(Self { core, scene, knowledge, microphone, runtime })
    }
}
