//! What the program says about itself: on standard error, and as JSON lines in files. Never what visitors say.

mod json;
mod rolling;

use std::sync::OnceLock;

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogLevel, Settings};
use json::JsonLines;
use rolling::RollingFile;

/// The folder of the files in the data directory.
pub const LOG_DIR: &str = "logs";
/// The most bytes of one file.
const FILE_MAX_BYTES: u64 = 8 * 1024 * 1024;
/// The most files of one program: the current one and older ones.
const FILES_MAX: usize = 5;
/// These print whatever passes through them when they are asked for everything.
const TALKATIVE: [&str; 7] =
    ["tungstenite", "tokio_tungstenite", "hyper", "hyper_util", "axum", "rustls", "ureq_proto"];

/// Where the files are, once that is known.
static FILE: OnceLock<RollingFile> = OnceLock::new();

/// Starts logging. `RUST_LOG` wins over `verbose`, except that nothing shows what visitors say.
pub fn start(verbose: u8) {
    let default = match verbose {
        0 => "warn,bevy_vrm1=error,wgpu_hal=off,wgpu_core=error,naga=error",
        1 => "warn,avatardesk=info",
        _ => "info,avatardesk=debug",
    };
    let wanted =
        std::env::var("RUST_LOG").ok().map(|text| text.parse::<Targets>().map_err(|why| (text, why)));
    let (asked, refused) = match wanted {
        Some(Ok(targets)) => (Some(targets), None),
        Some(Err(refused)) => (None, Some(refused)),
        None => (None, None),
    };
    let filter = asked
        .or_else(|| default.parse().ok())
        .unwrap_or_default()
        .with_targets(TALKATIVE.iter().map(|name| (*name, LevelFilter::WARN)));
    let errors = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    // A second start, in tests, changes nothing.
    let _ = tracing_subscriber::registry()
        .with(errors)
        .with(JsonLines::new(&FILE).with_filter(in_files()))
        .try_init();
    if let Some((text, why)) = refused {
        tracing::warn!("RUST_LOG={text} is not understood ({why}): write it as warn,avatardesk=debug");
    }
}

/// What goes into the files, whatever `RUST_LOG` says.
fn in_files() -> Targets {
    let quiet = TALKATIVE.iter().map(|name| (*name, LevelFilter::OFF));
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("avatardesk", LevelFilter::DEBUG)
        .with_targets(quiet)
}

/// From now on what this program says is also kept in files of this name in the data directory. When that is not
/// possible, it says so and goes on.
pub fn keep(settings: &Settings, name: &str) {
    match RollingFile::open(&settings.data.join(LOG_DIR), name, FILE_MAX_BYTES, FILES_MAX) {
        Ok(file) => {
            json::set_level(match settings.log {
                LogLevel::Error => tracing::Level::ERROR,
                LogLevel::Warn => tracing::Level::WARN,
                LogLevel::Info => tracing::Level::INFO,
                LogLevel::Debug | LogLevel::Trace => tracing::Level::DEBUG,
            });
            drop(FILE.set(file));
        }
        Err(why) => tracing::warn!("no log file is kept: {why}"),
    }
}
