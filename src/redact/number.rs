//! Finds card numbers, their verification values, and identity, social security and passport numbers.

use super::{
    digits::{Item, Run, joined, runs},
    phrases::{List, Phrases},
    secret::{Context, Hit, SecretKind},
    token::{Kind, Token},
};

/// Lengths of card numbers, in digits (ISO/IEC 7812; the shortest are old Visa numbers).
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// How far back a word such as "card" or "order" still speaks of a number, in tokens.
const REACH: usize = 8;
const ORDER_REACH: usize = 4;
const CARD_NUMBER_REACH: usize = 4;

#[rustfmt::skip]
static CARD_TALK: List = List::new(|| Phrases::new(&[
    "card", "cards", "visa", "mastercard", "amex", "american express", "credit card", "debit card",
    "card number", "unionpay", "卡号", "信用卡", "银行卡", "储蓄卡", "借记卡", "卡是", "银联", "card is",
    "卡", "bank card", "maestro", "discover card",
]));
#[rustfmt::skip]
static ORDER_TALK: List = List::new(|| Phrases::new(&[
    "order", "order number", "tracking", "token id", "token", "ticket", "booking", "reference", "invoice",
    "id", "block", "nonce", "serial", "timestamp", "isbn", "订单", "订单号", "单号", "编号", "流水号",
    "票号", "时间戳", "代币", "区块", "序列号", "phone",
]));
#[rustfmt::skip]
static CVV_TALK: List = List::new(|| Phrases::new(&[
    "cvv", "cvc", "cvv2", "cvc2", "security code", "card code", "verification value", "c v v", "c v c",
    "安全码", "卡背面", "背面三位", "背面的三位", "校验码",
]));
#[rustfmt::skip]
static IDENTITY_TALK: List = List::new(|| Phrases::new(&[
    "身份证", "身份证号", "证件号", "证件号码", "身份号码", "identity number", "identity card", "id card",
    "id number", "national id", "resident id", "resident identity", "identification number", "公民身份",
]));
static CARD_NUMBER: List = List::new(|| Phrases::new(&["card number", "card number is", "卡号", "卡号是"]));
static SOCIAL_TALK: List =
    List::new(|| Phrases::new(&["social security", "ssn", "s s n", "social", "社会安全号", "社保号"]));
static PASSPORT_TALK: List =
    List::new(|| Phrases::new(&["passport", "passport number", "passport no", "护照", "护照号"]));
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "is", "was", "number", "no", "code", "the", "my", "it's", "it", "on", "back", "of", ":", "=", "#", "-",
    ",", "are", "says", "goes", "card", ".",
];
const ZH_FILLERS: &str = "是为码号数字的:写后面背三位四";

/// Finds the numbers. `context` is what was said before.
pub(super) fn find(tokens: &[Token], context: Context) -> Vec<Hit> {
    let mut hits = Vec::new();
    for run in runs(tokens) {
        identity(tokens, &run, &mut hits);
        cards(tokens, &run, context, &mut hits);
        small(tokens, &run, &mut hits);
    }
    passports(tokens, &mut hits);
    hits
}

fn push(hits: &mut Vec<Hit>, kind: SecretKind, items: &[Item], certain: bool) {
    if let (Some(first), Some(last)) = (items.first(), items.last()) {
        hits.push(Hit { kind, start: first.start, end: last.end, certain });
    }
}

fn cards(tokens: &[Token], run: &Run, context: Context, hits: &mut Vec<Hit>) {
    let Some(at) = run.first().map(|i| i.first) else { return };
    let talk = context.card || CARD_TALK.before(tokens, at, REACH);
    let order = !talk && ORDER_TALK.before(tokens, at, ORDER_REACH);
    let plus = at > 0 && tokens.get(at - 1).is_some_and(|t| t.is_punct("+"));
    let mut from = 0;
    while from < run.len() {
        let Some(to) = card_end(run, from, talk, order, plus) else {
            from += 1;
            continue;
        };
        let items = run.get(from..to).unwrap_or_default();
        push(hits, SecretKind::CardNumber, items, luhn(&joined(items)));
        from = to;
    }
    let total: usize = run.iter().map(|i| i.digits.len()).sum();
    if context.card && (4..13).contains(&total) && run.iter().all(|i| i.spoken || i.digits.len() == 4) {
        push(hits, SecretKind::CardNumber, run, false);
    } else if talk && CARD_NUMBER.before(tokens, at, CARD_NUMBER_REACH) && (8..13).contains(&total) {
        // The beginning of one, or one that was not heard to the end.
        push(hits, SecretKind::CardNumber, run, false);
    }
}

