//! Flags that every sub-command understands.

use std::path::PathBuf;

use clap::Args;

/// Flags that every sub-command understands.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Where state is kept: log, outbox, keys, fetched models [default: the user's data directory]
    #[arg(long, global = true, value_name = "DIR", env = "AVATARDESK_DATA")]
    pub data: Option<PathBuf>,
    /// Where avatars, models, articles and shaders lie [default: found beside the program]
    #[arg(long, global = true, value_name = "DIR", env = "AVATARDESK_ASSETS")]
    pub assets: Option<PathBuf>,
    /// Say more on standard error; twice: much more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}
