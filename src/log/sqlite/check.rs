//! Is everything in the log as it must be?

use std::collections::HashMap;
use std::fmt;

use rusqlite::params;

use super::super::erased::ErasedKeys;
use super::super::error::LogError;
use super::super::keys::{KeyId, VisitorKey};
use super::super::record::{self, Header};
use super::Snapshot;
use super::schema::broken;
use crate::conversation::{Body, ConversationId, Epoch, Fact, Time, VisitorId};
use crate::protocol::hex;

/// The most faults that are kept; more are only counted.
const FAULTS_MAX: usize = 100;
/// The most keys that are kept at a time.
const KEYS_MAX: usize = 4_096;

/// One thing that is wrong. Nothing that was said is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub conversation: Option<ConversationId>,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.conversation {
            Some(id) => write!(f, "conversation {id}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub conversations: u64,
    pub records: u64,
    /// Bodies that their key opened.
    pub opened: u64,
    /// Bodies whose key was forgotten on purpose.
    pub erased: u64,
    pub commands: u64,
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub faults_total: u64,
}

impl Report {
    fn fault(&mut self, conversation: Option<ConversationId>, what: impl Into<String>) {
        self.faults_total += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { conversation, what: what.into() });
        }
    }
}

/// One row of the table of conversations.
struct Row {
    id: ConversationId,
    epoch: Epoch,
    visitor: Option<VisitorId>,
    closed: bool,
}

/// Position, `seq`, header and body of a record.
type Stored = (i64, i64, Vec<u8>, Option<Vec<u8>>);

/// What is gathered while the records of one conversation pass.
#[derive(Default)]
struct Passing {
    seq: u64,
    at: Time,
    closed: bool,
    erased: bool,
    visitor: Option<VisitorId>,
    /// Bodies that no key opens because their key is not there.
    keyless: Vec<KeyId>,
}

impl Snapshot {
    /// Looks at every record: `seq` without gaps, epochs, keys that open what they sealed, each command once.
    /// `progress` is told how many of how many conversations are done.
    pub fn check(&self, mut progress: impl FnMut(u64, u64)) -> Result<Report, LogError> {
        let wrong = broken(&self.path);
        let mut report = Report::default();
        let damage: Vec<String> = self
            .connection
            .prepare("PRAGMA integrity_check(20)")
            .and_then(|mut s| s.query_map([], |row| row.get(0))?.collect())
            .map_err(&wrong)?;
        for line in damage.iter().filter(|line| *line != "ok") {
            report.fault(None, format!("the file is damaged: {line}"));
        }
        self.strays(&mut report)?;
        let mut keys = Keys { snapshot: self, known: HashMap::new() };
        let erased = ErasedKeys::new(&self.dir).read();
        let erased =
            erased.map_err(|e| LogError::Database { path: self.path.clone(), why: e.to_string() })?;
        let total: u64 = self.number("SELECT count(*) FROM conversations")?;
        let mut statement = self
            .connection
            .prepare("SELECT id, epoch, visitor, closed FROM conversations ORDER BY id")
            .map_err(&wrong)?;
        let rows = statement
            .query_map([], |row| {
                Ok(Row {
                    id: ConversationId::from_bytes(row.get(0)?),
                    epoch: Epoch::from_bytes(row.get(1)?),
                    visitor: row.get::<_, Option<[u8; 16]>>(2)?.map(VisitorId::from_bytes),
                    closed: row.get(3)?,
                })
            })
            .map_err(&wrong)?;
        for row in rows {
            let row = row.map_err(&wrong)?;
            let passed = self.records_of(&row, &mut keys, &mut report)?;
            for id in &passed.keyless {
                // One `erased` speaks for all conversations of the visitor; a backup may be older than the list.
                if passed.erased || erased.contains(id) || self.was_erased(row.visitor)? {
                    report.erased += 1;
                } else {
                    report.fault(Some(row.id), format!("the key {} is lost", hex::encode(id)));
                }
            }
            self.commands_of(&row, passed.seq, &mut report)?;
            report.conversations += 1;
            progress(report.conversations, total);
        }
        Ok(report)
    }

