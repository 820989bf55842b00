//! Whether the store takes anything now.

use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

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
    /// Storing fails for another reason.
    Failing,
}

/// What the last attempt to store something has shown.
#[derive(Debug, Default)]
pub struct Store(AtomicU8);

impl Store {
    /// How the store is.
    pub fn state(&self) -> StoreState {
        match self.0.load(Ordering::Acquire) {
            0 => StoreState::Unknown,
            1 => StoreState::Writable,
            2 => StoreState::Full,
            _ => StoreState::Failing,
        }
    }

    /// Notes how an attempt went. A change is logged, each failed attempt is not.
    pub fn note<T>(&self, attempt: &Result<T, AppendError>) {
        let (number, why) = match attempt {
            Ok(_) | Err(AppendError::Conflict { .. }) => (1, None),
            Err(e @ AppendError::Full(_)) => (2, Some(e)),
            Err(e @ (AppendError::Storage(_) | AppendError::Closed)) => (3, Some(e)),
        };
        let before = self.0.swap(number, Ordering::AcqRel);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_attempt_counts() {
        let store = Store::default();
        assert_eq!(store.state(), StoreState::Unknown);
        let after = |attempt: Result<(), AppendError>| {
            store.note(&attempt);
            store.state()
        };
        assert_eq!(after(Ok(())), StoreState::Writable);
        assert_eq!(after(Err(AppendError::Full("x".into()))), StoreState::Full);
        assert_eq!(after(Err(AppendError::Storage("x".into()))), StoreState::Failing);
        assert_eq!(after(Err(AppendError::Conflict { seq: 1 })), StoreState::Writable);
    }
}
