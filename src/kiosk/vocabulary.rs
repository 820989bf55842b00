//! The words that are likely at this desk, for speech models that were trained with prompts. Pure.
//!
//! A short list helps such a model with names and terms; a long one makes it invent (its prompt is bounded again, at 32
//! tokens). Models trained without prompts, such as the embedded one, and silence never see it.

use crate::conversation::Language;
use crate::knowledge::KnowledgeBase;
use crate::scene::{Desk, Scene};

/// The most that is listed: a letter counts 1, a character of Chinese, which is up to two tokens, [`WIDE`].
const MAX_WEIGHT: usize = 112;
const WIDE: usize = 5;
/// A longer title than this is a sentence and no term, by the same count.
const MAX_TITLE_WEIGHT: usize = 36;

/// The likely words in each language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    en: Option<String>,
    zh: Option<String>,
}

impl Vocabulary {
    /// Of a desk: the name of who serves there, the titles of what it suggests, and of other articles as long as there is room.
    pub fn new(scene: &Scene, desk: &Desk, knowledge: &KnowledgeBase) -> Self {
        let of = |language| words(scene, desk, knowledge, language);
        Self { en: of(Language::En), zh: of(Language::Zh) }
    }

    /// In a language, and in no other one.
    pub fn of(&self, language: Language) -> Option<&str> {
        match language {
            Language::En => self.en.as_deref(),
            Language::Zh => self.zh.as_deref(),
        }
    }
}

fn words(scene: &Scene, desk: &Desk, knowledge: &KnowledgeBase, language: Language) -> Option<String> {
    let desks = std::iter::once(desk).chain(scene.desks.iter());
    let names = desks.filter_map(|desk| desk.badge.get(language)).map(|badge| badge.name.as_str());
    let suggested = desk.suggested.any(language).map_or(&[][..], Vec::as_slice);
    let suggested = suggested.iter().filter_map(|id| knowledge.article(id, language));
    let others = knowledge.articles(language).iter().filter(|article| !article.is_small_talk());
    let titles = suggested.chain(others).map(|article| article.title.as_str());
    list(names.chain(titles), if language == Language::Zh { "、" } else { ", " })
}

/// As many of these as there is room for, each once.
fn list<'a>(terms: impl Iterator<Item = &'a str>, between: &str) -> Option<String> {
    let mut taken: Vec<&str> = Vec::new();
    let mut left = MAX_WEIGHT;
    for term in terms.map(str::trim).filter(|term| !term.is_empty()) {
        let needed = weight(term) + weight(between);
        if needed <= left && weight(term) <= MAX_TITLE_WEIGHT && !taken.contains(&term) {
            left -= needed;
            taken.push(term);
        }
    }
    (!taken.is_empty()).then(|| taken.join(between))
}

fn weight(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { WIDE }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kiosk::test_world::scene;
    use std::path::Path;

    #[test]
    fn the_desk_that_is_shipped_has_a_short_list_in_each_language() {
        let articles = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/knowledge");
        let (scene, knowledge) = (scene(), KnowledgeBase::load(&articles).unwrap());
        let vocabulary = Vocabulary::new(&scene, &scene.desks[0], &knowledge);
        let en = vocabulary.of(Language::En).unwrap();
        let zh = vocabulary.of(Language::Zh).unwrap();
        println!("{en}\n{zh}");
        assert!(en.starts_with("Mira, ") && zh.starts_with("米拉、"), "{en} {zh}");
        assert!(
            en.contains("Network fees") && zh.contains("网络手续费"),
            "what the desk suggests: {en} {zh}"
        );
        assert!(en.is_ascii() && weight(en) <= MAX_WEIGHT && weight(zh) <= MAX_WEIGHT);
        // About four letters of English are a token, and half a character of Chinese.
        assert!(en.len() <= 4 * 32 && zh.chars().count() <= 32, "{en} {zh}");
    }

    #[test]
    fn each_term_once_no_sentences_and_nothing_of_nothing() {
        let long = "A title that goes on and on and is no term any more";
        let terms = ["Gas", " Gas ", "", long, "Wallet"];
        assert_eq!(list(terms.into_iter(), ", ").as_deref(), Some("Gas, Wallet"));
        assert_eq!(list([long].into_iter(), ", "), None);
        let many = vec!["Bridge"; 3].into_iter().chain((0..100).map(|_| "Swap")).chain(["Mint", "Burn"]);
        assert_eq!(list(many, ", ").as_deref(), Some("Bridge, Swap, Mint, Burn"));
        let endless: Vec<String> = (0..1000).map(|n| format!("term{n}")).collect();
        let listed = list(endless.iter().map(String::as_str), ", ").unwrap();
        assert!(weight(&listed) <= MAX_WEIGHT && listed.starts_with("term0, term1"), "{listed}");
        assert_eq!(Vocabulary::default().of(Language::En), None);
    }
}
