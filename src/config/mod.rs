//! Settings: raw to validated.

mod raw;
mod routing;
mod secret;
mod settings;

pub use raw::{ConfigError, Raw, parse};
pub use secret::Secret;
pub use settings::{AccessSettings, LISTEN_DEFAULT, LogLevel, SettingError, Settings, SpeechModel};
