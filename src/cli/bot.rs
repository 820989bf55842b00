//! `avatardesk bot`: the built-in bot as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;

use super::common::{Common, RelayAddress};
use super::identity::{self, Part};
use super::knowledge;
use super::outbox;
use super::signals::{asked_to_end, runtime};
use crate::bot::{self, Retrieval};
use crate::client::{self, ClientConfig, Outbox};
use crate::conversation::{Actor, ActorId, ActorKind};
use crate::knowledge::KnowledgeBase;
use crate::protocol::Role;

#[derive(Debug, Args)]
pub struct Bot {
    #[command(flatten)]
    relay: RelayAddress,
    /// Its name, unique among the bots of a relay
    #[arg(long, default_value = "bot")]
    name: ActorId,
}

impl Bot {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings()?;
        super::logging::keep(&settings, "bot");
        let base = knowledge::load(&settings)?;
        runtime()?.block_on(async {
            let part = Part { program: "bot", role: Role::Bot, name: self.name.clone() };
            let config = identity::client(&self.relay, &settings, part).await?;
            let outbox = outbox::open(&settings, &config)?;
            eprintln!("{} answers at {}; Ctrl-C ends it", config.name, config.url);
            tokio::select! {
                done = serve(config, base, Box::new(outbox)) => done,
                () = asked_to_end() => Ok(()),
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs the bot until its client ends.
pub async fn serve(config: ClientConfig, base: Arc<KnowledgeBase>, outbox: Box<dyn Outbox>) -> Result<()> {
    let me = Actor { id: config.name.clone(), kind: ActorKind::Bot };
    let (client, events) = client::connect(config, outbox)?;
    bot::serve(me, Arc::new(Retrieval::new(base)), client, events).await.context("the bot has to stop")
}
