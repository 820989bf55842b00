//! Relay and bot within this process, on the loopback address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::relay::{RELAY_DIR, bind, limits};
use super::{bot, knowledge, open_files, outbox};
use crate::client::{ClientConfig, MemoryOutbox, Outbox};
use crate::config::{LISTEN_DEFAULT, Settings};
use crate::log::MemoryLog;
use crate::protocol::Role;
use crate::relay::{Relay, RelayKey, SystemClock, serve};

/// Any free port of this machine.
const ANY_FREE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Relay and bot that run until this is stopped.
pub struct Embedded {
    /// The relay's address for clients.
    pub url: String,
    stop: CancellationToken,
    server: tokio::task::JoinHandle<()>,
}

impl Embedded {
    /// Starts both. The relay's log is in the data directory, and so is the bot's outbox; without an address it listens where
    /// consoles look for it, or at any free port.
    pub fn start(runtime: &Runtime, settings: &Settings, listen: Option<SocketAddr>) -> Result<Self> {
        let relay = Relay::in_directory(&settings.data.join(RELAY_DIR), Arc::new(SystemClock))?;
        Self::run(runtime, settings, listen, relay, |bot| Ok(Box::new(outbox::open(settings, bot)?)))
    }

    /// Starts both with log and outbox in memory, at any free port: nothing is left of them.
    pub fn passing(runtime: &Runtime, settings: &Settings) -> Result<Self> {
        let relay = Relay::new(Arc::new(MemoryLog::default()), Arc::new(SystemClock), RelayKey::passing()?);
        Self::run(runtime, settings, Some(ANY_FREE), relay, |_| Ok(Box::new(MemoryOutbox::new())))
    }

    fn run(
        runtime: &Runtime,
        settings: &Settings,
        listen: Option<SocketAddr>,
        relay: Relay,
        outbox: impl FnOnce(&ClientConfig) -> Result<Box<dyn Outbox>>,
    ) -> Result<Self> {
        let base = knowledge::load(settings)?;
        let relay = relay.with_limits(limits(settings));
        open_files::allow(relay.open_files());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let (url, server) = runtime.block_on(async {
            let listener = match listen {
                Some(listen) => bind(listen).await?,
                None => match bind(LISTEN_DEFAULT).await {
                    Ok(listener) => listener,
                    Err(_) => bind(ANY_FREE).await?,
                },
            };
            let url = format!("ws://{}/ws", listener.local_addr()?);
            let server = tokio::spawn(async move {
                if let Err(error) = serve(listener, relay, stopped).await {
                    tracing::error!(%error, "the relay has ended");
                }
            });
            anyhow::Ok((url, server))
        })?;
        let config = ClientConfig::new(url.clone(), Role::Bot, "bot".parse()?);
        let outbox = outbox(&config)?;
        runtime.spawn(async move {
            if let Err(error) = bot::serve(config, base, outbox).await {
                tracing::error!("{error:#}");
            }
        });
        Ok(Self { url, stop, server })
    }

    /// Ends the relay after it has stored what is on its way.
    pub fn stop(self, runtime: &Runtime) {
        self.stop.cancel();
        let ended = runtime
            .block_on(async { tokio::time::timeout(std::time::Duration::from_secs(5), self.server).await });
        if ended.is_err() {
            tracing::warn!("the relay did not end within 5 s");
        }
    }
}
