//! Whole visits, told step by step.

use super::*;
use crate::conversation::{
    self, Actor, ActorKind, AnswerId, Body, Cmid, Command, ConversationId, Event, Fact, HandoffReason,
    Language, Outcome, Refusal, Time, Timings, Words,
};
use crate::performance::Gesture;
use crate::scene::{ListenMode, TimeoutsSecs};
use crate::texts::id;

pub(super) fn rules() -> Rules {
    Rules {
        desk: "lobby".parse().unwrap(),
        languages: vec![Language::En, Language::Zh],
        default_language: Language::En,
        timeouts_secs: TimeoutsSecs::default(),
        private: false,
        listen: ListenMode::HandsFree,
        barge_in: true,
        volume: 70,
        quiet: false,
        reduce_motion: false,
        ask_back_below: 0.5,
        skills: vec![],
    }
}

/// A kiosk with a relay that answers as the real one would: with `conversation::decide`.
pub(super) struct Kiosk {
    pub state: State,
    pub now: Time,
    /// What the last inputs caused.
    pub effects: Vec<Effect>,
    relay: conversation::State,
    id: Option<ConversationId>,
    cmids: u128,
}

impl Kiosk {
    pub fn new(rules: Rules) -> Self {
        let state = State::new(rules, Ids::new([7; 32]));
        Self { state, now: Time(1_000), effects: vec![], relay: Default::default(), id: None, cmids: 0 }
    }

    /// Takes an input and carries out what it causes; the relay's events come back at once.
    pub fn take(&mut self, input: Input) -> &mut Self {
        self.effects.clear();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let (state, effects) = step(self.state.clone(), input, self.now);
            self.state = state;
            for effect in &effects {
                match effect {
                    Effect::OpenConversation { conversation, command } => {
                        self.relay = Default::default();
                        self.id = Some(*conversation);
                        inputs.extend(self.relay_takes(kiosk(), command.clone()));
                    }
                    Effect::Send { conversation, command } => {
                        assert_eq!(Some(*conversation), self.id);
                        let back = self.relay_takes(kiosk(), command.clone());
                        inputs.splice(0..0, back.into_iter().rev());
                    }
                    _ => {}
                }
            }
            self.effects.extend(effects);
        }
        self
    }

    fn relay_takes(&mut self, actor: Actor, command: Command) -> Vec<Input> {
        self.cmids += 1;
        let cmid = Cmid::new(self.now, self.cmids);
        match conversation::decide(&self.relay, command, &actor, cmid, self.now) {
            Ok(events) => {
                events.iter().for_each(|e| self.relay.apply(e));
                let conversation = self.id.unwrap();
                events.into_iter().map(|e| Input::Happened { conversation, event: Box::new(e) }).collect()
            }
            Err(refusal) => vec![Input::Refused { conversation: self.id.unwrap(), refusal }],
        }
    }

    pub fn agent(&mut self, actor: Actor, command: Command) -> &mut Self {
        let mut effects = Vec::new();
        for input in self.relay_takes(actor, command) {
            self.take(input);
            effects.append(&mut self.effects);
        }
        self.effects = effects;
        self
    }

    pub fn wait(&mut self, secs: u64) -> &mut Self {
        self.now = self.now.plus_ms(secs * 1000);
        self.take(Input::Tick)
    }

    /// Everything that is to be spoken is spoken to its end.
    pub fn hear_out(&mut self) -> &mut Self {
        while let Some(speech) = self.state.speaking() {
            self.take(Input::VoiceStarted { speech, ago_ms: 0 });
            self.take(Input::VoiceEnded { speech, chars: 10_000, interrupted: false });
        }
        self
    }

    pub fn begin_talk(&mut self) -> &mut Self {
        self.take(Input::Touched).take(Input::LanguageChosen { language: Language::En });
        self.take(Input::Consented { voice: true }).agent(bot(), Command::Claim).hear_out()
    }

    pub fn says(&mut self, text: &str) -> &mut Self {
        let timings = Timings { transcript: Some(300), ..Timings::default() };
        self.take(Input::Transcript { text: text.into(), confidence: 0.9, masked: 0, timings, ago_ms: 0 })
    }

    pub fn sent(&self) -> Vec<&'static str> {
        let commands = self.effects.iter().filter_map(|e| match e {
            Effect::Send { command, .. } | Effect::OpenConversation { command, .. } => Some(command.name()),
            _ => None,
        });
        commands.collect()
    }

    pub fn spoken(&self) -> Vec<Saying> {
        let said =
            |e: &Effect| if let Effect::Speak { saying, .. } = e { Some(saying.clone()) } else { None };
        self.effects.iter().filter_map(said).collect()
    }
}

