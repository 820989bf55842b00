//! How a visitor seems to feel, from their words: who is worried is not smiled at.

use super::cue::Expression;
use super::mood::contains_word;

/// How a visitor seems to feel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Feeling {
    /// As most are, who ask for something.
    #[default]
    Calm,
    /// Afraid, sad, or in trouble: something was lost, or is about to be.
    Worried,
    /// Angry, or tired of waiting.
    Upset,
    /// Thankful, or looking forward to something.
    Glad,
}

const WORRIED: &[&str] = &[
    "worried",
    "worry",
    "afraid",
    "scared",
    "anxious",
    "nervous",
    "panic",
    "panicking",
    "desperate",
    "crying",
    "help me",
    "please help",
    "stolen",
    "stole",
    "lost",
    "missing",
    "gone",
    "disappeared",
    "vanished",
    "scam",
    "scammed",
    "hacked",
    "hack",
    "cheated",
    "tricked",
    "fraud",
    "phishing",
    "drained",
    "emergency",
    "urgent",
    "danger",
    "trouble",
    "locked out",
    "by mistake",
    "by accident",
    "accidentally",
    "too late",
    "wrong address",
    "wrong person",
    "forgot",
    "forgotten",
    "can't find",
    "cannot find",
    "failed",
    "hurt",
    "sick",
    "ill",
    "died",
    "death",
    "担心",
    "害怕",
    "着急",
    "急死",
    "焦急",
    "紧张",
    "慌",
    "救命",
    "救救",
    "帮帮我",
    "被盗",
    "偷",
    "盗",
    "丢",
    "弄丢",
    "不见了",
    "没了",
    "消失",
    "被骗",
    "骗",
    "诈",
    "黑客",
    "紧急",
    "危险",
    "误转",
    "转错",
    "错误的地址",
    "忘记",
    "忘了",
    "找不到",
    "失败",
    "受伤",
    "生病",
    "去世",
];
const UPSET: &[&str] = &[
    "angry",
    "furious",
    "annoyed",
    "annoying",
    "ridiculous",
    "terrible",
    "awful",
    "useless",
    "stupid",
    "nonsense",
    "unacceptable",
    "complain",
    "complaint",
    "rubbish",
    "waste of time",
    "fed up",
    "still waiting",
    "doesn't work",
    "does not work",
    "not working",
    "third time",
    "again and again",
    "never works",
    "i hate",
    "sick of",
    "生气",
    "气死",
    "愤怒",
    "烦",
    "离谱",
    "荒唐",
    "太差",
    "糟糕",
    "愚蠢",
    "垃圾",
    "投诉",
    "受不了",
    "浪费时间",
    "等了",
    "还要等",
    "又不行",
    "用不了",
    "坏了",
    "第三次",
];
const GLAD: &[&str] = &[
    "thank",
    "thanks",
    "great",
    "perfect",
    "wonderful",
    "awesome",
    "excellent",
    "lovely",
    "love it",
    "nice",
    "cool",
    "excited",
    "happy",
    "glad",
    "brilliant",
    "amazing",
    "it worked",
    "it works",
    "谢谢",
    "感谢",
    "多谢",
    "太好了",
    "完美",
    "太棒",
    "真棒",
    "很棒",
    "厉害",
    "喜欢",
    "开心",
    "高兴",
    "期待",
    "成功了",
    "可以了",
];
/// What before a word turns it round, within a few letters.
const NOT: &[&str] =
    &["not ", "n't ", "no ", "never ", "without ", "no longer ", "不", "没有", "没", "别", "不用", "无需"];
/// How many letters before a word such a turn may stand.
const NOT_WITHIN: usize = 12;

