//! Whether the store takes anything now.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::log::AppendError;

/// How the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreState {
    /// The relay has just started and has not tried yet.
    Unknown,
    Writable,
    /// There is no room left.
    Full,
    /// Storing fails for another reason, or takes too long.
    Failing,
}

/// What the last attempt to store something has shown, and which ones have not ended.
#[derive(Debug)]
pub struct Store {
    shown: AtomicU8,
    /// An attempt that takes longer hangs.
    within: Duration,
    // A plain mutex: nothing waits while it is held.
    begun: Mutex<Begun>,
    /// It was logged that an attempt hangs.
    hung: AtomicBool,
}

/// When the attempts that have not ended were begun, by their numbers: the first is the oldest. At most one of each
/// conversation in memory, and a trial.
#[derive(Debug, Default)]
struct Begun {
    attempts: BTreeMap<u64, Instant>,
    next: u64,
}

/// An attempt to store something, until it is dropped.
#[derive(Debug)]
pub struct Attempt<'a> {
    store: &'a Store,
    number: u64,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.store.lock().attempts.remove(&self.number);
    }
}

/// What [`Store::look`] has found changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Hangs,
    Answers,
}

impl Store {
    /// A store that has not been tried, and that hangs when it has not answered `within` so long.
    pub fn new(within: Duration) -> Self {
        Self { shown: AtomicU8::new(0), within, begun: Mutex::default(), hung: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the store is.
    pub fn state(&self) -> StoreState {
        self.state_at(Instant::now())
    }

    fn state_at(&self, now: Instant) -> StoreState {
        if self.hangs(now) { StoreState::Failing } else { self.shown() }
    }

    /// What the last attempt that has ended has shown.
    pub fn shown(&self) -> StoreState {
        match self.shown.load(Ordering::Acquire) {
            0 => StoreState::Unknown,
            1 => StoreState::Writable,
            2 => StoreState::Full,
            _ => StoreState::Failing,
        }
    }

    /// Whether an attempt takes too long.
    fn hangs(&self, now: Instant) -> bool {
        let begun = self.lock();
        begun.attempts.first_key_value().is_some_and(|(_, begun)| now.duration_since(*begun) > self.within)
    }

    /// An attempt begins; it has ended when what this gives is dropped.
    pub fn begin(&self) -> Attempt<'_> {
        let mut begun = self.lock();
        let number = begun.next;
        begun.next += 1;
        begun.attempts.insert(number, Instant::now());
        Attempt { store: self, number }
    }

    /// Logs when the store begins to hang, and when it has ended to. Says what has changed.
    pub fn look(&self) -> Option<Turn> {
        self.look_at(Instant::now())
    }

    fn look_at(&self, now: Instant) -> Option<Turn> {
        let hangs = self.hangs(now);
        if self.hung.swap(hangs, Ordering::AcqRel) == hangs {
            return None;
        }
        if hangs {
            let secs = self.within.as_secs();
            tracing::error!(
                "the log has not answered for {secs} s: look at the disk. Clients wait meanwhile"
            );
            Some(Turn::Hangs)
        } else {
            tracing::warn!("the log answers again");
            Some(Turn::Answers)
        }
    }

    /// Notes how an attempt went. A change is logged, each failed attempt is not.
    pub fn note<T>(&self, attempt: &Result<T, AppendError>) {
        let (number, why) = match attempt {
            Ok(_) | Err(AppendError::Conflict { .. }) => (1, None),
            Err(e @ AppendError::Full(_)) => (2, Some(e)),
            Err(e @ (AppendError::Storage(_) | AppendError::Closed)) => (3, Some(e)),
        };
        let before = self.shown.swap(number, Ordering::AcqRel);
        if before == number {
            return;
        }
        match why {
            Some(e) => tracing::error!("the log does not store: {e}"),
            None if before != 0 => tracing::warn!("the log stores again"),
            None => {}
        }
    }
}

/// Whether this attempt shows that the log takes records.
pub fn shows_writable<T>(attempt: &Result<T, AppendError>) -> bool {
    matches!(attempt, Ok(_) | Err(AppendError::Conflict { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Duration = Duration::from_secs(10);

    #[test]
    fn the_last_attempt_counts() {
        let store = Store::new(WITHIN);
        assert_eq!(store.state(), StoreState::Unknown);
        let after = |attempt: Result<(), AppendError>| {
            store.note(&attempt);
            assert_eq!(shows_writable(&attempt), store.state() == StoreState::Writable);
            store.state()
        };
        assert_eq!(after(Ok(())), StoreState::Writable);
        assert_eq!(after(Err(AppendError::Full("x".into()))), StoreState::Full);
        assert_eq!(after(Err(AppendError::Storage("x".into()))), StoreState::Failing);
        assert_eq!(after(Err(AppendError::Conflict { seq: 1 })), StoreState::Writable);
    }

    #[test]
    fn an_attempt_that_takes_too_long_counts_as_failing_until_it_ends_and_is_said_once() {
        let store = Store::new(WITHIN);
        store.note(&Ok(()));
        let slow = store.begin();
        let soon = Instant::now();
        let late = soon + WITHIN + Duration::from_millis(1);
        let seen = |now| (store.state_at(now), store.look_at(now));
        assert_eq!(seen(soon), (StoreState::Writable, None));
        assert_eq!(seen(late), (StoreState::Failing, Some(Turn::Hangs)));
        assert_eq!(seen(late), (StoreState::Failing, None));
        drop(slow);
        let quick = store.begin();
        assert_eq!(seen(soon), (StoreState::Writable, Some(Turn::Answers)));
        assert_eq!(seen(soon), (StoreState::Writable, None));
        drop(quick);
    }
}
