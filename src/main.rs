//! The `avatardesk` program: parses and calls.

use clap::Parser;

fn main() -> anyhow::Result<()> {
    avatardesk::cli::run(avatardesk::cli::Cli::parse())
}
