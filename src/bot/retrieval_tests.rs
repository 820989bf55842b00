//! What the bot takes for an answer to its own questions.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::{Memory, Offer, Piece, Question, Retrieval};
use crate::conversation::{HandoffReason, Language, Words};
use crate::knowledge::KnowledgeBase;

/// The shipped articles, read once for all tests.
static ARTICLES: LazyLock<Arc<KnowledgeBase>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/knowledge");
    Arc::new(KnowledgeBase::load(&folder).unwrap())
});

fn bot() -> Retrieval {
    Retrieval::new(Arc::clone(&ARTICLES))
}

fn person() -> Offer {
    Offer::Person { reason: HandoffReason::NotUnderstood }
}

fn asked(offer: Offer, text: &str, language: Language) -> Vec<Piece> {
    let memory = Memory { offer: Some(offer), ..Memory::default() };
    bot().pieces(&Question {
        text: text.to_owned(),
        language,
        certainty: None,
        masked: false,
        person_awaited: false,
        memory,
    })
}

fn calls_a_person(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Handoff { reason: HandoffReason::NotUnderstood, .. }))
}

fn articles(pieces: &[Piece]) -> Vec<&str> {
    let said = pieces.iter().filter_map(|piece| match piece {
        Piece::Say(words) => words.article.as_deref(),
        _ => None,
    });
    said.collect()
}

#[test]
fn a_person_is_called_for_a_yes_and_for_nothing_else() {
    for (text, language) in
        [("sure", Language::En), ("yes, thank you", Language::En), ("好的，谢谢", Language::Zh)]
    {
        assert!(calls_a_person(&asked(person(), text, language)), "{text}");
    }
    for (text, language) in [
        ("要多少钱？", Language::Zh),
        ("好贵", Language::Zh),
        ("第二个", Language::Zh),
        ("the second one", Language::En),
        ("two factor lost", Language::En),
        ("no thanks", Language::En),
        ("不用了", Language::Zh),
    ] {
        assert!(!calls_a_person(&asked(person(), text, language)), "{text}");
    }
}

#[test]
fn a_short_question_is_searched_for_although_the_bot_asked_something() {
    for (text, language) in [("不会用钱包", Language::Zh), ("NFT not showing", Language::En)] {
        let after_offer = asked(person(), text, language);
        let without = bot().pieces(&Question {
            text: text.to_owned(),
            language,
            certainty: None,
            masked: false,
            person_awaited: false,
            memory: Memory::default(),
        });
        assert_eq!(after_offer, without, "{text}");
    }
}

fn question(text: &str, memory: Memory) -> Question {
    Question {
        text: text.to_owned(),
        language: Language::En,
        certainty: None,
        masked: false,
        person_awaited: false,
        memory,
    }
}

/// What the bot says, and what it remembers.
fn turn(text: &str, memory: Memory) -> (Words, Memory) {
    let pieces = bot().pieces(&question(text, memory));
    match (&pieces[0], pieces.last().unwrap()) {
        (Piece::Say(words), Piece::Remember(memory)) => (words.clone(), memory.clone()),
        other => panic!("{other:?}"),
    }
}

/// A question that fits more than one article, and none well: which one that is depends on the articles.
fn unclear() -> &'static str {
    let candidates = [
        "wallet money",
        "account",
        "lost",
        "token transfer problem",
        "ticket or land",
        "avatar wallet ticket",
    ];
    let asks_back = |text: &&str| turn(text, Memory::default()).0.choices.len() >= 2;
    candidates.into_iter().find(asks_back).expect("some question is unclear")
}

#[test]
fn the_bot_asks_back_once_and_then_offers_a_person() {
    let (first, memory) = turn(unclear(), Memory::default());
    assert!(matches!(memory.offer, Some(Offer::Articles(_))), "{memory:?}");
    assert!((2..=3).contains(&first.choices.len()), "{first:?}");
    let (second, memory) = turn(unclear(), memory);
    assert_eq!(memory.offer, Some(person()));
    assert_eq!(second.choices, ["Yes", "No"]);
    // An answer in between begins again.
    let (_, memory) = turn("how do I create a wallet", turn(unclear(), Memory::default()).1);
    assert!(matches!(turn(unclear(), memory).1.offer, Some(Offer::Articles(_))));
}

#[test]
fn what_is_not_understood_at_all_is_asked_again_once() {
    let strange = "colourless green ideas sleep furiously";
    let (_, memory) = turn(strange, Memory::default());
    assert_eq!(memory.offer, None);
    assert_eq!(turn(strange, memory).1.offer, Some(person()));
}

#[test]
fn a_choice_that_is_touched_is_answered() {
    let (asked, memory) = turn(unclear(), Memory::default());
    let Some(Offer::Articles(ids)) = memory.offer.clone() else { panic!() };
    for (choice, id) in asked.choices.iter().zip(ids) {
        assert_eq!(turn(choice, memory.clone()).0.article, Some(id));
    }
}

#[test]
fn one_of_several_articles_is_chosen_by_its_number() {
    let offer = || Offer::Articles(vec!["wallet-create".into(), "repeat".into()]);
    assert_eq!(articles(&asked(offer(), "the first one", Language::En)), ["wallet-create"]);
    assert_eq!(articles(&asked(offer(), "第一个", Language::Zh)), ["wallet-create"]);
    assert_eq!(articles(&asked(offer(), "好的", Language::Zh)), ["wallet-create"]);
    assert_ne!(articles(&asked(offer(), "two factor lost", Language::En)), ["repeat"]);
}