fn kiosk() -> Actor {
    Actor { id: "kiosk".parse().unwrap(), kind: ActorKind::Visitor }
}

pub(super) fn bot() -> Actor {
    Actor { id: "bot".parse().unwrap(), kind: ActorKind::Bot }
}

pub(super) fn anna() -> Actor {
    Actor { id: "anna".parse().unwrap(), kind: ActorKind::Person }
}

pub(super) fn part(answer: u128, part: u16, last: bool, text: &str, in_reply_to: Option<u64>) -> Command {
    let words = Words { text: text.into(), ..Words::default() };
    let answer = AnswerId::new(Time(0), answer);
    Command::Say { answer, part, last, voiced: false, in_reply_to, corrects: None, masked: 0, words }
}

#[test]
fn a_visit_from_greeting_to_farewell() {
    let mut k = Kiosk::new(rules());
    k.take(Input::Near(Nearness::Beside));
    assert_eq!(k.spoken(), [Saying::text(id::ATTRACT_TITLE)]);
    k.take(Input::LanguageChosen { language: Language::Zh });
    assert_eq!(k.effects, [Effect::SetLanguage(Language::Zh)]);
    k.take(Input::Consented { voice: true });
    assert_eq!(k.sent(), ["open", "consent"]);
    assert_eq!(k.spoken(), [Saying::Greeting]);
    assert!(k.effects.contains(&Effect::StartListening));
    k.agent(bot(), Command::Claim).hear_out();
    assert_eq!((k.state.turn(), k.state.pilot()), (Turn::Listening, Pilot::Bot));

    k.says("what is gas");
    assert_eq!((k.sent(), k.state.turn()), (vec!["say"], Turn::Thinking));
    assert!(k.effects.contains(&Effect::Gesture(Gesture::Nod)), "I hear you");
    assert_eq!(k.state.caption().unwrap().seq, Some(4));
    k.now = k.now.plus_ms(200);
    k.agent(bot(), part(1, 0, true, "Gas is a fee.", Some(4)));
    assert_eq!((k.spoken(), k.state.turn()), (vec![Saying::Words("Gas is a fee.".into())], Turn::Speaking));
    let speech = k.state.speaking().unwrap();
    k.now = k.now.plus_ms(50);
    k.take(Input::VoiceMade { speech, ago_ms: 40 }).take(Input::VoiceStarted { speech, ago_ms: -20 });
    assert_eq!(k.sent(), [""; 0], "the mouth is still shut");
    k.now = k.now.plus_ms(50);
    k.take(Input::MouthOpened { speech, ago_ms: 10 });
    let Some(Effect::Send { command: Command::Measure { timings, .. }, .. }) = k.effects.first() else {
        panic!()
    };
    let stages = timings.stages().map(|(_, ms)| ms);
    assert_eq!(stages, [None, Some(300), Some(500), Some(510), Some(570), Some(590)]);
    k.take(Input::VoiceEnded { speech, chars: 99, interrupted: false });
    assert!(matches!(
        &k.effects[0],
        Effect::Send { command: Command::Spoken { chars: 13, interrupted: false, .. }, .. }
    ));
    assert_eq!(k.state.turn(), Turn::Listening);

    k.take(Input::Leave);
    assert!(matches!(k.state.phase, Phase::Rating { .. }) && k.effects.contains(&Effect::StopListening));
    k.take(Input::Rated { stars: 5 });
    assert!(k.sent().is_empty());
    k.take(Input::ResolvedChosen { resolved: Some(true) });
    assert_eq!(k.sent(), ["rate", "close"]);
    k.wait(6);
    assert_eq!(k.state.phase, Phase::Attract);
    assert!(k.effects.contains(&Effect::ClearAll) && k.effects.contains(&Effect::SetVolume(70)));
    assert!(k.state.captions.is_empty());
}

#[test]
fn whether_it_was_settled_counts_without_stars_too() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("what is gas").agent(bot(), part(1, 0, true, "Gas is a fee.", None)).hear_out();
    k.take(Input::Leave).take(Input::ResolvedChosen { resolved: Some(false) });
    assert!(k.sent().is_empty(), "the stars may still come");
    k.take(Input::RatingDone);
    let rate = Command::Rate { stars: None, resolved: Some(false), comment: None };
    assert!(k.effects.iter().any(|e| matches!(e, Effect::Send { command, .. } if *command == rate)));
    assert_eq!(k.sent(), ["rate", "close"]);
}

