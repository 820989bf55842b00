//! Which words are in the BIP-39 lists, which are near one of them, and how ordinary a word is.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use bip39::Language;

use super::sound;
use super::token::{hash, hash_of};

/// How a written or heard word is like a word of the English list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Exact,
    /// The first four letters, which is all that a wallet needs.
    Prefix,
    /// One letter wrong, missing, too many or swapped, in a word of five letters or more.
    Near,
    /// A list word with an ordinary ending: "tickets", "abandoned".
    Inflected,
    /// It sounds like one.
    Sound,
    None,
}

/// How ordinary a word is, whether or not it is in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Every other word of a sentence: "the", "about", "have".
    Function,
    /// A word of everyday life, or of what is talked about at such a desk: "ticket", "wallet".
    Common,
    /// Anything else.
    Rare,
}

/// The shortest word that may have a wrong letter, in letters.
const NEAR_MIN: usize = 5;
/// The longest English list word, in letters.
pub(super) const WORD_MAX: usize = 8;
/// The shortest English list word, in letters.
pub(super) const WORD_MIN: usize = 3;

/// The lists, ready to be asked.
pub(super) struct Lexicon {
    english: HashSet<&'static str>,
    prefixes: HashSet<String>,
    /// List words of five letters or more by the hash of each writing that lacks one letter: a word is looked for in many
    /// such writings, and none of them is made for it.
    shortened: HashMap<u64, Vec<&'static str>>,
    /// The same words by their own hash.
    whole: HashMap<u64, &'static str>,
    sounds: HashSet<String>,
    loose_sounds: HashSet<String>,
    function: HashSet<&'static str>,
    common: HashSet<&'static str>,
    chinese: HashSet<char>,
    pairs: HashSet<(char, char)>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::build);

/// The lexicon, built when it is first asked for.
pub(super) fn lexicon() -> &'static Lexicon {
    &LEXICON
}

impl Lexicon {
    fn build() -> Self {
        let words = Language::English.word_list();
        let mut shortened: HashMap<u64, Vec<&'static str>> = HashMap::new();
        let long = || words.iter().copied().filter(|w| w.len() >= NEAR_MIN);
        for word in long() {
            for (_, form) in deletions(word) {
                let forms = shortened.entry(form).or_default();
                if !forms.contains(&word) {
                    forms.push(word);
                }
            }
        }
        let keys: Vec<String> = words.iter().map(|w| sound::key(w)).collect();
        Self {
            english: words.iter().copied().collect(),
            prefixes: words.iter().filter_map(|w| w.get(..4)).map(str::to_owned).collect(),
            shortened,
            whole: long().map(|w| (hash(w), w)).collect(),
            loose_sounds: keys.iter().filter_map(|k| sound::loose(k)).collect(),
            sounds: keys.into_iter().collect(),
            function: include_str!("lexicon/function-en.txt").split_whitespace().collect(),
            common: include_str!("lexicon/common-en.txt").split_whitespace().collect(),
            chinese: Language::SimplifiedChinese
                .word_list()
                .iter()
                .filter_map(|w| w.chars().next())
                .collect(),
            pairs: include_str!("lexicon/pairs-zh.txt")
                .split_whitespace()
                .flat_map(|w| w.chars().zip(w.chars().skip(1)).collect::<Vec<_>>())
                .collect(),
        }
    }

    pub fn is_listed(&self, word: &str) -> bool {
        self.english.contains(word)
    }

    /// Whether this is a character of the Simplified Chinese list.
    pub fn is_listed_han(&self, c: char) -> bool {
        self.chinese.contains(&c)
    }

    /// Whether these two characters make or begin an ordinary Chinese word.
    pub fn is_pair(&self, a: char, b: char) -> bool {
        self.pairs.contains(&(a, b))
    }

    /// How ordinary a lower-case word is.
    pub fn usage(&self, word: &str) -> Use {
        if self.function.contains(word) || word.contains('\'') {
            Use::Function
        } else if self.common.contains(word) || stems(word).any(|s| self.common.contains(s.as_str())) {
            Use::Common
        } else {
            Use::Rare
        }
    }

    /// How a lower-case word is like a list word.
    pub fn compare(&self, word: &str) -> Match {
        if self.english.contains(word) {
            return Match::Exact;
        }
        if word.len() < WORD_MIN || word.len() > 2 * WORD_MAX || !word.is_ascii() {
            return Match::None;
        }
        if word.len() == 4 && self.prefixes.contains(word) && self.usage(word) != Use::Function {
            return Match::Prefix;
        }
        if stems(word).any(|s| self.english.contains(s.as_str())) {
            return Match::Inflected;
        }
        if self.near(word) {
            return Match::Near;
        }
        let key = sound::key(word);
        if self.sounds.contains(&key) || sound::loose(&key).is_some_and(|k| self.loose_sounds.contains(&k)) {
            return Match::Sound;
        }
        Match::None
    }

