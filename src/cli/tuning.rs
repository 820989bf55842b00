//! Which speech model this machine is fast enough for, as `avatardesk doctor --tune` has measured it, and the file that keeps it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// In the data directory.
const FILE: &str = "speech-tuning.json";
/// A larger file is none of ours.
const FILE_MAX_BYTES: u64 = 64 << 10;
const VERSION: u32 = 1;
/// How the built-in model is called here.
pub const EMBEDDED: &str = "embedded";
/// More threads than this make short utterances slower.
pub const THREADS_MAX: usize = 4;
/// The first sound of an answer should come within 900 ms of the end of speech: 240 ms of them pass before an utterance
/// is transcribed, and search and voice need up to 200.
pub const IN_TIME_MS: u64 = 450;
/// Another thread is worth it when it saves one part in so many.
const WORTH_PARTS: u64 = 7;
/// The best understanding first: those of every language before those of English, since visitors choose theirs. Of the same
/// size the packed one, which understands as much with less memory.
#[rustfmt::skip]
const BEST_FIRST: [&str; 12] = [
    "small-q8_0", "small", "base-q8_0", "base", "tiny-q8_0", "tiny", "small.en", "base.en-q8_0", "base.en",
    "tiny.en-q8_0", "tiny.en", EMBEDDED,
];

/// How long a model takes for an utterance of three seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    pub model: String,
    pub threads: usize,
    /// 95 of 100 are done within this time, in milliseconds.
    pub p95_ms: u64,
}

/// What was measured on this machine, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    version: u32,
    /// Threads that the machine ran at once: another machine is another matter.
    cores: usize,
    model: String,
    measured: Vec<Measured>,
}

/// Why a tuning cannot be used or kept.
#[derive(Debug, thiserror::Error)]
pub enum TuningError {
    #[error("{path} cannot be read or written ({why}): `avatardesk doctor --tune` writes it anew")]
    File { path: PathBuf, why: String },
    #[error("{path} is no tuning of this program ({why}): `avatardesk doctor --tune` writes it anew")]
    Broken { path: PathBuf, why: String },
}

impl Tuning {
    /// The best model that is fast enough, or else the fastest; `None` when nothing was measured.
    pub fn new(cores: usize, measured: Vec<Measured>) -> Option<Self> {
        let quickest = |model: &str| best(&measured, model);
        let in_time = BEST_FIRST
            .iter()
            .filter_map(|model| quickest(model))
            .find(|measured| measured.p95_ms <= IN_TIME_MS);
        let chosen = in_time.or_else(|| measured.iter().min_by_key(|m| m.p95_ms))?;
        let model = chosen.model.clone();
        Some(Self { version: VERSION, cores, model, measured })
    }

    /// The model to use when these fetched ones are here. `None` when one of them was never measured, or the chosen one
    /// has gone: then it is time for another tuning.
    pub fn model(&self, here: &[&str]) -> Option<&str> {
        let known = here.iter().all(|name| self.measured.iter().any(|m| m.model == *name));
        let there = self.model == EMBEDDED || here.contains(&self.model.as_str());
        (known && there).then_some(self.model.as_str())
    }

    /// How this model runs best.
    pub fn best(&self, model: &str) -> Option<&Measured> {
        best(&self.measured, model)
    }

    /// Reads the tuning of this machine; `None` when there is none, or it is of a machine with other cores.
    pub fn read(data: &Path, cores: usize) -> Result<Option<Self>, TuningError> {
        let path = data.join(FILE);
        let file = |e: std::io::Error| TuningError::File { path: path.clone(), why: e.to_string() };
        let broken = |why: String| TuningError::Broken { path: path.clone(), why };
        match std::fs::metadata(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(file(e)),
            Ok(facts) if facts.len() > FILE_MAX_BYTES => {
                return Err(broken(format!("it has more than {FILE_MAX_BYTES} bytes")));
            }
            Ok(_) => {}
        }
        let text = std::fs::read(&path).map_err(file)?;
        let tuning: Self = serde_json::from_slice(&text).map_err(|e| broken(e.to_string()))?;
        if tuning.version != VERSION {
            return Err(broken(format!("its version is {}, and {VERSION} is known", tuning.version)));
        }
        if tuning.measured.iter().any(|m| !(1..=THREADS_MAX).contains(&m.threads)) {
            return Err(broken(format!("1 to {THREADS_MAX} threads would be right")));
        }
        if tuning.best(&tuning.model).is_none() {
            return Err(broken("it chooses a model that it has not measured".to_owned()));
        }
        Ok((tuning.cores == cores).then_some(tuning))
    }

    /// Keeps it; returns where.
    pub fn write(&self, data: &Path) -> Result<PathBuf, TuningError> {
        let path = data.join(FILE);
        let failed = |why: String| TuningError::File { path: path.clone(), why };
        let text = serde_json::to_vec_pretty(self).map_err(|e| failed(e.to_string()))?;
        // Beside it and renamed: a kiosk may be starting meanwhile.
        let beside = data.join(format!("{FILE}.new"));
        std::fs::write(&beside, text)
            .and_then(|()| std::fs::rename(&beside, &path))
            .map_err(|e| failed(e.to_string()))?;
        Ok(path)
    }
}

