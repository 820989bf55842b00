//! English: signs, abbreviations and numbers that the engine would read wrongly.

use super::links::spaced;
use super::short::{self, Place};
use super::{clock, units};

/// Numbers with more digits than this are read digit by digit.
const MAX_NUMBER_DIGITS: usize = 9;

/// Words that are spelled.
const SPELLED: &[&str] =
    &["NFT", "QR", "ID", "URL", "VR", "AR", "PDF", "USB", "API", "DAO", "SMS", "FAQ", "ETH", "BTC", "USD"];

pub(super) fn speak(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let said = words.iter().enumerate().map(|(i, word)| {
        let before = i.checked_sub(1).and_then(|i| words.get(i)).copied();
        speak_word(Place { before, word, after: words.get(i + 1).copied() })
    });
    said.collect::<Vec<_>>().join(" ")
}

fn speak_word(place: Place<'_>) -> String {
    if let Some(said) = short::speak(place) {
        return said;
    }
    let (before, core, after) = parts(place.word);
    format!("{before}{}{after}", speak_core(core, place))
}

/// A word without the marks around it, and those.
fn parts(word: &str) -> (&str, &str, &str) {
    let starts = |c: char| c.is_alphanumeric() || matches!(c, '$' | '€' | '£' | '°');
    let start = word.find(starts).unwrap_or(0);
    let ends = |c: char| c.is_alphanumeric() || matches!(c, '%' | '²');
    let end = word
        .rfind(ends)
        .map_or(word.len(), |i| i + word.get(i..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8))
        .max(start);
    match (word.get(..start), word.get(start..end), word.get(end..)) {
        (Some(before), Some(core), Some(after)) => (before, core, after),
        _ => ("", word, ""),
    }
}

fn speak_core(core: &str, place: Place<'_>) -> String {
    if let Some(name) = core.strip_suffix('s').filter(|name| SPELLED.contains(name)) {
        return format!("{}'s", spaced(name));
    }
    if SPELLED.contains(&core) {
        return spaced(core);
    }
    for (sign, one, many) in [('$', "dollar", "dollars"), ('€', "euro", "euros"), ('£', "pound", "pounds")]
    {
        if let Some(amount) = core.strip_prefix(sign).map(|a| a.replace(',', ""))
            && is_number(&amount)
        {
            return format!("{amount} {}", if amount == "1" { one } else { many });
        }
    }
    if let Some(said) = measured(core, place) {
        return said;
    }
    let half_follows = place.after.and_then(clock::half_of_day).is_some();
    if let Some(said) =
        clock::time(core, half_follows).or_else(|| clock::date(core)).or_else(|| clock::ordinal(core))
    {
        return said;
    }
    let after_month = place.before.is_some_and(|word| clock::month(parts(word).1).is_some());
    if let Some(day) = Some(core).filter(|_| after_month).and_then(clock::day) {
        return day;
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

/// `5km`, `3–5km`, or the unit behind "5".
fn measured(core: &str, place: Place<'_>) -> Option<String> {
    if let Some((amount, unit)) = units::split(core)
        && is_number(&amount.replace(',', ""))
    {
        // "The 1990s" are no seconds.
        let years = unit == "s" && !amount.contains('.');
        if let Some(said) = units::english(unit, amount).filter(|_| !years) {
            return Some(format!("{amount} {said}"));
        }
        let (to, unit) = units::split(unit.strip_prefix(['-', '–'])?)?;
        return Some(format!("{amount} to {to} {}", units::english(unit, to)?));
    }
    let amount = place.before.map(|word| parts(word).1)?;
    let number = amount.rsplit(['-', '–']).next().is_some_and(|last| is_number(&last.replace(',', "")));
    units::english(core, amount).filter(|_| number).map(str::to_owned)
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '.')
        && text.matches('.').count() <= 1
        && !text.ends_with('.')
}
