//! Every example of `docs/protocol.md` is a frame, and every kind of frame, command and signal has an example.

use std::collections::BTreeSet;

use avatardesk::access::{Act, Role, Rule, TABLE};
use avatardesk::protocol::{ClientFrame, ServerFrame, decode};
use serde_json::Value;

const TEXT: &str = include_str!("../../docs/protocol.md");

pub fn examples(mark: &str) -> Vec<&'static str> {
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
    let frames =
        "hello prove watch health follow unfollow received seen command sealed signal announce decline";
    assert_eq!(names(&client, "/type"), list(frames));
    let commands = "open consent choose_language say spoken measure request_handoff claim release need transfer \
                    leave_message note tag open_case rate close erase";
    assert_eq!(names(&client, "/command/do"), list(commands));
    let signals = "typing partial_transcript avatar expression gesture interrupt";
    assert_eq!(names(&client, "/signal/signal"), list(signals));
    assert!(names(&server, "/signal/signal").contains("queue"));
    let frames = "challenge welcome ack refused replay event signal delivered seen lobby offer withdrawn agents heartbeat \
                  goodbye error";
    assert_eq!(names(&server, "/type"), list(frames));
    let fences = TEXT.matches("```json").count();
    assert_eq!(fences, client.len() + server.len(), "a block without a mark");
}

/// The table of the roles as it must be in the text.
fn table() -> String {
    let row = |first: String, cells: Vec<&str>| format!("| {first} | {} |\n", cells.join(" | "));
    let mut text = row(String::new(), Role::ALL.map(Role::name).to_vec()).replacen("|  |", "| |", 1);
    text += "|---|---|---|---|---|---|---|\n";
    for (act, rules) in TABLE {
        let cells = rules.map(|rule| match rule {
            Rule::Never => "–",
            Rule::Anywhere => "yes",
            Rule::New => "new",
            Rule::Desk => "desk",
            Rule::Member => "member",
            Rule::Pilot => "pilot",
        });
        text += &row(format!("`{}`", act.name()), cells.to_vec());
    }
    text
}

#[test]
fn the_table_of_the_roles_is_the_one_that_the_relay_reads() {
    let table = table();
    assert!(TEXT.contains(&table), "put this into docs/protocol.md:\n{table}");
    assert_eq!(table.lines().count(), 2 + Act::ALL.len());
}

#[test]
fn a_field_that_no_frame_has_is_noticed() {
    let example = r#"{"type":"unfollow","conversation":"01HF7YAT00000000000000001A","colour":"red"}"#;
    let frame: ClientFrame = decode(example).unwrap();
    let (before, after) = (serde_json::from_str(example).unwrap(), serde_json::to_value(frame).unwrap());
    assert!(!within(&before, &after));
}
