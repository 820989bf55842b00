//! Listens, and hands each WebSocket to a session.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::connect_info::ConnectInfo;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::addresses::Addresses;
use super::clock::Clock;
use super::control::Control;
use super::devices::{self, Devices};
use super::greeting::{Access, Caller, Gate};
use super::http;
use super::hub::Hub;
use super::key::RelayKey;
use super::limits::{Limits, SPARE_CONNECTIONS};
use super::listener::Bounded;
use super::mask::{Mask, standard_mask};
use super::origin::Origins;
use super::recall::recall_and_route;
use super::session;
use super::timers::{self, Pulse};
use super::tls::Certificate;
use crate::access::{Policy, rule};
use crate::conversation::{Actor, ActorKind};
use crate::log::{DataDir, EventLog, LogError, SqliteLog, SqliteOptions};
use crate::protocol::FRAME_MAX_BYTES;

/// Bytes that one read of a socket takes at most, and that each connection keeps for it.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes that are collected before a socket is written to.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// The same for each address.
const SPARE_PER_ADDRESS: usize = 16;
/// What an open relay answers to who comes through a proxy.
const BEHIND_A_PROXY: &str = "this relay lets in everybody on its own machine, and a proxy would let everybody else in with \
     them: let enrolled devices in only, with `avatardesk relay --enrol --no-tls`, or connect without the proxy\n";
/// The name of the relay as an actor.
const SYSTEM_NAME: &str = "relay";

/// Why the relay cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "{0} can be reached from other machines: listen on 127.0.0.1, or let enrolled devices in only, over TLS \
         (`avatardesk relay --enrol`)"
    )]
    NotLoopback(SocketAddr),
    #[error("the relay cannot serve: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// A relay, ready to be served.
pub struct Relay {
    log: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    key: RelayKey,
    mask: Mask,
    limits: Limits,
    /// Where it can be reached by whoever may read this directory.
    dir: Option<Arc<DataDir>>,
    access: Access,
    certificate: Option<Certificate>,
    origins: Origins,
    policy: Policy,
    pulse: Pulse,
}

impl Relay {
    /// A relay that keeps its events in `log`.
    pub fn new(log: Arc<dyn EventLog>, clock: Arc<dyn Clock>, key: RelayKey) -> Self {
        Self {
            log,
            clock,
            key,
            mask: standard_mask(),
            limits: Limits::default(),
            access: Access::Open,
            certificate: None,
            origins: Origins::default(),
            policy: rule,
            dir: None,
            pulse: Box::new(|| {}),
        }
    }

    /// A relay with everything in one data directory, made when it is missing.
    pub fn in_directory(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        let dir = Arc::new(DataDir::open(path)?);
        let log = SqliteLog::open(Arc::clone(&dir), SqliteOptions::default())?;
        let key = RelayKey::of(&dir)?;
        Ok(Self { dir: Some(dir), ..Self::new(Arc::new(log), clock, key) })
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many files the process must be allowed to have open, so that all connections fit.
    pub fn open_files(&self) -> u64 {
        self.limits.open_files()
    }

    /// Calls `pulse` as long as the relay's own round over what is due goes on: what watches for hangs listens to it.
    #[must_use]
    pub fn with_pulse(mut self, pulse: impl FnMut() + Send + 'static) -> Self {
        self.pulse = Box::new(pulse);
        self
    }

    /// With another mask.
    #[must_use]
    pub fn with_mask(mut self, mask: Mask) -> Self {
        self.mask = mask;
        self
    }
}

/// Who may reach the relay, and as what.
impl Relay {
    /// Lets in whom `access` says.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Encrypts every connection.
    #[must_use]
    pub fn with_tls(mut self, certificate: Certificate) -> Self {
        self.certificate = Some(certificate);
        self
    }

