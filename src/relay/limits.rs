//! Every bound of the relay.

use std::time::Duration;

/// What the relay allows. The defaults suit one venue.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The most connections; one more is closed with 4004.
    pub max_connections: usize,
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
    /// How often time-outs are looked at.
    pub tick: Duration,
    /// How long a bot may be gone before another may take over, in milliseconds.
    pub bot_grace_ms: u64,
    /// How long a person may be gone before a bot may take over, in milliseconds.
    pub person_grace_ms: u64,
    /// A conversation that nobody follows or uses for so long leaves the memory, in milliseconds.
    pub evict_after_ms: u64,
    /// How long a replay waits for a slow reader, and a graceful stop for the connections.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 2_000,
            max_conversations: 20_000,
            max_events: 20_000,
            max_follows: 1_024,
            max_in_flight: 32,
            frames_per_sec: 200.0,
            frames_burst: 1_000.0,
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
            tick: Duration::from_millis(200),
            bot_grace_ms: 3_000,
            person_grace_ms: 15_000,
            evict_after_ms: 60_000,
            patience: Duration::from_secs(10),
        }
    }
}
