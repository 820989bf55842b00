//! `avatardesk relay`: the server as a process of its own.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;

use crate::relay::{Relay, SystemClock, serve};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:7400")]
    listen: SocketAddr,
    /// The directory for the log and the keys; made when it is missing.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// The entry of the sub-command.
pub fn main(args: Args) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let data = match args.data {
        Some(data) => data,
        None => directories::ProjectDirs::from("", "", "avatardesk")
            .context("no home directory was found: say with --data where to keep the log")?
            .data_dir()
            .join("relay"),
    };
    tokio::runtime::Runtime::new().context("the runtime could not start")?.block_on(run(args.listen, &data))
}

/// Serves until the process is asked to end (Ctrl-C, SIGTERM). Prints `listening on ADDRESS` first.
pub async fn run(listen: SocketAddr, data: &Path) -> anyhow::Result<()> {
    let relay = Relay::in_directory(data, Arc::new(SystemClock))?;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("{listen} cannot be listened on: stop what uses it, or choose another one with --listen")
    })?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", listener.local_addr()?)?;
    out.flush()?;
    serve(listener, relay, asked_to_end()).await?;
    Ok(())
}

async fn asked_to_end() {
    let interrupted = async {
        if let Err(e) = tokio::signal::ctrl_c().await {
            tracing::warn!("Ctrl-C is not heard: {e}");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    () = interrupted => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(e) => {
                tracing::warn!("SIGTERM is not heard: {e}");
                interrupted.await;
            }
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
