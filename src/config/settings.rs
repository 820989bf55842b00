//! Settings that have been checked: what the program works with.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::raw::{Raw, RawAccess};
use super::routing::RoutingSettings;
use super::secret::Secret;
use crate::conversation::DeskId;
use crate::quote::quote;

/// Where the relay listens unless told otherwise.
pub const RELAY_DEFAULT: &str = "ws://127.0.0.1:7400/ws";

/// The same as an address to listen on.
/// Where a relay listens, and clients look for it.
pub const LISTEN_DEFAULT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7400);

/// Why a setting cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    #[error("`relay = \"{0}\"`: write ws:// or wss://, a host and a port, as in {RELAY_DEFAULT}")]
    Relay(String),
    #[error("`relay`: leave out the user name and password; a device is let in by its key: see `invite`")]
    RelayWithPassword,
    #[error("`log = \"{0}\"`: write error, warn, info, debug or trace")]
    Log(String),
    #[error("`desk`: {0}")]
    Desk(String),
    #[error("`{0}` is empty: write something or take the line away")]
    Empty(&'static str),
    #[error("`access.listen = \"{0}\"`: write an address and a port, as in {LISTEN_DEFAULT} or 0.0.0.0:7400")]
    Listen(String),
    #[error("`access`: a certificate needs its key, and a key its certificate")]
    HalfCertificate,
    #[error("`routing.{name} = {value}`: write a number of seconds from {min} to {max}")]
    Secs { name: &'static str, value: u64, min: u64, max: u64 },
    #[error("`access.{name} = {value}`: write a number of connections from {} to {}", CONNECTIONS.start(), CONNECTIONS.end())]
    Connections { name: &'static str, value: usize },
    #[error("no folder for the data is known on this system: name one with --data or `data = \"…\"`")]
    NoDataFolder,
}

/// How many connections a relay may be told to take.
const CONNECTIONS: RangeInclusive<usize> = 4..=50_000;

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    /// As a filter of `tracing` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Which speech model is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SpeechModel {
    /// The best one that has been fetched, or the embedded one.
    #[default]
    Auto,
    Embedded,
    /// By name, in the data folder.
    Named(String),
    File(PathBuf),
}

/// Who may reach the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSettings {
    /// Where the relay listens.
    pub listen: SocketAddr,
    /// Only enrolled devices are let in.
    pub enrol: bool,
    /// The relay ends the TLS itself.
    pub tls: bool,
    /// The PEM files of the certificate and its key; the relay's own certificate when `None`.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Sites whose pages may connect.
    pub origins: Vec<String>,
    /// How many may be connected, and how many of them from one address; as the relay has it where `None`.
    pub connections: Option<usize>,
    pub per_address: Option<usize>,
}

/// The settings of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub data: PathBuf,
    pub assets: PathBuf,
    pub scene: PathBuf,
    /// The first desk of the scene when `None`.
    pub desk: Option<DeskId>,
    pub relay: String,
    /// The code with which this device is enrolled.
    pub invite: Option<Secret>,
    pub access: AccessSettings,
    pub routing: RoutingSettings,
    pub offline: bool,
    pub log: LogLevel,
    pub model: SpeechModel,
    /// The system's default device when `None`.
    pub microphone: Option<String>,
    pub loudspeaker: Option<String>,
    /// Where a sensor tells who comes.
    pub presence: Option<PathBuf>,
}

impl Settings {
    /// Checks the settings. `data_default` is the folder that the system has for such data, if it has one.
    pub fn new(raw: Raw, data_default: Option<&Path>) -> Result<Self, SettingError> {
        let data = path("data", raw.data)?.or_else(|| data_default.map(Path::to_owned));
        Ok(Self {
            data: data.ok_or(SettingError::NoDataFolder)?,
            assets: path("assets", raw.assets)?.unwrap_or_else(|| "assets".into()),
            scene: path("scene", raw.scene)?.unwrap_or_else(|| "scenes/helpdesk.ron".into()),
            desk: raw
                .desk
                .map(|d| d.parse::<DeskId>().map_err(|e| SettingError::Desk(e.to_string())))
                .transpose()?,
            relay: relay(raw.relay)?,
            invite: raw.invite,
            access: access(raw.access)?,
            routing: RoutingSettings::new(raw.routing)?,
            offline: raw.offline.unwrap_or(false),
            log: log(raw.log.as_deref())?,
            model: model(text("speech.model", raw.speech.model)?),
            microphone: text("devices.microphone", raw.devices.microphone)?,
            loudspeaker: text("devices.loudspeaker", raw.devices.loudspeaker)?,
            presence: path("devices.presence", raw.devices.presence)?,
        })
    }
}

