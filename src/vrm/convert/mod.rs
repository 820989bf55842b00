//! VRM 0.x becomes VRM 1.0: GLB bytes in, GLB bytes out. The binary part stays as it is.
//!
//! What differs between the formats is told at <https://github.com/vrm-c/vrm-specification>; where that leaves a choice, the
//! numbers here are those of UniVRM's own conversion.

mod bones;
mod expressions;
mod facing;
mod file;
mod look_at;
mod materials;
mod meta;
mod springs;

pub use file::convert;

pub(super) use file::convert_value;
