//! Whether this machine has a sound system at all.

/// Whether it is worth asking for sound devices. ALSA's library writes a page of complaints to the standard error when
/// there is nothing, each time it is asked; so on Linux it is not asked without any sign of a card or a sound server.
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
