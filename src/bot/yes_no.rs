//! Understands short answers to the bot's own questions.

use crate::conversation::Language;

/// A short answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    Yes,
    No,
    /// The first, second, … of what was offered, counted from 0.
    Nth(usize),
}

const YES_EN: &[&str] = &["yes", "yeah", "yep", "sure", "ok", "okay", "correct", "exactly"];
const NO_EN: &[&str] = &["no", "nope", "not", "none", "neither", "nothing"];
const NTH_EN: &[&[&str]] = &[&["first", "one", "1"], &["second", "two", "2"], &["third", "three", "3"]];
const YES_ZH: &[&str] = &["是的", "是", "对", "好", "好的", "可以", "要", "嗯", "行", "没错"];
const NO_ZH: &[&str] = &["不", "不是", "不用", "不要", "没有", "都不是", "不对"];
const NTH_ZH: &[&[&str]] = &[&["第一", "一"], &["第二", "二"], &["第三", "三"]];

/// The longest answer that counts as short: longer ones are questions of their own.
const WORDS_MAX: usize = 4;
const CHARS_MAX_ZH: usize = 6;

/// What a short answer means, `None` when it is something else.
pub fn short_answer(text: &str, language: Language) -> Option<Short> {
    match language {
        Language::En => english(text),
        Language::Zh => chinese(text),
    }
}

fn english(text: &str) -> Option<Short> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words.len() > WORDS_MAX {
        return None;
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if has(NO_EN) {
        return Some(Short::No);
    }
    // From the last to the first: "the second one" is the second.
    if let Some(n) = NTH_EN.iter().rposition(|names| has(names)) {
        return Some(Short::Nth(n));
    }
    words.first().is_some_and(|word| YES_EN.contains(word)).then_some(Short::Yes)
}

fn chinese(text: &str) -> Option<Short> {
    let text: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if text.is_empty() || text.chars().count() > CHARS_MAX_ZH {
        return None;
    }
    if NO_ZH.iter().any(|no| text.starts_with(no)) {
        return Some(Short::No);
    }
    let nth = NTH_ZH.iter().position(|names| {
        names.iter().any(|name| if name.starts_with('第') { text.contains(name) } else { text == **name })
    });
    if let Some(n) = nth {
        return Some(Short::Nth(n));
    }
    YES_ZH.iter().any(|yes| text.starts_with(yes)).then_some(Short::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_answers_are_understood() {
        for (text, expected) in [
            ("Yes, please.", Some(Short::Yes)),
            ("no thanks", Some(Short::No)),
            ("not really", Some(Short::No)),
            ("the second one", Some(Short::Nth(1))),
            ("the second", Some(Short::Nth(1))),
            ("number three", Some(Short::Nth(2))),
            ("how do I open a wallet", None),
            ("", None),
        ] {
            assert_eq!(short_answer(text, Language::En), expected, "{text}");
        }
        for (text, expected) in [
            ("是的，谢谢", Some(Short::Yes)),
            ("不用了", Some(Short::No)),
            ("第二个", Some(Short::Nth(1))),
            ("怎么创建一个钱包账户", None),
        ] {
            assert_eq!(short_answer(text, Language::Zh), expected, "{text}");
        }
    }
}