#[test]
fn choices_stand_until_the_visitor_says_anything() {
    let mut k = Kiosk::new(rules());
    let mut asks = part(1, 0, true, "Did you mean a wallet?", None);
    let Command::Say { words, .. } = &mut asks else { panic!() };
    words.choices = vec!["What a wallet is".to_owned()];
    k.begin_talk().says("wallet").agent(bot(), asks).hear_out();
    assert_eq!(k.state.choices, ["What a wallet is"]);
    k.take(Input::SuggestionChosen { text: "What a wallet is".into() });
    assert!(k.state.choices.is_empty());
    assert!(k.sent().contains(&"say"));
}

#[test]
fn the_avatar_can_be_interrupted_and_the_rest_of_its_answer_stays_unspoken() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("what is gas").agent(bot(), part(1, 0, false, "Gas is a fee.", None));
    k.take(Input::SpeechStarted);
    assert_eq!(k.effects[0], Effect::StopSpeaking);
    assert!(k.state.hearing && k.state.turn() == Turn::Listening);
    let speech = SpeechId::Answer { answer: AnswerId::new(Time(0), 1), part: 0 };
    k.take(Input::VoiceEnded { speech, chars: 5, interrupted: true });
    assert!(matches!(
        &k.effects[0],
        Effect::Send { command: Command::Spoken { chars: 5, interrupted: true, .. }, .. }
    ));
    k.agent(bot(), part(1, 1, true, "You pay it.", None));
    assert!(k.spoken().is_empty() && k.state.captions.back().unwrap().words() == Some("You pay it."));
    k.says("and what is a wallet").agent(bot(), part(2, 0, true, "A wallet holds keys.", None));
    assert_eq!(k.spoken().len(), 1);
}

#[test]
fn a_typing_visitor_is_never_listened_to() {
    let mut k = Kiosk::new(rules());
    k.take(Input::Touched).take(Input::Consented { voice: false });
    assert!(!k.effects.contains(&Effect::StartListening));
    k.says("overheard");
    assert!(k.sent().is_empty());
    k.take(Input::Typed { text: "  what is gas ".into(), masked: 0 });
    assert!(
        matches!(&k.effects[1], Effect::Send { command: Command::Say { words, voiced: false, .. }, .. } if words.text == "what is gas")
    );
    let mut k = Kiosk::new(Rules { private: true, ..rules() });
    k.begin_talk();
    assert!(!k.state.listening && !k.state.voice_consent);
}

#[test]
fn without_barge_in_the_microphone_is_shut_while_the_avatar_speaks() {
    let mut k = Kiosk::new(Rules { barge_in: false, ..rules() });
    k.take(Input::Touched).take(Input::Consented { voice: true });
    assert!(!k.state.listening);
    k.hear_out();
    assert!(k.state.listening);
}

#[test]
fn push_to_talk_listens_only_while_held() {
    let mut k = Kiosk::new(Rules { listen: ListenMode::PushToTalk, ..rules() });
    k.take(Input::Touched).take(Input::Consented { voice: true });
    assert!(!k.state.listening);
    k.take(Input::TalkHeld { held: true });
    assert_eq!(k.effects, [Effect::StopSpeaking, Effect::StartListening, Effect::SetMood(Mood::Listening)]);
    k.take(Input::TalkHeld { held: false });
    assert!(!k.state.listening);
    k.says("what is gas");
    assert_eq!(k.sent(), ["say"], "the transcript comes after the button");
}

#[test]
fn a_doubtful_transcript_is_asked_back_once() {
    let doubtful = |text: &str| Input::Transcript {
        text: text.into(),
        confidence: 0.2,
        masked: 0,
        timings: Timings::default(),
        ago_ms: 0,
    };
    let mut k = Kiosk::new(rules());
    k.begin_talk().take(doubtful("what is gaz"));
    assert!(k.sent().is_empty());
    assert_eq!(k.spoken(), [Saying::Text { id: id::ASK_BACK, args: vec![("heard", "what is gaz".into())] }]);
    k.hear_out().take(doubtful("yes"));
    assert_eq!(k.sent(), ["say"]);
    assert_eq!(k.state.caption().unwrap().words(), Some("what is gaz"));

    k.agent(bot(), part(1, 0, true, "A fee.", None)).hear_out();
    k.take(doubtful("wort is walled")).take(Input::AskBackAnswered { yes: false });
    assert_eq!((k.sent(), k.spoken()), (vec![], vec![Saying::text(id::SAY_AGAIN)]));
    k.hear_out().take(doubtful("wot")).take(doubtful("what is a wallet"));
    assert_eq!(k.sent(), ["say"], "twice in a row would annoy");
    k.take(doubtful("yes"));
    assert_eq!(k.sent(), ["say"], "a bare yes is an answer to the bot");
}

