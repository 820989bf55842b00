//! Lists of phrases to look for, found by their first word: every token is asked about many lists.

use std::sync::LazyLock;

use super::token::{Token, hash, is_han};

/// A list of phrases: words of Latin letters or Chinese characters, in lower case, one space between Latin words.
pub(super) struct Phrases {
    /// Each as its words and characters, by the hash of the first one; of those with the same, the longest first.
    phrases: Vec<(u64, Vec<&'static str>)>,
}

/// A list that is made when it is first looked for.
pub(super) type List = LazyLock<Phrases>;

impl Phrases {
    pub fn new(phrases: &[&'static str]) -> Self {
        let split = |phrase: &&'static str| {
            let parts: Vec<_> = parts(phrase).collect();
            (hash(parts.first().copied().unwrap_or_default()), parts)
        };
        let mut phrases: Vec<_> = phrases.iter().map(split).filter(|(_, parts)| !parts.is_empty()).collect();
        phrases.sort_by_key(|(hash, parts)| (*hash, std::cmp::Reverse(parts.len())));
        Self { phrases }
    }

    /// The number of tokens of the longest of the phrases that begins at token `at`.
    pub fn at(&self, tokens: &[Token], at: usize) -> Option<usize> {
        let wanted = tokens.get(at)?.hash;
        let from = self.phrases.partition_point(|(hash, _)| *hash < wanted);
        let alike = self.phrases.iter().skip(from).take_while(|(hash, _)| *hash == wanted);
        let fits = |parts: &Vec<&str>| {
            let there = tokens.get(at..at + parts.len());
            there.is_some_and(|there| there.iter().zip(parts).all(|(token, part)| token.text == *part))
        };
        alike.map(|(_, parts)| parts).find(|parts| fits(parts)).map(Vec::len)
    }

    /// Whether one of the phrases begins anywhere.
    pub fn anywhere(&self, tokens: &[Token]) -> bool {
        (0..tokens.len()).any(|at| self.at(tokens, at).is_some())
    }

    /// Whether one of the phrases begins at most `reach` tokens before token `at`, and ends by then.
    pub fn before(&self, tokens: &[Token], at: usize, reach: usize) -> bool {
        (at.saturating_sub(reach)..at).any(|i| self.at(tokens, i).is_some_and(|n| i + n <= at))
    }
}

/// The tokens that a phrase is written with.
fn parts(phrase: &'static str) -> impl Iterator<Item = &'static str> {
    phrase.split(' ').flat_map(|word| {
        let chinese = word.chars().next().is_some_and(is_han);
        let (whole, characters) = if chinese { (None, word) } else { (Some(word), "") };
        whole.into_iter().chain(characters.split("").filter(|c| !c.is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, token::tokens},
        *,
    };

    #[test]
    fn phrases_are_found_in_both_scripts() {
        let (glyphs, _) = fold("my Seed phrase 助记词", 100);
        let t = tokens(&glyphs);
        let list = Phrases::new(&["seed", "seed phrase", "助记词", "seed phrase 助记"]);
        assert_eq!(list.at(&t, 1), Some(4));
        assert_eq!(list.at(&t, 3), Some(3));
        assert_eq!(list.at(&t, 0), None);
        assert_eq!(Phrases::new(&["seed", "seed phrases"]).at(&t, 1), Some(1));
        assert!(list.anywhere(&t) && !Phrases::new(&["phrase seed", "记词助"]).anywhere(&t));
    }

    #[test]
    fn what_was_said_before_ends_before() {
        let (glyphs, _) = fold("my card number is 4532", 100);
        let t = tokens(&glyphs);
        let card = Phrases::new(&["card number"]);
        assert!(card.before(&t, 4, 3) && !card.before(&t, 4, 2) && !card.before(&t, 2, 2));
    }
}
