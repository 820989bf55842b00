//! What the edge has to do.

use super::caption::Saying;
use crate::conversation::{AnswerId, Command, ConversationId, Language};
use crate::performance::{Expression, Gesture};

/// Something to do, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Follow a new conversation and send its first command.
    OpenConversation {
        conversation: ConversationId,
        command: Command,
    },
    /// Send a command, durably. The client makes its `cmid`.
    Send {
        conversation: ConversationId,
        command: Command,
    },
    /// Stop following; what is still in the outbox is sent all the same.
    LeaveConversation {
        conversation: ConversationId,
    },
    /// Everything up to this event could be read on the screen.
    Seen {
        conversation: ConversationId,
        seq: u64,
    },
    /// Open the microphone.
    StartListening,
    /// Close the microphone. What was said while a button was held is still understood; the rest is forgotten.
    StopListening,
    /// Speak this after what is being spoken, and report on it with the `Voice…` inputs.
    Speak {
        speech: SpeechId,
        saying: Saying,
        expression: Option<Expression>,
        gesture: Option<Gesture>,
    },
    /// Be silent at once. Report what was being spoken with `VoiceEnded { interrupted: true }`.
    StopSpeaking,
    /// How the avatar holds itself.
    SetMood(Mood),
    /// A gesture without words.
    Gesture(Gesture),
    SetLanguage(Language),
    /// 0 to 100.
    SetVolume(u8),
    /// Forget everything readable: text boxes, pages, pictures of speech, buffers.
    ClearAll,
}

/// How the avatar holds itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// Nobody is there.
    #[default]
    Idle,
    /// Somebody is there.
    Attentive,
    Listening,
    Thinking,
    Speaking,
    /// Nobody attends to the visitor for a while: see [`super::Absence`].
    Away,
}

/// What is being spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpeechId {
    /// The kiosk's own sentence.
    Own(u32),
    /// One part of a pilot's answer.
    Answer { answer: AnswerId, part: u16 },
}
