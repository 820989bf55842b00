//! The JSON Schema of every frame, made from the types: `docs/protocol.schema.json` must be what comes out.

use std::borrow::Cow;
use std::path::Path;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{ClientFrame, FRAME_MAX_BYTES, ServerFrame};
use crate::access::InviteCode;
use crate::conversation::{ActorId, AnswerId, Cmid, ConversationId, DeskId, Epoch, VisitorId};

/// Set it to write the file anew instead of comparing.
const WRITE: &str = "AVATARDESK_WRITE_SCHEMA";
const FILE: &str = "docs/protocol.schema.json";
/// Crockford's base 32, 128 bits.
const ULID: &str = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$";
const NAME: &str = "^[a-zA-Z0-9_.-]{1,64}$";

macro_rules! texts {
    ($($name:ident: $pattern:ident, $says:literal;)*) => {
        $(impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $says })
            }
        })*
    };
}

texts! {
    ConversationId: ULID, "One visit. A ULID, made by the kiosk.";
    Cmid: ULID, "The client's id of one command. A ULID.";
    AnswerId: ULID, "One answer, which may be said in several parts. A ULID.";
    VisitorId: ULID, "The pseudonym of a visitor. A ULID.";
    Epoch: ULID, "Made with a conversation's log. A ULID.";
    DeskId: NAME, "A desk, as named in the scene file.";
    InviteCode: NAME, "A one-time code of an invitation, as `relay invite` prints it.";
    ActorId: NAME, "Who acts: a kiosk, an agent, the relay itself.";
}

fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let client = generator.subschema_for::<ClientFrame>();
    let server = generator.subschema_for::<ServerFrame>();
    let definitions = generator.take_definitions(true);
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A frame of the avatardesk protocol, version 1",
        "description": format!(
            "One text message of the WebSocket, at most {FRAME_MAX_BYTES} bytes: see protocol.md. Unknown fields and \
             unknown types of frames are allowed and mean that the other side is newer."
        ),
        "anyOf": [client, server],
        "$defs": definitions,
    })
}

#[test]
fn the_schema_in_docs_is_what_the_types_say() {
    let (made, path) = (document(), Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE));
    if std::env::var_os(WRITE).is_some() {
        let text = serde_json::to_string_pretty(&made).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
    }
    let kept: Value = serde_json::from_slice(&std::fs::read(&path).unwrap_or_default()).unwrap_or_default();
    assert!(
        kept == made,
        "{FILE} is not what the types say: run `{WRITE}=1 cargo test --no-default-features --features schema --lib schema` and look \
         at the difference"
    );
}

#[test]
fn every_frame_is_in_the_schema() {
    let document = document();
    for name in
        ["ClientFrame", "ServerFrame", "Command", "Signal", "Fact", "Body", "LobbyEntry", "ConversationId"]
    {
        assert!(document.pointer(&format!("/$defs/{name}")).is_some(), "{name} is missing");
    }
    assert!(!document.to_string().contains("\"unknown\""), "a placeholder for what is not known is no frame");
}