#[test]
fn a_mended_transcript_is_asked_instead() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("what is gas");
    let caption = k.state.caption().unwrap().clone();
    k.take(Input::CorrectTranscript { caption: caption.id, text: "what is grass".into(), masked: 0 });
    let Some(Effect::Send { command: Command::Say { corrects, .. }, .. }) = k.effects.first() else {
        panic!()
    };
    assert_eq!(*corrects, caption.seq);
    k.agent(bot(), part(1, 0, true, "Gas is a fee.", caption.seq));
    assert!(k.spoken().is_empty() && k.state.turn() == Turn::Thinking);
    let mended = k.state.captions.iter().find(|c| c.id == caption.id).unwrap();
    assert!(mended.corrected && mended.words() == Some("what is grass"));
    k.agent(bot(), part(2, 0, true, "Grass is green.", mended_seq(&k, caption.id)));
    assert_eq!(k.spoken().len(), 1);
}

fn mended_seq(k: &Kiosk, id: u32) -> Option<u64> {
    k.state.captions.iter().find(|c| c.id == id).and_then(|c| c.seq)
}

#[test]
fn a_secret_is_warned_of_once_and_the_warning_is_spoken_to_the_end() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().take(Input::Partial { text: "my words are apple".into() });
    k.take(Input::SecretFound { kind: SecretKind::SeedPhrase });
    assert_eq!(k.state.overlay(), Some(Overlay::SecretWarning { kind: SecretKind::SeedPhrase }));
    assert_eq!((k.spoken(), k.state.partial.clone()), (vec![Saying::text(id::SECRET_SPOKEN)], None));
    k.take(Input::SpeechStarted);
    assert!(k.state.is_speaking());
    let timings = Timings::default();
    let text = "my words are [hidden]".into();
    k.take(Input::Transcript { text, confidence: 0.9, masked: 1, timings, ago_ms: 0 });
    assert_eq!((k.sent(), k.spoken()), (vec!["say"], vec![]));
    assert!(!k.effects.contains(&Effect::StopSpeaking));
    k.take(Input::SecretUnderstood);
    assert_eq!(k.state.overlay(), None);
    k.hear_out().take(Input::Typed { text: "[hidden]".into(), masked: 2 });
    assert_eq!(k.spoken(), [Saying::text(id::SECRET_SPOKEN)], "the text box is watched, too");
    k.wait(30);
    assert_eq!(k.state.secret, None);
}

#[test]
fn a_late_answer_is_excused_and_then_other_ways_are_offered() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("what is gas").wait(6);
    assert_eq!(k.spoken(), [Saying::text(id::STILL_THINKING)]);
    k.hear_out().wait(14);
    assert_eq!((k.spoken(), k.state.offer_ways), (vec![Saying::text(id::OFFER_WAYS)], true));
    k.hear_out().agent(bot(), part(1, 0, true, "Gas is a fee.", None));
    assert!(!k.state.offer_ways && k.state.awaiting.is_none());
}

#[test]
fn who_goes_away_is_asked_and_then_forgotten() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("my name is Ada").agent(bot(), part(1, 0, true, "Hello Ada.", None)).hear_out();
    k.wait(60);
    assert!(matches!(k.state.overlay(), Some(Overlay::IdleWarning { .. })));
    k.take(Input::Stay);
    assert_eq!(k.state.overlay(), None);
    k.wait(60).wait(20);
    assert_eq!((k.sent(), k.state.phase), (vec!["close"], Phase::Attract));
    assert!(
        matches!(
            &k.effects[..],
            [.., Effect::ClearAll, Effect::SetVolume(70), Effect::SetLanguage(Language::En), _, _]
        ),
        "{:?}",
        k.effects
    );
    assert!(!format!("{:?}", k.state).contains("Ada"));
}

#[test]
fn a_kiosk_that_slept_forgets_at_its_first_tick() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("my name is Ada").agent(bot(), part(1, 0, true, "Hello Ada.", None)).wait(3600);
    assert_eq!(k.state.phase, Phase::Attract);
    assert!(!format!("{:?}", k.state).contains("Ada"));
    assert_eq!(k.state.due(), None);
}

