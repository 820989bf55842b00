//! VRM files, on GLB bytes: checked, converted from 0.x to 1.0, mended for the engine; VRMA files, read. Pure, no Bevy.

mod check;
mod convert;
mod expressions;
mod finding;
mod glb;
mod gltf;
mod humanoid;
mod licence;
mod normalise;
mod recording;
mod report;
mod size;
mod stand_in;
#[cfg(test)]
mod test_files;

pub use check::{Prepared, VrmError, check, prepare};
pub use convert::convert;
pub use expressions::{Expressions, MOUTH_SHAPES, PRESETS};
pub use finding::{FINDINGS_MAX, Finding, Severity};
pub use glb::{FILE_MAX_BYTES, Glb, GlbError, JSON_MAX_BYTES};
pub use humanoid::{BONES_OPTIONAL, BONES_REQUIRED, Humanoid};
pub use licence::{Allowed, Licence};
pub use recording::{CLIP_MAX_BYTES, CLIP_MAX_S, ClipError, Recording, Track, recording};
pub use report::{Report, Version};
pub use size::{Size, dimensions as picture_size};
pub use stand_in::{StandIn, StandIns, jaw, share, stand_ins};
