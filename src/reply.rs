//! Understands short answers to yes-or-no questions and to "this one, or that one?", in English and Chinese. Pure.
//!
//! A text counts only when nothing else is said in it: "no" is an answer, "no tokens in my wallet" is a question.

/// A short answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Yes,
    No,
    /// The first, second, … of what was offered, counted from 0.
    Nth(usize),
}

/// The longest answer that counts as short.
const WORDS_MAX: usize = 8;
const CHARS_MAX_ZH: usize = 16;

/// Several words that mean what one does, or that mean nothing of the kind.
const PHRASES_EN: &[(&str, &str)] = &[
    (" go ahead ", " yes "),
    (" of course ", " yes "),
    (" please do ", " yes "),
    (" never mind ", " no "),
    (" no need ", " no "),
    (" no message ", " no "),
    (" not at all ", " no "),
    (" im good ", " no "),
    (" im fine ", " no "),
    (" no 1 ", " 1 "),
    (" no 2 ", " 2 "),
    (" no 3 ", " 3 "),
    (" not sure ", " unsure "),
    (" one second ", " wait "),
];
const YES_EN: &[&str] = &[
    "yes",
    "yeah",
    "yea",
    "yep",
    "yup",
    "sure",
    "surely",
    "ok",
    "okay",
    "okey",
    "alright",
    "fine",
    "right",
    "correct",
    "exactly",
    "absolutely",
    "definitely",
    "certainly",
    "perfect",
    "great",
];
const NO_EN: &[&str] = &[
    "no",
    "nope",
    "nah",
    "not",
    "none",
    "neither",
    "nothing",
    "never",
    "nevermind",
    "wrong",
    "incorrect",
    "cancel",
    "forget",
    "dont",
    "didnt",
];
const NTH_EN: &[&[&str]] = &[&["first", "one", "1"], &["second", "two", "2"], &["third", "three", "3"]];
/// What may stand beside an answer.
const FILLERS_EN: &[&str] = &[
    "please", "thanks", "thank", "you", "the", "really", "very", "much", "so", "well", "oh", "ah", "um",
    "uh", "hmm", "just", "then", "now", "i", "id", "do", "did", "would", "like", "want", "take", "choose",
    "it", "its", "is", "was", "that", "thats", "this", "these", "those", "them", "of", "any", "all", "else",
    "number", "option", "sorry", "for",
];
/// Who begins with one of these asks.
const ASKING_EN: &[&str] = &["is", "was", "do", "did", "would"];

const YES_ZH: &[&str] = &[
    "是",
    "是的",
    "对",
    "對",
    "对的",
    "好",
    "好的",
    "好啊",
    "可以",
    "要",
    "需要",
    "想",
    "嗯",
    "行",
    "没错",
    "没问题",
    "当然",
    "ok",
    "okay",
    "yes",
];
const NO_ZH: &[&str] = &[
    "不",
    "不是",
    "不用",
    "不要",
    "不必",
    "不需要",
    "不想",
    "不对",
    "不行",
    "不可以",
    "不留",
    "不留言",
    "没",
    "没有",
    "沒有",
    "都不是",
    "都不要",
    "都不对",
    "错",
    "错了",
    "算了",
    "取消",
    "no",
];
const NTH_ZH: &[&[&str]] =
    &[&["第一", "第1", "一", "1"], &["第二", "第2", "二", "2"], &["第三", "第3", "三", "3"]];
/// Particles, thanks, and what leads up to an answer.
const FILLERS_ZH: &[&str] = &[
    "了",
    "的",
    "吧",
    "啊",
    "呀",
    "哦",
    "啦",
    "嘛",
    "哈",
    "请",
    "谢谢",
    "謝謝",
    "谢谢您",
    "谢谢你",
    "多谢",
    "麻烦",
    "麻烦您",
    "麻烦你",
    "那",
    "就",
    "我",
    "选",
    "我选",
    "留言",
];
/// What counts things; only behind a number.
const COUNTERS_ZH: &[&str] = &["个", "個", "条", "项", "种"];
/// Questions made of yes and no.
const ASKING_ZH: &[&str] =
    &["是不是", "好不好", "要不要", "行不行", "对不对", "想不想", "可不可以", "需不需要", "有没有"];