fn access(raw: RawAccess) -> Result<AccessSettings, SettingError> {
    let certificate = match (path("access.certificate", raw.certificate)?, path("access.key", raw.key)?) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => return Err(SettingError::HalfCertificate),
    };
    let listen = match raw.listen {
        None => LISTEN_DEFAULT,
        Some(text) => text.parse().map_err(|_| SettingError::Listen(text))?,
    };
    Ok(AccessSettings {
        listen,
        enrol: raw.enrol.unwrap_or(false),
        tls: raw.tls.unwrap_or(true),
        certificate,
        origins: raw.origins.unwrap_or_default(),
        connections: connections("connections", raw.connections)?,
        per_address: connections("per_address", raw.per_address)?,
    })
}

fn connections(name: &'static str, value: Option<usize>) -> Result<Option<usize>, SettingError> {
    match value {
        Some(value) if !CONNECTIONS.contains(&value) => Err(SettingError::Connections { name, value }),
        value => Ok(value),
    }
}

fn path(name: &'static str, value: Option<PathBuf>) -> Result<Option<PathBuf>, SettingError> {
    match value {
        Some(path) if path.as_os_str().is_empty() => Err(SettingError::Empty(name)),
        other => Ok(other),
    }
}

fn text(name: &'static str, value: Option<String>) -> Result<Option<String>, SettingError> {
    match value {
        Some(text) if text.trim().is_empty() => Err(SettingError::Empty(name)),
        other => Ok(other),
    }
}

fn log(text: Option<&str>) -> Result<LogLevel, SettingError> {
    match text {
        None => Ok(LogLevel::default()),
        Some("error") => Ok(LogLevel::Error),
        Some("warn") => Ok(LogLevel::Warn),
        Some("info") => Ok(LogLevel::Info),
        Some("debug") => Ok(LogLevel::Debug),
        Some("trace") => Ok(LogLevel::Trace),
        Some(other) => Err(SettingError::Log(quote(other))),
    }
}

