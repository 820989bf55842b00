//! From text to weighted terms: words and stems in English; characters, pairs and their sounds in Chinese.

use std::collections::{HashMap, HashSet};

use pinyin::ToPinyin;
use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

use super::synonyms::Synonyms;
use crate::conversation::Language;

/// How much a word of the stop list counts, against 1 for an ordinary word.
const STOP_WEIGHT: f32 = 0.06;
/// How much a word of the weak list counts.
const WEAK_WEIGHT: f32 = 0.3;
/// How much a word of the foreign list counts.
const FOREIGN_WEIGHT: f32 = 2.0;
/// How much a meaning from the table of synonyms counts, and what its own words count beside it.
const MEANING_WEIGHT: f32 = 1.3;
const MEANT_WORD_WEIGHT: f32 = 0.4;
/// How much a single Chinese character counts, against 1 for a pair of characters.
const CHARACTER_WEIGHT: f32 = 0.35;
/// How much a match by sound counts, where a recogniser chose another character, of a match of the characters themselves.
const PAIR_SOUND_TRUST: f32 = 0.75;
const CHARACTER_SOUND_TRUST: f32 = 0.5;
/// How much a match over a gap counts, where a recogniser lost the character between.
const GAP_TRUST: f32 = 0.6;

/// Marks the terms that are not words: meanings, sounds, and pairs over a gap.
const MEANING_MARK: char = '=';
const SOUND_MARK: char = '~';
const GAP_MARK: char = '^';

/// A term and how much it counts, before its rarity is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub text: String,
    pub weight: f32,
    /// A word of the foreign list.
    pub foreign: bool,
    /// Only there to be found by an alias: it is no part of what was said.
    pub hidden: bool,
    /// Other terms that it may stand for, and how much a match with them counts.
    pub aliases: Vec<(String, f32)>,
}

impl Term {
    fn new(text: String, weight: f32) -> Self {
        Self { text, weight, foreign: false, hidden: false, aliases: Vec::new() }
    }
}

/// Turns the text of one language into terms.
pub struct Analyzer {
    language: Language,
    stemmer: Stemmer,
    stop: HashSet<String>,
    weak: HashSet<String>,
    foreign: HashSet<String>,
    /// From a phrase's first unit (stem or character) to the phrases that begin so, longest first.
    phrases: HashMap<String, Vec<(Vec<String>, String)>>,
    /// All units of phrases and lists: words that need no mending.
    known: HashSet<String>,
    /// The most units that an entry of the Chinese lists has.
    longest_entry: usize,
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analyzer").field("language", &self.language).finish_non_exhaustive()
    }
}

impl Analyzer {
    pub fn new(language: Language, synonyms: &Synonyms) -> Self {
        let mut analyzer = Self {
            language,
            stemmer: Stemmer::create(Algorithm::English),
            stop: HashSet::new(),
            weak: HashSet::new(),
            foreign: HashSet::new(),
            phrases: HashMap::new(),
            known: HashSet::new(),
            longest_entry: 1,
        };
        let entry = |text: &String| analyzer.units(text).concat();
        let stop: HashSet<String> = synonyms.stop.iter().map(entry).collect();
        let weak: HashSet<String> = synonyms.weak.iter().map(entry).collect();
        let foreign: HashSet<String> = synonyms.foreign.iter().map(entry).collect();
        let mut phrases: HashMap<String, Vec<(Vec<String>, String)>> = HashMap::new();
        for (meaning, words) in &synonyms.groups {
            for phrase in words {
                let units = analyzer.units(phrase);
                let Some(first) = units.first() else { continue };
                phrases.entry(first.clone()).or_default().push((units, format!("{MEANING_MARK}{meaning}")));
            }
        }
        for list in phrases.values_mut() {
            list.sort_by_key(|(units, _)| std::cmp::Reverse(units.len()));
        }
        analyzer.known = phrases.values().flatten().flat_map(|(units, _)| units.iter().cloned()).collect();
        let lists = || stop.iter().chain(&weak).chain(&foreign);
        analyzer.known.extend(lists().cloned());
        analyzer.longest_entry = lists().map(|entry| entry.chars().count()).max().unwrap_or(1);
        analyzer.stop = stop;
        analyzer.weak = weak;
        analyzer.foreign = foreign;
        analyzer.phrases = phrases;
        analyzer
    }

    /// Stems in English; in Chinese single characters and whole words of Latin letters.
    pub fn units(&self, text: &str) -> Vec<String> {
        let clean: String = text.nfkc().flat_map(char::to_lowercase).collect();
        match self.language {
            Language::En => {
                english_words(&clean).iter().map(|word| self.stemmer.stem(word).into_owned()).collect()
            }
            Language::Zh => chinese_units(&clean),
        }
    }

    /// Whether the tables know this unit, so that it is not a misheard word.
    pub fn is_known(&self, unit: &str) -> bool {
        self.known.contains(unit)
    }

    /// Whether this unit says so little that what it may have been does not matter.
    pub fn is_slight(&self, unit: &str) -> bool {
        self.stop.contains(unit) || self.weak.contains(unit)
    }

