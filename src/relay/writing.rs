//! The writing half of a connection.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::time::timeout;

use super::metrics::Metrics;
use super::outbound::Outbound;
use crate::protocol::CloseCode;

/// How long a close frame may take to be sent.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Sends what is queued until the queue is closed or the socket fails.
pub async fn write(
    outbound: &Outbound,
    sink: &mut SplitSink<WebSocket, Message>,
    metrics: &Metrics,
    patience: Duration,
) {
    loop {
        let batch = outbound.next().await;
        metrics.frames_out.inc_by(batch.frames.len() as u64);
        metrics.bytes_out.inc_by(batch.frames.iter().map(|f| f.len() as u64).sum());
        let sent = async {
            for frame in batch.frames {
                sink.feed(frame.into()).await?;
            }
            if batch.ping {
                sink.feed(Message::Ping(Default::default())).await?;
            }
            sink.flush().await
        };
        if batch.close.is_some() {
            if timeout(CLOSE_WITHIN, sent).await.is_err() {
                return;
            }
        } else {
            tokio::select! {
                sent = sent => if sent.is_err() { return },
                // A client that does not read must not keep the connection.
                code = hopeless(outbound, patience) => return close(sink, code).await,
            }
        }
        if let Some(code) = batch.close {
            return close(sink, code).await;
        }
    }
}

/// Ends some time after the queue was closed. A slow reader gets longer: it is to learn why it was closed.
async fn hopeless(outbound: &Outbound, patience: Duration) -> CloseCode {
    let code = outbound.closed().await;
    tokio::time::sleep(if code == CloseCode::Slow { patience } else { CLOSE_WITHIN }).await;
    code
}

/// Sends a close frame.
pub async fn close(sink: &mut SplitSink<WebSocket, Message>, code: CloseCode) {
    let frame = CloseFrame { code: code as u16, reason: code.reason().into() };
    // The other side may be gone already: then there is nobody to tell.
    drop(timeout(CLOSE_WITHIN, sink.send(Message::Close(Some(frame)))).await);
}
