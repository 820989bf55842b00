//! Mandarin: numbers as a person says them, so that they can be spelled in pinyin.

use super::links::spaced;
use super::units;

/// Numbers with more digits than this are read digit by digit.
const MAX_NUMBER_DIGITS: usize = 8;

/// Before these, two is 两 and not 二.
const COUNTED: [char; 16] =
    ['个', '位', '次', '天', '种', '张', '件', '条', '块', '只', '名', '步', '项', '家', '枚', '份'];

const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const UNITS: [&str; 4] = ["", "十", "百", "千"];

pub(super) fn speak(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let money = match c {
            '$' => "美元",
            '€' => "欧元",
            '¥' | '￥' => "元",
            _ => "",
        };
        let after_sign = rest.get(c.len_utf8()..).filter(|r| r.starts_with(|d: char| d.is_ascii_digit()));
        let amount = after_sign.filter(|_| !money.is_empty());
        // Digits in a foreign word, such as "Web3", stay there.
        if amount.is_some() || (c.is_ascii_digit() && !before.is_ascii_alphabetic()) {
            let number = amount.unwrap_or(rest);
            let (spoken, used) = speak_number(number);
            out.push_str(&spoken);
            if amount.is_some() {
                out.push_str(money);
            }
            rest = number.get(used..).unwrap_or_default();
            before = '0';
            continue;
        }
        match c {
            '&' => out.push('和'),
            '+' => out.push('加'),
            '@' => out.push_str("艾特"),
            '%' => {}
            c => out.push(c),
        }
        before = c;
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// Reads the number at the beginning of a text, with what belongs to it. Returns its words and how many bytes it had.
fn speak_number(text: &str) -> (String, usize) {
    let whole = digits(text);
    if let Some(date) = date(text) {
        return date;
    }
    let after = text.get(whole.len()..).unwrap_or_default();
    if whole.len() == 4 && after.starts_with('年') {
        return (digit_by_digit(whole, ""), whole.len());
    }
    if let Some(minutes) = after.strip_prefix(':').map(digits)
        && minutes.len() == 2
        && whole.len() <= 2
    {
        let hour = if whole == "2" { "两".to_owned() } else { cardinal(whole.trim_start_matches('0')) };
        let spoken = match (minutes, minutes.strip_prefix('0')) {
            ("00", _) => format!("{hour}点"),
            (_, Some(minute)) => format!("{hour}点零{}分", cardinal(minute)),
            _ => format!("{hour}点{}分", cardinal(minutes)),
        };
        return (spoken, whole.len() + 3);
    }
    // 1,250 is one number.
    let mut joined = whole.to_owned();
    let mut used = whole.len();
    while let Some(group) = text.get(used..).and_then(|r| r.strip_prefix(',')).map(digits) {
        if group.len() != 3 || joined.len() > MAX_NUMBER_DIGITS {
            break;
        }
        joined.push_str(group);
        used += 4;
    }
    let mut spoken = cardinal(&joined);
    let fraction = text.get(used..).and_then(|r| r.strip_prefix('.')).map_or("", digits);
    if !fraction.is_empty() {
        spoken = format!("{spoken}点{}", digit_by_digit(fraction, ""));
        used += 1 + fraction.len();
    }
    let after = text.get(used..).unwrap_or_default();
    if after.starts_with('%') {
        return (format!("百分之{spoken}"), used + 1);
    }
    if let Some(dash) = after.chars().next().filter(|c| matches!(c, '-' | '–' | '~' | '～'))
        && after.get(dash.len_utf8()..).is_some_and(|r| r.starts_with(|d: char| d.is_ascii_digit()))
    {
        return (format!("{spoken}到"), used + dash.len_utf8());
    }
    if let Some((unit, length)) = units::chinese(after) {
        return (format!("{spoken}{unit}"), used + length);
    }
    if spoken == "二" && after.trim_start().starts_with(COUNTED) {
        spoken = "两".to_owned();
    }
    (spoken, used)
}

/// `2026-11-23` at the beginning of a text.
fn date(text: &str) -> Option<(String, usize)> {
    let year = digits(text);
    let month = digits(text.get(year.len()..)?.strip_prefix(['-', '/'])?);
    let used = year.len() + 1 + month.len();
    let day = digits(text.get(used..)?.strip_prefix(['-', '/'])?);
    let fits = |number: &str, most: u32| {
        (1..=2).contains(&number.len()) && number.parse().is_ok_and(|n: u32| (1..=most).contains(&n))
    };
    if year.len() != 4 || !fits(month, 12) || !fits(day, 31) {
        return None;
    }
    let number = |text: &str| cardinal(text.trim_start_matches('0'));
    let spoken = format!("{}年{}月{}日", digit_by_digit(year, ""), number(month), number(day));
    Some((spoken, used + 1 + day.len()))
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn digit(b: u8) -> &'static str {
    DIGITS.get(usize::from(b.saturating_sub(b'0'))).copied().unwrap_or_default()
}

fn digit_by_digit(number: &str, between: &str) -> String {
    number.bytes().map(digit).collect::<Vec<_>>().join(between)
}

/// A whole number in words: 10005 is 一万零五.
fn cardinal(number: &str) -> String {
    if number.len() > MAX_NUMBER_DIGITS || (number.len() > 1 && number.starts_with('0')) {
        return spaced(&digit_by_digit(number, ""));
    }
    let value: u32 = number.parse().unwrap_or(0);
    let (high, low) = (value / 10_000, value % 10_000);
    let mut spoken = String::new();
    if high > 0 {
        spoken.push_str(&below_ten_thousand(high));
        spoken.push('万');
        if low > 0 && low < 1000 {
            spoken.push('零');
        }
    }
    if low > 0 || high == 0 {
        spoken.push_str(&below_ten_thousand(low));
    }
    // Ten to nineteen begin with ten, not with one ten.
    match spoken.strip_prefix("一十") {
        Some(rest) => format!("十{rest}"),
        None => spoken,
    }
}

fn below_ten_thousand(value: u32) -> String {
    if value == 0 {
        return "零".into();
    }
    let text = value.to_string();
    let mut spoken = String::new();
    let mut zero = false;
    for (i, b) in text.bytes().enumerate() {
        if b == b'0' {
            zero = true;
            continue;
        }
        if zero {
            spoken.push('零');
            zero = false;
        }
        spoken.push_str(digit(b));
        spoken.push_str(UNITS.get(text.len() - 1 - i).copied().unwrap_or_default());
    }
    spoken
}
