//! What connections cost that only wait, and how long it takes until all are back after a cut.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::task::JoinSet;

use super::client::{Client, Heard};
use super::pair::{Pair, Side, Who, id_now};
use super::server::{Kind, Server, Setting};

/// Connections that are made at the same time.
const CONNECT_AT_ONCE: usize = 64;
/// Until a server's memory has settled: longer than our relay's heartbeat.
const SETTLE: Duration = Duration::from_secs(6);

/// KiB of the server's memory for each connection that has been greeted and waits, and the share of one processor that all of
/// them take.
pub async fn memory(kind: Kind, setting: &Setting, count: usize) -> Result<(f64, f64)> {
    let server = Server::start(kind, setting).await?;
    let mut waiting = JoinSet::new();
    connect(&server, 1, &mut waiting).await?;
    tokio::time::sleep(SETTLE / 2).await;
    let before = server.memory_kib().context("this system does not tell the memory of a process")?;
    connect(&server, count, &mut waiting).await?;
    tokio::time::sleep(SETTLE).await;
    let after = server.memory_kib().context("the server has ended")?;
    let (cpu, begun) = (server.cpu_secs().context("no times")?, Instant::now());
    tokio::time::sleep(SETTLE).await;
    let busy = (server.cpu_secs().context("no times")? - cpu) / begun.elapsed().as_secs_f64();
    if let Some(ended) = waiting.try_join_next() {
        let Err(e) = ended? else { bail!("a connection has ended") };
        return Err(e.context("a connection that only waits was lost"));
    }
    ensure!(waiting.len() == count + 1, "a connection is missing");
    Ok(((after - before) / count as f64, busy))
}

async fn connect(server: &Server, count: usize, waiting: &mut JoinSet<Result<()>>) -> Result<()> {
    let one = |_| async {
        let who = Who::new(Side::Waiting)?;
        Client::connect(&server.door, who.speak(server.kind)?).await
    };
    let mut clients = stream::iter(0..count).map(one).buffer_unordered(CONNECT_AT_ONCE);
    while let Some(mut client) = clients.try_next().await? {
        waiting.spawn(async move {
            loop {
                client.next().await?;
            }
        });
    }
    Ok(())
}

/// Seconds until half of the clients, and all, are served again: the agents have got what was said while they were away.
pub async fn returning(kind: Kind, setting: &Setting, clients: usize) -> Result<(f64, f64)> {
    let server = Server::start(kind, setting).await?;
    let meeting = stream::iter(0..clients / 2).map(|_| Pair::meet(&server.door, kind));
    let met: Vec<Pair> = meeting.buffer_unordered(CONNECT_AT_ONCE).try_collect().await?;
    let cutting = stream::iter(met).map(|Pair { mut visitor, agent }| async move {
        let agent = agent.cut();
        let id = id_now();
        visitor.say(id).await?;
        visitor.until(Heard::Acked(id)).await?;
        anyhow::Ok((visitor.cut(), agent, id))
    });
    let gone: Vec<_> = cutting.buffer_unordered(CONNECT_AT_ONCE).try_collect().await?;
    let begun = Instant::now();
    let mut returning = JoinSet::new();
    for (visitor, agent, missed) in gone {
        let nothing = 0;
        for (protocol, missed) in [(visitor, nothing), (agent, missed)] {
            let door = server.door.clone();
            returning.spawn(async move {
                let mut client = Client::connect(&door, protocol).await?;
                client.has(missed).await?;
                // Connected to the end, as it would be.
                anyhow::Ok((begun.elapsed().as_secs_f64(), client))
            });
        }
    }
    let mut back = Vec::new();
    while let Some(done) = returning.join_next().await {
        back.push(done??);
    }
    let mut times: Vec<f64> = back.iter().map(|(time, _)| *time).collect();
    times.sort_by(f64::total_cmp);
    let last = times.last().copied().context("nobody came back")?;
    Ok((times.get(times.len() / 2).copied().unwrap_or(last), last))
}
