//! What may happen: a pure function from state and command to events.

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::event::{Actor, ActorKind, Body, Event, Fact, HandoffReason, Outcome, Target, Words};
use super::ids::{Cmid, Time};
use super::state::{Phase, State};
use super::thanks::is_thanks;

/// The longest text of one part, in characters.
pub const TEXT_MAX_CHARS: usize = 4_000;
/// The longest tag, in bytes.
pub const TAG_MAX_BYTES: usize = 64;
/// The longest name of an article, in bytes.
pub const ARTICLE_MAX_BYTES: usize = 128;
/// The most choices that an answer gives.
pub const CHOICES_MAX: usize = 3;
/// The longest choice, in characters.
pub const CHOICE_MAX_CHARS: usize = 200;
/// The longest name of a skill, in bytes.
pub const SKILL_MAX_BYTES: usize = 64;
/// The most skills that are named at once.
pub const SKILLS_MAX: usize = 16;
/// The most parts one answer may have.
pub const PARTS_MAX: u16 = 64;

/// Why a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such conversation: open it first, or look at its identifier")]
    NotOpen,
    #[error("this conversation is already open")]
    AlreadyOpen,
    #[error("this conversation is closed: start a new one")]
    Closed,
    #[error("your role may not do this")]
    NotAllowed,
    #[error("only the pilot may do this: claim the conversation first")]
    NotPilot,
    #[error("another agent is already serving this visitor")]
    AlreadyTaken,
    #[error("a person was asked for, so the bot does not answer")]
    PersonWanted,
    #[error("the text is empty")]
    Empty,
    #[error(
        "too long: at most 4000 characters a part, 64 parts an answer, 3 choices of 200 characters, 64 bytes a tag or a skill, 16 skills, 128 bytes the \
         name of an article"
    )]
    TooLong,
    #[error("a rating has 1 to 5 stars, says whether the question was settled, or has a comment")]
    Stars,
    #[error("this visit was already rated")]
    AlreadyRated,
    #[error("nothing with that number was said here")]
    NoSuchEvent,
}

/// Turns a command into the events that it causes, numbered after `state.seq`.
///
/// `now` never goes back: an event is stamped no earlier than the one before it.
pub fn decide(
    state: &State,
    command: Command,
    actor: &Actor,
    cmid: Cmid,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let at = now.max(state.at);
    let facts = facts(state, command, actor, at)?;
    Ok(facts
        .into_iter()
        .zip(state.seq + 1..)
        .map(|((fact, body), seq)| Event { seq, at, actor: actor.clone(), cmid, fact, body })
        .collect())
}

type Decided = Result<Vec<(Fact, Body)>, Refusal>;

