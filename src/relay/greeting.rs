//! The beginning of a connection: `hello`, and where only enrolled devices are let in `challenge` and `prove`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use ring::signature::{ED25519, UnparsedPublicKey};
use tokio::time::timeout;

use super::devices::{Admission, Device, Devices, Tries};
use super::hub::Hub;
use super::outbound::text;
use super::wire::Channel;
use crate::access::{
    Binding, Challenge, Desks, Grant, InviteCode, NONCE_BYTES, PUBLIC_KEY_BYTES, Role, transcript,
};
use crate::conversation::Actor;
use crate::log::random_bytes;
use crate::protocol::{ClientFrame, CloseCode, ServerFrame, VersionSpan, You, decode, hex};

/// Decisions about devices that wait for the disk at a time; more wait for their turn.
const DECISIONS_MAX: usize = 4;

/// Who is let in.
#[derive(Debug, Clone, Default)]
pub enum Access {
    /// Whoever is on this machine, as whoever they say that they are.
    #[default]
    Open,
    /// Devices in the list, which prove it.
    Enrolled(Arc<Devices>),
}

/// What decides about devices.
#[derive(Debug)]
pub struct Gate {
    pub access: Access,
    /// The SHA-256 of the certificate with which the relay itself ends the TLS.
    certificate: Option<[u8; 32]>,
    tries: Tries,
    decisions: tokio::sync::Semaphore,
}

impl Gate {
    /// A gate where nobody has tried anything yet.
    pub fn new(access: Access, certificate: Option<[u8; 32]>) -> Self {
        let decisions = tokio::sync::Semaphore::new(DECISIONS_MAX);
        Self { access, certificate, tries: Tries::default(), decisions }
    }
}

/// The other end of a connection, as the listener knows it.
#[derive(Debug, Clone)]
pub struct Caller {
    pub address: SocketAddr,
    /// Where the connection has TLS.
    pub channel: Option<Channel>,
}

/// A client that was let in.
pub struct Greeted {
    pub grant: Grant,
    pub version: u16,
    pub you: Option<You>,
}

type Sink = SplitSink<WebSocket, Message>;
type Stream = SplitStream<WebSocket>;

/// Lets a client in, or says with which code to close.
pub async fn greet(
    sink: &mut Sink,
    stream: &mut Stream,
    hub: &Hub,
    caller: &Caller,
) -> Result<Greeted, CloseCode> {
    let greeted = timeout(hub.limits.hello_within, greet_slowly(sink, stream, hub, caller)).await;
    greeted.unwrap_or(Err(CloseCode::NoHello))
}

async fn greet_slowly(
    sink: &mut Sink,
    stream: &mut Stream,
    hub: &Hub,
    caller: &Caller,
) -> Result<Greeted, CloseCode> {
    let Some(ClientFrame::Hello { versions, role, name }) = next(stream).await else {
        return Err(CloseCode::NoHello);
    };
    let version = VersionSpan::OURS.common(versions).ok_or(CloseCode::Version)?;
    match &hub.gate.access {
        Access::Open => {
            let actor = Actor { id: name, kind: role.actor_kind() };
            Ok(Greeted { grant: Grant { role, actor, desks: Desks::All }, version, you: None })
        }
        Access::Enrolled(devices) => {
            let offer = Offer { version, versions, role };
            let device = challenge(sink, stream, hub, devices, caller, &offer).await?;
            let grant = Grant { role: device.role, actor: device.actor(), desks: device.desks.clone() };
            let Device { role, id, name, desks, .. } = device;
            Ok(Greeted { grant, version, you: Some(You { role, id, name, desks }) })
        }
    }
}

async fn next(stream: &mut Stream) -> Option<ClientFrame> {
    match stream.next().await {
        Some(Ok(Message::Text(text))) => decode(&text).ok(),
        _ => None,
    }
}

/// What was agreed on by `hello`.
struct Offer {
    version: u16,
    versions: VersionSpan,
    role: Role,
}

/// What a client has shown.
struct Proven {
    key: [u8; PUBLIC_KEY_BYTES],
    invite: Option<InviteCode>,
}

async fn challenge(
    sink: &mut Sink,
    stream: &mut Stream,
    hub: &Hub,
    devices: &Arc<Devices>,
    caller: &Caller,
    offer: &Offer,
) -> Result<Device, CloseCode> {
    let nonce = random_bytes::<NONCE_BYTES>().map_err(|e| {
        tracing::error!("nobody can be let in: {e}");
        CloseCode::Unavailable
    })?;
    let channel = caller.channel.as_ref().map(|channel| channel.get());
    let challenge = ServerFrame::Challenge {
        version: offer.version,
        nonce: hex::encode(&nonce),
        relay: hub.key.seal_to(),
        bound: channel.is_some(),
    };
    let frame = text(&challenge).ok_or(CloseCode::Unavailable)?;
    sink.send(Message::Text(frame)).await.map_err(|_| CloseCode::NoHello)?;
    let Some(ClientFrame::Prove { device, signature, invite }) = next(stream).await else {
        return Err(CloseCode::NoHello);
    };
    let bindings = match channel {
        None => vec![None],
        // TLS whose handshake is not over cannot have brought this frame.
        Some(None) => Vec::new(),
        Some(Some(exported)) => {
            let certificate = hub.gate.certificate.as_ref().map(Binding::Certificate);
            [Some(Binding::Exporter(exported)), certificate].into_iter().flatten().map(Some).collect()
        }
    };
    let proven = check(hub, offer, &nonce, &bindings, &device, &signature, invite);
    let Some(proven) = proven else {
        tracing::debug!(address = %caller.address, "a proof was wrong");
        return Err(CloseCode::NotEnrolled);
    };
    match decide(hub, devices, caller, offer.role, proven).await? {
        Admission::Welcome(device) => Ok(*device),
        Admission::Revoked => Err(CloseCode::Revoked),
        Admission::Unknown => Err(CloseCode::NotEnrolled),
    }
}

