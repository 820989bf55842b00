//! Makes secrets from seeded dice and plants them in sentences.

#[path = "figures.rs"]
mod figures;
#[path = "misheard.rs"]
mod misheard;

use std::collections::HashSet;

use avatardesk::redact::SecretKind;
use bip39::{Language, Mnemonic};
pub use misheard::misheard;

/// Splitmix64: the same numbers everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn text(&mut self, alphabet: &str, n: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..n).map(|_| letters[self.below(letters.len())]).collect()
    }
}

/// A sentence with a secret in it.
pub struct Planted {
    pub group: &'static str,
    pub text: String,
    /// The words, characters or runs of the secret, in lower case.
    pieces: Vec<String>,
    /// Whether a part of a piece counts as well: for figures and keys.
    runs: bool,
    /// What is in the sentence anyway.
    carrier: String,
}

/// Characters in a row that are looked for in files.
const TRACE: usize = 14;
/// The shortest part of a number or key that counts as surviving.
const RUN: usize = 5;

fn words(text: &str) -> HashSet<String> {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
}

impl Planted {
    /// Parts of the sentence, in lower case as it was written, that give the secret away: a file that has one of them has it.
    pub fn traces(&self) -> Vec<String> {
        let text: Vec<char> = self.text.to_lowercase().chars().collect();
        let own = self.carrier.to_lowercase();
        // With something invisible between the letters, a word is longer.
        let length = if self.text.contains('\u{200b}') { 2 * TRACE } else { TRACE };
        let windows = text.windows(length.min(text.len())).map(|w| w.iter().collect::<String>());
        windows.filter(|w| !own.contains(w.as_str())).filter(|w| !self.survivors(w).is_empty()).collect()
    }

    /// What of the secret is still in the masked text.
    pub fn survivors(&self, masked: &str) -> Vec<String> {
        let marks = SecretKind::ALL.iter().flat_map(|k| [k.mark(false), k.mark(true)]);
        let plain = marks.fold(masked.to_owned(), |t, mark| t.replace(mark, " "));
        if self.runs {
            let squeeze = |t: &str| {
                t.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<Vec<char>>()
            };
            let left: String = squeeze(&plain).into_iter().collect();
            let secret = squeeze(&self.pieces.concat());
            let own: String = squeeze(&self.carrier).into_iter().collect();
            return secret
                .windows(RUN.min(secret.len()))
                .map(|w| w.iter().collect::<String>())
                .filter(|w| left.contains(w) && !own.contains(w))
                .collect();
        }
        if self.pieces.iter().any(|p| !p.is_ascii()) {
            return self
                .pieces
                .iter()
                .filter(|p| plain.contains(p.as_str()) && !self.carrier.contains(p.as_str()))
                .cloned()
                .collect();
        }
        let (left, own) = (words(&plain), words(&self.carrier));
        self.pieces.iter().filter(|p| left.contains(*p) && !own.contains(*p)).cloned().collect()
    }
}

const TOLD_EN: &[&str] = &[
    "My seed phrase is @",
    "my recovery phrase is @ can you check it please?",
    "Hi, the twelve words are: @",
    "I think my secret recovery phrase was @. Is it right?",
    "Okay so my seed words are @ thank you",
    "Can you restore my wallet with this mnemonic: @",
    "here is my backup phrase @ what should I do next",
    "I wrote down the seed phrase as @ but the app says it is wrong",
    "They asked me for my seed phrase and I said @",
    "@ these are my recovery words",
];
const BARE_EN: &[&str] = &[
    "@",
    "it goes like this: @",
    "so I have @",
    "please check @ for me",
    "Hello! @ Does that look right to you?",
    "um okay @",
];
const TOLD_ZH: &[&str] = &[
    "我的助记词是@",
    "助记词：@，请帮我恢复钱包",
    "你好，我的助记词是 @ 谢谢",
    "请用这个助记词恢复：@",
    "这是我的助记词 @ 有什么问题吗？",
];

pub fn phrase(dice: &mut Dice, n: usize) -> Vec<String> {
    list(dice, n, Language::English)
}

fn list(dice: &mut Dice, n: usize, language: Language) -> Vec<String> {
    let entropy: Vec<u8> = (0..n / 3 * 4).map(|_| dice.next() as u8).collect();
    Mnemonic::from_entropy_in(language, &entropy).unwrap().words().map(str::to_owned).collect()
}

fn length(dice: &mut Dice) -> usize {
    [12, 15, 18, 21, 24][dice.below(5)]
}

