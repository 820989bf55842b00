//! Offers to fetch the usual speech model when none is here.

use std::io::{IsTerminal, Write};

use super::model::fetch_with_bar;
use crate::config::{Settings, SpeechModel};
use crate::models::{self, DEFAULT_MODEL, MODELS, SOURCE_URL};

/// Asks whether to fetch the usual model, unless one is here, the settings name one, or nothing may be fetched. Whatever
/// goes wrong is said, and the built-in model serves meanwhile.
pub fn offer(settings: &Settings, yes: bool) {
    let dir = settings.data.join("models");
    let here = MODELS.iter().any(|model| models::is_present(model, &dir));
    if settings.offline || here || settings.model != SpeechModel::Auto {
        return;
    }
    let Some(model) = models::find(DEFAULT_MODEL) else { return };
    if !yes
        && !ask(&format!(
            "Fetch the speech model {} ({} MiB, every language)?",
            model.name,
            model.bytes >> 20
        ))
    {
        return;
    }
    let from = std::env::var("AVATARDESK_MODELS_URL").unwrap_or_else(|_| SOURCE_URL.to_owned());
    if let Err(error) = fetch_with_bar(model, &from, &dir) {
        eprintln!("{error:#}\nThe built-in speech model serves meanwhile.");
    }
}

/// Asks on the terminal; without one the answer is no.
fn ask(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("{question} [y/N] ");
    // The answer counts, not whether the question could be flushed.
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}
