//! What can be wrong with a scene that is well written.

use std::collections::HashSet;
use std::fmt;

use super::desk::{Desk, Engine};
use super::place::{LightSet, Shape, View};
use super::types::{Localized, Scene};
use super::walk;
use crate::conversation::Language;
use crate::performance::Gesture;
use crate::quote::quote;

/// The smallest contrast of text that visitors must read (WCAG 2, level AA).
pub const CONTRAST_MIN: f32 = 4.5;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but not well.
    Warning,
    /// Visitors would not be served.
    Error,
}

/// Something to mend in a scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// Where, such as `desks[0].avatar`.
    pub path: String,
    /// What is wrong and how to mend it.
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}: {}", self.path, self.sentence)
    }
}

/// Looks for what would go wrong. `exists` says whether a file or folder is there, named relative to the assets.
pub fn check(scene: &Scene, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut checker = Checker { scene, exists: &exists, findings: Vec::new() };
    checker.languages();
    checker.desks();
    checker.contrast();
    checker.timeouts();
    checker.place();
    checker.file("knowledge", &scene.knowledge);
    if scene.kiosk.volume > 100 {
        checker.error("kiosk.volume", "the volume goes from 0 to 100".into());
    }
    if let Some(sentence) = walk::complaint(scene) {
        checker.error("walk.from", sentence);
    }
    checker.findings
}

