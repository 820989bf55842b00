//! One connection to the relay.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::config::ClientConfig;
use crate::protocol::{ClientFrame, CloseCode, FRAME_MAX_BYTES, ServerFrame, VersionSpan, decode, encode};

const READ_BUFFER_BYTES: usize = 16 * 1024;
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// A connection that the relay has welcomed.
pub struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    send_within: Duration,
    /// Twice the heartbeat: without any frame for so long, the connection is dead.
    pub silent_max: Duration,
    pub heard: Instant,
    pub since: Instant,
    pub seal_to: String,
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
        let (socket, _) = connect_async_with_config(&config.url, Some(limits), true).await?;
        let mut link = Self {
            socket,
            send_within: config.timing.send_within,
            silent_max: config.timing.connect_within,
            heard: Instant::now(),
            since: Instant::now(),
            seal_to: String::new(),
        };
        let hello = ClientFrame::Hello { versions: VersionSpan::OURS, role: config.role, name: config.name };
        link.send(&[hello]).await?;
        loop {
            match link.next().await? {
                Some(ServerFrame::Welcome { heartbeat_secs, seal_to, .. }) => {
                    link.silent_max = Duration::from_secs(u64::from(heartbeat_secs.clamp(1, 3600)) * 2);
                    link.seal_to = seal_to;
                    return Ok(link);
                }
                Some(ServerFrame::Error { text, .. }) => return Err(Broken::because(text)),
                _ => {}
            }
        }
    }

    /// Sends frames together.
    pub async fn send(&mut self, frames: &[ClientFrame]) -> Result<(), Broken> {
        let socket = &mut self.socket;
        let sent = async {
            for frame in frames {
                match encode(frame) {
                    Ok(text) => socket.feed(Message::text(text)).await?,
                    // It can never be sent; the relay would refuse it in the same way.
                    Err(e) => tracing::warn!("a frame was not sent: {e}"),
                }
            }
            socket.flush().await
        };
        match timeout(self.send_within, sent).await {
            Ok(sent) => Ok(sent?),
            Err(_) => Err(Broken::because("the relay does not take anything any more")),
        }
    }

    /// The next frame; `None` for something that is none. Nothing gets lost when the future is dropped.
    pub async fn next(&mut self) -> Result<Option<ServerFrame>, Broken> {
        let message = self.socket.next().await;
        self.heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => match decode(&text) {
                Ok(frame) => Ok(Some(frame)),
                // The error may quote what was said.
                Err(_) => Err(Broken::because("the relay sent something that is not a frame")),
            },
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
