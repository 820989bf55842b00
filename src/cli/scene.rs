//! `avatardesk scene check`: is a scene file right, and does everything it names exist?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::common::{Common, read_text};
use crate::scene::{self, Finding, Severity};
use crate::vrm;

#[derive(Debug, Args)]
pub struct Scene {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check a scene file [default: the one that would be used]
    Check { file: Option<PathBuf> },
}

impl Scene {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let What::Check { file } = &self.what;
        let settings = common.settings()?;
        let path = file.clone().unwrap_or_else(|| settings.scene.clone());
        let text = read_text(&path, "avatardesk scene check FILE")?;
        let parsed = scene::parse(&text).with_context(|| path.display().to_string())?;
        let mut findings = scene::check(&parsed, |name| settings.assets.join(name).exists());
        if findings.iter().all(|f| f.severity < Severity::Error) {
            findings.extend(clips(&parsed, &settings.assets));
        }
        for finding in &findings {
            println!("{finding}");
        }
        let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
        println!(
            "{}: {} desk(s), {errors} error(s), {} warning(s)",
            path.display(),
            parsed.desks.len(),
            findings.len() - errors
        );
        Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Whether the recorded movements that are there can be used.
fn clips(scene: &scene::Scene, assets: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (n, desk) in scene.desks.iter().enumerate() {
        for (name, file) in &desk.gestures {
            let read = std::fs::read(assets.join(file)).map_err(|why| why.to_string());
            let used = read.and_then(|bytes| vrm::recording(&bytes).map_err(|why| why.to_string()));
            if let Err(why) = used {
                let path = format!("desks[{n}].gestures.{name}");
                findings.push(Finding {
                    severity: Severity::Error,
                    path,
                    sentence: format!("`{file}`: {why}"),
                });
            }
        }
    }
    findings
}
