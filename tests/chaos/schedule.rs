//! Which faults happen when: a function of the seed and nothing else.

use std::fmt;

use crate::disk::Keep;
use crate::rng::Rng;

/// Something that goes wrong. `who` counts the clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The relay dies and its power fails; it comes back after a while.
    Kill { keep: Keep, down_ms: u64 },
    /// The relay is asked to stop, then its power fails.
    Stop { down_ms: u64 },
    /// A connection breaks.
    Cut { who: usize, how: Cut },
    /// All connections break at once.
    CutAll { how: Cut },
    /// What a client and the relay say to each other comes late.
    Delay { who: usize, ms: u64, for_ms: u64 },
    /// Nothing passes, then everything.
    Stall { who: usize, for_ms: u64 },
    /// Nothing passes between anybody.
    StallAll { for_ms: u64 },
    /// Files may grow by so many bytes only.
    Full { room: i64, for_ms: u64 },
    /// A sync takes long.
    SlowSync { us: i64, for_ms: u64 },
    /// The relay stands still.
    Freeze { for_ms: u64 },
    /// The wall clock of the relay jumps.
    Clock { by_ms: i64 },
    /// A client ends and starts again with the same outbox.
    Restart { who: usize },
    /// While the relay is stopped, the host revokes a client's device and invites it again; without enrolled devices
    /// it only starts again.
    Revoke { who: usize },
}

/// How a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// In order.
    Close,
    /// By a reset.
    Reset,
    /// In the middle of a frame.
    Torn,
    /// The relay notices, the client does not.
    HalfClient,
    /// The client notices, the relay does not.
    HalfRelay,
}

/// A fault and the pause before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub after_ms: u64,
    pub fault: Fault,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} ms: {:?}", self.after_ms, self.fault)
    }
}

const MINUTE_MS: i64 = 60_000;

/// The faults of a seed, for so many clients.
pub fn schedule(seed: u64, faults: usize, clients: usize) -> Vec<Step> {
    let mut rng = Rng::of(seed, 1);
    (0..faults).map(|_| Step { after_ms: rng.between(100, 1_200), fault: fault(&mut rng, clients) }).collect()
}

/// Nothing but power cuts, for showing that a broken relay is found out.
pub fn only_kills(seed: u64, faults: usize) -> Vec<Step> {
    let mut rng = Rng::of(seed, 1);
    let fault = Fault::Kill { keep: Keep::Nothing, down_ms: 20 };
    (0..faults).map(|_| Step { after_ms: rng.between(500, 900), fault }).collect()
}

fn fault(rng: &mut Rng, clients: usize) -> Fault {
    let who = rng.below(clients as u64) as usize;
    match rng.below(100) {
        0..22 => {
            let keep = match rng.below(4) {
                0 => Keep::Everything,
                1 => Keep::Nothing,
                _ => Keep::Something,
            };
            Fault::Kill { keep, down_ms: rng.between(0, 800) }
        }
        22..26 => Fault::Stop { down_ms: rng.between(0, 500) },
        26..40 => Fault::Cut { who, how: cut(rng) },
        40..46 => Fault::CutAll { how: cut(rng) },
        46..55 => Fault::Delay { who, ms: rng.between(20, 3_000), for_ms: rng.between(500, 6_000) },
        55..62 => Fault::Stall { who, for_ms: rng.between(500, 16_000) },
        62..65 => Fault::StallAll { for_ms: rng.between(500, 12_000) },
        65..73 => Fault::Full { room: rng.below(40_000) as i64, for_ms: rng.between(300, 4_000) },
        73..77 => Fault::SlowSync { us: rng.between(5_000, 100_000) as i64, for_ms: rng.between(500, 4_000) },
        77..84 => Fault::Freeze { for_ms: rng.between(200, 12_000) },
        84..92 => Fault::Clock { by_ms: jump(rng) },
        92..98 => Fault::Restart { who },
        _ => Fault::Revoke { who },
    }
}

fn cut(rng: &mut Rng) -> Cut {
    [Cut::Close, Cut::Reset, Cut::Torn, Cut::HalfClient, Cut::HalfRelay][rng.below(5) as usize]
}

fn jump(rng: &mut Rng) -> i64 {
    let most = [5_000, 20 * MINUTE_MS, 300 * MINUTE_MS][rng.below(3) as usize];
    let by = rng.below(most as u64) as i64;
    if rng.percent(50) { by } else { -by }
}

pub fn a_schedule_follows_from_its_seed_and_has_every_kind_of_fault() {
    let steps = schedule(7, 400, 9);
    assert_eq!(steps, schedule(7, 400, 9));
    assert_ne!(steps, schedule(8, 400, 9));
    assert_eq!(steps[..20], schedule(7, 20, 9));
    let name = |step: &Step| format!("{:?}", step.fault).split(' ').next().unwrap().to_owned();
    let kinds: std::collections::BTreeSet<_> = steps.iter().map(name).collect();
    assert_eq!(kinds.len(), 13, "{kinds:?}");
}
