//! What the owner of a data directory does beside a running relay: status, backup, check, export, erase, log files.

use std::path::Path;
use std::process::Output;

use avatardesk::conversation::{Channel, Command, ConversationId, Language, Time, VisitorId};
use avatardesk::log::random_u128;
use avatardesk::protocol::Role;
use serde_json::Value;
use tokio::process::{Child, Command as Process};
use tokio::time::timeout;

use crate::crash::relay_process;
use crate::desk::{Peer, SOON, conversation, say};

/// Nothing that a visitor says may be in a file.
const PLANTED: &str = "zanzibar giraffe";

async fn run(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Process::new(env!("CARGO_BIN_EXE_avatardesk"));
    let output = command.args(arguments).arg("--data").arg(data).output();
    timeout(SOON, output).await.unwrap().unwrap()
}

async fn fine(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn visit(url: &str, kiosk: &str) -> (Peer, ConversationId, VisitorId) {
    let mut peer = Peer::connect(url, Role::Kiosk, kiosk);
    let id = conversation();
    let visitor = VisitorId::new(Time(1), random_u128().unwrap());
    let desk = "help".parse().unwrap();
    let open = Command::Open { desk, language: Language::En, channel: Channel::Kiosk, visitor };
    peer.done(id, open).await;
    peer.done(id, say(PLANTED)).await;
    (peer, id, visitor)
}

async fn kill(mut relay: Child) {
    relay.start_kill().unwrap();
    relay.wait().await.unwrap();
}

#[tokio::test]
async fn beside_a_running_relay_its_owner_looks_copies_and_forgets() {
    let tmp = tempfile::tempdir().unwrap();
    let data = tmp.path().join("data");
    let missing = run(&data, &["relay", "status"]).await;
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no relay runs"), "{missing:?}");
    let (relay, port) = relay_process(&data, "127.0.0.1:0").await;
    let url = format!("ws://127.0.0.1:{port}/ws");
    let (mut first, one, visitor) = visit(&url, "hall-1").await;
    let (_second, two, _) = visit(&url, "hall-2").await;

    let table = fine(&data, &["relay", "status"]).await;
    assert!(table.contains("hall-1") && table.contains("2 open") && table.contains("ready"), "{table}");
    let status: Value = serde_json::from_str(&fine(&data, &["relay", "status", "--json"]).await).unwrap();
    assert_eq!((&status["ready"], &status["clients"][1]["name"]), (&true.into(), &"hall-2".into()));

    let copy = tmp.path().join("copy.sqlite");
    let copy_name = copy.to_str().unwrap();
    // An open relay has no list of devices; as if it had been one that lets in enrolled devices only.
    std::fs::write(data.join("relay/devices.sqlite"), "").unwrap();
    let said = fine(&data, &["log", "backup", copy_name]).await;
    assert!(["master.key", "relay.key", "devices.sqlite"].iter().all(|file| said.contains(file)), "{said}");
    assert!(!said.contains("tls.pem"), "there is none: {said}");
    std::fs::remove_file(data.join("relay/devices.sqlite")).unwrap();
    let again = run(&data, &["log", "backup", copy_name]).await;
    assert!(String::from_utf8_lossy(&again.stderr).contains("--replace"), "{again:?}");
    fine(&data, &["log", "backup", copy_name, "--replace"]).await;
    assert!(
        fine(&data, &["log", "check"])
            .await
            .contains("2 conversations, 4 records, 2 bodies opened, 0 erased")
    );

    let all = lines(&fine(&data, &["log", "export"]).await);
    assert_eq!(all.len(), 4);
    assert_eq!((&all[1]["body"]["text"], &all[1]["seq"]), (&PLANTED.into(), &2.into()));
    let (id, after) = (one.to_string(), all[0]["position"].to_string());
    let some = fine(&data, &["log", "export", "--conversation", &id, "--after", &after]).await;
    assert_eq!(lines(&some), all[1..2]);

    // While the relay runs, and it notices.
    fine(&data, &["log", "erase", "--conversation", &id]).await;
    first.handle.follow(one).unwrap();
    let events = first.events_until(3).await;
    assert_eq!(events[2].fact.kind(), "erased");
    let erased = lines(&fine(&data, &["log", "export", "--conversation", &id]).await);
    assert_eq!((&erased[1]["body"]["type"], erased.len()), (&"erased".into(), 3));
    assert!(fine(&data, &["log", "check"]).await.contains("1 bodies opened, 1 erased"));
    let nobody = VisitorId::new(Time(9), 9).to_string();
    assert!(!run(&data, &["log", "erase", &nobody]).await.status.success());

    // The copy is older: it still has the words, until they are forgotten there, too.
    let kept = fine(&data, &["log", "export", "--file", copy_name, "--conversation", &id]).await;
    assert!(kept.contains(PLANTED));
    kill(relay).await;
    // Without a relay; and putting the older copy back does not bring the words back.
    std::fs::remove_file(data.join("relay/log.sqlite-wal")).ok();
    std::fs::remove_file(data.join("relay/log.sqlite-shm")).ok();
    std::fs::copy(&copy, data.join("relay/log.sqlite")).unwrap();
    let (relay, _) = relay_process(&data, "127.0.0.1:0").await;
    kill(relay).await;
    let put_back = lines(&fine(&data, &["log", "export", "--conversation", &id]).await);
    assert_eq!((&put_back[1]["body"]["type"], put_back.len()), (&"erased".into(), 2));
    assert!(fine(&data, &["log", "check"]).await.contains(" 0 fault"));
    fine(&data, &["log", "erase", &visitor.to_string(), "--file", copy_name]).await;
    let kept = fine(&data, &["log", "export", "--file", copy_name]).await;
    assert_eq!(kept.matches(PLANTED).count(), 1);
    fine(&data, &["log", "erase", "--conversation", &two.to_string()]).await;
    assert!(!fine(&data, &["log", "export"]).await.contains(PLANTED));
}

#[tokio::test]
async fn the_log_is_for_who_has_the_key() {
    let tmp = tempfile::tempdir().unwrap();
    let (relay, port) = relay_process(tmp.path(), "127.0.0.1:0").await;
    visit(&format!("ws://127.0.0.1:{port}/ws"), "hall-1").await;
    kill(relay).await;
    let key = tmp.path().join("relay/master.key");
    std::fs::rename(&key, tmp.path().join("elsewhere")).unwrap();
    let without = run(tmp.path(), &["log", "export"]).await;
    assert!(!without.status.success() && without.stdout.is_empty(), "{without:?}");
    assert!(String::from_utf8_lossy(&without.stderr).contains("master.key is missing"), "{without:?}");
    std::fs::write(&key, "0".repeat(64)).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let wrong = run(tmp.path(), &["log", "export"]).await;
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("is not the key"), "{wrong:?}");
}

