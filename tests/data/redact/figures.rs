//! Keys, cards, identity numbers, passwords and codes.

use super::{Dice, Planted, plant};

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

const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

pub fn keys(dice: &mut Dice, out: &mut Vec<Planted>) {
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

pub fn numbers(dice: &mut Dice, out: &mut Vec<Planted>) {
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
