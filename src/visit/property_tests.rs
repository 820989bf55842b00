//! What must hold whatever happens, in any order.

use proptest::prelude::*;

use super::story_tests::{Kiosk, anna, bot, part, rules};
use super::*;
use crate::conversation::{AnswerId, Command, Language, Refusal, Time, Timings};
use crate::protocol::Reach;
use crate::routing::QueuePlace;
use crate::scene::{ListenMode, TimeoutsSecs};

/// Stands in every text of a visitor or an agent, so that a leftover is found.
const MARK: &str = "ZEBRA";

#[derive(Debug, Clone)]
enum Act {
    Input(Input),
    /// An answer's part, or another doing of an agent.
    Agent {
        person: bool,
        command: Command,
    },
    /// The first pending speech is reported on.
    Report {
        ended: bool,
        interrupted: bool,
    },
    /// The newest caption is mended.
    Mend,
    /// A refusal for the conversation that is open.
    Refused(Refusal),
    /// Something was not kept.
    NotSent(Unsent),
    /// An agent has got or seen everything up to here.
    Reached(Reach, u64),
    Wait {
        ms: u64,
    },
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(format!("{MARK} what is gas")),
        Just(String::new()),
        Just("yes".to_owned()),
        Just("no thanks".to_owned()),
        Just(MARK.repeat(2000))
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let notice = prop_oneof![Just(Notice::NoVoice), Just(Notice::SmallModel), Just(Notice::RelayUnreachable)];
    let secret = prop_oneof![Just(SecretKind::SeedPhrase), Just(SecretKind::Card)];
    let talk = prop_oneof![
        Just(Input::SpeechStarted),
        words().prop_map(|text| Input::Partial { text }),
        (words(), any::<f32>(), 0u16..3).prop_map(|(text, confidence, masked)| Input::Transcript {
            text,
            confidence,
            masked,
            timings: Timings { transcript: Some(u32::MAX), ..Timings::default() },
            ago_ms: 20,
        }),
        (words(), 0u16..2).prop_map(|(text, masked)| Input::Typed { text, masked }),
        words().prop_map(|text| Input::SuggestionChosen { text }),
        any::<bool>().prop_map(|yes| Input::AskBackAnswered { yes }),
        Just(Input::StopPressed),
        Just(Input::PersonWanted),
        any::<bool>().prop_map(|muted| Input::MuteChosen { muted }),
        any::<bool>().prop_map(|held| Input::TalkHeld { held }),
        any::<bool>().prop_map(|push| Input::ListenModeChosen {
            mode: if push { ListenMode::PushToTalk } else { ListenMode::HandsFree }
        }),
        secret.prop_map(|kind| Input::SecretFound { kind }),
        Just(Input::SecretUnderstood),
    ];
    let ways = prop_oneof![
        Just(Input::Tick),
        prop_oneof![Just(Nearness::Away), Just(Nearness::Noticed), Just(Nearness::Beside)]
            .prop_map(Input::Near),
        Just(Input::Touched),
        prop_oneof![Just(Language::En), Just(Language::Zh)]
            .prop_map(|language| Input::LanguageChosen { language }),
        any::<bool>().prop_map(|voice| Input::Consented { voice }),
        any::<bool>().prop_map(|up| Input::Connection { up }),
        any::<bool>().prop_map(|on| Input::PersonSpeaks { on }),
        any::<bool>().prop_map(|away| Input::PilotAway { away }),
        Just(Input::Stay),
        Just(Input::Leave),
        (0u8..7).prop_map(|stars| Input::Rated { stars }),
        any::<Option<bool>>().prop_map(|resolved| Input::ResolvedChosen { resolved }),
        Just(Input::RatingDone),
        Just(Input::BrowseOpened),
        Just(Input::BrowseClosed),
        (notice, any::<bool>()).prop_map(|(notice, on)| Input::Problem { notice, on }),
        any::<Option<(u32, bool)>>().prop_map(|told| Input::QueuePlace {
            place: told.map(|(place, staffed)| QueuePlace { place, length: place, staffed, estimate: None }),
        }),
        Just(Input::MessageWanted),
        Just(Input::MessageCancelled),
        Just(Input::PilotWrites),
        (0u128..4).prop_map(|n| Input::AnswerStopped { answer: AnswerId::new(Time(0), n) }),
        (any::<u8>(), any::<bool>()).prop_map(|(volume, quiet)| Input::PreferencesChanged {
            preferences: Preferences {
                quiet,
                volume,
                text_size: TextSize::Large,
                reduce_motion: true,
                high_contrast: true
            }
        }),
    ];
    prop_oneof![talk, ways]
}

