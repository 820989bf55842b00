//! Checks of VRM files, on GLB bytes. Pure, no Bevy.

mod check;
mod expressions;
mod finding;
mod glb;
mod gltf;
mod humanoid;
mod licence;
mod report;
mod size;
#[cfg(test)]
mod test_files;

pub use check::{VrmError, check};
pub use expressions::{Expressions, MOUTH_SHAPES, PRESETS, StandIn};
pub use finding::{FINDINGS_MAX, Finding, Severity};
pub use glb::{FILE_MAX_BYTES, Glb, GlbError, JSON_MAX_BYTES};
pub use humanoid::{BONES_OPTIONAL, BONES_REQUIRED, Humanoid};
pub use licence::{Allowed, Licence};
pub use report::{Report, Version};
pub use size::Size;
