//! The agent app: who waits, take over, type, give back. The logic is apart from the screen, so that a window only adds
//! panels.

mod input;
mod marks;
mod model;
mod queue;
mod text;

pub use input::{InputError, Wish, parse};
pub use marks::Line;
pub use model::{Console, Deed, Talk};
pub use text::{ConsoleError, run_text};
