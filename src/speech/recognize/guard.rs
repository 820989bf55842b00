//! Checks around a Whisper model that keep it fast and honest. Pure.
//!
//! whisper.cpp has a repetition test of its own, which acts only above 32 tokens; the sentences at a desk are shorter.

use crate::speech::audio::{SAMPLE_RATE, level_db};
use crate::speech::model_file::POSITIONS_PER_SECOND;

/// Positions beyond the sound: with less, stock models begin to loop.
pub const MARGIN_POSITIONS: u32 = 128;
/// The least that is ever used.
pub const FLOOR_POSITIONS: u32 = 192;
/// Positions are rounded up to a multiple of this.
const POSITION_STEP: u32 = 32;
/// Above this probability of silence the text is dropped.
pub const NO_SPEECH_ABOVE: f32 = 0.8;
/// Above this probability of its least likely token a text that was decoded quickly stands. Of the 230 held-out questions in the
/// embedded model's unheard voices two thirds are above it, and eight beams write none of those in another way.
pub const SURE_ABOVE: f32 = 0.4;
/// The loudest 100 ms of an utterance are at least this loud, in dB below full scale.
pub const QUIETEST_SPEECH_DB: f32 = -56.0;
/// Below this many tokens nothing is judged by its speed.
const FEW_TOKENS: u32 = 12;
/// More of the same in a row than anybody says: of one word, and of several.
const MAX_SAME_WORD: usize = 4;
const MAX_SAME_PHRASE: usize = 3;
/// The longest phrase whose repetition is looked for, in words or in characters.
const MAX_PHRASE: usize = 12;

/// Positions of the encoder for some samples, for a model that has `available`.
pub fn audio_ctx(samples: usize, available: u32) -> u32 {
    let used =
        (samples as u64).saturating_mul(u64::from(POSITIONS_PER_SECOND)).div_ceil(u64::from(SAMPLE_RATE));
    let wanted =
        u32::try_from(used).unwrap_or(u32::MAX).saturating_add(MARGIN_POSITIONS).max(FLOOR_POSITIONS);
    wanted.checked_next_multiple_of(POSITION_STEP).unwrap_or(available).min(available)
}

/// The most tokens that somebody says in some samples. Chinese needs about two for each character.
pub fn max_tokens(samples: usize, language: Option<&str>) -> u32 {
    10 + (seconds(samples) * tokens_per_second(language)).ceil() as u32
}

fn tokens_per_second(language: Option<&str>) -> f32 {
    if language == Some("en") { 8.0 } else { 16.0 }
}

fn seconds(samples: usize) -> f32 {
    samples as f32 / SAMPLE_RATE as f32
}

/// Whether more was decoded than can have been said.
pub fn too_fast(tokens: u32, samples: usize, language: Option<&str>) -> bool {
    tokens > FEW_TOKENS && tokens as f32 > seconds(samples).max(0.1) * tokens_per_second(language)
}

/// Whether an utterance is too quiet to be one. Returns the level of its loudest 100 ms then.
pub fn too_quiet(samples: &[f32]) -> Option<f32> {
    let loudest = samples
        .chunks(SAMPLE_RATE as usize / 10)
        .map(level_db)
        .fold(crate::speech::audio::SILENCE_DB, f32::max);
    (loudest < QUIETEST_SPEECH_DB).then_some(loudest)
}

/// Whether a text loops: the same word or phrase again and again.
pub fn repeats(text: &str) -> bool {
    collapse_repeats(text).is_some()
}

/// The text with a loop said once, or `None` when there is no loop.
pub fn collapse_repeats(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if let Some(kept) = collapse(&words, word_key, MAX_SAME_WORD) {
        return Some(kept.join(" "));
    }
    // Chinese has no spaces: the same with characters, where a doubled or tripled one is ordinary.
    let characters: Vec<char> = text.chars().collect();
    let has_cjk = characters.iter().any(|c| matches!(c, '\u{3400}'..='\u{9fff}'));
    if !has_cjk {
        return None;
    }
    collapse(&characters, |c| *c, MAX_SAME_WORD + 1).map(|kept| kept.into_iter().collect())
}

