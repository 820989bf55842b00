//! Voices that the embedded model was not trained on (`training/speech/voices.py` holds them out), as programs.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Words that are written small in the questions and spoken letter by letter.
const SPELLED: [&str; 9] = ["nft", "nfts", "qr", "vip", "id", "vr", "usb", "sms", "atm"];

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// espeak-ng: accent and variant, words per minute, pitch 0 to 99.
    Espeak { voice: &'static str, rate: u16, pitch: u8 },
    /// flite's recorded woman.
    FliteSlt,
}

/// All of them, drawn in turn.
pub const VOICES: [Voice; 6] = [
    Voice::Espeak { voice: "en-us+linda", rate: 150, pitch: 50 },
    Voice::Espeak { voice: "en-us+paul", rate: 160, pitch: 45 },
    Voice::FliteSlt,
    Voice::Espeak { voice: "en+alicia", rate: 155, pitch: 55 },
    Voice::Espeak { voice: "en-gb-x-rp+f4", rate: 145, pitch: 50 },
    Voice::Espeak { voice: "en-us+m3", rate: 165, pitch: 50 },
];

impl Voice {
    pub fn name(self) -> &'static str {
        match self {
            Voice::Espeak { voice, .. } => voice,
            Voice::FliteSlt => "flite slt",
        }
    }

    /// Says a text into a sound file.
    pub fn say(self, text: &str, wav: &Path) -> Result<()> {
        let text = spelled(text);
        let mut command = match self {
            Voice::Espeak { voice, rate, pitch } => {
                let mut command = Command::new("espeak-ng");
                command.args(["-v", voice, "-s", &rate.to_string(), "-p", &pitch.to_string(), "-w"]);
                command.arg(wav).arg(&text);
                command
            }
            Voice::FliteSlt => {
                let mut command = Command::new("flite");
                command.args(["-voice", "slt", "-t", &text, "-o"]).arg(wav);
                command
            }
        };
        let program = command.get_program().to_string_lossy().into_owned();
        let done = command.stdin(Stdio::null()).output();
        let done = done.with_context(|| format!("{program} is needed: `sudo apt-get install {program}`"))?;
        ensure!(done.status.success(), "{program} failed: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }
}

fn spelled(text: &str) -> String {
    let word = |w: &str| if SPELLED.contains(&w) { w.to_uppercase() } else { w.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
