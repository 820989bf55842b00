//! The bytes of one connection, with or without TLS.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

/// RFC 9266.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// What only the two ends of a TLS connection know; set when its handshake is over.
pub type Channel = Arc<OnceLock<[u8; 32]>>;

/// The stream of one connection. The TLS handshake is part of the first read, so that it holds nobody else up.
pub enum Wire {
    Plain(TcpStream),
    Greeting(Box<Accept<TcpStream>>, Channel),
    Secured(Box<TlsStream<TcpStream>>),
    Broken,
}

impl Wire {
    /// A stream with TLS when there is an acceptor, and its channel binding then.
    pub fn new(stream: TcpStream, tls: Option<&TlsAcceptor>) -> (Self, Option<Channel>) {
        match tls {
            None => (Self::Plain(stream), None),
            Some(tls) => {
                let channel = Channel::default();
                (Self::Greeting(Box::new(tls.accept(stream)), Arc::clone(&channel)), Some(channel))
            }
        }
    }

    /// Goes on with the handshake.
    fn poll_greeting(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self::Greeting(accept, channel) = self else { return Poll::Ready(Ok(())) };
        let done = match Pin::new(&mut **accept).poll(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(done) => done,
        };
        let secured = done.and_then(|stream| {
            let (_, session) = stream.get_ref();
            let exported = session.export_keying_material([0; 32], EXPORTER_LABEL, None);
            // Nobody else sets it.
            let _ = channel.set(exported.map_err(io::Error::other)?);
            Ok(stream)
        });
        match secured {
            Ok(stream) => {
                *self = Self::Secured(Box::new(stream));
                Poll::Ready(Ok(()))
            }
            Err(e) => {
                tracing::debug!("no TLS came about: {e}");
                *self = Self::Broken;
                Poll::Ready(Err(e))
            }
        }
    }
}

/// Calls a method of whichever stream there is, after the handshake.
macro_rules! with_stream {
    ($wire:expr, $cx:expr, $stream:ident => $call:expr) => {{
        match $wire.poll_greeting($cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(e)) => return Poll::Ready(Err(e)),
            Poll::Ready(Ok(())) => {}
        }
        match &mut *$wire {
            Wire::Plain(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            Wire::Secured(stream) => {
                let $stream = Pin::new(&mut **stream);
                $call
            }
            Wire::Greeting(..) | Wire::Broken => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }};
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        with_stream!(self, cx, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        with_stream!(self, cx, stream => stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        with_stream!(self, cx, stream => stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        // Both kinds are.
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_stream!(self, cx, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(*self, Self::Greeting(..) | Self::Broken) {
            // Nothing was said yet: nothing is said.
            *self = Self::Broken;
            return Poll::Ready(Ok(()));
        }
        with_stream!(self, cx, stream => stream.poll_shutdown(cx))
    }
}
