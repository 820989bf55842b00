//! `avatardesk relay status`: how the relay of this data directory is.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::common::Common;
use super::control::Control;
use super::relay::RELAY_DIR;
use crate::conversation::Time;
use crate::relay::{Client, Status as Seen, StoreState};

#[derive(Debug, Args)]
pub struct Status {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Status {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let dir = common.settings()?.data.join(RELAY_DIR);
        let status = Control::find(&dir)?.status(&dir)?;
        if self.json {
            println!("{}", serde_json::to_string(&status)?);
        } else {
            print!("{}", table(&status));
        }
        Ok(if status.ready { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}

/// The status for people.
fn table(status: &Seen) -> String {
    let how = match (status.ready, status.stopping) {
        (true, _) => "ready",
        (false, true) => "stopping",
        (false, false) => "not ready",
    };
    let store = match status.store {
        StoreState::Unknown => "not tried yet",
        StoreState::Writable => "writable",
        StoreState::Full => "FULL: free some space",
        StoreState::Failing => "FAILING: look at the log files",
    };
    let size = status.store_bytes.map_or(String::new(), |b| format!(", {:.1} MiB", b as f64 / 1_048_576.0));
    let here = status.clients.iter().filter(|c| c.here).count();
    let mut text = format!(
        "relay    avatardesk {}, up {}, {how}\nstore    {store}{size}\nvisits   {} open, {} waiting for a person\n\
         clients  {here} of {}\n",
        status.version,
        ago(status.started, status.now),
        status.open_conversations,
        status.waiting_conversations,
        status.max_connections,
    );
    if status.clients.is_empty() {
        return text;
    }
    let mut rows = vec![["role", "name", "connected", "program", "missing", "last visit"].map(str::to_owned)];
    rows.extend(status.clients.iter().map(|client| row(client, status.now)));
    let widths: Vec<usize> = (0..6)
        .map(|i| rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0))
        .collect();
    text.push('\n');
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn row(client: &Client, now: Time) -> [String; 6] {
    let since = ago(client.since, now);
    let (program, missing) = match &client.health {
        Some(health) if health.missing.is_empty() => (health.program.clone(), "nothing".to_owned()),
        Some(health) => (health.program.clone(), health.missing.join(", ")),
        None => ("-".to_owned(), "-".to_owned()),
    };
    [
        client.role.name().to_owned(),
        client.name.clone(),
        if client.here { since } else { format!("away for {since}") },
        program,
        missing,
        client.last_visit.map_or("-".to_owned(), |at| format!("{} ago", ago(at, now))),
    ]
}

/// The time between two moments, in the largest unit that fits.
fn ago(then: Time, now: Time) -> String {
    let secs = now.since_ms(then) / 1000;
    match secs {
        0..60 => format!("{secs} s"),
        60..3_600 => format!("{} min", secs / 60),
        3_600..172_800 => format!("{} h", secs / 3_600),
        _ => format!("{} days", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Health, Role};

    #[test]
    fn a_table_says_who_is_here_and_what_is_wrong() {
        let client = |name: &str, here, missing: Vec<String>| Client {
            role: Role::Kiosk,
            name: name.to_owned(),
            here,
            since: Time(940_000),
            health: Some(Health { missing, ..Health::ours() }),
            last_visit: here.then_some(Time(400_000)),
        };
        let status = Seen {
            version: "9.9".to_owned(),
            now: Time(1_000_000),
            started: Time(0),
            ready: false,
            stopping: false,
            store: StoreState::Full,
            store_bytes: Some(3 << 20),
            open_conversations: 3,
            waiting_conversations: 1,
            loaded_conversations: 4,
            max_connections: 2_000,
            connections: [(Role::Kiosk, 1)].into(),
            clients: vec![client("hall-1", true, vec!["microphone".into()]), client("hall-2", false, vec![])],
        };
        let text = table(&status);
        let program = Health::ours().program;
        for line in [
            "relay    avatardesk 9.9, up 16 min, not ready".to_owned(),
            "store    FULL: free some space, 3.0 MiB".to_owned(),
            "clients  1 of 2000".to_owned(),
            format!("kiosk  hall-1  {:<14}  {program}  microphone  10 min ago", "1 min"),
            format!("kiosk  hall-2  away for 1 min  {program}  nothing     -"),
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
        }
    }
}