impl Feeling {
    /// Reads it from what the visitor said.
    pub fn of(text: &str) -> Self {
        // "May I trouble you" is a courtesy: the word for annoyance in it is not meant.
        let lower = text.to_lowercase().replace('’', "'").replace("麻烦", "");
        let any = |words: &[&str]| words.iter().any(|word| is_meant(&lower, word));
        // Fear weighs more than anger, and anger more than thanks: "thanks, but I am still worried".
        if any(WORRIED) {
            Self::Worried
        } else if any(UPSET) {
            Self::Upset
        } else if any(GLAD) {
            Self::Glad
        } else {
            Self::Calm
        }
    }

    /// Whether a smile would be out of place.
    pub fn is_troubled(self) -> bool {
        matches!(self, Self::Worried | Self::Upset)
    }

    /// The face of who listens to such a visitor, and how much of it, 0 to 1.
    pub fn heard_with(self) -> (Expression, f32) {
        match self {
            Self::Calm => (Expression::Relaxed, 0.35),
            Self::Glad => (Expression::Happy, 0.45),
            // Compassion is a part of sadness; the rest would be theatre.
            Self::Worried => (Expression::Sad, 0.3),
            Self::Upset => (Expression::Neutral, 0.0),
        }
    }
}

/// Whether a word stands in a text, and is not turned round by what stands before it.
fn is_meant(text: &str, word: &str) -> bool {
    // Found as a whole word somewhere; then at least one of its places must be meant.
    contains_word(text, word)
        && text.match_indices(word).any(|(at, _)| {
            let before: Vec<char> =
                text.get(..at).unwrap_or_default().chars().rev().take(NOT_WITHIN).collect();
            let before: String = before.into_iter().rev().collect();
            // A new clause begins anew.
            let clause = before
                .rsplit([',', '.', '!', '?', ';', '，', '。', '！', '？', '；'])
                .next()
                .unwrap_or_default();
            let near = if word.is_ascii() {
                clause
            } else {
                clause.get(clause.char_indices().nth_back(1).map_or(0, |(n, _)| n)..).unwrap_or_default()
            };
            !NOT.iter().any(|not| is_same_script(not, word) && near.contains(not))
        })
}

fn is_same_script(a: &str, b: &str) -> bool {
    a.is_ascii() == b.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feelings_are_read_from_real_sentences() {
        use Feeling::{Calm, Glad, Upset, Worried};
        let cases = [
            ("Somebody stole my tokens!", Worried),
            ("I think I was scammed, what can I do?", Worried),
            ("I sent it to the wrong address.", Worried),
            ("I've lost my seed phrase.", Worried),
            ("Thanks, but I'm still worried about it", Worried),
            ("My account was hacked last night", Worried),
            ("This is ridiculous, I have been here for an hour.", Upset),
            ("Your app doesn't work.", Upset),
            ("I want to make a complaint", Upset),
            ("Great, thank you so much!", Glad),
            ("Perfect, it worked.", Glad),
            ("What is a wallet?", Calm),
            ("Where can I buy land?", Calm),
            ("I am not worried, just curious.", Calm),
            ("No problem, it isn't lost.", Calm),
            ("How do I keep my keys safe?", Calm),
            ("我的代币被盗了！", Worried),
            ("我被骗了，怎么办？", Worried),
            ("转错地址了", Worried),
            ("我很担心我的账户", Worried),
            ("助记词找不到了", Worried),
            ("我等了一个小时了，太差了", Upset),
            ("我要投诉", Upset),
            ("你们的软件用不了", Upset),
            ("太好了，谢谢你！", Glad),
            ("成功了，真棒", Glad),
            ("什么是钱包？", Calm),
            ("在哪里可以买地？", Calm),
            ("我不担心，只是好奇。", Calm),
        ];
        for (text, feeling) in cases {
            assert_eq!(Feeling::of(text), feeling, "{text}");
        }
    }

    #[test]
    fn troubled_visitors_are_never_smiled_at_while_they_speak() {
        for feeling in [Feeling::Worried, Feeling::Upset] {
            let (face, _) = feeling.heard_with();
            assert!(feeling.is_troubled() && !matches!(face, Expression::Happy | Expression::Relaxed));
        }
    }
}
