//! `avatardesk avatar check`: can this VRM file be an avatar here?

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use super::common::Common;
use crate::vrm::{self, Version};

#[derive(Debug, Args)]
pub struct Avatar {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check a VRM file, 1.0 or 0.x: bones, expressions, size, licence, what will be missing and what stands in for it
    Check { file: PathBuf },
}

impl Avatar {
    pub fn run(&self, _: &Common) -> Result<ExitCode> {
        let What::Check { file } = &self.what;
        let size = std::fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.len();
        if size > vrm::FILE_MAX_BYTES as u64 {
            bail!("{} has {size} bytes, more than the {} allowed", file.display(), vrm::FILE_MAX_BYTES);
        }
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let report = vrm::check(&bytes).with_context(|| file.display().to_string())?;
        let version = match &report.version {
            Version::V1(spec) => format!("VRM {spec}"),
            Version::V0(spec) => format!("VRM 0.x ({spec}), checked as it is when converted"),
        };
        println!("{} by {}: {version}", or_unnamed(&report.name), or_unnamed(&report.authors.join(", ")));
        println!("{}", report.size);
        println!("{}", report.licence);
        for finding in &report.findings {
            println!("{finding}");
        }
        if report.is_usable() {
            println!("{}: can be used", file.display());
            Ok(ExitCode::SUCCESS)
        } else {
            println!("{}: cannot be used; the errors above say why", file.display());
            Ok(ExitCode::FAILURE)
        }
    }
}

fn or_unnamed(text: &str) -> &str {
    if text.is_empty() { "(not named)" } else { text }
}
