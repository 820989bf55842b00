//! Where a visit stands: everything that a kiosk draws.

use std::collections::{BTreeSet, VecDeque};

use super::caption::{Caption, Saying};
use super::effect::{Mood, SpeechId};
use super::ids::Ids;
use super::input::{Notice, Preferences, SecretKind, TextSize};
use super::near::Nearness;
use super::rules::Rules;
use crate::conversation::{self, ActorId, AnswerId, ConversationId, Language, Time, Timings};
use crate::protocol::Marks;
use crate::routing::QueuePlace;
use crate::scene::ListenMode;

/// The page that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nobody is there: an invitation.
    Attract,
    /// Language, "I am a bot", consent.
    Welcome {
        since: Time,
        language_chosen: bool,
    },
    /// A conversation; see [`State::turn`].
    Talk,
    Rating {
        since: Time,
        stars: Option<u8>,
        resolved: Option<bool>,
    },
    Farewell {
        since: Time,
    },
}

/// Whose turn it is in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Listening,
    Thinking,
    Speaking,
}

/// What lies over the page; only one is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlay {
    /// "Are you still there?" The visit is over at `until`.
    IdleWarning {
        until: Time,
    },
    SecretWarning {
        kind: SecretKind,
    },
    Reconnecting {
        since: Time,
    },
    Browse,
}

/// Who drives the avatar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pilot {
    Nobody,
    Bot,
    Person { name: String },
}

/// What the visitor was told about a late answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    Nothing,
    StillThinking,
    /// Typing again, or a person, was offered.
    Offered,
}

/// An answer that has not come yet, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaiting {
    pub since: Time,
    pub told: Told,
}

/// A message for people, when none of them is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageStep {
    #[default]
    None,
    /// "Would you like to leave a message?"
    Offered,
    /// No, thank you.
    Declined,
    /// The visitor's next words are the message, but for "yes" and "no".
    Writing,
    Left,
}

/// "Did you say …?"
#[derive(Debug, Clone, PartialEq)]
pub struct AskBack {
    pub text: String,
    pub confidence: f32,
    pub masked: u16,
    pub timings: Timings,
}

/// The conversation that is open at the relay, or was until the farewell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub id: ConversationId,
    /// Folded from the events that came back.
    pub record: conversation::State,
    /// The kiosk has sent `close`, or the relay has closed it.
    pub closed: bool,
    /// How far the agents have got, the one that is furthest.
    pub marks: Marks,
    /// The newest words of a pilot that the others know to be seen.
    pub(super) shown: u64,
}

/// What is being spoken or is to be spoken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Speech {
    pub pending: VecDeque<SpeechId>,
    /// Stopped; the report of how far it got has not come.
    pub stopped: VecDeque<SpeechId>,
    /// Answers of which nothing more is spoken.
    pub silenced: VecDeque<AnswerId>,
    /// Questions of the visitor that were mended before the relay had numbered them.
    pub mended: VecDeque<AnswerId>,
    /// Numbers of questions that were mended: answers to them are not spoken.
    pub stale: VecDeque<u64>,
    pub next_own: u32,
    /// When a report or a new speech came last.
    pub at: Time,
}

/// The timings of the turn that is being answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Measuring {
    /// The end of the visitor's speech.
    pub base: Time,
    pub answer: Option<AnswerId>,
    pub timings: Timings,
}

/// Everything a kiosk knows about the visit.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub rules: Rules,
    pub phase: Phase,
    pub language: Language,
    pub conversation: Option<Open>,
    /// The visitor lets the microphone be used.
    pub voice_consent: bool,
    pub muted: bool,
    pub listen: ListenMode,
    /// The push-to-talk button is held.
    pub talk_held: bool,
    /// The microphone is open.
    pub listening: bool,
    /// The visitor's voice is being heard right now.
    pub hearing: bool,
    /// What the visitor seems to be saying right now.
    pub partial: Option<String>,
    /// Oldest first.
    pub captions: VecDeque<Caption>,
    pub ask_back: Option<AskBack>,
    pub awaiting: Option<Awaiting>,
    /// Typing again, or a person, is offered because no answer came.
    pub offer_ways: bool,
    /// What the pilot gives the visitor to choose from, until they say anything.
    pub choices: Vec<String>,
    /// The person who pilots is being heard by their own voice.
    pub person_speaks: bool,
    /// When something was heard of that, or understood.
    pub(super) person_at: Time,
    /// The person who pilots has lost the connection.
    pub pilot_away: bool,
    /// The place in the queue for a person.
    pub queue_place: Option<QueuePlace>,
    /// How far a message for people has got.
    pub message: MessageStep,
    /// The place was said.
    pub(super) place_told: bool,
    pub secret: Option<(SecretKind, Time)>,
    pub browsing: bool,
    /// When the warning was given.
    pub idle_warned: Option<Time>,
    /// Since when there is no connection to the relay.
    pub offline_since: Option<Time>,
    /// How near somebody is, where that is known.
    pub near: Nearness,
    /// What is not as it should be at the kiosk.
    pub notices: BTreeSet<Notice>,
    /// A short message for a few seconds, and until when.
    pub toast: Option<(Saying, Time)>,
    pub preferences: Preferences,
    pub mood: Mood,
    /// The latest time this machine was told of.
    pub now: Time,
    pub(super) ids: Ids,
    pub(super) speech: Speech,
    pub(super) measuring: Option<Measuring>,
    pub(super) next_caption: u32,
    /// When the visitor, or the pilot, did something last.
    pub(super) active_at: Time,
    /// Questions asked in this visit.
    pub(super) asked: u32,
    /// Transcripts without words, one after the other.
    pub(super) unheard: u32,
}

