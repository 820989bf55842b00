//! What must hold for any input, one file a target. The fuzzer and the test `tests/corpus.rs` share these files.

use std::path::Path;

pub mod article;
pub mod avatar;
pub mod frame;
pub mod question;
pub mod redact;
pub mod scene;
pub mod settings;

/// What does not hold, in a sentence.
pub type Law = Result<(), String>;

/// Feeds bytes to one part of the program and looks at what comes out. The folder is for files that it needs.
pub type Check = fn(&[u8], &Path) -> Law;

/// All targets by name.
pub const TARGETS: [(&str, Check); 7] = [
    ("frame", frame::check),
    ("scene", scene::check),
    ("article", article::check),
    ("avatar", avatar::check),
    ("settings", settings::check),
    ("redact", redact::check),
    ("question", question::check),
];

/// The longest sentence that the program may say about something wrong, in characters.
const SENTENCE_MAX_CHARS: usize = 1_200;

/// Returns with a sentence when a condition does not hold.
macro_rules! hold {
    ($condition:expr, $($why:tt)+) => {
        let holds: bool = $condition;
        if !holds {
            return Err(format!($($why)+));
        }
    };
}
pub(crate) use hold;

/// What is told to people is a sentence: something, on one line, short, and nothing in it moves a terminal.
pub fn sentence(text: &str) -> Law {
    hold!(!text.trim().is_empty(), "nothing is said about what is wrong");
    let chars = text.chars().count();
    hold!(chars <= SENTENCE_MAX_CHARS, "a sentence of {chars} characters: {text:.100}…");
    hold!(!text.contains(char::is_control), "a control character in {text:?}");
    Ok(())
}

/// A place that an error names is in the text: lines and columns count from 1.
pub fn place(text: &str, line: usize, column: usize) -> Law {
    let lines = text.bytes().filter(|b| *b == b'\n').count() + 1;
    hold!((1..=lines + 1).contains(&line), "line {line} of {lines}");
    let longest = text.split('\n').map(|l| l.chars().count()).max().unwrap_or(0);
    hold!((1..=longest + 2).contains(&column), "column {column}, and the longest line has {longest}");
    Ok(())
}