    fn number(&self, sql: &str) -> Result<u64, LogError> {
        let count: i64 = self.connection.query_row(sql, [], |row| row.get(0)).map_err(broken(&self.path))?;
        Ok(count.cast_unsigned())
    }

    /// Rows that belong to no conversation, and keys that the master key does not open.
    fn strays(&self, report: &mut Report) -> Result<(), LogError> {
        for (table, what) in [("records", "records"), ("commands", "results of commands")] {
            let sql = format!(
                "SELECT count(*) FROM {table} WHERE conversation NOT IN (SELECT id FROM conversations)"
            );
            match self.number(&sql)? {
                0 => {}
                n => report.fault(None, format!("{n} {what} belong to no conversation")),
            }
        }
        let mut statement =
            self.connection.prepare("SELECT id, visitor, wrapped FROM keys").map_err(broken(&self.path))?;
        let rows = statement
            .query_map([], |row| Ok((row.get::<_, KeyId>(0)?, row.get::<_, [u8; 16]>(1)?, row.get(2)?)))
            .map_err(broken(&self.path))?;
        for row in rows {
            let (id, visitor, wrapped): (KeyId, [u8; 16], Vec<u8>) = row.map_err(broken(&self.path))?;
            if self.master.unwrap_key(VisitorId::from_bytes(visitor), id, &wrapped).is_err() {
                report.fault(None, format!("the key {} cannot be opened", hex::encode(&id)));
            }
        }
        Ok(())
    }

