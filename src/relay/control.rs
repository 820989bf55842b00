//! The door for whoever may read the data directory: another process of the same owner asks the running relay.
//!
//! A listener on the loopback address with a port and a password of its own, both written to the file `control` in the
//! data directory, which only the owner can read. So it needs no enrolment and no certificate: who can read that file
//! can read the master key beside it, too.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::erase::erase;
use super::http;
use super::listener::Bounded;
use super::server::Shared;
use crate::conversation::VisitorId;
use crate::log::{DataDir, LogError, random_bytes, write_private};
use crate::protocol::hex;

/// The file in the data directory.
pub const CONTROL_FILE: &str = "control";
/// The most connections at a time.
const CONNECTIONS_MAX: usize = 16;

/// What the file holds, as JSON.
#[derive(Clone, Serialize, Deserialize)]
pub struct ControlFile {
    pub address: SocketAddr,
    pub password: String,
}

/// Ask for a visitor to be forgotten.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct EraseRequest {
    pub visitor: VisitorId,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// In how many conversations the visitor was.
    pub conversations: u64,
}

/// The door, not yet open.
pub struct Control {
    listener: TcpListener,
    file: PathBuf,
    password: [u8; 32],
}

impl Control {
    /// Takes a port and writes the file.
    pub async fn prepare(dir: &DataDir) -> Result<Self, LogError> {
        let file = dir.path().join(CONTROL_FILE);
        let wrong = |e: io::Error| LogError::Directory { path: file.clone(), why: e.to_string() };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(wrong)?;
        let password = Zeroizing::new(hex::encode(&Zeroizing::new(random_bytes::<32>()?)[..]));
        let address = listener.local_addr().map_err(wrong)?;
        let content = ControlFile { address, password: password.to_string() };
        let text = Zeroizing::new(serde_json::to_vec(&content).map_err(|e| wrong(e.into()))?);
        let path = dir.path().join(CONTROL_FILE);
        write_private(&path, &text).map_err(|e| LogError::Directory { path, why: e.to_string() })?;
        Ok(Self { listener, file, password: digest(password.as_bytes()) })
    }

    /// Answers until `stop`, then takes the file away.
    pub async fn serve(self, shared: Shared, stop: CancellationToken) {
        let ask_within = shared.hub.limits.hello_within;
        let app: Router = Router::new()
            .route("/status", get(http::status))
            .route("/metrics", get(http::metrics))
            .route("/erase", post(forget))
            .layer(from_fn_with_state(Arc::new(self.password), check))
            .layer(from_fn(http::ending))
            .with_state(shared);
        let bounded = Bounded::new(self.listener, None, CONNECTIONS_MAX, ask_within, None);
        let served = axum::serve(bounded, app).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(e) = served {
            tracing::error!("the door for this machine's owner is shut: {e}");
        }
        if let Err(e) = std::fs::remove_file(&self.file) {
            tracing::warn!("{} stays: {e}", self.file.display());
        }
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lets in who knows the password. Digests are compared, so that the time it takes says nothing.
async fn check(State(password): State<Arc<[u8; 32]>>, request: Request, next: Next) -> Response {
    let given =
        request.headers().get(header::AUTHORIZATION).and_then(|v| v.as_bytes().strip_prefix(b"Bearer "));
    if given.is_none_or(|given| digest(given) != *password) {
        return (StatusCode::UNAUTHORIZED, "this is for who can read the data directory\n").into_response();
    }
    next.run(request).await
}

async fn forget(State(shared): State<Shared>, Json(request): Json<EraseRequest>) -> Response {
    match erase(&shared.hub, request.visitor).await {
        Ok(erased) => Json(erased).into_response(),
        Err(text) => (StatusCode::SERVICE_UNAVAILABLE, text).into_response(),
    }
}
