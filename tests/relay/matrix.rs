//! The role matrix: every role tries everything everywhere, against a real relay. What must come of it follows from
//! the table that the relay itself reads, and is worked out here a second time; that the table is right is checked
//! beside it and in `docs.rs`.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use avatardesk::access::{Act, Policy, Role, Rule, Standing, Verdict, rule};
use avatardesk::conversation::{
    AnswerId, CaseKind, Channel, Cmid, Command, ConversationId, HandoffReason, Language, Outcome, Refusal,
    Target, Time, Timings, VisitorId,
};
use avatardesk::log::random_u128;
use avatardesk::performance::{Expression, Gesture};
use avatardesk::protocol::{
    AvatarState, ClientFrame, ErrorCode, ServerFrame, Signal, VoiceFrame, VoiceHead, encode, hex,
};
use avatardesk::routing::{CAPACITY_MAX, Profile};
use crypto_box::{PublicKey, aead::OsRng};

use crate::desk::{conversation, say};
use crate::enrolled::{Enrolled, Socket};

/// In every text that is sent; it must not be in the log.
const SECRET: &str = "hunter2";

/// Where a role tries something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// No such conversation.
    Nowhere,
    /// Of another kiosk; at a desk that the agent does not serve.
    Outside,
    /// Of the kiosk; at a desk of the agent. Another person serves it.
    Taken,
    /// Of the kiosk; at a desk of the agent. Nobody serves it.
    Inside,
    /// The agent itself serves it.
    Piloted,
}

const PLACES: [Place; 5] = [Place::Nowhere, Place::Outside, Place::Taken, Place::Inside, Place::Piloted];

/// Where this role stands there, written by hand: `None` when it cannot be there.
fn standing(role: Role, place: Place) -> Option<Standing> {
    match (place, role) {
        (Place::Nowhere, _) => Some(Standing::Nowhere),
        (Place::Outside, _) => Some(Standing::Outside),
        (Place::Taken, Role::Agent) => Some(Standing::Beside),
        (Place::Taken | Place::Inside, _) => Some(Standing::Member),
        (Place::Piloted, Role::Agent | Role::Supervisor | Role::Bot) => Some(Standing::Pilot),
        (Place::Piloted, _) => None,
    }
}

fn is_signal_or_received(act: Act) -> bool {
    matches!(act, Act::Received | Act::Seen) || act >= Act::Typing
}