fn word_key(word: &&str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn collapse<T: Copy, K: PartialEq>(units: &[T], key: impl Fn(&T) -> K, max_same: usize) -> Option<Vec<T>> {
    let keys: Vec<K> = units.iter().map(key).collect();
    for length in 1..=MAX_PHRASE.min(units.len() / 2) {
        let allowed = if length == 1 { max_same } else { MAX_SAME_PHRASE };
        for start in 0..units.len().saturating_sub(length * allowed) {
            let phrase = keys.get(start..start + length)?;
            let again = keys.get(start + length..)?.chunks(length).take_while(|next| *next == phrase).count();
            // Once, and `again` more.
            if again >= allowed {
                let end = start + length * (again + 1);
                let mut kept = units.get(..start + length)?.to_vec();
                kept.extend_from_slice(units.get(end..)?);
                return Some(kept);
            }
        }
    }
    None
}

/// Whether a text is only the vocabulary again that the model was prompted with: a stretch of the list, comma and all. Of
/// noise, models make that.
pub fn echoes(text: &str, vocabulary: &str) -> bool {
    let said = text.trim_end_matches(['.', '。', ' ']);
    said.contains([',', '、']) && vocabulary.to_lowercase().contains(&said.to_lowercase())
}

/// The text without marks for sounds such as `[MUSIC]` or "(coughs)", trimmed; empty when nothing else is there.
pub fn clean(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut closing = None;
    for c in text.chars() {
        match (closing, c) {
            (Some(end), c) if c == end => closing = None,
            (Some(_), _) => {}
            (None, '[') => closing = Some(']'),
            (None, '(') => closing = Some(')'),
            (None, '♪' | '♫') => {}
            (None, c) => kept.push(c),
        }
    }
    let trimmed = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    if trimmed.chars().any(char::is_alphanumeric) { trimmed } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_has_a_margin_a_floor_and_an_end() {
        assert_eq!(audio_ctx(16_000, 1500), 192, "floor");
        assert_eq!(audio_ctx(3 * 16_000, 1500), 288, "150 + 128, rounded up");
        assert_eq!(audio_ctx(30 * 16_000, 1500), 1500);
        assert_eq!(audio_ctx(9 * 16_000, 512), 512);
        assert_eq!(audio_ctx(usize::MAX, 512), 512);
        for samples in (0..480_000).step_by(7_919) {
            let positions = audio_ctx(samples, 1500);
            assert!(positions == 1500 || positions as f32 >= seconds(samples) * 50.0 + 128.0);
        }
    }

    #[test]
    fn loops_are_found_and_said_once() {
        for (text, once) in [
            ("thank you thank you thank you thank you", "thank you"),
            ("I lost my my my my my my wallet", "I lost my wallet"),
            ("Go, go, go, go, go, go!", "Go,"),
            ("how do I send how do I send how do I send how do I send it", "how do I send it"),
            ("我的钱包我的钱包我的钱包我的钱包丢了", "我的钱包丢了"),
        ] {
            assert_eq!(collapse_repeats(text).as_deref(), Some(once), "{text}");
        }
    }

    #[test]
    fn ordinary_speech_is_no_loop() {
        for text in [
            "no no no",
            "very very very good",
            "the more you send the more you pay the more you learn",
            "谢谢谢谢",
            "看看看",
            "one two three four five",
            "",
            "a",
        ] {
            assert!(!repeats(text), "{text}");
        }
    }

    #[test]
    fn more_tokens_than_anybody_speaks_are_suspicious() {
        assert!(too_fast(30, 16_000, Some("en")));
        assert!(!too_fast(30, 16_000 * 5, Some("en")));
        assert!(!too_fast(10, 1_600, Some("en")), "too few to judge");
        assert!(!too_fast(30, 16_000 * 2, Some("zh")));
    }

    #[test]
    fn the_prompt_said_back_is_no_speech() {
        let list = "Mira, Network fees, Buy virtual land";
        assert!(echoes("Network fees, buy virtual land.", list) && echoes("米拉、钱包", "米拉、钱包、土地"));
        for said in
            ["Network fees.", "Mira, where is my wallet?", "", "Network fees, please", "Fees, network"]
        {
            assert!(!echoes(said, list), "{said}");
        }
    }

    #[test]
    fn sounds_are_not_words() {
        assert_eq!(clean(" [BLANK_AUDIO] "), "");
        assert_eq!(clean("(coughs) Where is my wallet? [noise]"), "Where is my wallet?");
        assert_eq!(clean(" ... "), "");
        assert_eq!(clean("♪ la ♪"), "la");
        assert_eq!(clean(" 钱包 "), "钱包");
        assert_eq!(clean("an open [bracket"), "an open");
    }

    #[test]
    fn a_whole_utterance_of_silence_is_too_quiet() {
        assert!(too_quiet(&[0.0; 16_000]).is_some());
        let mut samples = vec![0.0; 16_000];
        samples[8000..9600].fill(0.05);
        assert!(too_quiet(&samples).is_none());
    }
}
