//! From the text of a scene file to a [`Scene`], or to a sentence that says where and how to mend it.

use ron::Options;
use ron::error::{Error as RonError, SpannedError};
use ron::extensions::Extensions;
use serde::Deserialize;

use super::types::Scene;
use crate::quote::quote;

/// The version of the format that this program reads.
pub const VERSION: u32 = 1;

/// The largest scene file, in bytes.
pub const FILE_MAX_BYTES: usize = 1 << 20;

/// Why a text is not a scene.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SceneError {
    /// Lines and columns count from 1.
    #[error("line {line}, column {column}: {what}. {mend}")]
    Syntax { line: usize, column: usize, what: String, mend: String },
    #[error(
        "this scene is of version {0}, newer than this program understands ({VERSION}): update avatardesk, or write \
         `version: {VERSION}` and use only what that version has"
    )]
    Newer(u32),
    #[error("there is no scene format of version {0}: write `version: {VERSION}`")]
    Older(u32),
    #[error("this scene file has {0} bytes, more than the {FILE_MAX_BYTES} allowed: is it really a scene?")]
    TooLarge(usize),
}

/// Reads the version and nothing else, so that a newer file is not blamed for its new fields.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// Parses a scene file (RON with `implicit_some`).
pub fn parse(text: &str) -> Result<Scene, SceneError> {
    if text.len() > FILE_MAX_BYTES {
        return Err(SceneError::TooLarge(text.len()));
    }
    let ron = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    if let Ok(Head { version }) = ron.from_str(text) {
        version_fits(version)?;
    }
    let scene: Scene = ron.from_str(text).map_err(|e| explain(&e))?;
    version_fits(scene.version)?;
    Ok(scene)
}

fn version_fits(version: u32) -> Result<(), SceneError> {
    match version {
        VERSION => Ok(()),
        v if v > VERSION => Err(SceneError::Newer(v)),
        v => Err(SceneError::Older(v)),
    }
}

fn explain(error: &SpannedError) -> SceneError {
    let (what, mend) = sentence(&error.code);
    // The parser stands behind what it could not read; a wrong name begins where its span begins.
    let at = match error.code {
        RonError::NoSuchStructField { .. } | RonError::NoSuchEnumVariant { .. } => error.span.start,
        _ => error.span.end,
    };
    SceneError::Syntax { line: at.line, column: at.col, what: quote(&what), mend: quote(&mend) }
}

