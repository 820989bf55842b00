//! At the end of a story: what was said equals the log, each once and in order, and a secret is in no file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::script::words;
use super::witness::Line;
use crate::conversation::{Body, ConversationId, Event, Fact};
use crate::log::{Record, Snapshot};

/// The most files that are searched.
const FILES_MAX: usize = 2_000;
/// The largest file that is searched, in bytes.
const FILE_MAX_BYTES: u64 = 1 << 30;
/// How often files are searched, when some go meanwhile.
const SEARCHES_MAX: u32 = 20;

/// The log of a conversation, opened.
pub fn read(relay: &Path, conversation: ConversationId) -> Result<Vec<Event>> {
    let snapshot = Snapshot::open(relay, None)?;
    let mut events = Vec::new();
    let mut position = 0;
    loop {
        let records = snapshot.records(position, Some(conversation))?;
        let Some(Record { position: last, .. }) = records.last() else { return Ok(events) };
        position = *last;
        events.extend(records.into_iter().map(|record| record.event));
    }
}

/// Compares what was said, in the order in which it was, with what the log has. Everything that is wrong, in words.
pub fn compare<'a>(said: impl Iterator<Item = &'a Line>, log: &[Event]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut stored: BTreeMap<u64, (&str, &str)> = log.iter().filter_map(words_of).collect();
    // Each side keeps its order; what both say at one moment may have crossed on the way.
    let mut last: BTreeMap<bool, u64> = BTreeMap::new();
    for line in said {
        let (who, text) = (line.who, &line.text);
        let Some(seq) = line.seq else {
            wrong.push(format!("`{text}` ({who}) was never stored"));
            continue;
        };
        match stored.remove(&seq) {
            Some((by, words)) if by == who && words == text => {}
            Some((by, words)) => {
                wrong.push(format!("event {seq} is `{words}` ({by}), and `{text}` ({who}) was said"));
            }
            None => wrong.push(format!("`{text}` ({who}) is not event {seq} of the log, or was said twice")),
        }
        let before = last.entry(who == "visitor").or_default();
        if *before >= seq {
            wrong.push(format!("`{text}` ({who}) is event {seq} and was said after event {before}"));
        }
        *before = seq;
    }
    wrong.extend(stored.iter().map(|(seq, (by, words))| {
        format!("event {seq}, `{words}` ({by}), is in the log and was not said here, or was said before")
    }));
    wrong.extend(
        log.iter()
            .zip(1..)
            .find(|(event, seq)| event.seq != *seq)
            .map(|(event, seq)| format!("event {} stands in the log where {seq} belongs", event.seq)),
    );
    wrong
}

fn words_of(event: &Event) -> Option<(u64, (&str, &str))> {
    let (Fact::Said { .. }, Body::Said(words)) = (&event.fact, &event.body) else { return None };
    let kind = event.actor.kind;
    let who = match (kind.is_agent(), kind.is_person()) {
        (true, true) => "person",
        (true, false) => "bot",
        (false, _) => "visitor",
    };
    Some((event.seq, (who, words.text.as_str())))
}

/// Which of these words are in the opened log, and in which event.
pub fn in_log(log: &[Event], secret: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for event in log {
        let text = match &event.body {
            Body::Said(said) => words(&serde_json::to_string(said).unwrap_or_default()),
            Body::Text { text } => words(text),
            Body::Empty | Body::Erased => Vec::new(),
        };
        let leaked = text.iter().filter(|word| secret.contains(*word)).count();
        if leaked > 0 {
            found.push(format!("event {} of the log holds {leaked} word(s) of the secret", event.seq));
        }
    }
    found
}

/// What a search has found.
#[derive(Debug, Default)]
pub struct Searched {
    pub files: usize,
    /// Which files hold which words.
    pub found: Vec<String>,
}

/// Searches files, and every file in folders and in those within them, for these words. The processes that write them may still
/// run: when a file goes meanwhile, its content may have gone into one that was searched before, so all are searched again.
pub fn search(places: &[&Path], secret: &BTreeSet<String>) -> Result<Searched> {
    for _ in 1..SEARCHES_MAX {
        match search_once(places, secret) {
            Err(error) if has_gone(&error) => tracing::info!("searched again for a secret: {error:#}"),
            done => return done,
        }
    }
    search_once(places, secret)
}

/// Whether it failed since something is not there any more.
fn has_gone(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == ErrorKind::NotFound)
}

fn search_once(places: &[&Path], secret: &BTreeSet<String>) -> Result<Searched> {
    let mut searched = Searched::default();
    let mut open: Vec<PathBuf> = places.iter().map(|path| path.to_path_buf()).collect();
    while let Some(path) = open.pop() {
        let cannot = || format!("cannot search {} for a secret", path.display());
        if path.is_dir() {
            for entry in fs::read_dir(&path).with_context(cannot)? {
                open.push(entry.with_context(cannot)?.path());
            }
            continue;
        }
        searched.files += 1;
        if searched.files > FILES_MAX || path.metadata().with_context(cannot)?.len() > FILE_MAX_BYTES {
            bail!("{}: there is too much", cannot());
        }
        let bytes = fs::read(&path).with_context(cannot)?.to_ascii_lowercase();
        let found = secret.iter().filter(|word| contains(&bytes, word)).count();
        if found > 0 {
            searched.found.push(format!("{} holds {found} word(s) of the secret", path.display()));
        }
    }
    Ok(searched)
}