/// The threads this machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// With as few threads as are worth it: on a desk the picture is drawn beside it.
fn best<'a>(measured: &'a [Measured], model: &str) -> Option<&'a Measured> {
    let mut runs: Vec<&Measured> = measured.iter().filter(|m| m.model == model).collect();
    runs.sort_by_key(|run| run.threads);
    runs.into_iter().reduce(|best, next| {
        let saved = best.p95_ms.saturating_sub(next.p95_ms);
        if saved.saturating_mul(WORTH_PARTS) >= best.p95_ms.max(1) { next } else { best }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(runs: &[(&str, usize, u64)]) -> Vec<Measured> {
        runs.iter()
            .map(|&(model, threads, p95_ms)| Measured { model: model.to_owned(), threads, p95_ms })
            .collect()
    }

    fn chosen(runs: &[(&str, usize, u64)]) -> Option<(String, usize)> {
        let tuning = Tuning::new(2, measured(runs))?;
        let threads = tuning.best(&tuning.model)?.threads;
        Some((tuning.model, threads))
    }

    #[test]
    fn the_best_model_that_is_in_time_is_chosen_with_its_best_threads() {
        let slow =
            [("embedded", 1, 90), ("tiny", 1, 300), ("tiny", 2, 160), ("base", 1, 900), ("base", 2, 500)];
        assert_eq!(chosen(&slow), Some(("tiny".into(), 2)));
        let fast =
            [("embedded", 1, 60), ("tiny", 1, 90), ("base", 1, 420), ("base", 2, 230), ("small", 2, 700)];
        assert_eq!(chosen(&fast), Some(("base".into(), 2)));
        let packed = [("base", 1, 200), ("base-q8_0", 1, 210), ("base.en", 1, 190)];
        assert_eq!(chosen(&packed), Some(("base-q8_0".into(), 1)));
        // Just in time, and just too late.
        assert_eq!(chosen(&[("embedded", 1, 50), ("base", 1, IN_TIME_MS)]).unwrap().0, "base");
        assert_eq!(chosen(&[("embedded", 1, 50), ("base", 1, IN_TIME_MS + 1)]).unwrap().0, "embedded");
    }

    #[test]
    fn where_nothing_is_in_time_the_fastest_serves_and_of_nothing_nothing_is_chosen() {
        assert_eq!(
            chosen(&[("base", 1, 5_000), ("embedded", 1, 800), ("embedded", 2, 600)]),
            Some(("embedded".into(), 2))
        );
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn another_thread_has_to_be_worth_it() {
        assert_eq!(chosen(&[("tiny", 2, 190), ("tiny", 1, 200), ("tiny", 4, 185)]), Some(("tiny".into(), 1)));
        assert_eq!(chosen(&[("tiny", 1, 200), ("tiny", 2, 120), ("tiny", 3, 118)]), Some(("tiny".into(), 2)));
    }

    #[test]
    fn every_model_that_can_be_fetched_can_be_chosen() {
        for model in crate::models::MODELS {
            assert_eq!(chosen(&[(model.name, 1, 100)]), Some((model.name.to_owned(), 1)));
            assert!(BEST_FIRST.contains(&model.name), "{}", model.name);
        }
    }

    #[test]
    fn a_tuning_holds_as_long_as_the_models_and_the_machine_are_the_same() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Tuning::read(dir.path(), 2).unwrap(), None, "there is none yet");
        let tuning =
            Tuning::new(2, measured(&[("embedded", 1, 50), ("base", 1, 600), ("tiny", 2, 100)])).unwrap();
        tuning.write(dir.path()).unwrap();
        let read = Tuning::read(dir.path(), 2).unwrap().unwrap();
        assert_eq!(read, tuning);
        assert_eq!(read.model(&["base", "tiny"]), Some("tiny"));
        assert_eq!(read.model(&["base"]), None, "the chosen one has gone");
        assert_eq!(read.model(&["base", "tiny", "small"]), None, "a new one was never measured");
        assert_eq!((read.best("base").map(|m| m.p95_ms), read.best("small")), (Some(600), None));
        assert_eq!(Tuning::read(dir.path(), 8).unwrap(), None, "of another machine");
    }

    #[test]
    fn a_broken_file_says_so_and_how_to_mend_it() {
        let dir = tempfile::tempdir().unwrap();
        let good = Tuning::new(2, measured(&[("tiny", 2, 100)])).unwrap();
        let path = good.write(dir.path()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for (broken, why) in [
            (String::new(), "EOF"),
            ("{\"model\": ".to_owned(), "EOF"),
            (text.replace("\"threads\": 2", "\"threads\": 99"), "threads"),
            (text.replace("\"threads\": 2", "\"threads\": -1"), "invalid value"),
            (text.replace("\"version\": 1", "\"version\": 9"), "version is 9"),
            (text.replacen("\"tiny\"", "\"huge\"", 1), "has not measured"),
            (text.replace("\"cores\"", "\"coers\""), "coers"),
            (" ".repeat(70_000), "more than"),
        ] {
            assert_ne!(broken, text);
            std::fs::write(&path, &broken).unwrap();
            let error = Tuning::read(dir.path(), 2).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("doctor --tune"), "{why}: {error}");
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(Tuning::read(dir.path(), 2), Err(TuningError::File { .. })));
    }
}