fn facts(state: &State, command: Command, actor: &Actor, at: Time) -> Decided {
    match (&state.phase, &command) {
        (Phase::New, Command::Open { .. }) => {}
        (Phase::New, _) => return Err(Refusal::NotOpen),
        (Phase::Open, Command::Open { .. }) => return Err(Refusal::AlreadyOpen),
        // A pilot's note and the timings of the last turn may still come in.
        (_, Command::Note { .. } | Command::Measure { .. } | Command::Spoken { .. }) => {}
        // Of a visitor who has left a message and gone, the message is open and nothing else.
        (Phase::Open, _) if state.visitor_left.is_some() && actor.kind == ActorKind::Visitor => {
            return Err(Refusal::Closed);
        }
        (Phase::Open, _) => {}
        (Phase::Closed(_), Command::Erase) => {}
        (Phase::Closed(_), _) => return Err(Refusal::Closed),
    }
    match command {
        Command::Open { desk, language, channel, visitor } => {
            visitor_only(actor)?;
            plain(Fact::Opened { desk, language, channel, visitor })
        }
        Command::Consent { voice, recording } => {
            own_kiosk(state, actor)?;
            plain(Fact::Consented { voice, recording })
        }
        Command::ChooseLanguage { language } => {
            own_kiosk(state, actor)?;
            plain(Fact::LanguageChosen { language })
        }
        Command::Say { answer, part, last, voiced, in_reply_to, corrects, masked, words } => {
            if actor.kind == ActorKind::Visitor {
                own_kiosk(state, actor)?;
            } else {
                pilot_only(state, actor)?;
            }
            check_text(&words.text)?;
            let article = words.article.as_ref().map_or(0, String::len);
            words.choices.iter().try_for_each(|choice| check_text(choice))?;
            let choices = words.choices.len() > CHOICES_MAX
                || words.choices.iter().any(|choice| choice.chars().count() > CHOICE_MAX_CHARS);
            if part >= PARTS_MAX || article > ARTICLE_MAX_BYTES || choices {
                return Err(Refusal::TooLong);
            }
            if [in_reply_to, corrects].into_iter().flatten().any(|seq| seq == 0 || seq > state.seq) {
                return Err(Refusal::NoSuchEvent);
            }
            let thanks = actor.kind == ActorKind::Visitor && is_thanks(&words.text);
            let fact = Fact::Said { answer, part, last, voiced, in_reply_to, corrects, masked, thanks };
            Ok(vec![(fact, Body::Said(clean(words)))])
        }
        Command::Spoken { answer, part, chars, interrupted } => {
            own_kiosk(state, actor)?;
            plain(Fact::Spoken { answer, part, chars, interrupted })
        }
        Command::Measure { answer, timings } => {
            own_kiosk(state, actor)?;
            plain(Fact::Measured { answer, timings })
        }
        Command::RequestHandoff { reason, summary } => handoff(state, actor, reason, summary),
        Command::Claim => claim(state, actor, at),
        Command::Release { to_bot } => {
            if actor.kind == ActorKind::System {
                // The relay lets go for an agent that is gone.
                let Some(agent) = state.pilot.clone() else { return Ok(Vec::new()) };
                return plain(Fact::Released { agent, to_bot });
            }
            pilot_only(state, actor)?;
            plain(Fact::Released { agent: actor.clone(), to_bot })
        }
        Command::Need { skills } => {
            if actor.kind == ActorKind::Visitor {
                own_kiosk(state, actor)?;
            } else {
                pilot_only(state, actor)?;
            }
            check_skills(&skills)?;
            if skills == state.needs { Ok(Vec::new()) } else { plain(Fact::Needed { skills }) }
        }
        Command::Transfer { to, note } => transfer(state, actor, to, note),
        Command::LeaveMessage { text } => {
            own_kiosk(state, actor)?;
            check_text(&text)?;
            Ok(vec![(Fact::MessageLeft, Body::Text { text })])
        }
        Command::Note { text } => {
            agent_only(actor)?;
            check_text(&text)?;
            Ok(vec![(Fact::Noted, Body::Text { text })])
        }
        Command::Tag { tag } => {
            agent_only(actor)?;
            match tag.len() {
                0 => Err(Refusal::Empty),
                n if n > TAG_MAX_BYTES => Err(Refusal::TooLong),
                _ => plain(Fact::Tagged { tag }),
            }
        }
        Command::OpenCase { case } => {
            agent_only(actor)?;
            plain(Fact::CaseOpened { case })
        }
        Command::Rate { stars, resolved, comment } => {
            own_kiosk(state, actor)?;
            let says_nothing = stars.is_none() && resolved.is_none() && comment.is_none();
            if says_nothing || stars.is_some_and(|stars| !(1..=5).contains(&stars)) {
                return Err(Refusal::Stars);
            }
            if state.rated {
                return Err(Refusal::AlreadyRated);
            }
            let body = match comment {
                Some(text) => Body::Text { text: check_text(&text).map(|()| text)? },
                None => Body::Empty,
            };
            Ok(vec![(Fact::Rated { stars, resolved }, body)])
        }
        Command::Close { outcome } => close(state, actor, outcome),
        Command::Erase => match actor.kind {
            ActorKind::Host | ActorKind::System => plain(Fact::Erased),
            _ => Err(Refusal::NotAllowed),
        },
    }
}

fn handoff(state: &State, actor: &Actor, reason: HandoffReason, summary: Option<String>) -> Decided {
    match actor.kind {
        ActorKind::Visitor => own_kiosk(state, actor)?,
        ActorKind::System => {}
        _ => pilot_only(state, actor)?,
    }
    let body = match summary {
        Some(text) => Body::Text { text: check_text(&text).map(|()| text)? },
        None => Body::Empty,
    };
    let asked = (Fact::HandoffRequested { reason }, body);
    match state.pilot.clone().filter(|pilot| pilot.kind.is_person()) {
        // The relay lets go for a person who does not answer.
        Some(agent) if actor.kind == ActorKind::System && reason == HandoffReason::NoAnswer => {
            Ok(vec![(Fact::Released { agent, to_bot: false }, Body::Empty), asked])
        }
        Some(_) => Err(Refusal::AlreadyTaken),
        None if state.waiting.is_some() => Ok(Vec::new()),
        None => Ok(vec![asked]),
    }
}

