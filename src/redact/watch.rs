//! Watches the utterances of one visit: a secret that is read out in pieces is no secret in any one of them.

use super::{
    apply::redact_in,
    chinese, key, phrase,
    phrases::{List, Phrases},
    reading::Reading,
    secret::{Context, Redacted, SecretKind},
    token::Kind,
};

/// Talk of seed phrases, keys or cards matters for so many utterances.
pub const WATCH_UTTERANCES: u8 = 8;
/// From so many list words on, in utterances of nothing else, a phrase is being read out. Rare words count 2, common ones 1.
const READING: u16 = 5;
/// After "my seed phrase is …" every list word counts, for so many utterances.
const WATCH_ANNOUNCED: u8 = 3;
/// What makes talk of a phrase an announcement.
#[rustfmt::skip]
static ANNOUNCING: List = List::new(|| Phrases::new(&[
    "my", "tell you", "read", "give you", "here is", "here are", "these are", "我的", "告诉你", "念", "读",
]));
/// What a visitor may well say instead of a word of a phrase.
#[rustfmt::skip]
const COMMANDS: &[&str] = &[
    "help", "wait", "cancel", "exit", "okay", "sure", "english", "sorry", "thank", "you", "again", "agent",
    "person",
];
#[rustfmt::skip]
static CARDS: List = List::new(|| Phrases::new(&[
    "card number", "credit card", "debit card", "my card is", "card is", "卡号", "信用卡", "银行卡", "bank card",
]));

/// What the utterances before say about the next one. It keeps counts, never words, so there is nothing to leak; clear it
/// when a visitor leaves.
///
/// The first one or two words of a phrase that is read out of the blue, without a word on seed phrases, pass: one word is no
/// evidence. From the third on they are masked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    /// Utterances for which every list word counts, since the visitor said that a phrase would come.
    announced: u8,
    /// Utterances for which talk of seed phrases still matters; the same for keys and cards.
    seed: u8,
    key: u8,
    card: u8,
    /// List words in the last utterances, as long as they were nothing else; see [`READING`].
    words: u16,
    /// How many secrets were masked in this visit.
    masked: u16,
}

impl Watch {
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks the secrets of the next utterance, with those before in mind.
    pub fn redact(&mut self, text: &str) -> Redacted {
        let read = Reading::of(text);
        let Reading { tokens, units, .. } = &read;
        let weight = weight(&read);
        let words = weight.map_or(0, |w| self.words.saturating_add(w));
        let reading = self.words > 0 && words >= READING;
        let seed = self.seed > 0 || reading;
        let command = self.words < READING
            && tokens.iter().any(|t| t.kind == Kind::Word)
            && tokens.iter().all(|t| t.kind != Kind::Word || t.one_of(COMMANDS));
        let context = Context {
            seed,
            reading: seed && !command && (self.words >= 2 || self.announced > 0),
            key: self.key > 0,
            card: self.card > 0,
        };
        let redacted = redact_in(text, &read, context);

        self.words = words;
        let found = |kinds: &[SecretKind]| redacted.findings.iter().any(|f| kinds.contains(&f.kind));
        let renew = |left: u8, again: bool| if again { WATCH_UTTERANCES } else { left.saturating_sub(1) };
        let spoken_of = phrase::speaks_of_seeds(tokens, units) || chinese::speaks_of_seeds(tokens);
        self.seed = renew(self.seed, spoken_of || reading || found(&[SecretKind::SeedPhrase]));
        let announced = spoken_of && ANNOUNCING.anywhere(tokens);
        self.announced = match announced || found(&[SecretKind::SeedPhrase]) {
            true => WATCH_ANNOUNCED,
            false => self.announced.saturating_sub(1),
        };
        self.key = renew(
            self.key,
            key::speaks_of_keys(tokens) || found(&[SecretKind::PrivateKey, SecretKind::ExtendedKey]),
        );
        let cards = CARDS.anywhere(tokens);
        self.card = renew(self.card, cards || found(&[SecretKind::CardNumber]));
        self.masked = self.masked.saturating_add(u16::try_from(redacted.findings.len()).unwrap_or(u16::MAX));
        redacted
    }

    /// Whether a secret was masked or is being read out: the moment to interrupt kindly.
    pub fn is_alarmed(&self) -> bool {
        self.masked > 0 || self.words >= READING
    }

    /// How many secrets were masked since the last [`clear`](Self::clear).
    pub fn masked(&self) -> u16 {
        self.masked
    }

    /// Forgets everything: the visitor has left.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// How much an utterance of nothing but list words counts.
fn weight(text: &Reading) -> Option<u16> {
    if let Some((words, rare)) = phrase::list_words_only(&text.units) {
        return Some(words.saturating_add(rare));
    }
    chinese::list_chars_only(&text.tokens).filter(|n| *n <= 3).map(|n| n.saturating_mul(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(watch: &mut Watch, texts: &[&str]) -> Vec<bool> {
        texts.iter().map(|t| !watch.redact(t).findings.is_empty()).collect()
    }

    #[test]
    fn words_one_by_one_are_masked_from_the_third_on() {
        let mut watch = Watch::new();
        let masked = all(&mut watch, &["abandon", "ability", "abstract", "absurd", "able"]);
        assert_eq!(masked, [false, false, true, true, true]);
        assert!(watch.is_alarmed());
        watch.clear();
        assert_eq!(watch, Watch::new());
    }

    #[test]
    fn after_talk_of_a_phrase_every_word_is_masked() {
        let mut watch = Watch::new();
        let masked = all(&mut watch, &["I will tell you my seed phrase", "abandon", "then ability", "able"]);
        assert_eq!(masked, [false, true, true, true]);
        let masked = all(&mut Watch::new(), &["my first word is abandon", "ability", "able"]);
        assert_eq!(masked, [true, true, true]);
    }

    #[test]
    fn chinese_characters_one_by_one_are_masked() {
        let mut watch = Watch::new();
        let masked = all(&mut watch, &["我的助记词我念给你听", "耗", "好", "虚", "摘 腐"]);
        assert_eq!(masked, [false, true, false, true, true]);
        let mut watch = Watch::new();
        assert_eq!(all(&mut watch, &["你好", "好", "对", "门票多少钱", "不"]), [false; 5]);
    }

    #[test]
    fn ordinary_short_answers_are_left_alone() {
        let mut watch = Watch::new();
        let texts = [
            "ticket",
            "yes",
            "english",
            "wallet",
            "okay",
            "what is a seed phrase",
            "help",
            "okay",
            "thank you",
            "where is the exit",
        ];
        assert_eq!(all(&mut watch, &texts), [false; 10]);
    }

    #[test]
    fn a_card_in_pieces_is_masked_after_its_name() {
        let mut watch = Watch::new();
        assert_eq!(
            all(&mut watch, &["my card number is", "4532", "0151", "1283", "0366"]),
            [false, true, true, true, true]
        );
    }
}
