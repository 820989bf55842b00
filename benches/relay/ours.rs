//! Our protocol, as docs/protocol.md has it: the visitor opens, both sides follow, the agent claims.

use std::collections::VecDeque;

use anyhow::{Context, Result, bail};
use avatardesk::conversation::{
    ActorId, AnswerId, Channel, Cmid, Command, ConversationId, Epoch, Language, Outcome, Time, VisitorId,
    Words,
};
use avatardesk::protocol::{ClientFrame, Role, VersionSpan, encode};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::Message;

use super::client::{Heard, Protocol};
use super::pair::{Side, Who};

/// The commands that are no messages. What is said has larger numbers: see [`FIRST_ID`](super::pair::FIRST_ID).
const OPEN: u64 = 1;
const CLAIM: u64 = 2;
const CLOSE: u64 = 3;

/// One client of the relay.
pub struct Ours {
    side: Side,
    name: ActorId,
    conversation: ConversationId,
    text: String,
    epoch: Option<Epoch>,
    seq: u64,
    /// The visit is open, or claimed.
    begun: bool,
}

/// What of a frame a client has to look at.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    cmid: Option<Cmid>,
    epoch: Option<Epoch>,
    event: Option<Event>,
    #[serde(default)]
    events: Vec<Event>,
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
struct Event {
    seq: u64,
    cmid: Cmid,
}

impl Ours {
    /// One side of a pair.
    pub fn new(who: &Who) -> Result<Self> {
        let side = match who.side {
            Side::Agent => "agent",
            Side::Visitor | Side::Waiting => "kiosk",
        };
        Ok(Self {
            side: who.side,
            name: format!("{side}-{}", who.name).parse()?,
            conversation: who.conversation.parse()?,
            text: who.text.clone(),
            epoch: None,
            seq: 0,
            begun: false,
        })
    }

    fn command(&self, number: u64, command: Command) -> Result<Message> {
        let cmid = Cmid::new(Time(1), u128::from(number));
        text(&ClientFrame::Command { conversation: self.conversation, cmid, command })
    }

    fn follow(&self) -> Result<Message> {
        let (epoch, after_seq) = (self.epoch, self.seq);
        text(&ClientFrame::Follow { conversation: self.conversation, epoch, after_seq })
    }

    fn took(&mut self, event: &Event, heard: &mut VecDeque<Heard>) -> Result<()> {
        if event.seq <= self.seq {
            return Ok(());
        }
        if event.seq != self.seq + 1 {
            bail!("the relay left out events between {} and {}", self.seq, event.seq);
        }
        self.seq = event.seq;
        heard.push_back(Heard::Delivered(number(event.cmid)));
        Ok(())
    }
}

impl Protocol for Ours {
    fn begin(&mut self, out: &mut Vec<Message>) -> Result<()> {
        let role = if self.side == Side::Agent { Role::Agent } else { Role::Kiosk };
        out.push(text(&ClientFrame::Hello { versions: VersionSpan::OURS, role, name: self.name.clone() })?);
        Ok(())
    }

    fn hear(&mut self, message: Message, out: &mut Vec<Message>, heard: &mut VecDeque<Heard>) -> Result<()> {
        let Message::Text(text) = message else { return Ok(()) };
        let frame: Frame = serde_json::from_str(&text).with_context(|| format!("not a frame: {text}"))?;
        match frame.kind {
            "welcome" if self.side == Side::Waiting => heard.push_back(Heard::Ready),
            "welcome" if self.side == Side::Visitor && !self.begun => {
                let open = Command::Open {
                    desk: "help".parse()?,
                    language: Language::En,
                    channel: Channel::Kiosk,
                    visitor: VisitorId::from_bytes(self.conversation.to_bytes()),
                };
                out.push(self.command(OPEN, open)?);
            }
            "welcome" => out.push(self.follow()?),
            "ack" => match frame.cmid.map(number).context("an ack without cmid")? {
                OPEN => {
                    self.begun = true;
                    out.push(self.follow()?);
                }
                CLAIM => {
                    self.begun = true;
                    heard.push_back(Heard::Ready);
                }
                CLOSE => heard.push_back(Heard::Left),
                said => heard.push_back(Heard::Acked(said)),
            },
            "replay" => {
                self.epoch = frame.epoch;
                for event in &frame.events {
                    self.took(event, heard)?;
                }
                match (frame.more, self.begun) {
                    (true, _) => {}
                    (false, true) => heard.push_back(Heard::Ready),
                    (false, false) => out.push(self.command(CLAIM, Command::Claim)?),
                }
            }
            "event" => {
                let event = frame.event.context("an event frame without event")?;
                self.took(&event, heard)?;
            }
            "refused" | "error" | "challenge" | "goodbye" => bail!("the relay says no: {text}"),
            _ => {}
        }
        Ok(())
    }

    fn say(&mut self, id: u64) -> Result<Message> {
        self.command(
            id,
            Command::Say {
                answer: AnswerId::new(Time(1), u128::from(id)),
                part: 0,
                last: true,
                voiced: true,
                in_reply_to: None,
                corrects: None,
                masked: 0,
                words: Words { text: self.text.clone(), ..Words::default() },
            },
        )
    }

    fn leave(&mut self) -> Result<Option<Message>> {
        self.command(CLOSE, Command::Close { outcome: Outcome::Finished }).map(Some)
    }
}

fn text(frame: &ClientFrame) -> Result<Message> {
    Ok(Message::text(encode(frame)?))
}

/// The number that a command was named by.
fn number(cmid: Cmid) -> u64 {
    // The time is in the upper 48 bits: what is cut off here is zero.
    u128::from_be_bytes(cmid.to_bytes()) as u64
}
