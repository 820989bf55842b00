//! What must not befall a visitor: being forgotten while answered, words lost in silence, an answer that cannot be stopped.

use super::story_tests::{Kiosk, anna, bot, part, rules};
use super::*;
use crate::conversation::{AnswerId, Command, ConversationId, Time};
use crate::texts::{Id, id};

/// A visitor who has asked something and was asked "are you still there?".
fn warned() -> Kiosk {
    let mut k = Kiosk::new(rules());
    k.begin_talk().agent(anna(), Command::Claim).hear_out();
    k.says("my name is Ada").wait(179);
    assert!(is_talking(&k), "a person takes some time to answer");
    k.wait(1);
    assert!(matches!(k.state.overlay(), Some(Overlay::IdleWarning { .. })));
    k
}

fn is_talking(k: &Kiosk) -> bool {
    k.state.phase == Phase::Talk && k.state.idle_warned.is_none()
}

fn shown(k: &Kiosk) -> Option<Saying> {
    k.state.toast.as_ref().map(|(saying, _)| saying.clone())
}

fn said(k: &Kiosk, id: Id) -> bool {
    k.spoken().contains(&Saying::text(id))
}

fn visit(k: &Kiosk) -> ConversationId {
    k.state.conversation.as_ref().unwrap().id
}

#[test]
fn an_answer_ends_the_idle_countdown() {
    let mut k = warned();
    k.wait(19).agent(anna(), part(1, 0, true, "Hello Ada, let me see.", None));
    assert!(is_talking(&k));
    k.wait(30);
    assert!(is_talking(&k), "the answer is still being spoken");
    k.hear_out().wait(59);
    assert!(is_talking(&k), "there is time to think about it");
    k.wait(1);
    assert!(k.state.idle_warned.is_some());
    k.wait(20);
    assert_eq!(k.state.phase, Phase::Attract, "who has gone is forgotten all the same");
}

#[test]
fn a_person_who_comes_ends_the_idle_countdown() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().take(Input::PersonWanted).hear_out().wait(180);
    assert!(k.state.idle_warned.is_some());
    k.wait(19).agent(anna(), Command::Claim).hear_out().wait(30);
    assert!(is_talking(&k));
}

#[test]
fn nobody_is_forgotten_while_an_answer_is_spoken() {
    let mut k = warned();
    k.agent(anna(), part(1, 0, true, "Hello Ada.", None));
    k.state.idle_warned = Some(k.now);
    k.wait(40);
    assert_eq!(k.state.phase, Phase::Talk);
    k.hear_out();
    assert!(is_talking(&k), "a report on an answer shows that somebody is served");
}

#[test]
fn words_that_were_not_kept_are_owned_up_to() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("what is gas");
    let first = k.state.caption().unwrap().answer.unwrap();
    let what = Unsent::Words { answer: first };
    let conversation = visit(&k);
    k.take(Input::NotSent { conversation, what });
    assert_eq!((shown(&k), k.state.turn()), (Some(Saying::text(id::ERROR_NOT_SENT)), Turn::Listening));
    k.says("what is a wallet").take(Input::NotSent { conversation, what });
    assert_eq!(k.state.turn(), Turn::Thinking, "the answer to the second question may still come");
    k.wait(6);
    assert_eq!(shown(&k), None);
    let other = ConversationId::new(Time(9), 9);
    k.take(Input::NotSent { conversation: other, what });
    assert_eq!(shown(&k), None, "of a visit that is over");
}

#[test]
fn a_message_that_was_not_kept_is_not_thanked_for() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().take(Input::PersonWanted).hear_out();
    let nobody = crate::routing::QueuePlace { place: 1, length: 1, staffed: false, estimate: None };
    k.take(Input::QueuePlace { place: Some(nobody) }).take(Input::MessageWanted);
    k.says("please ring me");
    assert!(said(&k, id::MESSAGE_LEFT) && k.state.message == MessageStep::Left);
    let conversation = visit(&k);
    k.take(Input::NotSent { conversation, what: Unsent::Message });
    assert!(k.effects.contains(&Effect::StopSpeaking));
    assert_eq!(shown(&k), Some(Saying::text(id::ERROR_NOT_SENT)));
    assert!(k.state.may_leave_message() && k.state.message == MessageStep::Offered);
}

#[test]
fn a_relay_that_is_given_up_is_said_so_and_nothing_promises_otherwise() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("what is gas");
    k.take(Input::Problem { notice: Notice::RelayUnreachable, on: true });
    k.take(Input::Connection { up: false });
    assert_eq!((k.state.overlay(), k.state.turn()), (None, Turn::Listening));
    assert!(k.state.notices.contains(&Notice::RelayUnreachable));
    k.wait(20);
    assert!(!said(&k, id::STILL_THINKING) && !k.state.offer_ways);
}

#[test]
fn an_answer_that_its_pilot_stops_is_not_spoken_on() {
    let mut k = Kiosk::new(rules());
    let answer = AnswerId::new(Time(0), 1);
    k.begin_talk().says("what is gas").agent(bot(), part(1, 0, false, "Gas is a fee.", None));
    k.take(Input::AnswerStopped { answer: AnswerId::new(Time(0), 9) });
    assert!(k.state.is_speaking(), "that was another answer");
    k.take(Input::AnswerStopped { answer });
    assert_eq!(k.effects.first(), Some(&Effect::StopSpeaking));
    assert_eq!((k.state.turn(), k.state.awaiting.is_some()), (Turn::Listening, false));
    k.agent(bot(), part(1, 1, true, "You pay it.", None));
    assert!(k.spoken().is_empty());
    k.agent(bot(), part(2, 0, true, "Let me begin again.", None));
    assert_eq!(k.spoken().len(), 1);
    // Between two parts, too.
    k.hear_out().agent(bot(), part(3, 0, false, "First.", None)).hear_out();
    k.take(Input::AnswerStopped { answer: AnswerId::new(Time(0), 3) });
    assert!(k.state.awaiting.is_none());
    k.agent(bot(), part(3, 1, true, "Second.", None));
    assert!(k.spoken().is_empty());
}

#[test]
fn each_secret_gets_its_own_advice() {
    for (kind, spoken) in [
        (SecretKind::SeedPhrase, id::SECRET_SPOKEN),
        (SecretKind::PrivateKey, id::SECRET_SPOKEN),
        (SecretKind::Card, id::SECRET_SPOKEN_CARD),
        (SecretKind::Identity, id::SECRET_SPOKEN_IDENTITY),
        (SecretKind::Other, id::SECRET_SPOKEN),
    ] {
        let mut k = Kiosk::new(rules());
        k.begin_talk().take(Input::SecretFound { kind });
        assert_eq!(k.spoken(), [Saying::text(spoken)], "{kind:?}");
    }
}

#[test]
fn a_touch_during_the_farewell_begins_the_next_visit_but_a_double_tap_does_not() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().take(Input::Leave);
    k.now = k.now.plus_ms(300);
    k.take(Input::Touched);
    assert!(matches!(k.state.phase, Phase::Farewell { .. }));
    k.wait(1).take(Input::Touched);
    assert!(matches!(k.state.phase, Phase::Welcome { .. }));
}
