//! Puts the finders together and writes the marks.

use super::{
    block, chinese, code,
    fold::{Glyph, MARK},
    key, number, phrase,
    reading::Reading,
    secret::{Context, Finding, Hit, Redacted, cut_mark},
    token::is_han,
};

/// What is found can show more in what is left, so the finders run until they find nothing, at most so many times. After
/// that all that is left is removed.
const PASSES_MAX: usize = 8;

/// Masks the secrets of one text. Masking a masked text changes nothing.
///
/// The time is proportional to the length of the text, which is bounded by [`TEXT_MAX_CHARS`](super::TEXT_MAX_CHARS).
///
/// ```
/// let r = avatardesk::redact::redact("My seed phrase is legal winner thank year wave sausage worth useful");
/// assert_eq!(r.text, "My seed phrase is [seed phrase removed]");
/// ```
pub fn redact(text: &str) -> Redacted {
    redact_in(text, &Reading::of(text), Context::default())
}

/// Masks with what was said before in mind.
pub(super) fn redact_in(text: &str, reading: &Reading, context: Context) -> Redacted {
    let mut left: Option<Reading> = None;
    let mut findings: Vec<Finding> = Vec::new();
    for pass in 0..=PASSES_MAX {
        let reading = left.as_ref().unwrap_or(reading);
        let mut hits = find(reading, context);
        if hits.is_empty() {
            break;
        }
        if pass == PASSES_MAX {
            hits = hits
                .first()
                .map(|h| Hit { start: 0, end: reading.glyphs.len(), certain: false, ..*h })
                .into_iter()
                .collect();
            findings.clear();
        }
        left = Some(reading.with(replaced(&reading.glyphs, &hits, &mut findings)));
    }
    findings.sort_by_key(|f| f.range.start);
    Redacted { text: written(text, &findings, reading.cut), findings, cut: reading.cut.is_some() }
}

/// All hits of one pass, in order, without overlap.
fn find(reading: &Reading, context: Context) -> Vec<Hit> {
    let Reading { glyphs, tokens, .. } = reading;
    let mut hits = block::find(glyphs);
    hits.extend(key::find(glyphs, tokens, context));
    hits.extend(number::find(tokens, context));
    hits.extend(phrase::find(tokens, &reading.units, context));
    hits.extend(chinese::find(tokens, context));
    hits.extend(code::find(tokens));
    hits.retain(|h| {
        h.start < h.end && glyphs.get(h.start..h.end).is_some_and(|g| g.iter().any(|g| g.c != MARK))
    });
    hits.sort_by_key(|h| (h.start, std::cmp::Reverse(h.end)));
    let mut merged: Vec<Hit> = Vec::new();
    for hit in hits {
        match merged.last_mut().filter(|last| hit.start < last.end) {
            Some(last) => {
                if hit.end - hit.start > last.end - last.start
                    || hit.certain && !last.certain && hit.end >= last.end
                {
                    last.kind = hit.kind;
                }
                last.end = last.end.max(hit.end);
                last.certain |= hit.certain;
            }
            None => merged.push(hit),
        }
    }
    merged
}

/// The glyphs with one mark for each hit; what a mark swallows of earlier findings becomes one finding with it.
fn replaced(glyphs: &[Glyph], hits: &[Hit], findings: &mut Vec<Finding>) -> Vec<Glyph> {
    let mut out: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    let mut at = 0;
    for hit in hits {
        let inside = glyphs.get(hit.start..hit.end).unwrap_or_default();
        let (Some(start), Some(end)) = (inside.first().map(|g| g.start), inside.iter().map(|g| g.end).max())
        else {
            continue;
        };
        out.extend(glyphs.get(at..hit.start).unwrap_or_default());
        // Several glyphs may come from one character: all of them go.
        while out.last().is_some_and(|g| g.end > start) {
            out.pop();
        }
        findings.retain(|f| f.range.start < start || f.range.end > end);
        findings.push(Finding { kind: hit.kind, range: start..end, certain: hit.certain });
        out.push(Glyph { c: MARK, raw: MARK, start, end, mark: Some(hit.kind) });
        at = hit.end.max(at);
        while glyphs.get(at).is_some_and(|g| g.start < end) {
            at += 1;
        }
    }
    out.extend(glyphs.get(at..).unwrap_or_default());
    out
}

/// The text with the marks in it.
fn written(text: &str, findings: &[Finding], cut: Option<usize>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for f in findings {
        out.push_str(text.get(at..f.range.start).unwrap_or_default());
        out.push_str(f.kind.mark(in_chinese(text, f.range.start, f.range.end)));
        at = f.range.end;
    }
    match cut {
        Some(read) => {
            out.push_str(text.get(at..read).unwrap_or_default());
            out.push_str(cut_mark(in_chinese(text, read, text.len())));
        }
        None => out.push_str(text.get(at..).unwrap_or_default()),
    }
    out
}

/// Whether the nearest letter before is Chinese, or else the nearest after, or else the first of the secret.
fn in_chinese(text: &str, start: usize, end: usize) -> bool {
    let letter = |c: &char| c.is_alphabetic();
    let before = text.get(..start).and_then(|t| t.chars().rev().take(200).find(letter));
    let after = text.get(end..).and_then(|t| t.chars().take(200).find(letter));
    let own = text.get(start..end).and_then(|t| t.chars().take(200).find(letter));
    before.or(after).or(own).is_some_and(is_han)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{SecretKind, TEXT_MAX_CHARS};

    #[test]
    fn marks_follow_the_script_around() {
        assert_eq!(redact("卡号是 4532015112830366 谢谢").text, "卡号是 ［卡号已移除］ 谢谢");
        assert_eq!(redact("card 4532015112830366 ok").text, "card [card number removed] ok");
    }

    #[test]
    fn findings_lie_in_the_original() {
        let text = "Ｃard ４５３２０１５１１２８３０３６６ ok";
        let r = redact(text);
        assert_eq!(r.findings.len(), 1);
        assert_eq!(r.findings[0].kind, SecretKind::CardNumber);
        assert_eq!(&text[r.findings[0].range.clone()], "４５３２０１５１１２８３０３６６");
    }

    #[test]
    fn long_texts_are_cut_once() {
        let text = "é".repeat(TEXT_MAX_CHARS + 5);
        let once = redact(&text);
        assert!(once.cut && once.text.ends_with("[rest removed]"));
        let twice = redact(&once.text);
        assert_eq!((twice.text, twice.cut), (once.text, false));
    }

    #[test]
    fn an_ordinary_text_is_the_same_text() {
        let text = "Hello, where can I see my tickets?  你好！";
        assert_eq!(redact(text), Redacted { text: text.into(), ..Redacted::default() });
    }
}
