//! One run: which servers, in which order. They take turns, so that whatever else this machine does hits all of them.

use std::time::Duration;

use anyhow::{Context, Result};

use super::Args;
use super::figures::{Closed, Figures, GOAL_PAIRS, Idle, Machine, Open, Returning, median, millis};
use super::load::{self, Span};
use super::pair::TEXT_BYTES;
use super::server::{Kind, Server, Setting};
use super::{idle, machine, peers, serve};

/// Counted in no figure, in each round: connections grow their buffers, a just-in-time compiler its code.
const WARM_UP: Duration = Duration::from_millis(500);
/// The same once for each server, with so many pairs.
const FIRST_WARM_UP: Duration = Duration::from_secs(3);
const FIRST_WARM_UP_PAIRS: usize = 20;
/// Rounds with other numbers of pairs than the goal's.
const OTHER_ROUNDS_MAX: usize = 3;
/// Rounds of the open loop are so many times longer: its p99 needs many messages at low rates, too.
const OPEN_TIMES: f64 = 2.0;
/// Files that a process needs besides its connections.
const SPARE_FILES: usize = 200;

/// Measures all that `args` ask for.
pub async fn everything(args: &Args) -> Result<Figures> {
    let mut figures = Figures {
        name: "relay",
        text_bytes: TEXT_BYTES,
        seconds: args.seconds,
        bounds: serve::RAISED,
        ..Figures::default()
    };
    let mut setting = Setting { stores: args.stores.clone(), ..Setting::default() };
    let kinds = available(args, &mut setting, &mut figures.left_out)?;
    figures.machine = Machine {
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        load: [machine::load(), None],
        sync_micros: machine::sync_micros(setting.stores.as_deref().unwrap_or(&std::env::temp_dir()))?,
        slow_sync_micros: setting.slow_sync.as_ref().map_or(0, |(_, micros)| *micros),
    };
    let mut servers = Vec::new();
    for kind in kinds.iter().copied().filter(|kind| *kind != Kind::OursTls) {
        let started = Server::start(kind, &setting).await;
        servers.extend(or_left_out(kind, started, &mut figures.left_out)?);
    }
    figures.servers = servers.iter().map(|server| (server.kind, server.versions.clone())).collect();
    if args.pairs.iter().any(|pairs| *pairs > 0) || args.rates.iter().any(|rate| *rate > 0) {
        let span = Span { warm_up: Duration::ZERO, time: if args.quick { WARM_UP } else { FIRST_WARM_UP } };
        for server in &servers {
            note(&format!("warming up: {}", server.kind.label()));
            load::closed(server, FIRST_WARM_UP_PAIRS, span).await?;
        }
    }
    for pairs in args.pairs.iter().copied().filter(|pairs| *pairs > 0) {
        figures.closed.extend(closed(args, &mut servers, pairs, &mut figures.left_out).await?);
    }
    figures.open = open(args, &mut servers, &mut figures.left_out).await?;
    drop(servers);
    let connections = idle_connections(args.idle, &mut figures.left_out);
    for kind in kinds {
        // The ways to commit differ only when something is said.
        if kind == Kind::SocketIoGrouped {
            continue;
        }
        if connections > 0 {
            note(&format!("{connections} idle connections: {}", kind.label()));
            let measured = idle::memory(kind, &setting, connections).await;
            let measured = or_left_out(kind, measured, &mut figures.left_out)?;
            figures.idle.extend(measured.map(|(kib_each, busy)| Idle { kind, connections, kib_each, busy }));
        }
        if args.clients > 0 {
            note(&format!("{} clients return: {}", args.clients, kind.label()));
            let measured = idle::returning(kind, &setting, args.clients).await;
            let measured = or_left_out(kind, measured, &mut figures.left_out)?;
            let row = |(half_secs, all_secs)| Returning { kind, clients: args.clients, half_secs, all_secs };
            figures.returning.extend(measured.map(row));
        }
    }
    let [_, after] = &mut figures.machine.load;
    *after = machine::load();
    Ok(figures)
}

/// The servers that can be measured here, ours first. Completes the setting with what they need.
fn available(args: &Args, setting: &mut Setting, left_out: &mut Vec<String>) -> Result<Vec<Kind>> {
    let wanted = |kind| args.only.is_empty() || args.only.contains(&kind);
    let mut kinds: Vec<Kind> = [Kind::Ours, Kind::OursTls].into_iter().filter(|kind| wanted(*kind)).collect();
    let socketio: Vec<Kind> =
        [Kind::SocketIo, Kind::SocketIoGrouped].into_iter().filter(|kind| wanted(*kind)).collect();
    if !socketio.is_empty() {
        match peers::socketio() {
            Ok(modules) => {
                setting.modules = Some(modules);
                kinds.extend(socketio);
            }
            Err(e) => left_out.push(format!("socket.io + better-sqlite3: {e:#}")),
        }
    }
    if wanted(Kind::Nats) {
        if peers::runs("nats-server") {
            kinds.push(Kind::Nats);
        } else {
            left_out.push("nats-server: it is not installed (`apt install nats-server`)".to_owned());
        }
    }
    if args.slow_sync > 0.0 {
        setting.slow_sync = Some((peers::slow_sync()?, (args.slow_sync * 1e3) as u64));
    }
    Ok(kinds)
}