fn plant(
    dice: &mut Dice,
    group: &'static str,
    carriers: &[&str],
    written: &str,
    pieces: Vec<String>,
    runs: bool,
) -> Planted {
    let carrier = dice.pick(carriers);
    Planted { group, text: carrier.replace('@', written), pieces, runs, carrier: carrier.to_owned() }
}

/// `each` secrets of every kind.
pub fn all(dice: &mut Dice, each: usize) -> Vec<Planted> {
    let mut planted = Vec::new();
    for _ in 0..each {
        english(dice, &mut planted);
        chinese(dice, &mut planted);
        figures::keys(dice, &mut planted);
        figures::numbers(dice, &mut planted);
    }
    planted
}

/// So many words of a phrase, in a sentence that does not say what they are.
pub fn part(dice: &mut Dice, n: usize) -> Planted {
    let words = phrase(dice, 12)[..n].to_vec();
    plant(
        dice,
        "en seed: short part, nothing said",
        &["@", "it goes @ I think", "I can tell you it begins @ but the rest is at home"],
        &words.join(" "),
        words,
        false,
    )
}

fn english(dice: &mut Dice, out: &mut Vec<Planted>) {
    let both: Vec<&str> = TOLD_EN.iter().chain(BARE_EN).copied().collect();
    let mut add = |dice: &mut Dice,
                   group: &'static str,
                   carriers: &[&str],
                   write: &dyn Fn(&mut Dice, &[String]) -> String,
                   n: usize| {
        let whole = phrase(dice, n.div_ceil(3).max(4) * 3);
        let words = whole[..n].to_vec();
        let written = write(dice, &words);
        let mut pieces: Vec<String> = words;
        pieces.extend(
            self::words(&written).into_iter().filter(|w| w.len() > 3 && !LABELS.contains(&w.as_str())),
        );
        // Where the words are not written whole, any part of them counts.
        let runs = ["spelled", "zero width"].iter().any(|g| group.contains(g));
        let pieces = if runs { vec![written.to_lowercase()] } else { pieces };
        out.push(plant(dice, group, carriers, &written, pieces, runs));
    };
    let n = length(dice);
    add(dice, "en seed: plain", &both, &|_, w| w.join(" "), n);
    add(dice, "en seed: commas", &both, &|_, w| w.join(", "), n);
    add(dice, "en seed: lines", &both, &|_, w| w.join("\n"), n);
    add(dice, "en seed: dashes", &both, &|_, w| w.join("-"), n);
    add(
        dice,
        "en seed: spoken with and, um",
        &both,
        &|d, w| {
            w.iter()
                .map(|w| format!("{}{w}", d.pick(&["", "", "", "and ", "um ", "then "])))
                .collect::<Vec<_>>()
                .join(" ")
        },
        n,
    );
    add(dice, "en seed: numbered", &both, &|_, w| numbered(w, |i, w| format!("{}. {w}", i + 1)), n);
    add(
        dice,
        "en seed: numbered spoken",
        &both,
        &|_, w| numbered(w, |i, w| format!("{} {w}", CARDINALS[i])),
        12,
    );
    add(
        dice,
        "en seed: first word, second word",
        TOLD_EN,
        &|_, w| numbered(w, |i, w| format!("{} word {w}", ORDINALS[i])),
        12,
    );
    add(
        dice,
        "en seed: word one is",
        &both,
        &|_, w| numbered(w, |i, w| format!("word {} is {w},", CARDINALS[i])),
        12,
    );
    add(dice, "en seed: upper case", &both, &|_, w| w.join(" ").to_uppercase(), n);
    add(
        dice,
        "en seed: full width",
        &both,
        &|_, w| {
            w.join(" ")
                .chars()
                .map(|c| if c == ' ' { '　' } else { char::from_u32(c as u32 + 0xFEE0).unwrap() })
                .collect()
        },
        n,
    );
    add(
        dice,
        "en seed: zero width",
        &both,
        &|_, w| {
            w.iter()
                .map(|w| w.chars().map(|c| format!("{c}\u{200B}")).collect::<String>())
                .collect::<Vec<_>>()
                .join(" ")
        },
        n,
    );
    add(
        dice,
        "en seed: Cyrillic letters",
        &both,
        &|_, w| w.join(" ").replace('a', "а").replace('o', "о").replace('e', "е"),
        n,
    );
    add(dice, "en seed: no spaces", &both, &|_, w| w.concat(), n);
    add(
        dice,
        "en seed: four letters",
        &both,
        &|_, w| w.iter().map(|w| &w[..w.len().min(4)]).collect::<Vec<_>>().join(" "),
        n,
    );
    add(
        dice,
        "en seed: misspelt",
        &both,
        &|d, w| w.iter().map(|w| misspelt(d, w)).collect::<Vec<_>>().join(" "),
        n,
    );
    add(
        dice,
        "en seed: spelled",
        &both,
        &|_, w| w.iter().map(|w| spelled(w, "-")).collect::<Vec<_>>().join(", "),
        12,
    );
    add(
        dice,
        "en seed: spelled in one go",
        TOLD_EN,
        &|_, w| w.iter().map(|w| spelled(w, " ")).collect::<Vec<_>>().join(" "),
        12,
    );
    let part = 5 + dice.below(5);
    add(dice, "en seed: part", TOLD_EN, &|_, w| w.join(" "), part);
    add(dice, "en seed: long part, nothing said", &["@", "it goes like this: @"], &|_, w| w.join(" "), 9);
    add(dice, "en seed: in Chinese", TOLD_ZH, &|_, w| w.join(" "), n);
    add(
        dice,
        "en seed: in Chinese, numbered",
        TOLD_ZH,
        &|_, w| numbered(w, |i, w| format!("第{}个词是{w}，", ZH[i])),
        10,
    );
}

