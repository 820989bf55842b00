//! A relay that lets in enrolled devices only, and devices that speak to its socket themselves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use avatardesk::access::{Binding, Challenge, Desks, InviteCode, Policy, Role, rule, transcript};
use avatardesk::client::DeviceKey;
use avatardesk::conversation::{ActorId, Time};
use avatardesk::log::MemoryLog;
use avatardesk::protocol::{ClientFrame, ServerFrame, VersionSpan, VoiceFrame, decode, encode, hex};
use avatardesk::relay::{Access, Certificate, Clock, Devices, Limits, NewInvite};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::desk::{Running, SOON};

/// A relay with its list of devices.
pub struct Enrolled {
    pub relay: Running,
    pub devices: Arc<Devices>,
    pub dir: tempfile::TempDir,
}

impl Enrolled {
    pub async fn plain() -> Self {
        Self::start(false, rule).await
    }

    pub async fn secure() -> Self {
        Self::start(true, rule).await
    }

    pub async fn start(tls: bool, policy: Policy) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let devices = Arc::new(Devices::open(dir.path()).unwrap());
        let certificate = tls.then(|| Certificate::own(dir.path()).unwrap());
        devices.set_pin(certificate.as_ref().map(Certificate::fingerprint)).unwrap();
        // Some connections of the matrix wait long for their turn.
        let silent_max = Duration::from_secs(600);
        let limits = Limits { frames_per_sec: 1e6, frames_burst: 1e6, silent_max, ..Limits::default() };
        let access = Access::Enrolled(Arc::clone(&devices));
        let relay = Running::start_as(Arc::new(MemoryLog::new()), limits, 0, move |relay| {
            let relay = relay.with_access(access).with_policy(policy);
            match certificate {
                Some(certificate) => relay.with_tls(certificate),
                None => relay,
            }
        });
        Self { relay: relay.await, devices, dir }
    }

    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}/ws", self.relay.port)
    }

    pub fn now(&self) -> Time {
        self.relay.clock.now()
    }

    /// What another process would do to the list.
    pub fn elsewhere(&self) -> Devices {
        Devices::open(Path::new(self.dir.path())).unwrap()
    }

    pub fn invite(&self, role: Role, id: &str, desks: &[&str]) -> InviteCode {
        let desks: Vec<_> = desks.iter().map(|desk| desk.parse().unwrap()).collect();
        let new = NewInvite {
            role,
            id: Some(id.parse().unwrap()),
            name: format!("the {role}"),
            desks: Desks::from(desks),
        };
        self.elsewhere().invite(&new, true, self.now()).unwrap().code
    }

    /// Enrols a device without a connection.
    pub fn device(&self, role: Role, id: &str, desks: &[&str]) -> Device {
        let (code, key) = (self.invite(role, id, desks), DeviceKey::new().unwrap());
        self.devices.enrol(key.public(), role, &code.hash(), self.now()).unwrap();
        Device { role, id: id.parse().unwrap(), key }
    }
}

/// A device and its key.
pub struct Device {
    pub role: Role,
    pub id: ActorId,
    pub key: DeviceKey,
}

impl Device {
    pub async fn connect(&self, relay: &Enrolled) -> Socket {
        let mut socket = Socket::open(relay).await;
        let challenge = socket.hello(self.role, "whoever").await;
        socket.send(&prove(&self.key, self.role, &challenge, None)).await;
        match socket.next().await {
            Ok(ServerFrame::Welcome { you: Some(you), .. }) => assert_eq!(you.id, self.id),
            other => panic!("not let in: {other:?}"),
        }
        socket
    }
}

/// The answer to a challenge.
pub fn prove(
    key: &DeviceKey,
    role: Role,
    challenge: &ServerFrame,
    invite: Option<InviteCode>,
) -> ClientFrame {
    prove_bound(key, role, challenge, invite, None)
}

/// The same, bound to a connection or a certificate.
pub fn prove_bound(
    key: &DeviceKey,
    role: Role,
    challenge: &ServerFrame,
    invite: Option<InviteCode>,
    binding: Option<Binding<'_>>,
) -> ClientFrame {
    let ServerFrame::Challenge { version, nonce, relay, .. } = challenge else { panic!("{challenge:?}") };
    let bytes = |text: &str| <[u8; 32]>::try_from(hex::decode(text).unwrap()).unwrap();
    let code = invite.as_ref().map(InviteCode::hash);
    let signed = transcript(&Challenge {
        version: *version,
        offered: (VersionSpan::OURS.min, VersionSpan::OURS.max),
        role,
        device: key.public(),
        relay: &bytes(relay),
        nonce: &bytes(nonce),
        binding,
        invite: code.as_ref(),
    });
    let signature = hex::encode(&key.sign(&signed).unwrap());
    ClientFrame::Prove { device: hex::encode(key.public()), signature, invite }
}

/// The bytes of a connection.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection on which the test says everything itself.
pub struct Socket(WebSocketStream<Box<dyn Wire>>);

impl Socket {
    pub async fn open(relay: &Enrolled) -> Self {
        let wire: Box<dyn Wire> =
            Box::new(TcpStream::connect(("127.0.0.1", relay.relay.port)).await.unwrap());
        Self(client_async("ws://localhost/ws", wire).await.unwrap().0)
    }

    /// Over TLS, with the relay's certificate as the only authority.
    pub async fn open_secure(relay: &Enrolled) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(relay.dir.path().join("tls.pem")).unwrap();
        roots.add(certificate).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(("127.0.0.1", relay.relay.port)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let wire: Box<dyn Wire> =
            Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap());
        Self(client_async("wss://localhost/ws", wire).await.unwrap().0)
    }

    /// Says hello and gives what the relay answers.
    pub async fn hello(&mut self, role: Role, name: &str) -> ServerFrame {
        let name = name.parse().unwrap();
        self.send(&ClientFrame::Hello { versions: VersionSpan::OURS, role, name }).await;
        self.next().await.unwrap()
    }

    pub async fn send(&mut self, frame: &ClientFrame) {
        self.text(encode(frame).unwrap()).await;
    }

    pub async fn text(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub async fn voice(&mut self, frame: &VoiceFrame) {
        self.0.send(Message::binary(frame.bytes())).await.unwrap();
    }

    /// The next frame, or the code that the connection was closed with (0: without one).
    pub async fn next(&mut self) -> Result<ServerFrame, u16> {
        loop {
            match timeout(SOON, self.0.next()).await.expect("the relay sends something") {
                Some(Ok(Message::Text(text))) => return Ok(decode(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => return Err(close.code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(0),
                Some(Ok(_)) => {}
            }
        }
    }

    /// The first frame that `pick` wants.
    pub async fn until<T>(&mut self, mut pick: impl FnMut(&ServerFrame) -> Option<T>) -> T {
        loop {
            let frame = self.next().await.expect("still connected");
            if let Some(found) = pick(&frame) {
                return found;
            }
        }
    }

    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}
