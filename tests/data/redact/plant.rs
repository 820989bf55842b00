//! Makes secrets from seeded dice and plants them in sentences.

use std::collections::HashSet;

use avatardesk::redact::SecretKind;
use bip39::{Language, Mnemonic};

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

/// The shortest part of a number or key that counts as surviving.
const RUN: usize = 5;

fn words(text: &str) -> HashSet<String> {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
}

impl Planted {
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
const KEY_EN: &[&str] = &[
    "my private key is @",
    "Here is the private key: @ can you import it?",
    "I have this secret key @ what now?",
    "please look at @ for me",
    "@",
];
const KEY_ZH: &[&str] = &["我的私钥是 @", "请帮我导入私钥：@，谢谢", "@"];
const CARD_EN: &[&str] = &[
    "my card number is @",
    "I paid with @ yesterday",
    "please charge the card @ okay?",
    "@",
    "The visa card ending is wrong, it is @ I think",
];
const CARD_ZH: &[&str] = &["我的卡号是@", "信用卡号码是 @ 请扣款", "@"];

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
        keys(dice, &mut planted);
        numbers(dice, &mut planted);
    }
    planted
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

const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

fn keys(dice: &mut Dice, out: &mut Vec<Planted>) {
    let both: Vec<&str> = KEY_EN.iter().chain(KEY_ZH).copied().collect();
    let hex = dice.text("0123456789abcdef", 64);
    let grouped = |n: usize, by: &str| {
        hex.as_bytes().chunks(n).map(|c| std::str::from_utf8(c).unwrap()).collect::<Vec<_>>().join(by)
    };
    let mut add = |dice: &mut Dice, group: &'static str, carriers: &[&str], written: String| {
        out.push(plant(dice, group, carriers, &written, vec![written.to_lowercase()], true));
    };
    add(dice, "key: hexadecimal", &both, hex.clone());
    add(dice, "key: 0x", &both, format!("0x{hex}"));
    add(dice, "key: upper case", &both, hex.to_uppercase());
    add(dice, "key: groups of four", &both, grouped(4, " "));
    add(dice, "key: groups of eight", &both, grouped(8, "-"));
    add(dice, "key: two lines", &both, grouped(32, "\n"));
    add(dice, "key: a part, named", &KEY_EN[..3], hex[..24].to_owned());
    let said: Vec<String> = hex.chars().map(|c| said(dice, c)).collect();
    add(dice, "key: read out", &both, format!("zero x {}", said.join(" ")));
    let zh: Vec<String> = hex
        .chars()
        .map(|c| c.to_digit(10).map_or(c.to_string(), |d| ZH_DIGITS[d as usize].to_owned()))
        .collect();
    add(dice, "key: read out in Chinese", KEY_ZH, zh.join(" "));
    let wif = format!("{}{}", dice.pick(&["K", "L"]), dice.text(BASE58, 51));
    add(dice, "key: WIF, compressed", &both, wif);
    let wif = format!("5{}", dice.text(BASE58, 50));
    add(dice, "key: WIF", &both, wif);
    let solana = dice.text(BASE58, 88);
    add(dice, "key: Solana", &both, solana);
    let prefix = dice.pick(&["xprv9", "yprvA", "zprvA", "tprv8"]);
    let extended = format!("{prefix}{}", dice.text(BASE58, 106));
    add(dice, "key: extended", &both, extended);
    let body = dice.text(&format!("{BASE58}+/0"), 64);
    add(
        dice,
        "key: PEM",
        &["@", "look at this @ please"],
        format!("-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----"),
    );
    let store = format!(
        r#"{{"version":3,"id":"x","crypto":{{"ciphertext":"{hex}","cipher":"aes-128-ctr","kdf":"scrypt","mac":"{hex}"}}}}"#
    );
    add(dice, "key: keystore", &["@", "my keystore is @ thanks"], store);
    let bytes: Vec<String> = (0..64).map(|_| dice.below(256).to_string()).collect();
    add(dice, "key: bytes", &both, format!("[{}]", bytes.join(",")));
}

