//! NATS's client protocol over a WebSocket, with JetStream's API on top: what the measurement needs of it.
//!
//! See nats.io's "Client Protocol", "JetStream wire API" and its ADR about consumers. The WebSocket carries the same bytes as
//! the TCP connection would; a message of it may end anywhere.

use std::collections::VecDeque;

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::client::{Heard, Protocol};
use super::pair::{Side, Who};

const STREAM: &str = "DESK";
/// Answers of JetStream's API come to this name below the client's inbox.
const API: &str = "api";
/// The numbers of the two subscriptions: answers, and what somebody says. What JetStream delivers keeps the subject that it was
/// published under, so only this number tells the two apart.
const ANSWERS: &str = "1";
const DELIVERIES: &str = "2";
/// The largest answer of the server.
const BUFFER_MAX_BYTES: usize = 1024 * 1024;
/// How long JetStream looks for repeats: its default.
const DUPLICATE_WINDOW_NS: u64 = 120_000_000_000;

/// One client of nats-server.
pub struct Nats {
    role: Role,
    conversation: String,
    text: String,
    name: String,
    /// Each connection has an inbox of its own: what was meant for an older one must not come twice.
    connections: u32,
    inbox: String,
    /// The newest message of the stream that has come.
    after: u64,
    buffer: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    One(Side),
    /// Makes the stream.
    Founder,
}

/// One message of the server, and how many bytes it took.
struct Op<'a> {
    line: &'a str,
    headers: &'a str,
    payload: &'a str,
    took: usize,
}

impl Nats {
    /// One side of a pair.
    pub fn new(who: &Who) -> Self {
        Self {
            role: Role::One(who.side),
            conversation: who.conversation.clone(),
            text: who.text.clone(),
            name: format!("{:?}-{}", who.side, who.name),
            connections: 0,
            inbox: String::new(),
            after: 0,
            buffer: Vec::new(),
        }
    }

    /// A client that makes the stream, and is ready when it is there.
    pub fn founder(who: &Who) -> Self {
        Self { role: Role::Founder, ..Self::new(who) }
    }

    fn deliveries(&self) -> String {
        format!("deliver.{}.{}", self.name, self.connections)
    }

    /// What is asked of JetStream once the connection is there.
    fn ask(&self) -> Option<(String, String)> {
        let (heard, heard_from) = match self.role {
            Role::One(Side::Waiting) => return None,
            Role::Founder => {
                let stream = json!({
                    "name": STREAM, "subjects": ["desk.*.*"], "storage": "file", "retention": "limits",
                    "discard": "old", "num_replicas": 1, "duplicate_window": DUPLICATE_WINDOW_NS,
                });
                return Some((format!("$JS.API.STREAM.CREATE.{STREAM}"), stream.to_string()));
            }
            Role::One(Side::Visitor) => ("visitor", "agent"),
            Role::One(Side::Agent) => ("agent", "visitor"),
        };
        let mut config = json!({
            "description": heard, "deliver_subject": self.deliveries(), "ack_policy": "none",
            "filter_subject": format!("desk.{}.{heard_from}", self.conversation), "mem_storage": true,
            "deliver_policy": if self.after == 0 { "all" } else { "by_start_sequence" },
        });
        if let (Some(config), true) = (config.as_object_mut(), self.after > 0) {
            config.insert("opt_start_seq".to_owned(), json!(self.after + 1));
        }
        let request = json!({ "stream_name": STREAM, "config": config });
        Some((format!("$JS.API.CONSUMER.CREATE.{STREAM}"), request.to_string()))
    }

