//! Where sound comes from: a microphone, or a file that is fed as if it were one.

#[cfg(feature = "voice")]
pub mod device;
pub mod paced;
#[cfg(any(feature = "voice", test))]
mod reports;
pub mod source;

pub use paced::{PacedFeeder, PacedSource};
pub use source::{Capture, CaptureError, CaptureSource, Captured};
