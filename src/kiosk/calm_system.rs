//! Whether the person who set up this computer asked it for less motion. Systems keep that in different places; each is asked with
//! the program that comes with it.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that is waited for an answer: a kiosk must not start late over this.
const ANSWER_WITHIN: Duration = Duration::from_millis(400);
/// How often is looked whether there is one.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// The most of an answer that is read, in bytes.
const ANSWER_MAX: u64 = 4096;

/// Whether the system wants less motion; `None` where it does not say.
pub fn wants_calm() -> Option<bool> {
    if cfg!(target_os = "macos") {
        means(&ask("defaults", &["read", "com.apple.universalaccess", "reduceMotion"])?, "1", "0")
    } else if cfg!(windows) {
        let place = r"HKCU\Control Panel\Desktop\WindowMetrics";
        means(&ask("reg", &["query", place, "/v", "MinAnimate"])?, "0", "1")
    } else {
        means(
            &ask("gsettings", &["get", "org.gnome.desktop.interface", "enable-animations"])?,
            "false",
            "true",
        )
    }
}

/// The last word of an answer, as yes or no.
fn means(answer: &str, yes: &str, no: &str) -> Option<bool> {
    let word = answer.split_whitespace().last()?;
    if word == yes { Some(true) } else { (word == no).then_some(false) }
}

/// What a program writes, if it is there and ends in time.
fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(None) if begun.elapsed() < ANSWER_WITHIN => thread::sleep(LOOK_EVERY),
            _ => {
                // It may have ended by itself; then there is nothing to end.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
    let mut answer = String::new();
    child.stdout.take()?.take(ANSWER_MAX).read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_systems_are_understood() {
        assert_eq!(means("false\n", "false", "true"), Some(true));
        assert_eq!(means("true\n", "false", "true"), Some(false));
        assert_eq!(means("1\n", "1", "0"), Some(true));
        let registry =
            "HKEY_CURRENT_USER\\Control Panel\\Desktop\\WindowMetrics\n    MinAnimate    REG_SZ    0\n\n";
        assert_eq!(means(registry, "0", "1"), Some(true));
        assert_eq!(means("No such schema", "false", "true"), None);
        assert_eq!(means("", "1", "0"), None);
    }

    #[test]
    fn what_is_not_there_or_does_not_answer_says_nothing() {
        assert_eq!(ask("avatardesk-no-such-program", &[]), None);
        if cfg!(unix) {
            assert_eq!(ask("echo", &["false"]).as_deref(), Some("false\n"));
            assert_eq!(ask("sh", &["-c", "exit 3"]), None);
            let begun = Instant::now();
            assert_eq!(ask("sleep", &["20"]), None);
            assert!(begun.elapsed() < Duration::from_secs(10));
        }
    }
}
