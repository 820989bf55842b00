//! What was measured, and the goals that it is held against.

use serde::Serialize;

use super::server::Kind;
use super::support::percentile;

/// The pairs that the goals are about.
pub const GOAL_PAIRS: usize = 100;
/// Times the messages per second of the best peer of equal durability.
const GOAL_RATIO: f64 = 3.0;
/// The share of that peer's p99 that ours may be at equal load.
const GOAL_P99_RATIO: f64 = 0.5;
/// Times the messages per second of nats-server.
const GOAL_NATS_RATIO: f64 = 1.0;
/// KiB for each idle connection without TLS.
const GOAL_IDLE_KIB: f64 = 16.0;
/// Seconds until all who return are served.
const GOAL_RETURN_SECS: f64 = 5.0;
/// Of what was offered, so much must be said and delivered for a server to have kept up.
const KEPT_UP: f64 = 0.99;
/// No slower than this at p99, in milliseconds, or the messages have only queued up.
const KEPT_UP_P99_MS: f64 = 1_000.0;

/// Everything that one run has measured.
#[derive(Debug, Default, Serialize)]
pub struct Figures {
    pub name: &'static str,
    pub machine: Machine,
    pub text_bytes: usize,
    pub seconds: f64,
    pub bounds: &'static str,
    pub servers: Vec<(Kind, String)>,
    pub left_out: Vec<String>,
    pub closed: Vec<Closed>,
    pub open: Vec<Open>,
    pub idle: Vec<Idle>,
    pub returning: Vec<Returning>,
    pub ratios: Vec<Ratio>,
    pub goals: Vec<Goal>,
}

/// What it was measured on.
#[derive(Debug, Default, Serialize)]
pub struct Machine {
    pub cores: usize,
    /// Processes that wanted to run, over the last minute: at the beginning, and at the end with the measurement's own.
    pub load: [Option<f64>; 2],
    /// What writing 4 KiB and syncing them takes here, in microseconds; with `slow_sync_micros` more for the servers.
    pub sync_micros: u32,
    pub slow_sync_micros: u64,
}

/// A closed loop.
#[derive(Debug, Serialize)]
pub struct Closed {
    pub kind: Kind,
    pub pairs: usize,
    /// Messages per second, for each round.
    pub rounds: Vec<f64>,
    /// Their median.
    pub per_sec: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub cpu_secs_per_million: Option<f64>,
}

/// An open loop.
#[derive(Debug, Serialize)]
pub struct Open {
    pub kind: Kind,
    pub rate: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// The share of what was said that came.
    pub delivered: f64,
    /// How late the load itself was.
    pub late_p99_ms: f64,
    pub kept_up: bool,
}

/// Connections that only wait.
#[derive(Debug, Serialize)]
pub struct Idle {
    pub kind: Kind,
    pub connections: usize,
    pub kib_each: f64,
    /// Of one processor, for all of them.
    pub busy: f64,
}

/// A return after a cut.
#[derive(Debug, Serialize)]
pub struct Returning {
    pub kind: Kind,
    pub clients: usize,
    pub half_secs: f64,
    pub all_secs: f64,
}

/// How many times the messages per second of a peer ours are, with [`GOAL_PAIRS`]: the median over the rounds, each next to the
/// peer's.
#[derive(Debug, Serialize)]
pub struct Ratio {
    pub peer: Kind,
    pub times: f64,
}

/// A goal. `reached` is absent when it was not measured.
#[derive(Debug, Serialize)]
pub struct Goal {
    pub what: String,
    pub wanted: String,
    pub got: String,
    pub reached: Option<bool>,
}

/// Milliseconds below which `share` of the times lie.
pub fn millis(times: &[u32], share: f64) -> f64 {
    percentile(times, share).map_or(f64::NAN, |micros| f64::from(micros) / 1e3)
}

/// The middle one; of an even number the mean of the two.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*upper, *lower))
}

impl Open {
    /// The figures of one round.
    pub fn new(kind: Kind, rate: f64, seconds: f64, round: &super::load::Open) -> Self {
        let offered = rate * seconds;
        let delivered = round.times.len() as f64 / (round.said as f64).max(1.0);
        let p99_ms = millis(&round.times, 0.99);
        let kept_up = round.times.len() as f64 >= KEPT_UP * offered && p99_ms <= KEPT_UP_P99_MS;
        let p50_ms = millis(&round.times, 0.5);
        Self { kind, rate, p50_ms, p99_ms, delivered, late_p99_ms: millis(&round.late, 0.99), kept_up }
    }
}

