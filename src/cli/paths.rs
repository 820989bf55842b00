//! Where things lie on this machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::common::Common;

/// The directory with avatars, models, articles: named, or found beside the program, or in the source tree.
pub fn assets(common: &Common) -> Result<PathBuf> {
    if let Some(named) = &common.assets {
        if !named.is_dir() {
            bail!("{} is not a directory: `--assets` names the directory that holds avatars/ and knowledge/", named.display());
        }
        return Ok(named.clone());
    }
    let candidates = beside_program("assets");
    match candidates.iter().find(|dir| dir.join("knowledge").is_dir()) {
        Some(found) => Ok(found.clone()),
        None => bail!("no assets found; looked in {}. Name their directory with `--assets DIR`", list(&candidates)),
    }
}

/// The scene file: named, or the one that is shipped.
pub fn scene(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let candidates = beside_program("scenes/helpdesk.ron");
    match candidates.iter().find(|file| file.is_file()) {
        Some(found) => Ok(found.clone()),
        None => bail!("no scene found; looked for {}. Name one with `--scene FILE`", list(&candidates)),
    }
}

/// The directory for state; it is made when it is not there.
pub fn data(common: &Common) -> Result<PathBuf> {
    let dir = match &common.data {
        Some(named) => named.clone(),
        None => directories::ProjectDirs::from("", "", "avatardesk")
            .context("this user has no home directory: name a data directory with `--data DIR`")?
            .data_dir()
            .to_owned(),
    };
    std::fs::create_dir_all(&dir)
        .with_context(|| format!("cannot make the data directory {}: name another with `--data DIR`", dir.display()))?;
    Ok(dir)
}

/// Where fetched speech models are kept.
pub fn models(common: &Common) -> Result<PathBuf> {
    Ok(data(common)?.join("models"))
}

fn beside_program(what: &str) -> Vec<PathBuf> {
    let mut candidates = Vec::new();
    if let Ok(program) = std::env::current_exe().and_then(|p| p.canonicalize())
        && let Some(dir) = program.parent()
    {
        candidates.push(dir.join(what));
        candidates.push(dir.join("../share/avatardesk").join(what));
    }
    candidates.push(PathBuf::from(what));
    candidates.push(Path::new(env!("CARGO_MANIFEST_DIR")).join(what));
    candidates
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}
