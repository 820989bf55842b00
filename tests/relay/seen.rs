//! What the relay says about itself, and how it stops.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use avatardesk::client::ClientEvent;
use avatardesk::conversation::{AnswerId, Command, Time, Timings};
use avatardesk::log::{EventLog, MemoryLog};
use avatardesk::protocol::{ClientFrame, ErrorCode, Health, Role, ServerFrame};
use avatardesk::relay::Limits;
use tokio::time::Instant;

use crate::desk::{Peer, Running, conversation, open, say};
use crate::limits::{Raw, with};

const OPERATIONS: &str = include_str!("../../docs/operations.md");

/// The value of a series, when it is there.
fn value(figures: &str, series: &str) -> Option<f64> {
    figures.lines().find_map(|l| l.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn the_figures_show_what_happened() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "hall-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.done(visit, say("hello")).await;
    assert!(kiosk.answer(visit, Command::Claim).await.is_err());
    relay.until_ready(200).await;
    let (status, figures) = relay.get("/metrics").await;
    assert_eq!(status, 200);
    for (series, wanted) in [
        ("avatardesk_ready", 1.0),
        ("avatardesk_store_writable", 1.0),
        ("avatardesk_conversations_open", 1.0),
        (r#"avatardesk_connections{role="kiosk"}"#, 1.0),
        ("avatardesk_connections_opened_total", 1.0),
        (r#"avatardesk_commands_total{result="stored"}"#, 2.0),
        (r#"avatardesk_commands_total{result="refused"}"#, 1.0),
        ("avatardesk_append_seconds_count", 2.0),
        (r#"avatardesk_kiosk_up{kiosk="hall-1"}"#, 1.0),
        (r#"avatardesk_kiosk_healthy{kiosk="hall-1"}"#, 1.0),
        (r#"avatardesk_kiosk_last_visit_time_seconds{kiosk="hall-1"}"#, 1_700_000_000.0),
    ] {
        assert_eq!(value(&figures, series), Some(wanted), "{series} in\n{figures}");
    }
    assert!(value(&figures, "avatardesk_received_bytes_total").unwrap() > 100.0, "{figures}");
    assert!(value(&figures, "avatardesk_sent_frames_total").unwrap() >= 3.0, "{figures}");
    kiosk.handle.report(vec!["microphone".to_owned()]).unwrap();
    kiosk.done(visit, say("again")).await;
    let (_, figures) = relay.get("/metrics").await;
    assert_eq!(value(&figures, r#"avatardesk_kiosk_healthy{kiosk="hall-1"}"#), Some(0.0), "{figures}");
    drop(kiosk);
    relay.until_connected(0).await;
    let (_, figures) = relay.get("/metrics").await;
    assert_eq!(value(&figures, r#"avatardesk_kiosk_up{kiosk="hall-1"}"#), Some(0.0), "{figures}");
    assert!(figures.ends_with("# EOF\n"));
}

/// The kiosk has measured a turn.
fn measured() -> Command {
    let timings = Timings { endpoint: Some(200), first_sample_played: Some(700), ..Timings::default() };
    Command::Measure { answer: AnswerId::new(Time(1_700_000_000_000), 7), timings }
}

#[tokio::test]
async fn a_turn_is_counted_when_it_is_measured_and_not_when_it_is_read_again() {
    let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new());
    let played = r#"avatardesk_turn_seconds_count{stage="first_sample_played",by="voice"}"#;
    let visit = conversation();
    let relay = Running::start(Arc::clone(&log), Limits::default()).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "hall-1");
    kiosk.done(visit, open()).await;
    kiosk.done(visit, measured()).await;
    let (_, figures) = relay.get("/metrics").await;
    assert_eq!(value(&figures, played), Some(1.0), "{figures}");
    assert!(figures.contains("avatardesk_turn_seconds_sum{stage=\"first_sample_played\",by=\"voice\"} 0.7"));
    assert!(!figures.contains("stage=\"mouth\""), "what was not measured is not counted");
    drop(kiosk);
    relay.stop().await;
    let relay = Running::start(log, Limits::default()).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "hall-1");
    kiosk.done(visit, say("again")).await;
    let (_, figures) = relay.get("/metrics").await;
    assert_eq!(value(&figures, played), None, "counted again: {figures}");
}

#[tokio::test]
async fn the_figures_are_not_for_who_comes_through_a_proxy() {
    let relay = Running::in_memory().await;
    let names = ["X-Forwarded-For", "forwarded", "X-Real-IP", "Via"];
    for name in names {
        let (status, text) = relay.get_with("/metrics", &format!("{name}: 203.0.113.9\r\n")).await;
        assert_eq!((status, text.contains("avatardesk_")), (403, false), "{name}");
    }
    assert_eq!(relay.get_with("/metrics", "Accept: */*\r\n").await.0, 200);
    for name in names {
        assert!(OPERATIONS.contains(&format!("`{}`", name.to_lowercase())), "{name} is not in the documents");
    }
}

/// Every reason for which a client is not let in, as the source names them.
#[test]
fn the_reasons_for_not_letting_in_are_all_told() {
    let sources = [include_str!("../../src/relay/server.rs"), include_str!("../../src/relay/session.rs")];
    let row = OPERATIONS.lines().find(|l| l.contains("connections_refused_total")).unwrap();
    let mut found = 0;
    for source in sources {
        let calls = source.match_indices(".refused(").map(|(at, _)| source[at..].lines().next().unwrap());
        let codes = source.lines().filter(|l| l.contains("CloseCode::") && l.contains("=> \""));
        let rest = source.lines().filter(|l| l.trim_start().starts_with("_ => \""));
        for reason in calls.chain(codes).chain(rest).flat_map(|l| l.split('"').skip(1).step_by(2)) {
            found += 1;
            assert!(row.contains(&format!("`{reason}`")), "{reason} is not in {row}");
        }
    }
    assert_eq!(found, 7, "the search finds something else");
}

#[tokio::test]
async fn the_table_of_figures_is_complete() {
    let relay = Running::in_memory().await;
    // A figure with a label shows when something has happened.
    let mut gone = Raw::connect(&relay).await;
    gone.send(&ClientFrame::Watch).await;
    gone.closed().await;
    drop(Raw::hello(&relay, Role::Bot, "bot-1").await);
    relay.until_connected(0).await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "hall-1");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    kiosk.done(visit, measured()).await;
    let (_, figures) = relay.get("/metrics").await;
    let named = |line: &str| Some(line.strip_prefix("# TYPE ")?.split(' ').next()?.to_owned());
    let real: BTreeSet<String> = figures.lines().filter_map(named).collect();
    let cells = OPERATIONS.lines().filter_map(|l| l.strip_prefix("| `avatardesk_")?.split('`').next());
    let base = |name: &str| {
        let name = name.split('{').next().unwrap();
        format!("avatardesk_{}", name.strip_suffix("_total").or(name.strip_suffix("_info")).unwrap_or(name))
    };
    let told: BTreeSet<String> = cells.map(base).collect();
    assert!(real.len() > 15, "{figures}");
    assert_eq!(real, told, "docs/operations.md and /metrics differ");
}

#[tokio::test]
async fn health_holds_names_only() {
    let relay = Running::in_memory().await;
    let mut raw = Raw::hello(&relay, Role::Kiosk, "hall-1").await;
    let health = Health { program: "x".into(), missing: vec!["my name is Ann".into()] };
    raw.send(&ClientFrame::Health(health)).await;
    assert_eq!(raw.error().await, ErrorCode::BadFrame);
    assert!(!relay.get("/metrics").await.1.contains("Ann"));
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so() {
    let relay = Running::in_memory().await;
    assert_eq!(relay.get("/status").await.0, 404);
    // A second request needs a connection of its own: the first one was ended, or `get` would not have returned.
    assert_eq!(relay.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn a_relay_that_stops_says_when_to_return_and_clients_heed_it() {
    let limits = Limits {
        return_after: Duration::from_millis(700),
        return_gap: Duration::from_millis(400),
        ..Limits::default()
    };
    let relay = with(limits).await;
    let mut raw = Raw::hello(&relay, Role::Bot, "bot-1").await;
    let mut peer = Peer::connect(&relay.url, Role::Bot, "bot-2");
    peer.wait("connected", |e| matches!(e, ClientEvent::Connected).then_some(())).await;
    relay.until_connected(2).await;
    let begun = Instant::now();
    relay.stop().await;
    let told = loop {
        match raw.next().await {
            Ok(ServerFrame::Goodbye { after_ms, spread_ms }) => break (after_ms, spread_ms),
            Ok(_) => {}
            Err(code) => panic!("closed with {code} and no word about returning"),
        }
    };
    assert_eq!(told, (700, 800));
    assert_eq!(raw.closed().await, 4000);
    let pause = peer.wait("when it returns", |e| match e {
        ClientEvent::Disconnected { retry_in, .. } => Some(retry_in),
        _ => None,
    });
    let pause = pause.await;
    assert!((700..1_500).contains(&pause.as_millis()), "{pause:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "stopping took {:?}", begun.elapsed());
}

#[tokio::test]
async fn what_was_begun_is_acknowledged_before_the_end() {
    let relay = Running::in_memory().await;
    let mut raw = Raw::hello(&relay, Role::Kiosk, "kiosk-1").await;
    let visit = conversation();
    let cmid = avatardesk::conversation::Cmid::new(avatardesk::conversation::Time(1), 1);
    raw.send(&ClientFrame::Command { conversation: visit, cmid, command: open() }).await;
    while !matches!(raw.next().await.unwrap(), ServerFrame::Ack { .. }) {}
    relay.stop().await;
    let mut last = Vec::new();
    while let Ok(frame) = raw.next().await {
        last.push(frame);
    }
    assert!(matches!(last.last(), Some(ServerFrame::Goodbye { .. })), "{last:?}");
}
