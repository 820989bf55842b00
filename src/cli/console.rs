//! `avatardesk console`: the agent app.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use tokio::io::{BufReader, stdin, stdout};

use super::common::{Common, RelayAddress};
use super::identity::{self, Part};
use super::signals::runtime;
use crate::client::{self, MemoryOutbox};
use crate::console::run_text;
use crate::conversation::{Actor, ActorId};
use crate::protocol::Role;

#[derive(Debug, Args)]
pub struct Console {
    #[command(flatten)]
    relay: RelayAddress,
    /// In this terminal: see who waits, take over, type, give back
    #[arg(long)]
    text: bool,
    /// Your name, unique among the agents of a relay; visitors see it
    #[arg(long, default_value = "person")]
    name: ActorId,
    /// You may also take a visitor over from another person
    #[arg(long)]
    supervisor: bool,
}

impl Console {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        if !self.text {
            bail!("the console has no window yet: run `avatardesk console --text`");
        }
        let settings = common.settings()?;
        let role = if self.supervisor { Role::Supervisor } else { Role::Agent };
        let runtime = runtime()?;
        runtime.block_on(async {
            let part = Part { program: role.name(), role, name: self.name.clone() };
            let config = identity::client(&self.relay, &settings, part).await?;
            let me = Actor { id: config.name.clone(), kind: role.actor_kind() };
            let (client, events) = client::connect(config, Box::new(MemoryOutbox::new()))?;
            run_text(me, client, events, BufReader::new(stdin()), stdout()).await?;
            anyhow::Ok(())
        })?;
        // A thread still waits for the terminal's next line: it must not hold the process.
        runtime.shutdown_background();
        Ok(ExitCode::SUCCESS)
    }
}
