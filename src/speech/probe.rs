//! Is there what speech needs? For a doctor: each answer is a state with a sentence, never a panic.

use super::tts::{Espeak, Synthesizer};

/// How one thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// There: what was found.
    Fine(String),
    /// Not there: what is missing and how to mend it.
    Missing(String),
}

/// The microphones. Without the feature `voice` that is what is missing.
pub fn microphones() -> Probe {
    #[cfg(feature = "voice")]
    {
        devices(super::capture::device::list(), "microphone", "visitors can type")
    }
    #[cfg(not(feature = "voice"))]
    Probe::Missing(NOT_BUILT_IN.to_owned())
}

/// The loudspeakers.
pub fn loudspeakers() -> Probe {
    #[cfg(feature = "voice")]
    {
        devices(super::playback::device::list(), "loudspeaker", "captions carry on without")
    }
    #[cfg(not(feature = "voice"))]
    Probe::Missing(NOT_BUILT_IN.to_owned())
}

/// A speech program.
pub fn synthesizer(synthesizer: &dyn Synthesizer) -> Probe {
    match synthesizer.available() {
        Ok(()) => Probe::Fine(format!("{} is there", synthesizer.name())),
        Err(e) => Probe::Missing(e.to_string()),
    }
}

/// The usual speech program, with its version.
pub fn espeak() -> Probe {
    match Espeak::default().version() {
        Ok(version) => Probe::Fine(version),
        Err(e) => Probe::Missing(e.to_string()),
    }
}

#[cfg(not(feature = "voice"))]
const NOT_BUILT_IN: &str =
    "this program was built without sound devices: build it with `cargo build --features voice`";

#[cfg(feature = "voice")]
fn devices(found: Result<Vec<String>, String>, what: &str, otherwise: &str) -> Probe {
    match found {
        Ok(names) if names.is_empty() => {
            Probe::Missing(format!("no {what} was found: plug one in and check its permission; {otherwise}"))
        }
        Ok(names) => Probe::Fine(names.join(", ")),
        Err(why) => Probe::Missing(format!(
            "{what}s could not be listed ({why}): check the sound system; {otherwise}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_listed_or_missed_in_a_sentence() {
        for (probe, what) in [(microphones(), "microphone"), (loudspeakers(), "loudspeaker")] {
            match probe {
                Probe::Fine(names) => assert!(!names.is_empty()),
                Probe::Missing(why) => {
                    assert!(why.contains(what) || why.contains("--features voice"), "{why}")
                }
            }
        }
    }

    #[test]
    fn speech_programs_are_found_or_missed() {
        assert!(matches!(espeak(), Probe::Fine(version) if version.contains("eSpeak")));
        let missing = synthesizer(&Espeak::with_program("espeak-that-is-not-there"));
        assert!(matches!(missing, Probe::Missing(why) if why.contains("not installed")));
    }
}