#[test]
fn a_person_takes_over_and_gives_back() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().take(Input::PersonWanted);
    assert_eq!((k.sent(), k.spoken()), (vec!["request_handoff"], vec![Saying::text(id::WAITING_FOR_PERSON)]));
    let second = crate::routing::QueuePlace { place: 2, length: 2, staffed: true, estimate: None };
    k.take(Input::QueuePlace { place: Some(second) });
    assert_eq!(k.state.queue_place, Some(second));
    k.take(Input::PersonWanted);
    assert!(k.sent().is_empty(), "once is enough");
    k.agent(anna(), Command::Claim);
    assert_eq!(k.state.pilot(), Pilot::Person { name: "Anna".into() });
    assert_eq!((k.spoken().len(), k.state.queue_place), (1, None));
    k.hear_out().says("hello").wait(30);
    assert!(k.spoken().is_empty(), "a person may take time");
    k.agent(anna(), part(9, 0, true, "Hi, I am Anna.", None));
    assert_eq!(k.state.caption().unwrap().who, Who::Person { name: "Anna".into() });
    k.hear_out().agent(anna(), Command::Release { to_bot: true }).agent(bot(), Command::Claim);
    assert_eq!((k.spoken(), k.state.pilot()), (vec![Saying::text(id::PERSON_LEFT)], Pilot::Bot));
}

#[test]
fn a_lost_connection_is_shown_and_nothing_is_lost() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().take(Input::Connection { up: false });
    assert!(matches!(k.state.overlay(), Some(Overlay::Reconnecting { .. })));
    k.says("what is gas").wait(10);
    assert!(k.spoken().is_empty(), "the overlay says enough");
    k.take(Input::Connection { up: true });
    assert_eq!((k.state.overlay(), k.state.toast.is_some()), (None, true));
    // After a resume some events come again.
    let captions = k.state.captions.len();
    let event = Event {
        seq: 3,
        at: k.now,
        actor: bot(),
        cmid: Cmid::new(k.now, 1),
        fact: Fact::Said {
            answer: AnswerId::new(Time(0), 5),
            part: 0,
            last: true,
            voiced: false,
            in_reply_to: None,
            corrects: None,
            masked: 0,
            thanks: false,
        },
        body: Body::Said(Words { text: "again".into(), ..Words::default() }),
    };
    let conversation = k.state.conversation.as_ref().unwrap().id;
    k.take(Input::Happened { conversation, event: Box::new(event) });
    assert_eq!(k.state.captions.len(), captions);
}

#[test]
fn the_relay_may_end_a_visit() {
    let mut k = Kiosk::new(rules());
    let system = Actor { id: "relay".parse().unwrap(), kind: ActorKind::System };
    k.begin_talk().says("what is gas").agent(system, Command::Close { outcome: Outcome::TimedOut });
    assert!(matches!(k.state.phase, Phase::Farewell { .. }) && k.state.captions.is_empty());
    k.wait(6);
    assert_eq!(k.state.phase, Phase::Attract);
    assert!(!k.sent().contains(&"close"));
}

#[test]
fn a_refused_question_is_said_so() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("what is gas");
    let conversation = k.state.conversation.as_ref().unwrap().id;
    k.take(Input::Refused { conversation, refusal: Refusal::TooLong });
    assert_eq!(k.state.toast.as_ref().map(|t| t.0.clone()), Some(Saying::text(id::ERROR_TOO_LONG)));
    assert_eq!(k.state.turn(), Turn::Listening);
}

#[test]
fn speech_without_words_proposes_typing_in_the_end() {
    let mut k = Kiosk::new(rules());
    let shown = |k: &Kiosk| k.state.toast.as_ref().map(|t| t.0.clone());
    k.begin_talk().says("  ");
    assert_eq!(shown(&k), None);
    k.says("");
    assert_eq!(shown(&k), Some(Saying::text(id::NOT_HEARD)));
    k.says("");
    assert_eq!(shown(&k), Some(Saying::text(id::NOT_HEARD_TYPE)));
}

#[test]
fn problems_of_the_kiosk_outlive_visits() {
    let mut k = Kiosk::new(rules());
    k.take(Input::Problem { notice: Notice::NoVoice, on: true }).begin_talk().take(Input::Leave).wait(6);
    assert_eq!((k.state.phase, k.state.notices.len()), (Phase::Attract, 1));
    k.take(Input::Problem { notice: Notice::NoVoice, on: false });
    assert!(k.state.notices.is_empty());
}

#[test]
fn a_bot_that_is_gone_leaves_the_visitor_waiting_for_a_person() {
    let mut k = Kiosk::new(rules());
    let system = Actor { id: "relay".parse().unwrap(), kind: ActorKind::System };
    k.begin_talk().agent(system, Command::RequestHandoff { reason: HandoffReason::BotLost, summary: None });
    assert!(k.state.waits_for_person());
    assert_eq!(k.spoken(), [Saying::text(id::WAITING_FOR_PERSON)]);
}
