//! What can happen at a kiosk.

use super::effect::SpeechId;
use super::near::Nearness;
use crate::conversation::{Actor, AnswerId, Command, ConversationId, Event, Language, Refusal, Timings};
use crate::protocol::Reach;
use crate::routing::QueuePlace;
use crate::scene::ListenMode;

/// Something that happened. Texts have been through `redact` already; `masked` says how many secrets it found.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Time has passed.
    Tick,
    /// Somebody came so near, or went away: once for each change.
    Near(Nearness),
    /// A touch, a click or a key that means nothing else.
    Touched,
    LanguageChosen {
        language: Language,
    },
    /// The visitor agreed to be served: by voice, or by typing only. In a conversation: changed their mind about it.
    Consented {
        voice: bool,
    },

    /// The visitor's voice was heard.
    SpeechStarted,
    /// What was understood so far.
    Partial {
        text: String,
    },
    /// What was understood in the end; an empty text when nothing was.
    Transcript {
        text: String,
        confidence: f32,
        masked: u16,
        timings: Timings,
        /// How long ago it was there, in milliseconds.
        ago_ms: u32,
    },
    Typed {
        text: String,
        masked: u16,
    },
    /// The text of a suggested question.
    SuggestionChosen {
        text: String,
    },
    /// The visitor mended what was understood. `caption` is the caption's id.
    CorrectTranscript {
        caption: u32,
        text: String,
        masked: u16,
    },
    /// The answer to "did you say …?".
    AskBackAnswered {
        yes: bool,
    },
    /// "Stop talking".
    StopPressed,
    /// "I would like a person".
    PersonWanted,
    MuteChosen {
        muted: bool,
    },
    /// Push-to-talk: the button or key is held or let go.
    TalkHeld {
        held: bool,
    },
    ListenModeChosen {
        mode: ListenMode,
    },
    PreferencesChanged {
        preferences: Preferences,
    },

    /// A durable event of this conversation came from the relay, the kiosk's own included.
    Happened {
        conversation: ConversationId,
        event: Box<Event>,
    },
    /// Somebody else has got everything up to this event, or has seen it.
    Reached {
        conversation: ConversationId,
        by: Actor,
        reach: Reach,
        seq: u64,
    },
    /// Where this visitor stands in the queue for a person.
    QueuePlace {
        place: Option<QueuePlace>,
    },
    /// "I would like to leave a message".
    MessageWanted,
    /// "No message after all".
    MessageCancelled,
    /// The relay refused a command.
    Refused {
        conversation: ConversationId,
        refusal: Refusal,
    },
    /// What the visitor wanted was not kept and will reach nobody.
    NotSent {
        conversation: ConversationId,
        what: Unsent,
    },
    /// The pilot stops this answer.
    AnswerStopped {
        answer: AnswerId,
    },
    /// The person who pilots can be heard by their own voice, or has ended.
    PersonSpeaks {
        on: bool,
    },
    /// The person who pilots has lost the connection, or is back.
    PilotAway {
        away: bool,
    },
    /// The pilot is writing an answer.
    PilotWrites,
    /// The connection to the relay came or went.
    Connection {
        up: bool,
    },

    /// The first sample of this speech was made, so many milliseconds ago.
    VoiceMade {
        speech: SpeechId,
        ago_ms: i32,
    },
    /// The first sample of this speech was heard, so many milliseconds ago; negative when it will be heard in a moment.
    VoiceStarted {
        speech: SpeechId,
        ago_ms: i32,
    },
    /// The mouth opened for this speech, so many milliseconds ago.
    MouthOpened {
        speech: SpeechId,
        ago_ms: i32,
    },
    /// The avatar has spoken this many characters of it.
    VoiceProgress {
        speech: SpeechId,
        chars: u32,
    },
    /// The speech ended after so many characters. A kiosk without sound sends this when the caption had time to be read.
    VoiceEnded {
        speech: SpeechId,
        chars: u32,
        interrupted: bool,
    },

    /// "I am still here".
    Stay,
    /// "Goodbye".
    Leave,
    Rated {
        stars: u8,
    },
    /// "Was it resolved?", `None` for "skip".
    ResolvedChosen {
        resolved: Option<bool>,
    },
    /// The rating is complete or skipped.
    RatingDone,

    /// A secret was found, in a partial transcript or in the text box.
    SecretFound {
        kind: SecretKind,
    },
    /// The visitor has read the warning.
    SecretUnderstood,
    BrowseOpened,
    BrowseClosed,
    /// Something about the kiosk itself began or ceased to be so.
    Problem {
        notice: Notice,
        on: bool,
    },
}

/// What of the visitor's can get lost so that they must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// Words to the pilot.
    Words { answer: AnswerId },
    /// A message for people.
    Message,
    /// The visit itself, or the wish for a person.
    Wish,
}

impl Unsent {
    /// What is lost with this command; `None` when the visitor need not know.
    pub fn of(command: &Command) -> Option<Self> {
        match command {
            Command::Say { answer, .. } => Some(Self::Words { answer: *answer }),
            Command::LeaveMessage { .. } => Some(Self::Message),
            Command::Open { .. } | Command::RequestHandoff { .. } => Some(Self::Wish),
            _ => None,
        }
    }
}

/// What kind of secret was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretKind {
    SeedPhrase,
    PrivateKey,
    Card,
    Identity,
    /// A password, or a code that was sent to the visitor.
    Other,
}

/// What is not as it should be at the kiosk itself. These outlive visits; what is about the
/// visitor's language is told anew when that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Notice {
    NoMicrophone,
    NoLoudspeaker,
    NoVoice,
    /// Another voice than the desk's own speaks, since that one fails.
    StandInVoice,
    NoSpeechModel,
    /// The speech model does not understand the visitor's language.
    LanguageNotHeard,
    /// The built-in speech model is in use.
    SmallModel,
    SceneBroken,
    /// The scene's avatar cannot be shown; the house avatar stands in.
    AvatarBroken,
    RelayUnreachable,
}

/// How large texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextSize {
    #[default]
    Normal,
    Large,
    Largest,
}

/// What a visitor may set for the length of the visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// 0 to 100.
    pub volume: u8,
    /// Nothing is heard of the avatar: who stands by learns nothing.
    pub quiet: bool,
    pub text_size: TextSize,
    pub reduce_motion: bool,
    /// Panels in black and white with strong edges.
    pub high_contrast: bool,
}

impl Preferences {
    /// How loud the kiosk is, 0 to 100.
    pub fn loudness(&self) -> u8 {
        if self.quiet { 0 } else { self.volume }
    }
}
