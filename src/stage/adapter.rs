//! What this machine draws with, found out before the engine starts (which would panic if there were nothing).

use std::ops::Deref;

use bevy::render::{
    renderer::RenderInstance,
    settings::{Backends, WgpuSettings},
};
use bevy::tasks::block_on;

use super::StageError;

/// wgpu's instance, named through Bevy, so that there is only ever Bevy's wgpu in the program.
type Instance = <<<RenderInstance as Deref>::Target as Deref>::Target as Deref>::Target;

/// What kind of machine draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// The driver's name for it, for example `llvmpipe (LLVM 15.0.6, 256 bits)`.
    pub name: String,
    /// The interface, for example `vulkan`.
    pub backend: String,
    /// Drawn by the processor, not by a graphics card.
    pub software: bool,
}

/// Asks for an adapter as the engine will.
///
/// # Errors
/// [`StageError::NoAdapter`] when there is none.
pub fn probe() -> Result<Adapter, StageError> {
    probe_in(WgpuSettings::default().backends.unwrap_or(Backends::all()))
}

/// Like [`probe`], looking only at some of the interfaces.
///
/// # Errors
/// [`StageError::NoAdapter`] when none of them has an adapter.
pub fn probe_in(backends: Backends) -> Result<Adapter, StageError> {
    let instance = Instance::default();
    let found = block_on(instance.enumerate_adapters(backends));
    let adapters: Vec<Adapter> = found
        .iter()
        .map(|adapter| {
            let info = adapter.get_info();
            Adapter { software: is_software(&info), backend: info.backend.to_string(), name: info.name }
        })
        .collect();
    choose(adapters).ok_or(StageError::NoAdapter)
}

/// A graphics card before the processor, otherwise the first that the system names.
fn choose(adapters: Vec<Adapter>) -> Option<Adapter> {
    let hardware = adapters.iter().position(|a| !a.software).unwrap_or(0);
    adapters.into_iter().nth(hardware)
}

/// Whether an adapter draws with the processor: by its type, and by name for drivers that do not say so.
pub fn is_software(info: &bevy::render::render_resource::WgpuAdapterInfo) -> bool {
    let name = info.name.to_lowercase();
    format!("{:?}", info.device_type) == "Cpu"
        || ["llvmpipe", "softpipe", "swiftshader", "lavapipe", "basic render"]
            .iter()
            .any(|s| name.contains(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str, software: bool) -> Adapter {
        Adapter { name: name.into(), backend: "vulkan".into(), software }
    }

    #[test]
    fn a_graphics_card_is_chosen_before_the_processor() {
        let chosen = choose(vec![adapter("llvmpipe", true), adapter("card", false)]).unwrap();
        assert_eq!(chosen.name, "card");
    }

    #[test]
    fn nothing_found_is_an_error_in_words() {
        assert_eq!(choose(Vec::new()), None);
        let error = probe_in(Backends::empty()).unwrap_err();
        assert!(error.to_string().contains("mesa-vulkan-drivers"), "{error}");
    }
}
