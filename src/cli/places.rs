//! Where things lie: assets, scenes and settings of a program that was installed, unpacked, or built here.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The settings file that is read when it is in the current folder and no other is named.
const SETTINGS_HERE: &str = "avatardesk.toml";
/// The one that an installed program reads when there is none in the current folder.
const SETTINGS_OF_MACHINE: &str = "/etc/avatardesk/avatardesk.toml";
/// The folder of an installed program, beside the one with the program itself.
const SHARE: &str = "share/avatardesk";

/// What is looked for, which flag names another, and how to know it.
pub struct Sought {
    pub what: &'static str,
    pub flag: &'static str,
    pub fits: fn(&Path) -> bool,
}

/// The folder of assets.
pub const ASSETS: Sought =
    Sought { what: "assets", flag: "--assets DIR", fits: |dir| dir.join("knowledge").is_dir() };
/// The scene file.
pub const SCENE: Sought =
    Sought { what: "scenes/helpdesk.ron", flag: "--scene FILE", fits: |file| file.is_file() };

/// Where something is: beside the program, where an installed program has it, in the current folder, or where the
/// program was built.
pub fn find(sought: &Sought) -> Result<PathBuf> {
    let candidates = candidates(program().as_deref(), sought.what);
    if let Some(found) = candidates.iter().find(|path| (sought.fits)(path)) {
        return Ok(found.clone());
    }
    let looked = candidates.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
    bail!("`{}` is not there; looked for {looked}. Name it with `{}`", sought.what, sought.flag)
}

/// The settings file that is read when none is named, if there is one.
pub fn settings_file() -> Option<PathBuf> {
    let here = Path::new(SETTINGS_HERE);
    if here.is_file() {
        return Some(here.to_owned());
    }
    let of_machine = Path::new(SETTINGS_OF_MACHINE);
    (is_installed(program().as_deref()) && of_machine.is_file()).then(|| of_machine.to_owned())
}

fn program() -> Option<PathBuf> {
    std::env::current_exe().and_then(|path| path.canonicalize()).ok()
}

fn candidates(program: Option<&Path>, what: &str) -> Vec<PathBuf> {
    let beside = program.and_then(Path::parent).map(|dir| dir.join(what));
    let shared = program.and_then(share).map(|dir| dir.join(what));
    let here = PathBuf::from(what);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(what);
    [beside, shared, Some(here), Some(built)].into_iter().flatten().collect()
}

/// `/usr/share/avatardesk` for `/usr/bin/avatardesk`.
fn share(program: &Path) -> Option<PathBuf> {
    program.parent()?.parent().map(|prefix| prefix.join(SHARE))
}

/// Whether the program lies where a package or an archive puts it. Only such a one reads the machine's settings: what is
/// built and tested in a checkout must not depend on what is installed beside it.
fn is_installed(program: Option<&Path>) -> bool {
    program.and_then(share).is_some_and(|dir| dir.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_program_finds_its_own_before_those_of_the_current_folder() {
        let all = candidates(Some(Path::new("/usr/bin/avatardesk")), "assets");
        let wanted = ["/usr/bin/assets", "/usr/share/avatardesk/assets", "assets"];
        assert!(all.iter().map(PathBuf::as_path).take(3).eq(wanted.iter().map(Path::new)), "{all:?}");
        assert_eq!(all.len(), 4);
        assert_eq!(candidates(None, "assets").len(), 2);
    }

    #[test]
    fn a_program_is_installed_when_its_share_is_there() {
        let prefix = tempfile::tempdir().unwrap();
        let program = prefix.path().join("bin/avatardesk");
        assert!(!is_installed(Some(&program)) && !is_installed(None));
        std::fs::create_dir_all(prefix.path().join(SHARE)).unwrap();
        assert!(is_installed(Some(&program)));
        // This test's own program is not installed, so it reads no settings of the machine.
        assert!(!is_installed(super::program().as_deref()));
    }

    #[test]
    fn what_is_not_there_is_said_with_the_flag_that_names_it() {
        let nothing = Sought { what: "nothing/here", flag: "--nothing DIR", fits: |path| path.is_dir() };
        let error = find(&nothing).unwrap_err().to_string();
        assert!(error.contains("`--nothing DIR`") && error.contains("nothing/here, "), "{error}");
        assert!(find(&ASSETS).is_ok() && find(&SCENE).is_ok());
    }
}
