//! Every sentence that the program shows or speaks to a visitor, in English and Chinese. Pure.
//!
//! The sentences are in `assets/texts/*.ftl` (Fluent) and are built into the program; [`id`] names them.

mod bundle;
pub mod id;

pub use bundle::{Texts, Value};
pub use id::Id;
