//! Every bound of the relay.

use std::time::Duration;

/// The shortest and the longest time over which clients return, in milliseconds.
const RETURN_SPREAD_MIN_MS: u32 = 250;
const RETURN_SPREAD_MAX_MS: u32 = 30_000;
/// TCP connections beyond the WebSockets: those that are told that the relay is full, and requests for its health.
pub const SPARE_CONNECTIONS: usize = 64;
/// Files that are open beyond those connections: the databases, the log files, the owner's door, what the runtime needs.
const SPARE_FILES: usize = 128;

/// The shortest time between two heartbeats.
const HEARTBEAT_MIN: Duration = Duration::from_millis(10);

/// What the relay allows. The defaults suit one venue.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The most connections; one more is closed with 4004.
    pub max_connections: usize,
    /// The most connections from one address (of IPv6: from one network of 64 bits); one more is closed with 4004.
    pub max_per_address: usize,
    /// The same for the addresses of this machine, behind which there may be a tunnel or a proxy.
    pub max_per_loopback: usize,
    /// The most conversations that are open, and that are kept in memory, at a time.
    pub max_conversations: usize,
    /// The most events of one conversation.
    pub max_events: u64,
    /// The most conversations that one connection follows.
    pub max_follows: usize,
    /// The most frames of one connection that are worked on at a time; it is not read from meanwhile.
    pub max_in_flight: usize,
    /// Frames per second of one connection, on average.
    pub frames_per_sec: f64,
    /// Frames of one connection at once.
    pub frames_burst: f64,
    /// Bytes per second of one connection, on average.
    pub bytes_per_sec: f64,
    /// Bytes of one connection at once.
    pub bytes_burst: f64,
    /// Frames of a voice per second of one connection, on average: somebody who speaks sends 50.
    pub voice_per_sec: f64,
    /// Frames of a voice of one connection at once: after a stall of the line they come together.
    pub voice_burst: f64,
    /// The most bytes that wait for one connection.
    pub queue_max_bytes: usize,
    /// The most frames that wait for one connection.
    pub queue_max_frames: usize,
    /// How long a new connection may take to say `hello`.
    pub hello_within: Duration,
    /// How often a heartbeat goes out.
    pub heartbeat: Duration,
    /// A connection from which nothing came for so long, not even a pong, is dropped.
    pub silent_max: Duration,
    /// The shortest time between two lobby snapshots.
    pub lobby_every: Duration,
    /// The shortest time between two looks at who should get whom.
    pub queue_every: Duration,
    /// The shortest time between two snapshots of the agents.
    pub agents_every: Duration,
    /// How long an offer to a person stands, in milliseconds.
    pub answer_within_ms: u64,
    /// How long an offer to a bot stands, in milliseconds.
    pub bot_answer_within_ms: u64,
    /// How long a pilot has for an answer before the next one is asked, in milliseconds. Whatever it does begins it again.
    pub silent_pilot_ms: u64,
    /// How often time-outs are looked at.
    pub tick: Duration,
    /// How long a bot may be gone before another may take over, in milliseconds.
    pub bot_grace_ms: u64,
    /// How long a person may be gone before a bot may take over, in milliseconds.
    pub person_grace_ms: u64,
    /// How long a person may be gone before the visitor is told, in milliseconds.
    pub away_after_ms: u64,
    /// A conversation that nobody follows or uses for so long leaves the memory, in milliseconds.
    pub evict_after_ms: u64,
    /// How long a replay waits for a slow reader, the code that says "too slow" for being taken, and a graceful stop
    /// for the connections.
    pub patience: Duration,
    /// How often a store that takes nothing is tried again.
    pub probe_every: Duration,
    /// How long after a start the relay waits before it reads again what it could not read.
    pub recall_again: Duration,
    /// A store that has not answered for so long counts as failing.
    pub store_within: Duration,
    /// How long after a graceful stop the first client shall return.
    pub return_after: Duration,
    /// Clients return one after the other, so far apart on average.
    pub return_gap: Duration,
}

impl Limits {
    /// How often a heartbeat goes to a person: often enough to notice in time that their line is dead.
    pub fn person_heartbeat(&self) -> Duration {
        self.heartbeat.min(Duration::from_millis(self.away_after_ms / 2)).max(HEARTBEAT_MIN)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 2_000,
            max_per_address: 256,
            max_per_loopback: 20_000,
            max_conversations: 20_000,
            max_events: 20_000,
            max_follows: 1_024,
            max_in_flight: 32,
            frames_per_sec: 200.0,
            frames_burst: 1_000.0,
            bytes_per_sec: 2.0 * 1024.0 * 1024.0,
            bytes_burst: 8.0 * 1024.0 * 1024.0,
            voice_per_sec: 60.0,
            voice_burst: 120.0,
            queue_max_bytes: 1024 * 1024,
            queue_max_frames: 2_048,
            hello_within: Duration::from_secs(5),
            heartbeat: Duration::from_secs(5),
            silent_max: Duration::from_secs(15),
            lobby_every: Duration::from_millis(50),
            queue_every: Duration::from_millis(20),
            agents_every: Duration::from_millis(250),
            answer_within_ms: 20_000,
            bot_answer_within_ms: 2_000,
            silent_pilot_ms: 120_000,
            tick: Duration::from_millis(200),
            bot_grace_ms: 3_000,
            person_grace_ms: 15_000,
            away_after_ms: 3_000,
            evict_after_ms: 60_000,
            patience: Duration::from_secs(10),
            probe_every: Duration::from_secs(1),
            recall_again: Duration::from_secs(1),
            store_within: Duration::from_secs(10),
            return_after: Duration::from_millis(500),
            return_gap: Duration::from_millis(2),
        }
    }
}

impl Limits {
    /// How many files the process must be allowed to have open: a connection is one of them.
    pub fn open_files(&self) -> u64 {
        let files = self.max_connections.saturating_add(SPARE_CONNECTIONS + SPARE_FILES);
        u64::try_from(files).unwrap_or(u64::MAX)
    }

    /// When clients shall return after a graceful stop with so many of them: after so long, and a share of so much
    /// more, in milliseconds.
    pub fn invitation(&self, clients: usize) -> (u32, u32) {
        let ms = |d: Duration| u32::try_from(d.as_millis()).unwrap_or(u32::MAX);
        let gaps = self.return_gap.saturating_mul(u32::try_from(clients).unwrap_or(u32::MAX));
        (ms(self.return_after), ms(gaps).clamp(RETURN_SPREAD_MIN_MS, RETURN_SPREAD_MAX_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_clients_return_over_a_longer_time() {
        let limits = Limits::default();
        assert_eq!(limits.invitation(1), (500, 250));
        assert_eq!(limits.invitation(1_000), (500, 2_000));
        assert_eq!(limits.invitation(usize::MAX), (500, 30_000));
    }
}
