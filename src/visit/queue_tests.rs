//! Waiting for a person, told step by step.

use super::story_tests::{Kiosk, anna, bot, rules};
use super::*;
use crate::conversation::{Actor, ActorKind, Command, HandoffReason, Language, Target};
use crate::routing::{Estimate, QueuePlace};
use crate::texts::{Id, Texts, id};

fn at(place: u32) -> QueuePlace {
    QueuePlace { place, length: place, staffed: true, estimate: None }
}

fn nobody() -> QueuePlace {
    QueuePlace { staffed: false, ..at(1) }
}

fn waiting() -> Kiosk {
    let mut k = Kiosk::new(rules());
    k.take(Input::Touched).take(Input::LanguageChosen { language: Language::En });
    k.take(Input::Consented { voice: true }).agent(bot(), Command::Claim).hear_out();
    k.take(Input::PersonWanted).hear_out();
    assert!(k.state.waits_for_person());
    k
}

fn told(k: &mut Kiosk, place: QueuePlace) -> Vec<Id> {
    k.take(Input::QueuePlace { place: Some(place) });
    texts(k)
}

/// The kiosk's own sentences that the last input caused.
fn texts(k: &Kiosk) -> Vec<Id> {
    let own = k.spoken().into_iter().filter_map(|s| match s {
        Saying::Text { id, .. } => Some(id),
        _ => None,
    });
    own.collect()
}

fn line(k: &Kiosk, language: Language) -> String {
    k.state.queue_line().map_or(String::new(), |l| l.resolve(&Texts::new(language), ""))
}

fn says(k: &mut Kiosk, text: &str) {
    k.take(Input::Typed { text: text.into(), masked: 0 });
}

fn messages(k: &Kiosk) -> Vec<String> {
    let sent = k.effects.iter().filter_map(|e| match e {
        Effect::Send { command: Command::LeaveMessage { text }, .. } => Some(text.clone()),
        _ => None,
    });
    sent.collect()
}

#[test]
fn the_place_is_said_once_and_shown_in_both_languages() {
    let mut k = waiting();
    let estimate = Some(Estimate { low_secs: 130, high_secs: 290 });
    let third = QueuePlace { estimate, ..at(3) };
    assert_eq!(told(&mut k, third), [id::WAITING_ESTIMATE]);
    assert_eq!(line(&k, Language::En), "You are number 3 in the queue. That usually takes 2 to 5 minutes.");
    assert_eq!(line(&k, Language::Zh), "您排在第 3 位，通常需要 2 到 5 分钟。");
    assert_eq!(told(&mut k, at(2)), []);
    assert_eq!(line(&k, Language::En), "You are number 2 in the queue.");
    let soon = QueuePlace { estimate: Some(Estimate { low_secs: 5, high_secs: 40 }), ..at(1) };
    told(&mut k, soon);
    assert!(line(&k, Language::En).contains("about a minute"));
    k.agent(anna(), Command::Claim);
    assert_eq!((k.state.queue_place, k.state.queue_line()), (None, None));
    assert_eq!(told(&mut k, at(1)), []);
    assert_eq!(k.state.queue_place, None, "who is served has no place");
}

#[test]
fn when_nobody_is_there_a_message_is_left() {
    let mut k = waiting();
    assert!(!k.state.may_leave_message());
    assert_eq!(told(&mut k, nobody()), [id::NOBODY_THERE]);
    assert!(k.state.may_leave_message());
    assert_eq!(told(&mut k, nobody()), []);
    says(&mut k, "yes");
    assert_eq!(texts(&k), [id::MESSAGE_PROMPT]);
    says(&mut k, "Please ring me about the blue ticket.");
    assert_eq!(messages(&k), ["Please ring me about the blue ticket."]);
    assert_eq!(texts(&k), [id::MESSAGE_LEFT]);
    says(&mut k, "what is gas?");
    assert_eq!(messages(&k), Vec::<String>::new());
    k.take(Input::Leave).take(Input::RatingDone).wait(600);
    assert_eq!(k.state.phase, Phase::Attract);
    assert_eq!(k.state.message, MessageStep::None);
}

#[test]
fn a_question_is_no_answer_to_the_offer_and_no_is_respected() {
    let mut k = waiting();
    told(&mut k, nobody());
    says(&mut k, "what is gas?");
    assert_eq!(k.state.message, MessageStep::Offered);
    // Now "yes" may be meant for the bot.
    k.agent(bot(), super::story_tests::part(1, 0, true, "Did you mean gas fees?", None)).hear_out();
    says(&mut k, "yes");
    assert_eq!((k.state.message, messages(&k).len()), (MessageStep::Offered, 0));
    k.take(Input::MessageWanted);
    assert_eq!(k.state.message, MessageStep::Writing);
    // A person has come: the words are for them.
    k.agent(anna(), Command::Claim).hear_out();
    says(&mut k, "hello Anna");
    assert_eq!(messages(&k), Vec::<String>::new());

    let mut k = waiting();
    told(&mut k, nobody());
    says(&mut k, "no");
    assert_eq!(texts(&k), [id::MESSAGE_DECLINED]);
    assert_eq!(told(&mut k, nobody()), []);
    assert!(k.state.may_leave_message(), "the button stays");
}

