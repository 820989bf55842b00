//! The rules of a conversation: single cases, and what holds for every sequence of commands.

use proptest::prelude::*;

use super::*;

/// How long a pilot has for an answer, in milliseconds.
const ANSWER_MS: u64 = 120_000;

fn actor(name: &str, kind: ActorKind) -> Actor {
    Actor { id: name.parse().unwrap(), kind }
}

fn kiosk() -> Actor {
    actor("kiosk-1", ActorKind::Visitor)
}

fn bot() -> Actor {
    actor("bot-1", ActorKind::Bot)
}

fn ann() -> Actor {
    actor("ann", ActorKind::Person)
}

fn bob() -> Actor {
    actor("bob", ActorKind::Person)
}

fn open() -> Command {
    Command::Open {
        desk: "help".parse().unwrap(),
        language: Language::En,
        channel: Channel::Kiosk,
        visitor: VisitorId::new(Time(1), 1),
    }
}

fn say(text: &str) -> Command {
    Command::Say {
        answer: AnswerId::new(Time(1), 1),
        part: 0,
        last: true,
        voiced: true,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        words: Words { text: text.to_owned(), ..Words::default() },
    }
}

fn handoff() -> Command {
    Command::RequestHandoff { reason: HandoffReason::Asked, summary: None }
}

/// A conversation with its events.
#[derive(Default)]
struct Talk {
    state: State,
    events: Vec<Event>,
    now: u64,
}

impl Talk {
    fn opened() -> Self {
        let mut talk = Self::default();
        talk.does(&kiosk(), open()).unwrap();
        talk
    }

    fn due(&self) -> Option<(Time, Command)> {
        self.state.due(ANSWER_MS, Time(0))
    }

    fn does(&mut self, who: &Actor, command: Command) -> Result<usize, Refusal> {
        self.now += 1;
        let cmid = Cmid::new(Time(self.now), 1);
        let events = decide(&self.state, command, who, cmid, Time(self.now))?;
        for event in &events {
            self.state.apply(event);
        }
        let count = events.len();
        self.events.extend(events);
        Ok(count)
    }
}

#[test]
fn a_visit_from_greeting_to_farewell() {
    let mut talk = Talk::default();
    assert_eq!(talk.does(&kiosk(), say("hello")), Err(Refusal::NotOpen));
    assert_eq!(talk.does(&ann(), open()), Err(Refusal::NotAllowed));
    talk.does(&kiosk(), open()).unwrap();
    assert_eq!(talk.does(&kiosk(), open()), Err(Refusal::AlreadyOpen));
    talk.does(&kiosk(), Command::Consent { voice: true, recording: false }).unwrap();
    talk.does(&kiosk(), say("hello")).unwrap();
    assert_eq!(talk.state.unanswered, Some(3));
    assert_eq!(talk.does(&bot(), say("hi")), Err(Refusal::NotPilot));
    talk.does(&bot(), Command::Claim).unwrap();
    talk.does(&bot(), say("hi")).unwrap();
    assert_eq!(talk.state.unanswered, None);
    let rate = |stars| Command::Rate { stars, resolved: Some(true), comment: None };
    assert_eq!(talk.does(&kiosk(), rate(Some(6))), Err(Refusal::Stars));
    let nothing = Command::Rate { stars: None, resolved: None, comment: None };
    assert_eq!(talk.does(&kiosk(), nothing), Err(Refusal::Stars));
    talk.does(&kiosk(), rate(None)).unwrap();
    assert_eq!(talk.does(&kiosk(), rate(Some(5))), Err(Refusal::AlreadyRated));
    talk.does(&kiosk(), Command::Close { outcome: Outcome::Finished }).unwrap();
    assert_eq!(talk.state.phase, Phase::Closed(Outcome::Finished));
    assert_eq!((talk.state.pilot.clone(), talk.due()), (None, None));
    assert_eq!(talk.does(&kiosk(), say("one more thing")), Err(Refusal::Closed));
    talk.does(&ann(), Command::Note { text: "friendly".into() }).unwrap();
}

