//! The agent app: who waits, take over, type, give back. The logic is apart from the screen, so that a window only adds
//! panels.

mod input;
mod keys;
mod marks;
mod microphone;
mod model;
mod queue;
mod text;
mod voice;

pub use input::{InputError, Wish, parse};
pub use keys::{KEYS_HELP, Keys, Stroke};
pub use marks::Line;
pub use microphone::{Listener, MicError, MicNews, MicParts, Microphone};
pub use model::{Console, Deed, Talk};
pub use text::{ConsoleError, Person, run_text, run_voice};
