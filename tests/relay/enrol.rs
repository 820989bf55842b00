//! Who is let in: invites, proofs, revocation, TLS, origins.

use std::sync::Arc;
use std::time::{Duration, Instant};

use avatardesk::access::{Binding, InviteCode, Role};
use avatardesk::client::{
    ClientConfig, ClientEvent, DeviceKey, Identity, IdentityError, MemoryOutbox, SqliteOutbox, Waiting,
};
use avatardesk::conversation::{Cmid, Command, Time};
use avatardesk::log::MemoryLog;
use avatardesk::protocol::{ClientFrame, CloseCode, ServerFrame, Signal};
use avatardesk::relay::{
    Access, Certificate, Devices, INVITE_LIFE_MS, Origins, Relay, RelayKey, ServeError, SystemClock,
    TRIES_MAX, serve,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::desk::{Peer, Running, conversation, open, say, words};
use crate::enrolled::{Enrolled, Socket, prove, prove_bound};

async fn enrol(relay: &Enrolled, scheme: &str, role: Role, id: &str) -> Peer {
    let identity = Identity::enrol(&relay.url(scheme), role, &relay.invite(role, id, &[])).await.unwrap();
    assert_eq!((identity.role, identity.id.as_str()), (role, id));
    peer(&relay.url(scheme), &identity)
}

fn peer(url: &str, identity: &Identity) -> Peer {
    Peer::start(ClientConfig::enrolled(url, identity), Box::new(MemoryOutbox::new()))
}

async fn fatal(peer: &mut Peer) -> String {
    peer.wait("the end", |e| match e {
        ClientEvent::Fatal { sentence } => Some(sentence),
        _ => None,
    })
    .await
}

async fn connected(peer: &mut Peer) {
    peer.wait("connected", |e| matches!(e, ClientEvent::Connected).then_some(())).await;
}

#[tokio::test]
async fn enrolled_devices_talk_over_tls() {
    let relay = Enrolled::secure().await;
    let mut kiosk = enrol(&relay, "wss", Role::Kiosk, "kiosk-1").await;
    let mut agent = enrol(&relay, "wss", Role::Agent, "agent-1").await;
    let visit = conversation();
    kiosk.handle.follow(visit).unwrap();
    kiosk.done(visit, open()).await;
    kiosk.done(visit, say("where is my wallet?")).await;
    agent.handle.follow(visit).unwrap();
    agent.done(visit, Command::Claim).await;
    agent.done(visit, say("in the menu")).await;
    let heard = kiosk.events_until(4).await;
    let last = heard.last().unwrap();
    assert_eq!((words(last), last.actor.id.as_str()), (Some("in the menu"), "agent-1"));
    drop(agent);
    relay.relay.stop().await;
}

#[tokio::test]
async fn a_relay_without_tls_on_this_machine_may_want_enrolment_too() {
    let relay = Enrolled::plain().await;
    let mut kiosk = enrol(&relay, "ws", Role::Kiosk, "kiosk-1").await;
    kiosk.done(conversation(), open()).await;
    // An invite says where the device is to go.
    assert_eq!(relay.elsewhere().port().unwrap(), Some(relay.relay.port));
}

#[tokio::test]
async fn whoever_is_not_enrolled_stays_out_and_is_told_how_to_come_in() {
    let relay = Enrolled::plain().await;
    let mut stranger = Peer::connect(&relay.url("ws"), Role::Kiosk, "kiosk-1");
    assert!(fatal(&mut stranger).await.contains("--invite"));
    // With a key that nobody knows.
    let key = DeviceKey::new().unwrap();
    let mut socket = Socket::open(&relay).await;
    let challenge = socket.hello(Role::Host, "root").await;
    socket.send(&prove(&key, Role::Host, &challenge, None)).await;
    assert_eq!(socket.closed().await, CloseCode::NotEnrolled as u16);
    // Anything else instead of a proof.
    let mut socket = Socket::open(&relay).await;
    socket.hello(Role::Host, "root").await;
    socket.send(&ClientFrame::Watch).await;
    assert_eq!(socket.closed().await, CloseCode::NoHello as u16);
}

#[tokio::test]
async fn a_code_is_good_once_and_not_for_long() {
    let relay = Enrolled::plain().await;
    let url = relay.url("ws");
    let code = relay.invite(Role::Bot, "bot-1", &[]);
    Identity::enrol(&url, Role::Bot, &code).await.unwrap();
    let again = Identity::enrol(&url, Role::Bot, &code).await.unwrap_err();
    assert!(matches!(again, IdentityError::Refused(_)), "{again}");
    let code = relay.invite(Role::Bot, "bot-2", &[]);
    let other = Identity::enrol(&url, Role::Supervisor, &code).await.unwrap_err();
    assert_eq!(other.to_string(), again.to_string(), "a wrong role and a wrong code look the same");
    relay.relay.clock.advance_ms(INVITE_LIFE_MS);
    let late = Identity::enrol(&url, Role::Bot, &code).await.unwrap_err();
    assert_eq!(late.to_string(), again.to_string());
}

#[tokio::test]
async fn an_enrolled_device_keeps_what_is_said_before_its_first_connection() {
    let relay = Enrolled::secure().await;
    let code = relay.invite(Role::Kiosk, "hall", &[]);
    let identity = Identity::enrol(&relay.url("wss"), Role::Kiosk, &code).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("outbox.sqlite");
    let start = |url: &str| {
        let config = ClientConfig::enrolled(url, &identity);
        let mut outbox = SqliteOutbox::open(&file).unwrap();
        outbox.begin_with(config.seal_to.as_deref().unwrap()).unwrap();
        Peer::start(config, Box::new(outbox))
    };
    // Nobody listens there.
    let away = start("wss://127.0.0.1:1/ws");
    let visit = conversation();
    away.handle.command(visit, open()).await.unwrap();
    away.handle.command(visit, say("where is my wallet?")).await.unwrap();
    assert_eq!(away.handle.waiting().await.unwrap(), Waiting { all: 2, unkept: 0 });
    drop(away);
    crate::rounds::wait_until_free(&file).await;
    let mut kiosk = start(&relay.url("wss"));
    kiosk.handle.follow(visit).unwrap();
    let events = kiosk.events_until(2).await;
    assert_eq!(events.iter().filter_map(words).collect::<Vec<_>>(), ["where is my wallet?"]);
}

#[tokio::test]
async fn codes_cannot_be_tried_out() {
    let relay = Enrolled::plain().await;
    let (url, code) = (relay.url("ws"), relay.invite(Role::Bot, "bot-1", &[]));
    for n in 0..TRIES_MAX {
        let wrong = InviteCode::new([u8::try_from(n).unwrap(); 10], None);
        Identity::enrol(&url, Role::Bot, &wrong).await.unwrap_err();
    }
    // Now not even the right one is looked at.
    Identity::enrol(&url, Role::Bot, &code).await.unwrap_err();
    relay.relay.clock.advance_ms(INVITE_LIFE_MS);
    let code = relay.invite(Role::Bot, "bot-1", &[]);
    Identity::enrol(&url, Role::Bot, &code).await.unwrap();
}

#[tokio::test]
async fn a_proof_is_good_for_one_connection() {
    let relay = Enrolled::plain().await;
    let bot = relay.device(Role::Bot, "bot-1", &[]);
    let mut socket = Socket::open(&relay).await;
    let challenge = socket.hello(bot.role, "bot").await;
    let proof = prove(&bot.key, bot.role, &challenge, None);
    socket.send(&proof).await;
    assert!(matches!(socket.next().await, Ok(ServerFrame::Welcome { .. })));
    // Overheard and sent again.
    let mut socket = Socket::open(&relay).await;
    let other = socket.hello(bot.role, "bot").await;
    assert_ne!(other, challenge);
    socket.send(&proof).await;
    assert_eq!(socket.closed().await, CloseCode::NotEnrolled as u16);
    // Asked for by another relay, or for another role.
    for change in ["relay", "role"] {
        let mut socket = Socket::open(&relay).await;
        let mut challenge = socket.hello(bot.role, "bot").await;
        let mut role = bot.role;
        match &mut challenge {
            ServerFrame::Challenge { relay, .. } if change == "relay" => *relay = "00".repeat(32),
            _ => role = Role::Host,
        }
        socket.send(&prove(&bot.key, role, &challenge, None)).await;
        assert_eq!(socket.closed().await, CloseCode::NotEnrolled as u16, "{change}");
    }
}

#[tokio::test]
async fn a_proof_is_good_for_one_tls_connection() {
    let relay = Enrolled::secure().await;
    let bot = relay.device(Role::Bot, "bot-1", &[]);
    let mut socket = Socket::open_secure(&relay).await;
    let challenge = socket.hello(bot.role, "bot").await;
    assert!(matches!(challenge, ServerFrame::Challenge { bound: true, .. }));
    // Signed over another connection, as somebody in between would pass it on: here over none at all.
    socket.send(&prove(&bot.key, bot.role, &challenge, None)).await;
    assert_eq!(socket.closed().await, CloseCode::NotEnrolled as u16);
}

#[tokio::test]
async fn a_proof_may_be_bound_to_the_certificate_but_to_no_other_than_this_relays() {
    let (relay, between) = (Enrolled::secure().await, Enrolled::secure().await);
    let fingerprint = |relay: &Enrolled| Certificate::own(relay.dir.path()).unwrap().fingerprint();
    let (own, other) = (fingerprint(&relay), fingerprint(&between));
    let (bot, code) = (DeviceKey::new().unwrap(), relay.invite(Role::Bot, "bot-1", &[]));
    for (binding, lets_in) in [
        // What somebody in between, who has met the device with their own certificate, could pass on.
        (Binding::Certificate(&other), false),
        // Another kind of proof with the same bytes.
        (Binding::Exporter(&own), false),
        (Binding::Certificate(&own), true),
    ] {
        let mut socket = Socket::open_secure(&relay).await;
        let challenge = socket.hello(Role::Bot, "bot").await;
        let proof = prove_bound(&bot, Role::Bot, &challenge, Some(code.clone()), Some(binding));
        socket.send(&proof).await;
        match socket.next().await {
            Ok(ServerFrame::Welcome { you: Some(you), .. }) => assert!(lets_in && you.id.as_str() == "bot-1"),
            Err(code) => assert!(!lets_in && code == CloseCode::NotEnrolled as u16, "{binding:?}: {code}"),
            other => panic!("{binding:?}: {other:?}"),
        }
    }
    // Where another program ends the TLS there is nothing to bind to.
    let plain = Enrolled::plain().await;
    let device = plain.device(Role::Bot, "bot-1", &[]);
    let mut socket = Socket::open(&plain).await;
    let challenge = socket.hello(Role::Bot, "bot").await;
    let binding = Some(Binding::Certificate(&own));
    socket.send(&prove_bound(&device.key, Role::Bot, &challenge, None, binding)).await;
    assert_eq!(socket.closed().await, CloseCode::NotEnrolled as u16);
}

#[tokio::test]
async fn a_revoked_device_is_cut_off_at_once() {
    let relay = Enrolled::plain().await;
    let url = relay.url("ws");
    let identity = Identity::enrol(&url, Role::Agent, &relay.invite(Role::Agent, "ann", &[])).await.unwrap();
    let (mut ann, mut bot) = (peer(&url, &identity), enrol(&relay, "ws", Role::Bot, "bot-1").await);
    connected(&mut ann).await;
    connected(&mut bot).await;
    // As another process does it.
    relay.elsewhere().revoke(&identity.id, relay.now()).unwrap();
    let begun = Instant::now();
    assert!(fatal(&mut ann).await.contains("revoked"));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(fatal(&mut peer(&url, &identity)).await.contains("revoked"));
    // The others notice nothing.
    let mut kiosk = enrol(&relay, "ws", Role::Kiosk, "kiosk-1").await;
    let visit = conversation();
    kiosk.done(visit, open()).await;
    bot.done(visit, Command::Claim).await;
}

#[tokio::test]
async fn another_certificate_is_noticed() {
    let (ours, other) = (Enrolled::secure().await, Enrolled::secure().await);
    let code = ours.invite(Role::Bot, "bot-1", &[]);
    let wrong = Identity::enrol(&other.url("wss"), Role::Bot, &code).await.unwrap_err().to_string();
    assert!(wrong.contains("not the one that this device was enrolled with"), "{wrong}");
    let identity = Identity::enrol(&ours.url("wss"), Role::Bot, &code).await.unwrap();
    let mut bot = peer(&other.url("wss"), &identity);
    let why = |e| match e {
        ClientEvent::Disconnected { why, .. } => Some(why),
        _ => None,
    };
    let why = bot.wait("a reason", why).await;
    assert!(why.contains("not the one that this device was enrolled with"), "{why}");
    // Without TLS it does not go there at all.
    assert!(fatal(&mut peer(&other.url("ws"), &identity)).await.contains("wss://"));
    // A certificate that nobody has signed, and no code that says which it is.
    let mut stranger = Peer::connect(&ours.url("wss"), Role::Bot, "bot");
    let why = stranger
        .wait("a reason", |e| match e {
            ClientEvent::Disconnected { why, .. } => Some(why),
            _ => None,
        })
        .await;
    assert!(why.contains("cannot be trusted") && why.contains("invite"), "{why}");
}

#[tokio::test]
async fn other_addresses_need_enrolment_and_tls() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = Certificate::own(dir.path()).unwrap();
    let relay = || {
        let log = Arc::new(MemoryLog::new());
        Relay::new(log, Arc::new(SystemClock), RelayKey::passing().unwrap())
    };
    let devices = || Arc::new(Devices::open(dir.path()).unwrap());
    let enrolled = || Access::Enrolled(devices());
    let any = || TcpListener::bind("0.0.0.0:0");
    for half in [relay(), relay().with_tls(certificate.clone()), relay().with_access(enrolled())] {
        let refused = serve(any().await.unwrap(), half, std::future::pending()).await.unwrap_err();
        assert!(matches!(refused, ServeError::NotLoopback(_)), "{refused}");
    }
    let both = relay().with_tls(certificate).with_access(enrolled());
    serve(any().await.unwrap(), both, std::future::ready(())).await.unwrap();
}

