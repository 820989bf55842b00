//! `avatardesk demo`: relay, bot and kiosk in one process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::common::{Common, make_data_dir};
use super::embedded::Embedded;
use super::first_model;
use super::knowledge::language;
use super::show;
use super::signals::runtime;
use crate::client::ClientConfig;
use crate::conversation::Language;
use crate::protocol::Role;

#[derive(Debug, Args)]
pub struct Demo {
    /// Without a window: draws off-screen, plays a spoken question, leaves picture, sound and transcript
    #[arg(long)]
    headless: bool,
    /// Ask nothing; fetch the usual speech model if it can be reached
    #[arg(long)]
    yes: bool,
    /// Headless: in which language the visitor asks, en or zh
    #[arg(long, default_value = "en", value_parser = language)]
    lang: Language,
    /// Headless: the directory for picture, sound and transcript
    #[arg(long, value_name = "DIR", default_value = "avatardesk-demo")]
    out: PathBuf,
    /// Headless: also make a video with sound (needs ffmpeg)
    #[arg(long, value_name = "FILE.mp4", requires = "headless")]
    record: Option<PathBuf>,
    /// Headless: a sound file with the visitor's question [default: the one that is shipped]
    #[arg(long, value_name = "FILE")]
    question: Option<PathBuf>,
    /// Where the relay listens, for a console or another bot [default: 127.0.0.1:7400, or any free port]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Over the whole screen
    #[arg(long)]
    fullscreen: bool,
    /// The visitor walks through the lobby to the desk, with keys, mouse or touch
    #[arg(long, conflicts_with = "headless")]
    walk: bool,
}

impl Demo {
    /// The demonstration with its defaults: what `avatardesk` alone does.
    pub fn plain() -> Self {
        Self {
            headless: false,
            yes: false,
            lang: Language::En,
            out: "avatardesk-demo".into(),
            record: None,
            question: None,
            listen: None,
            fullscreen: false,
            walk: false,
        }
    }

    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings()?;
        make_data_dir(&settings)?;
        super::logging::keep(&settings, "demo");
        first_model::offer(&settings, self.yes);
        let runtime = runtime()?;
        let embedded = Embedded::start(&runtime, &settings, self.listen)?;
        eprintln!("relay: {}", embedded.url);
        let client = ClientConfig::new(embedded.url.clone(), Role::Kiosk, "kiosk".parse()?);
        let kiosk = show::Where { settings: &settings, runtime: runtime.handle(), client, walk: self.walk };
        let script = show::Script {
            language: self.lang,
            out: self.out.clone(),
            record: self.record.clone(),
            question: self.question.clone(),
        };
        let shown = match self.headless {
            true => show::headless(kiosk, &script),
            false => match show::window(kiosk.clone(), self.fullscreen) {
                Err(error) if show::is_no_display(&error) => {
                    eprintln!("{error:#}\nGoing on without a window.");
                    show::headless(kiosk, &script)
                }
                other => other,
            },
        };
        embedded.stop(&runtime);
        runtime.shutdown_background();
        shown?;
        Ok(ExitCode::SUCCESS)
    }
}