    fn records_of(&self, row: &Row, keys: &mut Keys<'_>, report: &mut Report) -> Result<Passing, LogError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT position, seq, header, body FROM records WHERE conversation = ?1 ORDER BY seq",
            )
            .map_err(broken(&self.path))?;
        let mut rows = statement.query([row.id.to_bytes()]).map_err(broken(&self.path))?;
        let mut passed = Passing::default();
        while let Some(found) = rows.next().map_err(broken(&self.path))? {
            let read = || -> rusqlite::Result<Stored> {
                Ok((found.get(0)?, found.get(1)?, found.get(2)?, found.get(3)?))
            };
            let (position, seq, header, body) = read().map_err(broken(&self.path))?;
            let seq = seq.cast_unsigned();
            report.records += 1;
            let mut keyless = None;
            let decoded = record::decode(position, &header, body.as_deref(), |id| {
                let key = keys.key(id)?;
                keyless = key.is_none().then_some(id);
                Ok(key)
            });
            if seq != passed.seq + 1 {
                report.fault(Some(row.id), format!("after event {} comes event {seq}", passed.seq));
            }
            passed.seq = seq;
            match decoded {
                Ok((header, event)) => {
                    passed.keyless.extend(keyless);
                    report.opened += u64::from(!matches!(event.body, Body::Empty | Body::Erased));
                    compare(row, seq, &header, &mut passed, report);
                }
                Err(LogError::Damaged { why, .. }) => {
                    report.fault(Some(row.id), format!("event {seq} is damaged: {why}"));
                }
                // What is wrong with its key has been said.
                Err(LogError::Database { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        if passed.seq > 0 && (passed.closed != row.closed || passed.visitor != row.visitor) {
            report.fault(Some(row.id), "its row does not say what its events say");
        }
        Ok(passed)
    }

    /// Whether `erased` stands in any conversation of this visitor.
    fn was_erased(&self, visitor: Option<VisitorId>) -> Result<bool, LogError> {
        let Some(visitor) = visitor else { return Ok(false) };
        self.connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM records WHERE instr(header, '\"kind\":\"erased\"') AND conversation IN
                 (SELECT id FROM conversations WHERE visitor = ?1))",
            )
            .and_then(|mut s| s.query_row([visitor.to_bytes()], |row| row.get(0)))
            .map_err(broken(&self.path))
    }

    /// Each event was caused by one command, each command has one result.
    fn commands_of(&self, row: &Row, top: u64, report: &mut Report) -> Result<(), LogError> {
        let wrong = broken(&self.path);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT sender, cmid, first_seq, last_seq FROM commands WHERE conversation = ?1
                 ORDER BY first_seq, last_seq",
            )
            .map_err(&wrong)?;
        let results = statement
            .query_map([row.id.to_bytes()], |r| {
                Ok((
                    r.get::<_, String>(0)?,
                    r.get::<_, [u8; 16]>(1)?,
                    r.get::<_, i64>(2)?,
                    r.get::<_, i64>(3)?,
                ))
            })
            .map_err(&wrong)?;
        let mut next = 1;
        for result in results {
            let (sender, cmid, first, last) = result.map_err(&wrong)?;
            let (first, last) = (first.cast_unsigned(), last.cast_unsigned());
            report.commands += 1;
            if last < first {
                // It changed nothing.
                continue;
            }
            if first != next {
                report.fault(
                    Some(row.id),
                    format!("the commands before event {first} do not cover event {next}"),
                );
            }
            next = last.saturating_add(1);
            let own = self
                .connection
                .prepare_cached(
                    "SELECT count(*) FROM records WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3
                     AND json_extract(CAST(header AS TEXT), '$.actor.id') = ?4
                     AND json_extract(CAST(header AS TEXT), '$.cmid') = ?5",
                )
                .and_then(|mut s| {
                    let cmid = crate::conversation::Cmid::from_bytes(cmid).to_string();
                    let range = (first.cast_signed(), last.cast_signed());
                    s.query_row(params![row.id.to_bytes(), range.0, range.1, sender, cmid], |r| {
                        r.get::<_, i64>(0)
                    })
                });
            // A header that is not JSON has been told of already.
            if own.is_ok_and(|n| n.cast_unsigned() != last - first + 1) {
                report.fault(Some(row.id), format!("events {first} to {last} are not of their command"));
            }
        }
        if next != top.saturating_add(1) {
            report.fault(Some(row.id), format!("no command caused event {next} and those after it"));
        }
        Ok(())
    }
}

/// Compares a header with its row and with what came before.
fn compare(row: &Row, seq: u64, header: &Header, passed: &mut Passing, report: &mut Report) {
    let mut fault = |what: &str| report.fault(Some(row.id), format!("event {seq} {what}"));
    if header.conversation != row.id || header.seq != seq {
        fault("stands in the place of another");
    }
    if header.epoch != row.epoch {
        fault("is of another epoch");
    }
    if header.at < passed.at {
        fault("is earlier than the one before it");
    }
    if (seq == 1) != matches!(header.fact, Fact::Opened { .. }) {
        fault(if seq == 1 { "does not open the conversation" } else { "opens the conversation again" });
    }
    passed.at = header.at;
    match &header.fact {
        Fact::Opened { visitor, .. } => passed.visitor = Some(*visitor),
        Fact::Closed { .. } => passed.closed = true,
        Fact::Erased => passed.erased = true,
        _ => {}
    }
}

/// The keys that were needed lately.
struct Keys<'a> {
    snapshot: &'a Snapshot,
    known: HashMap<KeyId, Option<VisitorKey>>,
}

impl Keys<'_> {
    fn key(&mut self, id: KeyId) -> Result<Option<VisitorKey>, LogError> {
        if let Some(key) = self.known.get(&id) {
            return Ok(key.clone());
        }
        let key = self.snapshot.reader().key(id)?;
        if self.known.len() >= KEYS_MAX {
            self.known.clear();
        }
        self.known.insert(id, key.clone());
        Ok(key)
    }
}
