//! Pairs that talk: as fast as each answer comes (closed loop), or at a fixed rate whatever comes (open loop).

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout, timeout_at};

use super::client::Heard;
use super::pair::{Pair, id_now, micros_since};
use super::server::Server;

/// Pairs that connect at the same time.
const MEET_AT_ONCE: usize = 32;
/// How long after its end a measurement waits for what is still under way.
const DRAIN: Duration = Duration::from_secs(5);
/// How long after its end a closed loop may take to end.
const END_WITHIN: Duration = Duration::from_secs(60);

/// How long is measured.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// What comes before is not counted.
    pub warm_up: Duration,
    pub time: Duration,
}

/// What one round of a closed loop gave.
pub struct Closed {
    pub per_sec: f64,
    /// From saying to delivery, in microseconds.
    pub times: Vec<u32>,
    pub cpu_secs: Option<f64>,
}

/// What one round of an open loop gave.
pub struct Open {
    pub said: usize,
    /// From saying to delivery, in microseconds; what never came is not in it.
    pub times: Vec<u32>,
    /// By how much the load itself came late, in microseconds.
    pub late: Vec<u32>,
}

async fn meet(server: &Server, pairs: usize) -> Result<Vec<Pair>> {
    let meeting = stream::iter(0..pairs).map(|_| Pair::meet(&server.door, server.kind));
    meeting.buffer_unordered(MEET_AT_ONCE).try_collect().await
}

async fn part(pairs: Vec<Pair>) -> Result<()> {
    let leaving = stream::iter(pairs).map(|mut pair| async move { pair.visitor.leave().await });
    leaving.buffer_unordered(MEET_AT_ONCE).try_collect().await
}

/// Each pair says the next message when the one before is both acknowledged and delivered.
pub async fn closed(server: &Server, pairs: usize, span: Span) -> Result<Closed> {
    let met = meet(server, pairs).await?;
    let begin = Instant::now() + span.warm_up;
    let end = begin + span.time;
    let mut talking = JoinSet::new();
    for mut pair in met {
        talking.spawn(async move {
            let Pair { visitor, agent } = &mut pair;
            let mut times = Vec::new();
            while Instant::now() < end {
                let id = id_now();
                visitor.say(id).await?;
                let delivered = async {
                    agent.until(Heard::Delivered(id)).await?;
                    anyhow::Ok(micros_since(id))
                };
                let (time, ()) = tokio::try_join!(delivered, visitor.until(Heard::Acked(id)))?;
                if (begin..end).contains(&Instant::now()) {
                    times.push(time);
                }
            }
            anyhow::Ok((pair, times))
        });
    }
    sleep_until(begin).await;
    let before = server.cpu_secs();
    sleep_until(end).await;
    let cpu_secs = server.cpu_secs().zip(before).map(|(after, before)| after - before);
    let (mut times, mut met) = (Vec::new(), Vec::new());
    timeout(END_WITHIN, async {
        while let Some(done) = talking.join_next().await {
            let (pair, its) = done??;
            times.extend(its);
            met.push(pair);
        }
        part(met).await
    })
    .await
    .context("the last messages were not answered")??;
    ensure!(!times.is_empty(), "nothing was delivered");
    Ok(Closed { per_sec: times.len() as f64 / span.time.as_secs_f64(), times, cpu_secs })
}

/// All pairs together say `rate` messages a second, evenly, and wait for nothing.
pub async fn open(server: &Server, pairs: usize, rate: f64, span: Span) -> Result<Open> {
    let met = meet(server, pairs).await?;
    let start = Instant::now() + Duration::from_millis(50);
    let begin_id = id_now() + u64::try_from((span.warm_up + Duration::from_millis(50)).as_nanos())?;
    let end = start + span.warm_up + span.time;
    let mut talking = JoinSet::new();
    for (n, pair) in met.into_iter().enumerate() {
        let period = Duration::from_secs_f64(pairs as f64 / rate);
        let first = start + Duration::from_secs_f64(n as f64 / rate);
        talking.spawn(talk_evenly(pair, first, period, end));
    }
    let mut open = Open { said: 0, times: Vec::new(), late: Vec::new() };
    let mut met = Vec::new();
    while let Some(done) = talking.join_next().await {
        let (pair, talk) = done??;
        open.said += talk.said.iter().filter(|id| **id >= begin_id).count();
        open.times.extend(talk.heard.iter().filter(|(id, _)| *id >= begin_id).map(|(_, time)| time));
        open.late.extend(talk.late);
        met.push(pair);
    }
    timeout(END_WITHIN, part(met)).await.context("the visits did not end")??;
    Ok(open)
}

struct Talk {
    said: Vec<u64>,
    heard: Vec<(u64, u32)>,
    late: Vec<u32>,
}

async fn talk_evenly(mut pair: Pair, first: Instant, period: Duration, end: Instant) -> Result<(Pair, Talk)> {
    let mut talk = Talk { said: Vec::new(), heard: Vec::new(), late: Vec::new() };
    let Talk { said, heard, late } = &mut talk;
    let Pair { visitor, agent } = &mut pair;
    let speaking = async {
        let mut ticks = interval_at(first, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            tokio::select! {
                at = ticks.tick() => {
                    if at >= end {
                        return anyhow::Ok(());
                    }
                    late.push(u32::try_from(at.elapsed().as_micros()).unwrap_or(u32::MAX));
                    let id = id_now();
                    visitor.say(id).await?;
                    said.push(id);
                }
                // Acknowledgements are read, so that nothing piles up.
                acked = visitor.next() => drop(acked?),
            }
        }
    };
    let listening = async {
        loop {
            match agent.next().await {
                Ok(Heard::Delivered(id)) => heard.push((id, micros_since(id))),
                Ok(_) => {}
                Err(e) => return Err(e),
            }
        }
    };
    let done: Result<()> = tokio::select! { done = speaking => done, failed = listening => failed };
    done?;
    let until = end + DRAIN;
    // The events before the first message are delivered to our agents, too: only what was said counts.
    let first_said = talk.said.first().copied().unwrap_or(u64::MAX);
    talk.heard.retain(|(id, _)| *id >= first_said);
    while talk.heard.len() < talk.said.len() {
        match timeout_at(until, pair.agent.next()).await {
            Ok(Ok(Heard::Delivered(id))) => talk.heard.push((id, micros_since(id))),
            Ok(Ok(_)) => {}
            Ok(Err(e)) => return Err(e),
            Err(_) => break,
        }
    }
    Ok((pair, talk))
}
