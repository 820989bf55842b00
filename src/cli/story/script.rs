//! A story file (RON): steps, and who speaks how. Pure.

use std::path::PathBuf;

use ron::Options;
use ron::extensions::Extensions;
use serde::Deserialize;

use crate::conversation::{ActorId, Language};
use crate::quote::quote;
use crate::scene::Voice;

/// The version of the format that this program reads.
pub const VERSION: u32 = 1;
/// The largest story file, in bytes.
const FILE_MAX_BYTES: usize = 256 * 1024;
const STEPS_MAX: usize = 200;
/// The longest text that somebody says, in characters.
const TEXT_MAX_CHARS: usize = 500;
/// The longest pause, and the longest story, in seconds.
const PAUSE_MAX_SECS: f32 = 60.0;
const LASTS_MAX_SECS: u32 = 300;
/// A shorter word of a secret could be found in any file by chance.
pub const SECRET_WORD_MIN_CHARS: usize = 5;

/// What happens at a desk.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// The version of the file's format: [`VERSION`].
    pub version: u32,
    #[serde(default)]
    pub language: Language,
    /// Whether the visitor may interrupt by voice, in the place of what the scene says.
    #[serde(default)]
    pub barge_in: Option<bool>,
    /// Relay, bot and console are processes of their own, with a fresh data directory.
    #[serde(default)]
    pub own_processes: bool,
    /// The recording goes on at least so long, in seconds.
    #[serde(default)]
    pub lasts_secs: u32,
    /// How the visitor sounds, as a scene describes it; where it cannot be made, espeak-ng speaks.
    #[serde(default)]
    pub visitor: Option<Voice>,
    /// Who sits at the console.
    #[serde(default)]
    pub person: Option<Person>,
    pub steps: Vec<Step>,
}

/// A person at a console.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: ActorId,
    /// With a voice of their own, as a scene describes it; without one they type.
    #[serde(default)]
    pub voice: Option<Voice>,
    /// What they say to the visitor whom they take over.
    pub says: Vec<String>,
    /// How long after the take-over they begin, in seconds.
    #[serde(default)]
    pub after_secs: f32,
}

/// One thing that happens. The next one follows at once, except after [`Step::Pause`] and [`Step::Wait`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// From now on the recording says this in its lower third: a title, and a line below it. Without a title, nothing.
    Chapter(String, String),
    /// Somebody comes, chooses the language and agrees to be heard.
    Arrive,
    /// The visitor says something.
    Say(Say),
    /// The visitor stops in the middle of a word.
    Hush,
    /// In seconds.
    Pause(f32),
    Wait(Until),
    /// The person types a line at the console.
    Console(String),
    /// The person says what they have to say.
    PersonSpeaks,
    /// The relay's process is killed, as with `kill -9`.
    KillRelay,
    /// It is started again at the same address.
    StartRelay,
    /// The visitor has read the warning of a secret.
    Understood,
    /// The visitor leaves, and gives so many stars.
    Leave(u8),
}

/// What the visitor says.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Say {
    pub text: String,
    /// What is said right after it, and must be in no file afterwards: the recording has a tone in its place.
    pub secret: String,
    /// A sound file in the place of a made voice, from the assets or, when the path is absolute, from anywhere.
    pub sound: Option<PathBuf>,
    /// It is typed, not spoken.
    pub typed: bool,
}

/// Until when to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// The kiosk has its relay, and nobody is there.
    Ready,
    /// Somebody pilots the avatar.
    Served,
    /// Nobody speaks or thinks, for a moment.
    Quiet,
    /// The visitor's newest words are understood.
    Heard,
    /// A pilot's words came after the visitor's newest ones, or after the newest line of the console.
    Answered,
    /// So many characters of the newest answer have been spoken.
    Spoken(u32),
    /// The avatar does not speak.
    Silent,
    /// The avatar has cut in on a secret.
    Warned,
    /// A person pilots.
    Person,
    /// A bot pilots.
    Bot,
    /// The kiosk has no relay, or has one (again).
    Offline,
    Online,
}

