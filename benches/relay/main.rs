//! The relay under load, beside other servers, in one run: each server is a process of its own, and one load generator
//! speaks to all of them.
//!
//! `scripts/bench relay [--quick] [--json FILE] [--plot FILE]`; docs/performance.md says what is and what is not comparable.

#[path = "../support/npm.rs"]
mod npm;
#[path = "../support/figures.rs"]
mod support;

mod client;
mod figures;
mod idle;
mod load;
mod machine;
mod nats;
mod ours;
mod pair;
mod peers;
mod plot;
mod run;
mod serve;
mod server;
mod socketio;
mod tables;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use server::Kind;

/// As in the program: this is the relay, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to measure, and how.
#[derive(Parser)]
pub struct Args {
    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the figures into this file, as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Only see that everything works: short, small, and without goals
    #[arg(long)]
    quick: bool,
    /// How long each round is measured
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Rounds of the closed loop, ours and the others by turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Pairs in the closed loop; 0 leaves it out
    #[arg(long, value_delimiter = ',', default_values_t = [1_usize, 10, 100, 1_000])]
    pairs: Vec<usize>,
    /// Messages per second in the open loop; 0 leaves it out
    #[arg(long, value_delimiter = ',', default_values_t = [250_u32, 500, 1_000, 2_000, 4_000, 8_000])]
    rates: Vec<u32>,
    /// Connections that only wait; 0 leaves them out
    #[arg(long, default_value_t = 5_000)]
    idle: usize,
    /// Clients that return at once; 0 leaves them out
    #[arg(long, default_value_t = 1_000)]
    clients: usize,
    /// Only these servers
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Kind>,
    /// Make each sync of the servers so many milliseconds longer, as on a slower disk
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    slow_sync: f64,
    /// Where the servers keep their stores; without it where temporary files are kept
    #[arg(long, value_name = "DIR")]
    stores: Option<PathBuf>,
    /// Be the relay: keep the log in this directory
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
    /// As the relay, encrypt
    #[arg(long, hide = true)]
    tls: bool,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

impl Args {
    fn quick(mut self) -> Self {
        (self.seconds, self.rounds, self.idle, self.clients) = (0.5, 1, 100, 50);
        (self.pairs, self.rates) = (vec![1, 10], vec![200]);
        self
    }
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(dir) = &args.serve {
        return runtime.block_on(serve::be_the_relay(dir, args.tls)).map(|()| ExitCode::SUCCESS);
    }
    let args = if args.quick { args.quick() } else { args };
    let mut figures = runtime.block_on(run::everything(&args))?;
    figures.judge();
    print!("{}", tables::markdown(&figures)?);
    if let Some(file) = &args.plot {
        let picture = plot::svg(&figures)?;
        std::fs::write(file, picture).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let (goal, passed) = if args.quick {
        ("none, since this was only a trial", true)
    } else {
        ("those in the table that were measured", figures.passed())
    };
    support::finish(args.json.as_deref(), &serde_json::to_value(&figures)?, goal, passed)
}