/// Where the longest card number that begins at item `from` ends.
fn card_end(run: &Run, from: usize, talk: bool, order: bool, plus: bool) -> Option<usize> {
    let mut number = String::new();
    let mut end = None;
    let mut fours = 0;
    for (i, item) in run.iter().enumerate().skip(from) {
        number.push_str(&item.digits);
        if number.len() > *CARD_DIGITS.end() {
            break;
        }
        fours += usize::from(item.digits.len() == 4);
        if !CARD_DIGITS.contains(&number.len()) || plus {
            continue;
        }
        let grouped = fours >= 3;
        let valid = luhn(&number) && issued(&number);
        if valid && (!order || grouped) || talk && (issued(&number) || luhn(&number)) && i + 1 == run.len() {
            end = Some(i + 1);
        }
    }
    end
}

/// The check digit of ISO/IEC 7812-1, annex B.
fn luhn(number: &str) -> bool {
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b.saturating_sub(b'0'));
            if i % 2 == 0 {
                d
            } else if d > 4 {
                2 * d - 9
            } else {
                2 * d
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a number of this length can begin so: the networks' published ranges.
fn issued(number: &str) -> bool {
    let head = |n: usize| number.get(..n).and_then(|h| h.parse::<u32>().ok()).unwrap_or(0);
    let n = number.len();
    match head(1) {
        3 => {
            matches!((head(2), n), (34 | 37, 15) | (30 | 36 | 38 | 39, 14..=16)) || (head(2) == 35 && n == 16)
        }
        4 => matches!(n, 13 | 16 | 18 | 19),
        5 => matches!((head(2), n), (51..=55, 16) | (50 | 56..=58, 13..=19)),
        2 => (2221..=2720).contains(&head(4)) && n == 16 || (2200..=2204).contains(&head(4)) && n >= 16,
        6 => n >= 16,
        9 => head(4) == 9792 && n == 16,
        _ => false,
    }
}

/// Chinese identity numbers: GB 11643, 18 characters with a check character, or 15 digits.
fn identity(tokens: &[Token], run: &Run, hits: &mut Vec<Hit>) {
    let Some(at) = run.first().map(|i| i.first) else { return };
    let talk = IDENTITY_TALK.before(tokens, at, REACH);
    for from in 0..run.len() {
        let mut number = String::new();
        for (i, item) in run.iter().enumerate().skip(from) {
            number.push_str(&item.digits);
            let items = run.get(from..=i).unwrap_or_default();
            match number.len() {
                17 => {
                    let next = tokens.get(item.after);
                    let x = next.is_some_and(|t| t.one_of(&["x", "ex"]) || t.han() == Some('叉'));
                    if x && dated(&number, 6, 4) && (talk || check_character(&number) == Some('x')) {
                        let end = next.map_or(item.end, |t| t.end);
                        let start = items.first().map_or(item.start, |f| f.start);
                        hits.push(Hit {
                            kind: SecretKind::IdentityNumber,
                            start,
                            end,
                            certain: check_character(&number) == Some('x'),
                        });
                        return;
                    }
                }
                18 => {
                    let right = number.get(..17).and_then(check_character) == number.chars().last();
                    if dated(&number, 6, 4) && (right || talk) {
                        push(hits, SecretKind::IdentityNumber, items, right);
                        return;
                    }
                }
                15 if talk && i + 1 == run.len() && dated(&number, 6, 2) => {
                    push(hits, SecretKind::IdentityNumber, items, false);
                    return;
                }
                19.. => break,
                _ => {}
            }
        }
    }
    let total: usize = run.iter().map(|i| i.digits.len()).sum();
    if talk && (12..=18).contains(&total) {
        push(hits, SecretKind::IdentityNumber, run, false);
    }
}

/// Whether a date of birth stands at `at`, its year with so many digits.
fn dated(number: &str, at: usize, year: usize) -> bool {
    let part =
        |from: usize, n: usize| number.get(from..from + n).and_then(|p| p.parse::<u32>().ok()).unwrap_or(0);
    let years = if year == 4 { (1900..=2099).contains(&part(at, 4)) } else { true };
    years
        && (1..=12).contains(&part(at + year, 2))
        && (1..=31).contains(&part(at + year + 2, 2))
        && !number.starts_with('0')
}

/// The check character of GB 11643 (ISO 7064, MOD 11-2) for the first 17 digits.
fn check_character(number: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = number.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b.saturating_sub(b'0')) * w).sum();
    "10x98765432".chars().nth((sum % 11) as usize)
}

