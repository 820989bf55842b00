//! A recogniser's mistakes, simulated and seeded, so that the search can be tried on misheard questions.
//!
//! A word is dropped, or heard as another one that the recogniser knows: in English one of the nearest in letters (where
//! none is near, the word comes out misspelled), in Chinese, character by character, one of the same sound.

use std::collections::BTreeSet;

use pinyin::ToPinyin;

use super::load::KnowledgeBase;
use crate::conversation::Language;

/// A misheard English word is one of so many nearest ones.
const CHOICES: usize = 3;
/// Words are near from this likeness on, 0 to 1.
const NEAR_MIN: f64 = 0.5;

/// SplitMix64 (Steele, Lea and Flood 2014): small, seeded, the same everywhere.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// A number from 0 to `bound` − 1; 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % (bound.max(1) as u64)).unwrap_or(0)
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Recogniser {
    language: Language,
    /// What it can write down: English words, or Chinese characters.
    known: Vec<String>,
}

impl Recogniser {
    /// One that knows the words of the articles and of `more` texts.
    pub fn new<'a>(
        base: &KnowledgeBase,
        language: Language,
        more: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut known = BTreeSet::new();
        for article in base.articles(language) {
            for text in article.questions.iter().chain([&article.spoken, &article.detail]) {
                known.extend(units(text, language));
            }
        }
        for text in more {
            known.extend(units(text, language));
        }
        Self { language, known: known.into_iter().collect() }
    }

    /// What it hears when it gets each word wrong with a chance of `percent` in a hundred.
    pub fn mishear(&self, text: &str, percent: usize, dice: &mut Dice) -> String {
        let mut heard = Vec::new();
        for unit in units(text, self.language) {
            if dice.below(100) >= percent {
                heard.push(unit);
            } else if dice.below(2) == 0 {
                heard.extend(self.alike(&unit, dice));
            }
        }
        heard.join(if self.language == Language::En { " " } else { "" })
    }

    fn alike(&self, unit: &str, dice: &mut Dice) -> Option<String> {
        let others = self.known.iter().filter(|other| *other != unit);
        let mut others: Vec<(f64, &String)> = match self.language {
            Language::En => {
                let like = |other: &String| strsim::normalized_damerau_levenshtein(unit, other);
                others.map(|other| (like(other), other)).filter(|(like, _)| *like >= NEAR_MIN).collect()
            }
            Language::Zh => {
                others.filter(|other| sound(other) == sound(unit)).map(|other| (1.0, other)).collect()
            }
        };
        if self.language == Language::En {
            others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
            others.truncate(CHOICES);
        }
        match others.get(dice.below(others.len())) {
            Some((_, other)) => Some((*other).clone()),
            None if self.language == Language::En => Some(misspell(unit, dice)),
            None => None,
        }
    }
}

/// A word without one of its letters, or none without its only one.
fn misspell(word: &str, dice: &mut Dice) -> String {
    let lost = dice.below(word.chars().count());
    word.chars().enumerate().filter(|(place, _)| *place != lost).map(|(_, letter)| letter).collect()
}

fn units(text: &str, language: Language) -> Vec<String> {
    match language {
        Language::En => text
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
        Language::Zh => text.chars().filter(|c| c.is_alphanumeric()).map(String::from).collect(),
    }
}

fn sound(unit: &str) -> Option<&'static str> {
    unit.chars().next().and_then(|c| c.to_pinyin()).map(pinyin::Pinyin::plain)
}

#[cfg(test)]
mod tests {
    use super::super::load::tests::write;
    use super::*;

    #[test]
    fn mistakes_are_near_and_come_from_the_seed() {
        let dir = tempfile::tempdir().unwrap();
        let articles: &[(&str, &str, &[&str], &str)] =
            &[("en", "a", &["my wallet and the wall"], "Word."), ("zh", "a", &["质押制压"], "字。")];
        write(dir.path(), articles);
        let base = KnowledgeBase::load(dir.path()).unwrap();
        let english = Recogniser::new(&base, Language::En, ["wallets"]);
        assert_eq!(english.mishear("my wallet", 0, &mut Dice(1)), "my wallet");
        let heard: BTreeSet<String> =
            (0..50).map(|seed| english.mishear("wallet", 100, &mut Dice(seed))).collect();
        assert!(heard.contains("") && heard.contains("wallets") && !heard.contains("wallet"), "{heard:?}");
        let again = |seed| english.mishear("my wallet and the wall", 50, &mut Dice(seed));
        assert_eq!(again(7), again(7));
        assert_eq!(misspell("hall", &mut Dice(1)).len(), 3);
        let chinese = Recogniser::new(&base, Language::Zh, []);
        let heard: BTreeSet<String> =
            (0..50).map(|seed| chinese.mishear("质", 100, &mut Dice(seed))).collect();
        assert_eq!(heard, BTreeSet::from([String::new(), "制".to_owned()]));
    }
}
