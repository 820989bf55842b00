//! One line for each client: a TCP proxy on loopback that can be slow, silent or torn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::schedule::Cut;

/// How long the end of a line that does not know of a break is kept.
const HALF_OPEN: Duration = Duration::from_secs(40);
const BUFFER_BYTES: usize = 16 * 1024;

/// What the line is like now.
#[derive(Debug, Clone, Copy)]
struct Mode {
    delay: Duration,
    delayed_until: Instant,
    stalled_until: Instant,
    /// Grows with each cut: connections that are older are cut.
    cuts: u64,
    how: Cut,
}

/// The line of one client.
pub struct Line {
    pub url: String,
    mode: watch::Sender<Mode>,
}

impl Line {
    /// A line to whatever port `target` says when a connection comes; `scheme` is `ws` or `wss`.
    pub async fn new(target: Arc<AtomicU16>, scheme: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{scheme}://{}/ws", listener.local_addr()?);
        let now = Instant::now();
        let calm =
            Mode { delay: Duration::ZERO, delayed_until: now, stalled_until: now, cuts: 0, how: Cut::Close };
        let (mode, seen) = watch::channel(calm);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target.load(Ordering::SeqCst), seen.clone()));
            }
        });
        Ok(Self { url, mode })
    }

    pub fn cut(&self, how: Cut) {
        self.mode.send_modify(|m| (m.cuts, m.how) = (m.cuts + 1, how));
    }

    pub fn delay(&self, delay: Duration, time: Duration) {
        self.mode.send_modify(|m| (m.delay, m.delayed_until) = (delay, Instant::now() + time));
    }

    pub fn stall(&self, time: Duration) {
        self.mode.send_modify(|m| m.stalled_until = Instant::now() + time);
    }

    /// From now on everything passes at once.
    pub fn heal(&self) {
        let now = Instant::now();
        self.mode.send_modify(|m| (m.delayed_until, m.stalled_until) = (now, now));
    }
}

type Halves = (OwnedReadHalf, OwnedWriteHalf);

/// Carries one connection until one side ends it or it is cut.
async fn carry(client: TcpStream, target: u16, mode: watch::Receiver<Mode>) {
    let born = mode.borrow().cuts;
    let Ok(relay) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    let _ = (client.set_nodelay(true), relay.set_nodelay(true));
    let (mut client, mut relay): (Halves, Halves) = (client.into_split(), relay.into_split());
    let how = tokio::select! {
        () = pump(&mut client.0, &mut relay.1, mode.clone(), born) => Cut::Close,
        () = pump(&mut relay.0, &mut client.1, mode.clone(), born) => Cut::Close,
        how = cut(mode, born) => how,
    };
    match how {
        Cut::Close | Cut::Torn => {}
        Cut::Reset => {
            for halves in [client, relay] {
                if let Ok(stream) = halves.0.reunite(halves.1) {
                    // With nothing to linger for, closing sends a reset.
                    let _ = stream.set_zero_linger();
                }
            }
        }
        Cut::HalfClient => {
            drop(relay);
            sleep(HALF_OPEN).await;
            drop(client);
        }
        Cut::HalfRelay => {
            drop(client);
            sleep(HALF_OPEN).await;
            drop(relay);
        }
    }
}

/// Ends when a cut comes that does not wait for bytes.
async fn cut(mut mode: watch::Receiver<Mode>, born: u64) -> Cut {
    loop {
        let now = *mode.borrow_and_update();
        if now.cuts != born && now.how != Cut::Torn {
            return now.how;
        }
        if mode.changed().await.is_err() {
            return Cut::Close;
        }
    }
}

/// Passes bytes on in one direction.
async fn pump(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, mut mode: watch::Receiver<Mode>, born: u64) {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let Ok(read) = from.read(&mut buffer).await else { return };
        if read == 0 {
            return;
        }
        let now = *mode.borrow_and_update();
        if Instant::now() < now.delayed_until {
            sleep(now.delay).await;
        }
        loop {
            let until = mode.borrow_and_update().stalled_until;
            if Instant::now() >= until {
                break;
            }
            // Healing shortens it.
            tokio::select! { () = sleep_until(until) => {} _ = mode.changed() => {} }
        }
        let now = *mode.borrow_and_update();
        let torn = now.cuts != born && now.how == Cut::Torn;
        let passed = if torn { read / 2 } else { read };
        if to.write_all(&buffer[..passed]).await.is_err() || torn {
            return;
        }
    }
}
