//! The console in a terminal: lines in, lines out.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use super::input::parse;
use super::model::{Console, Deed};
use crate::client::{ClientError, ClientEvent, ClientHandle, now, random_u128};
use crate::conversation::{Actor, AnswerId};
use crate::routing::Profile;

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

/// Runs until the agent quits, the input ends or the client does. Whoever is being served is given back to the bot.
pub async fn run_text(
    me: Actor,
    profile: Profile,
    client: ClientHandle,
    mut events: mpsc::Receiver<ClientEvent>,
    input: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> Result<(), ConsoleError> {
    let mut console = Console::new(me, profile);
    let mut lines = input.lines();
    client.watch()?;
    let mut first = console.greet();
    loop {
        let deeds = if first.is_empty() {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => on_event(&mut console, event)?,
                    None => return Ok(()),
                },
                line = lines.next_line() => {
                    let line = line?.unwrap_or_else(|| "/quit".to_owned());
                    match parse(&line) {
                        Ok(wish) => {
                            let random = random_u128().map_err(|e| ConsoleError::Random(e.to_string()))?;
                            console.wish(wish, AnswerId::new(now(), random), now())
                        }
                        Err(error) => vec![Deed::Show(error.to_string())],
                    }
                },
            }
        } else {
            std::mem::take(&mut first)
        };
        for deed in deeds {
            match deed {
                Deed::Follow(id) => client.follow(id)?,
                Deed::Unfollow(id) => client.unfollow(id)?,
                Deed::Send(id, command) => {
                    client.command(id, command).await?;
                }
                Deed::Signal(id, signal) => client.signal(id, signal)?,
                Deed::Announce(profile) => client.announce(profile)?,
                Deed::Decline(id) => client.decline(id)?,
                Deed::Show(line) => {
                    output.write_all(line.as_bytes()).await?;
                    output.write_all(b"\n").await?;
                    output.flush().await?;
                }
                Deed::Quit => return Ok(()),
            }
        }
    }
}

fn on_event(console: &mut Console, event: ClientEvent) -> Result<Vec<Deed>, ConsoleError> {
    Ok(match event {
        ClientEvent::Connected => vec![Deed::Show("connected; /help lists what can be typed".to_owned())],
        ClientEvent::Disconnected { retry_in, why } => {
            vec![Deed::Show(format!("no connection ({why}); next try in {} s", retry_in.as_secs().max(1)))]
        }
        ClientEvent::Lobby(entries) => console.on_lobby(entries, now()),
        ClientEvent::Agents(agents) => console.on_agents(agents),
        ClientEvent::Offer { entry, until } => console.on_offer(&entry, until, now()),
        ClientEvent::Withdrawn { conversation } => console.on_withdrawn(conversation),
        ClientEvent::Event { conversation, event } => console.on_event(conversation, &event),
        ClientEvent::Refused { conversation, text, .. } => console.on_refused(conversation, &text),
        ClientEvent::Fatal { sentence } => return Err(ConsoleError::Fatal(sentence)),
        _ => Vec::new(),
    })
}
