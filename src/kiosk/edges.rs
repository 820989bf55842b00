//! What the kiosk needs of the world, as traits: so that the core runs without network, microphone and loudspeaker.

use crate::conversation::{Actor, Command, ConversationId, Event, Language, Refusal, Timings};
use crate::protocol::{Reach, Signal};
use crate::scene::{Desk, ListenMode};
use crate::visit::{Notice, SpeechId, Unsent};

/// The connection to the relay.
pub trait Link {
    /// What has happened since the last call, oldest first; at most a few hundred at a time.
    fn poll(&mut self) -> Vec<LinkEvent>;
    /// Keeps a command durably and sends it as soon as it can be.
    fn send(&mut self, conversation: ConversationId, command: Command);
    /// Follow a conversation that this kiosk has opened.
    fn follow(&mut self, conversation: ConversationId);
    fn unfollow(&mut self, conversation: ConversationId);
    /// Everything up to this event could be read: the others may know.
    fn seen(&mut self, conversation: ConversationId, seq: u64);
    /// Passes a signal on, if there is a connection.
    fn signal(&mut self, conversation: ConversationId, signal: Signal);
    /// Tells the host which parts of this kiosk do not work, now and with each new connection. Says whether it was taken.
    fn report(&mut self, missing: Vec<String>) -> bool;
}

/// News from the relay.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    Up,
    Down,
    Happened {
        conversation: ConversationId,
        event: Box<Event>,
    },
    /// A command will never become a fact: the relay refused it, or it could not be kept until then.
    Refused {
        conversation: ConversationId,
        /// The rule of the conversation that says no, when it is one.
        refusal: Option<Refusal>,
        /// What the visitor loses by it, as far as that is known.
        what: Option<Unsent>,
        /// A sentence for the host.
        text: String,
    },
    Signal {
        conversation: ConversationId,
        signal: Signal,
    },
    /// Somebody else has got everything up to this event, or has seen it.
    Reached {
        conversation: ConversationId,
        by: Actor,
        reach: Reach,
        seq: u64,
    },
    /// There is no connection, and no further attempt is made; a sentence for the host.
    Fatal(String),
}

/// What measures how near somebody is.
pub trait Sensor {
    /// What was measured last, unless that was asked for before.
    fn poll(&mut self) -> Option<Reading>;
}

/// What a sensor says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// Somebody is so far from the avatar.
    Metres(f32),
    /// Nobody is there.
    Nobody,
}

/// The sound devices of this machine, among which the host chooses while the kiosk runs.
pub trait Devices {
    /// Begins to look for them.
    fn look(&mut self);
    /// What was found last; `None` while they are being looked for.
    fn found(&self) -> Option<Found>;
    /// The one that is wanted; `None` is the system's usual one.
    fn chosen(&self, kind: DeviceKind) -> Option<String>;
    /// Takes another one from now on, and after the next start too.
    fn choose(&mut self, kind: DeviceKind, name: Option<String>);
}

/// A kind of sound device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    Microphone,
    Loudspeaker,
}

/// The names of the sound devices that are there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    pub microphones: Vec<String>,
    pub loudspeakers: Vec<String>,
}

impl Found {
    /// Those of one kind.
    pub fn of(&self, kind: DeviceKind) -> &[String] {
        match kind {
            DeviceKind::Microphone => &self.microphones,
            DeviceKind::Loudspeaker => &self.loudspeakers,
        }
    }
}

/// The microphone and what understands it.
pub trait Ears {
    fn poll(&mut self) -> Vec<HeardEvent>;
    /// Opens or closes the microphone. What is being said when it closes is dropped.
    fn listen(&mut self, on: bool);
    /// The push-to-talk button came up: what was said is still understood, and then the microphone closes.
    fn finish(&mut self);
    fn mode(&mut self, mode: ListenMode);
    /// The push-to-talk button.
    fn held(&mut self, held: bool);
    fn language(&mut self, language: Language);
    /// The avatar speaks, or has ended: what is heard meanwhile may be its own voice.
    fn speaking(&mut self, on: bool);
    /// The visit is over: what was learned of the visitor's voice is forgotten. Ears that learn nothing have nothing to do.
    fn forget(&mut self) {}
}

/// News from the microphone.
#[derive(Debug, Clone, PartialEq)]
pub enum HeardEvent {
    /// For the meter: decibels below full scale, and whether it sounds like speech.
    Level {
        db: f32,
        speech: bool,
    },
    Started,
    /// What has been understood of what is still being said; empty when it came to nothing. `agreed` is as much of its
    /// beginning as will most likely stay.
    Partial {
        text: String,
        agreed: String,
    },
    /// What follows was said in this language, which is not the visit's; only when the model finds out.
    Language(Language),
    Transcript {
        text: String,
        confidence: f32,
        timings: Timings,
        /// How long ago it was there, in milliseconds: news come once a frame.
        ago_ms: u32,
    },
    /// Something about the kiosk began or ceased to be so; the sentence is for the host.
    Problem {
        notice: Notice,
        on: bool,
        sentence: String,
    },
}

/// The loudspeaker and what fills it.
pub trait Voice {
    fn poll(&mut self) -> Vec<VoiceEvent>;
    /// Speaks this after what is being spoken.
    fn say(&mut self, speech: SpeechId, text: &str, language: Language);
    /// Is silent at once.
    fn stop(&mut self);
    /// Speaks from now on as this desk does.
    fn change_desk(&mut self, desk: &Desk);
    /// 0 to 100.
    fn volume(&mut self, volume: u8);
    /// From now on the voice of the person who pilots this conversation is heard when it comes; with `None` nobody's is, at once.
    /// A voice that has no such thing has nothing to do.
    fn person(&mut self, _: Option<ConversationId>) {}
    /// The mouth that belongs to the samples being played now: aa, ih, ou, ee, oh, each 0 to 1.
    fn mouth(&mut self) -> [f32; 5];
}

/// News from the loudspeaker.
#[derive(Debug, Clone, PartialEq)]
pub enum VoiceEvent {
    /// The first sample was made, so many milliseconds ago: news come once a frame, and are older than that.
    Made(SpeechId, i32),
    /// The first sample was heard, so many milliseconds ago; less than nothing when it is still on its way to the loudspeaker.
    Started(SpeechId, i32),
    /// The mouth opened for it, so many milliseconds ago.
    Mouth(SpeechId, i32),
    Progress(SpeechId, u32),
    Ended {
        speech: SpeechId,
        chars: u32,
        interrupted: bool,
    },
    /// A person's own voice begins to be heard, or has ended.
    Person(bool),
    Problem {
        notice: Notice,
        on: bool,
        sentence: String,
    },
}
