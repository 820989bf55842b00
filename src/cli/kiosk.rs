//! `avatardesk kiosk`: the visitor app against a relay.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::common::{Common, RelayAddress, make_data_dir};
use super::identity::{self, Part};
use super::knowledge::language;
use super::show;
use super::signals::runtime;
use super::story::{self, Place, Told};
use crate::conversation::Language;
use crate::protocol::Role;

#[derive(Debug, Args)]
pub struct Kiosk {
    #[command(flatten)]
    relay: RelayAddress,
    /// Over the whole screen
    #[arg(long)]
    fullscreen: bool,
    /// The visitor walks through the lobby to the desk, with keys, mouse or touch
    #[arg(long, conflicts_with = "headless")]
    walk: bool,
    /// Without a window, with a scripted visitor: see `demo --headless`
    #[arg(long)]
    headless: bool,
    /// Headless: in which language the visitor asks
    #[arg(long, default_value = "en", value_parser = language)]
    lang: Language,
    /// Headless: the directory for picture, sound and transcript
    #[arg(long, value_name = "DIR", default_value = "avatardesk-demo")]
    out: PathBuf,
}

impl Kiosk {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings()?;
        make_data_dir(&settings)?;
        super::logging::keep(&settings, "kiosk");
        let runtime = runtime()?;
        let part = Part { program: "kiosk", role: Role::Kiosk, name: "kiosk".parse()? };
        let client = runtime.block_on(identity::client(&self.relay, &settings, part))?;
        let told = if self.headless {
            let place = Place {
                settings: &settings,
                runtime: runtime.handle(),
                client: Some(client),
                log: None,
                out: self.out.clone(),
                record: None,
                undrawn: false,
            };
            let file = settings.assets.join(story::shipped(self.lang, false));
            story::tell(&story::read(&file, "--assets")?, &place)?
        } else {
            show::window(
                show::Where { settings: &settings, runtime: runtime.handle(), client, walk: self.walk },
                self.fullscreen,
            )?;
            Told::default()
        };
        runtime.shutdown_background();
        Ok(told.verdict())
    }
}