    /// Lets pages of these sites connect, too.
    #[must_use]
    pub fn with_origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// Judges what clients try by another rule. Only to show that tests notice it.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }
}

/// What the handlers share.
#[derive(Clone)]
pub struct Shared {
    pub hub: Arc<Hub>,
    sessions: Arc<Semaphore>,
    addresses: Arc<Addresses>,
    origins: Arc<Origins>,
    pub stop: CancellationToken,
}

/// Serves until `shutdown` ends, then tells every client (4000) and waits for what is being worked on.
pub async fn serve(
    listener: TcpListener,
    relay: Relay,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    let Relay { log, clock, key, mask, limits, dir, access, certificate, origins, policy, pulse } = relay;
    let guarded = matches!(access, Access::Enrolled(_)) && certificate.is_some();
    if !address.ip().is_loopback() && !guarded {
        return Err(ServeError::NotLoopback(address));
    }
    let id = SYSTEM_NAME.parse().map_err(|e| io::Error::other(format!("{e}")))?;
    let system = Actor { id, kind: ActorKind::System };
    let mut hub = Hub::new(log, clock, key, mask, limits, system);
    let fingerprint = certificate.as_ref().map(Certificate::fingerprint);
    (hub.gate, hub.policy) = (Gate::new(access, fingerprint), policy);
    let hub = Arc::new(hub);
    let max = hub.limits.max_connections;
    let shared = Shared {
        hub: Arc::clone(&hub),
        sessions: Arc::new(Semaphore::new(max)),
        addresses: Addresses::new(hub.limits.max_per_address, hub.limits.max_per_loopback),
        origins: Arc::new(origins),
        stop: CancellationToken::new(),
    };
    let control = match &dir {
        Some(dir) => Control::prepare(dir).await.map(Some),
        None => Ok(None),
    };
    // On a full disk, say: visitors matter more than being looked at.
    let control = control.unwrap_or_else(|e| {
        tracing::warn!("this relay cannot be asked by its owner while it runs: {e}");
        None
    });
    let mut background = tokio::task::JoinSet::new();
    background.spawn(recall_and_route(Arc::clone(&hub)));
    background.spawn(timers::publish_lobby(Arc::clone(&hub)));
    background.spawn(timers::tick(Arc::clone(&hub), pulse));
    background.spawn(timers::probe(Arc::clone(&hub)));
    background.spawn(timers::watch_store(Arc::clone(&hub)));
    // Open until the very end, so that one can see how the relay stops.
    let ended = CancellationToken::new();
    let control = control.map(|control| tokio::spawn(control.serve(shared.clone(), ended.clone())));
    if let Access::Enrolled(devices) = &hub.gate.access {
        note_port(Arc::clone(devices), address.port()).await;
        background.spawn(devices::watch(Arc::clone(&hub), Arc::clone(devices)));
    }

    let app = http::routes().route("/ws", get(connect)).layer(from_fn(http::ending));
    let app = app.with_state(shared.clone()).into_make_service_with_connect_info::<Caller>();
    let stopped = shared.stop.clone().cancelled_owned();
    let spare = |max: usize| max.saturating_add(SPARE_PER_ADDRESS);
    let addresses = Addresses::new(spare(hub.limits.max_per_address), spare(hub.limits.max_per_loopback));
    let within = hub.limits.hello_within;
    let tls = certificate.as_ref().map(Certificate::acceptor);
    let bounded = Bounded::new(listener, tls, max.saturating_add(SPARE_CONNECTIONS), within, Some(addresses));
    let mut server = std::pin::pin!(axum::serve(bounded, app).with_graceful_shutdown(stopped).into_future());
    tracing::info!(%address, "the relay is listening");
    let served = tokio::select! {
        served = &mut server => served,
        () = shutdown => {
            hub.leaving.store(hub.peers.count(), Ordering::Relaxed);
            shared.stop.cancel();
            let permits = u32::try_from(max).unwrap_or(u32::MAX);
            let drained = tokio::time::timeout(hub.limits.patience, shared.sessions.acquire_many(permits));
            if drained.await.is_err() {
                tracing::warn!("some clients did not leave in time");
            }
            Ok(())
        }
    };
    background.shutdown().await;
    hub.settling.close();
    if tokio::time::timeout(hub.limits.patience, hub.settling.wait()).await.is_err() {
        tracing::warn!("the log has not answered everything in time");
    }
    ended.cancel();
    if let Some(control) = control
        && tokio::time::timeout(hub.limits.patience, control).await.is_err()
    {
        tracing::warn!("the door for this machine's owner was still in use");
    }
    tracing::info!("the relay has stopped");
    Ok(served?)
}

/// Lets `relay invite` know where devices are to go.
async fn note_port(devices: Arc<Devices>, port: u16) {
    let noted = tokio::task::spawn_blocking(move || devices.set_port(port)).await;
    if !matches!(noted, Ok(Ok(()))) {
        tracing::warn!("the list of devices did not take the port: `relay invite` may name another one");
    }
}

async fn connect(
    State(shared): State<Shared>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    request: Request,
) -> Response {
    if !shared.origins.admit(request.headers()) {
        shared.hub.metrics.refused("origin");
        return (StatusCode::FORBIDDEN, "web pages of other sites may not connect\n").into_response();
    }
    if matches!(shared.hub.gate.access, Access::Open) && http::is_forwarded(request.headers()) {
        // Who is behind the proxy would be let in as whoever they say that they are, a host too.
        shared.hub.metrics.refused("proxy");
        return (StatusCode::FORBIDDEN, BEHIND_A_PROXY).into_response();
    }
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(FRAME_MAX_BYTES.saturating_mul(2))
        .max_message_size(FRAME_MAX_BYTES)
        .max_frame_size(FRAME_MAX_BYTES)
        .on_upgrade(move |socket| async move {
            let place = shared.addresses.enter(caller.address.ip());
            match (shared.sessions.try_acquire_owned(), place) {
                (Ok(permit), Some(place)) => {
                    session::run(socket, shared.hub, shared.stop, caller).await;
                    drop((permit, place));
                }
                (permit, _) => {
                    shared.hub.metrics.refused(if permit.is_ok() { "address" } else { "full" });
                    drop(permit);
                    session::refuse_full(socket).await;
                }
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_others_can_reach_is_refused() {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let log = Arc::new(crate::log::MemoryLog::new());
        let relay = Relay::new(log, Arc::new(super::super::SystemClock), RelayKey::passing().unwrap());
        let error = serve(listener, relay, std::future::pending()).await.unwrap_err();
        assert!(error.to_string().contains("listen on 127.0.0.1"), "{error}");
    }
}
