use super::*;
use crate::access::{Desks, InviteCode, Role};
use crate::conversation::Time;

const NOW: Time = Time(1_700_000_000_000);

fn devices() -> (tempfile::TempDir, Devices) {
    let dir = tempfile::tempdir().unwrap();
    let devices = Devices::open(dir.path()).unwrap();
    devices.set_pin(Some([9; 32])).unwrap();
    (dir, devices)
}

fn ann(id: Option<&str>) -> NewInvite {
    let id = id.map(|id| id.parse().unwrap());
    NewInvite { role: Role::Agent, id, name: "Ann Lee".to_owned(), desks: Desks::All }
}

fn welcomed(admission: Admission) -> Device {
    match admission {
        Admission::Welcome(device) => *device,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_lets_one_device_in_once() {
    let (_dir, devices) = devices();
    let code = devices.invite(&ann(None), true, NOW).unwrap().code;
    assert_eq!(code.pin(), Some(&[9; 16]));
    assert_eq!(devices.admit(&[1; 32], Role::Agent, NOW), Ok(Admission::Unknown));
    // For another role it is no code, and stays good.
    assert_eq!(devices.enrol(&[1; 32], Role::Host, &code.hash(), NOW), Ok(Admission::Unknown));
    let device = welcomed(devices.enrol(&[1; 32], Role::Agent, &code.hash(), NOW).unwrap());
    assert_eq!((device.role, device.name.as_str()), (Role::Agent, "Ann Lee"));
    assert!(device.id.as_str().starts_with("agent-") && !device.id.as_str().contains("Ann"));
    assert_eq!(devices.enrol(&[2; 32], Role::Agent, &code.hash(), NOW), Ok(Admission::Unknown));
    assert_eq!(welcomed(devices.admit(&[1; 32], Role::Agent, NOW).unwrap()), device);
    assert_eq!(devices.admit(&[1; 32], Role::Host, NOW), Ok(Admission::Unknown));
}

#[test]
fn a_code_is_good_for_ten_minutes() {
    let (_dir, devices) = devices();
    let code = devices.invite(&ann(None), true, NOW).unwrap().code;
    let late = NOW.plus_ms(INVITE_LIFE_MS);
    assert_eq!(devices.enrol(&[1; 32], Role::Agent, &code.hash(), late), Ok(Admission::Unknown));
    let code = devices.invite(&ann(None), true, NOW).unwrap().code;
    let in_time = Time(late.0 - 1);
    welcomed(devices.enrol(&[1; 32], Role::Agent, &code.hash(), in_time).unwrap());
}

#[test]
fn a_wrong_code_is_none() {
    let (_dir, devices) = devices();
    devices.invite(&ann(None), true, NOW).unwrap();
    let wrong = InviteCode::new([0; 10], None);
    assert_eq!(devices.enrol(&[1; 32], Role::Agent, &wrong.hash(), NOW), Ok(Admission::Unknown));
}

#[test]
fn codes_are_not_in_the_files() {
    let (dir, devices) = devices();
    devices.set_pin(None).unwrap();
    let code = devices.invite(&ann(None), true, NOW).unwrap().code;
    let (printed, hash) = (code.expose().to_string(), code.hash());
    let mut hashed = false;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!contains(&bytes, printed.as_bytes()) && !contains(&bytes, code.secret()));
        hashed |= contains(&bytes, &hash);
    }
    assert!(hashed, "the search would find what is there");
    #[cfg(unix)]
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

#[test]
fn a_revoked_device_stays_out_and_its_id_can_be_given_again() {
    let (dir, devices) = devices();
    let kiosk = |devices: &Devices| devices.invite(&ann(Some("desk-1")), true, NOW);
    let code = kiosk(&devices).unwrap().code;
    assert_eq!(kiosk(&devices).unwrap_err(), DevicesError::Taken("desk-1".parse().unwrap()));
    let device = welcomed(devices.enrol(&[1; 32], Role::Agent, &code.hash(), NOW).unwrap());
    assert_eq!(kiosk(&devices).unwrap_err(), DevicesError::Taken("desk-1".parse().unwrap()));
    assert!(devices.changed().unwrap() && !devices.changed().unwrap());
    // Another process.
    let other = Devices::open(dir.path()).unwrap();
    other.rename(&device.id, "Anne").unwrap();
    assert!(devices.changed().unwrap());
    assert_eq!(devices.list().unwrap()[0].name, "Anne");
    assert!(devices.enrolled().unwrap().contains(&device.actor()));
    other.revoke(&device.id, NOW).unwrap();
    assert!(devices.changed().unwrap() && !devices.changed().unwrap());
    assert!(devices.enrolled().unwrap().is_empty());
    assert_eq!(devices.admit(&[1; 32], Role::Agent, NOW), Ok(Admission::Revoked));
    let gone = DevicesError::NoSuchDevice(device.id.clone());
    assert_eq!(devices.revoke(&device.id, NOW), Err(gone));
    let code = kiosk(&devices).unwrap().code;
    let again = welcomed(devices.enrol(&[2; 32], Role::Agent, &code.hash(), NOW).unwrap());
    assert_eq!(again.id, device.id);
    assert_eq!(devices.list().unwrap().len(), 2);
}

#[test]
fn an_enrolled_device_comes_in_also_when_its_visit_cannot_be_written_down() {
    let (dir, devices) = devices();
    let code = devices.invite(&ann(None), true, NOW).unwrap().code;
    let device = welcomed(devices.enrol(&[1; 32], Role::Agent, &code.hash(), NOW).unwrap());
    // As on a full disk: what is there can be read.
    let other = rusqlite::Connection::open(dir.path().join("devices.sqlite")).unwrap();
    let full = "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END";
    other.execute_batch(&format!("CREATE TRIGGER full BEFORE UPDATE ON devices {full}")).unwrap();
    let later = NOW.plus_ms(24 * 60 * 60 * 1000);
    assert_eq!(welcomed(devices.admit(&[1; 32], Role::Agent, later).unwrap()).id, device.id);
    assert_eq!(devices.admit(&[2; 32], Role::Agent, later), Ok(Admission::Unknown));
    assert_eq!(devices.list().unwrap()[0].seen_at, device.seen_at);
    other.execute_batch("DROP TRIGGER full").unwrap();
    devices.admit(&[1; 32], Role::Agent, later).unwrap();
    assert_eq!(devices.list().unwrap()[0].seen_at, Some(later));
}

#[test]
fn names_and_numbers_are_bounded() {
    let (_dir, devices) = devices();
    for name in ["", "  ", "two\nlines", &"x".repeat(65)] {
        let new = NewInvite { name: name.to_owned(), ..ann(None) };
        assert_eq!(devices.invite(&new, true, NOW).unwrap_err(), DevicesError::Name);
    }
    for _ in 0..model::INVITES_MAX {
        devices.invite(&ann(None), false, NOW).unwrap();
    }
    assert_eq!(devices.invite(&ann(None), true, NOW).unwrap_err(), DevicesError::TooManyInvites(100));
    devices.invite(&ann(None), true, NOW.plus_ms(INVITE_LIFE_MS)).unwrap();
}

#[test]
fn before_the_first_start_there_is_nothing_to_pin() {
    let dir = tempfile::tempdir().unwrap();
    let devices = Devices::open(dir.path()).unwrap();
    assert_eq!(devices.invite(&ann(None), true, NOW).unwrap_err(), DevicesError::NotStarted);
    devices.set_pin(None).unwrap();
    assert_eq!(devices.invite(&ann(None), true, NOW).unwrap().code.pin(), None);
}