fn act() -> impl Strategy<Value = Act> {
    let say = (0u128..4, 0u16..3, any::<bool>(), words(), proptest::option::of(0u64..8))
        .prop_map(|(answer, n, last, text, to)| part(answer, n, last, &text, to));
    let command = prop_oneof![
        3 => say,
        2 => Just(Command::Claim),
        1 => any::<bool>().prop_map(|to_bot| Command::Release { to_bot }),
        1 => Just(Command::Close { outcome: crate::conversation::Outcome::TimedOut }),
    ];
    prop_oneof![
        10 => input().prop_map(Act::Input),
        // Visits must begin often enough to be worth it.
        2 => Just(Act::Input(Input::Touched)),
        2 => Just(Act::Input(Input::Consented { voice: true })),
        5 => (any::<bool>(), command).prop_map(|(person, command)| Act::Agent { person, command }),
        4 => (any::<bool>(), any::<bool>()).prop_map(|(ended, interrupted)| Act::Report { ended, interrupted }),
        1 => Just(Act::Mend),
        1 => prop_oneof![
            (0u128..4).prop_map(|n| Unsent::Words { answer: AnswerId::new(Time(0), n) }),
            Just(Unsent::Message),
            Just(Unsent::Wish),
        ].prop_map(Act::NotSent),
        1 => (any::<bool>(), 0u64..20).prop_map(|(seen, seq)| {
            Act::Reached(if seen { Reach::Seen } else { Reach::Delivered }, seq)
        }),
        1 => prop_oneof![Just(Refusal::Closed), Just(Refusal::TooLong), Just(Refusal::NotPilot)].prop_map(Act::Refused),
        3 => (0u64..90_000).prop_map(|ms| Act::Wait { ms }),
    ]
}

fn perform(k: &mut Kiosk, act: Act) {
    match act {
        Act::Input(input) => drop(k.take(input)),
        Act::Agent { person, command } => {
            if k.state.conversation.is_some() {
                k.agent(if person { anna() } else { bot() }, command);
            }
        }
        Act::Report { ended, interrupted } => {
            if let Some(speech) = k.state.speaking() {
                k.take(match ended {
                    true => Input::VoiceEnded { speech, chars: u32::MAX, interrupted },
                    false => Input::VoiceStarted { speech, ago_ms: -30 },
                });
            }
        }
        Act::Mend => {
            if let Some(caption) = k.state.caption().map(|c| c.id) {
                k.take(Input::CorrectTranscript { caption, text: format!("{MARK} mended"), masked: 0 });
            }
        }
        Act::Refused(refusal) => {
            if let Some(conversation) = k.state.conversation.as_ref().map(|c| c.id) {
                k.take(Input::Refused { conversation, refusal });
            }
        }
        Act::NotSent(what) => {
            if let Some(conversation) = k.state.conversation.as_ref().map(|c| c.id) {
                k.take(Input::NotSent { conversation, what });
            }
        }
        Act::Reached(reach, seq) => {
            if let Some(conversation) = k.state.conversation.as_ref().map(|c| c.id) {
                k.take(Input::Reached { conversation, by: bot(), reach, seq });
            }
        }
        Act::Wait { ms } => {
            k.now = k.now.plus_ms(ms);
            k.take(Input::Tick);
        }
    }
}

/// Watches the effects, as the edge would carry them out.
#[derive(Default)]
struct Edge {
    open: Option<crate::conversation::ConversationId>,
    closed: bool,
    listening: bool,
    agreed: bool,
    /// The newest event that the visitor was said to have seen.
    seen: u64,
}

