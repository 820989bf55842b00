//! The command line: one file per sub-command. The only place that reads flags, environment and signals.

mod common;
mod logging;
mod model;
mod paths;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use common::Common;

/// A virtual help desk with an avatar. Without a sub-command: the demonstration.
#[derive(Debug, Parser)]
#[command(name = "avatardesk", version, about, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Sub>,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// List, fetch and check speech models
    Model(model::Model),
}

/// Parses the arguments of the process and does what they say.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start(arguments.common.verbose);
    let done = match arguments.command {
        Some(Sub::Model(model)) => model.run(&arguments.common),
        None => Ok(ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