#[test]
fn a_person_takes_over_from_the_bot_and_gives_back() {
    let mut talk = Talk::opened();
    talk.does(&bot(), Command::Claim).unwrap();
    assert_eq!(talk.does(&bot(), Command::Claim), Ok(0));
    talk.does(&kiosk(), handoff()).unwrap();
    assert!(talk.state.waiting.is_some());
    assert_eq!(talk.does(&kiosk(), handoff()), Ok(0));
    assert_eq!(talk.does(&ann(), Command::Claim), Ok(2));
    assert_eq!((talk.state.pilot.clone(), talk.state.waiting), (Some(ann()), None));
    assert_eq!(talk.does(&bot(), say("I know!")), Err(Refusal::NotPilot));
    assert_eq!(talk.does(&bot(), Command::Claim), Err(Refusal::AlreadyTaken));
    assert_eq!(talk.does(&bob(), Command::Claim), Err(Refusal::AlreadyTaken));
    assert_eq!(talk.does(&kiosk(), handoff()), Err(Refusal::AlreadyTaken));
    talk.does(&ann(), Command::Release { to_bot: true }).unwrap();
    talk.does(&bot(), Command::Claim).unwrap();
    assert_eq!(talk.does(&actor("sue", ActorKind::Supervisor), Command::Claim), Ok(2));
}

#[test]
fn a_bot_does_not_come_back_while_a_person_is_waited_for() {
    let mut talk = Talk::opened();
    talk.does(&bot(), Command::Claim).unwrap();
    talk.does(&bot(), handoff()).unwrap();
    talk.does(&bot(), Command::Release { to_bot: false }).unwrap();
    assert_eq!(talk.does(&bot(), Command::Claim), Err(Refusal::PersonWanted));
    talk.does(&ann(), Command::Claim).unwrap();
    assert_eq!(talk.state.pilot, Some(ann()));
}

#[test]
fn a_visitor_is_passed_on_and_waits_for_a_person() {
    let mut talk = Talk::opened();
    let to_wallets = Target::Queue { desk: None, skills: vec!["wallets".into()] };
    let pass = |to: &Target| Command::Transfer { to: to.clone(), note: Some("lost it".into()) };
    talk.does(&ann(), Command::Claim).unwrap();
    assert_eq!(talk.does(&bob(), pass(&to_wallets)), Err(Refusal::NotPilot));
    assert_eq!(talk.does(&ann(), pass(&to_wallets)), Ok(2));
    assert_eq!((talk.state.pilot.clone(), talk.state.transfer.clone()), (None, Some(to_wallets)));
    assert!(matches!(talk.state.waiting, Some((_, HandoffReason::Transferred))));
    assert_eq!(talk.does(&bot(), Command::Claim), Err(Refusal::PersonWanted));
    let sue = actor("sue", ActorKind::Supervisor);
    talk.does(&bob(), Command::Claim).unwrap();
    assert_eq!((talk.state.waiting, talk.state.transfer.clone()), (None, None));
    let to_ann = Target::Agent("ann".parse().unwrap());
    assert_eq!(talk.does(&sue, pass(&to_ann)), Ok(2), "a supervisor passes others' visitors on");
    // Nobody comes: after a while a bot keeps company, and the visitor goes on waiting.
    talk.now += BOT_RETURNS_MS;
    talk.does(&bot(), Command::Claim).unwrap();
    assert!(talk.state.waiting.is_some());
    let many = Target::Queue { desk: None, skills: vec!["x".into(); SKILLS_MAX + 1] };
    assert_eq!(talk.does(&bot(), pass(&many)), Err(Refusal::TooLong));
}

#[test]
fn who_waits_for_a_person_goes_on_waiting_when_the_bot_is_lost() {
    let mut talk = Talk::opened();
    talk.does(&bot(), Command::Claim).unwrap();
    talk.does(&kiosk(), handoff()).unwrap();
    talk.does(&actor("relay", ActorKind::System), Command::Release { to_bot: true }).unwrap();
    assert!(talk.state.waiting.is_some() && talk.state.pilot.is_none());
    talk.does(&actor("bot-2", ActorKind::Bot), Command::Claim).unwrap();
    assert!(talk.state.waiting.is_some());
}

