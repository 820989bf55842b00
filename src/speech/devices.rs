//! Which sound devices are wanted, and whether this machine has a sound system at all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::clock::lock;

/// The device that is wanted: the system's usual one, or one by a part of its name. Clones share it, so it can be changed while
/// it is in use.
#[derive(Debug, Clone, Default)]
pub struct WantedDevice(Arc<Wish>);

#[derive(Debug, Default)]
struct Wish {
    // A plain mutex: under it a name is copied.
    name: Mutex<Option<String>>,
    /// Counts the changes.
    turn: AtomicU64,
}

impl WantedDevice {
    /// A device as [`crate::speech`]'s lists name it; `None` is the system's usual one.
    pub fn new(name: Option<String>) -> Self {
        Self(Arc::new(Wish { name: Mutex::new(name), turn: AtomicU64::new(0) }))
    }

    /// Its name, or a part of it.
    pub fn name(&self) -> Option<String> {
        lock(&self.0.name).clone()
    }

    /// From now on this one is wanted. Choosing the same one again opens it anew.
    pub fn choose(&self, name: Option<String>) {
        *lock(&self.0.name) = name;
        self.0.turn.fetch_add(1, Ordering::Release);
    }

    /// Another number after each choice.
    pub fn turn(&self) -> u64 {
        self.0.turn.load(Ordering::Acquire)
    }
}

/// Whether it is worth asking for sound devices. ALSA's library writes a page of complaints to the standard error when
/// there is nothing, each time it is asked; so on Linux it is not asked without any sign of a card or a sound server.
#[cfg(feature = "voice")]
pub(super) fn sound_system() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let exists = |path: std::path::PathBuf| path.exists();
    let under = |variable: &str, name: &str| {
        std::env::var_os(variable).is_some_and(|dir| exists(std::path::Path::new(&dir).join(name)))
    };
    std::env::var_os("PULSE_SERVER").is_some()
        || under("XDG_RUNTIME_DIR", "pulse/native")
        || under("XDG_RUNTIME_DIR", "pipewire-0")
        || under("HOME", ".asoundrc")
        || exists("/etc/asound.conf".into())
        || exists("/dev/snd".into())
}
