//! `avatardesk relay invite`, `avatardesk relay devices`, and the flags that say who may reach the relay.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use super::relay::RELAY_DIR;
use crate::access::{Desks, Role};
use crate::config::Settings;
use crate::conversation::{ActorId, DeskId, Time};
use crate::log::make_private_dir;
use crate::protocol::hex;
use crate::relay::{
    Access, Certificate, Clock, Device, Devices as List, NewInvite, Origins, Relay as Server, SystemClock,
};

/// Who may reach the relay.
#[derive(Debug, Clone, Default, Args)]
pub struct AccessFlags {
    /// Let in devices only that were invited and enrolled; needed on any address but this machine's own
    #[arg(long)]
    enrol: bool,
    /// The relay's certificate and those above it, PEM [default: one that the relay makes itself]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Another program on this machine ends the TLS (on 127.0.0.1 only)
    #[arg(long, conflicts_with = "tls_cert")]
    no_tls: bool,
    /// A site whose pages may connect, as in https://desk.example; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    origin: Vec<String>,
}

impl AccessFlags {
    /// A relay in `dir` that lets in whom the flags and the settings say.
    pub fn apply(&self, settings: &Settings, server: Server, dir: &Path) -> Result<Server> {
        let set = &settings.access;
        let origins = if self.origin.is_empty() { &set.origins } else { &self.origin };
        let server = server.with_origins(Origins::new(origins)?);
        let files = self.tls_cert.as_ref().zip(self.tls_key.as_ref());
        let files = files.or(set.certificate.as_ref().map(|(certificate, key)| (certificate, key)));
        if !(self.enrol || set.enrol) {
            if self.no_tls || self.tls_cert.is_some() {
                bail!("TLS is for enrolled devices: give `--enrol`, too");
            }
            return Ok(server);
        }
        let devices = List::open(dir)?;
        let certificate = match files {
            _ if self.no_tls || !set.tls => None,
            Some((certificate, key)) => Some(Certificate::from_files(certificate, key)?),
            None => Some(Certificate::own(dir)?),
        };
        devices.set_pin(certificate.as_ref().map(Certificate::fingerprint))?;
        if let Some(certificate) = &certificate {
            eprintln!("certificate: SHA-256 {}", hex::encode(&certificate.fingerprint()));
        }
        let server = server.with_access(Access::Enrolled(Arc::new(devices)));
        Ok(match certificate {
            Some(certificate) => server.with_tls(certificate),
            None => server,
        })
    }
}

fn list(settings: &Settings) -> Result<List> {
    let dir = settings.data.join(RELAY_DIR);
    make_private_dir(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    Ok(List::open(&dir)?)
}

#[derive(Debug, Args)]
pub struct Invite {
    /// kiosk, web, agent, supervisor, bot or host
    #[arg(long)]
    role: Role,
    /// What you call the device or its owner; visitors and records never see it
    #[arg(long)]
    name: String,
    /// The id in every record, which must not say who somebody is [default: the role and a random end]
    #[arg(long)]
    id: Option<ActorId>,
    /// A desk that it is for; may be repeated [default: all]
    #[arg(long, value_name = "DESK")]
    desk: Vec<DeskId>,
    /// The certificate is signed by an authority that every device knows: do not tie the device to this one
    #[arg(long)]
    public_certificate: bool,
}

impl Invite {
    /// Prints the code alone on standard output, the rest on standard error.
    pub fn run(&self, settings: &Settings) -> Result<ExitCode> {
        let new = NewInvite {
            role: self.role,
            id: self.id.clone(),
            name: self.name.clone(),
            desks: Desks::from(self.desk.clone()),
        };
        let list = list(settings)?;
        let invited = list.invite(&new, !self.public_certificate, SystemClock.now())?;
        // It may have been started with `--listen`.
        let port = list.port()?.unwrap_or(settings.access.listen.port());
        println!("{}", &*invited.code.expose());
        let tls = invited.code.pin().is_some() || self.public_certificate;
        eprintln!(
            "This code enrols one device as {} ({}). It is good once, for 10 minutes. On the device:\n  {}",
            invited.id,
            self.name,
            first_start(self.role, tls, port)
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// What is typed on the device.
fn first_start(role: Role, tls: bool, port: u16) -> String {
    let program = match role {
        Role::Kiosk => "kiosk",
        Role::Agent => "console --text",
        Role::Supervisor => "console --text --supervisor",
        Role::Bot => "bot",
        Role::Web | Role::Host => "…",
    };
    let scheme = if tls { "wss" } else { "ws" };
    format!("avatardesk {program} --relay {scheme}://THIS-HOST:{port}/ws --invite CODE")
}

#[derive(Debug, Args)]
pub struct Devices {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show all devices, the revoked ones too
    List {
        /// One JSON array
        #[arg(long)]
        json: bool,
    },
    /// Give a device another name
    Rename { id: ActorId, name: String },
    /// Let a device in no more; where it is connected it is cut off at once
    Revoke { id: ActorId },
}

impl Devices {
    pub fn run(&self, settings: &Settings) -> Result<ExitCode> {
        let list = list(settings)?;
        match &self.what {
            What::List { json } => show(&list.list()?, *json)?,
            What::Rename { id, name } => list.rename(id, name)?,
            What::Revoke { id } => list.revoke(id, SystemClock.now())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(devices: &[Device], json: bool) -> Result<()> {
    if json {
        let all: Vec<_> = devices.iter().map(as_json).collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    let now = SystemClock.now();
    println!(
        "{:<22} {:<10} {:<8} {:<15} {:<15} {:<15} NAME",
        "ID", "ROLE", "STATE", "ENROLLED", "SEEN", "DESKS"
    );
    for device in devices {
        let state = if device.revoked_at.is_some() { "revoked" } else { "enrolled" };
        let desks: Vec<DeskId> = device.desks.clone().into();
        let desks = match desks.as_slice() {
            [] => "all".to_owned(),
            some => some.iter().map(DeskId::as_str).collect::<Vec<_>>().join(","),
        };
        let seen = device.seen_at.map_or_else(|| "never".to_owned(), |seen| ago(now, seen));
        println!(
            "{:<22} {:<10} {state:<8} {:<15} {seen:<15} {desks:<15} {}",
            device.id.as_str(),
            device.role.name(),
            ago(now, device.enrolled_at),
            device.name
        );
    }
    Ok(())
}

fn as_json(device: &Device) -> serde_json::Value {
    serde_json::json!({
        "id": device.id,
        "role": device.role,
        "name": device.name,
        "desks": device.desks,
        "key": hex::encode(&device.key),
        "enrolled_at": device.enrolled_at,
        "seen_at": device.seen_at,
        "revoked_at": device.revoked_at,
    })
}

fn ago(now: Time, then: Time) -> String {
    let minutes = now.since_ms(then) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..120 => format!("{minutes} min ago"),
        120..2_880 => format!("{} hours ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_device_is_sent_where_the_relay_listens() {
        let sent = first_start(Role::Bot, true, 8443);
        assert_eq!(sent, "avatardesk bot --relay wss://THIS-HOST:8443/ws --invite CODE");
    }

    #[test]
    fn times_are_said_in_words() {
        let now = Time(10_000_000_000);
        let before = |minutes: u64| ago(now, Time(now.0 - minutes * 60_000));
        assert_eq!((before(0), before(5)), ("just now".to_owned(), "5 min ago".to_owned()));
        assert_eq!((before(150), before(4_400)), ("2 hours ago".to_owned(), "3 days ago".to_owned()));
    }
}
