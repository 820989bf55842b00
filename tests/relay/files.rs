//! The limit on open files, which is lower than the connections that a relay allows.

use std::path::Path;
use std::process::Stdio;

use avatardesk::relay::Limits;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command as Process;
use tokio::time::timeout;

use crate::desk::SOON;

/// Starts a relay after `ulimit`. Gives its own limit on open files, and what it logs about it.
async fn started(data: &Path, ulimit: &str) -> (u64, String) {
    let script = format!("ulimit {ulimit} && exec \"$0\" relay --listen 127.0.0.1:0 --data \"$1\"");
    let mut relay = Process::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_avatardesk")])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(relay.stdout.take().unwrap()).lines();
    let first = timeout(SOON, lines.next_line()).await.unwrap().unwrap().expect("the relay starts");
    assert!(first.starts_with("listening on"), "{first}");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", relay.id().unwrap())).unwrap();
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let soft = soft.split_whitespace().next().unwrap().parse().unwrap();
    relay.kill().await.unwrap();
    (soft, std::fs::read_to_string(data.join("logs/relay.log")).unwrap())
}

#[tokio::test]
async fn the_limit_on_open_files_is_raised_or_said_to_be_too_low() {
    let needed = Limits::default().open_files();
    assert!(needed > 2_000);
    let tmp = tempfile::tempdir().unwrap();
    let (soft, log) = started(tmp.path(), "-Sn 256").await;
    assert_eq!(soft, needed);
    assert!(!log.contains("files open"), "{log}");
    let (soft, log) = started(tmp.path(), "-n 256").await;
    assert_eq!(soft, 256);
    assert!(log.contains(&format!("may have 256 files open, and needs {needed}")), "{log}");
}