impl Edge {
    fn watch(&mut self, k: &Kiosk) -> Result<(), TestCaseError> {
        for effect in &k.effects {
            match effect {
                Effect::OpenConversation { conversation, command } => {
                    prop_assert!(self.open.is_none(), "opened over an open one");
                    prop_assert_eq!(command.name(), "open");
                    (self.open, self.closed, self.agreed) = (Some(*conversation), false, false);
                    self.seen = 0;
                }
                Effect::Send { conversation, command } => {
                    prop_assert_eq!(Some(*conversation), self.open, "sent without an open conversation");
                    prop_assert!(!self.closed, "sent {} after closing", command.name());
                    self.closed = matches!(command, Command::Close { .. });
                    if let Command::Consent { voice, .. } = command {
                        self.agreed = *voice;
                    }
                }
                Effect::LeaveConversation { conversation } => {
                    prop_assert_eq!(Some(*conversation), self.open.take());
                    self.agreed = false;
                }
                Effect::Seen { conversation, seq } => {
                    prop_assert_eq!(Some(*conversation), self.open);
                    prop_assert!(*seq > self.seen, "seen twice");
                    self.seen = *seq;
                }
                Effect::StartListening => {
                    prop_assert!(!self.listening && self.agreed, "listens without consent");
                    self.listening = true;
                }
                Effect::StopListening => {
                    prop_assert!(self.listening);
                    self.listening = false;
                }
                _ => {}
            }
        }
        prop_assert_eq!(self.listening, k.state.listening);
        prop_assert!(!self.listening || self.agreed, "goes on listening without consent");
        Ok(())
    }
}

fn nothing_readable(state: &State) -> Result<(), TestCaseError> {
    prop_assert!(!format!("{state:?}").contains(MARK), "{state:?}");
    prop_assert!(state.captions.is_empty() && state.conversation.is_none() && state.ask_back.is_none());
    prop_assert!(state.partial.is_none() && state.toast.is_none() && state.overlay().is_none());
    prop_assert_eq!(state.preferences.volume, 70);
    prop_assert_eq!(state.due(), None);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(acts in proptest::collection::vec(act(), 0..60), barge_in in any::<bool>(), push in any::<bool>()) {
        let listen = if push { ListenMode::PushToTalk } else { ListenMode::HandsFree };
        let mut k = Kiosk::new(Rules { barge_in, listen, ..rules() });
        let mut edge = Edge::default();
        for act in acts {
            k.effects.clear();
            perform(&mut k, act);
            edge.watch(&k)?;
            prop_assert!(k.state.captions.len() <= CAPTIONS_MAX);
            if k.state.phase == Phase::Attract {
                nothing_readable(&k.state)?;
            }
        }
        // By ticks alone, with no report about any speech.
        for _ in 0..600 {
            k.wait(1);
            edge.watch(&k)?;
        }
        prop_assert_eq!(k.state.phase, Phase::Attract);
        nothing_readable(&k.state)?;
        prop_assert!(!edge.listening && edge.open.is_none());
    }

    /// Whatever the host wrote and however the clock jumps.
    #[test]
    fn odd_rules_and_clocks_do_no_harm(
        inputs in proptest::collection::vec((input(), any::<u64>()), 0..40),
        secs in any::<[u32; 8]>(),
        short in any::<bool>(),
    ) {
        let secs = secs.map(|s| if short { s % 2 } else { s });
        let [idle_warning, idle_reset, welcome, rating, farewell, attract, thinking_sentence, thinking_offer] = secs;
        let timeouts_secs = TimeoutsSecs {
            idle_warning, idle_reset, welcome, rating, farewell, attract, thinking_sentence, thinking_offer,
        };
        let rules = Rules { timeouts_secs, languages: vec![], volume: 255, ask_back_below: f32::NAN, ..rules() };
        let mut state = State::new(rules, Ids::new([0; 32]));
        let mut latest = Time(0);
        for (input, now) in inputs {
            let (next, _) = step(state, input, Time(now));
            latest = latest.max(Time(now));
            prop_assert_eq!(next.now, latest);
            state = next;
        }
    }
}

#[test]
fn the_watch_over_leftovers_can_fail() {
    let mut k = Kiosk::new(rules());
    k.take(Input::Touched).take(Input::Consented { voice: true });
    k.take(Input::Typed { text: MARK.into(), masked: 0 });
    assert!(nothing_readable(&k.state).is_err());
}

#[test]
fn the_watch_over_effects_can_fail() {
    let mut k = Kiosk::new(rules());
    for effect in [Effect::StartListening, Effect::StopListening] {
        k.effects = vec![effect];
        assert!(Edge::default().watch(&k).is_err());
    }
    let conversation = crate::conversation::ConversationId::new(Time(0), 0);
    k.effects = vec![Effect::Send { conversation, command: Command::Claim }];
    assert!(Edge::default().watch(&k).is_err());
}
