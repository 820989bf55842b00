//! The masking of secrets, on any text.

use std::path::Path;

use avatardesk::redact::{Redacted, Watch, redact};

use super::{Law, hold};

/// The longest mark, in bytes.
const MARK_MAX_BYTES: usize = 27;
/// A seed phrase that is put among the text.
const PHRASE: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";
/// So many words of it in a row must not be left.
const LEFT_MAX_WORDS: usize = 3;
/// Where in the text it is put.
const HERE: char = '\u{1}';

pub fn check(data: &[u8], _: &Path) -> Law {
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    let once = redact(text);
    laws(text, &once)?;
    let twice = redact(&once.text);
    hold!(twice.text == once.text, "{text:?} is masked as {:?}, and that as {:?}", once.text, twice.text);
    let (before, after) = text.split_once(HERE).unwrap_or((text, ""));
    hidden(text, &redact(&format!("{before}\n{PHRASE}\n{after}")).text)?;
    let mut watch = Watch::new();
    for line in text.split(HERE) {
        laws(line, &watch.redact(line))?;
    }
    Ok(())
}

/// What was found is in the text, in order and apart; a mark is in the place of each, and all else is as it was.
pub fn laws(text: &str, masked: &Redacted) -> Law {
    let Redacted { text: out, findings, cut } = masked;
    let most = text.len() + MARK_MAX_BYTES * (findings.len() + 1);
    hold!(out.len() <= most, "{} bytes became {}", text.len(), out.len());
    hold!(*cut || out == text || !findings.is_empty(), "nothing was found, and {text:?} became {out:?}");
    let mut rest = out.as_str();
    let mut at = 0;
    for finding in findings {
        let range = finding.range.clone();
        hold!(range.start >= at && range.start < range.end, "{finding:?} after byte {at}");
        let (kept, marks) = (text.get(at..range.start), [false, true].map(|zh| finding.kind.mark(zh)));
        let kept = kept.ok_or_else(|| format!("{finding:?} begins within a character of {text:?}"))?;
        hold!(text.is_char_boundary(range.end), "{finding:?} ends within a character of {text:?}");
        rest = rest
            .strip_prefix(kept)
            .and_then(|r| marks.iter().find_map(|mark| r.strip_prefix(mark)))
            .ok_or_else(|| format!("{text:?} became {out:?}: that is not {findings:?}"))?;
        at = range.end;
    }
    let end = text.get(at..).unwrap_or_default();
    hold!(rest == end || *cut, "{text:?} became {out:?}: its end is another one");
    Ok(())
}

/// Hardly anything is left of the phrase: no few words of it in a row that are not in the text around it as well.
pub fn hidden(around: &str, masked: &str) -> Law {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let (phrase, around, masked_words) = (words(PHRASE), words(around), words(masked));
    let often = |all: &[String], few: &[String]| all.windows(LEFT_MAX_WORDS).filter(|w| *w == few).count();
    let left = phrase.windows(LEFT_MAX_WORDS).find(|few| often(&masked_words, few) > often(&around, few));
    hold!(left.is_none(), "{left:?} is left in {masked:?}");
    Ok(())
}
