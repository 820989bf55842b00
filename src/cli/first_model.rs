//! Offers to fetch the usual speech model when none is here.

use std::io::{IsTerminal, Write};
use std::sync::atomic::AtomicBool;
use std::thread;

use super::model::fetch_with_bar;
use crate::config::{Settings, SpeechModel};
use crate::models::{self, DEFAULT_MODEL, MODELS, SOURCE_URL};

/// Asks whether to fetch the usual model, unless one is here, the settings name one, or nothing may be fetched. It is
/// fetched beside everything else and serves from the next start on; the built-in model serves meanwhile. What has
/// arrived when the program ends is kept, and continued the next time. Whatever goes wrong is said.
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
    let fetch = move || match fetch_with_bar(model, &from, &dir, &AtomicBool::new(false)) {
        Ok(_) => eprintln!("The speech model {} is here: it serves from the next start on.", model.name),
        Err(error) => eprintln!("{error:#}\nThe built-in speech model serves meanwhile."),
    };
    if let Err(error) = thread::Builder::new().name("first-model".to_owned()).spawn(fetch) {
        eprintln!("the speech model cannot be fetched now: {error}");
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
