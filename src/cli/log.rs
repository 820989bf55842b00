//! `avatardesk log`: back up, check, export, forget.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::common::Common;
use super::control::Control;
use super::relay::RELAY_DIR;
use super::signals::runtime;
use crate::client::{now, random_u128};
use crate::conversation::{
    Actor, ActorKind, Cmid, Command, ConversationId, Epoch, Event, State, VisitorId, decide,
};
use crate::log::{
    Append, DataDir, EventLog, LogError, PAGE_MAX_EVENTS, Snapshot, SqliteLog, SqliteOptions, forget_in_copy,
};
use crate::relay::EraseRequest;

#[derive(Debug, Args)]
pub struct Log {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Copy the log into FILE, also while the relay runs
    Backup {
        file: PathBuf,
        /// Replace FILE when it is there
        #[arg(long)]
        replace: bool,
    },
    /// Is everything in the log as it must be?
    Check {
        /// A backup instead of the log
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print the records as JSON lines; needs the data directory's master key
    Export {
        /// Only this conversation
        #[arg(long, value_name = "ID")]
        conversation: Option<ConversationId>,
        /// Only records after this position
        #[arg(long, default_value_t = 0, value_name = "POSITION")]
        after: u64,
        /// A backup instead of the log
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Forget what a visitor said and was told, for ever; also while the relay runs
    Erase {
        /// The visitor's pseudonym, as `log export` shows it in `opened`
        #[arg(required_unless_present = "conversation", conflicts_with = "conversation")]
        visitor: Option<VisitorId>,
        /// The visitor of this conversation
        #[arg(long, value_name = "ID")]
        conversation: Option<ConversationId>,
        /// In a backup instead of the log
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// One line of an export.
#[derive(Serialize)]
struct Line<'a> {
    position: u64,
    conversation: ConversationId,
    epoch: Epoch,
    #[serde(flatten)]
    event: &'a Event,
}

impl Log {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let dir = common.settings()?.data.join(RELAY_DIR);
        match &self.what {
            What::Backup { file, replace } => backup(&dir, file, *replace),
            What::Check { file } => check(&dir, file.as_deref()),
            What::Export { conversation, after, file } => {
                export(&dir, file.as_deref(), *conversation, *after)
            }
            What::Erase { visitor, conversation, file } => {
                let visitor = match (visitor, conversation) {
                    (Some(visitor), _) => *visitor,
                    (None, Some(id)) => Snapshot::open(&dir, file.as_deref())?
                        .visitor_of(*id)?
                        .with_context(|| format!("there is no conversation {id}"))?,
                    (None, None) => bail!("name a visitor, or a conversation with `--conversation ID`"),
                };
                match file {
                    Some(copy) => erase_in_copy(copy, visitor),
                    None => erase(&dir, visitor),
                }
            }
        }
    }
}

fn bar(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent} %");
    let bar = ProgressBar::new(0).with_message(what);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn show(bar: &ProgressBar) -> impl FnMut(u64, u64) + '_ {
    move |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    }
}

fn backup(dir: &Path, file: &Path, replace: bool) -> Result<ExitCode> {
    let bar = bar("copying");
    let size = Snapshot::open(dir, None)?.backup(file, replace, show(&bar))?;
    bar.finish_and_clear();
    println!("{}: {:.1} MiB", file.display(), size as f64 / 1_048_576.0);
    println!("it can be read with {} only: keep a copy of that key apart", dir.join("master.key").display());
    let others = ["relay.key", "devices.sqlite", "tls.pem"].map(|name| dir.join(name));
    let others: Vec<_> =
        others.iter().filter(|path| path.exists()).map(|p| p.display().to_string()).collect();
    if !others.is_empty() {
        println!("not in it, so keep copies of them, too: {}", others.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(dir: &Path, file: Option<&Path>) -> Result<ExitCode> {
    let bar = bar("checking");
    let report = Snapshot::open(dir, file)?.check(show(&bar))?;
    bar.finish_and_clear();
    for fault in &report.faults {
        println!("{fault}");
    }
    println!(
        "{} conversations, {} records, {} bodies opened, {} erased, {} commands: {} fault(s)",
        report.conversations,
        report.records,
        report.opened,
        report.erased,
        report.commands,
        report.faults_total
    );
    Ok(if report.faults_total == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn export(
    dir: &Path,
    file: Option<&Path>,
    conversation: Option<ConversationId>,
    after: u64,
) -> Result<ExitCode> {
    let snapshot = Snapshot::open(dir, file)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut position = after;
    loop {
        let records = snapshot.records(position, conversation)?;
        let Some(last) = records.last() else { break };
        position = last.position;
        for record in &records {
            let line = Line {
                position: record.position,
                conversation: record.conversation,
                epoch: record.epoch,
                event: &record.event,
            };
            let text = serde_json::to_string(&line)?;
            match writeln!(out, "{text}") {
                // Whoever read it has seen enough.
                Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
                written => written?,
            }
        }
    }
    match out.flush() {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn erase(dir: &Path, visitor: VisitorId) -> Result<ExitCode> {
    let conversations = match DataDir::open(dir) {
        Ok(own) => runtime()?.block_on(erase_here(Arc::new(own), visitor))?,
        Err(LogError::InUse { .. }) => Control::find(dir)?.erase(EraseRequest { visitor })?.conversations,
        Err(e) => return Err(e.into()),
    };
    if conversations == 0 {
        bail!("the log knows no visitor {visitor}: `avatardesk log export` shows who there is");
    }
    println!("forgotten in {conversations} conversation(s)");
    println!(
        "older backups still have this visitor's key: erase there, too, with `--file BACKUP`, or delete them"
    );
    Ok(ExitCode::SUCCESS)
}

fn erase_in_copy(copy: &Path, visitor: VisitorId) -> Result<ExitCode> {
    if forget_in_copy(copy, visitor)? {
        println!("forgotten in {}", copy.display());
    } else {
        println!("{} has no key of this visitor: there was nothing to forget", copy.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Does what a running relay would do.
async fn erase_here(dir: Arc<DataDir>, visitor: VisitorId) -> Result<u64> {
    let log = SqliteLog::open(dir, SqliteOptions::default())?;
    let me = Actor { id: "relay".parse()?, kind: ActorKind::System };
    let mut conversations = 0;
    for conversation in log.conversations_of(visitor).await? {
        let mut state = State::default();
        while let Some(page) = log.read(conversation, state.seq, PAGE_MAX_EVENTS).await? {
            if page.events.is_empty() {
                break;
            }
            page.events.iter().for_each(|event| state.apply(event));
        }
        let cmid = Cmid::new(now(), random_u128()?);
        let events = decide(&state, Command::Erase, &me, cmid, now())?;
        let append = Append { conversation, expected_seq: state.seq, sender: me.id.clone(), cmid, events };
        log.append(append).await?;
        conversations += 1;
    }
    Ok(conversations)
}
