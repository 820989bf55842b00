//! How many files this process may have open: most systems begin with a soft limit of 1024, and each connection is a file.

/// Raises the soft limit to `needed`, as far as the hard one allows. Warns when it stays below.
#[cfg(unix)]
pub fn allow(needed: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(soft) = raised(current, maximum, needed) else { return };
    if let Err(e) = setrlimit(Resource::Nofile, Rlimit { current: Some(soft), maximum }) {
        tracing::warn!("the limit on open files could not be raised to {soft}: {e}");
    }
    if let Some(now) = getrlimit(Resource::Nofile).current.filter(|now| *now < needed) {
        tracing::warn!(
            "this process may have {now} files open, and needs {needed} for as many connections as it allows: \
             raise the hard limit (`ulimit -Hn`, or `LimitNOFILE=` of its service)"
        );
    }
}

/// Such limits are on Unix only.
#[cfg(not(unix))]
pub fn allow(_: u64) {}

/// The new soft limit, unless the present one is enough or cannot be raised. `None` in a limit is infinity.
#[cfg(unix)]
fn raised(soft: Option<u64>, hard: Option<u64>, needed: u64) -> Option<u64> {
    let soft = soft.filter(|soft| *soft < needed)?;
    Some(hard.map_or(needed, |hard| hard.min(needed)).max(soft))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_needed_and_allowed() {
        assert_eq!(raised(Some(1_024), Some(4_096), 2_192), Some(2_192));
        assert_eq!(raised(Some(1_024), None, 2_192), Some(2_192));
        assert_eq!(raised(Some(1_024), Some(2_000), 2_192), Some(2_000));
        // Not enough, and said to be so.
        assert_eq!(raised(Some(1_024), Some(1_024), 2_192), Some(1_024));
        assert_eq!(raised(Some(4_096), Some(4_096), 2_192), None);
        assert_eq!(raised(None, None, 2_192), None);
    }
}