fn contains(bytes: &[u8], word: &str) -> bool {
    let word = word.as_bytes();
    let Some(first) = word.first() else { return false };
    let mut starts = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.any(|(at, _)| bytes.get(at..).is_some_and(|rest| rest.starts_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Actor, ActorKind, AnswerId, Cmid, Time, Words};

    fn event(seq: u64, kind: ActorKind, text: &str) -> Event {
        let fact = Fact::Said {
            answer: AnswerId::new(Time(seq), u128::from(seq)),
            part: 0,
            last: true,
            voiced: true,
            in_reply_to: None,
            corrects: None,
            masked: 0,
            thanks: false,
        };
        Event {
            seq,
            at: Time(seq),
            actor: Actor { id: "x".parse().unwrap(), kind },
            cmid: Cmid::new(Time(seq), 1),
            fact,
            body: Body::Said(Words { text: text.to_owned(), ..Words::default() }),
        }
    }

    fn line(who: &'static str, text: &str, seq: u64) -> Line {
        Line { who, text: text.to_owned(), seq: Some(seq) }
    }

    fn log() -> Vec<Event> {
        let (visitor, bot, person) = (ActorKind::Visitor, ActorKind::Bot, ActorKind::Person);
        vec![event(1, visitor, "a"), event(2, bot, "b"), event(3, visitor, "c"), event(4, person, "d")]
    }

    fn said() -> Vec<Line> {
        vec![line("visitor", "a", 1), line("bot", "b", 2), line("visitor", "c", 3), line("person", "d", 4)]
    }

    #[test]
    fn what_was_said_is_the_log() {
        assert_eq!(compare(said().iter(), &log()), Vec::<String>::new());
        // They spoke at the same time.
        let mut crossed = said();
        crossed.swap(1, 2);
        assert_eq!(compare(crossed.iter(), &log()), Vec::<String>::new());
    }

    #[test]
    fn what_is_lost_doubled_changed_or_in_another_order_is_found() {
        let wrong = |change: &dyn Fn(&mut Vec<Line>, &mut Vec<Event>)| {
            let (mut said, mut log) = (said(), log());
            change(&mut said, &mut log);
            compare(said.iter(), &log).join("; ")
        };
        let lost = wrong(&|_, log| {
            log.pop();
        });
        assert!(lost.contains("`d` (person) is not event 4"), "{lost}");
        let unsent = wrong(&|said, log| {
            log.pop();
            said[3].seq = None;
        });
        assert!(unsent.contains("`d` (person) was never stored"), "{unsent}");
        let unseen = wrong(&|said, _| {
            said.remove(1);
        });
        assert!(unseen.contains("event 2, `b` (bot), is in the log and was not said"), "{unseen}");
        let twice = wrong(&|_, log| log.push(event(5, ActorKind::Visitor, "c")));
        assert!(twice.contains("event 5, `c` (visitor)"), "{twice}");
        let shown_twice = wrong(&|said, _| said.push(line("person", "d", 4)));
        assert!(shown_twice.contains("said twice"), "{shown_twice}");
        let changed = wrong(&|_, log| log[0] = event(1, ActorKind::Visitor, "other"));
        assert!(changed.contains("event 1 is `other`"), "{changed}");
        let other = wrong(&|_, log| log[3] = event(4, ActorKind::Bot, "d"));
        assert!(other.contains("event 4 is `d` (bot)"), "{other}");
        let order = wrong(&|said, _| said.swap(0, 2));
        assert!(order.contains("`a` (visitor) is event 1 and was said after event 3"), "{order}");
        let gap = wrong(&|said, log| {
            said.pop();
            log[3] = Event {
                fact: Fact::Consented { voice: true, recording: false },
                ..event(7, ActorKind::Visitor, "")
            };
        });
        assert!(gap.contains("event 7 stands in the log where 4 belongs"), "{gap}");
    }

    #[test]
    fn a_secret_is_found_in_any_file_and_in_the_opened_log() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("deep")).unwrap();
        fs::write(dir.path().join("deep/a.bin"), [&[0u8, 255][..], b"xxLobstersyy", &[7]].concat()).unwrap();
        fs::write(dir.path().join("b.txt"), "a lobste r").unwrap();
        let secret = BTreeSet::from(["lobster".to_owned(), "velvet".to_owned()]);
        let searched = search(&[dir.path()], &secret).unwrap();
        assert_eq!(searched.files, 2);
        assert!(searched.found.len() == 1 && searched.found[0].contains("a.bin holds 1"), "{searched:?}");
        let error = search(&[&dir.path().join("none")], &secret).unwrap_err();
        assert!(format!("{error:#}").contains("none for a secret"), "{error:#}");
        let clean = log();
        assert!(in_log(&clean, &secret).is_empty());
        let leaked = [event(1, ActorKind::Visitor, "it is Velvet, lobster")];
        assert_eq!(in_log(&leaked, &secret), ["event 1 of the log holds 2 word(s) of the secret"]);
    }

    #[test]
    fn files_that_come_and_go_while_they_are_searched_end_no_search() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("kept"), "a lobster").unwrap();
        let going = dir.path().join("going");
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    fs::write(&going, "a lobster").unwrap();
                    fs::remove_file(&going).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
            });
            let secret = BTreeSet::from(["lobster".to_owned()]);
            let searches: Vec<_> = (0..300).map(|_| search(&[dir.path()], &secret)).collect();
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            for searched in searches {
                assert!(searched.unwrap().found.iter().any(|found| found.contains("kept holds 1")));
            }
        });
    }
}
