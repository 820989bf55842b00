//! Which speech model is used.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::config::{Settings, SpeechModel};
use crate::models;

/// The built-in model, in the assets.
const EMBEDDED: &str = "models/desk-en.bin.zst";
/// Fetched models, the best for two processor cores first: those of every language before those of English.
#[rustfmt::skip]
const PREFERRED: [&str; 11] = [
    "base-q8_0", "base", "small-q8_0", "small", "tiny-q8_0", "tiny", "base.en-q8_0", "base.en", "small.en",
    "tiny.en-q8_0", "tiny.en",
];

/// The file of the model that the settings name: with `auto` a fetched one, or else the built-in one.
pub fn choose(settings: &Settings) -> Result<PathBuf> {
    let fetched = settings.data.join("models");
    match &settings.model {
        SpeechModel::File(path) => existing(path),
        SpeechModel::Named(name) => match models::find(name) {
            Some(model) if models::is_present(model, &fetched) => Ok(fetched.join(model.file_name())),
            Some(_) => {
                bail!("the speech model {name} is not here yet: `avatardesk model fetch {name}` fetches it")
            }
            None => bail!("there is no speech model {name}: `avatardesk model list` shows their names"),
        },
        SpeechModel::Embedded => existing(&settings.assets.join(EMBEDDED)),
        SpeechModel::Auto => {
            let here = PREFERRED.iter().filter_map(|name| models::find(name));
            match here.into_iter().find(|model| models::is_present(model, &fetched)) {
                Some(model) => Ok(fetched.join(model.file_name())),
                None => existing(&settings.assets.join(EMBEDDED)),
            }
        }
    }
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

    #[test]
    fn every_model_that_can_be_fetched_is_used_by_itself() {
        for model in models::MODELS {
            assert!(PREFERRED.contains(&model.name), "{} would lie there unused", model.name);
        }
    }
}
