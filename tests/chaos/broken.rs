//! A relay of this program itself, sound or broken in one way: it shows that the checker notices.
//!
//! What is shipped has no switch that turns a mechanism off, not even a hidden one: the broken relays are put together
//! here, from the same library, and differ from `avatardesk relay` in one thing only.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use avatardesk::conversation::{ConversationId, Epoch};
use avatardesk::log::{Answer, Append, AppendError, Appended, DataDir, EventLog, SqliteLog, SqliteOptions};
use avatardesk::relay::{Relay, RelayKey, SystemClock, serve};
use clap::ValueEnum;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// How long after the acknowledgement the early one stores.
const LATE: Duration = Duration::from_millis(40);
const WAITING_MAX: usize = 10_000;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Broken {
    /// Nothing: the same harness with a sound relay.
    Nothing,
    /// The log does not sync.
    NoSync,
    /// The log says "stored" and stores later.
    EarlyAck,
    /// The relay itself is sound, but its disk does not do what a sync asks for.
    LyingDisk,
}

/// Serves until the process is asked to end.
pub async fn be_a_relay(data: &Path, broken: Broken) -> Result<()> {
    let dir = Arc::new(DataDir::open(&data.join("relay"))?);
    let options = SqliteOptions { sync: broken != Broken::NoSync, ..SqliteOptions::default() };
    let log = Arc::new(SqliteLog::open(Arc::clone(&dir), options)?);
    let key = RelayKey::of(&dir)?;
    let log: Arc<dyn EventLog> = if broken == Broken::EarlyAck { Arc::new(Early::new(log)) } else { log };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let mut asked = signal(SignalKind::terminate())?;
    let shutdown = async move {
        asked.recv().await;
    };
    serve(listener, Relay::new(log, Arc::new(SystemClock), key), shutdown).await?;
    Ok(())
}

/// Acknowledges before the commit.
struct Early {
    log: Arc<SqliteLog>,
    epochs: Mutex<HashMap<ConversationId, Epoch>>,
    later: mpsc::Sender<Append>,
}

impl Early {
    fn new(log: Arc<SqliteLog>) -> Self {
        let (later, mut waiting) = mpsc::channel::<Append>(WAITING_MAX);
        let store = Arc::clone(&log);
        tokio::spawn(async move {
            while let Some(append) = waiting.recv().await {
                tokio::time::sleep(LATE).await;
                drop(store.append(append).await);
            }
        });
        Self { log, epochs: Mutex::default(), later }
    }
}

impl EventLog for Early {
    pass_on!(log: read, commands, read_from, open_after, erase);

    fn append(&self, append: Append) -> Answer<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let known = self.epochs.lock().unwrap().get(&append.conversation).copied();
            let Some(epoch) = known else {
                let conversation = append.conversation;
                let appended = self.log.append(append).await?;
                self.epochs.lock().unwrap().insert(conversation, appended.epoch);
                return Ok(appended);
            };
            let first_seq = append.expected_seq + 1;
            let last_seq = append.expected_seq + append.events.len() as u64;
            self.later.send(append).await.map_err(|_| AppendError::Closed)?;
            Ok(Appended { epoch, first_seq, last_seq, repeated: false })
        })
    }
}
