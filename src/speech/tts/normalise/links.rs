//! Addresses of pages, of mail and of wallets: nobody wants to hear forty hexadecimal digits.

/// Letters of an address that are read at its beginning and at its end.
const ENDS: usize = 4;
/// Words shorter than this are no wallet's address.
const MIN_ADDRESS: usize = 26;

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
    let rest = rest.or_else(|| word.starts_with("www.").then_some(word))?;
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    Some(dotted(host.strip_prefix("www.").unwrap_or(host), chinese))
}

fn mail(word: &str, chinese: bool) -> Option<String> {
    let (name, host) = word.split_once('@')?;
    if name.is_empty() || !host.contains('.') || host.contains('@') {
        return None;
    }
    Some(format!("{} at {}", dotted(name, chinese), dotted(host, chinese)))
}

fn wallet(word: &str, chinese: bool) -> Option<String> {
    let hex = word
        .strip_prefix("0x")
        .is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    let coded = word.len() >= MIN_ADDRESS
        && word.bytes().all(|b| b.is_ascii_alphanumeric())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic);
    if !hex && !coded {
        return None;
    }
    let digits = word.strip_prefix("0x").unwrap_or(word);
    let head = spaced(digits.get(..ENDS)?);
    let tail = spaced(digits.get(digits.len() - ENDS..)?);
    let zero_x = if hex { "0 x " } else { "" };
    Some(if chinese {
        format!("以 {zero_x}{head} 开头、以 {tail} 结尾的地址")
    } else {
        format!("the address that begins {zero_x}{head} and ends {tail}")
    })
}

pub(super) fn spaced(word: &str) -> String {
    word.chars().map(String::from).collect::<Vec<_>>().join(" ")
}