fn relay(address: Option<String>) -> Result<String, SettingError> {
    let address = address.unwrap_or_else(|| RELAY_DEFAULT.to_owned());
    let rest = address.strip_prefix("ws://").or_else(|| address.strip_prefix("wss://"));
    let authority = rest.map(|r| r.split(['/', '?', '#']).next().unwrap_or_default()).unwrap_or_default();
    if authority.contains('@') {
        return Err(SettingError::RelayWithPassword);
    }
    let (host, port) = match authority.rsplit_once(':') {
        // A colon inside brackets belongs to the address itself, as in [::1].
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port_fits = port.is_none_or(|p| p.parse::<u16>().is_ok_and(|p| p > 0));
    let host_fits = !host.is_empty() && !host.chars().any(|c| c.is_whitespace() || c.is_control());
    if host_fits && port_fits {
        Ok(address)
    } else if address.contains('@') {
        // Whatever else is wrong with it: what stands before the @ may be a password, and is not printed.
        Err(SettingError::RelayWithPassword)
    } else {
        Err(SettingError::Relay(quote(&address)))
    }
}

fn model(text: Option<String>) -> SpeechModel {
    match text.as_deref() {
        None | Some("auto") => SpeechModel::Auto,
        Some("embedded") => SpeechModel::Embedded,
        Some(file) if file.contains(['/', '\\']) || file.ends_with(".bin") => SpeechModel::File(file.into()),
        Some(name) => SpeechModel::Named(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn settings(toml: &str) -> Result<Settings, SettingError> {
        Settings::new(parse(toml).unwrap(), Some(Path::new("/tmp/x")))
    }

    #[test]
    fn nothing_needs_to_be_said() {
        let s = settings("").unwrap();
        assert_eq!((s.relay.as_str(), s.data.as_path()), (RELAY_DEFAULT, Path::new("/tmp/x")));
        assert_eq!((s.log, s.model, s.offline), (LogLevel::Info, SpeechModel::Auto, false));
        assert_eq!(Settings::new(Raw::default(), None), Err(SettingError::NoDataFolder));
    }

    #[test]
    fn the_relay_listens_to_this_machine_unless_told_otherwise() {
        assert_eq!(settings("").unwrap().access.listen.to_string(), "127.0.0.1:7400");
        let wide = settings("[access]\nlisten = \"0.0.0.0:80\"").unwrap();
        assert_eq!(wide.access.listen.to_string(), "0.0.0.0:80");
        let error = settings("[access]\nlisten = \"desk:80\"").unwrap_err();
        assert!(error.to_string().contains("0.0.0.0:7400"), "{error}");
    }

    #[test]
    fn how_many_may_connect_is_bounded() {
        let access = |toml: &str| settings(&format!("[access]\n{toml}")).map(|s| s.access);
        let told = access("connections = 5000\nper_address = 600").unwrap();
        assert_eq!((told.connections, told.per_address), (Some(5_000), Some(600)));
        for wrong in [0, 3, 50_001] {
            let error = access(&format!("per_address = {wrong}")).unwrap_err();
            assert_eq!(error, SettingError::Connections { name: "per_address", value: wrong });
            assert!(error.to_string().contains("from 4 to 50000"), "{error}");
        }
    }

    #[test]
    fn addresses_are_checked() {
        for good in ["ws://localhost:80/", "wss://desk.example", "ws://[::1]:7337/v1", "ws://[::1]"] {
            assert!(settings(&format!("relay = \"{good}\"")).is_ok(), "{good}");
        }
        for bad in ["http://x", "ws://", "ws://:80", "ws://x:0", "ws://x:99999", "ws://a b", ""] {
            let error = settings(&format!("relay = \"{bad}\"")).unwrap_err();
            assert_eq!(error, SettingError::Relay(bad.to_owned()));
        }
        for address in ["ws://me:hunter2@x", "http://me:hunter2@x", "ws:/me:hunter2@x", "me:hunter2@x/ws"] {
            let error = settings(&format!("relay = \"{address}\"")).unwrap_err();
            assert_eq!(error, SettingError::RelayWithPassword, "{address}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_model_is_a_name_or_a_file() {
        let model = |m: &str| settings(&format!("[speech]\nmodel = \"{m}\"")).map(|s| s.model);
        assert_eq!(model("embedded"), Ok(SpeechModel::Embedded));
        assert_eq!(model("base-q8_0"), Ok(SpeechModel::Named("base-q8_0".into())));
        assert_eq!(model("/m/ggml-base.bin"), Ok(SpeechModel::File("/m/ggml-base.bin".into())));
        assert_eq!(model(" "), Err(SettingError::Empty("speech.model")));
    }

    #[test]
    fn a_certificate_comes_with_its_key() {
        let access = |text: &str| settings(&format!("[access]\n{text}")).map(|s| s.access);
        let full =
            access("enrol = true\ncertificate = \"c\"\nkey = \"k\"\norigins = [\"https://a\"]").unwrap();
        assert_eq!((full.enrol, full.tls), (true, true));
        assert_eq!(full.certificate, Some(("c".into(), "k".into())));
        assert_eq!(access("certificate = \"c\""), Err(SettingError::HalfCertificate));
        assert!(!access("tls = false").unwrap().tls);
    }

    #[test]
    fn a_wrong_level_or_desk_is_named() {
        assert!(settings("log = \"loud\"").unwrap_err().to_string().contains("loud"));
        assert!(settings("desk = \"a b\"").unwrap_err().to_string().contains("desk id"));
    }
}
