//! The sound devices that the host chooses while the kiosk runs, kept for its next start.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::edges::{DeviceKind, Devices, Found};
use crate::config::Settings;
use crate::speech::devices::WantedDevice;

/// The file in the data directory with what was chosen.
const CHOSEN_FILE: &str = "devices.json";
/// The longest file that is one, in bytes.
const CHOSEN_MAX_BYTES: u64 = 16 * 1024;
/// The most devices of a kind that are offered.
const OFFERED_MAX: usize = 64;

/// What was chosen. A part that is left out was never chosen: the settings say it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Chosen {
    #[serde(skip_serializing_if = "Option::is_none")]
    microphone: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loudspeaker: Option<Choice>,
}

/// A choice: a device's name, or none for the system's usual one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Choice {
    name: Option<String>,
}

/// The devices of this machine.
pub struct SoundDevices {
    file: PathBuf,
    chosen: Chosen,
    wanted: [WantedDevice; 2],
    list: fn() -> Found,
    found: Arc<Mutex<Looked>>,
}

/// How far looking for them has got.
#[derive(Debug, Default)]
struct Looked {
    found: Option<Found>,
    /// A thread looks for them.
    looking: bool,
}

impl SoundDevices {
    /// What was chosen before, or else what the settings name. `list` may take its time: it gets a thread of its own.
    pub fn new(settings: &Settings, list: fn() -> Found) -> Self {
        let file = settings.data.join(CHOSEN_FILE);
        let chosen = read(&file).unwrap_or_else(|why| {
            tracing::warn!("{}: {why}; the settings count. Choosing again mends it", file.display());
            Chosen::default()
        });
        let first = |choice: &Option<Choice>, setting: &Option<String>| {
            WantedDevice::new(choice.as_ref().map_or_else(|| setting.clone(), |choice| choice.name.clone()))
        };
        let wanted = [
            first(&chosen.microphone, &settings.microphone),
            first(&chosen.loudspeaker, &settings.loudspeaker),
        ];
        Self { file, chosen, wanted, list, found: Arc::default() }
    }

    /// The wish that a device follows.
    pub fn wanted(&self, kind: DeviceKind) -> WantedDevice {
        let [microphone, loudspeaker] = &self.wanted;
        match kind {
            DeviceKind::Microphone => microphone.clone(),
            DeviceKind::Loudspeaker => loudspeaker.clone(),
        }
    }
}

impl Devices for SoundDevices {
    fn look(&mut self) {
        if std::mem::replace(&mut lock(&self.found).looking, true) {
            return;
        }
        lock(&self.found).found = None;
        let (list, to) = (self.list, Arc::clone(&self.found));
        let looking = std::thread::Builder::new().name("kiosk-devices".to_owned()).spawn(move || {
            let mut found = list();
            found.microphones.truncate(OFFERED_MAX);
            found.loudspeakers.truncate(OFFERED_MAX);
            *lock(&to) = Looked { found: Some(found), looking: false };
        });
        if let Err(why) = looking {
            tracing::warn!("sound devices cannot be looked for: {why}");
            *lock(&self.found) = Looked { found: Some(Found::default()), looking: false };
        }
    }

    fn found(&self) -> Option<Found> {
        lock(&self.found).found.clone()
    }

    fn chosen(&self, kind: DeviceKind) -> Option<String> {
        self.wanted(kind).name()
    }

    fn choose(&mut self, kind: DeviceKind, name: Option<String>) {
        tracing::info!(?kind, device = name.as_deref().unwrap_or("the usual one"), "chosen");
        self.wanted(kind).choose(name.clone());
        match kind {
            DeviceKind::Microphone => self.chosen.microphone = Some(Choice { name }),
            DeviceKind::Loudspeaker => self.chosen.loudspeaker = Some(Choice { name }),
        }
        if let Err(why) = write(&self.file, &self.chosen) {
            tracing::warn!("{}: the choice is not kept for the next start: {why}", self.file.display());
        }
    }
}

// A plain mutex: nothing waits while it is held.
fn lock(found: &Mutex<Looked>) -> MutexGuard<'_, Looked> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(file: &Path) -> Result<Chosen, String> {
    match std::fs::metadata(file) {
        Ok(about) if about.len() > CHOSEN_MAX_BYTES => return Err("it is too long".to_owned()),
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Chosen::default()),
        Err(e) => return Err(e.to_string()),
    }
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

/// Whoever is cut off while writing leaves the old file.
fn write(file: &Path, chosen: &Chosen) -> std::io::Result<()> {
    let new = file.with_extension("json.new");
    std::fs::write(&new, serde_json::to_string_pretty(chosen)? + "\n")?;
    std::fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::config::Raw;

    fn settings(data: &Path) -> Settings {
        let mut raw = Raw { data: Some(data.to_owned()), ..Raw::default() };
        raw.devices.microphone = Some("USB".to_owned());
        Settings::new(raw, None).unwrap()
    }

    fn two() -> Found {
        Found { microphones: vec!["USB headset".into(), "Webcam".into()], loudspeakers: vec!["HDMI".into()] }
    }

    #[test]
    fn a_choice_is_followed_and_kept_and_the_settings_say_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let mut devices = SoundDevices::new(&settings(dir.path()), two);
        let microphone = devices.wanted(DeviceKind::Microphone);
        assert_eq!(microphone.name().as_deref(), Some("USB"));
        let turn = microphone.turn();
        devices.choose(DeviceKind::Microphone, Some("Webcam".to_owned()));
        assert_eq!((microphone.name().as_deref(), microphone.turn() == turn), (Some("Webcam"), false));
        let again = SoundDevices::new(&settings(dir.path()), two);
        assert_eq!(again.chosen(DeviceKind::Microphone).as_deref(), Some("Webcam"));
        assert_eq!(again.chosen(DeviceKind::Loudspeaker), None);
        // The usual one is a choice, too.
        devices.choose(DeviceKind::Microphone, None);
        assert_eq!(SoundDevices::new(&settings(dir.path()), two).chosen(DeviceKind::Microphone), None);
    }

    #[test]
    fn what_is_there_is_looked_for_beside() {
        let dir = tempfile::tempdir().unwrap();
        let mut devices = SoundDevices::new(&settings(dir.path()), two);
        assert_eq!(devices.found(), None);
        devices.look();
        let until = Instant::now() + Duration::from_secs(10);
        while devices.found().is_none() {
            assert!(Instant::now() < until);
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(devices.found().unwrap().of(DeviceKind::Loudspeaker), ["HDMI"]);
    }

    #[test]
    fn a_file_that_is_none_is_left_aside() {
        let dir = tempfile::tempdir().unwrap();
        for wrong in ["", "[]", "{\"microphone\": 7}", &"x".repeat(20_000)] {
            std::fs::write(dir.path().join(CHOSEN_FILE), wrong).unwrap();
            let devices = SoundDevices::new(&settings(dir.path()), two);
            assert_eq!(devices.chosen(DeviceKind::Microphone).as_deref(), Some("USB"), "{wrong}");
        }
    }
}
