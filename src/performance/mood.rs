//! What the words of a sentence ask of face and body.

use super::cue::{Expression, Gesture};
use super::feeling::Feeling;

/// Loss, theft, fraud, distress: nothing to smile about.
const LOSS: &[&str] = &[
    "stolen",
    "steal",
    "stole",
    "theft",
    "thief",
    "thieves",
    "lost",
    "lose",
    "losing",
    "loss",
    "scam",
    "scammed",
    "scammer",
    "scammers",
    "fraud",
    "hacked",
    "hacker",
    "phishing",
    "drained",
    "robbed",
    "compromised",
    "irreversible",
    "victim",
    "被盗",
    "偷",
    "盗走",
    "丢失",
    "丢了",
    "弄丢",
    "遗失",
    "损失",
    "骗",
    "诈",
    "黑客",
    "钓鱼",
    "受害",
    "泄露",
    "找不回",
];
/// Warnings.
const WARNING: &[&str] = &[
    "never",
    "beware",
    "careful",
    "warning",
    "danger",
    "dangerous",
    "do not",
    "don't",
    "千万",
    "切勿",
    "绝不",
    "不要",
    "小心",
    "警惕",
    "注意",
    "危险",
];
/// The strong ones, for which the hand goes up.
const HALT: &[&str] = &["never", "stop", "beware", "千万", "切勿", "绝不", "停"];
const THANKS: &[&str] = &[
    "thank",
    "thanks",
    "goodbye",
    "bye",
    "welcome",
    "farewell",
    "谢谢",
    "感谢",
    "再见",
    "不客气",
    "欢迎再来",
];
const GREETING: &[&str] =
    &["hello", "hi", "good morning", "good afternoon", "good evening", "您好", "你好", "欢迎光临"];
const SORRY: &[&str] =
    &["sorry", "unfortunately", "apologise", "apologize", "抱歉", "对不起", "遗憾", "可惜"];
const SCREEN: &[&str] = &["on the screen", "below", "the button", "屏幕", "下面", "按钮"];
const GLAD: &[&str] =
    &["great", "congratulations", "glad", "happy to", "wonderful", "太好了", "恭喜", "很高兴"];
/// What takes a fear away.
const CALMING: &[&str] = &[
    "don't worry",
    "do not worry",
    "no need to worry",
    "is safe",
    "are safe",
    "can be recovered",
    "can get it back",
    "别担心",
    "不用担心",
    "放心",
    "是安全的",
    "可以恢复",
    "可以找回",
];
const YES: &[&str] = &["yes", "of course", "certainly", "sure", "是的", "当然", "没错", "可以的", "好的"];
const NO: &[&str] = &["no", "不是", "不能", "不行", "不可以"];

/// What a stretch of text speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tone {
    loss: bool,
    warning: bool,
    halt: bool,
    thanks: bool,
    greeting: bool,
    sorry: bool,
    screen: bool,
    glad: bool,
    calming: bool,
    yes: bool,
    no: bool,
}

impl Tone {
    /// Reads the tone from the words.
    pub(super) fn of(text: &str) -> Self {
        let lower = text.to_lowercase().replace('’', "'");
        let any = |words: &[&str]| words.iter().any(|w| contains_word(&lower, w));
        // "Don't worry" warns of nothing.
        let rest = CALMING.iter().fold(lower.clone(), |rest, words| rest.replace(words, ""));
        let first = |words: &[&str]| words.iter().any(|w| begins_with_word(&lower, w));
        Self {
            loss: any(LOSS),
            warning: WARNING.iter().any(|w| contains_word(&rest, w)),
            halt: any(HALT),
            thanks: any(THANKS),
            greeting: first(GREETING),
            sorry: any(SORRY),
            screen: any(SCREEN),
            glad: any(GLAD),
            calming: any(CALMING),
            yes: first(YES),
            no: first(NO),
        }
    }

    /// The mood of this sentence. `whole` is the tone of the whole answer, `hint` what the pilot asked for, `visitor` how the
    /// visitor seems to feel.
    pub(super) fn expression(self, whole: Self, hint: Option<Expression>, visitor: Feeling) -> Expression {
        let troubled = visitor.is_troubled();
        match hint {
            Some(Expression::Happy | Expression::Relaxed | Expression::Surprised) if whole.loss => {
                self.grave()
            }
            // Calm, where the words calm; never more than that.
            Some(Expression::Happy | Expression::Relaxed) if troubled => self.calm(),
            Some(Expression::Surprised) if troubled => Expression::Neutral,
            Some(Expression::Happy) if self.warning || self.sorry => Expression::Neutral,
            // Whatever the pilot feels: nobody at a desk is angry with visitors.
            Some(Expression::Angry) => Expression::Neutral,
            Some(hint) => hint,
            None if whole.loss => self.grave(),
            None if self.sorry => Expression::Sad,
            None if self.warning => Expression::Neutral,
            None if troubled => self.calm(),
            None if self.greeting || self.thanks || self.glad => Expression::Happy,
            None => Expression::Relaxed,
        }
    }

    /// With who is troubled: a quiet face, kind where something is said that takes the trouble away.
    fn calm(self) -> Expression {
        match self {
            Self { sorry: true, .. } => Expression::Sad,
            Self { calming: true, warning: false, .. } => Expression::Relaxed,
            _ => Expression::Neutral,
        }
    }

    /// Where the answer is about a loss: compassion where it is named, calm elsewhere.
    fn grave(self) -> Expression {
        if self.loss || self.sorry { Expression::Sad } else { Expression::Neutral }
    }

    /// The gesture of the first of `count` sentences, when the pilot asked for none.
    pub(super) fn gesture(self, count: usize) -> Option<Gesture> {
        if self.greeting {
            Some(Gesture::Wave)
        } else if self.halt {
            Some(Gesture::Halt)
        } else if self.thanks {
            Some(Gesture::Bow)
        } else if self.no || self.warning {
            Some(Gesture::ShakeHead)
        } else if self.screen {
            Some(Gesture::Point)
        } else if self.yes {
            Some(Gesture::Nod)
        } else if count > 1 && !self.loss {
            Some(Gesture::OpenPalms)
        } else {
            None
        }
    }

    /// The gesture of a later sentence: only a nod for thanks.
    pub(super) fn late_gesture(self) -> Option<Gesture> {
        (self.thanks && !self.loss).then_some(Gesture::Nod)
    }
}

/// Whether `word` stands in `text` on its own; Chinese words need no borders.
pub(super) fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| stands_alone(text, at, word))
}

fn begins_with_word(text: &str, word: &str) -> bool {
    text.trim_start().starts_with(word) && stands_alone(text.trim_start(), 0, word)
}

fn stands_alone(text: &str, at: usize, word: &str) -> bool {
    if !word.is_ascii() {
        return true;
    }
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
    !letter(before) && !letter(after)
}

#[cfg(test)]
#[path = "mood_tests.rs"]
mod tests;
