//! Stories told by the real processes, without a picture: the relay is killed, a person takes over, a secret is kept.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn tell(story: &str, out: &Path) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avatardesk"));
    command.args(["demo", "--headless", "--undrawn", "--offline", "--story"]);
    command.arg(format!("tests/data/stories/{story}.ron")).arg("--out").arg(out);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, said)
}

#[test]
fn a_story_in_which_the_relay_is_killed_ends_with_every_word_in_the_log_and_no_secret() {
    let out = tempfile::tempdir().unwrap();
    let (output, said) = tell("short", out.path());
    assert!(output.status.success(), "{output:?}");
    let last = said.lines().last().unwrap();
    // Of two questions that a bot finds when it is back, it answers the newer one.
    let whole = ["9", "10"].map(|n| format!("as it should be: {n} said, each once and in order in the log"));
    assert!(whole.iter().any(|whole| last.starts_with(whole)), "{said}");
    assert!(last.contains("6 words of a secret in none of "), "{said}");
    // It was told: both pilots, the warning, the words that were said while there was no relay.
    for line in [
        "     bot: Tap exit",
        "   kiosk: Let me stop you there",
        " visitor: my seed phrase is [seed phrase removed]",
        "   kiosk: Ann, a person, is with you now.",
        "  person: Your wallet is safe.",
    ] {
        assert!(said.contains(line), "`{line}` is not in {said}");
    }
    // What was searched is what the parts have written: the log, its keys, outboxes, log files, what they said on the way.
    let run = out.path().join("run-1");
    for file in [
        "relay/log.sqlite",
        "outbox-kiosk-kiosk.sqlite",
        "logs/relay.log",
        "logs/kiosk.log",
        "console-screen.txt",
    ] {
        assert!(std::fs::metadata(run.join(file)).is_ok_and(|meta| meta.len() > 0), "{file} is not there");
    }
}

#[test]
fn a_secret_that_nothing_masks_is_found_in_the_log_and_in_the_files() {
    let out = tempfile::tempdir().unwrap();
    let (output, said) = tell("unmasked", out.path());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    for part in ["of the log holds 2 word(s)", "transcript.json holds 2 word(s)", "were on the screen"] {
        assert!(said.contains(part), "`{part}` is not in {said}, {output:?}");
    }
    assert!(said.lines().last().unwrap().starts_with("NOT AS IT SHOULD BE"), "{said}");
}

#[test]
fn a_story_that_cannot_be_read_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("story.ron");
    std::fs::write(&file, "(version: 1, steps: [\n  dance,\n])").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_avatardesk"));
    command.args(["demo", "--headless", "--undrawn", "--story"]).arg(&file).arg("--data").arg(dir.path());
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("story.ron") && error.contains("line 2"), "{error}");
}
