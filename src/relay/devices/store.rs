//! The list of devices in its database.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use subtle::ConstantTimeEq;

use super::model::{
    Admission, DEVICES_MAX, Device, DevicesError, INVITE_LIFE_MS, INVITES_MAX, Invited, NAME_MAX_CHARS,
    NewInvite,
};
use super::schema::{self, broken};
use crate::access::{CODE_SECRET_BYTES, DESKS_MAX, Desks, InviteCode, PUBLIC_KEY_BYTES, Role};
use crate::conversation::{Actor, ActorId, DeskId, Time};
use crate::log::{random_bytes, random_u128};

/// The database in the relay's directory.
const DEVICES_FILE: &str = "devices.sqlite";
/// A device's last visit is written down again after so long.
const SEEN_EVERY_MS: u64 = 60 * 60 * 1000;
/// How often another random id is tried when one is taken.
const ID_TRIES: usize = 8;
const COLUMNS: &str = "id, role, name, desks, key, enrolled_at, seen_at, revoked_at";

/// The list of devices. Its functions wait for the disk: call them where that does no harm.
#[derive(Debug)]
pub struct Devices {
    path: PathBuf,
    // Held for one short transaction at a time, never across an await.
    connection: Mutex<Connection>,
    /// This process has changed something.
    changed: AtomicBool,
    /// What SQLite said last about changes by others.
    version: Mutex<i64>,
    /// The last visit of the last device could not be written down.
    unseen: AtomicBool,
}