/// The value; a failure of ours ends the run, one of another server only leaves it out.
fn or_left_out<T>(kind: Kind, measured: Result<T>, left_out: &mut Vec<String>) -> Result<Option<T>> {
    match measured {
        Ok(value) => Ok(Some(value)),
        Err(e) if matches!(kind, Kind::Ours | Kind::OursTls) => Err(e.context(kind.label())),
        Err(e) => {
            left_out.push(format!("{}: {e:#}", kind.label()));
            Ok(None)
        }
    }
}

/// The connections that both sides may open files for.
fn idle_connections(wanted: usize, left_out: &mut Vec<String>) -> usize {
    let most = machine::open_files_max().map_or(wanted, |files| files.saturating_sub(SPARE_FILES));
    if wanted > most {
        left_out.push(format!("idle connections beyond {most}: raise the limit of open files (`ulimit -n`)"));
    }
    wanted.min(most)
}

async fn closed(
    args: &Args,
    servers: &mut Vec<Server>,
    pairs: usize,
    left_out: &mut Vec<String>,
) -> Result<Vec<Closed>> {
    let span = Span { warm_up: WARM_UP, time: Duration::from_secs_f64(args.seconds) };
    let rounds = if pairs == GOAL_PAIRS { args.rounds } else { args.rounds.min(OTHER_ROUNDS_MAX) };
    let mut rows: Vec<Gathered> = Vec::new();
    for round in 1..=rounds {
        let mut kept = Vec::new();
        for server in servers.drain(..) {
            let kind = server.kind;
            note(&format!("{pairs} pairs, round {round} of {rounds}: {}", kind.label()));
            let measured = load::closed(&server, pairs, span).await;
            let Some(measured) = or_left_out(kind, measured, left_out)? else { continue };
            kept.push(server);
            if !rows.iter().any(|row| row.kind == kind) {
                rows.push(Gathered { kind, rounds: Vec::new(), times: Vec::new(), cpu_secs: Some(0.0) });
            }
            if let Some(row) = rows.iter_mut().find(|row| row.kind == kind) {
                row.rounds.push(measured.per_sec);
                row.times.extend(measured.times);
                row.cpu_secs = row.cpu_secs.zip(measured.cpu_secs).map(|(all, one)| all + one);
            }
        }
        *servers = kept;
    }
    rows.into_iter().map(|row| row.into_figures(pairs)).collect()
}

/// The rounds of one server.
struct Gathered {
    kind: Kind,
    rounds: Vec<f64>,
    times: Vec<u32>,
    cpu_secs: Option<f64>,
}

impl Gathered {
    fn into_figures(self, pairs: usize) -> Result<Closed> {
        let per_sec = median(&self.rounds).context("no rounds")?;
        let millions = self.times.len() as f64 / 1e6;
        Ok(Closed {
            kind: self.kind,
            pairs,
            rounds: self.rounds,
            per_sec,
            p50_ms: millis(&self.times, 0.5),
            p99_ms: millis(&self.times, 0.99),
            cpu_secs_per_million: self.cpu_secs.map(|secs| secs / millions),
        })
    }
}

/// Each rate for all that kept up with the one before.
async fn open(args: &Args, servers: &mut Vec<Server>, left_out: &mut Vec<String>) -> Result<Vec<Open>> {
    let seconds = args.seconds * OPEN_TIMES;
    let span = Span { warm_up: WARM_UP, time: Duration::from_secs_f64(seconds) };
    let mut rows: Vec<Open> = Vec::new();
    for rate in args.rates.iter().copied().filter(|rate| *rate > 0).map(f64::from) {
        let mut kept = Vec::new();
        for server in servers.drain(..) {
            let kind = server.kind;
            note(&format!("{rate} messages a second: {}", kind.label()));
            let measured = load::open(&server, GOAL_PAIRS, rate, span).await;
            let Some(measured) = or_left_out(kind, measured, left_out)? else { continue };
            let row = Open::new(kind, rate, seconds, &measured);
            if row.kept_up {
                kept.push(server);
            }
            rows.push(row);
        }
        *servers = kept;
    }
    Ok(rows)
}

fn note(what: &str) {
    eprintln!("{what}");
}
