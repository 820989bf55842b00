//! What an agent types, read.

use crate::conversation::{CaseKind, Target};
use crate::performance::{Expression, Gesture};
use crate::routing::{AgentState, REASON_MAX_BYTES};

/// The list of what can be typed, for `/help`.
pub const HELP: &str = "\
/available       visitors are offered to you
/busy            nothing is offered to you; you take whom you want
/break WHY       you are on a break
/away            you are not there
/accept [N]      take who is offered to you
/decline [N]     let the next one be asked
/agents          who else is there, and how much they have to do
/list            who is here, and who waits for a person
/take N          serve visitor N (the bot falls silent)
/next            serve who waits longest for a person, or else who is with a bot
/look N          read along without taking over
any text         say it through the avatar
/gesture NAME    wave, bow, nod, shake_head, open_palms, point, halt
/mood NAME       neutral, happy, sad, relaxed, surprised, angry
/note TEXT       a note that the visitor never sees
/case KIND       open a case: question, problem, complaint
/give            give the visitor back to the bot
/queue           put the visitor back among those who wait for a person
/to NAME [WHY]   pass the visitor on to a colleague
/desk NAME [WHY] pass the visitor on to another desk's queue
/escalate [WHY]  pass the visitor on to a supervisor
/done            finish: the visitor has what they need, or a message is taken care of
/quit            give everybody back and leave; what could not be sent yet is sent at the next start";

/// What the agent wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    List,
    Take(u32),
    /// Serve whoever needs it most.
    Next,
    Look(u32),
    Say(String),
    Gesture(Gesture),
    Mood(Expression),
    Note(String),
    Case(CaseKind),
    /// Let go; to the bot, or to the people who wait.
    Give {
        to_bot: bool,
    },
    State(AgentState),
    Agents,
    /// Take who is offered; without a number the oldest offer.
    Accept(Option<u32>),
    Decline(Option<u32>),
    /// Let go, to somebody else.
    Pass {
        to: Target,
        note: Option<String>,
    },
    /// Close the conversation.
    Done,
    Help,
    Quit,
    Nothing,
}

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("there is no command {0}: /help lists them")]
    Unknown(String),
    #[error("{0} needs the number of a visitor, as /list shows it: {0} 1")]
    Number(&'static str),
    #[error("{command} needs one of: {names}")]
    Name { command: &'static str, names: &'static str },
    #[error("/note needs a text")]
    Empty,
    #[error("/break needs a reason of at most {REASON_MAX_BYTES} bytes: /break lunch")]
    Reason,
    #[error("{0} needs a name: letters, digits, - _ .")]
    Whom(&'static str),
}

/// Reads one line.
pub fn parse(line: &str) -> Result<Wish, InputError> {
    let line = line.trim();
    let Some(command) = line.strip_prefix('/') else {
        return Ok(if line.is_empty() { Wish::Nothing } else { Wish::Say(line.to_owned()) });
    };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let number = |command| rest.trim_start_matches('#').parse().map_err(|_| InputError::Number(command));
    Ok(match name {
        "available" => Wish::State(AgentState::Available),
        "busy" => Wish::State(AgentState::Busy),
        "break" if rest.is_empty() || rest.len() > REASON_MAX_BYTES => return Err(InputError::Reason),
        "break" => Wish::State(AgentState::Break { reason: rest.to_owned() }),
        "away" => Wish::State(AgentState::Away),
        "accept" | "a" if rest.is_empty() => Wish::Accept(None),
        "accept" | "a" => Wish::Accept(Some(number("/accept")?)),
        "decline" if rest.is_empty() => Wish::Decline(None),
        "decline" => Wish::Decline(Some(number("/decline")?)),
        "agents" => Wish::Agents,
        "to" => {
            let (name, note) = named_and_why("/to", rest)?;
            Wish::Pass { to: Target::Agent(name), note }
        }
        "desk" => {
            let (desk, note) = named_and_why("/desk", rest)?;
            Wish::Pass { to: Target::Queue { desk: Some(desk), skills: Vec::new() }, note }
        }
        "escalate" => Wish::Pass { to: Target::Supervisor, note: why(rest) },
        "done" => Wish::Done,
        "list" | "l" => Wish::List,
        "take" | "t" => Wish::Take(number("/take")?),
        "next" | "n" => Wish::Next,
        "look" => Wish::Look(number("/look")?),
        "gesture" | "g" => {
            Wish::Gesture(named("/gesture", rest, "wave, bow, nod, shake_head, open_palms, point, halt")?)
        }
        "mood" | "m" => Wish::Mood(named("/mood", rest, "neutral, happy, sad, relaxed, surprised, angry")?),
        "note" if rest.is_empty() => return Err(InputError::Empty),
        "note" => Wish::Note(rest.to_owned()),
        "case" => Wish::Case(named("/case", rest, "question, problem, complaint")?),
        "give" => Wish::Give { to_bot: true },
        "queue" => Wish::Give { to_bot: false },
        "help" | "h" | "?" => Wish::Help,
        "quit" | "q" => Wish::Quit,
        other => return Err(InputError::Unknown(format!("/{}", other.chars().take(20).collect::<String>()))),
    })
}

fn named_and_why<T: std::str::FromStr>(
    command: &'static str,
    rest: &str,
) -> Result<(T, Option<String>), InputError> {
    let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Ok((name.parse().map_err(|_| InputError::Whom(command))?, why(rest)))
}

fn why(rest: &str) -> Option<String> {
    Some(rest.trim().to_owned()).filter(|w| !w.is_empty())
}

/// A value by the name that it has on the wire.
fn named<T: serde::de::DeserializeOwned>(
    command: &'static str,
    name: &str,
    names: &'static str,
) -> Result<T, InputError> {
    serde_json::from_value(serde_json::Value::String(name.to_lowercase()))
        .map_err(|_| InputError::Name { command, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        for (line, wish) in [
            ("hello there", Wish::Say("hello there".into())),
            ("  ", Wish::Nothing),
            ("/take 2", Wish::Take(2)),
            ("/t #12", Wish::Take(12)),
            ("/next", Wish::Next),
            ("/gesture open_palms", Wish::Gesture(Gesture::OpenPalms)),
            ("/mood Sad", Wish::Mood(Expression::Sad)),
            ("/note lost a hardware wallet", Wish::Note("lost a hardware wallet".into())),
            ("/give", Wish::Give { to_bot: true }),
            ("/break lunch time", Wish::State(AgentState::Break { reason: "lunch time".into() })),
            ("/accept", Wish::Accept(None)),
            ("/decline #2", Wish::Decline(Some(2))),
            (
                "/to bob knows about land",
                Wish::Pass {
                    to: Target::Agent("bob".parse().unwrap()),
                    note: Some("knows about land".into()),
                },
            ),
            ("/escalate", Wish::Pass { to: Target::Supervisor, note: None }),
        ] {
            assert_eq!(parse(line), Ok(wish), "{line}");
        }
    }

    #[test]
    fn errors_say_what_would_be_right() {
        for (line, part) in [
            ("/fly", "/help"),
            ("/take", "/take 1"),
            ("/mood grim", "relaxed"),
            ("/to", "a name"),
            ("/break", "lunch"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
