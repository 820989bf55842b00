//! The bot at work: takes whom the relay offers, answers what is asked.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::answerer::{Answerer, Memory, Question};
use super::say::{ANSWER_MAX, Line, Turn, say};
use super::summary::Story;
use crate::client::{ClientError, ClientEvent, ClientHandle};
use crate::conversation::{Actor, ActorKind, Body, Command, ConversationId, Event, Fact, State};
use crate::protocol::{AgentEntry, LobbyEntry};
use crate::routing::{AgentState, Profile};

/// The most conversations that one bot serves at once: its capacity.
const TALKS_MAX: u32 = 500;
/// The most conversations that one bot follows, those included that a person has taken over.
const FOLLOWS_MAX: usize = 1_000;
/// A lobby snapshot with fewer entries has all open conversations.
const LOBBY_WHOLE: usize = 500;
/// The most answers that are being made at once, and finished ones that wait to be noticed.
const ANSWERS_MAX: usize = 64;

/// What a visitor said.
struct Heard {
    text: String,
    /// Of the transcript, 0 to 1, when it was spoken.
    certainty: Option<f32>,
    masked: bool,
}

/// One conversation, as the bot follows it.
#[derive(Default)]
struct Talk {
    state: State,
    memory: Memory,
    /// The `seq` and the words of the visitor that wait for an answer.
    question: Option<(u64, Heard)>,
    /// An answer is being made.
    answering: bool,
    claimed: bool,
    /// What a person should know who takes over.
    story: Story,
    /// This bot was the last one to be the pilot.
    served: bool,
    /// The replay is over. Before that, what looks like an open question may have been answered long ago, and who looks like
    /// the pilot may have been let go.
    live: bool,
}

/// The end of an answer.
struct Done {
    conversation: ConversationId,
    memory: Option<Memory>,
}

/// Serves visitors until the client ends. `events` is what the client of `me` reports.
pub async fn serve(
    me: Actor,
    answerer: Arc<dyn Answerer>,
    client: ClientHandle,
    mut events: mpsc::Receiver<ClientEvent>,
) -> Result<(), ClientError> {
    let (done_tx, mut done_rx) = mpsc::channel(ANSWERS_MAX);
    if !send_the_rest(&client, &mut events).await? {
        return Ok(());
    }
    let mut bot = Bot { me, answerer, client, talks: BTreeMap::new(), done: done_tx };
    bot.client.watch()?;
    bot.client.announce(Profile::available(TALKS_MAX))?;
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(ClientEvent::Fatal { sentence }) => return Err(given_up(&sentence)),
                Some(event) => bot.on_event(event)?,
                None => return Ok(()),
            },
            Some(done) = done_rx.recv() => bot.on_done(done),
        }
    }
}