    /// The terms of a text that needs no mending: an article's.
    pub fn terms(&self, text: &str) -> Vec<Term> {
        let units = self.units(text);
        self.weigh(&units, &units)
    }

    /// The terms of units; meanings are looked for in `mended`, which has the same length.
    pub fn weigh(&self, units: &[String], mended: &[String]) -> Vec<Term> {
        let mut weights = self.unit_weights(units);
        let mut terms = Vec::with_capacity(units.len() * 2);
        let mut at = 0;
        while at < mended.len() {
            match self.meaning_at(mended, at) {
                Some((length, meaning)) => {
                    terms.push(Term::new(meaning.to_owned(), MEANING_WEIGHT));
                    for weight in weights.iter_mut().skip(at).take(length) {
                        *weight *= MEANT_WORD_WEIGHT;
                    }
                    at += length;
                }
                None => at += 1,
            }
        }
        match self.language {
            Language::En => {
                let words = units.iter().zip(&weights);
                terms.extend(words.map(|(unit, &weight)| {
                    let foreign = weight >= FOREIGN_WEIGHT;
                    Term { foreign, ..Term::new(unit.clone(), weight) }
                }));
            }
            Language::Zh => chinese_terms(units, &weights, &mut terms),
        }
        terms
    }

    /// A text as it sounds: words in English, pinyin in Chinese. Trigrams are taken from it.
    pub fn sound(&self, text: &str) -> String {
        match self.language {
            Language::En => {
                let clean: String = text.nfkc().flat_map(char::to_lowercase).collect();
                english_words(&clean).join(" ")
            }
            Language::Zh => self.units(text).iter().map(|unit| sound_of(unit)).collect::<Vec<_>>().join(" "),
        }
    }

    fn meaning_at(&self, units: &[String], at: usize) -> Option<(usize, &str)> {
        let rest = units.get(at..)?;
        let list = self.phrases.get(rest.first()?)?;
        list.iter()
            .find(|(phrase, _)| rest.starts_with(phrase))
            .map(|(phrase, meaning)| (phrase.len(), meaning.as_str()))
    }

    /// How much each unit counts: the longest entry of the lists that covers it decides.
    fn unit_weights(&self, units: &[String]) -> Vec<f32> {
        let mut weights = vec![1.0; units.len()];
        let longest = if self.language == Language::En { 1 } else { self.longest_entry };
        let mut at = 0;
        while at < units.len() {
            let found = (1..=longest.min(units.len() - at)).rev().find_map(|length| {
                let entry = units.get(at..at + length)?.concat();
                let weight = if self.stop.contains(&entry) {
                    STOP_WEIGHT
                } else if self.weak.contains(&entry) {
                    WEAK_WEIGHT
                } else if self.foreign.contains(&entry) {
                    FOREIGN_WEIGHT
                } else {
                    return None;
                };
                Some((length, weight))
            });
            let (length, weight) = found.unwrap_or((1, 1.0));
            for slot in weights.iter_mut().skip(at).take(length) {
                *slot = weight;
            }
            at += length;
        }
        weights
    }
}

/// Words of lower-case English: contractions opened, digits as words up to twelve, "e-mail" as one word.
fn english_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let text = text.replace(['’', '`', '‘'], "'");
    for raw in text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-')) {
        let raw = raw.trim_matches(['\'', '-']);
        let joined = match raw.split_once('-') {
            Some((first, _)) if first.chars().count() <= 2 => raw.replace('-', ""),
            _ => raw.replace('-', " "),
        };
        for word in joined.split(' ').filter(|word| !word.is_empty()) {
            open_contraction(word, &mut words);
        }
    }
    words
}

fn open_contraction(word: &str, words: &mut Vec<String>) {
    const WHOLE: &[(&str, &str)] = &[
        ("can't", "can not"),
        ("cant", "can not"),
        ("cannot", "can not"),
        ("won't", "will not"),
        ("dont", "do not"),
        ("doesnt", "does not"),
        ("didnt", "did not"),
        ("isnt", "is not"),
        ("whats", "what is"),
        ("wheres", "where is"),
        ("whos", "who is"),
        ("hows", "how is"),
        ("im", "i am"),
        ("ive", "i have"),
        ("id", "i would"),
        ("gonna", "going to"),
        ("wanna", "want to"),
        ("2", "two"),
        ("3", "three"),
        ("10", "ten"),
        ("12", "twelve"),
        ("24", "twenty four"),
    ];
    const ENDS: &[(&str, &str)] = &[
        ("n't", "not"),
        ("'s", ""),
        ("'m", "am"),
        ("'re", "are"),
        ("'ve", "have"),
        ("'ll", "will"),
        ("'d", "would"),
    ];
    if let Some((_, open)) = WHOLE.iter().find(|(short, _)| *short == word) {
        words.extend(open.split(' ').map(str::to_owned));
        return;
    }
    for (end, open) in ENDS {
        if let Some(stem) = word.strip_suffix(end).filter(|stem| !stem.is_empty()) {
            words.push(stem.replace('\'', ""));
            if !open.is_empty() {
                words.push((*open).to_owned());
            }
            return;
        }
    }
    words.push(word.replace('\'', ""));
}