#[rustfmt::skip]
const LABELS: &[&str] = &[
    "word", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "three", "four", "five", "seven", "eight", "nine", "then", "twelve", "eleven",
    "第一个词是",
];
const CARDINALS: &[&str] =
    &["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
#[rustfmt::skip]
const ORDINALS: &[&str] = &[
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
];
const ZH: &[&str] = &["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];

fn numbered(words: &[String], each: impl Fn(usize, &str) -> String) -> String {
    words.iter().enumerate().map(|(i, w)| each(i, w)).collect::<Vec<_>>().join(" ")
}

fn spelled(word: &str, between: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join(between)
}

/// Every fourth longer word has one wrong letter.
fn misspelt(dice: &mut Dice, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 5 || dice.below(4) > 0 {
        return word.to_owned();
    }
    let at = dice.below(letters.len() - 1);
    match dice.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.swap(at, at + 1),
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = dice.text("aeiostrn", 1).chars().next().unwrap(),
    }
    letters.into_iter().collect()
}

fn chinese(dice: &mut Dice, out: &mut Vec<Planted>) {
    let mut add = |dice: &mut Dice,
                   group: &'static str,
                   carriers: &[&str],
                   write: &dyn Fn(&[String]) -> String,
                   n: usize| {
        let words = list(dice, n.div_ceil(3).max(4) * 3, Language::SimplifiedChinese)[..n].to_vec();
        let written = write(&words);
        // What numbers the words is no secret.
        let labels =
            if group.contains("first word") { "第一二三四五六七八九十个词是" } else { "" };
        let words = words.into_iter().filter(|w| !labels.contains(w.as_str())).collect();
        out.push(plant(dice, group, carriers, &written, words, false));
    };
    let both: Vec<&str> =
        TOLD_ZH.iter().copied().chain(["@", "帮我看看：@。", "Please check @ for me"]).collect();
    let n = length(dice);
    add(dice, "zh seed: spaces", &both, &|w| w.join(" "), n);
    add(dice, "zh seed: commas", &both, &|w| w.join("、"), n);
    add(dice, "zh seed: numbered", &both, &|w| numbered(w, |i, w| format!("{}.{w}", i + 1)), n);
    add(dice, "zh seed: no spaces", TOLD_ZH, &|w| w.concat(), n);
    add(dice, "zh seed: no spaces, nothing said", &["@", "帮我看看：@。"], &|w| w.concat(), n);
    add(dice, "zh seed: part", TOLD_ZH, &|w| w.join(" "), 5);
    add(
        dice,
        "zh seed: first word is",
        &["@", "我的助记词：@"],
        &|w| numbered(w, |i, w| format!("第{}个词是{w}，", ZH[i])),
        6,
    );
}

/// How a visitor says the next word of a phrase.
pub fn utterance(dice: &mut Dice, i: usize, word: &str) -> String {
    match dice.below(5) {
        0 => format!("{}.", word.to_uppercase()),
        1 => format!("{} {word}", CARDINALS[i]),
        2 => format!("then {word}"),
        3 => format!("um {word}"),
        _ => word.to_owned(),
    }
}
