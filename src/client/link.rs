//! One connection to the relay.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::config::{ClientConfig, Credentials};
use super::tls::{Pin, secure};
use crate::access::{Binding, Challenge, InviteCode, transcript};
use crate::protocol::{
    ClientFrame, CloseCode, FRAME_MAX_BYTES, ServerFrame, VersionSpan, VoiceFrame, You, decode, encode, hex,
};
use crate::quote::quote;

const READ_BUFFER_BYTES: usize = 16 * 1024;
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// The bytes of a connection, with or without TLS.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection that the relay has welcomed.
pub struct Link {
    socket: WebSocketStream<Box<dyn Wire>>,
    send_within: Duration,
    /// Twice the heartbeat: without any frame for so long, the connection is dead.
    pub silent_max: Duration,
    pub heard: Instant,
    pub since: Instant,
    pub seal_to: String,
    /// What an enrolled device is called.
    pub you: Option<You>,
    /// The SHA-256 of the relay's certificate, where there is TLS.
    pub certificate: Option<[u8; 32]>,
    channel: Option<[u8; 32]>,
}

/// What comes over a connection.
#[derive(Debug)]
pub enum Incoming {
    Frame(Box<ServerFrame>),
    /// A frame of a person's voice.
    Voice(VoiceFrame),
}

/// Why there is no connection any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub why: String,
    /// Connecting again makes no sense.
    pub fatal: bool,
    /// Another connection with our role and name has taken over.
    pub replaced: bool,
}

impl Broken {
    pub fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), fatal: false, replaced: false }
    }

    fn closed(code: u16, reason: &str) -> Self {
        let why = if reason.is_empty() { format!("closed with {code}") } else { reason.to_owned() };
        let replaced = code == CloseCode::Replaced as u16;
        Self { why, fatal: !replaced && !CloseCode::may_return(code), replaced }
    }
}

impl From<Error> for Broken {
    fn from(e: Error) -> Self {
        match e {
            Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
                Self::because("no relay answers at this address: start it, or check the address")
            }
            Error::Http(response) => {
                // The relay says there why, and how to mend it.
                let said = response.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                Self::because(format!("the answer was {}: {}", response.status(), quote(said.trim())))
            }
            e => Self::because(e.to_string()),
        }
    }
}

impl Link {
    /// Connects, says hello and waits for the welcome.
    pub async fn open(config: ClientConfig) -> Result<Self, Broken> {
        let within = config.timing.connect_within;
        match timeout(within, Self::greet(config)).await {
            Ok(link) => link,
            Err(_) => Err(Broken::because(format!("the relay did not answer within {} s", within.as_secs()))),
        }
    }

    async fn greet(config: ClientConfig) -> Result<Self, Broken> {
        let limits = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(FRAME_MAX_BYTES * 2)
            .max_message_size(Some(FRAME_MAX_BYTES))
            .max_frame_size(Some(FRAME_MAX_BYTES));
        let pin = config.credentials.as_ref().and_then(|c| c.pin);
        let (wire, certificate, channel) = reach(&config.url, pin).await?;
        let (socket, _) = client_async_with_config(config.url.as_str(), wire, Some(limits)).await?;
        let mut link = Self {
            socket,
            send_within: config.timing.send_within,
            silent_max: config.timing.connect_within,
            heard: Instant::now(),
            since: Instant::now(),
            seal_to: String::new(),
            you: None,
            certificate,
            channel,
        };
        let hello = ClientFrame::Hello { versions: VersionSpan::OURS, role: config.role, name: config.name };
        link.send(&[hello]).await?;
        loop {
            let Some(Incoming::Frame(frame)) = link.next().await? else { continue };
            match *frame {
                ServerFrame::Challenge { version, nonce, relay, bound } => {
                    let credentials = config.credentials.as_ref().ok_or_else(not_enrolled)?;
                    let asked = Asked { version, nonce, relay, bound };
                    let proof = link.prove(&asked, credentials, config.role)?;
                    link.send(&[proof]).await?;
                }
                ServerFrame::Welcome { heartbeat_secs, seal_to, you, .. } => {
                    link.you = you;
                    link.silent_max = Duration::from_secs(u64::from(heartbeat_secs.clamp(1, 3600)) * 2);
                    link.seal_to = seal_to;
                    return Ok(link);
                }
                ServerFrame::Error { text, .. } => return Err(Broken::because(text)),
                _ => {}
            }
        }
    }

