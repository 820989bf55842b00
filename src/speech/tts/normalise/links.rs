//! Addresses of pages, of mail and of wallets: nobody wants to hear forty hexadecimal digits.

/// Letters of an address that are read at its beginning and at its end.
const ENDS: usize = 4;
/// Words shorter than this are no wallet's address.
const MIN_ADDRESS: usize = 26;

/// The last part of a page's address that is written without `https://`.
const ENDINGS: [&str; 27] = [
    "com", "org", "net", "io", "gov", "edu", "info", "app", "dev", "xyz", "eth", "cn", "uk", "de", "eu",
    "ai", "me", "co", "tv", "hk", "tw", "jp", "fr", "shop", "online", "cloud", "world",
];

/// Between the letters of what is spelled, a space in the end. A text has none of these: they are not spoken.
pub(super) const SPELLED_GAP: &str = "\u{2060}";

/// Replaces addresses by what a person would say.
pub(super) fn speak(text: &str, chinese: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        // An address is ASCII; Chinese may follow it without a space.
        if c.is_ascii_graphic() {
            word.push(c);
        } else {
            flush(&mut word, &mut out, chinese);
            out.push(c);
        }
    }
    flush(&mut word, &mut out, chinese);
    out
}

fn flush(word: &mut String, out: &mut String, chinese: bool) {
    if word.is_empty() {
        return;
    }
    let opened = word.trim_start_matches(['(', '"', '\'', '<']);
    let core = opened.trim_end_matches(['.', ',', '!', '?', ')', '"', '\'', ';', ':', '>']);
    let before = word.get(..word.len() - opened.len()).unwrap_or_default();
    let after = opened.get(core.len()..).unwrap_or_default();
    match page(core, chinese).or_else(|| mail(core, chinese)).or_else(|| wallet(core, chinese)) {
        Some(spoken) => {
            out.push_str(before);
            out.push_str(&spoken);
            out.push_str(after);
        }
        None => out.push_str(word),
    }
    word.clear();
}

fn dotted(host: &str, chinese: bool) -> String {
    host.replace('.', if chinese { " 点 " } else { " dot " })
}

fn page(word: &str, chinese: bool) -> Option<String> {
    let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"));
    let host = rest.unwrap_or(word).split(['/', '?', '#', ':']).next().unwrap_or_default();
    if rest.is_none() && !host.starts_with("www.") && !is_host(host) {
        return None;
    }
    Some(dotted(host.strip_prefix("www.").unwrap_or(host), chinese))
}

/// Whether it is a page's name: "example.com", and not "e.g" or "3.5".
fn is_host(word: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let ending = word.rsplit('.').next().unwrap_or_default();
    word.contains('.')
        && word.split('.').all(part)
        && ENDINGS.contains(&ending)
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

fn mail(word: &str, chinese: bool) -> Option<String> {
    let (name, host) = word.split_once('@')?;
    if name.is_empty() || !host.contains('.') || host.contains('@') {
        return None;
    }
    let at = if chinese { "艾特" } else { "at" };
    Some(format!("{} {at} {}", dotted(name, chinese), dotted(host, chinese)))
}

fn wallet(word: &str, chinese: bool) -> Option<String> {
    // Many write "0x5290...9EE7" themselves.
    let shown = word.strip_prefix("0x").and_then(|rest| rest.split_once("..."));
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let hex = match (shown, word.strip_prefix("0x")) {
        (Some((head, tail)), _) => head.len() >= ENDS && tail.len() >= ENDS && is_hex(head) && is_hex(tail),
        (None, Some(rest)) => rest.len() >= 2 * ENDS && is_hex(rest),
        (None, None) => false,
    };
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    let coded = word.len() >= MIN_ADDRESS
        && word.bytes().all(|b| b.is_ascii_alphanumeric())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic);
    if !hex && !coded {
        return None;
    }
    let digits = word.strip_prefix("0x").unwrap_or(word);
    let zero_x = if hex { "0x" } else { "" };
    let head = spelled(&format!("{zero_x}{}", digits.get(..ENDS)?));
    let tail = spelled(digits.get(digits.len() - ENDS..)?);
    Some(if chinese {
        format!("以 {head} 开头、以 {tail} 结尾的地址")
    } else {
        format!("the address that begins {head} and ends {tail}")
    })
}

/// Letters one by one, kept together until the end: "5 m" in an address is no length.
fn spelled(word: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join(SPELLED_GAP)
}

pub(super) fn spaced(word: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join(" ")
}