fn claim(state: &State, actor: &Actor, at: Time) -> Decided {
    agent_only(actor)?;
    let assigned = (Fact::Assigned { agent: actor.clone() }, Body::Empty);
    match &state.pilot {
        Some(pilot) if pilot == actor => Ok(Vec::new()),
        Some(pilot) => {
            let may_replace = match pilot.kind {
                ActorKind::Bot => actor.kind.is_person(),
                _ => actor.kind == ActorKind::Supervisor,
            };
            if !may_replace {
                return Err(Refusal::AlreadyTaken);
            }
            let released = Fact::Released { agent: pilot.clone(), to_bot: false };
            Ok(vec![(released, Body::Empty), assigned])
        }
        None if actor.kind == ActorKind::Bot && !state.may_have_bot(at) => Err(Refusal::PersonWanted),
        None => Ok(vec![assigned]),
    }
}

/// The pilot passes the visitor on, or a supervisor does it for them.
fn transfer(state: &State, actor: &Actor, to: Target, note: Option<String>) -> Decided {
    if actor.kind != ActorKind::Supervisor {
        pilot_only(state, actor)?;
    }
    if let Target::Queue { skills, .. } = &to {
        check_skills(skills)?;
    }
    let body = match note {
        Some(text) => Body::Text { text: check_text(&text).map(|()| text)? },
        None => Body::Empty,
    };
    let released = state.pilot.clone().map(|agent| (Fact::Released { agent, to_bot: false }, Body::Empty));
    Ok(released.into_iter().chain([(Fact::Transferred { to }, body)]).collect())
}

fn close(state: &State, actor: &Actor, outcome: Outcome) -> Decided {
    match actor.kind {
        ActorKind::System | ActorKind::Host => {}
        ActorKind::Visitor => own_kiosk(state, actor)?,
        ActorKind::Bot | ActorKind::Person | ActorKind::Supervisor => pilot_only(state, actor)?,
    }
    let by_person = state.pilot.as_ref().is_some_and(|p| p.kind.is_person());
    let waits = state.message.is_some() && state.visitor_left.is_none() && !by_person;
    if waits && actor.kind != ActorKind::Host {
        // The visitor goes, the message stays until a person has seen it.
        let bot = state.pilot.clone().map(|agent| (Fact::Released { agent, to_bot: false }, Body::Empty));
        return Ok(bot.into_iter().chain([(Fact::VisitorLeft { outcome }, Body::Empty)]).collect());
    }
    plain(Fact::Closed { outcome })
}

fn plain(fact: Fact) -> Decided {
    Ok(vec![(fact, Body::Empty)])
}

fn visitor_only(actor: &Actor) -> Result<(), Refusal> {
    if actor.kind == ActorKind::Visitor { Ok(()) } else { Err(Refusal::NotAllowed) }
}

fn own_kiosk(state: &State, actor: &Actor) -> Result<(), Refusal> {
    if state.kiosk.as_ref() == Some(actor) { Ok(()) } else { Err(Refusal::NotAllowed) }
}

fn agent_only(actor: &Actor) -> Result<(), Refusal> {
    if actor.kind.is_agent() { Ok(()) } else { Err(Refusal::NotAllowed) }
}

fn pilot_only(state: &State, actor: &Actor) -> Result<(), Refusal> {
    agent_only(actor)?;
    if state.pilot.as_ref() == Some(actor) { Ok(()) } else { Err(Refusal::NotPilot) }
}

fn check_skills(skills: &[String]) -> Result<(), Refusal> {
    if skills.len() > SKILLS_MAX || skills.iter().any(|s| s.len() > SKILL_MAX_BYTES) {
        Err(Refusal::TooLong)
    } else if skills.iter().any(String::is_empty) {
        Err(Refusal::Empty)
    } else {
        Ok(())
    }
}

fn check_text(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        Err(Refusal::Empty)
    } else if text.chars().count() > TEXT_MAX_CHARS {
        Err(Refusal::TooLong)
    } else {
        Ok(())
    }
}

/// A confidence outside 0 to 1 is no confidence.
fn clean(mut words: Words) -> Words {
    words.confidence = words.confidence.filter(|c| (0.0..=1.0).contains(c));
    words
}
