//! What a program asks its client for.

use tokio::sync::oneshot;

use super::outbox::{OutboxError, Outgoing, Waiting};
use super::voice::{VoiceSink, Waits};
use crate::conversation::{ConversationId, Epoch};
use crate::protocol::{Signal, VoiceFrame};
use crate::routing::Profile;

/// What the program asks for.
#[derive(Debug)]
pub enum Request {
    Command(Box<Outgoing>, Option<oneshot::Sender<Result<(), OutboxError>>>),
    Follow {
        conversation: ConversationId,
        from: Option<(Epoch, u64)>,
    },
    Unfollow(ConversationId),
    Seen(ConversationId, u64),
    Signal(ConversationId, Signal),
    /// A frame of this agent's voice.
    Voice(Box<VoiceFrame>, Waits),
    /// Where voices go that come.
    Voices(VoiceSink),
    /// How much is in the outbox.
    Waiting(oneshot::Sender<Result<Waiting, OutboxError>>),
    Watch,
    /// The parts that do not work.
    Report(Vec<String>),
    Announce(Profile),
    Decline(ConversationId),
}