impl Devices {
    /// Opens the list in the relay's directory, or makes it. Several processes may have it open.
    pub fn open(dir: &Path) -> Result<Self, DevicesError> {
        let path = dir.join(DEVICES_FILE);
        let connection = schema::open(&path)?;
        Ok(Self {
            path,
            connection: Mutex::new(connection),
            changed: AtomicBool::new(true),
            version: Mutex::new(0),
            unseen: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what clients shall pin: the SHA-256 of the relay's certificate, or nothing where another program
    /// ends the TLS.
    pub fn set_pin(&self, certificate: Option<[u8; 32]>) -> Result<(), DevicesError> {
        let value = certificate.map_or(Vec::new(), |c| c.to_vec());
        self.lock()
            .execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('pin', ?1)", [value])
            .map(|_| ())
            .map_err(broken(&self.path))
    }

    /// What clients shall pin.
    pub fn pin(&self) -> Result<Option<[u8; 32]>, DevicesError> {
        let found: Option<Vec<u8>> = self
            .lock()
            .query_row("SELECT value FROM meta WHERE name = 'pin'", [], |row| row.get(0))
            .optional()
            .map_err(broken(&self.path))?;
        found.map(|pin| pin.try_into().ok()).ok_or(DevicesError::NotStarted)
    }

    /// Writes down at which port the relay listens: an invite says where the device is to go.
    pub fn set_port(&self, port: u16) -> Result<(), DevicesError> {
        self.lock()
            .execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('port', ?1)", [port])
            .map(|_| ())
            .map_err(broken(&self.path))
    }

    /// The port at which the relay listened last, if it has been started.
    pub fn port(&self) -> Result<Option<u16>, DevicesError> {
        self.lock()
            .query_row("SELECT value FROM meta WHERE name = 'port'", [], |row| row.get(0))
            .optional()
            .map_err(broken(&self.path))
    }

    /// Makes a one-time code. With `pin` the code carries the fingerprint of the relay's certificate.
    pub fn invite(&self, new: &NewInvite, pin: bool, now: Time) -> Result<Invited, DevicesError> {
        check_name(&new.name)?;
        if matches!(&new.desks, Desks::Only(desks) if desks.len() > DESKS_MAX) {
            return Err(DevicesError::TooManyDesks(DESKS_MAX));
        }
        let certificate = self.pin()?;
        let secret = random_bytes::<CODE_SECRET_BYTES>().map_err(|e| DevicesError::Random(e.to_string()))?;
        let code = InviteCode::new(secret, certificate.as_ref().filter(|_| pin));
        let wrong = broken(&self.path);
        let mut connection = self.lock();
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&wrong)?;
        step.execute("DELETE FROM invites WHERE expires_at <= ?1", [sql_time(now)]).map_err(&wrong)?;
        let waiting = count(&step, "invites").map_err(&wrong)?;
        if waiting >= INVITES_MAX {
            return Err(DevicesError::TooManyInvites(waiting));
        }
        let taken = |id: &ActorId| {
            step.query_row(
                "SELECT EXISTS (SELECT 1 FROM devices WHERE id = ?1 AND revoked_at IS NULL) \
                 OR EXISTS (SELECT 1 FROM invites WHERE id = ?1)",
                [id.as_str()],
                |row| row.get::<_, bool>(0),
            )
            .map_err(&wrong)
        };
        let id = match &new.id {
            Some(id) if taken(id)? => return Err(DevicesError::Taken(id.clone())),
            Some(id) => id.clone(),
            None => {
                let mut id = random_id(new.role)?;
                for _ in 0..ID_TRIES {
                    if !taken(&id)? {
                        break;
                    }
                    id = random_id(new.role)?;
                }
                id
            }
        };
        let expires_at = now.plus_ms(INVITE_LIFE_MS);
        let (role, desks) = (new.role.name(), desks_text(&new.desks));
        step.execute(
            "INSERT INTO invites (hash, id, role, name, desks, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![code.hash(), id.as_str(), role, new.name, desks, sql_time(expires_at)],
        )
        .map_err(&wrong)?;
        step.commit().map_err(&wrong)?;
        Ok(Invited { code, id, expires_at })
    }

    /// Decides about a device that has proved to have `key` and says that it is a `role`.
    pub fn admit(
        &self,
        key: &[u8; PUBLIC_KEY_BYTES],
        role: Role,
        now: Time,
    ) -> Result<Admission, DevicesError> {
        let wrong = broken(&self.path);
        let connection = self.lock();
        let device = connection
            .query_row(&format!("SELECT {COLUMNS} FROM devices WHERE key = ?1"), [&key[..]], device)
            .optional()
            .map_err(&wrong)?;
        match device {
            None => Ok(Admission::Unknown),
            Some(device) if device.revoked_at.is_some() => Ok(Admission::Revoked),
            Some(device) if device.role != role => Ok(Admission::Unknown),
            Some(device) => {
                if device.seen_at.is_none_or(|seen| now.since_ms(seen) >= SEEN_EVERY_MS) {
                    let sql = "UPDATE devices SET seen_at = ?1 WHERE key = ?2";
                    self.noted(connection.execute(sql, params![sql_time(now), &key[..]]));
                }
                Ok(Admission::Welcome(Box::new(device)))
            }
        }
    }

    /// A visit was written down, or not: on a full disk, say. Who is enrolled comes in all the same. A change is logged.
    fn noted(&self, written: rusqlite::Result<usize>) {
        match written {
            Ok(_) => self.unseen.store(false, Ordering::Relaxed),
            Err(e) if !self.unseen.swap(true, Ordering::Relaxed) => {
                let path = self.path.display();
                tracing::warn!("{path}: when devices come cannot be written down now: {e}");
            }
            Err(_) => {}
        }
    }

    /// Enrols a device that has proved to have `key`, when there is a code with this hash for this role. The code is used up.
    pub fn enrol(
        &self,
        key: &[u8; PUBLIC_KEY_BYTES],
        role: Role,
        code: &[u8; 32],
        now: Time,
    ) -> Result<Admission, DevicesError> {
        let wrong = broken(&self.path);
        let mut connection = self.lock();
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&wrong)?;
        step.execute("DELETE FROM invites WHERE expires_at <= ?1", [sql_time(now)]).map_err(&wrong)?;
        // All are looked at, each to its end: the time that it takes says nothing about any of them.
        let mut found: Option<Vec<u8>> = None;
        {
            let mut hashes = step.prepare("SELECT hash FROM invites").map_err(&wrong)?;
            let mut rows = hashes.query([]).map_err(&wrong)?;
            while let Some(row) = rows.next().map_err(&wrong)? {
                let hash: Vec<u8> = row.get(0).map_err(&wrong)?;
                if bool::from(hash.ct_eq(code)) {
                    found = Some(hash);
                }
            }
        }
        let Some(hash) = found else { return Ok(Admission::Unknown) };
        let count = count(&step, "devices").map_err(&wrong)?;
        if count >= DEVICES_MAX {
            return Err(DevicesError::TooManyDevices(count));
        }
        let enrolled = step
            .execute(
                "INSERT INTO devices (id, role, name, desks, key, enrolled_at, seen_at) \
                 SELECT id, role, name, desks, ?1, ?2, ?2 FROM invites WHERE hash = ?3 AND role = ?4",
                params![&key[..], sql_time(now), hash, role.name()],
            )
            .map_err(&wrong)?;
        if enrolled == 0 {
            // The code is for something else: it stays good for that.
            return Ok(Admission::Unknown);
        }
        step.execute("DELETE FROM invites WHERE hash = ?1", [hash]).map_err(&wrong)?;
        let device = step
            .query_row(&format!("SELECT {COLUMNS} FROM devices WHERE key = ?1"), [&key[..]], device)
            .map_err(&wrong)?;
        step.commit().map_err(&wrong)?;
        self.changed.store(true, Ordering::Release);
        Ok(Admission::Welcome(Box::new(device)))
    }

    /// All devices, the revoked ones too, in the order in which they were enrolled.
    pub fn list(&self) -> Result<Vec<Device>, DevicesError> {
        let wrong = broken(&self.path);
        let connection = self.lock();
        let mut query =
            connection.prepare(&format!("SELECT {COLUMNS} FROM devices ORDER BY number")).map_err(&wrong)?;
        let devices = query.query_map([], device).map_err(&wrong)?;
        devices.collect::<Result<_, _>>().map_err(&wrong)
    }

    /// Gives an enrolled device another name.
    pub fn rename(&self, id: &ActorId, name: &str) -> Result<(), DevicesError> {
        check_name(name)?;
        self.change("UPDATE devices SET name = ?2 WHERE id = ?1 AND revoked_at IS NULL", id, &name)
    }

    /// From now on this device is not let in; where it is connected it is cut off.
    pub fn revoke(&self, id: &ActorId, now: Time) -> Result<(), DevicesError> {
        let at = sql_time(now);
        self.change("UPDATE devices SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", id, &at)
    }

    fn change(&self, sql: &str, id: &ActorId, value: &dyn rusqlite::ToSql) -> Result<(), DevicesError> {
        let changed = self.lock().execute(sql, params![id.as_str(), value]).map_err(broken(&self.path))?;
        self.changed.store(true, Ordering::Release);
        if changed == 0 { Err(DevicesError::NoSuchDevice(id.clone())) } else { Ok(()) }
    }

    /// Whether something was changed since the last call, by this process or another one.
    pub fn changed(&self) -> Result<bool, DevicesError> {
        let now: i64 = self
            .lock()
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .map_err(broken(&self.path))?;
        let mut before = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        let others = std::mem::replace(&mut *before, now) != now;
        Ok(self.changed.swap(false, Ordering::AcqRel) | others)
    }

    /// Whether this device may be connected.
    pub fn is_enrolled(&self, actor: &Actor) -> Result<bool, DevicesError> {
        let found = self.lock().query_row(
            "SELECT EXISTS (SELECT 1 FROM devices WHERE id = ?1 AND revoked_at IS NULL)",
            [actor.id.as_str()],
            |row| row.get(0),
        );
        found.map_err(broken(&self.path))
    }

    /// The devices that may be connected.
    pub fn enrolled(&self) -> Result<HashSet<Actor>, DevicesError> {
        let devices = self.list()?;
        Ok(devices.iter().filter(|d| d.revoked_at.is_none()).map(Device::actor).collect())
    }
}

fn count(connection: &Connection, table: &str) -> rusqlite::Result<usize> {
    let count: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn check_name(name: &str) -> Result<(), DevicesError> {
    let chars = name.chars().count();
    let fits = !name.trim().is_empty() && chars <= NAME_MAX_CHARS && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(DevicesError::Name) }
}

fn random_id(role: Role) -> Result<ActorId, DevicesError> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let random = random_u128().map_err(|e| DevicesError::Random(e.to_string()))?;
    let letter = |n: u32| {
        let at = usize::try_from(random >> (5 * n) & 31).unwrap_or(0);
        LETTERS.get(at).copied().map_or('0', char::from)
    };
    let id = format!("{role}-{}", (0..8).map(letter).collect::<String>());
    id.parse().map_err(|_| DevicesError::Name)
}

fn desks_text(desks: &Desks) -> String {
    let desks: Vec<DeskId> = desks.clone().into();
    desks.iter().map(DeskId::as_str).collect::<Vec<_>>().join(" ")
}

fn sql_time(time: Time) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    fn parsed<T: std::str::FromStr>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
        let text: String = row.get(at)?;
        text.parse().map_err(|_| rusqlite::Error::InvalidQuery)
    }
    let time = |at: usize| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(|t| Time(u64::try_from(t).unwrap_or(0))))
    };
    let desks: String = row.get(3)?;
    let desks = desks.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>();
    Ok(Device {
        id: parsed(row, 0)?,
        role: parsed(row, 1)?,
        name: row.get(2)?,
        desks: desks.map_err(|_| rusqlite::Error::InvalidQuery)?.into(),
        key: row.get(4)?,
        enrolled_at: time(5)?.unwrap_or_default(),
        seen_at: time(6)?,
        revoked_at: time(7)?,
    })
}
