//! English: signs, abbreviations and numbers that the engine would read wrongly.

use super::links::spaced;

/// Numbers with more digits than this are read digit by digit.
const MAX_NUMBER_DIGITS: usize = 9;

/// Abbreviations with their full stops.
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("e.g.", "for example"),
    ("i.e.", "that is"),
    ("etc.", "and so on"),
    ("vs.", "versus"),
    ("approx.", "about"),
    ("w/o", "without"),
];

/// Words that are spelled.
const SPELLED: &[&str] =
    &["NFT", "QR", "ID", "URL", "VR", "AR", "PDF", "USB", "API", "DAO", "SMS", "FAQ", "ETH", "BTC", "USD"];

pub(super) fn speak(text: &str) -> String {
    let text = text.replace('\n', " \n ");
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        words.push(speak_word(word));
    }
    words.join(" ")
}

fn speak_word(word: &str) -> String {
    if let Some((_, said)) = ABBREVIATIONS.iter().find(|(short, _)| word.eq_ignore_ascii_case(short)) {
        return (*said).to_owned();
    }
    match word {
        "&" => return "and".into(),
        "+" => return "plus".into(),
        "=" => return "equals".into(),
        "24/7" => return "24 7".into(),
        _ => {}
    }
    let core_start = word.find(|c: char| c.is_alphanumeric() || c == '$' || c == '€').unwrap_or(0);
    let core_end = word
        .rfind(|c: char| c.is_alphanumeric() || c == '%')
        .map_or(word.len(), |i| i + word.get(i..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8));
    let (Some(before), Some(core), Some(after)) = (
        word.get(..core_start),
        word.get(core_start..core_end.max(core_start)),
        word.get(core_end.max(core_start)..),
    ) else {
        return word.to_owned();
    };
    format!("{before}{}{after}", speak_core(core))
}

fn speak_core(core: &str) -> String {
    if let Some(name) = core.strip_suffix('s').filter(|name| SPELLED.contains(name)) {
        return format!("{}'s", spaced(name));
    }
    if SPELLED.contains(&core) {
        return spaced(core);
    }
    for (sign, one, many) in [('$', "dollar", "dollars"), ('€', "euro", "euros")] {
        if let Some(amount) = core.strip_prefix(sign).map(|a| a.replace(',', ""))
            && is_number(&amount)
        {
            return format!("{amount} {}", if amount == "1" { one } else { many });
        }
    }
    if let Some(amount) = core.strip_suffix('%').filter(|a| is_number(a)) {
        return format!("{amount} percent");
    }
    if let Some((from, to)) = core.split_once(['-', '–'])
        && is_number(from)
        && is_number(to)
    {
        return format!("{from} to {to}");
    }
    if core.len() > MAX_NUMBER_DIGITS && core.bytes().all(|b| b.is_ascii_digit()) {
        return spaced(core);
    }
    core.to_owned()
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '.')
        && text.matches('.').count() <= 1
        && !text.ends_with('.')
}