    fn near(&self, word: &str) -> bool {
        if word.len() + 1 < NEAR_MIN || word.len() > WORD_MAX + 1 {
            return false;
        }
        let is_near = |form: u64| {
            let found = self.shortened.get(&form);
            found.is_some_and(|words| words.iter().any(|w| strsim::osa_distance(w, word) <= 1))
        };
        // A hash may be that of another writing: the words themselves are compared.
        let lacks_one = |at: usize, form: u64| {
            let (before, after) = (word.get(..at), word.get(at..).and_then(|rest| rest.get(1..)));
            let whole = self.whole.get(&form).and_then(|w| w.strip_prefix(before?)).zip(after);
            whole.is_some_and(|(rest, after)| rest == after)
        };
        is_near(hash(word)) || deletions(word).any(|(at, form)| is_near(form) || lacks_one(at, form))
    }

    /// Cuts letters without spaces into list words: for the longest chain of whole list words that touch each other,
    /// how many words and how many letters.
    pub fn chain(&self, letters: &str) -> (usize, usize) {
        // For each end: the words and the letters of the best chain that ends there.
        let mut best: Vec<(usize, usize)> = vec![(0, 0); letters.len() + 1];
        let mut longest = (0, 0);
        for end in WORD_MIN..=letters.len() {
            for len in WORD_MIN..=WORD_MAX.min(end) {
                let start = end - len;
                if letters.get(start..end).is_some_and(|w| self.english.contains(w)) {
                    let before = best.get(start).copied().unwrap_or_default();
                    let chain = (before.0 + 1, before.1 + len);
                    if let Some(slot) = best.get_mut(end)
                        && (chain.1, usize::MAX - chain.0) > (slot.1, usize::MAX - slot.0)
                    {
                        *slot = chain;
                    }
                    if chain.1 > longest.1 {
                        longest = chain;
                    }
                }
            }
        }
        longest
    }
}

/// The word of ASCII letters without each one of them: which one, and the hash of what is left.
fn deletions(word: &str) -> impl Iterator<Item = (usize, u64)> {
    (0..word.len()).map(|at| {
        let (before, after) = (word.get(..at).unwrap_or_default(), word.get(at + 1..).unwrap_or_default());
        (at, hash_of([before, after]))
    })
}

/// What a word may be an inflected form of.
fn stems(word: &str) -> impl Iterator<Item = String> {
    const ENDINGS: [(&str, &str); 14] = [
        ("s", ""),
        ("es", ""),
        ("ies", "y"),
        ("ed", ""),
        ("ed", "e"),
        ("ied", "y"),
        ("ing", ""),
        ("ing", "e"),
        ("er", ""),
        ("er", "e"),
        ("ers", ""),
        ("ers", "e"),
        ("ly", ""),
        ("ily", "y"),
    ];
    let endings = ENDINGS.iter().filter_map(move |(from, to)| {
        let stem = word.strip_suffix(from)?;
        (stem.len() >= WORD_MIN).then(|| format!("{stem}{to}"))
    });
    // "planned", "shopping"
    let doubled = ["ed", "ing", "er"].into_iter().filter_map(move |ending| {
        let stem = word.strip_suffix(ending)?;
        let last = stem.chars().last()?;
        let stem = stem.strip_suffix(last)?;
        (stem.len() >= WORD_MIN && stem.ends_with(last)).then(|| stem.to_owned())
    });
    endings.chain(doubled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared() {
        let l = lexicon();
        assert_eq!(l.compare("abandon"), Match::Exact);
        assert_eq!(l.compare("abandom"), Match::Near);
        assert_eq!(l.compare("abndon"), Match::Near);
        assert_eq!(l.compare("abilitty"), Match::Near);
        assert_eq!(l.compare("baility"), Match::Near);
        assert_eq!(l.compare("aban"), Match::Prefix);
        assert_eq!(l.compare("tickets"), Match::Inflected);
        assert_eq!(l.compare("planning"), Match::None);
        assert_eq!(l.compare("see"), Match::Sound);
        assert_eq!(l.compare("the"), Match::None);
        assert_eq!(l.compare("xylophone"), Match::None);
    }

    #[test]
    fn usage_has_three_levels() {
        let l = lexicon();
        assert_eq!(l.usage("about"), Use::Function);
        assert_eq!(l.usage("wallets"), Use::Common);
        assert_eq!(l.usage("abandon"), Use::Rare);
    }

    #[test]
    fn letters_without_spaces_are_cut() {
        assert_eq!(lexicon().chain("abandonabilityable"), (3, 18));
        assert_eq!(lexicon().chain("xxabandonabilityyy").0, 2);
        assert!(lexicon().chain("misunderstanding").0 < 4);
        assert_eq!(lexicon().chain("").0, 0);
    }

    #[test]
    fn both_lists_are_whole() {
        assert_eq!(lexicon().english.len(), 2048);
        assert_eq!(lexicon().chinese.len(), 2048);
        assert!(lexicon().pairs.len() > 700);
    }
}
