//! From the text of an answer to the parts in which the avatar performs it.

use super::beat::{Beat, beats};
use super::clause::clause_ends;
use super::cue::{Expression, Gesture};
use super::feeling::Feeling;
use super::mood::Tone;
use super::sentence::sentences;

/// The most parts of one plan; the rest of the text is one last part.
pub const PLAN_PARTS_MAX: usize = 64;

/// The rest after a sentence, and after the end of a paragraph, in milliseconds.
const PAUSE_MS: (u16, u16) = (180, 450);

/// One sentence with the way it is performed.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// To be spoken and shown; no white space at its ends.
    pub text: String,
    /// Where it begins in the whole text, in characters.
    pub start: u32,
    pub expression: Expression,
    /// Begins with the part.
    pub gesture: Option<Gesture>,
    /// Small movements of hands and head at stressed words, in order.
    pub beats: Vec<Beat>,
    /// The characters at which clauses end: there people blink.
    pub clause_ends: Vec<u32>,
    /// The silence after it, in milliseconds.
    pub pause_ms: u16,
}

/// Plans how to speak a text, which may mix English and Chinese.
///
/// `expression` and `gesture` are what the pilot asked for, `visitor` is how the visitor seems to feel. The mood never contradicts
/// words or feeling: nobody smiles about a loss, nor at who is worried, and the avatar is never angry with visitors. The gesture
/// comes once, with the first part.
pub fn plan(
    text: &str,
    expression: Option<Expression>,
    gesture: Option<Gesture>,
    visitor: Feeling,
) -> Vec<Part> {
    let whole = Tone::of(text);
    let mut split = sentences(text);
    if split.len() > PLAN_PARTS_MAX {
        let rest = split.split_off(PLAN_PARTS_MAX - 1);
        split.extend(super::sentence::join(text, &rest));
    }
    let count = split.len();
    split
        .into_iter()
        .enumerate()
        .map(|(n, sentence)| {
            let tone = Tone::of(&sentence.text);
            let (between, paragraph) = PAUSE_MS;
            Part {
                expression: tone.expression(whole, expression, visitor),
                gesture: if n == 0 { gesture.or_else(|| tone.gesture(count)) } else { tone.late_gesture() },
                beats: beats(&sentence.text, sentence.start),
                clause_ends: clause_ends(&sentence.text, sentence.start),
                start: sentence.start,
                pause_ms: match (n + 1 == count, sentence.ends_paragraph) {
                    (true, _) => 0,
                    (_, true) => paragraph,
                    _ => between,
                },
                text: sentence.text,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_greeting_is_waved_and_the_rest_is_explained() {
        let parts =
            plan("Hello! A wallet keeps your keys. It works like a key ring.", None, None, Feeling::Calm);
        assert_eq!(parts.len(), 3);
        assert_eq!((parts[0].expression, parts[0].gesture), (Expression::Happy, Some(Gesture::Wave)));
        assert_eq!(parts[1].gesture, None);
        assert_eq!((parts[0].pause_ms, parts[2].pause_ms), (180, 0));
    }

    #[test]
    fn the_pilot_decides_when_the_words_do_not_contradict() {
        let parts = plan(
            "Gas is a fee. You pay it.",
            Some(Expression::Surprised),
            Some(Gesture::Point),
            Feeling::Calm,
        );
        assert!(parts.iter().all(|p| p.expression == Expression::Surprised));
        assert_eq!(parts.iter().filter_map(|p| p.gesture).collect::<Vec<_>>(), [Gesture::Point]);
    }

    #[test]
    fn nobody_smiles_about_a_loss() {
        for text in [
            "Great question! If your wallet was stolen, move the rest at once.",
            "好的！如果助记词被盗，请马上转移资产。",
        ] {
            for part in plan(text, Some(Expression::Happy), None, Feeling::Calm) {
                assert_ne!(part.expression, Expression::Happy, "{}", part.text);
            }
        }
    }

    #[test]
    fn thanks_are_answered_with_a_bow() {
        assert_eq!(
            plan("You are welcome, thank you for coming.", None, None, Feeling::Calm)[0].gesture,
            Some(Gesture::Bow)
        );
        assert_eq!(plan("不客气，谢谢您的到来。", None, None, Feeling::Calm)[0].gesture, Some(Gesture::Bow));
    }

    #[test]
    fn a_warning_raises_the_hand() {
        let parts = plan("Never tell anyone your seed phrase.", None, None, Feeling::Calm);
        assert_eq!(parts[0].gesture, Some(Gesture::Halt));
        assert_eq!(
            plan("千万不要告诉别人助记词。", None, None, Feeling::Calm)[0].gesture,
            Some(Gesture::Halt)
        );
    }

    #[test]
    fn a_very_long_answer_is_bounded_and_complete() {
        let text = "One more thing. ".repeat(300);
        let parts = plan(&text, None, None, Feeling::Calm);
        assert_eq!(parts.len(), PLAN_PARTS_MAX);
        assert!(parts.last().unwrap().text.ends_with("One more thing."));
        let letters: usize = parts.iter().map(|p| p.text.matches("One").count()).sum();
        assert_eq!(letters, 300);
    }

    proptest! {
        /// Nothing is lost, invented or reordered, and offsets point at what they say.
        #[test]
        fn parts_hold_the_whole_text(text in "([a-zA-Z0-9 .!?,;:'\"()\\n。！？，你好钱包]|\\PC){0,200}") {
            let parts = plan(&text, None, None, Feeling::Calm);
            let chars: Vec<char> = text.chars().collect();
            let mut end = 0;
            for part in &parts {
                let start = part.start as usize;
                let length = part.text.chars().count();
                prop_assert!(start >= end && length > 0);
                prop_assert!(chars[end..start].iter().all(|c| c.is_whitespace()));
                prop_assert_eq!(chars[start..start + length].iter().collect::<String>(), part.text.clone());
                prop_assert!(part.beats.iter().all(|b| (start..start + length).contains(&(b.at as usize))));
                prop_assert!(part.beats.windows(2).all(|w| w[0].at < w[1].at));
                end = start + length;
            }
            prop_assert!(chars[end..].iter().all(|c| c.is_whitespace()));
        }
    }
}
