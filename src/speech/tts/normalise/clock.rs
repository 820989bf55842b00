//! English: times and dates, and the ordinal numbers in them.

/// Months with what is written in their place.
const MONTHS: [(&str, &str); 12] = [
    ("January", "Jan"),
    ("February", "Feb"),
    ("March", "Mar"),
    ("April", "Apr"),
    ("May", "May"),
    ("June", "Jun"),
    ("July", "Jul"),
    ("August", "Aug"),
    ("September", "Sep"),
    ("October", "Oct"),
    ("November", "Nov"),
    ("December", "Dec"),
];

const DAYS: [(&str, &str); 10] = [
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Tues", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Thur", "Thursday"),
    ("Thurs", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];

const ORDINALS: [&str; 20] = [
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];

/// Twenty, thirty and so on: the number, and its ordinal.
const TENS: [(&str, &str); 8] = [
    ("twenty", "twentieth"),
    ("thirty", "thirtieth"),
    ("forty", "fortieth"),
    ("fifty", "fiftieth"),
    ("sixty", "sixtieth"),
    ("seventy", "seventieth"),
    ("eighty", "eightieth"),
    ("ninety", "ninetieth"),
];

/// `21st`: the words, up to 99.
pub(super) fn ordinal(core: &str) -> Option<String> {
    let number = ["st", "nd", "rd", "th"].iter().find_map(|end| core.strip_suffix(end))?;
    nth(digits(number)?)
}

fn nth(number: usize) -> Option<String> {
    if let Some(word) = ORDINALS.get(number).filter(|word| !word.is_empty()) {
        return Some((*word).to_owned());
    }
    let (ten, tenth) = TENS.get((number / 10).checked_sub(2)?)?;
    Some(match number % 10 {
        0 => (*tenth).to_owned(),
        one => format!("{ten} {}", ORDINALS.get(one)?),
    })
}

fn digits(text: &str) -> Option<usize> {
    let fine = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    fine.then(|| text.parse().ok())?
}

/// The month that a word means, "Nov" or "November", when it stands beside a number.
pub(super) fn month(core: &str) -> Option<&'static str> {
    let named = |(name, short): &&(&'static str, &'static str)| core == *name || core == *short;
    let found = MONTHS.iter().find(named).map(|(name, _)| *name);
    found.or((core == "Sept").then_some("September"))
}

/// `Mon–Fri`, or `Mon.` with its stop.
pub(super) fn weekday(core: &str, stopped: bool) -> Option<String> {
    let full = |short: &str| DAYS.iter().find(|(s, _)| *s == short).map(|(_, full)| *full);
    if let Some((from, to)) = core.split_once(['-', '–']) {
        return Some(format!("{} to {}", full(from)?, full(to)?));
    }
    full(core).filter(|_| stopped).map(str::to_owned)
}

/// The day of a month, as it follows the month's name.
pub(super) fn day(core: &str) -> Option<String> {
    nth(digits(core).filter(|day| (1..=31).contains(day))?)
}

/// `2026-11-23`, `23/11/2026` where it is clear which is the month.
pub(super) fn date(core: &str) -> Option<String> {
    let mut parts = core.split(['-', '/']);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (x, y, z) = (digits(a)?, digits(b)?, digits(c)?);
    let (year, month, day) = match (a.len(), c.len()) {
        (4, _) if core.contains('-') => (a, y, z),
        (_, 4) if x > 12 => (c, y, x),
        (_, 4) if y > 12 || x == y => (c, x, y),
        _ => return None,
    };
    let (name, _) = MONTHS.get(month.checked_sub(1)?)?;
    let day = nth(Some(day).filter(|day| (1..=31).contains(day))?)?;
    Some(format!("{name} {day} {year}"))
}

/// `am`, `p.m.` and the like, as letters.
pub(super) fn half_of_day(word: &str) -> Option<&'static str> {
    let letters: String = word.chars().filter(char::is_ascii_alphabetic).collect();
    match letters.to_ascii_lowercase().as_str() {
        "am" => Some("a m"),
        "pm" => Some("p m"),
        _ => None,
    }
}

/// `10:30`, `9am`, `9:00-17:00`. `half_follows`: the next word is "am" or "pm".
pub(super) fn time(core: &str, half_follows: bool) -> Option<String> {
    if let Some((from, to)) = core.split_once(['-', '–']) {
        return Some(format!("{} to {}", one_time(from, false)?, one_time(to, half_follows)?));
    }
    one_time(core, half_follows)
}

fn one_time(text: &str, half_follows: bool) -> Option<String> {
    let numbers = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
    let half = match text.get(numbers.len()..)? {
        "" => None,
        letters => Some(half_of_day(letters)?),
    };
    let (hour, minute) = match numbers.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (digits(hour)?, digits(minute)?),
        None if half.is_some() => (digits(numbers)?, 0),
        _ => return None,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let said = |hour: usize| match minute {
        0 => hour.to_string(),
        1..=9 => format!("{hour} oh {minute}"),
        _ => format!("{hour} {minute}"),
    };
    Some(match (half, hour) {
        (Some(half), _) => format!("{} {half}", said(hour)),
        _ if half_follows => said(hour),
        (None, 0) => format!("{} a m", said(12)),
        (None, 13..) => format!("{} p m", said(hour - 12)),
        (None, _) if minute == 0 => format!("{hour} o'clock"),
        _ => said(hour),
    })
}
