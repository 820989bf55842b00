//! The console in a terminal: lines in, lines out.

use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::input::parse;
use super::microphone::{MicNews, Microphone};
use super::model::{Console, Deed};
use crate::client::{ClientError, ClientEvent, ClientHandle, Waiting, now, random_u128};
use crate::conversation::{Actor, AnswerId, Command};
use crate::protocol::{Reach, Signal};
use crate::routing::Profile;

/// How long who leaves waits until the relay has everything.
const LEAVE_WITHIN: Duration = Duration::from_secs(3);
const OFFLINE: &str = "no connection: it is kept, and sent as soon as there is one";

/// Why the console ended.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the terminal: {0}")]
    Terminal(#[from] std::io::Error),
    #[error("{0}")]
    Fatal(String),
    #[error("the system gave no random numbers: {0}")]
    Random(String),
}

/// Who sits at a console.
pub struct Person {
    pub me: Actor,
    pub profile: Profile,
    /// What they are heard with, if they are.
    pub microphone: Option<Microphone>,
}

/// Runs until the agent quits, the input ends or the client does. Whoever is being served is given back to the bot.
pub async fn run_text(
    me: Actor,
    profile: Profile,
    client: ClientHandle,
    events: mpsc::Receiver<ClientEvent>,
    input: impl AsyncBufRead + Unpin,
    output: impl AsyncWrite + Unpin,
) -> Result<(), ConsoleError> {
    run_voice(Person { me, profile, microphone: None }, client, events, input, output).await
}

/// The same for somebody who may speak: whom they serve hears their own voice.
pub async fn run_voice(
    person: Person,
    client: ClientHandle,
    mut events: mpsc::Receiver<ClientEvent>,
    input: impl AsyncBufRead + Unpin,
    output: impl AsyncWrite + Unpin,
) -> Result<(), ConsoleError> {
    let Person { me, profile, mut microphone } = person;
    let mut console = Console::new(me, profile);
    let mut lines = input.lines();
    let mut terminal = Terminal { client, output, online: false };
    terminal.client.watch()?;
    let left = terminal.client.waiting().await?.all;
    if left > 0 {
        terminal.show(&format!("{left} from last time: sent as soon as there is a connection")).await?;
    }
    let mut deeds = console.greet();
    loop {
        for deed in deeds {
            if deed == Deed::Quit {
                return terminal.leave(&mut console, &mut events).await;
            }
            if let (Deed::Send(_, Command::Release { .. }), Some(microphone)) = (&deed, &mut microphone)
                && let Some(MicNews::Said { to, text, confidence }) = microphone.last_words().await
            {
                // What was said is written before somebody else is the pilot.
                for deed in console.on_said(to, fresh()?, text, confidence) {
                    terminal.carry_out(deed).await?;
                }
            }
            terminal.carry_out(deed).await?;
        }
        if let Some(microphone) = &mut microphone {
            microphone.speak_to(console.listener());
        }
        deeds = tokio::select! {
            Some(news) = heard(&mut microphone) => match news {
                MicNews::Said { to, text, confidence } => console.on_said(to, fresh()?, text, confidence),
                MicNews::Notice(text) => vec![Deed::Show(text)],
            },
            event = events.recv() => match event {
                Some(event) => terminal.on_event(&mut console, event)?,
                None => return Ok(()),
            },
            line = lines.next_line() => {
                let line = line?.unwrap_or_else(|| "/quit".to_owned());
                match parse(&line) {
                    Ok(wish) => console.wish(wish, fresh()?, now()),
                    Err(error) => vec![Deed::Show(error.to_string())],
                }
            },
        };
    }
}

/// What the microphone tells next; without one nothing ever.
async fn heard(microphone: &mut Option<Microphone>) -> Option<MicNews> {
    match microphone {
        Some(microphone) => microphone.next().await,
        None => std::future::pending().await,
    }
}

/// A new answer.
fn fresh() -> Result<AnswerId, ConsoleError> {
    let random = random_u128().map_err(|e| ConsoleError::Random(e.to_string()))?;
    Ok(AnswerId::new(now(), random))
}

/// What carries out the console's deeds.
struct Terminal<W> {
    client: ClientHandle,
    output: W,
    /// There is a connection.
    online: bool,
}

impl<W: AsyncWrite + Unpin> Terminal<W> {
    async fn carry_out(&mut self, deed: Deed) -> Result<(), ConsoleError> {
        match deed {
            Deed::Follow(id) => self.client.follow(id)?,
            Deed::Unfollow(id) => self.client.unfollow(id)?,
            Deed::Send(id, command) => match self.client.command(id, command).await {
                Ok(_) if self.online => {}
                Ok(_) => self.show(OFFLINE).await?,
                // The line is lost, the console is not.
                Err(ClientError::Outbox(e)) => self.show(&format!("not sent, and not kept: {e}")).await?,
                Err(e) => return Err(e.into()),
            },
            Deed::Signal(id, signal) => self.client.signal(id, signal)?,
            Deed::Announce(profile) => self.client.announce(profile)?,
            Deed::Decline(id) => self.client.decline(id)?,
            Deed::Seen(id, seq) => match self.client.seen(id, seq) {
                // The next mark says the same and more.
                Ok(()) | Err(ClientError::Busy) => {}
                Err(e) => return Err(e.into()),
            },
            Deed::Show(line) => self.show(&line).await?,
            Deed::Quit => {}
        }
        Ok(())
    }

