//! `avatardesk relay`: the server as a process of its own.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use tokio::net::TcpListener;

use super::common::{Common, make_data_dir};
use super::logging;
use super::notify::Manager;
use super::open_files;
use super::relay_access::{AccessFlags, Devices, Invite};
use super::relay_status::Status;
use super::signals::{asked_to_end, runtime};
use crate::config::Settings;
use crate::relay::{Limits, Relay as Server, SystemClock, serve};

/// The folder of the relay in the data directory.
pub const RELAY_DIR: &str = "relay";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Relay {
    /// Where to listen; port 0 takes any free one [default: that of the settings, else 127.0.0.1:7400]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    access: AccessFlags,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a one-time code that enrols a device; also while the relay is running
    Invite(Invite),
    /// The enrolled devices; also while the relay is running
    Devices(Devices),
    /// How the relay of this data directory is, and who is connected
    Status(Status),
}

impl Relay {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings()?;
        make_data_dir(&settings)?;
        match &self.what {
            Some(What::Status(status)) => return status.run(common),
            Some(What::Invite(invite)) => return invite.run(&settings),
            Some(What::Devices(devices)) => return devices.run(&settings),
            None => {}
        }
        logging::keep(&settings, "relay");
        let dir = settings.data.join(RELAY_DIR);
        let server = Server::in_directory(&dir, Arc::new(SystemClock))?.with_limits(limits(&settings));
        let server = self.access.apply(&settings, server, &dir)?;
        open_files::allow(server.open_files());
        let listen = self.listen.unwrap_or(settings.access.listen);
        runtime()?.block_on(serve_here(listen, server))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The relay's limits, with what the settings say.
pub fn limits(settings: &Settings) -> Limits {
    let (set, access, usual) = (&settings.routing, &settings.access, Limits::default());
    Limits {
        max_connections: access.connections.unwrap_or(usual.max_connections),
        max_per_address: access.per_address.unwrap_or(usual.max_per_address),
        answer_within_ms: set.answer_within_ms.unwrap_or(usual.answer_within_ms),
        silent_pilot_ms: set.silent_pilot_ms.unwrap_or(usual.silent_pilot_ms),
        person_grace_ms: set.person_grace_ms.unwrap_or(usual.person_grace_ms),
        ..usual
    }
}

/// Serves until the process is asked to end. Prints `listening on ADDRESS` first.
async fn serve_here(listen: SocketAddr, server: Server) -> Result<()> {
    let manager = Manager::of_process().map(Arc::new);
    let server = match &manager {
        Some(manager) => server.with_pulse(Arc::clone(manager).pulse()),
        None => server,
    };
    let listener = bind(listen).await?;
    // It is heard from now on: whoever reads the next line may ask at once.
    let mut asked = Box::pin(asked_to_end());
    let already = futures_util::poll!(&mut asked).is_ready();
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", listener.local_addr()?)?;
    out.flush()?;
    let ending = async {
        if !already {
            asked.await;
        }
        if let Some(manager) = &manager {
            manager.stopping();
        }
    };
    serve(listener, server, ending).await?;
    Ok(())
}

/// Takes an address to listen on.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(listen).await.with_context(|| {
        format!("{listen} cannot be listened on: stop what uses it, or choose another one with `--listen`")
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    #[test]
    fn the_settings_reach_the_relay() {
        let toml = "[routing]\nanswer_within_secs = 30\nsilent_pilot_secs = 60\nperson_grace_secs = 20";
        let settings = Settings::new(parse(toml).unwrap(), Some(Path::new("/tmp/x"))).unwrap();
        let set = limits(&settings);
        assert_eq!(
            (set.answer_within_ms, set.silent_pilot_ms, set.person_grace_ms),
            (30_000, 60_000, 20_000)
        );
        let none = Settings::new(parse("").unwrap(), Some(Path::new("/tmp/x"))).unwrap();
        assert_eq!(limits(&none), Limits::default());
    }
}