impl State {
    /// A kiosk at which nobody is. `ids` are seeded from the system's random numbers.
    pub fn new(rules: Rules, ids: Ids) -> Self {
        let preferences = Preferences {
            volume: rules.volume.min(100),
            quiet: rules.quiet,
            text_size: TextSize::Normal,
            reduce_motion: rules.reduce_motion,
            high_contrast: false,
        };
        Self {
            phase: Phase::Attract,
            language: rules.default_language,
            conversation: None,
            voice_consent: false,
            muted: false,
            listen: rules.listen,
            talk_held: false,
            listening: false,
            hearing: false,
            partial: None,
            captions: VecDeque::new(),
            ask_back: None,
            awaiting: None,
            offer_ways: false,
            choices: Vec::new(),
            person_speaks: false,
            person_at: Time(0),
            pilot_away: false,
            queue_place: None,
            message: MessageStep::None,
            place_told: false,
            secret: None,
            browsing: false,
            idle_warned: None,
            offline_since: None,
            near: Nearness::Away,
            notices: BTreeSet::new(),
            toast: None,
            preferences,
            mood: Mood::Idle,
            now: Time(0),
            ids,
            speech: Speech::default(),
            measuring: None,
            next_caption: 0,
            active_at: Time(0),
            asked: 0,
            unheard: 0,
            rules,
        }
    }

    /// Whose turn it is.
    pub fn turn(&self) -> Turn {
        if self.is_heard() {
            Turn::Speaking
        } else if self.awaiting.is_some() {
            Turn::Thinking
        } else {
            Turn::Listening
        }
    }

    /// Whether a voice could be heard and understood here.
    pub fn can_hear(&self) -> bool {
        let deaf = [Notice::NoMicrophone, Notice::NoSpeechModel, Notice::LanguageNotHeard];
        !deaf.iter().any(|notice| self.notices.contains(notice))
    }

    /// Whether the avatar is speaking or about to.
    pub fn is_speaking(&self) -> bool {
        !self.speech.pending.is_empty()
    }

    /// Whether the avatar speaks, by a synthetic voice or by that of a person.
    pub fn is_heard(&self) -> bool {
        self.is_speaking() || self.person_speaks
    }

    /// Whether a pilot's words are being spoken or wait for it.
    pub(super) fn is_answering(&self) -> bool {
        self.speech.pending.iter().any(|speech| matches!(speech, SpeechId::Answer { .. }))
    }

    /// What is being spoken now.
    pub fn speaking(&self) -> Option<SpeechId> {
        self.speech.pending.front().copied()
    }

    /// What lies over the page.
    pub fn overlay(&self) -> Option<Overlay> {
        if let Some(warned) = self.idle_warned {
            let until = warned.plus_ms(u64::from(self.rules.timeouts_secs.idle_reset) * 1000);
            return Some(Overlay::IdleWarning { until });
        }
        if let Some((kind, _)) = self.secret {
            return Some(Overlay::SecretWarning { kind });
        }
        match self.offline_since {
            // Where no further attempt is made, the notice says so.
            Some(since) if self.phase == Phase::Talk && !self.notices.contains(&Notice::RelayUnreachable) => {
                return Some(Overlay::Reconnecting { since });
            }
            _ => {}
        }
        self.browsing.then_some(Overlay::Browse)
    }

    /// Who drives the avatar.
    pub fn pilot(&self) -> Pilot {
        let pilot = self.conversation.as_ref().and_then(|c| c.record.pilot.as_ref());
        match pilot {
            None => Pilot::Nobody,
            Some(agent) if agent.kind.is_person() => Pilot::Person { name: name_of(&agent.id) },
            Some(_) => Pilot::Bot,
        }
    }

    /// Whether a person was asked for and has not come yet.
    pub fn waits_for_person(&self) -> bool {
        self.conversation.as_ref().is_some_and(|c| c.record.waiting.is_some())
    }

    /// The newest caption: what is shown largest.
    pub fn caption(&self) -> Option<&Caption> {
        self.captions.back()
    }
}

/// How a person is called before visitors: "ann-lee" is Ann Lee.
pub(super) fn name_of(id: &ActorId) -> String {
    let words = id.as_str().split(['-', '_', '.', '@']).filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}
