//! `avatardesk model`: list, fetch and check speech models.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::common::Common;
use crate::models::{self, DEFAULT_MODEL, MODELS, Model as Entry, SOURCE_URL, Source};

#[derive(Debug, Args)]
pub struct Model {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Which models there are, and which of them are here
    List,
    /// Fetch a model; a broken transfer is continued
    Fetch {
        /// Its name, as `model list` shows it
        #[arg(default_value = DEFAULT_MODEL)]
        name: String,
        /// Where to fetch from, without the file's name
        #[arg(long, value_name = "URL", env = "AVATARDESK_MODELS_URL", default_value = SOURCE_URL)]
        from: String,
    },
    /// Compare what is here with the known check sums
    Check,
}

impl Model {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let dir = common.settings()?.data.join("models");
        match &self.what {
            What::List => {
                println!("{:<14} {:>9}  {:<12} here", "name", "size", "languages");
                for model in MODELS {
                    println!(
                        "{:<14} {:>5} MiB  {:<12} {}",
                        model.name,
                        model.bytes >> 20,
                        if model.english_only() { "English" } else { "all" },
                        if models::is_present(model, &dir) { "yes" } else { "no" }
                    );
                }
                println!(
                    "\nThe built-in model (English, small vocabulary) is used while none of these is here."
                );
                Ok(ExitCode::SUCCESS)
            }
            What::Fetch { name, from } => {
                let model = models::find(name).ok_or_else(|| {
                    anyhow!("there is no model `{name}`: `avatardesk model list` shows their names")
                })?;
                let path = until_interrupted(|stop| fetch_with_bar(model, from, &dir, stop))?;
                println!("{}", path.display());
                Ok(ExitCode::SUCCESS)
            }
            What::Check => check(&dir),
        }
    }
}

/// Lets something run until Ctrl-C tells it to stop.
fn until_interrupted<T>(run: impl FnOnce(&AtomicBool) -> Result<T>) -> Result<T> {
    let stop = Arc::new(AtomicBool::new(false));
    let on_signal = stop.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_signal.store(true, Ordering::Relaxed);
        }
    });
    let done = run(&stop);
    runtime.shutdown_background();
    done
}

/// Fetches with a progress bar until `stop`; what is here is kept.
pub fn fetch_with_bar(model: &'static Entry, from: &str, dir: &Path, stop: &AtomicBool) -> Result<PathBuf> {
    let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")?;
    let bar = ProgressBar::new(model.bytes).with_style(style).with_message(model.file_name());
    let fetched = models::fetch(model, Source::at(from), dir, stop, &mut |p| bar.set_position(p.done));
    bar.finish_and_clear();
    Ok(fetched?)
}

fn check(dir: &Path) -> Result<ExitCode> {
    let mut bad = Vec::new();
    let mut seen = 0;
    for model in MODELS {
        let path = dir.join(model.file_name());
        if !path.exists() {
            continue;
        }
        seen += 1;
        let right = models::is_present(model, dir) && models::file_sha256(&path)? == model.sha256;
        println!("{:<14} {}", model.name, if right { "right" } else { "WRONG" });
        if !right {
            bad.push(path.display().to_string());
        }
    }
    if seen == 0 {
        println!("no models are here: `avatardesk model fetch {DEFAULT_MODEL}` fetches the usual one");
    }
    if !bad.is_empty() {
        bail!("not the published file: {}. Delete it and fetch it again", bad.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}