/// These have another meaning as a whole: "enough", "by the way", and half of a sentence.
const OTHER_ZH: &[&str] = &["好了", "行了", "对了", "我是", "我想"];

/// What a short answer means; `None` when it is something else. Chinese is recognised by its characters, whatever
/// language was chosen: who speaks Chinese says "OK", too.
pub fn reply(text: &str) -> Option<Reply> {
    let lower = text.to_lowercase();
    if lower.chars().any(is_han) { chinese(&lower) } else { english(&lower) }
}

/// Yes, no, or something else.
pub fn yes_no(text: &str) -> Option<bool> {
    match reply(text)? {
        Reply::Yes => Some(true),
        Reply::No => Some(false),
        Reply::Nth(_) => None,
    }
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// What the words of an answer say together.
#[derive(Default)]
struct Heard {
    yes: bool,
    no: bool,
    nth: Option<usize>,
    /// Two different numbers.
    torn: bool,
}

impl Heard {
    fn number(&mut self, n: usize) {
        self.torn |= self.nth.is_some_and(|before| before != n);
        self.nth = Some(n);
    }

    fn meaning(&self) -> Option<Reply> {
        match (self.no, self.nth, self.yes) {
            (true, _, _) => Some(Reply::No),
            (_, Some(_), _) if self.torn => None,
            (_, Some(n), _) => Some(Reply::Nth(n)),
            (_, _, true) => Some(Reply::Yes),
            _ => None,
        }
    }
}

fn english(lower: &str) -> Option<Reply> {
    let plain: String = lower.chars().filter(|c| !matches!(c, '\'' | '’')).collect();
    let split = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut joined = format!(" {} ", split.collect::<Vec<_>>().join(" "));
    for (phrase, meaning) in PHRASES_EN {
        joined = joined.replace(phrase, meaning);
    }
    let words: Vec<&str> = joined.split_whitespace().collect();
    if words.len() > WORDS_MAX || words.first().is_some_and(|word| ASKING_EN.contains(word)) {
        return None;
    }
    let mut heard = Heard::default();
    let mut one = false;
    for word in &words {
        let nth = NTH_EN.iter().position(|names| names.contains(word));
        match nth {
            // "the second one" is the second.
            _ if *word == "one" => one = true,
            Some(n) => heard.number(n),
            None if YES_EN.contains(word) => heard.yes = true,
            None if NO_EN.contains(word) => heard.no = true,
            None if FILLERS_EN.contains(word) => {}
            None => return None,
        }
    }
    if one && heard.nth.is_none() {
        heard.number(0);
    }
    heard.meaning()
}

fn chinese(lower: &str) -> Option<Reply> {
    let text: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    if text.chars().count() > CHARS_MAX_ZH
        || OTHER_ZH.contains(&text.as_str())
        || ASKING_ZH.iter().any(|asking| text.contains(asking))
    {
        return None;
    }
    let mut heard = Heard::default();
    let mut rest = text.as_str();
    let mut counted = false;
    while !rest.is_empty() {
        let nth =
            NTH_ZH.iter().map(|names| longest(rest, names)).enumerate().max_by_key(|(_, length)| *length);
        let number = nth.map_or(0, |(_, length)| length);
        let (yes, no) = (longest(rest, YES_ZH), longest(rest, NO_ZH));
        let filler = longest(rest, FILLERS_ZH).max(if counted { longest(rest, COUNTERS_ZH) } else { 0 });
        let length = number.max(yes).max(no).max(filler);
        if length == 0 {
            return None;
        }
        // "一个" may be one of anything; "第一个" is the first.
        counted = number == length && rest.starts_with('第');
        match nth {
            Some((n, l)) if l == length => heard.number(n),
            _ if no == length => heard.no = true,
            _ if yes == length => heard.yes = true,
            _ => {}
        }
        rest = rest.get(length..)?;
    }
    heard.meaning()
}

/// The length in bytes of the longest of these words with which the text begins; 0 when it begins with none.
fn longest(text: &str, words: &[&str]) -> usize {
    words.iter().filter(|word| text.starts_with(**word)).map(|word| word.len()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Option<Reply> = Some(Reply::Yes);
    const NO: Option<Reply> = Some(Reply::No);

    fn nth(n: usize) -> Option<Reply> {
        Some(Reply::Nth(n))
    }

    #[test]
    fn natural_answers_are_understood() {
        let english = [
            (
                YES,
                "Yes, please. | ok | Okay. | Sure! | yes please thank you | That’s right. | of course | Yes, I would.",
            ),
            (YES, "please do | go ahead | all right | alright then | fine"),
            (
                NO,
                "no thanks | No, thank you. | no thank you very much | not really | Not now. | No, I didn’t. | nope",
            ),
            (
                NO,
                "none of these | never mind | not that one | No, that's wrong. | I don't want that. | cancel | no need | no message",
            ),
            (nth(0), "the first one | one | 1 | first please | that one"),
            (
                nth(1),
                "the second one | I'd like the second | two | No. 2 | yes, the second one | option 2 please",
            ),
            (nth(2), "number three | the third one, thanks"),
        ];
        let chinese = [
            (
                YES,
                "是的，谢谢 | 好 | 好的。| 要 | 可以 | OK | ok的 | 好吧 | 对对对 | 行 | 嗯嗯 | 我要的 | 那好吧 | 当然可以 | 好的，麻烦您了",
            ),
            (
                NO,
                "不用 | 不要 | 不用了 | 不用了，谢谢 | 不 | 没有 | 都不是 | 不是的 | 算了吧 | 不需要 | 好的，不用了 | 不想留言 | 不留言了",
            ),
            (nth(0), "第一个 | 第一 | 一 | 选第一个吧"),
            (nth(1), "第二个 | 要第二个 | 第2个，谢谢 | 好，第二个"),
            (nth(2), "第三种 | 三"),
        ];
        for (expected, texts) in english.into_iter().chain(chinese) {
            for text in texts.split('|').map(str::trim) {
                assert_eq!(reply(text), expected, "{text}");
            }
        }
        assert_eq!((yes_no("ok"), yes_no("不用了"), yes_no("第二个")), (Some(true), Some(false), None));
    }

    #[test]
    fn short_questions_are_questions() {
        let texts = "two factor lost | NFT not showing | not working | nothing works | no tokens | how do I open a wallet | \
            yes but what is gas | first wallet | one wallet or two | the first or the second | 1 or 2 | not sure | one second | \
            is that right | did you | do you want one | the last one | thank you | please | what | ok google | second hand | \
            no internet | right click | sure thing broken | | ? | 要多少钱？| 不会用钱包 | 可以吗 | 好不好 | 要不要 | 是不是 | \
            可不可以 | 不好意思 | 您好 | 你好 | 不能登录 | 没收到 | 一个 | 一共多少 | 好了 | 对了 | 第一次用 | 要钱吗 | 我想 | 谢谢 | \
            行情 | 对不起 | 没有到账 | 怎么创建一个钱包账户 | 是什么 | 是谁 | 好贵 | 第二个和第三个";
        for text in texts.split('|').map(str::trim) {
            assert_eq!(reply(text), None, "{text}");
        }
    }

    #[test]
    fn long_texts_are_no_answers() {
        assert_eq!(reply(&"yes ".repeat(WORDS_MAX)), YES);
        assert_eq!(reply(&"yes ".repeat(WORDS_MAX + 1)), None);
        assert_eq!(reply(&"好".repeat(CHARS_MAX_ZH)), YES);
        assert_eq!(reply(&"好".repeat(CHARS_MAX_ZH + 1)), None);
    }
}
