//! `avatardesk doctor`: looks at each part and says how to mend it.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use super::common::{Common, RelayAddress, load_scene};
use super::speech_model::Choice;
use super::{knowledge, speech_model, tune};
use crate::config::Settings;
use crate::conversation::Language;
use crate::speech::probe::{self, Probe};

#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    relay: RelayAddress,
    /// Measure how fast each speech model that is here understands a question, and keep the best one that is fast enough
    #[arg(long)]
    tune: bool,
}

/// One part and how it is.
struct Part {
    name: &'static str,
    /// What is there, or what is missing and how to mend it.
    state: Result<String, String>,
}

impl Doctor {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings()?;
        if self.tune {
            tune::tune(&settings)?;
            return Ok(ExitCode::SUCCESS);
        }
        let url = self.relay.url(&settings);
        let parts = [
            Part { name: "microphone", state: probed(probe::microphones()) },
            Part { name: "loudspeaker", state: probed(probe::loudspeakers()) },
            Part { name: "voice", state: probed(probe::espeak()) },
            Part { name: "speech model", state: speech_model(&settings) },
            Part { name: "processor", state: processor() },
            Part { name: "graphics", state: graphics() },
            Part { name: "Chinese font", state: chinese_font() },
            Part { name: "data directory", state: data(&settings) },
            Part { name: "scene", state: scene(&settings) },
            Part { name: "articles", state: articles(&settings) },
            Part { name: "relay", state: relay(&url) },
        ];
        let mut missing = 0;
        for part in &parts {
            match &part.state {
                Ok(text) => println!("ok       {:<15} {text}", part.name),
                Err(text) => {
                    missing += 1;
                    println!("missing  {:<15} {text}", part.name);
                }
            }
        }
        println!(
            "{missing} of {} parts are missing; the desk runs without all but scene and articles",
            parts.len()
        );
        Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

fn probed(probe: Probe) -> Result<String, String> {
    match probe {
        Probe::Fine(text) => Ok(text),
        Probe::Missing(text) => Err(text),
    }
}

/// The model is loaded: a damaged file is there, too.
fn speech_model(settings: &Settings) -> Result<String, String> {
    let choice = speech_model::choose(settings).map_err(|e| format!("{e:#}"))?;
    let shown = choice.path.display().to_string();
    let threads = choice.threads.map_or_else(String::new, |n| format!(" with {n} thread(s), as measured"));
    let begun = Instant::now();
    loads(choice).map_err(|why| {
        format!("{shown} cannot be used ({why}): `avatardesk model check` tells whether it is whole; delete it and fetch it again")
    })?;
    Ok(format!("{shown}{threads}, loaded in {} ms", begun.elapsed().as_millis()))
}

#[cfg(feature = "voice")]
fn loads(choice: Choice) -> Result<(), String> {
    super::desk::load(&choice).map(drop).map_err(|e| e.to_string())
}

/// Without the feature there is no recogniser: the file is there, and that is all that can be said.
#[cfg(not(feature = "voice"))]
fn loads(_: Choice) -> Result<(), String> {
    Err("this program was built without the feature `voice`".to_owned())
}

#[cfg(target_arch = "x86_64")]
fn processor() -> Result<String, String> {
    if std::arch::is_x86_feature_detected!("avx2") {
        Ok("has AVX2".to_owned())
    } else {
        Err("has no AVX2: speech recognition cannot run here; visitors type".to_owned())
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> Result<String, String> {
    Ok(std::env::consts::ARCH.to_owned())
}

#[cfg(feature = "desktop")]
fn graphics() -> Result<String, String> {
    let adapter = crate::stage::adapter::probe().map_err(|e| e.to_string())?;
    match crate::stage::window::probe() {
        Ok(_) => Ok(format!("{adapter:?}")),
        Err(why) => Err(format!("{adapter:?} draws, but {why}")),
    }
}

#[cfg(feature = "desktop")]
fn chinese_font() -> Result<String, String> {
    use crate::stage::fonts::{ChineseFont, Lettering};
    match Lettering::from_system().chinese {
        ChineseFont::Found(family) => Ok(family),
        ChineseFont::Missing => Err("none was found: sudo apt install fonts-noto-cjk".to_owned()),
    }
}

#[cfg(not(feature = "desktop"))]
fn graphics() -> Result<String, String> {
    Err("this program was built without the feature `desktop`: build it with `cargo build`".to_owned())
}

#[cfg(not(feature = "desktop"))]
fn chinese_font() -> Result<String, String> {
    graphics()
}

fn data(settings: &Settings) -> Result<String, String> {
    super::common::make_data_dir(settings).map_err(|e| format!("{e:#}"))?;
    let probe = settings.data.join(".doctor");
    std::fs::write(&probe, b"")
        .and_then(|()| std::fs::remove_file(&probe))
        .map(|()| settings.data.display().to_string())
        .map_err(|e| {
            format!("cannot write to {} ({e}): name another with `--data DIR`", settings.data.display())
        })
}

fn scene(settings: &Settings) -> Result<String, String> {
    load_scene(settings).map(|_| settings.scene.display().to_string()).map_err(|e| format!("{e:#}"))
}

fn articles(settings: &Settings) -> Result<String, String> {
    let base = knowledge::load(settings).map_err(|e| format!("{e:#}"))?;
    let count = |language| base.articles(language).len();
    Ok(format!("{} in English, {} in Chinese", count(Language::En), count(Language::Zh)))
}

fn relay(url: &str) -> Result<String, String> {
    let (rest, usual) = match url.strip_prefix("wss://") {
        Some(rest) => (rest, 443),
        None => (url.trim_start_matches("ws://"), 80),
    };
    let host = rest.split('/').next().unwrap_or_default();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    let address = if has_port { host.to_owned() } else { format!("{host}:{usual}") };
    match std::net::TcpStream::connect(&address) {
        Ok(_) => Ok(format!("{url} answers")),
        Err(e) => Err(format!(
            "{url} does not answer ({e}): start it with `avatardesk relay` (the demonstration has its own)"
        )),
    }
}
