//! Makes a VRM 1.0 file safe to show: fills in what the engine insists on and the format does not, takes out what it cannot
//! bear, and refuses what cannot be mended.
//!
//! The engine's reader of VRM (bevy_vrm1) finds bones by the names of nodes, reads each extension whole or not at all, and
//! trusts every index in it.

mod data;
mod extension;
mod file;
mod materials;
mod nodes;
mod shapes;
mod springs;

pub(super) use file::normalise;
