//! socket.io's protocol (version 5, over engine.io's version 4), as its own client speaks it over a WebSocket.
//!
//! See socket.io's `docs/socket.io-protocol` and `docs/engine.io-protocol`: a text message is one packet; its first letter says
//! what engine.io should do with it (`0` open, `2` ping, `3` pong, `4` message), the second what socket.io should.

use std::collections::VecDeque;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::client::{Heard, Protocol};
use super::pair::{Side, Who};

/// One client of the socket.io server.
pub struct SocketIo {
    side: Side,
    name: String,
    conversation: String,
    text: String,
    /// The newest message that has come, by its number in the database.
    after: u64,
    /// For socket.io's own recovery: the session, and the offset of the last packet.
    session: Option<String>,
    offset: Option<String>,
}

#[derive(Deserialize)]
struct Connected {
    pid: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    id: u64,
    cmid: String,
}

/// One argument of an event.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Said(Said),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
}

impl SocketIo {
    /// One side of a pair.
    pub fn new(who: &Who) -> Self {
        Self {
            side: who.side,
            name: format!("{:?}-{}", who.side, who.name),
            conversation: who.conversation.clone(),
            text: who.text.clone(),
            after: 0,
            session: None,
            offset: None,
        }
    }

    fn auth(&self) -> Value {
        let mut auth = json!({ "sender": self.name });
        if self.side != Side::Waiting
            && let Some(auth) = auth.as_object_mut()
        {
            auth.insert("conversation".to_owned(), json!(self.conversation));
            auth.insert("after".to_owned(), json!(self.after));
        }
        // As the client library does: only who has both can be recovered.
        if let (Some(pid), Some(offset), Some(auth)) = (&self.session, &self.offset, auth.as_object_mut()) {
            auth.insert("pid".to_owned(), json!(pid));
            auth.insert("offset".to_owned(), json!(offset));
        }
        auth
    }

    fn event(&mut self, text: &str, heard: &mut VecDeque<Heard>) -> Result<()> {
        let mut parts = serde_json::from_str::<Vec<Part>>(text)?.into_iter();
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Part::Text(name)), _, _) if name == "ready" => heard.push_back(Heard::Ready),
            (Some(Part::Text(name)), Some(Part::Said(said)), offset) if name == "said" => {
                if let Some(Part::Text(offset)) = offset {
                    self.offset = Some(offset);
                }
                self.after = self.after.max(said.id);
                heard.push_back(Heard::Delivered(said.cmid.parse()?));
            }
            _ => bail!("an unknown event: {text}"),
        }
        Ok(())
    }
}

impl Protocol for SocketIo {
    fn begin(&mut self, _: &mut Vec<Message>) -> Result<()> {
        // The server speaks first.
        Ok(())
    }

    fn hear(&mut self, message: Message, out: &mut Vec<Message>, heard: &mut VecDeque<Heard>) -> Result<()> {
        let Message::Text(text) = message else { return Ok(()) };
        let text = text.as_str();
        if text.starts_with('0') {
            out.push(Message::text(format!("40{}", self.auth())));
        } else if text == "2" {
            out.push(Message::text("3"));
        } else if let Some(event) = text.strip_prefix("42") {
            self.event(event, heard)?;
        } else if let Some(ack) = text.strip_prefix("43") {
            let (id, answer) = ack.split_at(ack.find('[').context("an ack without an answer")?);
            let [answer]: [Answer; 1] = serde_json::from_str(answer)?;
            if let Some(error) = answer.error {
                bail!("the server could not store: {error}");
            }
            heard.push_back(Heard::Acked(id.parse()?));
        } else if let Some(connected) = text.strip_prefix("40") {
            self.session = serde_json::from_str::<Connected>(connected)?.pid;
        } else {
            bail!("the server says: {text}");
        }
        Ok(())
    }

    fn say(&mut self, id: u64) -> Result<Message> {
        // The library counts its acknowledgements from 0; any number does.
        Ok(Message::text(format!("42{id}{}", json!(["say", id.to_string(), self.text]))))
    }

    fn leave(&mut self) -> Result<Option<Message>> {
        Ok(None)
    }
}
