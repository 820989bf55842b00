//! `avatardesk.toml` as it is written. Every field may be left out.

use std::path::PathBuf;

use serde::Deserialize;

use super::routing::RawRouting;
use super::secret::Secret;
use crate::quote::quote;

/// Why a text is not a settings file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Lines and columns count from 1.
    #[error("line {line}, column {column}: {what}")]
    Syntax { line: usize, column: usize, what: String },
    #[error("the settings: {what}")]
    Whole { what: String },
}

/// The settings of one source: the file, or flags and environment. [`Raw::over`] lays one over the other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Raw {
    /// Where the program keeps what it writes.
    pub data: Option<PathBuf>,
    /// Where avatars, articles and pictures are.
    pub assets: Option<PathBuf>,
    /// The scene file.
    pub scene: Option<PathBuf>,
    /// The id of the desk in it.
    pub desk: Option<String>,
    /// The relay's address: `ws://host:port/path` or `wss://…`.
    pub relay: Option<String>,
    /// The one-time code with which this device is enrolled.
    pub invite: Option<Secret>,
    /// Never fetch anything.
    pub offline: Option<bool>,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub log: Option<String>,
    pub speech: RawSpeech,
    pub devices: RawDevices,
    pub access: RawAccess,
    pub routing: RawRouting,
}

/// The table `[speech]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSpeech {
    /// `auto`, `embedded`, the name of a fetched model, or the path of a ggml file.
    pub model: Option<String>,
}

/// The table `[devices]`. Names as `avatardesk doctor` lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawDevices {
    pub microphone: Option<String>,
    pub loudspeaker: Option<String>,
    /// Where a sensor tells who comes: the path of a local socket.
    pub presence: Option<PathBuf>,
}

/// The table `[access]`: who may reach the relay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawAccess {
    /// Where the relay listens: `address:port`.
    pub listen: Option<String>,
    /// Only enrolled devices are let in.
    pub enrol: Option<bool>,
    /// The relay ends the TLS itself.
    pub tls: Option<bool>,
    /// PEM files.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Sites whose pages may connect, as in `https://desk.example`.
    pub origins: Option<Vec<String>>,
    /// How many may be connected.
    pub connections: Option<usize>,
    /// How many of them from one address.
    pub per_address: Option<usize>,
}

impl Raw {
    /// These settings, and those of `below` where these say nothing.
    pub fn over(self, below: Self) -> Self {
        Self {
            data: self.data.or(below.data),
            assets: self.assets.or(below.assets),
            scene: self.scene.or(below.scene),
            desk: self.desk.or(below.desk),
            relay: self.relay.or(below.relay),
            invite: self.invite.or(below.invite),
            offline: self.offline.or(below.offline),
            log: self.log.or(below.log),
            speech: RawSpeech { model: self.speech.model.or(below.speech.model) },
            devices: RawDevices {
                microphone: self.devices.microphone.or(below.devices.microphone),
                loudspeaker: self.devices.loudspeaker.or(below.devices.loudspeaker),
                presence: self.devices.presence.or(below.devices.presence),
            },
            access: RawAccess {
                listen: self.access.listen.or(below.access.listen),
                enrol: self.access.enrol.or(below.access.enrol),
                tls: self.access.tls.or(below.access.tls),
                certificate: self.access.certificate.or(below.access.certificate),
                key: self.access.key.or(below.access.key),
                origins: self.access.origins.or(below.access.origins),
                connections: self.access.connections.or(below.access.connections),
                per_address: self.access.per_address.or(below.access.per_address),
            },
            routing: self.routing.over(below.routing),
        }
    }
}

/// Parses the text of a settings file.
pub fn parse(text: &str) -> Result<Raw, ConfigError> {
    toml::from_str(text).map_err(|error| {
        // The message only, never the line: it may hold a secret.
        let what = quote(&error.message().replace('\n', ", "));
        match error.span() {
            Some(span) => {
                let before = text.get(..span.start).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                ConfigError::Syntax { line, column, what }
            }
            None => ConfigError::Whole { what },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_be_empty_or_full() {
        assert_eq!(parse(""), Ok(Raw::default()));
        let text = "relay = \"ws://localhost:1/\"\noffline = true\n[speech]\nmodel = \"embedded\"\n";
        let raw = parse(text).unwrap();
        assert_eq!(raw.relay.as_deref(), Some("ws://localhost:1/"));
        assert_eq!((raw.offline, raw.speech.model.as_deref()), (Some(true), Some("embedded")));
    }

    #[test]
    fn an_error_says_where() {
        let error = parse("offline = true\n  rely = \"x\"\n").unwrap_err().to_string();
        assert!(error.starts_with("line 2, column 3: unknown field `rely`"), "{error}");
        let error = parse("offline = \"yes\"\n").unwrap_err().to_string();
        assert!(error.starts_with("line 1, column 11: invalid type"), "{error}");
    }

    #[test]
    fn an_error_is_one_line() {
        let error = parse("\"a\\nb\" = 1").unwrap_err().to_string();
        assert!(!error.contains('\n') && error.contains("a, b"), "{error}");
    }

    #[test]
    fn flags_lie_over_the_file() {
        let file = parse("log = \"warn\"\ndesk = \"a\"").unwrap();
        let flags = Raw { desk: Some("b".into()), ..Raw::default() };
        let both = flags.over(file);
        assert_eq!((both.desk.as_deref(), both.log.as_deref()), (Some("b"), Some("warn")));
    }

    #[test]
    fn an_invite_is_never_printed() {
        let raw = parse("invite = \"hunter2\"").unwrap();
        assert_eq!(raw.invite.as_ref().map(Secret::expose), Some("hunter2"));
        assert!(!format!("{raw:?}").contains("hunter2"));
        let broken = format!("{:?}", parse("invite = \"hunter2\" x").unwrap_err());
        assert!(!broken.contains("hunter2"), "{broken}");
    }
}
