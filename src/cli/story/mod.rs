//! Stories: what a scripted visitor, a person at a console and the host do at a desk, in order. A story is a file
//! ([`script`]); it is carried out against the real parts ([`tell`]), watched from the visitor's side ([`witness`]) and
//! compared with the log at the end ([`check`]).

mod bare;
mod check;
mod parts;
mod room;
mod screen;
mod script;
mod tell;
mod teller;
mod voice;
mod witness;

use std::path::Path;

use anyhow::{Context, Result};

pub use script::{Story, shipped};
pub use tell::{Place, Told, tell};
pub use witness::{Overheard, Overhearing};

use super::common::read_text;

/// Reads a story file; `flag` is what names another one.
pub fn read(file: &Path, flag: &str) -> Result<Story> {
    Story::parse(&read_text(file, flag)?).with_context(|| file.display().to_string())
}
