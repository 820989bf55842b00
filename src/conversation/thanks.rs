//! Words to which no answer is owed: short thanks and farewells.

/// The longest such text, in characters.
const CHARS_MAX: usize = 48;
/// One of these must be among them.
const EN: [&str; 6] = ["thanks", "thank", "thx", "cheers", "bye", "goodbye"];
/// Nothing else may stand beside them: "thanks, but it does not start" asks for an answer.
const EN_BESIDE: [&str; 22] = [
    "you", "ok", "okay", "great", "good", "perfect", "very", "much", "so", "a", "lot", "that's", "all",
    "i'll", "i", "will", "look", "try", "it", "now", "for", "help",
];
/// The same in Chinese, which writes no spaces.
const ZH: [&str; 5] = ["谢谢", "多谢", "感谢", "再见", "拜拜"];
const ZH_BESIDE: [&str; 14] = [
    "我去看看",
    "我看看",
    "我试试",
    "知道了",
    "明白了",
    "帮助",
    "好的",
    "非常",
    "你",
    "您",
    "的",
    "了",
    "啊",
    "好",
];

/// Whether this is a short thanks or farewell and nothing more.
pub fn is_thanks(text: &str) -> bool {
    let text = text.trim();
    if text.chars().count() > CHARS_MAX || text.contains(['?', '？']) {
        return false;
    }
    let text = text.to_lowercase().replace('’', "'");
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|w| !w.is_empty());
    let english = |word: &str| EN.contains(&word) || EN_BESIDE.contains(&word);
    let mut thanks = false;
    words.all(|word| {
        let known = english(word) || chinese(word);
        thanks |= EN.contains(&word) || ZH.iter().any(|one| word.contains(one));
        known
    }) && thanks
}

/// Whether a run of letters is made of the Chinese words alone.
fn chinese(word: &str) -> bool {
    let mut rest = word;
    while !rest.is_empty() {
        // The longer ones stand first.
        match ZH.iter().chain(&ZH_BESIDE).find_map(|one| rest.strip_prefix(one)) {
            Some(shorter) => rest = shorter,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thanks_and_farewells_ask_for_no_answer() {
        for text in [
            "thanks, I'll look",
            "Thank you very much!",
            "ok great, thanks a lot",
            "that’s all, goodbye",
            "bye",
            "谢谢",
            "好的，谢谢你，我去看看。",
            "非常感谢您的帮助",
            "再见!",
        ] {
            assert!(is_thanks(text), "{text}");
        }
    }

    #[test]
    fn whatever_else_is_said_asks_for_an_answer() {
        for text in [
            "",
            "ok",
            "I'll look",
            "thanks but it does not start",
            "thanks, where is my ticket",
            "thank you?",
            "bye the way",
            "can you look thanks",
            "谢谢，可是打不开",
            "谢谢你看看我的票",
            "好的",
            &"thanks ".repeat(9),
        ] {
            assert!(!is_thanks(text), "{text}");
        }
    }
}
