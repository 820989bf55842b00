//! Frames, as the relay and its clients decode them from a message; and what becomes of a command.

use std::fmt::Debug;
use std::path::Path;

use avatardesk::conversation::{
    Actor, ActorId, ActorKind, Channel, Cmid, Command, ConversationId, DeskId, Epoch, HandoffReason,
    Language, Outcome, State, Time, VisitorId, decide,
};
use avatardesk::protocol::{
    ClientFrame, ErrorCode, FRAME_MAX_BYTES, ServerFrame, VoiceFrame, decode, encode, hex,
};
use avatardesk::relay::RelayKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Law, hold, sentence};

/// The answer to a wrong frame, in bytes.
const ANSWER_MAX_BYTES: usize = 8_000;

pub fn check(data: &[u8], _: &Path) -> Law {
    voice(data)?;
    // A text message that is not UTF-8 ends the connection before anything is decoded.
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    read::<ServerFrame>(text)?;
    read::<ClientFrame>(text)?;
    match decode(text) {
        Ok(ClientFrame::Command { cmid, command, .. }) => decided(cmid, &command),
        Ok(ClientFrame::Prove { device, .. }) => hexadecimal(&device),
        Ok(ClientFrame::Sealed { conversation, cmid, sealed }) => {
            let key = RelayKey::passing().map_err(|e| e.to_string())?;
            let opened = key.open(conversation, cmid, &sealed);
            hold!(opened.is_err(), "a key that was just made opens {sealed}");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A binary message, as a frame of a person's voice.
fn voice(data: &[u8]) -> Law {
    match VoiceFrame::read(data) {
        Ok(frame) => speaks(data, &frame),
        Err(e) => sentence(&e.to_string()),
    }
}

/// A frame of a voice that was read from `data` is the same after it was written and read, and as long.
pub fn speaks(data: &[u8], frame: &VoiceFrame) -> Law {
    let written = frame.bytes();
    hold!(written.len() == data.len(), "{} bytes became {}", data.len(), written.len());
    let again = VoiceFrame::read(&written).map_err(|e| format!("what was written cannot be read: {e}"))?;
    hold!(again == *frame, "{frame:?} came back as {again:?}");
    Ok(())
}

/// What can be read can be written and read again; what cannot be is told in a sentence that fits into an answer.
fn read<F: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) -> Law {
    match decode::<F>(text) {
        Ok(frame) => returns(text, &frame),
        Err(e) => {
            sentence(&e.to_string())?;
            let answer =
                ServerFrame::Error { conversation: None, code: ErrorCode::BadFrame, text: e.to_string() };
            let written = encode(&answer).map_err(|e| format!("the answer cannot be sent: {e}"))?;
            hold!(written.len() <= ANSWER_MAX_BYTES, "an answer of {} bytes", written.len());
            Ok(())
        }
    }
}

/// A frame that was read from `text` is the same after it was written and read, and not much longer than it came.
pub fn returns<F: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str, frame: &F) -> Law {
    let written = match encode(frame) {
        Ok(written) => written,
        // Fields that were left out are written.
        Err(_) if text.len() > FRAME_MAX_BYTES / 2 => return Ok(()),
        Err(e) => return Err(format!("what was read cannot be written: {e}")),
    };
    hold!(written.len() <= 2 * text.len() + 200, "{} bytes became {}", text.len(), written.len());
    let again: F =
        decode(&written).map_err(|e| format!("what was written cannot be read: {e}: {written}"))?;
    hold!(again == *frame, "{frame:?} came back as {again:?}");
    Ok(())
}

/// Whoever gives a command to whatever conversation: the events follow each other and can be sent to everybody.
fn decided(cmid: Cmid, command: &Command) -> Law {
    let (conversation, epoch) = (ConversationId::new(Time(1), 1), Epoch::new(Time(1), 2));
    for state in conversations()? {
        for kind in KINDS {
            let actor = actor(kind)?;
            let events = match decide(&state, command.clone(), &actor, cmid, Time(9)) {
                Ok(events) => events,
                Err(refusal) => {
                    let told = refusal.to_string();
                    sentence(&told)?;
                    let (code, refusal) = (ErrorCode::Refused, Some(refusal));
                    let frame = ServerFrame::Refused { conversation, cmid, code, text: told, refusal };
                    let written = encode(&frame).map_err(|e| format!("a refusal cannot be sent: {e}"))?;
                    returns(&written, &frame)?;
                    continue;
                }
            };
            let mut after = state.clone();
            for event in events {
                hold!(event.seq == after.seq + 1, "{} comes after {}", event.seq, after.seq);
                after.apply(&event);
                let frame = ServerFrame::Event { conversation, epoch, event };
                let written = encode(&frame).map_err(|e| format!("an event cannot be sent: {e}"))?;
                returns(&written, &frame)?;
            }
        }
    }
    Ok(())
}

const KINDS: [ActorKind; 6] = [
    ActorKind::Visitor,
    ActorKind::Bot,
    ActorKind::Person,
    ActorKind::Supervisor,
    ActorKind::Host,
    ActorKind::System,
];

fn actor(kind: ActorKind) -> Result<Actor, String> {
    let id = format!("{kind:?}").parse::<ActorId>().map_err(|e| e.to_string())?;
    Ok(Actor { id, kind })
}

/// A conversation at each step of two stories: new, open, with a bot, waiting for a person, with a person; and with a
/// message, left, taken, closed.
fn conversations() -> Result<Vec<State>, String> {
    let open = Command::Open {
        desk: "help".parse::<DeskId>().map_err(|e| e.to_string())?,
        language: Language::En,
        channel: Channel::Kiosk,
        visitor: VisitorId::new(Time(1), 3),
    };
    let wanted = Command::RequestHandoff { reason: HandoffReason::Asked, summary: None };
    let close = || Command::Close { outcome: Outcome::Finished };
    let begun = [(ActorKind::Visitor, open), (ActorKind::Bot, Command::Claim), (ActorKind::Bot, wanted)];
    let mut states = told(State::default(), begun)?;
    let waiting = states.last().cloned().unwrap_or_default();
    states.extend(told(waiting.clone(), [(ActorKind::Person, Command::Claim)])?);
    states.extend(told(
        waiting,
        [
            (ActorKind::Visitor, Command::LeaveMessage { text: "call me".into() }),
            (ActorKind::Visitor, close()),
            (ActorKind::Person, Command::Claim),
            (ActorKind::Person, close()),
        ],
    )?);
    states.push(State::default());
    Ok(states)
}

/// The state after each command.
fn told<const N: usize>(mut state: State, story: [(ActorKind, Command); N]) -> Result<Vec<State>, String> {
    let mut states = Vec::with_capacity(N);
    for (kind, command) in story {
        let name = command.name();
        let events = decide(&state, command, &actor(kind)?, Cmid::new(Time(1), 4), Time(5));
        for event in events.map_err(|e| format!("{name} is refused: {e}"))? {
            state.apply(&event);
        }
        states.push(state.clone());
    }
    Ok(states)
}

fn hexadecimal(text: &str) -> Law {
    let Some(bytes) = hex::decode(text) else { return Ok(()) };
    hold!(hex::encode(&bytes) == text.to_ascii_lowercase(), "{text} is not what was written");
    Ok(())
}
