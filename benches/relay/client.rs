//! One client of any of the servers: a WebSocket, and a protocol that is spoken over it. Written once, so that the load costs
//! the same whoever serves.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Bytes that one read of a socket takes at most.
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// The largest message that a server may send.
const MESSAGE_MAX_BYTES: usize = 1024 * 1024;
/// How long a connection may take until it can be used.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// What a client hears that counts in a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The connection can be used, and what was missed has come.
    Ready,
    /// The server has stored what this client said.
    Acked(u64),
    /// What somebody said has come.
    Delivered(u64),
    /// The visit is over.
    Left,
}

/// One side of a server's protocol. It outlives a connection: it knows its place.
pub trait Protocol: Send {
    /// What is said first on a new connection.
    fn begin(&mut self, out: &mut Vec<Message>) -> Result<()>;
    /// Takes a message of the server; says what follows from it.
    fn hear(&mut self, message: Message, out: &mut Vec<Message>, heard: &mut VecDeque<Heard>) -> Result<()>;
    /// What a visitor says, named by a number that grows.
    fn say(&mut self, id: u64) -> Result<Message>;
    /// Ends the visit, where the server has visits that end.
    fn leave(&mut self) -> Result<Option<Message>>;
}

/// Where a server is.
#[derive(Clone)]
pub struct Door {
    pub address: SocketAddr,
    pub path: &'static str,
    /// How it is known, when connections are encrypted.
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

impl Door {
    /// What a client has to know to trust the one certificate in a PEM text.
    pub fn trusting(pem: &str) -> Result<Arc<rustls::ClientConfig>> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).context("no certificate")?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connected client.
pub struct Client {
    socket: WebSocketStream<Box<dyn Stream>>,
    protocol: Box<dyn Protocol>,
    out: Vec<Message>,
    heard: VecDeque<Heard>,
    /// The newest message that has come.
    newest: u64,
}

impl Client {
    /// Connects; the result can be used, and has what was missed.
    pub async fn connect(door: &Door, protocol: Box<dyn Protocol>) -> Result<Self> {
        tokio::time::timeout(READY_WITHIN, Self::connect_and_greet(door, protocol))
            .await
            .with_context(|| format!("{} did not serve a client within {READY_WITHIN:?}", door.address))?
    }

    async fn connect_and_greet(door: &Door, protocol: Box<dyn Protocol>) -> Result<Self> {
        let stream = TcpStream::connect(door.address).await?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &door.tls {
            None => Box::new(stream),
            Some(config) => {
                let name = ServerName::try_from("localhost")?;
                Box::new(TlsConnector::from(Arc::clone(config)).connect(name, stream).await?)
            }
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .max_message_size(Some(MESSAGE_MAX_BYTES));
        let url = format!("ws://{}{}", door.address, door.path);
        let (socket, _) = client_async_with_config(url, stream, Some(config)).await?;
        let mut client = Self { socket, protocol, out: Vec::new(), heard: VecDeque::new(), newest: 0 };
        client.protocol.begin(&mut client.out)?;
        client.flush().await?;
        client.until(Heard::Ready).await?;
        Ok(client)
    }

    /// The next thing that counts. Pings are answered meanwhile.
    pub async fn next(&mut self) -> Result<Heard> {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                if let Heard::Delivered(id) = heard {
                    self.newest = self.newest.max(id);
                }
                return Ok(heard);
            }
            match self.socket.next().await.context("the server has gone")?? {
                Message::Close(why) => bail!("the server has closed the connection: {why:?}"),
                message => self.protocol.hear(message, &mut self.out, &mut self.heard)?,
            }
            if !self.out.is_empty() {
                self.flush().await?;
            }
        }
    }

    /// Waits for exactly this; anything else does not count. Keeps what comes behind it.
    pub async fn until(&mut self, wanted: Heard) -> Result<()> {
        while self.next().await? != wanted {}
        Ok(())
    }

    /// Waits until this message has come, if it has not yet.
    pub async fn has(&mut self, id: u64) -> Result<()> {
        while self.newest < id {
            self.next().await?;
        }
        Ok(())
    }

    /// Says something that is named by `id`.
    pub async fn say(&mut self, id: u64) -> Result<()> {
        let message = self.protocol.say(id)?;
        Ok(self.socket.send(message).await?)
    }

    /// Ends the visit, where that means anything.
    pub async fn leave(&mut self) -> Result<()> {
        if let Some(message) = self.protocol.leave()? {
            self.socket.send(message).await?;
            self.until(Heard::Left).await?;
        }
        Ok(())
    }

    /// Cuts the connection, without a word.
    pub fn cut(self) -> Box<dyn Protocol> {
        self.protocol
    }

    async fn flush(&mut self) -> Result<()> {
        for message in self.out.drain(..) {
            self.socket.feed(message).await?;
        }
        Ok(self.socket.flush().await?)
    }
}
