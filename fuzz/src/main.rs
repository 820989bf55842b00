//! The fuzzer: libFuzzer around one of the targets. `scripts/fuzz` builds and starts it; see `docs/fuzzing.md`.
//!
//! `FUZZ_TARGET` names the target; with `FUZZ_SEEDS=FOLDER` the first inputs of all targets are written there, and nothing
//! else happens. All other options are libFuzzer's.

#![no_main]

mod checks;
mod planted;
mod seeds;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use checks::{Check, TARGETS};
use libfuzzer_sys::fuzz_target;
use planted::PLANTED;

/// The folder of the program's own files.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The target, and a folder for files that it needs.
static CHOSEN: OnceLock<(Check, PathBuf)> = OnceLock::new();

fuzz_target!(init: prepare(), |data: &[u8]| {
    if let Some((check, folder)) = CHOSEN.get()
        && let Err(broken) = check(data, folder)
    {
        panic!("{broken}");
    }
});

fn prepare() {
    if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
        let written = seeds::write(Path::new(&folder));
        end(written.map_err(|e| format!("the seeds cannot be written: {e}")));
    }
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let Some((_, check)) = TARGETS.iter().chain(&PLANTED).find(|(known, _)| *known == name) else {
        let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
        end(Err(format!("FUZZ_TARGET is `{name}`; there are: {}", names.join(" "))));
    };
    let folder = std::env::temp_dir().join(format!("avatardesk-fuzz-{}", std::process::id()));
    CHOSEN.get_or_init(|| (*check, folder));
}

fn end(done: Result<(), String>) -> ! {
    if let Err(why) = &done {
        eprintln!("error: {why}");
    }
    std::process::exit(i32::from(done.is_err()));
}