#[test]
fn a_message_keeps_the_conversation_open_until_a_person_has_taken_care_of_it() {
    let mut talk = Talk::opened();
    let leave = || Command::LeaveMessage { text: "ring me".into() };
    let close = || Command::Close { outcome: Outcome::Finished };
    talk.does(&bot(), Command::Claim).unwrap();
    assert_eq!(talk.does(&bot(), leave()), Err(Refusal::NotAllowed));
    talk.does(&kiosk(), leave()).unwrap();
    assert_eq!(talk.does(&kiosk(), close()), Ok(2));
    assert_eq!((talk.state.phase.clone(), talk.state.pilot.clone()), (Phase::Open, None));
    assert_eq!(talk.state.visitor_left, Some(Outcome::Finished));
    assert_eq!(talk.does(&kiosk(), say("more")), Err(Refusal::Closed));
    assert_eq!(talk.does(&bot(), Command::Claim), Err(Refusal::PersonWanted));
    assert_eq!(talk.due().unwrap().0, talk.state.at.plus_ms(MESSAGE_KEEP_MS));
    talk.does(&ann(), Command::Claim).unwrap();
    talk.does(&ann(), Command::Release { to_bot: false }).unwrap();
    assert!(talk.state.message.is_some(), "not taken care of");
    talk.does(&bob(), Command::Claim).unwrap();
    talk.does(&bob(), close()).unwrap();
    assert_eq!(talk.state.phase, Phase::Closed(Outcome::Finished));
}

#[test]
fn another_kiosk_has_no_say() {
    let mut talk = Talk::opened();
    let other = actor("kiosk-2", ActorKind::Visitor);
    for command in [say("x"), handoff(), Command::Close { outcome: Outcome::Finished }] {
        assert_eq!(talk.does(&other, command), Err(Refusal::NotAllowed));
    }
}

#[test]
fn texts_are_bounded() {
    let mut talk = Talk::opened();
    assert_eq!(talk.does(&kiosk(), say("  ")), Err(Refusal::Empty));
    assert_eq!(talk.does(&kiosk(), say(&"字".repeat(TEXT_MAX_CHARS + 1))), Err(Refusal::TooLong));
    talk.does(&kiosk(), say(&"字".repeat(TEXT_MAX_CHARS))).unwrap();
    talk.does(&ann(), Command::Claim).unwrap();
    let Command::Say { answer, part, last, voiced, in_reply_to, masked, words, .. } = say("x") else {
        panic!()
    };
    let article = Some("a".repeat(ARTICLE_MAX_BYTES + 1));
    let long = Words { article, ..words.clone() };
    let corrects = None;
    let with = |words| Command::Say { answer, part, last, voiced, in_reply_to, corrects, masked, words };
    assert_eq!(talk.does(&ann(), with(long)), Err(Refusal::TooLong));
    for (choices, why) in [
        (vec!["yes".to_owned(); CHOICES_MAX + 1], Refusal::TooLong),
        (vec!["字".repeat(CHOICE_MAX_CHARS + 1)], Refusal::TooLong),
        (vec![" ".to_owned()], Refusal::Empty),
    ] {
        assert_eq!(talk.does(&ann(), with(Words { choices, ..words.clone() })), Err(why));
    }
    let sure = Words { confidence: Some(7.0), ..words };
    talk.does(&ann(), with(sure)).unwrap();
    let Some(Event { body: Body::Said(words), .. }) = talk.events.last() else { panic!() };
    assert_eq!(words.confidence, None);
    assert_eq!(talk.does(&ann(), Command::Tag { tag: "t".repeat(65) }), Err(Refusal::TooLong));
}

#[test]
fn only_the_host_erases_and_at_any_time() {
    let mut talk = Talk::opened();
    assert_eq!(talk.does(&ann(), Command::Erase), Err(Refusal::NotAllowed));
    talk.does(&kiosk(), Command::Close { outcome: Outcome::Abandoned }).unwrap();
    talk.does(&actor("host", ActorKind::Host), Command::Erase).unwrap();
    assert!(talk.state.erased);
}

