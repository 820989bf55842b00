//! The command line: one file per sub-command. The only place that reads flags, environment and signals.

mod relay;

use clap::{Parser, Subcommand};

/// A virtual help desk with an avatar.
#[derive(Debug, Parser)]
#[command(name = "avatardesk", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The server: orders events, stores them, passes events and signals on.
    Relay(relay::Args),
}

/// Runs what the command line asks for.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Relay(args) => relay::main(args),
    }
}