#[test]
fn who_is_passed_on_is_told_so() {
    let mut k = waiting();
    k.agent(anna(), Command::Claim).hear_out();
    k.agent(anna(), Command::Transfer { to: Target::Supervisor, note: None });
    assert_eq!(texts(&k), [id::TRANSFERRED]);
    assert!(k.state.waits_for_person());
}

#[test]
fn what_the_desk_is_for_goes_to_the_relay() {
    let mut k = Kiosk::new(Rules { skills: vec!["wallets".into()], ..rules() });
    k.take(Input::Touched).take(Input::Consented { voice: false });
    let needs = k.effects.iter().any(
        |e| matches!(e, Effect::Send { command: Command::Need { skills }, .. } if skills == &["wallets"]),
    );
    assert!(needs, "{:?}", k.effects);
}

/// A visitor whose next words are a message.
fn writing() -> Kiosk {
    let mut k = waiting();
    told(&mut k, nobody());
    k.take(Input::MessageWanted);
    assert_eq!(k.state.message, MessageStep::Writing);
    k
}

#[test]
fn natural_words_accept_the_offer_and_refuse_it() {
    for text in ["OK", "sure", "yes please", "好的", "要", "可以，谢谢"] {
        let mut k = waiting();
        told(&mut k, nobody());
        says(&mut k, text);
        assert_eq!(k.state.message, MessageStep::Writing, "{text}");
    }
    for text in ["no thank you", "No, thanks.", "不用", "不要了，谢谢"] {
        let mut k = waiting();
        told(&mut k, nobody());
        says(&mut k, text);
        assert_eq!(k.state.message, MessageStep::Declined, "{text}");
    }
}

#[test]
fn a_message_can_be_given_up() {
    let mut k = writing();
    k.take(Input::MessageCancelled);
    assert_eq!((texts(&k), k.state.message), (vec![id::MESSAGE_DECLINED], MessageStep::Declined));
    says(&mut k, "what is gas?");
    assert_eq!(messages(&k), Vec::<String>::new());

    let mut k = writing();
    says(&mut k, "no thanks");
    assert_eq!((messages(&k), k.state.message), (vec![], MessageStep::Declined));
    assert!(k.state.may_leave_message(), "the button stays");

    let mut k = writing();
    says(&mut k, "yes");
    assert_eq!((messages(&k), texts(&k)), (vec![], vec![id::MESSAGE_PROMPT]));
    says(&mut k, "ring me");
    assert_eq!(messages(&k), ["ring me"]);
    k.take(Input::MessageCancelled);
    assert_eq!(k.state.message, MessageStep::Left, "too late");
}

#[test]
fn a_question_from_the_screen_is_no_message() {
    let mut k = writing();
    k.take(Input::SuggestionChosen { text: "What is gas?".into() });
    let asked = k.effects.iter().any(
        |e| matches!(e, Effect::Send { command: Command::Say { words, .. }, .. } if words.text == "What is gas?"),
    );
    assert!(asked && messages(&k).is_empty(), "{:?}", k.effects);
    says(&mut k, "and who pays it?");
    assert_eq!(messages(&k), Vec::<String>::new(), "what follows is about the answer");
}

#[test]
fn who_is_not_answered_is_told_and_sees_where_they_stand() {
    let mut k = waiting();
    k.agent(anna(), Command::Claim).hear_out();
    says(&mut k, "where is my ticket?");
    let relay = Actor { id: "relay".parse().unwrap(), kind: ActorKind::System };
    let ask = Command::RequestHandoff { reason: HandoffReason::NoAnswer, summary: None };
    k.agent(relay, ask);
    assert_eq!(texts(&k), [id::NO_ANSWER]);
    assert_eq!(line(&k, Language::En), "I have asked a person to come. You can go on asking me meanwhile.");
    k.hear_out();
    assert_eq!(told(&mut k, at(2)), [id::WAITING_PLACE]);
    assert_eq!(line(&k, Language::En), "You are number 2 in the queue.");
    // The next one who comes is announced like the first.
    k.hear_out().agent(anna(), Command::Claim);
    assert_eq!((texts(&k), k.state.queue_line()), (vec![id::PERSON_JOINED], None));
}