#[test]
fn time_never_goes_back_and_a_silent_visit_is_due() {
    let mut talk = Talk::opened();
    let late = decide(&talk.state, say("x"), &kiosk(), Cmid::new(Time(1), 9), Time(0)).unwrap();
    assert_eq!(late[0].at, talk.state.at);
    let closes = |at: Time, ms| Some((at.plus_ms(ms), Command::Close { outcome: Outcome::TimedOut }));
    assert_eq!(talk.due(), closes(talk.state.at, IDLE_CLOSE_MS));
    talk.does(&bot(), Command::Claim).unwrap();
    talk.does(&kiosk(), say("x")).unwrap();
    talk.does(&bot(), say("y")).unwrap();
    assert_eq!(talk.due(), closes(talk.state.at, IDLE_CLOSE_MS));
}

#[test]
fn who_waits_quietly_keeps_the_place_for_hours() {
    let close_at = |talk: &Talk| talk.due().unwrap().0.since_ms(talk.state.at);
    let mut talk = Talk::opened();
    talk.does(&kiosk(), say("is anybody there?")).unwrap();
    assert_eq!(close_at(&talk), QUEUE_KEEP_MS, "nobody has come yet");
    talk.does(&bot(), Command::Claim).unwrap();
    talk.does(&bot(), say("I call somebody")).unwrap();
    assert_eq!(close_at(&talk), IDLE_CLOSE_MS);
    talk.does(&bot(), handoff()).unwrap();
    assert_eq!(close_at(&talk), QUEUE_KEEP_MS, "with a bot for company");
    talk.does(&bot(), Command::Release { to_bot: false }).unwrap();
    assert_eq!(close_at(&talk), QUEUE_KEEP_MS, "with nobody");
    talk.does(&ann(), Command::Claim).unwrap();
    talk.does(&ann(), say("hello")).unwrap();
    assert_eq!(close_at(&talk), IDLE_CLOSE_MS);
    talk.does(&ann(), Command::Transfer { to: Target::Supervisor, note: None }).unwrap();
    assert_eq!(close_at(&talk), QUEUE_KEEP_MS, "passed on");
}

#[test]
fn a_visitor_who_is_passed_on_to_a_desk_stays_there_until_a_bot_has_them() {
    let mut talk = Talk::opened();
    let at = |talk: &Talk| talk.state.served_at().unwrap().to_string();
    let pass = |desk: Option<&str>| {
        let to = Target::Queue { desk: desk.map(|d| d.parse().unwrap()), skills: vec![] };
        Command::Transfer { to, note: None }
    };
    talk.does(&ann(), Command::Claim).unwrap();
    assert_eq!(at(&talk), "help");
    talk.does(&ann(), pass(Some("shop"))).unwrap();
    assert_eq!(at(&talk), "shop");
    talk.does(&bob(), Command::Claim).unwrap();
    assert_eq!(at(&talk), "shop", "who has taken the visitor may go on serving them");
    talk.does(&bob(), pass(None)).unwrap();
    assert_eq!(at(&talk), "shop");
    talk.does(&bob(), Command::Claim).unwrap();
    talk.does(&bob(), Command::Release { to_bot: true }).unwrap();
    assert_eq!(at(&talk), "help");
}

#[test]
fn thanks_are_owed_no_answer_and_what_was_asked_before_them_still_is() {
    let mut talk = Talk::opened();
    let asks = |talk: &Talk| talk.due().filter(|(_, c)| *c == ask_next()).is_some();
    talk.does(&ann(), Command::Claim).unwrap();
    talk.does(&kiosk(), say("thanks, I'll look")).unwrap();
    assert!(matches!(talk.events.last().unwrap().fact, Fact::Said { thanks: true, .. }));
    assert!(!asks(&talk));
    talk.does(&kiosk(), say("thanks, but it does not start")).unwrap();
    assert!(asks(&talk));
    talk.does(&kiosk(), say("谢谢")).unwrap();
    assert!(asks(&talk), "the question stands");
    talk.does(&ann(), say("thanks")).unwrap();
    assert!(matches!(talk.events.last().unwrap().fact, Fact::Said { thanks: false, .. }));
    assert!(!asks(&talk));
}

