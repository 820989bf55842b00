//! English: words that are written shorter than they are said.

use super::{clock, units};

/// Abbreviations as they are written, whatever stands around them.
const ALWAYS: &[(&str, &str)] = &[
    ("e.g.", "for example"),
    ("eg.", "for example"),
    ("i.e.", "that is"),
    ("etc.", "and so on"),
    ("vs.", "versus"),
    ("vs", "versus"),
    ("approx.", "about"),
    ("ca.", "about"),
    ("incl.", "including"),
    ("excl.", "excluding"),
    ("max.", "at most"),
    ("min.", "at least"),
    ("w/o", "without"),
    ("w/", "with"),
    ("mr.", "Mister"),
    ("mrs.", "Missus"),
    ("ms.", "Miz"),
    ("prof.", "Professor"),
    ("jr.", "Junior"),
    ("sr.", "Senior"),
    ("inc.", "Incorporated"),
    ("ltd.", "Limited"),
    ("co.", "Company"),
    ("corp.", "Corporation"),
    ("dept.", "department"),
    ("ave.", "Avenue"),
    ("blvd.", "Boulevard"),
    ("rd.", "Road"),
    ("apt.", "apartment"),
    ("tel.", "telephone"),
    ("hrs.", "hours"),
    ("nr.", "number"),
    ("fig.", "figure"),
    ("vol.", "volume"),
    ("&", "and"),
    ("+", "plus"),
    ("=", "equals"),
    ("24/7", "24 7"),
];

/// Titles that are also written without a stop, before a name.
const TITLES: &[(&str, &str)] =
    &[("Mr", "Mister"), ("Mrs", "Missus"), ("Ms", "Miz"), ("Prof", "Professor"), ("Dr", "Doctor")];

/// A word of a text with what stands beside it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub before: Option<&'a str>,
    pub word: &'a str,
    pub after: Option<&'a str>,
}

impl Place<'_> {
    fn name_follows(&self) -> bool {
        self.after.is_some_and(|word| word.starts_with(char::is_uppercase))
    }

    fn name_precedes(&self) -> bool {
        self.before
            .is_some_and(|word| word.starts_with(char::is_uppercase) && word.ends_with(char::is_alphanumeric))
    }

    pub fn number_follows(&self) -> bool {
        self.after.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()))
    }

    pub fn number_precedes(&self) -> bool {
        self.before
            .is_some_and(|word| word.trim_end_matches(['.', ',']).ends_with(|c: char| c.is_ascii_digit()))
    }
}

/// The words for a short one.
pub(super) fn speak(place: Place<'_>) -> Option<String> {
    let opened = place.word.trim_start_matches(['(', '"', '“', '\'']);
    let body = opened.trim_end_matches([',', ';', ':', '!', '?', ')', '"', '”', '\'']);
    let before = place.word.get(..place.word.len() - opened.len())?;
    let after = opened.get(body.len()..)?;
    let said = long_form(body, place)?;
    // The stop of an abbreviation that is followed by nothing also ends the sentence.
    let end = if place.after.is_none() && body.ends_with('.') && after.is_empty() { "." } else { "" };
    Some(format!("{before}{said}{after}{end}"))
}

fn long_form(body: &str, place: Place<'_>) -> Option<String> {
    // "5 ms.": a unit at the end of a sentence.
    if place.number_precedes() && units::english(body.trim_end_matches('.'), "2").is_some() {
        return None;
    }
    let title = TITLES.iter().find(|(short, _)| *short == body);
    if let Some((_, said)) = title.filter(|_| place.name_follows()) {
        return Some((*said).to_owned());
    }
    let said = match body {
        // "St. Mary", "Main St."; "Dr. Lee", "Ocean Dr."
        "St." | "St" if place.name_follows() => "Saint",
        "St." => "Street",
        "St" if place.name_precedes() => "Street",
        "Dr." if place.name_precedes() && !place.name_follows() => "Drive",
        "Dr." => "Doctor",
        "No." | "no." | "Nos." if place.number_follows() => "number",
        _ => "",
    };
    if !said.is_empty() {
        return Some(said.to_owned());
    }
    if let Some(half) = clock::half_of_day(body).filter(|_| place.number_precedes() && body.len() <= 4) {
        return Some(half.to_owned());
    }
    let stopped = body.strip_suffix('.');
    let core = stopped.unwrap_or(body);
    if let Some(month) = clock::month(core).filter(|_| place.number_follows() || place.number_precedes()) {
        return Some(month.to_owned());
    }
    // "We love the sun." is no day.
    if let Some(days) = clock::weekday(core, stopped.is_some() && place.after.is_some()) {
        return Some(days);
    }
    if let Some(number) =
        core.strip_prefix('#').filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    {
        return Some(format!("number {number}"));
    }
    if let Some(name) = core.strip_prefix('@').filter(|name| !name.is_empty()) {
        return Some(format!("at {name}"));
    }
    ALWAYS.iter().find(|(short, _)| body.eq_ignore_ascii_case(short)).map(|(_, said)| (*said).to_owned())
}
