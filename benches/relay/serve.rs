//! Being the relay: the process that is measured.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use avatardesk::relay::{Certificate, Limits, Relay, SystemClock, serve};

/// Which of the relay's bounds are not the usual ones, and why.
pub const RAISED: &str = "the relay's bounds as docs/operations.md has them, but for: frames of one connection (one pair says more \
                          than a person does), connections (5 000 instead of 2 000), events of one conversation. Everything \
                          comes from one address, for which this machine's own bound of 20 000 holds";

/// The certificate that the relay made, in its directory.
const OWN_CERTIFICATE: &str = "tls.pem";

/// Serves for ever, with its log in `dir`. Says in one line where: see [`greeting`].
pub async fn be_the_relay(dir: &Path, tls: bool) -> Result<()> {
    let limits = Limits {
        max_connections: 12_000,
        frames_per_sec: 1e6,
        frames_burst: 1e6,
        max_events: 10_000_000,
        ..Limits::default()
    };
    let mut relay = Relay::in_directory(dir, Arc::new(SystemClock))?.with_limits(limits);
    let mut certificate = String::new();
    if tls {
        relay = relay.with_tls(Certificate::own(dir)?);
        let text = std::fs::read_to_string(dir.join(OWN_CERTIFICATE))?;
        let (head, _) = text.split_once("-----BEGIN PRIVATE").context("no key behind the certificate")?;
        head.clone_into(&mut certificate);
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", serde_json::json!([listener.local_addr()?, certificate]));
    std::io::stdout().flush()?;
    serve(listener, relay, std::future::pending()).await?;
    Ok(())
}

/// The address and, with TLS, the certificate in the relay's first line.
pub fn greeting(line: &str) -> Result<(SocketAddr, Option<String>)> {
    let (address, certificate): (SocketAddr, String) = serde_json::from_str(line)?;
    Ok((address, Some(certificate).filter(|text| !text.is_empty())))
}
