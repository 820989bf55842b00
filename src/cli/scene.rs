//! `avatardesk scene check`: is a scene file right, and does everything it names exist?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::common::{Common, read_text};
use crate::scene::{self, Finding, Severity};
use crate::vrm;

#[derive(Debug, Args)]
pub struct Scene {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check a scene file [default: the one that would be used]
    Check { file: Option<PathBuf> },
}

impl Scene {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let What::Check { file } = &self.what;
        let settings = common.settings()?;
        let path = file.clone().unwrap_or_else(|| settings.scene.clone());
        let text = read_text(&path, "avatardesk scene check FILE")?;
        let parsed = scene::parse(&text).with_context(|| path.display().to_string())?;
        let mut findings = scene::check(&parsed, |name| settings.assets.join(name).exists());
        if findings.iter().all(|f| f.severity < Severity::Error) {
            findings.extend(clips(&parsed, &settings.assets));
            findings.extend(logos(&parsed, &settings.assets));
        }
        for finding in &findings {
            println!("{finding}");
        }
        let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
        println!(
            "{}: {} desk(s), {errors} error(s), {} warning(s)",
            path.display(),
            parsed.desks.len(),
            findings.len() - errors
        );
        Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Whether the recorded movements that are there can be used.
fn clips(scene: &scene::Scene, assets: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (n, desk) in scene.desks.iter().enumerate() {
        for (name, file) in &desk.gestures {
            let read = std::fs::read(assets.join(file)).map_err(|why| why.to_string());
            let used = read.and_then(|bytes| vrm::recording(&bytes).map_err(|why| why.to_string()));
            if let Err(why) = used {
                let path = format!("desks[{n}].gestures.{name}");
                findings.push(Finding {
                    severity: Severity::Error,
                    path,
                    sentence: format!("`{file}`: {why}"),
                });
            }
        }
    }
    findings
}

/// The largest side of a logo, in pixels: more is not seen, and fills the memory of the graphics card.
const LOGO_MAX_PIXELS: u32 = 2048;

/// Whether the logos that are there can be shown.
fn logos(scene: &scene::Scene, assets: &Path) -> Vec<Finding> {
    let signs = scene.signs.iter().enumerate();
    let named = signs.filter_map(|(n, sign)| Some((n, sign.logo.as_ref()?)));
    let faults = named.filter_map(|(n, file)| {
        let read = std::fs::read(assets.join(file)).map_err(|why| format!("cannot be read: {why}"));
        let why = match read.map(|bytes| vrm::picture_size(&bytes)) {
            Err(why) => why,
            Ok(None) => "is no PNG or JPEG picture: export it as one (an SVG drawing, too)".to_owned(),
            Ok(Some((width, height))) if width.max(height) > LOGO_MAX_PIXELS => {
                format!("has {width}×{height} pixels: make it no larger than {LOGO_MAX_PIXELS} a side")
            }
            Ok(Some(_)) => return None,
        };
        Some(Finding {
            severity: Severity::Error,
            path: format!("signs[{n}].logo"),
            sentence: format!("`{file}` {why}"),
        })
    });
    faults.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_that_cannot_be_shown_is_told() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let mut scene = scene::parse(include_str!("../../scenes/helpdesk.ron")).unwrap();
        assert!(scene.signs[0].logo.is_some());
        assert_eq!(logos(&scene, &assets), []);
        for (file, said) in [("texts/en.ftl", "export it"), ("nowhere.png", "cannot be read")] {
            scene.signs[0].logo = Some(file.into());
            let found = logos(&scene, &assets);
            assert_eq!(found.len(), 1);
            assert!(found[0].sentence.contains(said) && found[0].sentence.contains(file), "{found:?}");
        }
    }
}
