//! `avatardesk console`: the agent app.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use tokio::io::{BufReader, stdin, stdout};

use super::common::{Common, RelayAddress};
use super::console_voice;
use super::identity::{self, Part};
use super::knowledge::language;
use super::outbox;
use super::signals::runtime;
use super::terminal;
use crate::client;
use crate::console::{Person, run_voice};
use crate::conversation::{Actor, ActorId, DeskId, Language};
use crate::protocol::Role;
use crate::routing::{CAPACITY_MAX, Profile};

#[derive(Debug, Args)]
pub struct Console {
    #[command(flatten)]
    relay: RelayAddress,
    /// In this terminal: see who waits, take over, type, give back
    #[arg(long)]
    text: bool,
    /// With your own voice: whom you serve hears you, and reads what you say
    #[arg(long)]
    mic: bool,
    /// A sound file in the place of the microphone; it begins when you first serve somebody
    #[arg(long, value_name = "FILE", requires = "mic")]
    mic_file: Option<PathBuf>,
    /// Your name, unique among the agents of a relay; visitors see it
    #[arg(long, default_value = "person")]
    name: ActorId,
    /// You may also take a visitor over from another person
    #[arg(long)]
    supervisor: bool,
    /// How many visitors you serve at once; one person may serve several desks
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(CAPACITY_MAX)))]
    capacity: u32,
    /// Only visitors of this desk; may be given several times
    #[arg(long = "desk", value_name = "DESK")]
    desks: Vec<DeskId>,
    /// What you know about; may be given several times
    #[arg(long = "skill", value_name = "SKILL")]
    skills: Vec<String>,
    /// Only visitors who speak this language, en or zh; may be given twice
    #[arg(long = "lang", value_name = "LANG", value_parser = language)]
    languages: Vec<Language>,
}

impl Console {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        if !self.text {
            bail!("the console has no window yet: run `avatardesk console --text`");
        }
        if self.mic {
            console_voice::built_in()?;
        }
        let settings = common.settings()?;
        let role = if self.supervisor { Role::Supervisor } else { Role::Agent };
        let profile = Profile {
            desks: self.desks.clone(),
            skills: self.skills.clone(),
            languages: self.languages.clone(),
            ..Profile::available(self.capacity)
        };
        profile.check()?;
        let runtime = runtime()?;
        runtime.block_on(async {
            let part = Part { program: role.name(), role, name: self.name.clone() };
            let config = identity::client(&self.relay, &settings, part).await?;
            let me = Actor { id: config.name.clone(), kind: role.actor_kind() };
            let outbox = outbox::open(&settings, &config)?;
            let (client, events) = client::connect(config, Box::new(outbox))?;
            let microphone = match self.mic {
                true => Some(console_voice::start(&settings, self.mic_file.as_deref(), client.clone())?),
                false => None,
            };
            // Who speaks has no hand for lines.
            let keys = if self.mic { terminal::keys() } else { None };
            let person = Person { me, profile, microphone };
            match keys {
                Some(mut keys) => {
                    run_voice(person, client, events, BufReader::new(&mut keys.lines), stdout()).await?;
                }
                None => run_voice(person, client, events, BufReader::new(stdin()), stdout()).await?,
            }
            anyhow::Ok(())
        })?;
        // A thread still waits for the terminal's next line: it must not hold the process.
        runtime.shutdown_background();
        Ok(ExitCode::SUCCESS)
    }
}