/// Waits until the relay has answered what was left in the outbox: before that, a question would look unanswered whose
/// answer is on its way, and be answered twice. False when the client has ended.
async fn send_the_rest(
    client: &ClientHandle,
    events: &mut mpsc::Receiver<ClientEvent>,
) -> Result<bool, ClientError> {
    // Asked again when a relay has answered: what is for another one does not count.
    let mut left = client.waiting().await?.all;
    while left > 0 {
        match events.recv().await {
            Some(
                ClientEvent::Connected
                | ClientEvent::Acked { .. }
                | ClientEvent::Refused { .. }
                | ClientEvent::Expired { .. },
            ) => left = client.waiting().await?.all,
            Some(ClientEvent::Fatal { sentence }) => return Err(given_up(&sentence)),
            // Nothing is watched and nothing followed yet.
            Some(_) => {}
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn given_up(reason: &str) -> ClientError {
    tracing::error!(reason, "the bot has to stop");
    ClientError::Ended
}

struct Bot {
    me: Actor,
    answerer: Arc<dyn Answerer>,
    client: ClientHandle,
    talks: BTreeMap<ConversationId, Talk>,
    done: mpsc::Sender<Done>,
}

impl Bot {
    fn on_event(&mut self, event: ClientEvent) -> Result<(), ClientError> {
        match event {
            ClientEvent::Lobby(entries) => self.on_lobby(entries),
            ClientEvent::Offer { entry, .. } => self.on_offer(&entry),
            ClientEvent::Agents(agents) => self.on_agents(&agents),
            ClientEvent::Restarted { conversation } => {
                self.talks.insert(conversation, Talk::default());
                Ok(())
            }
            ClientEvent::Event { conversation, event } => {
                self.on_fact(conversation, &event);
                match event.fact {
                    Fact::Closed { .. } => self.forget(conversation),
                    _ => Ok(()),
                }
            }
            ClientEvent::CaughtUp { conversation } => {
                if let Some(talk) = self.talks.get_mut(&conversation) {
                    talk.live = true;
                }
                self.answer(conversation);
                Ok(())
            }
            // What comes first over the next connection happened meanwhile: this bot may be the pilot no more.
            ClientEvent::Disconnected { .. } => {
                self.talks.values_mut().for_each(|talk| talk.live = false);
                Ok(())
            }
            ClientEvent::Refused { conversation, text, .. } => {
                tracing::debug!(%conversation, reason = text, "refused");
                if let Some(talk) = self.talks.get_mut(&conversation) {
                    talk.claimed = false;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Follows whom this bot serves, and forgets who is gone.
    fn on_lobby(&mut self, entries: Vec<LobbyEntry>) -> Result<(), ClientError> {
        if entries.len() < LOBBY_WHOLE {
            let is_gone = |id: &&ConversationId| !entries.iter().any(|e| e.conversation == **id);
            let gone: Vec<_> = self.talks.keys().filter(is_gone).copied().collect();
            for id in gone {
                self.forget(id)?;
            }
        }
        // After a start of this bot or a restart of the relay.
        for entry in entries {
            if entry.pilot.as_ref() == Some(&self.me) {
                self.follow(entry.conversation)?;
            }
        }
        Ok(())
    }

    /// Takes whom the relay offers.
    fn on_offer(&mut self, entry: &LobbyEntry) -> Result<(), ClientError> {
        if !self.follow(entry.conversation)? {
            return self.client.decline(entry.conversation);
        }
        if let Some(talk) = self.talks.get_mut(&entry.conversation)
            && !talk.claimed
        {
            talk.claimed = true;
            self.client.command_now(entry.conversation, Command::Claim)?;
        }
        Ok(())
    }

    /// A bot that was too slow for a while counts as away; but it is not.
    fn on_agents(&mut self, agents: &[AgentEntry]) -> Result<(), ClientError> {
        if agents.iter().any(|a| a.agent == self.me && a.state == AgentState::Away) {
            self.client.announce(Profile::available(TALKS_MAX))?;
        }
        Ok(())
    }

    /// Says whether there is room for it.
    fn follow(&mut self, id: ConversationId) -> Result<bool, ClientError> {
        let full = self.talks.len() >= FOLLOWS_MAX;
        match self.talks.entry(id) {
            Entry::Occupied(_) => Ok(true),
            Entry::Vacant(_) if full => Ok(false),
            Entry::Vacant(new) => {
                self.client.follow(id)?;
                new.insert(Talk::default());
                Ok(true)
            }
        }
    }

    fn forget(&mut self, id: ConversationId) -> Result<(), ClientError> {
        self.talks.remove(&id);
        self.client.unfollow(id)
    }

    fn on_fact(&mut self, conversation: ConversationId, event: &Event) {
        let me = self.me.clone();
        let Some(talk) = self.talks.get_mut(&conversation) else { return };
        talk.state.apply(event);
        match (&event.fact, &event.body) {
            (Fact::Said { masked, voiced, .. }, Body::Said(words))
                if event.actor.kind == ActorKind::Visitor =>
            {
                talk.story.asked(&words.text);
                let certainty = words.confidence.filter(|_| *voiced);
                let heard = Heard { text: words.text.clone(), certainty, masked: *masked > 0 };
                talk.question = Some((event.seq, heard));
            }
            (Fact::Said { last: true, .. }, _) if event.actor != me => {
                // Somebody else has answered.
                talk.question = None;
                talk.memory = Memory::default();
            }
            // What this bot says itself.
            (Fact::Said { .. }, Body::Said(words)) if event.actor == me => talk.story.answered(words),
            (Fact::Assigned { agent }, _) => {
                let served = std::mem::replace(&mut talk.served, *agent == me);
                // Also when nobody has asked for a person: they are told what they step into.
                if served
                    && talk.live
                    && agent.kind.is_person()
                    && let Some(text) = talk.story.summary(talk.state.language)
                    && let Err(error) = self.client.command_now(conversation, Command::Note { text })
                {
                    tracing::warn!(%conversation, "the summary is lost: {error}");
                }
            }
            (Fact::Released { agent, .. }, _) if *agent == me => talk.claimed = false,
            (Fact::Closed { .. } | Fact::VisitorLeft { .. }, _) => talk.question = None,
            _ => {}
        }
        self.answer(conversation);
    }

    /// Answers what is open, if this bot is the pilot and is not answering already.
    fn answer(&mut self, conversation: ConversationId) {
        let Some(talk) = self.talks.get_mut(&conversation) else { return };
        if talk.answering
            || !talk.live
            || talk.state.pilot.as_ref() != Some(&self.me)
            || talk.state.unanswered.is_none()
        {
            return;
        }
        let Some((seq, heard)) = talk.question.take() else { return };
        talk.answering = true;
        // A mark may be lost: the answer says the same.
        let _ = self.client.seen(conversation, seq);
        let question = Question {
            text: heard.text,
            certainty: heard.certainty,
            masked: heard.masked,
            language: talk.state.language,
            person_awaited: talk.state.waiting.is_some(),
            memory: talk.memory.clone(),
        };
        let turn = Turn::of(seq, &question);
        let pieces = self.answerer.answer(question);
        let (line, done) = (Line { client: self.client.clone(), conversation }, self.done.clone());
        tokio::spawn(async move {
            let memory = say(&line, turn, ANSWER_MAX, pieces).await;
            // The receiver lives as long as the bot.
            let _ = done.send(Done { conversation, memory }).await;
        });
    }

    fn on_done(&mut self, done: Done) {
        if let Some(talk) = self.talks.get_mut(&done.conversation) {
            talk.answering = false;
            talk.memory = done.memory.unwrap_or_default();
        }
        self.answer(done.conversation);
    }
}
