//! What a disk holds after its power failed: worked out from the journal of the shim.
//!
//! The rules are those that a file system promises and no more. What was synced stays. Of what was written afterwards
//! each sector of 512 bytes may be there or not, in any order; a changed size likewise. Names (made, removed, renamed)
//! are kept by a file system in their order, so some first part of them is there; syncing a directory settles all of
//! them up to the last one in it. SQLite's `-shm` files are no part of the durable state and are gone.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::rng::Rng;

/// Disks write whole sectors.
const SECTOR_BYTES: u64 = 512;
/// The length of an entry's header in the journal: see `struct entry` in shim.c.
const HEADER_BYTES: usize = 32;

/// What becomes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Nothing,
    /// Each sector by chance.
    Something,
    /// As after a kill with the power on.
    Everything,
}

/// The files of one directory tree.
#[derive(Debug, Default)]
pub struct Disk {
    files: Vec<Content>,
    /// Names that would be there after a power cut.
    names: BTreeMap<String, usize>,
    /// What happened to names since, in order, each with its place in the journal.
    waiting: Vec<(u64, Naming)>,
    /// The names as the process sees them.
    seen: BTreeMap<String, usize>,
    inodes: HashMap<u64, usize>,
    entries: u64,
}

#[derive(Debug, Default)]
struct Content {
    synced: Vec<u8>,
    waiting: Vec<(u64, Change)>,
}

#[derive(Debug)]
enum Change {
    Write { at: u64, data: Vec<u8> },
    Size(u64),
}

#[derive(Debug)]
enum Naming {
    Put(String, usize),
    Remove(String),
    Move(String, String),
}

impl Naming {
    fn touches(&self, directory: &str) -> bool {
        let inside = |path: &str| path.rsplit_once('/').map_or("", |(dir, _)| dir) == directory;
        match self {
            Self::Put(path, _) | Self::Remove(path) => inside(path),
            Self::Move(from, to) => inside(from) || inside(to),
        }
    }

    fn apply(self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Put(path, file) => drop(names.insert(path, file)),
            Self::Remove(path) => drop(names.remove(&path)),
            Self::Move(from, to) => {
                if let Some(file) = names.remove(&from) {
                    names.insert(to, file);
                }
            }
        }
    }
}

impl Content {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Write { at, data } => {
                let (at, end) = (at as usize, at as usize + data.len());
                if self.synced.len() < end {
                    self.synced.resize(end, 0);
                }
                self.synced[at..end].copy_from_slice(&data);
            }
            Change::Size(size) => self.synced.resize(size as usize, 0),
        }
    }

    /// Applies what happens to have reached the disk of one change.
    fn apply_some(&mut self, change: Change, rng: &mut Rng) {
        let Change::Write { at, data } = change else {
            if rng.percent(50) {
                self.apply(change);
            }
            return;
        };
        let mut rest = data.as_slice();
        let mut at = at;
        while !rest.is_empty() {
            let here = (SECTOR_BYTES - at % SECTOR_BYTES).min(rest.len() as u64);
            let (sector, after) = rest.split_at(here as usize);
            if rng.percent(50) {
                self.apply(Change::Write { at, data: sector.to_vec() });
            }
            (rest, at) = (after, at + here);
        }
    }
}

impl Disk {
    /// Takes in what one process did. An entry that the kill cut off at the end did not happen.
    pub fn replay(&mut self, journal: &[u8]) -> io::Result<()> {
        let mut rest = journal;
        while rest.len() >= HEADER_BYTES {
            let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            let long = |at: usize| u64::from_le_bytes(rest[at..at + 8].try_into().unwrap());
            let (first, second) = (word(4) as usize, word(8) as usize);
            let Some(payload) = rest.get(HEADER_BYTES..HEADER_BYTES + first + second) else { break };
            self.entry(word(0), long(16), long(24), &payload[..first], &payload[first..])?;
            self.entries += 1;
            rest = &rest[HEADER_BYTES + first + second..];
        }
        Ok(())
    }

    fn entry(&mut self, op: u32, inode: u64, at: u64, first: &[u8], second: &[u8]) -> io::Result<()> {
        let path = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let place = self.entries;
        match op {
            1 => {
                let file = self.add(inode);
                self.name(Naming::Put(path(first), file), Naming::Put(path(first), file));
            }
            2 => {
                let file = match self.seen.get(&path(first)) {
                    Some(file) => *file,
                    None => {
                        let file = self.add(inode);
                        self.name(Naming::Put(path(first), file), Naming::Put(path(first), file));
                        file
                    }
                };
                self.inodes.insert(inode, file);
            }
            3 => self.content(inode)?.waiting.push((place, Change::Write { at, data: first.to_vec() })),
            4 => self.content(inode)?.waiting.push((place, Change::Size(at))),
            5 => self.name(Naming::Remove(path(first)), Naming::Remove(path(first))),
            6 => {
                let (from, to) = (path(first), path(second));
                self.name(Naming::Move(from.clone(), to.clone()), Naming::Move(from, to));
            }
            7 => {
                let content = self.content(inode)?;
                let after = content.waiting.partition_point(|(place, _)| *place < at);
                let synced: Vec<_> = content.waiting.drain(..after).collect();
                synced.into_iter().for_each(|(_, change)| content.apply(change));
            }
            8 => {
                let directory = path(first);
                let last = self.waiting.iter().rposition(|(p, n)| *p < at && n.touches(&directory));
                let settled = last.map_or(0, |last| last + 1);
                for (_, naming) in self.waiting.drain(..settled) {
                    naming.apply(&mut self.names);
                }
            }
            _ => return Err(io::Error::other(format!("the journal has an entry of kind {op}"))),
        }
        Ok(())
    }