fn ask_next() -> Command {
    Command::RequestHandoff { reason: HandoffReason::NoAnswer, summary: None }
}

#[test]
fn who_waits_for_words_of_the_pilot_is_due() {
    let mut talk = Talk::opened();
    let asks = |talk: &Talk| talk.due().filter(|(_, c)| *c == ask_next()).map(|(at, _)| at);
    talk.does(&kiosk(), say("hello")).unwrap();
    assert_eq!(asks(&talk), None, "nobody has taken the visitor: that is for the queue");
    talk.does(&bot(), Command::Claim).unwrap();
    let claimed = talk.state.at;
    talk.does(&kiosk(), say("are you there?")).unwrap();
    assert_eq!(asks(&talk), Some(claimed.plus_ms(ANSWER_MS)), "saying it again does not make it later");
    assert_eq!(talk.state.due(ANSWER_MS, Time(500)).map(|(at, _)| at), Some(Time(500 + ANSWER_MS)));
    talk.does(&bot(), Command::Tag { tag: "slow".into() }).unwrap();
    assert_eq!(asks(&talk), Some(talk.state.at.plus_ms(ANSWER_MS)));
    talk.does(&bot(), say("yes")).unwrap();
    assert_eq!(asks(&talk), None);
    // Whom a bot keeps company is in the queue already; the person who comes has the first word.
    talk.does(&kiosk(), handoff()).unwrap();
    talk.does(&kiosk(), say("and my ticket?")).unwrap();
    assert_eq!(asks(&talk), None);
    talk.does(&bot(), say("a person comes")).unwrap();
    talk.does(&ann(), Command::Claim).unwrap();
    assert_eq!(asks(&talk), Some(talk.state.at.plus_ms(ANSWER_MS)));
    talk.does(&ann(), say("hello")).unwrap();
    assert_eq!(asks(&talk), None);
}

#[test]
fn the_relay_lets_go_for_a_person_who_does_not_answer_and_nobody_else_does() {
    let mut talk = Talk::opened();
    let relay = actor("relay", ActorKind::System);
    talk.does(&kiosk(), handoff()).unwrap();
    talk.does(&ann(), Command::Claim).unwrap();
    for who in [kiosk(), ann()] {
        assert_eq!(talk.does(&who, ask_next()), Err(Refusal::AlreadyTaken));
    }
    assert_eq!(talk.does(&bob(), ask_next()), Err(Refusal::NotPilot));
    assert_eq!(talk.does(&relay, handoff()), Err(Refusal::AlreadyTaken));
    assert_eq!(talk.does(&relay, ask_next()), Ok(2));
    assert_eq!((talk.state.pilot.clone(), talk.state.silent.clone()), (None, vec![ann()]));
    assert!(matches!(talk.state.waiting, Some((_, HandoffReason::NoAnswer))));
    // Somebody who leaves, or is gone, was not silent.
    talk.does(&bob(), Command::Claim).unwrap();
    talk.does(&relay, Command::Release { to_bot: true }).unwrap();
    talk.does(&bob(), Command::Claim).unwrap();
    talk.does(&bob(), Command::Release { to_bot: false }).unwrap();
    assert_eq!(talk.state.silent, [ann()]);
    for n in 0..SILENT_MAX + 3 {
        talk.does(&actor(&format!("p{n}"), ActorKind::Person), Command::Claim).unwrap();
        talk.does(&relay, ask_next()).unwrap();
    }
    assert_eq!((talk.state.silent.len(), talk.state.silent[0].id.as_str()), (SILENT_MAX, "p3"));
    talk.does(&ann(), Command::Claim).unwrap();
    talk.does(&ann(), say("sorry")).unwrap();
    assert!(talk.state.silent.is_empty());
}

#[test]
fn a_message_may_be_worked_on_for_as_long_as_it_takes() {
    let mut talk = Talk::opened();
    talk.does(&kiosk(), handoff()).unwrap();
    talk.does(&kiosk(), Command::LeaveMessage { text: "ring me".into() }).unwrap();
    talk.does(&kiosk(), Command::Close { outcome: Outcome::Finished }).unwrap();
    talk.does(&ann(), Command::Claim).unwrap();
    assert!(matches!(talk.due(), Some((_, Command::Close { .. }))));
}