#[tokio::test]
async fn a_newer_database_is_refused_in_words_by_every_command() {
    let tmp = tempfile::tempdir().unwrap();
    let (relay, _) = relay_process(tmp.path(), "127.0.0.1:0").await;
    kill(relay).await;
    let database = tmp.path().join("relay/log.sqlite");
    let copy = tmp.path().join("copy.sqlite");
    fine(tmp.path(), &["log", "backup", copy.to_str().unwrap()]).await;
    for file in ["relay/log.sqlite-wal", "relay/log.sqlite-shm"] {
        std::fs::remove_file(tmp.path().join(file)).ok();
    }
    // The version stands at byte 60 of an SQLite file.
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes[60..64].copy_from_slice(&99u32.to_be_bytes());
    std::fs::write(&database, bytes).unwrap();
    for command in [&["relay", "--listen", "127.0.0.1:0"][..], &["log", "check"], &["log", "export"]] {
        let output = run(tmp.path(), command).await;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains("newer avatardesk"), "{command:?}: {error}");
    }
}

#[tokio::test]
async fn the_log_files_name_the_conversation_and_hold_nothing_that_was_said() {
    let tmp = tempfile::tempdir().unwrap();
    let errors = tmp.path().join("stderr");
    let mut command = Process::new(env!("CARGO_BIN_EXE_avatardesk"));
    command.args(["relay", "--listen", "127.0.0.1:0", "-vv", "--data"]).arg(tmp.path());
    // Everything that anybody in the process wants to say.
    command.env("RUST_LOG", "trace").kill_on_drop(true);
    command.stdout(std::process::Stdio::null()).stderr(std::fs::File::create(&errors).unwrap());
    let relay = command.spawn().unwrap();
    let logs = tmp.path().join("logs/relay.log");
    let address = timeout(SOON, async {
        loop {
            let text = std::fs::read_to_string(&logs).unwrap_or_default();
            let line = text.lines().find(|l| l.contains("is listening")).map(str::to_owned);
            if let Some(line) = line {
                let line: Value = serde_json::from_str(&line).unwrap();
                break line["address"].as_str().unwrap().to_owned();
            }
            tokio::task::yield_now().await;
        }
    });
    let url = format!("ws://{}/ws", address.await.unwrap());
    let (mut kiosk, id, _) = visit(&url, "hall-1").await;
    kiosk
        .handle
        .signal(id, avatardesk::protocol::Signal::PartialTranscript { text: PLANTED.into() })
        .unwrap();
    assert!(kiosk.answer(id, Command::Note { text: PLANTED.into() }).await.is_err());
    kiosk.done(id, Command::Close { outcome: avatardesk::conversation::Outcome::Finished }).await;
    kill(relay).await;
    let text = std::fs::read_to_string(&logs).unwrap();
    let facts: Vec<Value> =
        lines(&text).into_iter().filter(|l| l["conversation"] == id.to_string()).collect();
    let named: Vec<_> = facts.iter().filter_map(|l| l["fact"].as_str()).collect();
    assert_eq!(named, ["opened", "closed"], "{text}");
    let errors = std::fs::read_to_string(&errors).unwrap();
    assert!(errors.contains(&id.to_string()), "{errors}");
    for words in PLANTED.split(' ') {
        assert!(!text.contains(words), "{words} is in {text}");
        assert!(!errors.contains(words), "{words} is in {errors}");
    }
}
