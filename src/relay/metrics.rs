//! Figures for Prometheus. `docs/operations.md` lists them; a test holds that list to what is here.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::status::Status;
use super::store::StoreState;
use crate::conversation::Timings;
use crate::log::AppendError;
use crate::protocol::CloseCode;

/// The upper end of the first bucket of the storing times, in seconds; each next one is twice as wide.
const APPEND_FIRST_SECS: f64 = 0.000_5;
const APPEND_BUCKETS: u16 = 15;

/// The same for the stages of a turn; each next bucket is half as wide again: 50 ms to 33 s.
const TURN_FIRST_SECS: f64 = 0.05;
const TURN_FACTOR: f64 = 1.5;
const TURN_BUCKETS: u16 = 17;

/// One label with its value.
type Label<V> = [(&'static str, V); 1];

/// By the stage of a turn, and by voice or text.
type ByStage = Family<[(&'static str, &'static str); 2], Histogram, fn() -> Histogram>;

/// What is counted while things happen, and what is looked up when somebody asks.
pub struct Metrics {
    pub frames_in: Counter,
    pub bytes_in: Counter,
    pub frames_out: Counter,
    pub bytes_out: Counter,
    opened: Counter,
    closed: Family<Label<u16>, Counter>,
    refused: Family<Label<&'static str>, Counter>,
    commands: Family<Label<&'static str>, Counter>,
    append_secs: Histogram,
    turn_secs: ByStage,
    looked_up: LookedUp,
    // A plain mutex: one reader at a time, so that nobody sees half of what is looked up.
    registry: Mutex<Registry>,
}

/// Set when somebody asks.
#[derive(Default)]
struct LookedUp {
    connections: Family<Label<&'static str>, Gauge>,
    open: Gauge,
    waiting: Gauge,
    loaded: Gauge,
    ready: Gauge,
    store_writable: Gauge,
    store_bytes: Gauge,
    started: Gauge,
    kiosk_up: Family<Label<String>, Gauge>,
    kiosk_healthy: Family<Label<String>, Gauge>,
    kiosk_visit: Family<Label<String>, Gauge>,
    kiosk_info: Family<[(&'static str, String); 2], Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let buckets = exponential_buckets(APPEND_FIRST_SECS, 2.0, APPEND_BUCKETS);
        let mut metrics = Self {
            frames_in: Counter::default(),
            bytes_in: Counter::default(),
            frames_out: Counter::default(),
            bytes_out: Counter::default(),
            opened: Counter::default(),
            closed: Family::default(),
            refused: Family::default(),
            commands: Family::default(),
            append_secs: Histogram::new(buckets),
            turn_secs: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(TURN_FIRST_SECS, TURN_FACTOR, TURN_BUCKETS))
            }),
            looked_up: LookedUp::default(),
            registry: Mutex::default(),
        };
        metrics.registry = Mutex::new(metrics.register());
        metrics
    }
}

impl Metrics {
    fn register(&self) -> Registry {
        let mut all = Registry::with_prefix("avatardesk");
        let l = &self.looked_up;
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        all.register("build", "The program that runs", version);
        let started = l.started.clone();
        all.register_with_unit("start_time", "When the relay started, since 1970", Unit::Seconds, started);
        all.register("ready", "1 when clients may come: see /readyz", l.ready.clone());
        all.register("connections", "Clients that are connected", l.connections.clone());
        all.register("connections_opened", "Clients that said hello", self.opened.clone());
        all.register("connections_closed", "Connections that ended, by close code", self.closed.clone());
        all.register("connections_refused", "Clients that were not let in", self.refused.clone());
        all.register("received_frames", "Frames from clients", self.frames_in.clone());
        let (bytes_in, bytes_out) = (self.bytes_in.clone(), self.bytes_out.clone());
        all.register_with_unit("received", "Payload from clients", Unit::Bytes, bytes_in);
        all.register("sent_frames", "Frames to clients", self.frames_out.clone());
        all.register_with_unit("sent", "Payload to clients", Unit::Bytes, bytes_out);
        all.register("commands", "Commands, by what became of them", self.commands.clone());
        let append = self.append_secs.clone();
        all.register_with_unit("append", "From a decision to its durable record", Unit::Seconds, append);
        let turn = self.turn_secs.clone();
        all.register_with_unit(
            "turn",
            "From the end of the visitor's words to a stage of the answer",
            Unit::Seconds,
            turn,
        );
        all.register("store_writable", "1 when the log takes records", l.store_writable.clone());
        all.register_with_unit("store", "Size of the log's files", Unit::Bytes, l.store_bytes.clone());
        all.register("conversations_open", "Visits that go on", l.open.clone());
        all.register("conversations_waiting", "Visits that wait for a person", l.waiting.clone());
        all.register("conversations_loaded", "Conversations in memory", l.loaded.clone());
        all.register("kiosk_up", "1 when the kiosk is connected", l.kiosk_up.clone());
        all.register("kiosk_healthy", "1 when the kiosk misses nothing", l.kiosk_healthy.clone());
        let visit = l.kiosk_visit.clone();
        all.register_with_unit("kiosk_last_visit_time", "Start of the newest visit", Unit::Seconds, visit);
        all.register("kiosk_program", "Always 1: which program the kiosk runs", l.kiosk_info.clone());
        all
    }