    /// Answers the relay's challenge.
    fn prove(
        &self,
        asked: &Asked,
        credentials: &Credentials,
        role: crate::protocol::Role,
    ) -> Result<ClientFrame, Broken> {
        let strange = || Broken::because("the relay asks for a proof that this program does not know");
        let ours = VersionSpan::OURS;
        let bytes = |text: &str| hex::decode(text).and_then(|b| <[u8; 32]>::try_from(b).ok());
        let (nonce, relay) =
            (bytes(&asked.nonce).ok_or_else(strange)?, bytes(&asked.relay).ok_or_else(strange)?);
        if !(ours.min..=ours.max).contains(&asked.version) {
            return Err(strange());
        }
        let binding = match (asked.bound, &self.channel) {
            (false, _) => None,
            (true, Some(channel)) => Some(Binding::Exporter(channel)),
            (true, None) => return Err(strange()),
        };
        let code = credentials.invite.as_ref().map(InviteCode::hash);
        let signed = transcript(&Challenge {
            version: asked.version,
            offered: (ours.min, ours.max),
            role,
            device: credentials.key.public(),
            relay: &relay,
            nonce: &nonce,
            binding,
            invite: code.as_ref(),
        });
        let signature = credentials.key.sign(&signed).ok_or_else(strange)?;
        Ok(ClientFrame::Prove {
            device: hex::encode(credentials.key.public()),
            signature: hex::encode(&signature),
            invite: credentials.invite.clone(),
        })
    }

    /// Sends frames together.
    pub async fn send(&mut self, frames: &[ClientFrame]) -> Result<(), Broken> {
        let messages = frames.iter().filter_map(|frame| match encode(frame) {
            Ok(text) => Some(Message::text(text)),
            // It can never be sent; the relay would refuse it in the same way.
            Err(e) => {
                tracing::warn!("a frame was not sent: {e}");
                None
            }
        });
        let messages: Vec<Message> = messages.collect();
        self.send_messages(messages).await
    }

    /// Sends a frame of a voice.
    pub async fn send_voice(&mut self, frame: &VoiceFrame) -> Result<(), Broken> {
        self.send_messages(vec![Message::binary(frame.bytes())]).await
    }

    async fn send_messages(&mut self, messages: Vec<Message>) -> Result<(), Broken> {
        let socket = &mut self.socket;
        let sent = async {
            for message in messages {
                socket.feed(message).await?;
            }
            socket.flush().await
        };
        match timeout(self.send_within, sent).await {
            Ok(sent) => Ok(sent?),
            Err(_) => Err(Broken::because("the relay does not take anything any more")),
        }
    }

    /// The next frame; `None` for something that is none. Nothing gets lost when the future is dropped.
    pub async fn next(&mut self) -> Result<Option<Incoming>, Broken> {
        let message = self.socket.next().await;
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => match decode(&text) {
                Ok(frame) => Ok(Some(Incoming::Frame(Box::new(frame)))),
                // The error may quote what was said.
                Err(_) => Err(Broken::because("the relay sent something that is not a frame")),
            },
            // What is no voice is something newer.
            Some(Ok(Message::Binary(bytes))) => Ok(VoiceFrame::read(&bytes).ok().map(Incoming::Voice)),
            Some(Ok(Message::Close(Some(close)))) => Err(Broken::closed(close.code.into(), &close.reason)),
            Some(Ok(Message::Close(None))) | None => Err(Broken::because("the relay closed the connection")),
            Some(Ok(_)) => Ok(None),
            Some(Err(e)) => Err(e.into()),
        }
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // The relay may be gone already: then there is nobody to tell.
        drop(timeout(Duration::from_secs(1), self.socket.close(None)).await);
    }
}

/// The relay's challenge.
struct Asked {
    version: u16,
    nonce: String,
    relay: String,
    bound: bool,
}

fn not_enrolled() -> Broken {
    let why = "this relay lets in enrolled devices only: ask its host for an invite, and give the code with `--invite`";
    Broken { why: why.to_owned(), fatal: true, replaced: false }
}

type Reached = (Box<dyn Wire>, Option<[u8; 32]>, Option<[u8; 32]>);

/// Connects to the host of an address, with TLS for `wss`.
async fn reach(url: &str, pin: Option<Pin>) -> Result<Reached, Broken> {
    let uri: Uri = url.parse().map_err(|e| Broken::because(format!("the relay's address: {e}")))?;
    let host = uri.host().ok_or_else(|| Broken::because("the relay's address has no host"))?;
    let encrypted = uri.scheme_str() == Some("wss");
    let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if pin.is_some() && !encrypted {
        let why =
            "this device was enrolled over an encrypted connection: give the relay's address with wss://";
        return Err(Broken { why: why.to_owned(), fatal: true, replaced: false });
    }
    let stream = TcpStream::connect((bare, port)).await.map_err(Error::Io)?;
    // Small frames should not wait for each other.
    stream.set_nodelay(true).map_err(Error::Io)?;
    if !encrypted {
        return Ok((Box::new(stream), None, None));
    }
    let secured = secure(stream, bare, pin).await.map_err(Broken::because)?;
    Ok((Box::new(secured.stream), Some(secured.certificate), Some(secured.channel)))
}