/// Checks what was signed against what we know ourselves, bound in one of these ways.
fn check(
    hub: &Hub,
    offer: &Offer,
    nonce: &[u8; NONCE_BYTES],
    bindings: &[Option<Binding<'_>>],
    device: &str,
    signature: &str,
    invite: Option<InviteCode>,
) -> Option<Proven> {
    let key: [u8; PUBLIC_KEY_BYTES] = hex::decode(device)?.try_into().ok()?;
    let signature = hex::decode(signature)?;
    let code = invite.as_ref().map(InviteCode::hash);
    let signs = |binding: &Option<Binding<'_>>| {
        let signed = transcript(&Challenge {
            version: offer.version,
            offered: (offer.versions.min, offer.versions.max),
            role: offer.role,
            device: &key,
            relay: &hub.key.public(),
            nonce,
            binding: *binding,
            invite: code.as_ref(),
        });
        UnparsedPublicKey::new(&ED25519, &key[..]).verify(&signed, &signature).is_ok()
    };
    let proven = bindings.iter().any(signs);
    proven.then_some(Proven { key, invite })
}

async fn decide(
    hub: &Hub,
    devices: &Arc<Devices>,
    caller: &Caller,
    role: Role,
    proven: Proven,
) -> Result<Admission, CloseCode> {
    let Proven { key, invite } = proven;
    let now = hub.clock.now();
    let _turn = hub.gate.decisions.acquire().await.map_err(|_| CloseCode::Stopping)?;
    let known = blocking(devices, move |devices| devices.admit(&key, role, now)).await?;
    let Some(code) = invite.filter(|_| known == Admission::Unknown) else { return Ok(known) };
    let address = caller.address.ip();
    if !hub.gate.tries.take(address, now) {
        tracing::warn!(%address, "too many wrong codes: its codes are not looked at for a while");
        return Ok(Admission::Unknown);
    }
    let code = code.hash();
    let enrolled = blocking(devices, move |devices| devices.enrol(&key, role, &code, now)).await?;
    match &enrolled {
        Admission::Welcome(device) => {
            hub.gate.tries.forgive(address);
            tracing::info!(device = %device.id, %role, "a device was enrolled");
        }
        _ => tracing::warn!(%address, %role, "a wrong code"),
    }
    Ok(enrolled)
}

async fn blocking<T: Send + 'static>(
    devices: &Arc<Devices>,
    ask: impl FnOnce(&Devices) -> Result<T, super::devices::DevicesError> + Send + 'static,
) -> Result<T, CloseCode> {
    let devices = Arc::clone(devices);
    let asked = tokio::task::spawn_blocking(move || ask(&devices)).await;
    let answer = match asked {
        Ok(answer) => answer.map_err(|e| e.to_string()),
        Err(e) => Err(e.to_string()),
    };
    answer.map_err(|why| {
        tracing::error!("nobody can be let in: {why}");
        CloseCode::Unavailable
    })
}

impl Hub {
    /// Looks whether a device that was let in is still in the list: it may have been revoked between the two. Otherwise
    /// says with which code to close; a list that does not answer in time revokes nobody.
    pub async fn still_enrolled(&self, actor: &Actor) -> Result<(), CloseCode> {
        let Access::Enrolled(devices) = &self.gate.access else { return Ok(()) };
        let actor = actor.clone();
        let asked = async {
            let _turn = self.gate.decisions.acquire().await.map_err(|_| CloseCode::Stopping)?;
            blocking(devices, move |devices| devices.is_enrolled(&actor)).await
        };
        match timeout(self.limits.hello_within, asked).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(CloseCode::Revoked),
            Ok(Err(code)) => Err(code),
            Err(_) => {
                tracing::warn!("the list of devices did not answer in time");
                Err(CloseCode::Unavailable)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Limits, ManualClock, RelayKey, standard_mask};
    use super::*;
    use crate::conversation::{ActorKind, Time};
    use crate::log::MemoryLog;

    #[tokio::test]
    async fn a_list_that_does_not_answer_revokes_nobody_and_holds_nobody_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let devices = Arc::new(Devices::open(dir.path()).unwrap());
        let limits = Limits { hello_within: Duration::from_millis(20), ..Limits::default() };
        let clock = Arc::new(ManualClock::new(Time(1)));
        let actor = Actor { id: "relay".parse().unwrap(), kind: ActorKind::System };
        let log = Arc::new(MemoryLog::new());
        let key = RelayKey::passing().unwrap();
        let mut hub = Hub::new(log, clock, key, standard_mask(), limits, actor.clone());
        assert_eq!(hub.still_enrolled(&actor).await, Ok(()), "everybody is, where nobody needs to be");
        hub.gate = Gate::new(Access::Enrolled(devices), None);
        assert_eq!(hub.still_enrolled(&actor).await, Err(CloseCode::Revoked));
        // All who may ask are asking, and get no answer.
        let _all = hub.gate.decisions.acquire_many(DECISIONS_MAX as u32).await.unwrap();
        assert_eq!(hub.still_enrolled(&actor).await, Err(CloseCode::Unavailable));
    }
}
