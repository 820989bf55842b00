//! `avatardesk config`: the settings in force.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::common::Common;

#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check the settings and show what is in force
    Check,
}

impl Config {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let What::Check = self.what;
        println!("{:#?}", common.settings()?);
        Ok(ExitCode::SUCCESS)
    }
}
