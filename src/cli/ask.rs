//! `avatardesk ask`: a visitor without a window. A text or a sound file in; transcript, answer and timings out.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use tokio::sync::mpsc;

use super::common::{Common, RelayAddress};
use super::embedded::Embedded;
use super::hear;
use super::identity::{self, Part};
use super::knowledge::language;
use super::signals::runtime;
use crate::client::{self, ClientConfig, ClientEvent, ClientHandle, MemoryOutbox, now, random_u128};
use crate::conversation::{
    ActorId, AnswerId, Body, Channel, Command, ConversationId, Fact, Language, Outcome, VisitorId, Words,
};
use crate::kiosk::Secrets;
use crate::protocol::Role;

/// How long to wait for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// How often the relay is tried before giving up.
const CONNECT_TRIES: u32 = 3;

#[derive(Debug, Args)]
pub struct Ask {
    /// The question
    #[arg(required_unless_present = "wav", conflicts_with = "wav")]
    text: Option<String>,
    /// A sound file with the question: any rate; wav, flac, ogg, mp3, m4a
    #[arg(long, value_name = "FILE")]
    wav: Option<PathBuf>,
    /// en or zh
    #[arg(long, default_value = "en", value_parser = language)]
    lang: Language,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    relay: RelayAddress,
}

/// What came of a question.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
struct Outcomes {
    transcript: String,
    article: Option<String>,
    answer: String,
    confidence: Option<f32>,
    answered: bool,
    timings_ms: Stages,
}

/// Milliseconds of each stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
struct Stages {
    /// Until the speech model is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recognise: Option<u64>,
    answer: u64,
}

impl Ask {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings()?;
        let mut stages = Stages::default();
        let (heard, certainty) = match (&self.text, &self.wav) {
            (Some(text), _) => (text.clone(), None),
            (None, Some(path)) => {
                let heard = hear::file(&settings, path, self.lang)?;
                (stages.load, stages.recognise) = (Some(heard.load_ms), Some(heard.recognise_ms));
                (heard.text, Some(heard.confidence))
            }
            (None, None) => bail!("give a question, or a sound file with `--wav FILE`"),
        };
        let safe = Secrets::default().mask(&heard);
        let mut outcomes =
            Outcomes { transcript: safe.text.clone(), timings_ms: stages, ..Outcomes::default() };
        if !safe.text.trim().is_empty() {
            let runtime = runtime()?;
            let embedded = match &self.relay.relay {
                Some(_) => None,
                None => Some(Embedded::passing(&runtime, &settings)?),
            };
            // Each asker is a kiosk of its own.
            let name: ActorId = format!("ask-{:08x}", random_u128()? >> 96).parse()?;
            let question = Asked { text: safe.text, certainty, masked: safe.masked };
            runtime.block_on(async {
                let config = match &embedded {
                    Some(embedded) => ClientConfig::new(embedded.url.clone(), Role::Kiosk, name),
                    None => {
                        let part = Part { program: "ask", role: Role::Kiosk, name };
                        identity::client(&self.relay, &settings, part).await?
                    }
                };
                let within =
                    tokio::time::timeout(ANSWER_WITHIN, converse(config, self.lang, question, &mut outcomes));
                within.await.context("no answer came within 20 s: is a bot running?")?
            })?;
            if let Some(embedded) = embedded {
                embedded.stop(&runtime);
            }
            runtime.shutdown_background();
        }
        if self.json {
            println!("{}", serde_json::to_string(&outcomes)?);
        } else {
            println!("you: {}\n{}", outcomes.transcript, outcomes.answer);
        }
        Ok(if outcomes.answered { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

/// A question as it goes to the relay.
struct Asked {
    text: String,
    /// Of the transcript, 0 to 1, when the question was spoken.
    certainty: Option<f32>,
    /// How many secrets were masked in it.
    masked: u16,
}

async fn converse(
    config: ClientConfig,
    language: Language,
    question: Asked,
    outcomes: &mut Outcomes,
) -> Result<()> {
    let Asked { text, certainty, masked } = question;
    let random = random_u128()?;
    let (client, mut events) = client::connect(config, Box::new(MemoryOutbox::new()))?;
    let conversation = ConversationId::new(now(), random);
    let begun = Instant::now();
    let open = Command::Open {
        desk: "ask".parse()?,
        language,
        channel: Channel::Script,
        visitor: VisitorId::new(now(), random_u128()?),
    };
    client.command(conversation, open).await?;
    client.follow(conversation)?;
    let say = Command::Say {
        answer: AnswerId::new(now(), random_u128()?),
        part: 0,
        last: true,
        voiced: certainty.is_some(),
        in_reply_to: None,
        corrects: None,
        masked,
        words: Words { text, confidence: certainty, ..Words::default() },
    };
    client.command(conversation, say).await?;
    wait_for_answer(&mut events, outcomes).await?;
    outcomes.timings_ms.answer = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    close(&client, &mut events, conversation).await
}

async fn wait_for_answer(events: &mut mpsc::Receiver<ClientEvent>, outcomes: &mut Outcomes) -> Result<()> {
    let mut tries = 1;
    loop {
        match events.recv().await.context("the connection has ended")? {
            ClientEvent::Connected => tries = u32::MAX,
            ClientEvent::Disconnected { why, .. } if tries == CONNECT_TRIES => bail!("{why}"),
            ClientEvent::Disconnected { .. } => tries = tries.saturating_add(1),
            ClientEvent::Event { event, .. } if event.actor.kind.is_agent() => {
                let (Fact::Said { last, .. }, Body::Said(words)) = (&event.fact, event.body) else {
                    continue;
                };
                if !outcomes.answer.is_empty() {
                    outcomes.answer.push(' ');
                }
                outcomes.answer.push_str(&words.text);
                outcomes.confidence = outcomes.confidence.or(words.confidence);
                outcomes.article = outcomes.article.take().or(words.article);
                if *last {
                    outcomes.answered = outcomes.article.is_some();
                    return Ok(());
                }
            }
            ClientEvent::Refused { text, .. } => bail!("the relay refused: {text}"),
            ClientEvent::Fatal { sentence } => bail!("{sentence}"),
            _ => {}
        }
    }
}

/// Ends the conversation, so that nobody waits for this visitor.
async fn close(
    client: &ClientHandle,
    events: &mut mpsc::Receiver<ClientEvent>,
    conversation: ConversationId,
) -> Result<()> {
    let cmid = client.command(conversation, Command::Close { outcome: Outcome::Finished }).await?;
    while let Some(event) = events.recv().await {
        match event {
            ClientEvent::Acked { cmid: acked, .. } if acked == cmid => break,
            ClientEvent::Refused { cmid: refused, .. } if refused == cmid => break,
            _ => {}
        }
    }
    Ok(())
}
