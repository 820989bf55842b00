//! Beats: small movements of hands and head that go with stressed words.

use super::sentence::is_han;

/// A hand needs so long from the beginning of a beat to its end, which goes with the word's stress, in milliseconds: so long before
/// the word a beat begins.
pub const STROKE_MS: u32 = 300;
/// Beats come no closer than this, in characters of English and of Chinese (about one and a half seconds of speech).
const APART: (usize, usize) = (22, 7);
/// The most beats in one sentence.
const BEATS_MAX: usize = 12;

/// Words that are stressed wherever they stand.
const STRONG: &[&str] = &[
    "never",
    "always",
    "only",
    "must",
    "not",
    "nobody",
    "everything",
    "everyone",
    "first",
    "most",
    "really",
    "very",
    "important",
    "free",
    "immediately",
    "一定",
    "千万",
    "绝不",
    "不要",
    "必须",
    "所有",
    "任何",
    "只有",
    "重要",
    "首先",
    "永远",
    "马上",
];
/// Words that are hardly ever stressed.
const WEAK: &[&str] = &[
    "about", "after", "because", "before", "could", "from", "have", "into", "that", "their", "them", "then",
    "there", "these", "they", "this", "with", "would", "your", "yours", "which", "while", "where", "when",
    "what", "will", "than", "should", "between", "through",
];

/// One small movement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beat {
    /// At which character of the whole text, as [`super::Part::start`] counts.
    pub at: u32,
    /// 0 to 1.
    pub strength: f32,
}

/// The beats of a sentence that begins at this character of the text, in order.
pub(super) fn beats(sentence: &str, start: u32) -> Vec<Beat> {
    let mut candidates = candidates(sentence);
    // The strongest first; of equals the earlier one.
    candidates.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let han = sentence.chars().filter(|c| is_han(*c)).count() * 2 > sentence.chars().count();
    let apart = if han { APART.1 } else { APART.0 };
    let mut chosen: Vec<(usize, f32)> = Vec::new();
    for (at, strength) in candidates {
        if chosen.len() < BEATS_MAX && chosen.iter().all(|(other, _)| other.abs_diff(at) >= apart) {
            chosen.push((at, strength));
        }
    }
    chosen.sort_by_key(|(at, _)| *at);
    let place = |at: usize| start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
    chosen.into_iter().map(|(at, strength)| Beat { at: place(at), strength }).collect()
}

/// Words that could be stressed: where each begins, and how much.
fn candidates(sentence: &str) -> Vec<(usize, f32)> {
    let chars: Vec<char> = sentence.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        if is_han(c) {
            let word: String = chars.iter().skip(i).take(2).collect();
            let clause = i > 0 && chars.get(i - 1).is_some_and(|p| "，、：；".contains(*p));
            if STRONG.contains(&word.as_str()) {
                found.push((i, 1.0));
            } else if clause {
                found.push((i, 0.5));
            }
            i += 1;
        } else if c.is_alphanumeric() {
            let length = chars
                .iter()
                .skip(i)
                .take_while(|c| c.is_alphanumeric() && !is_han(**c) || **c == '\'')
                .count();
            let word: String = chars.iter().skip(i).take(length).collect();
            if let Some(strength) = stress(&word) {
                found.push((i, strength));
            }
            i += length.max(1);
        } else {
            i += 1;
        }
    }
    found
}

fn stress(word: &str) -> Option<f32> {
    let lower = word.to_lowercase();
    let letters = word.chars().count();
    if STRONG.contains(&lower.as_str()) || (letters > 1 && word.chars().all(|c| c.is_uppercase())) {
        Some(1.0)
    } else if word.chars().all(|c| c.is_ascii_digit()) {
        Some(0.7)
    } else if letters >= 5 && !WEAK.contains(&lower.as_str()) {
        // Long words carry the meaning: 5 letters 0.35, 12 and more 0.6.
        Some(0.35 + 0.25 * ((letters.min(12) - 5) as f32 / 7.0))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strong_words_are_stressed() {
        let text = "You must never tell it to anybody";
        let found = beats(text, 100);
        assert_eq!(found[0], Beat { at: 104, strength: 1.0 });
        let text = "请您一定要把助记词抄在纸上，千万不要拍照";
        assert_eq!(beats(text, 0).iter().map(|b| b.at).collect::<Vec<_>>(), [2, 14]);
    }

    #[test]
    fn beats_are_apart_and_bounded() {
        let found = beats(&"never always ".repeat(80), 0);
        assert!(found.len() <= BEATS_MAX && found.len() > 3);
        assert!(found.windows(2).all(|w| w[1].at - w[0].at >= 22));
        assert!(beats("", 0).is_empty() && beats("so it is", 0).is_empty());
    }
}
