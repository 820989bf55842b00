//! A bad line in front of a relay: WebSocket messages are late by 50 ± 20 ms, stand still now and then, and of what need not
//! arrive one in twenty does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{accept_async, client_async};

const DELAY_MS: u64 = 30;
const JITTER_MS: u64 = 40;
/// Of the messages that need not arrive this many in a thousand do not.
const LOST_PER_MILLE: u64 = 50;
/// So often nothing passes for so long.
const STALL_EVERY: Duration = Duration::from_secs(4);
const STALL: Duration = Duration::from_millis(250);
/// Messages on the line at once.
const ON_LINE: usize = 4_096;

/// A line to a relay.
pub struct Weather {
    pub url: String,
    lost: Arc<AtomicU64>,
}

impl Weather {
    /// In front of the relay at this port.
    pub async fn between(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        let lost = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&lost);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, port, Arc::clone(&counted)));
            }
        });
        Self { url, lost }
    }

    /// How many messages were lost.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

async fn carry(near: TcpStream, port: u16, lost: Arc<AtomicU64>) {
    near.set_nodelay(true).unwrap();
    let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    far.set_nodelay(true).unwrap();
    let Ok(near) = accept_async(near).await else { return };
    let Ok((far, _)) = client_async(format!("ws://127.0.0.1:{port}/ws"), far).await else { return };
    let ((near_out, near_in), (far_out, far_in)) = (near.split(), far.split());
    tokio::select! {
        () = pass(near_in, far_out, 1, Arc::clone(&lost)) => {}
        () = pass(far_in, near_out, 2, lost) => {}
    }
}

/// Passes messages on in one direction, in order.
async fn pass(
    mut from: impl Stream<Item = Result<Message, Error>> + Unpin,
    mut to: impl Sink<Message, Error = Error> + Unpin,
    mut seed: u64,
    lost: Arc<AtomicU64>,
) {
    let (line, mut arrive) = mpsc::channel::<(Instant, Message)>(ON_LINE);
    let begun = Instant::now();
    let leave = async {
        while let Some(Ok(message)) = from.next().await {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let chance = seed >> 33;
            if may_be_lost(&message) && chance % 1_000 < LOST_PER_MILLE {
                lost.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let mut at = Instant::now() + Duration::from_millis(DELAY_MS + chance / 1_000 % JITTER_MS);
            let into = (at - begun).as_millis() % STALL_EVERY.as_millis();
            if let Some(left) = STALL.as_millis().checked_sub(into) {
                at += Duration::from_millis(left as u64);
            }
            if line.send((at, message)).await.is_err() {
                return;
            }
        }
    };
    let deliver = async {
        while let Some((at, message)) = arrive.recv().await {
            sleep_until(at).await;
            if to.send(message).await.is_err() {
                return;
            }
        }
    };
    tokio::select! { () = leave => {} () = deliver => {} }
}

/// Voices and signals.
fn may_be_lost(message: &Message) -> bool {
    match message {
        Message::Binary(_) => true,
        Message::Text(text) => text.starts_with(r#"{"type":"signal""#),
        _ => false,
    }
}
