//! From sound to text and from text to sound. Knows nothing of the rest of the program.

pub mod audio;
pub mod capture;
pub mod clock;
pub mod endpoint;
pub mod file;
pub mod listen;
pub mod model_file;
pub mod recognize;
pub mod resample;
pub mod tts;
pub mod vad;
