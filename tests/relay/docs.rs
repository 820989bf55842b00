//! Every example of `docs/protocol.md` is a frame, and every kind of frame, command and signal has an example.

use std::collections::BTreeSet;

use avatardesk::protocol::{ClientFrame, ServerFrame, decode};
use serde_json::Value;

const TEXT: &str = include_str!("../../docs/protocol.md");

fn examples(mark: &str) -> Vec<&'static str> {
    let fence = format!("```json {mark}\n");
    let blocks = TEXT.split(fence.as_str()).skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap()).collect()
}

/// Whether `example` is part of `whole`: a frame that we make has all that the example has.
fn within(example: &Value, whole: &Value) -> bool {
    match (example, whole) {
        (Value::Object(example), Value::Object(whole)) => {
            example.iter().all(|(key, value)| whole.get(key).is_some_and(|w| within(value, w)))
        }
        (Value::Array(example), Value::Array(whole)) => {
            example.len() == whole.len() && example.iter().zip(whole).all(|(e, w)| within(e, w))
        }
        // A confidence has single precision.
        (Value::Number(e), Value::Number(w)) => (e.as_f64().unwrap() - w.as_f64().unwrap()).abs() < 1e-6,
        _ => example == whole,
    }
}

fn check(example: &str, frame: impl serde::Serialize) {
    let (before, after) = (serde_json::from_str(example).unwrap(), serde_json::to_value(frame).unwrap());
    assert!(within(&before, &after), "a field is not known: {before} became {after}");
}

fn names(examples: &[&str], pointer: &str) -> BTreeSet<String> {
    let values = examples.iter().map(|e| serde_json::from_str::<Value>(e).unwrap());
    values.filter_map(|v| Some(v.pointer(pointer)?.as_str()?.to_owned())).collect()
}

fn list(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_example_is_a_frame() {
    let (client, server) = (examples("client"), examples("server"));
    for example in &client {
        let frame: ClientFrame = decode(example).unwrap_or_else(|e| panic!("{e}: {example}"));
        assert_ne!(frame, ClientFrame::Unknown, "{example}");
        check(example, frame);
    }
    for example in &server {
        let frame: ServerFrame = decode(example).unwrap_or_else(|e| panic!("{e}: {example}"));
        assert_ne!(frame, ServerFrame::Unknown, "{example}");
        check(example, frame);
    }
    let frames = "hello watch health follow unfollow received command sealed signal";
    assert_eq!(names(&client, "/type"), list(frames));
    let commands = "open consent choose_language say spoken measure request_handoff claim release note tag open_case \
                    rate close erase";
    assert_eq!(names(&client, "/command/do"), list(commands));
    let signals = "typing partial_transcript avatar expression gesture interrupt";
    assert_eq!(names(&client, "/signal/signal"), list(signals));
    let frames = "welcome ack refused replay event signal delivered lobby heartbeat goodbye error";
    assert_eq!(names(&server, "/type"), list(frames));
    let fences = TEXT.matches("```json").count();
    assert_eq!(fences, client.len() + server.len(), "a block without a mark");
}

#[test]
fn a_field_that_no_frame_has_is_noticed() {
    let example = r#"{"type":"unfollow","conversation":"01HF7YAT00000000000000001A","colour":"red"}"#;
    let frame: ClientFrame = decode(example).unwrap();
    let (before, after) = (serde_json::from_str(example).unwrap(), serde_json::to_value(frame).unwrap());
    assert!(!within(&before, &after));
}