/// Social security numbers and card verification values: short, so the words before must say so.
fn small(tokens: &[Token], run: &Run, hits: &mut Vec<Hit>) {
    let Some(at) = run.first().map(|i| i.first) else { return };
    let number = joined(run);
    if number.len() == 9 {
        let lengths: Vec<usize> = run.iter().map(|i| i.digits.len()).collect();
        let dashed =
            lengths == [3, 2, 4] && run.windows(2).all(|w| matches!(w, [a, b] if a.end + 1 == b.start));
        let plausible = !["000", "666"].iter().any(|p| number.starts_with(p))
            && number.get(3..5) != Some("00")
            && !number.starts_with('9');
        let talk = SOCIAL_TALK.before(tokens, at, REACH);
        if talk
            || dashed
                && plausible
                && run.iter().all(|i| !i.spoken)
                && tokens.get(at + 1).is_some_and(|t| t.is_punct("-"))
        {
            push(hits, SecretKind::IdentityNumber, run, talk);
        }
    }
    for (i, item) in run.iter().enumerate() {
        let head = run.get(i..).unwrap_or_default();
        let Some(n) = (1..=head.len().min(4))
            .find(|&n| matches!(joined(head.get(..n).unwrap_or_default()).len(), 3 | 4))
        else {
            continue;
        };
        if introduced(tokens, item.first, &CVV_TALK) {
            let four = head.get(..n + 1).filter(|h| joined(h).len() == 4);
            push(hits, SecretKind::CardNumber, four.or(head.get(..n)).unwrap_or_default(), false);
            break;
        }
    }
}

/// Whether one of the phrases stands before token `at` with nothing but fillers between.
pub(super) fn introduced(tokens: &[Token], at: usize, phrases: &Phrases) -> bool {
    (at.saturating_sub(12)..at).any(|i| {
        phrases.at(tokens, i).is_some_and(|n| {
            i + n <= at
                && tokens.get(i + n..at).unwrap_or_default().iter().all(|t| match t.kind {
                    Kind::Han(c) => ZH_FILLERS.contains(c),
                    _ => FILLERS.contains(&t.text.as_str()),
                })
        })
    })
}

/// Passport numbers: up to two letters and six to nine digits, after "passport".
fn passports(tokens: &[Token], hits: &mut Vec<Hit>) {
    for at in 0..tokens.len() {
        let Some(n) = PASSPORT_TALK.at(tokens, at) else { continue };
        let mut i = at + n;
        while i < at + n + 5
            && tokens.get(i).is_some_and(|t| match t.kind {
                Kind::Han(c) => ZH_FILLERS.contains(c),
                _ => FILLERS.contains(&t.text.as_str()),
            })
        {
            i += 1;
        }
        let start = i;
        let mut letters = 0;
        while let Some(t) = tokens.get(i).filter(|t| t.kind == Kind::Word && t.text.len() <= 2 && letters < 2)
        {
            letters += t.text.len();
            i += 1;
        }
        let Some(run) =
            runs(tokens.get(i..(i + 24).min(tokens.len())).unwrap_or_default()).into_iter().next()
        else {
            continue;
        };
        let first = run.first().map(|item| item.first);
        if first == Some(0)
            && (6..=9).contains(&joined(&run).len())
            && let (Some(from), Some(last)) = (tokens.get(start), run.last())
        {
            hits.push(Hit {
                kind: SecretKind::IdentityNumber,
                start: from.start,
                end: last.end,
                certain: false,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, token::tokens},
        *,
    };

    fn found(text: &str) -> Vec<(SecretKind, String)> {
        let (glyphs, _) = fold(text, 10_000);
        let hits = find(&tokens(&glyphs), Context::default());
        hits.iter().map(|h| (h.kind, glyphs[h.start..h.end].iter().map(|g| g.c).collect())).collect()
    }

    fn one(text: &str) -> String {
        found(text).into_iter().next().map(|f| f.1).unwrap_or_default()
    }

    #[test]
    fn cards_are_found_in_many_writings() {
        for card in [
            "4532015112830366",
            "4532 0151 1283 0366",
            "4532-0151-1283-0366",
            "3782 822463 10005",
            "four five three two oh one five one one two eight three oh three six six",
            "四五三二零一五一一二八三零三六六",
        ] {
            assert_eq!(one(&format!("it is {card} thanks")), card);
        }
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "token id 4532015112830367",
            "order number 4532015112830366",
            "call +86 138 1234 5678",
            "1,000,000 dollars on 2025-12-24 at 10:30",
            "1764000000000",
            "4532015112830367",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn identity_numbers_are_checked() {
        assert_eq!(one("11010519491231002X"), "11010519491231002x");
        assert_eq!(one("身份证号是 440308199901011512"), "440308199901011512");
        assert_eq!(one("my ssn is 123 45 6789"), "123 45 6789");
        assert_eq!(one("passport number is E12345678"), "e12345678");
        assert_eq!(found("110105194912310021"), []);
    }

    #[test]
    fn verification_values_need_their_name() {
        assert_eq!(one("the cvv is 123"), "123");
        assert_eq!(one("安全码是一二三"), "一二三");
        assert_eq!(found("gate 123"), []);
    }
}
