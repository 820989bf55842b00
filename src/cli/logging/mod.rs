//! What the program says about itself on standard error. Never what visitors say.

use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` wins over `verbose`.
pub fn start(verbose: u8) {
    let default = match verbose {
        0 => "warn,bevy_vrm1=error,wgpu_hal=error,wgpu_core=error,naga=error",
        1 => "warn,avatardesk=info",
        _ => "info,avatardesk=debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // A second start, in tests, changes nothing.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
