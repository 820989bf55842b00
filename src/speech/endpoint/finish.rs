//! How finished the words so far sound, and how long a pause has to be after them. Pure.
//!
//! The words are those of an early transcription, made in the pause itself. Nobody waits for an answer after "and", and
//! nobody goes on after "where is the exit?".

use super::config::EndpointConfig;
use crate::speech::recognize::agreement::is_han;

/// The silence that ends a finished question, and what may well be all, in thousandths of the usual pause.
const COMPLETE_PERMILLE: u32 = 567;
const LIKELY_PERMILLE: u32 = 750;
/// The longest pause that is waited for after words that cannot be the last, in milliseconds.
const HANGING_MAX_MS: u32 = 896;
/// Fewer words than this are no whole question.
const MIN_QUESTION_WORDS: usize = 3;

/// Whether more is to be expected after the words so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Finish {
    /// A whole question, with its mark or its particle.
    Complete,
    /// It may well be all: a sentence with its full stop, a question without its mark, a thank-you.
    Likely,
    /// The words do not say.
    #[default]
    Unknown,
    /// It cannot be all: it ends with "and", "to the", "因为".
    Hanging,
}

impl Finish {
    /// What these words say.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let mark = text.chars().next_back().filter(|c| !c.is_alphanumeric());
        if matches!(mark, Some(',' | '，' | '、' | '-' | '–' | '—' | '…' | ':' | '：' | ';' | '；'))
        {
            return Self::Hanging;
        }
        if text.chars().any(is_han) { chinese(text, mark) } else { english(text, mark) }
    }

    /// The silence that ends an utterance after such words, in milliseconds.
    pub fn pause_ms(self, config: &EndpointConfig) -> u32 {
        let pause_ms = config.pause_ms;
        // Nothing is known of its words before it is transcribed.
        let share =
            |permille: u32| (pause_ms.saturating_mul(permille) / 1_000).max(config.early_ms).min(pause_ms);
        match self {
            Self::Complete => share(COMPLETE_PERMILLE),
            Self::Likely => share(LIKELY_PERMILLE),
            Self::Unknown => pause_ms,
            Self::Hanging => pause_ms.saturating_mul(2).min(HANGING_MAX_MS).max(pause_ms),
        }
    }
}

/// Said before the sentence proper.
#[rustfmt::skip]
const LEAD_INS: &[&str] = &[
    "so", "and", "but", "well", "okay", "ok", "please", "hi", "hello", "hey", "excuse", "me", "sorry", "um", "uh",
    "now", "then", "oh",
];
/// A question begins with one of these.
#[rustfmt::skip]
const ASKING: &[&str] = &[
    "what", "what's", "where", "where's", "when", "who", "who's", "whose", "why", "which", "how", "how's", "is", "are",
    "am", "was", "were", "do", "does", "did", "can", "could", "will", "would", "should", "shall", "may", "has", "have",
    "isn't", "aren't", "don't", "doesn't", "didn't", "can't", "won't",
];
/// Nothing ends with one of these.
#[rustfmt::skip]
const NEVER_LAST: &[&str] = &[
    "a", "an", "the", "my", "your", "our", "their", "its", "and", "or", "but", "because", "although", "unless", "until",
    "whether", "than", "if", "while", "of", "into", "between", "i'm", "i've", "i'd", "i'll", "we're", "you're",
    "they're", "it's", "that's", "there's", "what's", "where's", "who's", "how's", "um", "uh", "er", "erm", "hmm",
    "every", "very",
];
/// Only what asks after a thing, a place or a person ends with one of these: "where do I go to", "tell me what it is for".
const SELDOM_LAST: &[&str] = &["to", "for", "with", "from", "at", "by", "like"];
const STRANDING: &[&str] = &["what", "who", "where", "which"];
/// A verb comes after these and a pronoun: "how do I", "what should we".
const HELPERS: &[&str] =
    &["do", "does", "did", "can", "could", "would", "should", "will", "may", "must", "shall"];
const BEING: &[&str] = &["is", "are", "was", "were", "am"];
const PRONOUNS: &[&str] = &["i", "we", "you", "they", "he", "she", "it"];
/// More pronouns after which "is" and "do" may end a sentence: "I know where this is".
const POINTING: &[&str] = &["this", "that", "there", "these", "those"];
/// Whole texts, and nothing is missing.
#[rustfmt::skip]
const COURTESIES: &[&str] = &[
    "thank you", "thanks", "thank you very much", "goodbye", "bye", "stop", "never mind", "help", "hello", "yes", "no",
    "yes please", "no thanks", "no thank you", "okay", "repeat", "please repeat",
];