    fn add(&mut self, inode: u64) -> usize {
        self.files.push(Content::default());
        self.inodes.insert(inode, self.files.len() - 1);
        self.files.len() - 1
    }

    fn content(&mut self, inode: u64) -> io::Result<&mut Content> {
        let file =
            self.inodes.get(&inode).ok_or_else(|| io::Error::other("an unknown file in the journal"))?;
        Ok(&mut self.files[*file])
    }

    fn name(&mut self, seen: Naming, later: Naming) {
        seen.apply(&mut self.seen);
        self.waiting.push((self.entries, later));
    }

    /// The power fails: what is left is all there is.
    pub fn lose_power(&mut self, keep: Keep, rng: &mut Rng) {
        let kept = match keep {
            Keep::Nothing => 0,
            Keep::Something => rng.below(self.waiting.len() as u64 + 1) as usize,
            Keep::Everything => self.waiting.len(),
        };
        for (_, naming) in std::mem::take(&mut self.waiting).into_iter().take(kept) {
            naming.apply(&mut self.names);
        }
        for content in &mut self.files {
            for (_, change) in std::mem::take(&mut content.waiting) {
                match keep {
                    Keep::Nothing => {}
                    Keep::Something => content.apply_some(change, rng),
                    Keep::Everything => content.apply(change),
                }
            }
        }
        // Only what still has a name is of interest.
        let mut files = Vec::new();
        self.names.retain(|name, _| !name.ends_with("-shm"));
        for file in self.names.values_mut() {
            files.push(std::mem::take(&mut self.files[*file]));
            *file = files.len() - 1;
        }
        self.files = files;
        self.seen = self.names.clone();
        self.inodes.clear();
        self.entries = 0;
    }

    /// Makes the directory `root` hold exactly this.
    pub fn write_to(&self, root: &Path) -> io::Result<()> {
        fs::remove_dir_all(root)?;
        fs::create_dir_all(root)?;
        for (name, file) in &self.names {
            let path = root.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut to = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            to.write_all(&self.files[*file].synced)?;
        }
        Ok(())
    }

    /// What a file holds, for the tests.
    fn get(&self, name: &str) -> Option<&[u8]> {
        self.names.get(name).map(|file| self.files[*file].synced.as_slice())
    }
}

fn entry(op: u32, inode: u64, at: u64, first: &[u8], second: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [op, first.len() as u32, second.len() as u32, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(inode.to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([first, second].concat());
    bytes
}

/// A file is made and synced, then written to again.
fn story() -> Vec<u8> {
    let second = [b'2'; 2048];
    [
        entry(1, 7, 0, b"a/log", b""),
        entry(3, 7, 0, b"first", b""),
        entry(7, 7, 2, b"", b""),
        entry(8, 0, 3, b"a", b""),
        entry(3, 7, 0, &second, b""),
        entry(1, 8, 0, b"a/new", b""),
        entry(6, 0, 0, b"a/log", b"a/old"),
    ]
    .concat()
}

pub fn what_was_synced_stays_and_the_rest_goes() {
    let mut disk = Disk::default();
    disk.replay(&story()).unwrap();
    disk.lose_power(Keep::Nothing, &mut Rng::new(1));
    assert_eq!((disk.get("a/log"), disk.get("a/new")), (Some(&b"first"[..]), None));

    let mut disk = Disk::default();
    disk.replay(&story()).unwrap();
    disk.lose_power(Keep::Everything, &mut Rng::new(1));
    assert_eq!(disk.get("a/old").map(<[u8]>::len), Some(2048));
    assert_eq!(disk.get("a/new"), Some(&b""[..]));
}

pub fn of_what_was_not_synced_any_sectors_and_the_first_names_may_stay() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..500 {
        let mut disk = Disk::default();
        disk.replay(&story()).unwrap();
        disk.lose_power(Keep::Something, &mut Rng::new(seed));
        let (renamed, made) = (disk.get("a/old").is_some(), disk.get("a/new").is_some());
        assert!(made || !renamed, "the second name came without the first");
        let log = disk.get(if renamed { "a/old" } else { "a/log" }).unwrap().to_vec();
        let sectors: Vec<bool> = (0..4).map(|n| log.get(n * 512) == Some(&b'2')).collect();
        assert!(sectors[0] || log.starts_with(b"first"));
        seen.insert((sectors, renamed, made));
    }
    assert_eq!(seen.len(), 16 * 3, "not every outcome came up");
}

pub fn a_sync_covers_what_was_written_before_it_began_only() {
    let mut disk = Disk::default();
    let begun_early = [
        entry(1, 7, 0, b"log", b""),
        entry(8, 0, 1, b"", b""),
        entry(3, 7, 0, b"aaaa", b""),
        entry(3, 7, 4, b"bbbb", b""),
        entry(7, 7, 3, b"", b""),
    ];
    let mut journal = begun_early.concat();
    journal.extend(&entry(3, 7, 8, b"cccc", b"")[..20]);
    disk.replay(&journal).unwrap();
    disk.lose_power(Keep::Nothing, &mut Rng::new(1));
    assert_eq!(disk.get("log"), Some(&b"aaaa"[..]));
}