/// Single characters; letters and digits of the Latin script stay together as words.
fn chinese_units(text: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            match units.last_mut().filter(|_| in_word) {
                Some(word) => word.push(c),
                None => units.push(c.to_string()),
            }
            in_word = true;
        } else {
            in_word = false;
            if c.is_alphanumeric() {
                units.push(c.to_string());
            }
        }
    }
    units
}

fn chinese_terms(units: &[String], weights: &[f32], terms: &mut Vec<Term>) {
    for (unit, &weight) in units.iter().zip(weights) {
        let foreign = weight >= FOREIGN_WEIGHT;
        if unit.is_ascii() {
            terms.push(Term { foreign, ..Term::new(unit.clone(), weight) });
        } else {
            let aliases = vec![(format!("{SOUND_MARK}{}", sound_of(unit)), CHARACTER_SOUND_TRUST)];
            terms.push(Term { foreign, aliases, ..Term::new(unit.clone(), weight * CHARACTER_WEIGHT) });
        }
    }
    for (pair, weight) in units.windows(2).zip(weights.windows(2)) {
        if let ([first, second], [a, b]) = (pair, weight) {
            let sound = format!("{SOUND_MARK}{} {}", sound_of(first), sound_of(second));
            let gap = format!("{GAP_MARK}{first}{second}");
            let aliases = vec![(sound, PAIR_SOUND_TRUST), (gap, GAP_TRUST)];
            let foreign = a.min(*b) >= FOREIGN_WEIGHT;
            let weight = (a * b).min(FOREIGN_WEIGHT);
            terms.push(Term { foreign, aliases, ..Term::new(format!("{first}{second}"), weight) });
        }
    }
    for (three, weight) in units.windows(3).zip(weights.windows(3)) {
        if let ([first, _, third], [a, _, c]) = (three, weight) {
            terms.push(Term { hidden: true, ..Term::new(format!("{GAP_MARK}{first}{third}"), a * c) });
        }
    }
}

/// A character's usual reading without its tone; anything else as it is.
fn sound_of(unit: &str) -> String {
    let reading = unit.chars().next().and_then(|c| c.to_pinyin());
    reading.map_or_else(|| unit.to_owned(), |reading| reading.plain().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analyzer(language: Language) -> Analyzer {
        let mut synonyms = Synonyms { stop: vec!["the".into(), "的".into()], ..Synonyms::default() };
        synonyms.weak = vec!["what".into(), "怎么".into()];
        synonyms
            .groups
            .insert("seed".into(), vec!["seed phrase".into(), "secret words".into(), "助记词".into()]);
        Analyzer::new(language, &synonyms)
    }

    #[test]
    fn english_is_stemmed_and_contractions_are_opened() {
        let analyzer = analyzer(Language::En);
        assert_eq!(analyzer.units("I can't swap tokens!"), ["i", "can", "not", "swap", "token"]);
        assert_eq!(analyzer.units("What’s my e-mail?"), ["what", "my", "email"]);
        assert_eq!(analyzer.units("12 words, two-factor"), ["twelv", "word", "two", "factor"]);
    }

    #[test]
    fn phrases_become_meanings() {
        let english = analyzer(Language::En).terms("the secret words");
        assert_eq!(english.first(), Some(&Term::new("=seed".into(), MEANING_WEIGHT)));
        assert_eq!(english.len(), 4);
        assert!(english.iter().any(|term| term.text == "the" && term.weight == STOP_WEIGHT));
        let chinese = analyzer(Language::Zh).terms("助记词");
        assert!(chinese.iter().any(|term| term.text == "=seed"));
    }

    #[test]
    fn chinese_homophones_share_a_sound() {
        let analyzer = analyzer(Language::Zh);
        let right = analyzer.terms("质押");
        let misheard = analyzer.terms("制压");
        let sounds = |terms: &[Term]| -> Vec<String> {
            let all = terms.iter().flat_map(|term| &term.aliases).map(|(text, _)| text.clone());
            all.filter(|text| text.starts_with(SOUND_MARK)).collect()
        };
        assert_eq!(sounds(&right), ["~zhi", "~ya", "~zhi ya"]);
        assert_eq!(sounds(&right), sounds(&misheard));
    }

    #[test]
    fn a_pair_is_found_over_a_lost_character() {
        let analyzer = analyzer(Language::Zh);
        let whole = analyzer.terms("主舞台");
        let lost = analyzer.terms("主台");
        let gap = whole.iter().find(|term| term.hidden).map(|term| term.text.clone()).unwrap();
        assert!(lost.iter().any(|term| term.aliases.iter().any(|(text, _)| *text == gap)), "{gap}");
    }

    #[test]
    fn latin_words_in_chinese_stay_whole() {
        assert_eq!(analyzer(Language::Zh).units("什么是ＮＦＴ？"), ["什", "么", "是", "nft"]);
    }
}