fn english(text: &str, mark: Option<char>) -> Finish {
    let lower = text.to_lowercase().replace('’', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .collect();
    let Some(&last) = words.last() else { return Finish::Unknown };
    if COURTESIES.contains(&words.join(" ").as_str()) {
        return Finish::Likely;
    }
    let sentence = words.iter().position(|word| !LEAD_INS.contains(word)).unwrap_or(0);
    let asks = words.get(sentence).is_some_and(|first| ASKING.contains(first));
    let strands = words.iter().any(|word| STRANDING.contains(word));
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).copied();
    let before_in = |list: &[&str]| before.is_some_and(|word| list.contains(&word));
    if NEVER_LAST.contains(&last)
        || SELDOM_LAST.contains(&last) && !strands
        // "How do I", and not "how are you".
        || PRONOUNS.contains(&last) && before_in(HELPERS)
        // "Where is", "how do", "where can", and not "what it is" or "what are you able to do".
        || (BEING.contains(&last) || HELPERS.contains(&last))
            && asks
            && !before_in(PRONOUNS)
            && !before_in(POINTING)
            && before != Some("to")
    {
        return Finish::Hanging;
    }
    // Numbers are read out in groups.
    let whole = words.len() >= MIN_QUESTION_WORDS && !last.chars().all(|c| c.is_ascii_digit());
    match mark {
        Some('?') if asks && whole => Finish::Complete,
        Some('?' | '.' | '!') | None
            if whole && (mark.is_some() || asks && words.len() > MIN_QUESTION_WORDS) =>
        {
            Finish::Likely
        }
        _ => Finish::Unknown,
    }
}

/// Nothing ends with one of these; simplified and traditional.
#[rustfmt::skip]
const NEVER_LAST_ZH: &[&str] = &[
    "因为", "因為", "所以", "但是", "可是", "如果", "还有", "還有", "然后", "然後", "以及", "而且", "或者", "或", "和",
    "跟", "与", "與", "把", "被", "给", "給", "从", "從", "在", "我想", "想要", "请问", "請問", "就是",
    "一个", "一個", "嗯", "呃", "能不能", "可不可以", "是不是", "怎么", "怎麼", "如何", "为什么", "為什麼",
    "什么是", "什麼是", "的",
];
/// These end with 的 and are whole; so is what has 是 before it ("这个是免费的").
const WHOLE_ZH: &[&str] = &["好的", "是的", "对的", "對的", "真的", "有的", "可以的"];
#[rustfmt::skip]
const ASKING_ZH: &[&str] = &[
    "什么", "什麼", "怎么", "怎麼", "哪", "谁", "誰", "多少", "几", "幾", "如何", "是否", "能不能", "可不可以", "有没有",
    "有沒有", "是不是",
];
/// A question with one of these behind it is whole.
const PARTICLES_ZH: &[&str] = &["吗", "嗎", "呢"];
#[rustfmt::skip]
const COURTESIES_ZH: &[&str] = &[
    "谢谢", "謝謝", "谢谢你", "謝謝你", "谢谢您", "謝謝您", "再见", "再見", "你好", "您好", "好", "是", "不", "不是", "不要",
    "不用", "不用了", "停", "好的", "是的", "对", "對", "可以",
];
/// Fewer characters than this are no whole question.
const MIN_QUESTION_CHARS: usize = 4;

fn chinese(text: &str, mark: Option<char>) -> Finish {
    let words: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let ends = |list: &[&str]| list.iter().any(|end| words.ends_with(end));
    if COURTESIES_ZH.contains(&words.as_str()) {
        return Finish::Likely;
    }
    let whole = words.chars().count() >= MIN_QUESTION_CHARS;
    if whole && ends(PARTICLES_ZH) {
        return Finish::Complete;
    }
    // "这个是免费的" is a whole sentence, and "我的" is not.
    let states =
        words.ends_with('的') && (ends(WHOLE_ZH) || words.contains('是') && !words.ends_with("是的"));
    // "为什么" alone is a question, and "什么是" is none.
    let alone = matches!(mark, Some('？' | '?')) && !words.ends_with('的');
    if (ends(NEVER_LAST_ZH) || words.ends_with('是')) && !states && !alone {
        return Finish::Hanging;
    }
    let asks = ASKING_ZH.iter().any(|word| words.contains(word));
    match mark {
        Some('？' | '?') if asks && whole => Finish::Complete,
        Some('？' | '?' | '。' | '.' | '！' | '!') if whole => Finish::Likely,
        None if asks && whole => Finish::Likely,
        _ => Finish::Unknown,
    }
}

#[cfg(test)]
#[path = "finish_tests.rs"]
mod tests;