    async fn show(&mut self, line: &str) -> Result<(), ConsoleError> {
        self.output.write_all(line.as_bytes()).await?;
        self.output.write_all(b"\n").await?;
        Ok(self.output.flush().await?)
    }

    fn on_event(&mut self, console: &mut Console, event: ClientEvent) -> Result<Vec<Deed>, ConsoleError> {
        Ok(match event {
            ClientEvent::Connected => {
                self.online = true;
                vec![Deed::Show("connected; /help lists what can be typed".to_owned())]
            }
            ClientEvent::Disconnected { retry_in, why } => {
                self.online = false;
                vec![Deed::Show(format!(
                    "no connection ({why}); next try in {} s",
                    retry_in.as_secs().max(1)
                ))]
            }
            ClientEvent::Lobby(entries) => console.on_lobby(entries, now()),
            ClientEvent::Agents(agents) => console.on_agents(agents),
            ClientEvent::Offer { entry, until } => console.on_offer(&entry, until, now()),
            ClientEvent::Withdrawn { conversation } => console.on_withdrawn(conversation),
            ClientEvent::Event { conversation, event } => console.on_event(conversation, &event),
            ClientEvent::Delivered { conversation, by, seq } => {
                console.on_reached(conversation, &by, Reach::Delivered, seq)
            }
            ClientEvent::Seen { conversation, by, seq } => {
                console.on_reached(conversation, &by, Reach::Seen, seq)
            }
            ClientEvent::Signal { conversation, signal: Signal::PartialTranscript { text }, .. } => {
                console.on_partial(conversation, &text)
            }
            ClientEvent::Refused { conversation, text, .. } => console.on_refused(conversation, &text),
            ClientEvent::Expired { .. } => {
                vec![Deed::Show("something waited too long for the relay and was dropped".to_owned())]
            }
            ClientEvent::Fatal { sentence } => return Err(ConsoleError::Fatal(sentence)),
            _ => Vec::new(),
        })
    }

    /// Waits a moment until the relay has everything, and says what it has not.
    async fn leave(
        mut self,
        console: &mut Console,
        events: &mut mpsc::Receiver<ClientEvent>,
    ) -> Result<(), ConsoleError> {
        let until = Instant::now() + LEAVE_WITHIN;
        let mut left = self.client.waiting().await?;
        while self.online && left.all > 0 {
            let Ok(Some(event)) = timeout_at(until, events.recv()).await else { break };
            let refused = matches!(event, ClientEvent::Refused { .. });
            for deed in self.on_event(console, event)? {
                // Of what else comes now, nobody wants to read.
                if let Deed::Show(line) = deed
                    && refused
                {
                    self.show(&line).await?;
                }
            }
            left = self.client.waiting().await?;
        }
        for line in farewell(left) {
            self.show(&line).await?;
        }
        Ok(())
    }
}

/// What an agent who leaves should know about what was not sent.
fn farewell(left: Waiting) -> Vec<String> {
    let kept = left.all - left.unkept.min(left.all);
    let mut lines = Vec::new();
    if kept > 0 {
        lines.push(format!(
            "{kept} could not be sent: kept in the outbox, and sent when this console is started again"
        ));
    }
    if left.unkept > 0 {
        lines.push(format!(
            "{} could not be sent and are lost: without ever having met the relay, this console has no key to seal them with",
            left.unkept
        ));
    }
    if left.elsewhere > 0 {
        lines.push(format!(
            "{} are for another relay: kept, and sent when that one answers again",
            left.elsewhere
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_is_told_what_was_not_sent_and_what_becomes_of_it() {
        assert!(farewell(Waiting::default()).is_empty());
        let elsewhere = farewell(Waiting { elsewhere: 1, ..Waiting::default() });
        assert!(elsewhere.concat().starts_with("1 are for another relay"), "{elsewhere:?}");
        let kept = farewell(Waiting { all: 2, ..Waiting::default() });
        assert!(
            kept.len() == 1 && kept[0].starts_with("2 ") && kept[0].contains("started again"),
            "{kept:?}"
        );
        let lost = farewell(Waiting { all: 3, unkept: 1, ..Waiting::default() });
        assert!(lost.len() == 2 && lost[1].starts_with("1 ") && lost[1].contains("lost"), "{lost:?}");
    }
}