/// Why a text is not a story.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoryError {
    /// Lines and columns count from 1.
    #[error("line {line}, column {column}: {what}")]
    Syntax { line: usize, column: usize, what: String },
    #[error("this story is of version {0}, and this program reads version {VERSION}")]
    Version(u32),
    #[error("this file has {0} bytes, more than the {FILE_MAX_BYTES} allowed: is it really a story?")]
    TooLarge(usize),
    #[error("step {step}: {what}")]
    Step { step: usize, what: String },
    #[error("{0}")]
    Whole(String),
}

/// The story that is shipped for a language, under the assets: the long one for recordings, where there is one.
pub fn shipped(language: Language, recorded: bool) -> &'static str {
    match (language, recorded) {
        (Language::En, true) => "stories/desk-en.ron",
        (Language::En, false) => "stories/question-en.ron",
        (Language::Zh, _) => "stories/question-zh.ron",
    }
}

impl Story {
    /// Parses and checks a story file.
    pub fn parse(text: &str) -> Result<Self, StoryError> {
        if text.len() > FILE_MAX_BYTES {
            return Err(StoryError::TooLarge(text.len()));
        }
        let ron = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let story: Self = ron.from_str(text).map_err(|error| StoryError::Syntax {
            line: error.span.end.line,
            column: error.span.end.col,
            what: quote(&error.code.to_string()),
        })?;
        if story.version != VERSION {
            return Err(StoryError::Version(story.version));
        }
        story.check()?;
        Ok(story)
    }

    /// The same with another sound for the first thing that is said.
    pub fn asking(mut self, sound: PathBuf) -> Self {
        let first = self.steps.iter_mut().find_map(|step| match step {
            Step::Say(say) => Some(say),
            _ => None,
        });
        if let Some(say) = first {
            say.sound = Some(sound);
        }
        self
    }

    /// The words of what must be in no file, in small letters.
    pub fn secret_words(&self) -> impl Iterator<Item = String> + '_ {
        self.steps.iter().flat_map(|step| match step {
            Step::Say(say) => words(&say.secret),
            _ => Vec::new(),
        })
    }

    fn check(&self) -> Result<(), StoryError> {
        let whole = |what: String| Err(StoryError::Whole(what));
        if self.steps.is_empty() || self.steps.len() > STEPS_MAX {
            return whole(format!("a story has 1 to {STEPS_MAX} steps, this one has {}", self.steps.len()));
        }
        if self.lasts_secs > LASTS_MAX_SECS {
            return whole(format!("`lasts_secs` is at most {LASTS_MAX_SECS}"));
        }
        if let Some(person) = &self.person {
            if !self.own_processes {
                return whole("a person needs `own_processes: true`".to_owned());
            }
            if person.says.iter().any(|text| !is_sayable(text)) || !is_pause(person.after_secs) {
                return whole(format!(
                    "what the person says is 1 to {TEXT_MAX_CHARS} characters, after 0 to {PAUSE_MAX_SECS} s"
                ));
            }
        }
        for (at, step) in self.steps.iter().enumerate() {
            self.check_step(step).map_err(|what| StoryError::Step { step: at + 1, what })?;
        }
        Ok(())
    }

    fn check_step(&self, step: &Step) -> Result<(), String> {
        match step {
            Step::Pause(secs) if !is_pause(*secs) => Err(format!("a pause has 0 to {PAUSE_MAX_SECS} s")),
            Step::Say(say) if !is_sayable(&say.text) => {
                Err(format!("the visitor says 1 to {TEXT_MAX_CHARS} characters"))
            }
            Step::Say(say) if !say.secret.is_empty() => check_secret(say),
            Step::KillRelay | Step::StartRelay if !self.own_processes => {
                Err("a relay that is killed needs `own_processes: true`".to_owned())
            }
            Step::Console(_) | Step::PersonSpeaks if self.person.is_none() => {
                Err("nobody sits at the console: add `person`".to_owned())
            }
            Step::Console(line) if line.contains(['\n', '\r']) => {
                Err("that is more than one line".to_owned())
            }
            Step::Leave(stars) if !(1..=5).contains(stars) => Err("1 to 5 stars are given".to_owned()),
            _ => Ok(()),
        }
    }
}

