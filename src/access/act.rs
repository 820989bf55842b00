//! Everything that a client may try.

use crate::conversation::Command;

macro_rules! acts {
    ($($name:ident $text:literal),* $(,)?) => {
        /// Something that a client may try: a frame, a command or a signal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Act {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Act {
            /// All of them, in the order of the rows of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name, as in JSON; of a signal with `signal ` before it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

acts! {
    Watch "watch",
    Announce "announce",
    Decline "decline",
    Follow "follow",
    Received "received",
    Seen "seen",
    Open "open",
    Consent "consent",
    ChooseLanguage "choose_language",
    Say "say",
    Spoken "spoken",
    Measure "measure",
    RequestHandoff "request_handoff",
    Claim "claim",
    Release "release",
    Need "need",
    Transfer "transfer",
    LeaveMessage "leave_message",
    Note "note",
    Tag "tag",
    OpenCase "open_case",
    Rate "rate",
    Close "close",
    Erase "erase",
    Typing "signal typing",
    PartialTranscript "signal partial_transcript",
    Avatar "signal avatar",
    Expression "signal expression",
    Gesture "signal gesture",
    Interrupt "signal interrupt",
    Voice "voice",
}

impl Act {
    /// What giving this command is.
    pub fn of(command: &Command) -> Self {
        match command {
            Command::Open { .. } => Self::Open,
            Command::Consent { .. } => Self::Consent,
            Command::ChooseLanguage { .. } => Self::ChooseLanguage,
            Command::Say { .. } => Self::Say,
            Command::Spoken { .. } => Self::Spoken,
            Command::Measure { .. } => Self::Measure,
            Command::RequestHandoff { .. } => Self::RequestHandoff,
            Command::Claim => Self::Claim,
            Command::Release { .. } => Self::Release,
            Command::Need { .. } => Self::Need,
            Command::Transfer { .. } => Self::Transfer,
            Command::LeaveMessage { .. } => Self::LeaveMessage,
            Command::Note { .. } => Self::Note,
            Command::Tag { .. } => Self::Tag,
            Command::OpenCase { .. } => Self::OpenCase,
            Command::Rate { .. } => Self::Rate,
            Command::Close { .. } => Self::Close,
            Command::Erase => Self::Erase,
        }
    }
}