    fn take(&mut self, op: &Op<'_>, heard: &mut VecDeque<Heard>) -> Result<Option<Message>> {
        let mut words = op.line.split_ascii_whitespace();
        match words.next().unwrap_or_default() {
            "INFO" => {
                let connect = json!({
                    "verbose": false, "pedantic": false, "headers": true, "no_responders": true, "protocol": 1,
                    "lang": "rust", "version": "0", "name": self.name,
                });
                let (inbox, deliveries) = (&self.inbox, self.deliveries());
                let mut text = format!("CONNECT {connect}\r\nSUB {inbox}.* {ANSWERS}\r\n");
                match self.ask() {
                    None => text.push_str("PING\r\n"),
                    Some((subject, request)) => {
                        let size = request.len();
                        text.push_str(&format!(
                            "SUB {deliveries} {DELIVERIES}\r\nPUB {subject} {inbox}.{API} {size}\r\n{request}\r\n"
                        ));
                    }
                }
                return Ok(Some(Message::binary(text.into_bytes())));
            }
            "PING" => return Ok(Some(Message::binary("PONG\r\n".as_bytes().to_vec()))),
            "PONG" => heard.push_back(Heard::Ready),
            "MSG" | "HMSG" => {
                let (subject, subscription) = (words.next().unwrap_or_default(), words.next());
                let reply = words.next().unwrap_or_default();
                let last = subject.rsplit('.').next().unwrap_or_default();
                if subscription == Some(DELIVERIES) {
                    let id = op.headers.split_once("Nats-Msg-Id:").context("a message without an id")?.1;
                    let id = id.lines().next().and_then(|line| line.rsplit('-').next()).unwrap_or_default();
                    // $JS.ACK.<stream>.<consumer>.<times>.<stream seq>.…
                    let seq = reply.split('.').nth(5).context("a message without its place")?;
                    self.after = seq.parse()?;
                    heard.push_back(Heard::Delivered(id.parse()?));
                } else if op.payload.contains("\"error\"") || op.headers.starts_with("NATS/1.0 ") {
                    bail!("JetStream says no: {}{}", op.headers, op.payload);
                } else if last == API {
                    heard.push_back(Heard::Ready);
                } else {
                    heard.push_back(Heard::Acked(last.parse()?));
                }
            }
            "+OK" => {}
            _ => bail!("nats-server says: {}", op.line),
        }
        Ok(None)
    }
}

impl Protocol for Nats {
    fn begin(&mut self, _: &mut Vec<Message>) -> Result<()> {
        // The server speaks first.
        self.connections += 1;
        self.inbox = format!("_INBOX.{}.{}", self.name, self.connections);
        self.buffer.clear();
        Ok(())
    }

    fn hear(&mut self, message: Message, out: &mut Vec<Message>, heard: &mut VecDeque<Heard>) -> Result<()> {
        let Message::Binary(bytes) = message else { return Ok(()) };
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.extend_from_slice(&bytes);
        let mut begin = 0;
        while let Some(op) = parse(buffer.get(begin..).unwrap_or_default())? {
            out.extend(self.take(&op, heard)?);
            begin += op.took;
        }
        buffer.drain(..begin);
        if buffer.len() > BUFFER_MAX_BYTES {
            bail!("nats-server sends a message of more than {BUFFER_MAX_BYTES} bytes");
        }
        self.buffer = buffer;
        Ok(())
    }

    fn say(&mut self, id: u64) -> Result<Message> {
        let headers = format!("NATS/1.0\r\nNats-Msg-Id: {}-{id}\r\n\r\n", self.conversation);
        let (inbox, size) = (&self.inbox, headers.len() + self.text.len());
        let (conversation, text) = (&self.conversation, &self.text);
        let op = format!(
            "HPUB desk.{conversation}.visitor {inbox}.{id} {} {size}\r\n{headers}{text}\r\n",
            headers.len()
        );
        Ok(Message::binary(op.into_bytes()))
    }

    fn leave(&mut self) -> Result<Option<Message>> {
        Ok(None)
    }
}

/// The first message in these bytes, if it is whole.
fn parse(bytes: &[u8]) -> Result<Option<Op<'_>>> {
    let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else { return Ok(None) };
    let line = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let body = end + 2;
    let mut sizes = line.rsplit(' ');
    let mut size = || sizes.next().unwrap_or_default().parse::<usize>();
    let (headers, total) = match line.split(' ').next() {
        Some("MSG") => (0, size()?),
        Some("HMSG") => {
            let total = size()?;
            (size()?, total)
        }
        _ => return Ok(Some(Op { line, headers: "", payload: "", took: body })),
    };
    // Both sizes come from the server: nothing is added to them before they were looked at.
    let Some(rest) = bytes.get(body..).filter(|rest| rest.len() >= 2 && rest.len() - 2 >= total) else {
        return Ok(None);
    };
    let (Some(headers), Some(payload)) = (rest.get(..headers), rest.get(headers..total)) else {
        bail!("sizes that do not fit: {line}");
    };
    Ok(Some(Op {
        line,
        headers: std::str::from_utf8(headers)?,
        payload: std::str::from_utf8(payload)?,
        took: body + total + 2,
    }))
}