impl Figures {
    /// Compares ours with the others, and all with the goals.
    pub fn judge(&mut self) {
        let at_goal = |kind| self.closed.iter().find(|row| row.pairs == GOAL_PAIRS && row.kind == kind);
        let mut ratios = Vec::new();
        for peer in [Kind::SocketIo, Kind::SocketIoGrouped, Kind::Nats] {
            if let (Some(ours), Some(theirs)) = (at_goal(Kind::Ours), at_goal(peer)) {
                let each: Vec<f64> = ours.rounds.iter().zip(&theirs.rounds).map(|(a, b)| a / b).collect();
                ratios.extend(median(&each).map(|times| Ratio { peer, times }));
            }
        }
        self.ratios = ratios;
        self.goals = self.compared();
        self.goals.extend(self.alone());
    }

    fn compared(&self) -> Vec<Goal> {
        let equal = self.ratios.iter().filter(|ratio| ratio.peer.is_equal_peer());
        let best = equal.min_by(|a, b| a.times.total_cmp(&b.times));
        let nats = self.ratios.iter().find(|ratio| ratio.peer == Kind::Nats);
        let times =
            |ratio: Option<&Ratio>| ratio.map(|r| (r.times, format!("{:.2} × {}", r.times, r.peer.label())));
        vec![
            Goal::at_least(
                format!("messages/s at {GOAL_PAIRS} pairs against the faster peer of equal durability"),
                GOAL_RATIO,
                times(best),
            ),
            Goal::at_most(
                "p99 at equal load against the peers of equal durability".to_owned(),
                GOAL_P99_RATIO,
                self.worst_p99(),
            ),
            Goal::at_least(
                format!("messages/s at {GOAL_PAIRS} pairs against nats-server"),
                GOAL_NATS_RATIO,
                times(nats),
            ),
        ]
    }

    fn alone(&self) -> Vec<Goal> {
        let idle = self.idle.iter().find(|row| row.kind == Kind::Ours);
        let back = self.returning.iter().find(|row| row.kind == Kind::Ours);
        let idle_what = idle.map_or(0, |row| row.connections);
        let back_what = back.map_or(0, |row| row.clients);
        vec![
            Goal::at_most(
                format!("KiB for each of {idle_what} idle connections, without TLS"),
                GOAL_IDLE_KIB,
                idle.map(|row| (row.kib_each, format!("{:.1} KiB", row.kib_each))),
            ),
            Goal::at_most(
                format!("seconds until {back_what} clients that return at once are served"),
                GOAL_RETURN_SECS,
                back.map(|row| (row.all_secs, format!("{:.2} s", row.all_secs))),
            ),
        ]
    }

    /// Our p99 as a share of a peer's, at the highest rate that the peer kept up with, where that share is largest.
    fn worst_p99(&self) -> Option<(f64, String)> {
        let at = |kind, rate: f64| self.open.iter().find(move |row| row.kind == kind && row.rate == rate);
        let shares = [Kind::SocketIo, Kind::SocketIoGrouped].into_iter().filter_map(|peer| {
            let kept = self.open.iter().filter(|row| row.kind == peer && row.kept_up);
            let theirs = kept.max_by(|a, b| a.rate.total_cmp(&b.rate))?;
            let ours = at(Kind::Ours, theirs.rate)?;
            let share = if ours.kept_up { ours.p99_ms / theirs.p99_ms } else { f64::INFINITY };
            let text = format!(
                "{share:.2} ({:.1} ms to {:.1} ms of {} at {} messages/s)",
                ours.p99_ms,
                theirs.p99_ms,
                peer.label(),
                theirs.rate
            );
            Some((share, text))
        });
        shares.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Whether every goal that was measured is reached.
    pub fn passed(&self) -> bool {
        self.goals.iter().all(|goal| goal.reached != Some(false))
    }
}

impl Goal {
    fn at_least(what: String, wanted: f64, got: Option<(f64, String)>) -> Self {
        let reached = got.as_ref().map(|(value, _)| *value >= wanted);
        Self::new(what, format!("at least {wanted}"), got, reached)
    }

    fn at_most(what: String, wanted: f64, got: Option<(f64, String)>) -> Self {
        let reached = got.as_ref().map(|(value, _)| *value <= wanted);
        Self::new(what, format!("at most {wanted}"), got, reached)
    }

    fn new(what: String, wanted: String, got: Option<(f64, String)>, reached: Option<bool>) -> Self {
        let got = got.map_or_else(|| "not measured".to_owned(), |(_, text)| text);
        Self { what, wanted, got, reached }
    }
}