fn sentence(code: &RonError) -> (String, String) {
    match code {
        RonError::NoSuchStructField { expected, found, outer } => (
            format!("{} has no field `{found}`", thing(outer)),
            match nearest(found, expected) {
                Some(name) => format!("Did you mean `{name}`?"),
                None => format!("Its fields are: {}.", expected.join(", ")),
            },
        ),
        RonError::NoSuchEnumVariant { expected, found, .. } => (
            format!("`{found}` is not one of the choices here"),
            format!("Write one of: {}.", expected.join(", ")),
        ),
        RonError::MissingStructField { field, outer } => (
            format!("{} lacks the field `{field}`", thing(outer)),
            format!("Add `{field}: …` before this place."),
        ),
        RonError::DuplicateStructField { field, .. } => {
            (format!("the field `{field}` is there twice"), "Take one of the two away.".into())
        }
        RonError::ExpectedComma => (
            "a comma is missing".into(),
            "Put a comma before this place; if there is one, look above for a missing quotation mark.".into(),
        ),
        RonError::ExpectedIdentifier => ("a name is expected".into(), "Fields look like name: value.".into()),
        RonError::Eof => (
            "the file ends too early".into(),
            "A closing bracket or quotation mark is missing somewhere above.".into(),
        ),
        RonError::ExpectedString => {
            ("a text is expected".into(), "Put it between quotation marks, as in \"text\".".into())
        }
        RonError::ExpectedStringEnd => {
            ("a text does not end".into(), "Add the closing quotation mark.".into())
        }
        RonError::ExpectedArray => ("a list is expected".into(), "Lists look like [1, 2, 3].".into()),
        RonError::ExpectedArrayEnd => {
            ("this list has no end here".into(), "Add a comma or the closing ].".into())
        }
        RonError::ExpectedStructLike | RonError::ExpectedNamedStructLike(_) => {
            ("an opening ( is expected".into(), "Groups of fields look like (name: value).".into())
        }
        RonError::ExpectedStructLikeEnd => {
            ("a closing ) is expected".into(), "Add it before this place.".into())
        }
        RonError::ExpectedMapColon => ("a colon is missing".into(), "Fields look like name: value.".into()),
        RonError::ExpectedFloat | RonError::ExpectedInteger => {
            ("a number is expected".into(), "Write it without quotation marks, as in 12 or 1.5.".into())
        }
        RonError::IntegerOutOfBounds => ("this number is out of range".into(), "Write a smaller one.".into()),
        RonError::ExpectedBoolean => ("true or false is expected".into(), "Write true or false.".into()),
        RonError::ExceededRecursionLimit => {
            ("the brackets are nested too deeply".into(), "No scene needs that many: take some away.".into())
        }
        RonError::TrailingCharacters => {
            ("there is something after the end of the scene".into(), "Take it away.".into())
        }
        // Our own types' messages say themselves what to do.
        RonError::Message(message) => match message.split_once(": ") {
            Some((what, mend)) => (what.to_owned(), upper_first(&format!("{}.", mend.trim_end_matches('.')))),
            None => (message.clone(), "Compare with scenes/helpdesk.ron.".into()),
        },
        RonError::InvalidValueForType { expected, found } => {
            (format!("{found} does not fit here"), format!("Write {expected}."))
        }
        RonError::ExpectedDifferentLength { expected, found } => {
            let count =
                expected.trim_start_matches("an array of length ").trim_start_matches("a tuple of size ");
            (format!("{found} values do not fit here"), format!("Write {count}, as in (0, 1, 2)."))
        }
        other => (lower_first(&other.to_string()), "Compare with scenes/helpdesk.ron.".into()),
    }
}

fn thing(outer: &Option<String>) -> String {
    outer.as_ref().map_or_else(|| "this group".to_owned(), |name| format!("`{name}`"))
}

/// The allowed name that is most alike, when one is alike at all.
fn nearest<'a>(found: &str, expected: &[&'a str]) -> Option<&'a str> {
    expected
        .iter()
        .map(|name| (strsim::jaro_winkler(found, name), *name))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OURS: &str = include_str!("../../scenes/helpdesk.ron");

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let text = " ".repeat(FILE_MAX_BYTES + 1);
        assert_eq!(parse(&text), Err(SceneError::TooLarge(FILE_MAX_BYTES + 1)));
    }

    #[test]
    fn what_is_quoted_is_short_and_on_one_line() {
        let long = parse(&OURS.replacen("camera", &"x".repeat(9_000), 1)).unwrap_err().to_string();
        assert!(long.chars().count() < 1_200 && long.contains("xxx…"), "{long}");
        let red = parse(&OURS.replacen("\"#10293a\"", "\"red\\n\\u{1b}[2J\"", 1)).unwrap_err().to_string();
        assert!(red.contains("is not a colour") && !red.contains(char::is_control), "{red}");
    }

    #[test]
    fn names_that_are_alike_are_proposed() {
        assert_eq!(nearest("camra", &["camera", "desks"]), Some("camera"));
        assert_eq!(nearest("weather", &["camera", "desks"]), None);
    }

    proptest! {
        /// A slip of the hand: a stretch of the file is gone, or something else stands there.
        #[test]
        fn a_damaged_scene_is_refused_with_a_place_or_read(
            at in 0usize..8_000, length in 0usize..40, instead in "[(){}\\[\\],:\"a-z0-9#好]{0,6}",
        ) {
            let chars: Vec<char> = OURS.chars().collect();
            let (start, end) = (at.min(chars.len()), (at + length).min(chars.len()));
            let text: String =
                chars[..start].iter().copied().chain(instead.chars()).chain(chars[end..].iter().copied()).collect();
            if let Err(SceneError::Syntax { line, column, what, mend }) = parse(&text) {
                prop_assert!(line >= 1 && line <= text.lines().count() + 1 && column >= 1);
                prop_assert!(!what.is_empty() && !mend.is_empty());
            }
        }
    }
}
