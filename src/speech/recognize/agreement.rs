//! What can be relied on of a text that is still being spoken. Pure.
//!
//! LocalAgreement (Macháček, Dabre and Bojar, "Turning Whisper into Real-Time Transcription System", 2023): what two hypotheses
//! in a row begin with will most likely stay; the rest may yet change, above all the last word, which is often cut
//! through.

/// A hypothesis in two parts; one behind the other they are the whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreed {
    /// What the hypothesis before began with, too, as the latest writes it.
    pub stable: String,
    /// What only the latest says.
    pub rest: String,
}

/// The hypotheses of one utterance.
#[derive(Debug, Clone, Default)]
pub struct Agreement {
    last: String,
}

impl Agreement {
    /// Takes the next hypothesis.
    pub fn push(&mut self, hypothesis: &str) -> Agreed {
        let end = agreed(&self.last, hypothesis);
        let (stable, rest) = hypothesis.split_at_checked(end).unwrap_or(("", hypothesis));
        let split = Agreed { stable: stable.to_owned(), rest: rest.to_owned() };
        hypothesis.clone_into(&mut self.last);
        split
    }
}

/// Bytes of `latest` with which `before` begins as well: whole words of English, whole characters of Chinese.
fn agreed(before: &str, latest: &str) -> usize {
    let pairs = units(before).into_iter().zip(units(latest));
    pairs.take_while(|(a, b)| a.key == b.key).last().map_or(0, |(_, unit)| unit.end)
}

/// A word, or a character of Chinese.
#[derive(Debug)]
struct Unit {
    /// Lower case, without marks: a comma more or less is no difference.
    key: String,
    /// Where it ends in the text, with the marks behind it.
    end: usize,
}

fn units(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    // Whether the next letter belongs to the last unit.
    let mut within = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if is_han(c) {
            units.push(Unit { key: c.to_string(), end });
            within = false;
        } else if c.is_alphanumeric() {
            match units.last_mut().filter(|_| within) {
                Some(unit) => {
                    unit.key.extend(c.to_lowercase());
                    unit.end = end;
                }
                None => units.push(Unit { key: c.to_lowercase().collect(), end }),
            }
            within = true;
        } else if c.is_whitespace() {
            within = false;
        } else if let Some(unit) = units.last_mut()
            && text.get(unit.end..at).is_some_and(|between| !between.contains(char::is_whitespace))
        {
            // A mark right behind a word: "don't" is one word, and "wallet?" ends with its mark.
            unit.end = end;
        }
    }
    units
}

/// Whether it is a Chinese character.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes the hypotheses and returns the last split as "stable|rest".
    fn split(hypotheses: &[&str]) -> String {
        let mut agreement = Agreement::default();
        let mut last = Agreed::default();
        for text in hypotheses {
            last = agreement.push(text);
            assert_eq!(format!("{}{}", last.stable, last.rest), *text, "nothing is lost or added");
        }
        format!("{}|{}", last.stable, last.rest)
    }

    #[test]
    fn what_two_in_a_row_begin_with_is_stable() {
        for (hypotheses, expected) in [
            (&["where is"][..], "|where is"),
            (&["where is", "where is my wall"], "where is| my wall"),
            (&["where is my wall", "where is my wallet"], "where is my| wallet"),
            (&["Where is my wallet?", "where is my wallet, please"], "where is my wallet,| please"),
            (&["I don't know", "I don't want"], "I don't| want"),
            (&["what is", "where is"], "|where is"),
            (&["", "hello"], "|hello"),
            (&["hello", ""], "|"),
            (&["how do I", "how do I", "how to"], "how| to"),
        ] {
            assert_eq!(split(hypotheses), expected, "{hypotheses:?}");
        }
    }

    #[test]
    fn chinese_agrees_by_characters_and_mixed_text_by_both() {
        for (hypotheses, expected) in [
            (&["我的钱", "我的前包"][..], "我的|前包"),
            (&["我的钱包", "我的钱包在哪里？"], "我的钱包|在哪里？"),
            (&["怎么买NF", "怎么买NFT"], "怎么买|NFT"),
            (&["怎么买NFT呢", "怎么买 NFT 吗"], "怎么买 NFT| 吗"),
        ] {
            assert_eq!(split(hypotheses), expected, "{hypotheses:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_two_texts_are_split_within_themselves(a in ".{0,40}", b in ".{0,40}") {
            let mut agreement = Agreement::default();
            agreement.push(&a);
            let split = agreement.push(&b);
            assert_eq!(format!("{}{}", split.stable, split.rest), b);
            assert_eq!(agreement.push(&b).rest.chars().filter(|c| c.is_alphanumeric()).count(), 0, "it agrees with itself");
        }
    }
}
