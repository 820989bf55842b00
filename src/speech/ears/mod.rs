//! The listening side in one handle: a source of sound, the listener, the recogniser, and events out.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use avatardesk::speech::{capture::PacedSource, ears::{Ears, EarsConfig, EarsEvent}, file, recognize::RecognizeError};
//! let samples = file::read("question.wav".as_ref())?;
//! let source = PacedSource::fast(&samples, std::time::Duration::from_secs(1))?;
//! // With the feature `voice`: load = || Ok(Box::new(whisper::Whisper::load(&ModelSource::File(path))?))
//! let load = || Err(RecognizeError::NotBuiltIn);
//! let ears = Ears::start(Box::new(source), load, EarsConfig::default())?;
//! while let Some(event) = ears.wait(std::time::Duration::from_secs(5)) {
//!     match event {
//!         EarsEvent::Transcript { transcript, .. } => println!("{}", transcript.text),
//!         EarsEvent::Ended => break,
//!         _ => {}
//!     }
//! }
//! # Ok(()) }
//! ```

mod captions;
mod desk;
mod events;
mod handle;

pub use events::{EarsEvent, HeardStamps};
pub use handle::{Ears, EarsCommand, EarsConfig, EarsError};
