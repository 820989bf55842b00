//! Units behind numbers, in both languages.

/// As it is written; said of one, and of several; in Chinese.
const UNITS: &[(&str, &str, &str, &str)] = &[
    ("kB", "kilobyte", "kilobytes", " K B"),
    ("KB", "kilobyte", "kilobytes", " K B"),
    ("MB", "megabyte", "megabytes", " M B"),
    ("GB", "gigabyte", "gigabytes", " G B"),
    ("TB", "terabyte", "terabytes", " T B"),
    ("Mbps", "megabit per second", "megabits per second", "兆比特每秒"),
    ("Mbit/s", "megabit per second", "megabits per second", "兆比特每秒"),
    ("km/h", "kilometre per hour", "kilometres per hour", "公里每小时"),
    ("mph", "mile per hour", "miles per hour", "英里每小时"),
    ("km", "kilometre", "kilometres", "公里"),
    ("cm", "centimetre", "centimetres", "厘米"),
    ("mm", "millimetre", "millimetres", "毫米"),
    ("m²", "square metre", "square metres", "平方米"),
    ("m", "metre", "metres", "米"),
    ("kg", "kilogram", "kilograms", "公斤"),
    ("mg", "milligram", "milligrams", "毫克"),
    ("g", "gram", "grams", "克"),
    ("ms", "millisecond", "milliseconds", "毫秒"),
    ("sec", "second", "seconds", "秒"),
    ("s", "second", "seconds", "秒"),
    ("min", "minute", "minutes", "分钟"),
    ("hrs", "hour", "hours", "小时"),
    ("h", "hour", "hours", "小时"),
    ("°C", "degree Celsius", "degrees Celsius", "摄氏度"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit", "华氏度"),
    ("kWh", "kilowatt hour", "kilowatt hours", "千瓦时"),
    ("kW", "kilowatt", "kilowatts", "千瓦"),
    ("W", "watt", "watts", "瓦"),
    ("GHz", "gigahertz", "gigahertz", "吉赫"),
    ("MHz", "megahertz", "megahertz", "兆赫"),
    ("kHz", "kilohertz", "kilohertz", "千赫"),
    ("Hz", "hertz", "hertz", "赫兹"),
    ("px", "pixel", "pixels", "像素"),
    ("%", "percent", "percent", ""),
];

/// The unit of so many, in English.
pub(super) fn english(unit: &str, amount: &str) -> Option<&'static str> {
    let (_, one, several, _) = UNITS.iter().find(|(short, ..)| *short == unit)?;
    Some(if amount == "1" { one } else { several })
}

/// The number and the unit of `5km`.
pub(super) fn split(core: &str) -> Option<(&str, &str)> {
    let at = core.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')?;
    core.split_at_checked(at).filter(|(amount, _)| !amount.is_empty())
}

/// The Chinese unit at the beginning of a text, with the bytes that it had.
pub(super) fn chinese(text: &str) -> Option<(&'static str, usize)> {
    let rest = text.trim_start_matches(' ');
    let spaces = text.len() - rest.len();
    let end =
        rest.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '/' | '°' | '²'))).unwrap_or(rest.len());
    let unit = rest.get(..end)?;
    let (.., said) = UNITS.iter().find(|(short, .., said)| *short == unit && !said.is_empty())?;
    Some((said, spaces + end))
}
