//! A listener with a bound: so many connections at a time, and each must ask for something soon.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsAcceptor;

use super::greeting::Caller;
use super::wire::{Channel, Wire};

use super::addresses::{Addresses, Place};

/// How long to wait when the system has no more sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// The same trouble with accepting is said again when there was none for so long.
const ACCEPT_QUIET: Duration = Duration::from_secs(60);

/// At most so many connections; more wait in the queue of the system.
pub struct Bounded {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    turns: Arc<Semaphore>,
    ask_within: Duration,
    addresses: Option<Arc<Addresses>>,
    faults: Faults,
}

/// What was said about connections that could not be accepted.
#[derive(Debug, Default)]
struct Faults(Option<(Option<i32>, Instant)>);

impl Faults {
    /// Whether this is another trouble than the last one, or one after a long time without any.
    fn is_new(&mut self, error: &io::Error, now: Instant) -> bool {
        let code = error.raw_os_error();
        let last = self.0.replace((code, now));
        last.is_none_or(|(last, at)| last != code || now.duration_since(at) >= ACCEPT_QUIET)
    }
}

impl Bounded {
    /// A listener for at most `max` connections, which must send a whole request head within `ask_within`. With `tls`
    /// each of them is encrypted; its handshake counts as part of the request. What `addresses` has no place for is
    /// dropped at once.
    pub fn new(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        max: usize,
        ask_within: Duration,
        addresses: Option<Arc<Addresses>>,
    ) -> Self {
        let turns = Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS)));
        Self { listener, tls, turns, ask_within, addresses, faults: Faults::default() }
    }
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
                std::future::pending::<()>().await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let place = match self.addresses.as_ref().map(|a| a.enter(address.ip())) {
                        Some(None) => continue,
                        Some(place) => place,
                        None => None,
                    };
                    // Small frames should not wait for each other.
                    if let Err(e) = stream.set_nodelay(true) {
                        tracing::debug!("no-delay could not be set: {e}");
                    }
                    let deadline = Some(Box::pin(tokio::time::sleep(self.ask_within)));
                    let (stream, channel) = Wire::new(stream, self.tls.as_ref());
                    let connection = Connection { stream, channel, deadline, _turn: turn, _place: place };
                    return (connection, address);
                }
                // The other side has gone before its turn.
                Err(e) if e.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(e) => {
                    if self.faults.is_new(&e, Instant::now()) {
                        tracing::warn!(
                            "connections cannot be accepted: {e}. Others wait in the system's queue"
                        );
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection; it gives its turn back when it ends.
pub struct Connection {
    stream: Wire,
    channel: Option<Channel>,
    /// Until the first answer is written, which is when the request was complete.
    deadline: Option<Pin<Box<Sleep>>>,
    _turn: OwnedSemaphorePermit,
    _place: Option<Place>,
}

impl Connected<IncomingStream<'_, Bounded>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Bounded>) -> Self {
        Self { address: *stream.remote_addr(), channel: stream.io().channel.clone() }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Pending => match &mut self.deadline {
                Some(deadline) => match deadline.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                    Poll::Pending => Poll::Pending,
                },
                None => Poll::Pending,
            },
            ready => ready,
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_with_accepting_is_said_once_a_change() {
        let (many, memory) = (io::Error::from_raw_os_error(24), io::Error::from_raw_os_error(12));
        let (mut faults, begin) = (Faults::default(), Instant::now());
        let mut said = |error, secs| faults.is_new(error, begin + Duration::from_secs(secs));
        assert!(said(&many, 0));
        // However long it lasts.
        assert!((1..200).all(|secs| !said(&many, secs)));
        assert!(said(&memory, 200) && said(&many, 200) && !said(&many, 259));
        assert!(said(&many, 319));
    }
}
