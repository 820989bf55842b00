//! Which speech model is used, and with how many threads.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::tuning::{self, Tuning, cores};
use crate::config::{Settings, SpeechModel};
use crate::models;

/// The built-in model, in the assets.
const EMBEDDED: &str = "models/desk-en.bin.zst";
/// Fetched models, the best for two processor cores first: those of every language before those of English. It holds until
/// this machine has been measured.
#[rustfmt::skip]
const PREFERRED: [&str; 11] = [
    "base-q8_0", "base", "small-q8_0", "small", "tiny-q8_0", "tiny", "base.en-q8_0", "base.en", "small.en",
    "tiny.en-q8_0", "tiny.en",
];

/// A speech model to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub path: PathBuf,
    /// As measured on this machine; otherwise it is guessed from its cores.
    pub threads: Option<usize>,
}

/// The model that the settings name: with `auto` the one that this machine was found fast enough for, else a fetched one,
/// or else the built-in one.
pub fn choose(settings: &Settings) -> Result<Choice> {
    choose_with(settings, measured(settings).as_ref())
}

fn choose_with(settings: &Settings, tuning: Option<&Tuning>) -> Result<Choice> {
    let threads = |name: &str| tuning.and_then(|tuning| tuning.best(name)).map(|run| run.threads);
    let built_in = || Ok(Choice { path: embedded(settings)?, threads: threads(tuning::EMBEDDED) });
    match &settings.model {
        SpeechModel::File(path) => Ok(Choice { path: existing(path)?, threads: None }),
        SpeechModel::Named(name) => match (models::find(name), path_of(settings, name)) {
            (_, Some(path)) => Ok(Choice { path, threads: threads(name) }),
            (Some(_), None) => {
                bail!("the speech model {name} is not here yet: `avatardesk model fetch {name}` fetches it")
            }
            (None, None) => {
                bail!("there is no speech model {name}: `avatardesk model list` shows their names")
            }
        },
        SpeechModel::Embedded => built_in(),
        SpeechModel::Auto => {
            let here = fetched(settings);
            let tuned = tuning.and_then(|tuning| tuning.model(&here));
            let name = tuned.or_else(|| here.first().copied());
            match name.and_then(|name| path_of(settings, name).map(|path| (name, path))) {
                Some((name, path)) => Ok(Choice { path, threads: threads(name) }),
                None => built_in(),
            }
        }
    }
}

/// What was measured on this machine, if that can be read.
fn measured(settings: &Settings) -> Option<Tuning> {
    Tuning::read(&settings.data, cores()).unwrap_or_else(|error| {
        tracing::warn!("{error}");
        None
    })
}

/// The names of the fetched models, preferred ones first.
pub fn fetched(settings: &Settings) -> Vec<&'static str> {
    PREFERRED.iter().copied().filter(|name| path_of(settings, name).is_some()).collect()
}

/// Where a fetched model lies; `None` when it is not here.
pub fn path_of(settings: &Settings, name: &str) -> Option<PathBuf> {
    let dir = settings.data.join("models");
    let model = models::find(name).filter(|model| models::is_present(model, &dir))?;
    Some(dir.join(model.file_name()))
}

/// The built-in model.
pub fn embedded(settings: &Settings) -> Result<PathBuf> {
    existing(&settings.assets.join(EMBEDDED))
}

fn existing(path: &Path) -> Result<PathBuf> {
    if path.is_file() {
        Ok(path.to_owned())
    } else {
        bail!(
            "there is no speech model at {}: `avatardesk model fetch` fetches one; until then visitors type",
            path.display()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tuning::Measured;
    use crate::config::{self, Raw};

    #[test]
    fn every_model_that_can_be_fetched_is_used_by_itself() {
        for model in models::MODELS {
            assert!(PREFERRED.contains(&model.name), "{} would lie there unused", model.name);
        }
    }

    /// A data directory with these models, as far as their sizes go.
    fn with_models(names: &[&str], model: Option<&str>) -> (tempfile::TempDir, Settings) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("models")).unwrap();
        for model in names.iter().filter_map(|name| models::find(name)) {
            let file = std::fs::File::create(dir.path().join("models").join(model.file_name())).unwrap();
            file.set_len(model.bytes).unwrap();
        }
        let text = model.map_or_else(String::new, |name| format!("[speech]\nmodel = \"{name}\"\n"));
        let raw = Raw {
            data: Some(dir.path().to_owned()),
            assets: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")),
            ..config::parse(&text).unwrap()
        };
        let settings = Settings::new(raw, None).unwrap();
        (dir, settings)
    }

    /// The file name and threads that are chosen on a machine of which this was measured.
    fn chosen(settings: &Settings, measured: &[(&str, usize, u64)]) -> (String, Option<usize>) {
        let runs = measured.iter().map(|&(model, threads, p95_ms)| Measured {
            model: model.to_owned(),
            threads,
            p95_ms,
        });
        let tuning = Tuning::new(2, runs.collect());
        let Choice { path, threads } = choose_with(settings, tuning.as_ref()).unwrap();
        (path.file_name().unwrap().to_string_lossy().into_owned(), threads)
    }

    const SLOW: [(&str, usize, u64); 4] =
        [("embedded", 1, 60), ("base-q8_0", 1, 900), ("base-q8_0", 2, 600), ("tiny", 2, 200)];

    #[test]
    fn what_was_measured_decides_as_long_as_the_settings_name_nothing() {
        let (_dir, auto) = with_models(&["base-q8_0", "tiny"], None);
        assert_eq!(chosen(&auto, &[]), ("ggml-base-q8_0.bin".into(), None), "nothing was measured");
        assert_eq!(chosen(&auto, &SLOW), ("ggml-tiny.bin".into(), Some(2)));
        let only_built_in = [("embedded", 1, 60), ("base-q8_0", 1, 900), ("tiny", 1, 800)];
        assert_eq!(chosen(&auto, &only_built_in), ("desk-en.bin.zst".into(), Some(1)));
        let (_dir, named) = with_models(&["base-q8_0", "tiny"], Some("base-q8_0"));
        assert_eq!(
            chosen(&named, &SLOW),
            ("ggml-base-q8_0.bin".into(), Some(2)),
            "as named, with its threads"
        );
    }

    #[test]
    fn a_model_that_was_fetched_since_is_used_as_if_nothing_had_been_measured() {
        let (_dir, settings) = with_models(&["base-q8_0", "tiny", "small"], None);
        assert_eq!(chosen(&settings, &SLOW).0, "ggml-base-q8_0.bin");
    }

    #[test]
    fn a_broken_tuning_is_as_good_as_none() {
        let (dir, settings) = with_models(&["tiny"], None);
        std::fs::write(dir.path().join("speech-tuning.json"), "{").unwrap();
        let choice = choose(&settings).unwrap();
        assert!(choice.path.ends_with("ggml-tiny.bin") && choice.threads.is_none(), "{choice:?}");
        let written = Tuning::new(cores(), vec![Measured { model: "tiny".into(), threads: 1, p95_ms: 9 }]);
        written.unwrap().write(dir.path()).unwrap();
        assert_eq!(choose(&settings).unwrap().threads, Some(1));
    }
}