fn actors() -> impl Strategy<Value = Actor> {
    prop::sample::select(vec![
        kiosk(),
        kiosk(),
        kiosk(),
        actor("kiosk-2", ActorKind::Visitor),
        bot(),
        bot(),
        actor("bot-2", ActorKind::Bot),
        ann(),
        ann(),
        bob(),
        actor("sue", ActorKind::Supervisor),
        actor("host", ActorKind::Host),
        actor("relay", ActorKind::System),
    ])
}

fn commands() -> impl Strategy<Value = Command> {
    let answer = AnswerId::new(Time(1), 2);
    let fixed = prop::sample::select(vec![
        open(),
        open(),
        Command::Consent { voice: true, recording: true },
        Command::ChooseLanguage { language: Language::Zh },
        Command::Spoken { answer, part: 0, chars: 3, interrupted: true },
        Command::Measure { answer, timings: Timings::default() },
        handoff(),
        Command::RequestHandoff { reason: HandoffReason::Sensitive, summary: Some("lost".into()) },
        ask_next(),
        Command::Claim,
        Command::Claim,
        Command::Claim,
        Command::Release { to_bot: true },
        Command::Release { to_bot: false },
        Command::Need { skills: vec!["wallets".into()] },
        Command::Transfer { to: Target::Supervisor, note: Some("angry".into()) },
        Command::Transfer { to: Target::Queue { desk: None, skills: vec!["land".into()] }, note: None },
        Command::LeaveMessage { text: "ring me".into() },
        Command::LeaveMessage { text: "ring me".into() },
        Command::Note { text: "note".into() },
        Command::Tag { tag: "tag".into() },
        Command::OpenCase { case: CaseKind::Complaint },
        Command::Rate { stars: Some(4), resolved: None, comment: Some("nice".into()) },
        Command::Close { outcome: Outcome::Abandoned },
        Command::Erase,
    ]);
    let said =
        ("[a-z ]{0,8}", 0u16..70, any::<bool>(), 0u64..9).prop_map(move |(text, part, last, reply)| {
            Command::Say {
                answer,
                part,
                last,
                voiced: false,
                in_reply_to: (reply > 4).then_some(reply),
                corrects: None,
                masked: 0,
                words: Words { text, ..Words::default() },
            }
        });
    prop_oneof![3 => fixed, 2 => said]
}

proptest! {
    #[test]
    fn any_sequence_of_commands_keeps_the_rules(
        wishes in prop::collection::vec((actors(), commands(), 0u64..1000), 0..60)
    ) {
        let mut talk = Talk::default();
        for (who, command, now) in wishes {
            let before = talk.state.clone();
            talk.now = now;
            if talk.does(&who, command).is_err() {
                prop_assert_eq!(&talk.state, &before, "a refusal changes nothing");
            }
            let gone = talk.state.is_open() && talk.state.visitor_left.is_some();
            prop_assert!(!gone || talk.state.message.is_some(), "open for nobody: {:?}", talk.state);
            prop_assert!(talk.state.message.is_none() || talk.state.is_open(), "a message was closed away");
            let waits = talk.state.unanswered.is_some() && talk.state.is_open() && !gone;
            prop_assert!(!waits || talk.state.owed.is_some(), "nobody owes an answer: {:?}", talk.state);
            prop_assert!(talk.state.silent.len() <= SILENT_MAX);
        }
        let kept = history::check(&talk.events);
        prop_assert_eq!(kept, Ok(()));

        let mut replayed = State::default();
        let mut erased = State::default();
        for event in &talk.events {
            let text = serde_json::to_string(event).unwrap();
            let back: Event = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&back, event);
            replayed.apply(&back);
            erased.apply(&Event { body: Body::Erased, ..back });
        }
        prop_assert_eq!(&replayed, &talk.state);
        prop_assert_eq!(&erased, &talk.state);
    }
}
