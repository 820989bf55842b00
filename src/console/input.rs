//! What an agent types, read.

use crate::conversation::CaseKind;
use crate::performance::{Expression, Gesture};

/// The list of what can be typed, for `/help`.
pub const HELP: &str = "\
/list            who is here, and who waits for a person
/take N          serve visitor N (the bot falls silent)
/look N          read along without taking over
any text         say it through the avatar
/gesture NAME    wave, bow, nod, shake_head, open_palms, point, halt
/mood NAME       neutral, happy, sad, relaxed, surprised, angry
/note TEXT       a note that the visitor never sees
/case KIND       open a case: question, problem, complaint
/give            give the visitor back to the bot
/queue           put the visitor back among those who wait for a person
/quit            give everybody back and leave";

/// What the agent wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    List,
    Take(u32),
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
        "list" | "l" => Wish::List,
        "take" | "t" => Wish::Take(number("/take")?),
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
            ("/gesture open_palms", Wish::Gesture(Gesture::OpenPalms)),
            ("/mood Sad", Wish::Mood(Expression::Sad)),
            ("/note lost a hardware wallet", Wish::Note("lost a hardware wallet".into())),
            ("/give", Wish::Give { to_bot: true }),
        ] {
            assert_eq!(parse(line), Ok(wish), "{line}");
        }
    }

    #[test]
    fn errors_say_what_would_be_right() {
        for (line, part) in
            [("/fly", "/help"), ("/take", "/take 1"), ("/mood grim", "relaxed"), ("/note", "text")]
        {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