/// What must come of it. Not asked of the relay's own judge: one that lets everybody pass must not be believed.
fn expected(role: Role, act: Act, standing: Standing) -> Verdict {
    let verdict = match (rule(role, act), standing) {
        (Rule::Never, _) => Verdict::NotAllowed,
        (Rule::Anywhere, _) => Verdict::Passes,
        (Rule::New, Standing::Outside | Standing::Beside) => Verdict::Hidden,
        (Rule::New, _) => Verdict::Passes,
        (_, Standing::Nowhere | Standing::Outside) => Verdict::Hidden,
        (Rule::Member, Standing::Beside) => Verdict::Hidden,
        (Rule::Pilot, Standing::Beside | Standing::Member) => Verdict::NotPilot,
        (Rule::Desk | Rule::Member | Rule::Pilot, _) => Verdict::Passes,
    };
    match verdict {
        // Signals and receipts are for those who follow, and these cannot.
        Verdict::Passes | Verdict::NotPilot if is_signal_or_received(act) && standing < Standing::Member => {
            Verdict::Hidden
        }
        verdict => verdict,
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    /// Done.
    Done,
    /// The rules of the conversation say no, whoever asks.
    Ruled,
    NotPilot,
    Refused(ErrorCode, String),
}

impl Seen {
    /// An answer that says no. About a signal there is no `refusal`, so its sentence must be the one.
    fn no(code: ErrorCode, text: &str, refusal: Option<Refusal>, is_command: bool) -> Self {
        let not_pilot = match is_command {
            true => refusal == Some(Refusal::NotPilot),
            false => text == Refusal::NotPilot.to_string(),
        };
        match code {
            ErrorCode::Refused if not_pilot => Self::NotPilot,
            ErrorCode::Refused => Self::Ruled,
            code => Self::Refused(code, text.to_owned()),
        }
    }

    fn is(&self, verdict: Verdict) -> bool {
        match self {
            Self::Done | Self::Ruled => verdict == Verdict::Passes,
            Self::NotPilot => verdict == Verdict::NotPilot,
            Self::Refused(ErrorCode::NotAllowed, _) => verdict == Verdict::NotAllowed,
            Self::Refused(ErrorCode::NoConversation, _) => verdict == Verdict::Hidden,
            Self::Refused(..) => false,
        }
    }
}

fn command(act: Act, role: Role) -> Option<Command> {
    let answer = AnswerId::new(Time(1), random_u128().unwrap());
    let text = || SECRET.to_owned();
    Some(match act {
        Act::Open => open_at("help", role),
        Act::Consent => Command::Consent { voice: true, recording: false },
        Act::ChooseLanguage => Command::ChooseLanguage { language: Language::Zh },
        Act::Say => say(SECRET),
        Act::Spoken => Command::Spoken { answer, part: 0, chars: 1, interrupted: false },
        Act::Measure => Command::Measure { answer, timings: Timings::default() },
        Act::RequestHandoff => {
            Command::RequestHandoff { reason: HandoffReason::Asked, summary: Some(text()) }
        }
        Act::Claim => Command::Claim,
        Act::Release => Command::Release { to_bot: false },
        Act::Need => Command::Need { skills: vec!["tickets".to_owned()] },
        Act::Transfer => {
            let to = Target::Queue { desk: None, skills: Vec::new() };
            Command::Transfer { to, note: Some(text()) }
        }
        Act::LeaveMessage => Command::LeaveMessage { text: text() },
        Act::Note => Command::Note { text: text() },
        Act::Tag => Command::Tag { tag: text() },
        Act::OpenCase => Command::OpenCase { case: CaseKind::Problem },
        Act::Rate => Command::Rate { stars: Some(5), resolved: None, comment: Some(text()) },
        Act::Close => Command::Close { outcome: Outcome::Finished },
        Act::Erase => Command::Erase,
        _ => return None,
    })
}

fn open_at(desk: &str, role: Role) -> Command {
    Command::Open {
        desk: desk.parse().unwrap(),
        language: Language::En,
        channel: if role == Role::Web { Channel::Web } else { Channel::Kiosk },
        visitor: VisitorId::new(Time(1), random_u128().unwrap()),
    }
}

fn signal(act: Act) -> Option<Signal> {
    Some(match act {
        Act::Typing => Signal::Typing { on: true },
        Act::PartialTranscript => Signal::PartialTranscript { text: SECRET.to_owned() },
        Act::Avatar => Signal::Avatar { state: AvatarState::Idle },
        Act::Expression => Signal::Expression { expression: Expression::Happy },
        Act::Gesture => Signal::Gesture { gesture: Gesture::Wave },
        Act::Interrupt => Signal::Interrupt { answer: AnswerId::new(Time(1), 1) },
        _ => return None,
    })
}

/// A frame of a voice; there is no other kind of frame that is not text.
fn voice(conversation: ConversationId) -> VoiceFrame {
    let head = VoiceHead { conversation, stream: 1, seq: 0, time_ms: 0, first: true, last: false };
    VoiceFrame { head, sound: SECRET.into() }
}

fn frame(act: Act, role: Role, conversation: ConversationId) -> ClientFrame {
    if let Some(command) = command(act, role) {
        return ClientFrame::Command { conversation, cmid: cmid(), command };
    }
    if let Some(signal) = signal(act) {
        return ClientFrame::Signal { conversation, signal };
    }
    match act {
        Act::Watch => ClientFrame::Watch,
        Act::Announce => ClientFrame::Announce(Profile::available(CAPACITY_MAX)),
        Act::Decline => ClientFrame::Decline { conversation },
        Act::Follow => ClientFrame::Follow { conversation, epoch: None, after_seq: 0 },
        Act::Received => ClientFrame::Received { conversation, seq: 1 },
        Act::Seen => ClientFrame::Seen { conversation, seq: 1 },
        _ => panic!("nothing tries {act:?}"),
    }
}

fn cmid() -> Cmid {
    Cmid::new(Time(1), random_u128().unwrap())
}

/// A command as it comes from an outbox on a disk.
fn sealed(frame: &ClientFrame, key: &str) -> ClientFrame {
    let ClientFrame::Command { conversation, cmid, .. } = frame else { panic!("{frame:?}") };
    let key = PublicKey::from_slice(&hex::decode(key).unwrap()).unwrap();
    let sealed = hex::encode(&key.seal(&mut OsRng, encode(frame).unwrap().as_bytes()).unwrap());
    ClientFrame::Sealed { conversation: *conversation, cmid: *cmid, sealed }
}

/// Sends a frame and a fence behind it, and says what came of the frame.
async fn attempt(socket: &mut Socket, frame: &ClientFrame, about: ConversationId) -> Seen {
    socket.send(frame).await;
    let is_command = matches!(frame, ClientFrame::Command { .. } | ClientFrame::Sealed { .. });
    outcome(socket, is_command, about).await
}

/// Sends a fence and says what came of what was sent before it.
async fn outcome(socket: &mut Socket, is_command: bool, about: ConversationId) -> Seen {
    socket.text(r#"{"type":"fence"}"#.to_owned()).await;
    let (mut seen, mut fenced) = (None, false);
    while !fenced || is_command && seen.is_none() {
        match socket.next().await.expect("still connected") {
            ServerFrame::Ack { conversation, .. } if conversation == about => seen = Some(Seen::Done),
            ServerFrame::Refused { conversation, code, text, refusal, .. } if conversation == about => {
                seen = Some(Seen::no(code, &text, refusal, true));
            }
            ServerFrame::Error { code: ErrorCode::UnknownFrame, .. } => fenced = true,
            ServerFrame::Error { conversation, code, text } if conversation.is_none_or(|c| c == about) => {
                // What comes later is about something that this has caused.
                seen.get_or_insert(Seen::no(code, &text, None, false));
            }
            _ => {}
        }
    }
    seen.unwrap_or(Seen::Done)
}

async fn must(socket: &mut Socket, conversation: ConversationId, command: Command) {
    let frame = ClientFrame::Command { conversation, cmid: cmid(), command };
    socket.send(&frame).await;
    let done = socket
        .until(|frame| match frame {
            ServerFrame::Ack { conversation: c, .. } if *c == conversation => Some(true),
            ServerFrame::Refused { conversation: c, .. } if *c == conversation => Some(false),
            _ => None,
        })
        .await;
    assert!(done, "the scene could not be set");
}

/// The log lines of this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

/// Tries everything. Gives how much that was, and what was wrong.
async fn violations(policy: Policy) -> (usize, Vec<String>) {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // The relay runs on this thread, too.
    let _logging = tracing::subscriber::set_default(subscriber);

    let relay = Enrolled::start(false, policy).await;
    let hall = relay.device(Role::Kiosk, "hall", &[]);
    let ann = relay.device(Role::Agent, "ann", &[]);
    let (mut hall, mut ann) = (hall.connect(&relay).await, ann.connect(&relay).await);
    let key = seal_to(&relay).await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for role in Role::ALL {
        let subject = relay.device(role, &format!("subject-{role}"), &["help"]);
        let mut unknown: BTreeMap<Act, Seen> = BTreeMap::new();
        for place in PLACES {
            let Some(standing) = standing(role, place) else { continue };
            let mut socket = subject.connect(&relay).await;
            for &act in Act::ALL {
                for seal in [false, true] {
                    if seal && (place != Place::Outside || command(act, role).is_none()) {
                        continue;
                    }
                    let about = scene(role, place, &mut socket, &mut hall, &mut ann).await;
                    if is_signal_or_received(act) && standing >= Standing::Member {
                        let follow = ClientFrame::Follow { conversation: about, epoch: None, after_seq: 0 };
                        attempt(&mut socket, &follow, about).await;
                    }
                    lines.take();
                    let seen = if act == Act::Voice {
                        socket.voice(&voice(about)).await;
                        outcome(&mut socket, false, about).await
                    } else {
                        let frame = frame(act, role, about);
                        let frame = if seal { sealed(&frame, &key) } else { frame };
                        attempt(&mut socket, &frame, about).await
                    };
                    let logged = lines.take();
                    tried += 1;
                    let verdict = expected(role, act, standing);
                    let mut complain = |what: String| {
                        wrong.push(format!("{role} {} {place:?} sealed={seal}: {what}", act.name()));
                    };
                    if !seen.is(verdict) {
                        complain(format!("{seen:?} instead of {verdict:?}"));
                    }
                    if place == Place::Nowhere {
                        unknown.insert(act, seen.clone());
                    } else if verdict == Verdict::Hidden
                        && rule(role, act) != Rule::New
                        && unknown.get(&act) != Some(&seen)
                    {
                        complain(format!("{seen:?} says that there is something"));
                    }
                    let id = about.to_string();
                    let name = format!("act=\"{}\"", act.name());
                    let count = logged
                        .lines()
                        .filter(|l| l.contains("refused") && l.contains(&name))
                        .filter(|l| matches!(act, Act::Watch | Act::Announce) || l.contains(&id))
                        .count();
                    if count != usize::from(verdict != Verdict::Passes) {
                        complain(format!("logged {count} times: {logged}"));
                    }
                    if logged.contains(SECRET) {
                        complain(format!("the log says what was said: {logged}"));
                    }
                }
            }
        }
    }
    (tried, wrong)
}

/// The relay's key, as `welcome` says it.
async fn seal_to(relay: &Enrolled) -> String {
    let mut socket = Socket::open(relay).await;
    match socket.hello(Role::Bot, "whoever").await {
        ServerFrame::Challenge { relay, .. } => relay,
        other => panic!("{other:?}"),
    }
}

/// A new conversation in which the role is at this place.
async fn scene(
    role: Role,
    place: Place,
    subject: &mut Socket,
    hall: &mut Socket,
    ann: &mut Socket,
) -> ConversationId {
    let about = conversation();
    let visitor = matches!(role, Role::Kiosk | Role::Web);
    match place {
        Place::Nowhere => return about,
        Place::Outside if visitor => must(hall, about, open_at("help", Role::Kiosk)).await,
        Place::Outside => must(hall, about, open_at("other", Role::Kiosk)).await,
        _ if visitor => must(subject, about, open_at("help", role)).await,
        _ => must(hall, about, open_at("help", Role::Kiosk)).await,
    }
    match place {
        Place::Taken => must(ann, about, Command::Claim).await,
        Place::Piloted => must(subject, about, Command::Claim).await,
        _ => {}
    }
    about
}

#[tokio::test]
async fn every_role_may_do_what_the_table_says_and_nothing_else() {
    let (tried, wrong) = violations(rule).await;
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    // 31 acts at 4 places for each role, at a fifth for three of them, and 18 sealed.
    assert_eq!(tried, 31 * (4 * 6 + 3) + 18 * 6);
}

#[tokio::test]
async fn the_matrix_notices_a_relay_that_does_not_check() {
    let (_, wrong) = violations(|_, _| Rule::Anywhere).await;
    for what in [
        "kiosk watch",
        "kiosk follow Outside",
        "agent note Outside",
        "agent follow Taken",
        "bot claim Outside",
    ] {
        assert!(wrong.iter().any(|w| w.starts_with(what)), "not noticed: {what}\n{}", wrong.join("\n"));
    }
}

#[tokio::test]
async fn the_matrix_notices_a_relay_that_looks_before_it_checks_the_role() {
    let (_, wrong) = violations(|role, act| match rule(role, act) {
        // What is none of one's business is looked up before the role.
        Rule::Never => Rule::Member,
        other => other,
    })
    .await;
    assert!(wrong.iter().any(|w| w.starts_with("host note Outside")), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_matrix_notices_a_relay_that_lets_others_than_the_pilot_drive() {
    let (_, wrong) = violations(|role, act| match rule(role, act) {
        Rule::Pilot => Rule::Member,
        other => other,
    })
    .await;
    for (what, how) in [
        // Nobody else would say no.
        ("agent signal expression Inside", "Done instead of NotPilot"),
        ("supervisor signal gesture Taken", "Done instead of NotPilot"),
        ("bot signal interrupt Inside", "Done instead of NotPilot"),
        ("supervisor voice Taken", "Done instead of NotPilot"),
        // The rules of the conversation still say no, but nothing tells the host.
        ("agent say Inside", "logged 0 times"),
        ("bot close Taken", "logged 0 times"),
        ("agent release Taken", "instead of NotPilot"),
    ] {
        let noticed = wrong.iter().any(|w| w.starts_with(what) && w.contains(how));
        assert!(noticed, "not noticed: {what}\n{}", wrong.join("\n"));
    }
    // Who is the pilot may do all of it.
    assert!(!wrong.iter().any(|w| w.contains("Piloted")), "{}", wrong.join("\n"));
}

#[test]
fn what_is_done_is_not_taken_for_a_refusal() {
    let not_pilot = |refusal, is_command| {
        let text = Refusal::NotPilot.to_string();
        Seen::no(ErrorCode::Refused, &text, refusal, is_command)
    };
    assert!(not_pilot(Some(Refusal::NotPilot), true).is(Verdict::NotPilot));
    assert!(!not_pilot(None, true).is(Verdict::NotPilot), "a command must name the rule");
    assert!(not_pilot(None, false).is(Verdict::NotPilot));
    for seen in [Seen::Done, Seen::Ruled] {
        assert!(seen.is(Verdict::Passes) && !seen.is(Verdict::NotPilot) && !seen.is(Verdict::NotAllowed));
    }
}