/// A secret that could not be found again would be no check.
fn check_secret(say: &Say) -> Result<(), String> {
    if say.sound.is_some() {
        return Err("where the secret begins in a sound file is not known: leave `sound` out".to_owned());
    }
    let (own, secret) = (words(&say.text), words(&say.secret));
    if secret.is_empty() {
        return Err(format!(
            "the secret has no word of {SECRET_WORD_MIN_CHARS} letters or more: it could not be looked for"
        ));
    }
    match secret.iter().find(|word| own.contains(word)) {
        Some(word) => Err(format!("`{word}` is in the text and in the secret")),
        None => Ok(()),
    }
}

/// The words of a text that are long enough to be looked for, in small letters.
pub fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.chars().count() >= SECRET_WORD_MIN_CHARS).map(str::to_lowercase).collect()
}

fn is_sayable(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_MAX_CHARS
}

fn is_pause(secs: f32) -> bool {
    (0.0..=PAUSE_MAX_SECS).contains(&secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_stories_can_be_told() {
        for name in ["desk-en", "question-en", "question-zh"] {
            let text = std::fs::read_to_string(format!("assets/stories/{name}.ron")).unwrap();
            let story = Story::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(story.steps.len() > 3, "{name}");
            assert!(matches!(story.steps.last(), Some(Step::Leave(_))), "{name}");
        }
        for (language, recorded) in [(Language::En, true), (Language::En, false), (Language::Zh, true)] {
            assert!(std::path::Path::new("assets").join(shipped(language, recorded)).is_file());
        }
    }

    fn with(steps: &str) -> Result<Story, StoryError> {
        Story::parse(&format!("(version: 1, own_processes: true, steps: [{steps}])"))
    }

    #[test]
    fn steps_are_read() {
        let story = with(
            r#"chapter("A question", "of a visitor"), arrive, wait(quiet), say((text: "My phrase is", secret: "Zebra, walnut")),
               wait(spoken(40)), pause(1.5), kill_relay, leave(5)"#,
        )
        .unwrap();
        assert_eq!(story.steps.len(), 8);
        assert_eq!(story.steps[4], Step::Wait(Until::Spoken(40)));
        assert_eq!(story.secret_words().collect::<Vec<_>>(), ["zebra", "walnut"]);
        let asked = story.asking("/tmp/other.wav".into());
        assert!(matches!(&asked.steps[3], Step::Say(say) if say.sound.is_some()));
    }

    #[test]
    fn errors_say_where_and_what() {
        for (steps, part) in [
            ("", "1 to 200 steps"),
            ("wait(forever)", "line 1"),
            ("arrive, pause(100)", "step 2: a pause"),
            ("say((text: \" \"))", "step 1: the visitor says"),
            ("say((text: \"it is\", secret: \"a b c\"))", "no word of 5 letters"),
            ("say((text: \"my zebra is\", secret: \"zebra\"))", "`zebra` is in the text"),
            ("say((text: \"it is\", secret: \"zebra\", sound: \"a.wav\"))", "not known"),
            ("console(\"/next\")", "nobody sits"),
            ("leave(0)", "1 to 5 stars"),
        ] {
            let error = with(steps).unwrap_err().to_string();
            assert!(error.contains(part), "{steps}: {error}");
        }
        let error = Story::parse("(version: 2, steps: [arrive])").unwrap_err().to_string();
        assert!(error.contains("version 2"), "{error}");
        let error = Story::parse("(version: 1, steps: [kill_relay])").unwrap_err().to_string();
        assert!(error.contains("own_processes"), "{error}");
        let alone = "(version: 1, person: (name: \"ann\", says: [\"hello\"]), steps: [arrive])";
        assert!(Story::parse(alone).unwrap_err().to_string().contains("own_processes"));
    }
}
