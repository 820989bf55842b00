//! Where a text speaks of seed phrases, and where it says that one comes now.

use super::{
    phrases::{List, Phrases},
    secret::{Context, SecretKind},
    token::{Kind, Token},
    unit::{Role, Unit},
};

/// Talk of seed phrases matters for so many units after it and before it.
const REACH_AFTER: usize = 80;
const REACH_BEFORE: usize = 16;

/// What speaks of seed phrases.
#[rustfmt::skip]
static TALK: List = List::new(|| Phrases::new(&[
    "seed phrase", "seed phrases", "seed words", "seed word", "seed", "my seed", "seat phrase",
    "sea phrase", "see phrase", "seed phase", "seed frase", "secret phrase", "recovery phrase",
    "recovery words", "recovery seed", "recovery word", "backup phrase", "backup words", "backup seed",
    "secret words", "secret recovery phrase", "secret seed", "wallet words", "wallet phrase", "mnemonic",
    "mnemonics", "mnemonic phrase", "mnemonic words", "twelve words", "12 words", "24 words", "my seeds", "my words",
    "my words are", "the words are", "words are", "my phrase", "the phrase is", "passphrase",
    "twenty four words", "助记词", "助记单词", "恢复词", "种子词", "助忆词", "恢复短语", "种子短语",
    "助计词",
]));
/// Terms that are made of list words.
#[rustfmt::skip]
static TERMS: List = List::new(|| Phrases::new(&[
    "private key", "public key", "secret key", "hardware wallet", "smart contract", "virtual land",
    "virtual world", "credit card", "debit card", "gas fee", "network fee", "transaction fee",
    "pass phrase",
]));
/// What comes between the talk and the words themselves.
#[rustfmt::skip]
static INTRO: List = List::new(|| Phrases::new(&[
    "is", "are", ":", "=", "-", "was", "were", "goes", "begins with", "starts with", "start with",
    "starting with", "would be", "here", "here it is", "here they are", "it is", "it's", "they are",
    "reads", "as follows", "following", "which is", "which are", "是", "为", "有", "如下", "分别是", "就是",
    "包括", "依次是", "开头是", "前几个是", "前面是", "里有", "the first", "in order", ",", "words",
]));

/// Where seed phrases are spoken of, by unit.
pub(super) struct Talk {
    pub near: Vec<bool>,
    /// The unit is part of the talk itself, not of a phrase.
    pub own: Vec<bool>,
    /// The unit comes right after "my seed phrase is".
    pub introduced: Vec<bool>,
}

impl Talk {
    pub fn listen(tokens: &[Token], units: &[Unit], context: Context) -> Self {
        let n = units.len();
        let mut talk = Self { near: vec![context.seed; n], own: vec![false; n], introduced: vec![false; n] };
        for (u, unit) in units.iter().enumerate() {
            let marked = matches!(
                tokens.get(unit.start),
                Some(Token { kind: Kind::Mark(Some(SecretKind::SeedPhrase)), .. })
            );
            let said = TALK.at(tokens, unit.start);
            let named = unit.role == Role::Label { named: true };
            if let Some(used) = TERMS.at(tokens, unit.start)
                && let Some(own) = talk.own.get_mut(u..(u + used).min(n))
            {
                own.fill(true);
            }
            if said.is_none() && !marked && !named {
                continue;
            }
            let until = u.saturating_add(REACH_AFTER).min(n);
            if let Some(near) = talk.near.get_mut(u.saturating_sub(REACH_BEFORE)..until) {
                near.fill(true);
            }
            let Some(mut end) = said.map(|s| unit.start + s) else { continue };
            let mut v = u;
            // "seed" alone may be a word of the phrase.
            let alone = end == unit.start + 1 && matches!(unit.role, Role::Word { .. });
            while let Some(next) = units.get(v).filter(|next| next.start < end) {
                end = end.max(next.end);
                v += 1;
            }
            let spoken = end;
            for _ in 0..4 {
                match INTRO.at(tokens, end) {
                    Some(used) => end += used,
                    None => break,
                }
            }
            if !alone || end > spoken {
                let inside = units.iter().skip(u).take_while(|next| next.end <= spoken).count();
                if let Some(own) = talk.own.get_mut(u..u + inside) {
                    own.fill(true);
                }
            }
            if end > spoken
                && let Some(v) = units.iter().skip(u).take(12).position(|next| next.start >= end)
                && let Some(introduced) = talk.introduced.get_mut(u + v)
            {
                *introduced = true;
            }
        }
        talk
    }

    pub fn is(flags: &[bool], at: usize) -> bool {
        flags.get(at).copied().unwrap_or(false)
    }

    /// What the unit counts here: talk of seed phrases halves what ordinary words count against a phrase.
    pub fn score(&self, units: &[Unit], at: usize) -> i32 {
        let Some(unit) = units.get(at) else { return 0 };
        if Self::is(&self.own, at) {
            return -30;
        }
        let lowered = Self::is(&self.near, at) && unit.score < 0 && unit.role != Role::Wall;
        let bonus =
            if Self::is(&self.introduced, at) && matches!(unit.role, Role::Word { .. }) { 25 } else { 0 };
        bonus + if lowered { unit.score * 2 / 3 } else { unit.score }
    }
}

/// Whether seed phrases are spoken of.
pub(super) fn speaks_of_phrases(tokens: &[Token]) -> bool {
    TALK.anywhere(tokens)
}