    /// A client said hello.
    pub fn opened(&self) {
        self.opened.inc();
    }

    /// A connection has ended.
    pub fn closed(&self, code: CloseCode) {
        self.closed.get_or_create(&[("code", code as u16)]).inc();
    }

    /// A client was not let in.
    pub fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&[("reason", reason)]).inc();
    }

    /// A command was refused by the rules.
    pub fn not_stored(&self) {
        self.commands.get_or_create(&[("result", "refused")]).inc();
    }

    /// The log has answered.
    pub fn appended<T>(&self, result: &Result<T, AppendError>, took: Duration) {
        let name = match result {
            Ok(_) => "stored",
            Err(AppendError::Conflict { .. }) => "conflict",
            Err(AppendError::Full(_)) => "full",
            Err(AppendError::Storage(_) | AppendError::Closed) => "failed",
        };
        self.commands.get_or_create(&[("result", name)]).inc();
        if result.is_ok() {
            self.append_secs.observe(took.as_secs_f64());
        }
    }

    /// A kiosk has measured a turn.
    pub fn turn(&self, timings: &Timings) {
        // Only of what is spoken the end is found.
        let by = if timings.endpoint.is_some() { "voice" } else { "text" };
        for (stage, ms) in timings.stages() {
            let Some(ms) = ms else { continue };
            self.turn_secs.get_or_create(&[("stage", stage), ("by", by)]).observe(f64::from(ms) / 1000.0);
        }
    }

    /// All figures as OpenMetrics text.
    pub fn text(&self, status: &Status) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        self.look_up(status);
        let mut text = String::new();
        if let Err(e) = encode(&mut text, &registry) {
            tracing::error!("the figures could not be written: {e}");
        }
        text
    }

    fn look_up(&self, status: &Status) {
        let l = &self.looked_up;
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let seconds = |ms: u64| number(ms / 1000);
        l.connections.clear();
        for (role, count) in &status.connections {
            l.connections.get_or_create(&[("role", role.name())]).set(*count);
        }
        l.open.set(number(status.open_conversations));
        l.waiting.set(number(status.waiting_conversations));
        l.loaded.set(number(status.loaded_conversations));
        l.ready.set(i64::from(status.ready));
        l.store_writable.set(i64::from(status.store == StoreState::Writable));
        l.store_bytes.set(number(status.store_bytes.unwrap_or(0)));
        l.started.set(seconds(status.started.0));
        l.kiosk_up.clear();
        l.kiosk_healthy.clear();
        l.kiosk_visit.clear();
        l.kiosk_info.clear();
        for kiosk in status.clients.iter().filter(|c| c.role == crate::protocol::Role::Kiosk) {
            // One that never said how it is comes and goes: it would leave a series for ever. Not so one that is missed.
            if kiosk.here && kiosk.health.is_none() {
                continue;
            }
            let label = [("kiosk", kiosk.name.clone())];
            let well = kiosk.here && kiosk.health.as_ref().is_some_and(|health| health.missing.is_empty());
            l.kiosk_up.get_or_create(&label).set(i64::from(kiosk.here));
            l.kiosk_healthy.get_or_create(&label).set(i64::from(well));
            if let Some(at) = kiosk.last_visit {
                l.kiosk_visit.get_or_create(&label).set(seconds(at.0));
            }
            if let Some(health) = &kiosk.health {
                let program = [("kiosk", kiosk.name.clone()), ("program", health.program.clone())];
                l.kiosk_info.get_or_create(&program).set(1);
            }
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}