#[tokio::test]
async fn pages_of_listed_sites_may_connect() {
    let log = Arc::new(MemoryLog::new());
    let origins = Origins::new(&["https://desk.example".to_owned()]).unwrap();
    let relay = Running::start_as(log, Default::default(), 0, |relay| relay.with_origins(origins)).await;
    for (origin, status) in [("https://desk.example", "101"), ("https://evil.example", "403")] {
        assert_eq!(upgrade(&relay, &format!("Origin: {origin}\r\n")).await, status, "{origin}");
    }
}

/// The status of the answer to who asks for a WebSocket with these headers.
async fn upgrade(relay: &Running, headers: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", relay.port)).await.unwrap();
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{headers}\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

#[tokio::test]
async fn nobody_comes_to_an_open_relay_through_a_proxy() {
    let (open, enrolled) = (Running::in_memory().await, Enrolled::plain().await);
    assert_eq!(upgrade(&open, "").await, "101");
    for name in ["X-Forwarded-For", "forwarded", "X-Real-IP", "Via"] {
        let header = format!("{name}: 203.0.113.9\r\n");
        assert_eq!(upgrade(&open, &header).await, "403", "{name}");
        let (status, text) = open.get_with("/ws", &header).await;
        assert!(status == 403 && text.contains("--enrol --no-tls"), "{text}");
        assert_eq!(upgrade(&enrolled.relay, &header).await, "101", "who must prove who they are may come so");
    }
}

#[tokio::test]
async fn agents_see_the_visitors_of_their_desks() {
    let relay = Enrolled::plain().await;
    let (help, tickets) =
        (relay.device(Role::Kiosk, "help-1", &["help"]), relay.device(Role::Kiosk, "t-1", &["t"]));
    let mut kiosk = help.connect(&relay).await;
    let visit = conversation();
    let opened = ClientFrame::Command { conversation: visit, cmid: cmid(1), command: open() };
    kiosk.send(&opened).await;
    assert!(kiosk.until(ack).await);
    // A kiosk opens at its own desk only.
    let mut other = tickets.connect(&relay).await;
    other.send(&ClientFrame::Command { conversation: conversation(), cmid: cmid(2), command: open() }).await;
    assert!(!other.until(ack).await);
    for (id, desks, sees) in [("ann", &["help"][..], true), ("bob", &["t"][..], false), ("cy", &[][..], true)]
    {
        let mut agent = relay.device(Role::Agent, id, desks).connect(&relay).await;
        agent.send(&ClientFrame::Watch).await;
        let entries = agent
            .until(|frame| match frame {
                ServerFrame::Lobby { entries } => Some(entries.len()),
                _ => None,
            })
            .await;
        assert_eq!(entries == 1, sees, "{id}");
    }
}

#[tokio::test]
async fn when_a_person_takes_a_visitor_the_other_persons_hear_no_more() {
    let relay = Running::in_memory().await;
    let mut kiosk = Peer::connect(&relay.url, Role::Kiosk, "kiosk-1");
    let mut ann = Peer::connect(&relay.url, Role::Agent, "ann");
    let mut bob = Peer::connect(&relay.url, Role::Agent, "bob");
    let mut boss = Peer::connect(&relay.url, Role::Supervisor, "boss");
    let visit = conversation();
    kiosk.done(visit, open()).await;
    for peer in [&mut ann, &mut bob, &mut boss] {
        peer.handle.follow(visit).unwrap();
        peer.events_until(1).await;
    }
    ann.done(visit, Command::Claim).await;
    // That somebody else has the visitor now is the last that bob is told.
    assert_eq!(bob.event().await.seq, 2);
    kiosk.done(visit, say("for ann only")).await;
    assert_eq!(words(&boss.events_until(3).await[1]), Some("for ann only"));
    bob.handle.signal(visit, Signal::Typing { on: true }).unwrap();
    let refused = bob.answer(visit, Command::Note { text: "x".into() }).await.unwrap_err();
    assert!(refused.contains("no such conversation"), "{refused}");
    assert!(bob.answer(visit, Command::Claim).await.unwrap_err().contains("already serving"));
    let heard = |e| match e {
        ClientEvent::Event { event, .. } => Some(event.seq),
        _ => None,
    };
    // When she lets go, he may see it again, from where he was.
    ann.done(visit, Command::Release { to_bot: false }).await;
    bob.handle.follow(visit).unwrap();
    assert_eq!(bob.wait("the next event", heard).await, 3);
}

fn cmid(n: u128) -> Cmid {
    Cmid::new(Time(1), n)
}

fn ack(frame: &ServerFrame) -> Option<bool> {
    match frame {
        ServerFrame::Ack { .. } => Some(true),
        ServerFrame::Refused { .. } => Some(false),
        _ => None,
    }
}

#[test]
fn secrets_of_frames_are_masked() {
    let code = InviteCode::new([0x5a; 10], Some(&[1; 32]));
    let invite = Some(code.clone());
    let frame = ClientFrame::Prove { device: "00".into(), signature: "00".into(), invite };
    let printed = format!("{frame:?}");
    assert!(printed.contains("MASKED") && !printed.contains(&*code.expose()), "{printed}");
}

/// Waits until the figures of the kiosk `hall` are these.
async fn until_hall_is(relay: &Enrolled, up: Option<&str>) {
    let line = |page: &str| {
        let found = page.lines().find_map(|l| l.strip_prefix(r#"avatardesk_kiosk_up{kiosk="hall"} "#));
        found.map(str::to_owned)
    };
    let reached = async {
        while line(&relay.relay.get("/metrics").await.1).as_deref() != up {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::desk::SOON, reached).await.unwrap_or_else(|_| panic!("never {up:?}"));
}

#[tokio::test]
async fn an_enrolled_kiosk_that_does_not_come_is_missed() {
    let relay = Enrolled::plain().await;
    let hall = relay.device(Role::Kiosk, "hall", &[]);
    until_hall_is(&relay, Some("0")).await;
    // Connected, it has not said yet how it is.
    let socket = hall.connect(&relay).await;
    until_hall_is(&relay, None).await;
    drop(socket);
    until_hall_is(&relay, Some("0")).await;
    relay.elsewhere().revoke(&hall.id, relay.now()).unwrap();
    until_hall_is(&relay, None).await;
}