struct Checker<'a> {
    scene: &'a Scene,
    exists: &'a dyn Fn(&str) -> bool,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn error(&mut self, path: &str, sentence: String) {
        self.add(Severity::Error, path, &sentence);
    }

    fn warn(&mut self, path: &str, sentence: String) {
        self.add(Severity::Warning, path, &sentence);
    }

    fn add(&mut self, severity: Severity, path: &str, sentence: &str) {
        self.findings.push(Finding { severity, path: path.to_owned(), sentence: quote(sentence) });
    }

    fn file(&mut self, path: &str, file: &str) {
        let outside =
            file.starts_with('/') || file.contains(':') || file.split(['/', '\\']).any(|p| p == "..");
        if outside {
            self.error(
                path,
                format!("`{file}` leads out of the asset folder: name it relative to that folder"),
            );
        } else if file.is_empty() || !(self.exists)(file) {
            self.error(
                path,
                format!("there is no `{file}` in the asset folder: put it there or mend the name"),
            );
        }
    }

    fn languages(&mut self) {
        let languages = &self.scene.languages;
        if languages.is_empty() {
            self.error("languages", "no language is offered: write at least [en]".into());
        } else if !languages.contains(&self.scene.default_language) {
            let tag = self.scene.default_language.tag();
            self.error(
                "default_language",
                format!("`{tag}` is not among the languages: add it there or choose another"),
            );
        }
        let mut seen = HashSet::new();
        for language in languages {
            if !seen.insert(*language) {
                let tag = language.tag();
                self.warn("languages", format!("`{tag}` is there twice: take one away"));
            }
        }
    }

    fn desks(&mut self) {
        if self.scene.desks.is_empty() {
            self.error("desks", "there is no desk: visitors need one".into());
        }
        let mut seen = HashSet::new();
        for (n, desk) in self.scene.desks.iter().enumerate() {
            let path = format!("desks[{n}]");
            if !seen.insert(&desk.id) {
                let id = &desk.id;
                self.error(
                    &format!("{path}.id"),
                    format!("another desk is already called `{id}`: give each its own id"),
                );
            }
            self.desk(&path, desk);
        }
    }

    fn desk(&mut self, path: &str, desk: &Desk) {
        self.file(&format!("{path}.avatar"), &desk.avatar);
        if !desk.avatar.to_ascii_lowercase().ends_with(".vrm") {
            self.error(&format!("{path}.avatar"), "an avatar is a VRM file: its name ends in .vrm".into());
        }
        for language in self.scene.languages.clone() {
            let tag = language.tag();
            if desk.greeting.get(language).is_none_or(|g| g.trim().is_empty()) {
                self.missing(&format!("{path}.greeting.{tag}"), language);
            }
            match desk.badge.get(language) {
                Some(badge) if !badge.name.trim().is_empty() => {}
                _ => self.missing(&format!("{path}.badge.{tag}"), language),
            }
            self.voice(&format!("{path}.voice.{tag}"), desk, language);
        }
        self.finite(&format!("{path}.position"), &desk.position);
        self.finite(&format!("{path}.facing"), &[desk.facing]);
        for (name, file) in &desk.gestures {
            let path = format!("{path}.gestures.{name}");
            self.file(&path, file);
            if Gesture::named(name).is_none() {
                let names = Gesture::NAMED.map(|(name, _)| name).join(", ");
                self.error(&path, format!("there is no gesture of this name: write one of {names}"));
            }
            if !file.to_ascii_lowercase().ends_with(".vrma") {
                self.error(&path, "a recorded movement is a VRMA file: its name ends in .vrma".into());
            }
        }
    }

    fn missing(&mut self, path: &str, language: Language) {
        let tag = language.tag();
        self.error(
            path,
            format!("nothing is written in `{tag}`, which visitors can choose: add it or drop the language"),
        );
    }

    fn voice(&mut self, path: &str, desk: &Desk, language: Language) {
        let Some(voice) = desk.voice.get(language) else {
            self.warn(
                path,
                "no voice in this language: only captions are shown. Add one, or leave it so".into(),
            );
            return;
        };
        if !(80..=400).contains(&voice.rate) {
            let rate = voice.rate;
            self.error(
                &format!("{path}.rate"),
                format!("{rate} words a minute cannot be followed: 80 to 400, usually 165"),
            );
        }
        if voice.pitch > 99 {
            self.error(&format!("{path}.pitch"), "the pitch goes from 0 to 99, usually 50".into());
        }
        let program = voice.command.as_ref().and_then(|c| c.first()).is_some_and(|p| !p.trim().is_empty());
        let url = voice.url.as_deref().unwrap_or_default();
        let secure = url.starts_with("https://");
        match voice.engine {
            Engine::Endpoint if !secure && !url.starts_with("http://") => self.error(
                &format!("{path}.url"),
                "`engine: endpoint` needs an address: url: \"http://127.0.0.1:8880/v1/audio/speech\"".into(),
            ),
            Engine::Endpoint if !secure && voice.key_from.is_some() => self.warn(
                &format!("{path}.url"),
                "the key and all that is said travel unencrypted: use https:// unless the service runs on this machine".into(),
            ),
            Engine::Espeak | Engine::Command if voice.url.is_some() => self.warn(
                &format!("{path}.url"),
                "the address is not used: write `engine: endpoint` or take it away".into(),
            ),
            Engine::Command if !program => self.error(
                &format!("{path}.command"),
                "`engine: command` needs a program: command: [\"program\", \"argument\"]".into(),
            ),
            Engine::Espeak if voice.command.is_some() => self.warn(
                &format!("{path}.command"),
                "the command is not used: write `engine: command` or take it away".into(),
            ),
            _ => {}
        }
    }

    fn contrast(&mut self) {
        let t = &self.scene.theme;
        let pairs = [
            ("theme.text", "theme.panel", t.text, t.panel),
            ("theme.text", "theme.visitor", t.text, t.visitor),
            ("theme.muted_text", "theme.panel", t.muted_text, t.panel),
            ("theme.accent_text", "theme.accent", t.accent_text, t.accent),
            ("theme.warning", "theme.panel", t.warning, t.panel),
        ];
        for (path, under_path, text, under) in pairs {
            self.readable(path, under_path, text.contrast(under));
        }
        for (n, sign) in self.scene.signs.iter().enumerate() {
            let (path, under) = (format!("signs[{n}].text_colour"), format!("signs[{n}].colour"));
            self.readable(&path, &under, sign.text_colour.contrast(sign.colour));
        }
    }

    fn readable(&mut self, path: &str, under: &str, contrast: f32) {
        if contrast < CONTRAST_MIN {
            // Rounded down, so that 4.49 is not shown as 4.5.
            let shown = (contrast * 10.0).floor() / 10.0;
            self.error(
                path,
                format!("hard to read on `{under}`: contrast {shown:.1}:1, needed {CONTRAST_MIN}:1. Make one lighter or the other darker"),
            );
        }
    }

    fn timeouts(&mut self) {
        let t = self.scene.timeouts_secs;
        let all = [
            ("idle_warning", t.idle_warning),
            ("idle_reset", t.idle_reset),
            ("welcome", t.welcome),
            ("rating", t.rating),
            ("farewell", t.farewell),
            ("attract", t.attract),
            ("thinking_sentence", t.thinking_sentence),
            ("thinking_offer", t.thinking_offer),
        ];
        for (name, secs) in all {
            if secs == 0 || secs > 3600 {
                self.error(&format!("timeouts_secs.{name}"), format!("{secs} seconds: write 1 to 3600"));
            }
        }
        if t.thinking_offer <= t.thinking_sentence {
            self.error(
                "timeouts_secs.thinking_offer",
                "must come after `thinking_sentence`: make it larger".into(),
            );
        }
        if t.idle_warning <= t.thinking_offer {
            self.error(
                "timeouts_secs.idle_warning",
                "must come after `thinking_offer`: make it larger".into(),
            );
        }
        if (1..10).contains(&t.idle_reset) {
            self.warn(
                "timeouts_secs.idle_reset",
                "people need about 10 seconds to answer a warning: make it larger".into(),
            );
        }
    }

    fn place(&mut self) {
        self.view("camera.landscape", &self.scene.camera.landscape);
        self.view("camera.portrait", &self.scene.camera.portrait);
        self.light("lights.day", &self.scene.lights.day);
        if let Some(night) = &self.scene.lights.night {
            self.light("lights.night", night);
        }
        if let Some(picture) = &self.scene.backdrop.picture {
            self.file("backdrop.picture", picture);
        }
        for (n, prop) in self.scene.props.iter().enumerate() {
            let path = format!("props[{n}]");
            self.finite(&format!("{path}.position"), &prop.position);
            self.finite(&format!("{path}.rotation"), &prop.rotation);
            let sizes = match prop.shape {
                Shape::Box { size: [x, y, z], rounding } => {
                    if !(0.0..=x.min(y).min(z) / 2.0).contains(&rounding) {
                        self.error(
                            &format!("{path}.shape.rounding"),
                            "must be 0 to half of the smallest side".into(),
                        );
                    }
                    vec![x, y, z]
                }
                Shape::Plane { size } => size.to_vec(),
                Shape::Cylinder { radius, height } => vec![radius, height],
                Shape::Sphere { radius } => vec![radius],
            };
            self.positive(&format!("{path}.shape"), &sizes);
        }
        for (n, sign) in self.scene.signs.iter().enumerate() {
            let path = format!("signs[{n}]");
            if let Some(logo) = &sign.logo {
                self.file(&format!("{path}.logo"), logo);
            } else if sign.text == Localized::default() {
                self.warn(&path, "this sign is empty: give it a text or a logo".into());
            }
            self.finite(&format!("{path}.position"), &sign.position);
            self.finite(&format!("{path}.facing"), &[sign.facing]);
            self.positive(&format!("{path}.size"), &sign.size);
        }
    }

    fn view(&mut self, path: &str, view: &View) {
        self.finite(&format!("{path}.position"), &view.position);
        self.finite(&format!("{path}.look_at"), &view.look_at);
        if view.position == view.look_at {
            self.error(
                &format!("{path}.look_at"),
                "the camera cannot look at its own place: move one of the two".into(),
            );
        }
        if !(5.0..=120.0).contains(&view.fov) {
            self.error(
                &format!("{path}.fov"),
                "the field of view goes from 5 to 120 degrees, usually 30".into(),
            );
        }
    }

    fn light(&mut self, path: &str, light: &LightSet) {
        let direction = light.sun.direction;
        self.finite(&format!("{path}.sun.direction"), &direction);
        if direction == [0.0; 3] {
            self.error(
                &format!("{path}.sun.direction"),
                "(0, 0, 0) is no direction: try (-0.4, -1.0, -0.6)".into(),
            );
        }
        for (name, value) in [("sun", light.sun.intensity), ("ambient", light.ambient.intensity)] {
            if !(0.0..=20.0).contains(&value) {
                self.error(&format!("{path}.{name}.intensity"), "goes from 0 to 20, usually 1".into());
            }
        }
    }

    fn finite(&mut self, path: &str, values: &[f32]) {
        if !values.iter().all(|v| v.is_finite() && v.abs() <= 1000.0) {
            self.error(path, "further away than 1000 metres or no number: nobody would see it".into());
        }
    }

    fn positive(&mut self, path: &str, values: &[f32]) {
        if !values.iter().all(|v| *v > 0.0 && *v <= 1000.0) {
            self.error(path, "sizes are larger than 0 and at most 1000 metres".into());
        }
    }
}
