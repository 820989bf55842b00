//! Speech models that can be fetched: which there are, fetching one, checking it. Imports nothing of ours.

mod catalogue;
mod fetch;

pub use catalogue::{DEFAULT_MODEL, MODELS, Model, SOURCE_URL, find};
pub use fetch::{FetchError, Progress, STALL_TIMEOUT, Source, fetch, file_sha256, is_present};