const DIGITS: &[&str] = &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const ZH_DIGITS: &[&str] = &["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

fn said(dice: &mut Dice, c: char) -> String {
    match c {
        'a'..='f' if dice.below(3) == 0 => {
            ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"][c as usize - 'a' as usize].to_owned()
        }
        'a'..='f' => c.to_string(),
        _ => DIGITS[c as usize - '0' as usize].to_owned(),
    }
}

/// A card number of this length that begins so, with its check digit.
fn card(dice: &mut Dice, head: &str, n: usize) -> String {
    let body = format!("{head}{}", dice.text("0123456789", n - 1 - head.len()));
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0') * if i % 2 == 0 { 2 } else { 1 };
            d / 10 + d % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn numbers(dice: &mut Dice, out: &mut Vec<Planted>) {
    let mut add = |dice: &mut Dice, group: &'static str, carriers: &[&str], written: String| {
        out.push(plant(dice, group, carriers, &written, vec![written.to_lowercase()], true));
    };
    let both: Vec<&str> = CARD_EN.iter().chain(CARD_ZH).copied().collect();
    let head = dice.pick(&["4", "51", "55", "6011", "62", "35"]);
    let number = card(dice, head, 16);
    let by = |by: &str| {
        number.as_bytes().chunks(4).map(|c| std::str::from_utf8(c).unwrap()).collect::<Vec<_>>().join(by)
    };
    add(dice, "card: plain", &both, number.clone());
    add(dice, "card: groups", &both, by(" "));
    add(dice, "card: dashes", &both, by("-"));
    let spoken: Vec<&str> = number.bytes().map(|b| DIGITS[(b - b'0') as usize]).collect();
    add(dice, "card: read out", CARD_EN, spoken.join(" "));
    add(
        dice,
        "card: read out with commas",
        CARD_EN,
        spoken.chunks(4).map(|c| c.join(" ")).collect::<Vec<_>>().join(", "),
    );
    let zh: String = number.bytes().map(|b| ZH_DIGITS[(b - b'0') as usize]).collect();
    add(dice, "card: read out in Chinese", CARD_ZH, zh);
    let amex = card(dice, "37", 15);
    add(dice, "card: American Express", &both, format!("{} {} {}", &amex[..4], &amex[4..10], &amex[10..]));
    let cvv = dice.text("123456789", 3);
    add(dice, "card: verification value", &["the cvv is @", "安全码是 @", "my security code is @ okay"], cvv);
    let body = format!(
        "{}19{}{:02}{:02}{}",
        dice.pick(&["110105", "440308", "320102"]),
        60 + dice.below(39),
        1 + dice.below(12),
        1 + dice.below(28),
        dice.text("0123456789", 3)
    );
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = body.bytes().zip(weights).map(|(b, w)| usize::from(b - b'0') * w).sum();
    let identity = format!("{body}{}", &"10X98765432"[sum % 11..sum % 11 + 1]);
    add(dice, "identity: Chinese", &["我的身份证号是@", "身份证：@，请登记", "my id is @", "@"], identity);
    let ssn = format!("{}-{}-{}", 100 + dice.below(500), 10 + dice.below(89), 1000 + dice.below(8999));
    add(dice, "identity: social security", &["my social security number is @", "ssn @ ok", "it is @"], ssn);
    let passport = format!("{}{}", dice.pick(&["E", "G", "EA"]), dice.text("0123456789", 8));
    add(dice, "identity: passport", &["my passport number is @", "护照号是 @ 谢谢", "passport: @"], passport);
    let word = dice.text("abcdefghjkmnpqrstuvwxyz23456789!#", 10);
    add(dice, "password", &["my password is @", "我的密码是 @", "My password: @"], format!("q{word}7"));
    let code = dice.text("123456789", 6);
    add(
        dice,
        "code",
        &["my code is @", "the verification code is @ thanks", "验证码是@", "my pin is @"],
        code,
    );
}

/// Phrases as a small recogniser writes them: every fifth word is the ordinary word that is nearest in sound, by the test's own
/// crude likeness, not by the one of the library.
pub fn misheard(dice: &mut Dice, vocabulary: &[&str], n: usize) -> Vec<Planted> {
    let listed: HashSet<&str> = Language::English.word_list().iter().copied().collect();
    let folded: Vec<String> =
        vocabulary.iter().map(|w| w.to_lowercase()).filter(|w| !listed.contains(w.as_str())).collect();
    let crude: Vec<(Vec<char>, &String)> = folded.iter().map(|w| (crude(w), w)).collect();
    let mut out = Vec::new();
    for i in 0..n {
        let words = phrase(dice, [12, 12, 24, 18][i % 4]);
        let mut heard = Vec::new();
        for word in &words {
            if dice.below(5) > 0 {
                heard.push(word.clone());
                continue;
            }
            let key = self::crude(word);
            let mut near: Vec<(usize, &String)> = crude
                .iter()
                .map(|(k, w)| {
                    (
                        distance(&key, k) * 4
                            + distance(&word.chars().collect::<Vec<_>>(), &w.chars().collect::<Vec<_>>()),
                        *w,
                    )
                })
                .collect();
            near.sort_unstable();
            heard.push(near[dice.below(3)].1.clone());
        }
        let (group, carriers) =
            if i % 2 == 0 { ("misheard, told before", TOLD_EN) } else { ("misheard, nothing said", BARE_EN) };
        // Whatever was said for a word gives the word away: list words and what stands for them count alike.
        let pieces = heard.iter().map(|w| w.to_lowercase()).collect();
        out.push(plant(dice, group, carriers, &heard.join(" "), pieces, false));
    }
    out
}

fn crude(word: &str) -> Vec<char> {
    let mut key = Vec::new();
    for c in word.chars() {
        let c = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' => 'a',
            'b' | 'p' => 'p',
            'd' | 't' => 't',
            'c' | 'k' | 'q' | 'g' => 'k',
            'f' | 'v' => 'f',
            's' | 'z' | 'x' => 's',
            'm' | 'n' => 'n',
            'h' | 'w' => continue,
            c => c,
        };
        if key.last() != Some(&c) {
            key.push(c);
        }
    }
    key
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let here = (corner + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = here;
        }
    }
    row[b.len()]
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
