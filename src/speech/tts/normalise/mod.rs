//! Makes a written text speakable: marks, links, addresses, numbers, abbreviations.

mod clock;
mod english;
mod links;
mod mandarin;
mod marks;
mod short;
mod units;

/// The text as it should be read aloud in a language ("en" or "zh"; others get what does not depend on it).
pub fn speakable(text: &str, language: &str) -> String {
    let chinese = language == "zh" || language.starts_with("zh-");
    let plain = marks::strip(text);
    let linked = links::speak(&plain, chinese);
    let spoken = if chinese { mandarin::speak(&linked) } else { english::speak(&linked) };
    let spoken = spoken.replace(links::SPELLED_GAP, " ");
    spoken.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
