//! `avatardesk demo`: relay, bot and kiosk in one process; or a story, told without a window.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::common::{Common, make_data_dir};
use super::embedded::Embedded;
use super::first_model;
use super::knowledge::language;
use super::relay::RELAY_DIR;
use super::show;
use super::signals::runtime;
use super::story::{self, Place, Story, Told};
use crate::client::ClientConfig;
use crate::config::Settings;
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
    /// Headless: also make a video with sound (needs ffmpeg), of the story that is shipped for it
    #[arg(long, value_name = "FILE.mp4", requires = "headless")]
    record: Option<PathBuf>,
    /// Headless: what happens at the desk [default: one that is shipped]
    #[arg(long, value_name = "FILE", requires = "headless")]
    story: Option<PathBuf>,
    /// Headless: draw nothing
    #[arg(long, requires = "headless", conflicts_with = "record")]
    undrawn: bool,
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
            story: None,
            undrawn: false,
            question: None,
            listen: None,
            fullscreen: false,
            walk: false,
        }
    }

    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings()?;
        let story = self.story(&settings)?;
        if self.headless && story.own_processes {
            return self.tell_apart(&settings, &story);
        }
        make_data_dir(&settings)?;
        super::logging::keep(&settings, "demo");
        first_model::offer(&settings, self.yes);
        let runtime = runtime()?;
        let embedded = Embedded::start(&runtime, &settings, self.listen)?;
        eprintln!("relay: {}", embedded.url);
        let client = ClientConfig::new(embedded.url.clone(), Role::Kiosk, "kiosk".parse()?);
        let kiosk = show::Where {
            settings: &settings,
            runtime: runtime.handle(),
            client: client.clone(),
            walk: self.walk,
        };
        let place = Place {
            settings: &settings,
            runtime: runtime.handle(),
            client: Some(client),
            log: Some(settings.data.join(RELAY_DIR)),
            out: self.out.clone(),
            record: self.record.clone(),
            undrawn: self.undrawn,
        };
        let shown = match self.headless {
            true => story::tell(&story, &place),
            false => match show::window(kiosk, self.fullscreen) {
                Err(error) if show::is_no_display(&error) => {
                    eprintln!("{error:#}\nGoing on without a window.");
                    story::tell(&story, &place)
                }
                other => other.map(|()| Told::default()),
            },
        };
        embedded.stop(&runtime);
        runtime.shutdown_background();
        Ok(shown?.verdict())
    }

    /// Tells a story whose parts are processes of their own.
    fn tell_apart(&self, settings: &Settings, story: &Story) -> Result<ExitCode> {
        let runtime = runtime()?;
        let place = Place {
            settings,
            runtime: runtime.handle(),
            client: None,
            log: None,
            out: self.out.clone(),
            record: self.record.clone(),
            undrawn: self.undrawn,
        };
        let told = story::tell(story, &place);
        runtime.shutdown_background();
        Ok(told?.verdict())
    }

    /// What happens at the desk: the story that is named, or one that is shipped.
    fn story(&self, settings: &Settings) -> Result<Story> {
        let story = match &self.story {
            Some(file) => story::read(file, "--story")?,
            None => story::read(
                &settings.assets.join(story::shipped(self.lang, self.record.is_some())),
                "--assets",
            )?,
        };
        Ok(match &self.question {
            Some(sound) => story.asking(std::path::absolute(sound)?),
            None => story,
        })
    }
}
