//! Nobody attends to the visitor for a while, told step by step.

use super::absence::AWAY_AFTER_MS;
use super::story_tests::{Kiosk, anna, part, rules};
use super::*;
use crate::conversation::{Command, Target};
use crate::texts::id;

fn with_anna() -> Kiosk {
    let mut k = Kiosk::new(rules());
    k.begin_talk().take(Input::PersonWanted).hear_out().agent(anna(), Command::Claim).hear_out();
    k
}

fn away(name: &str) -> Option<Absence> {
    Some(Absence::Pilot { name: name.into() })
}

#[test]
fn a_person_who_does_not_answer_is_said_to_be_away_once_and_the_avatar_stands_so() {
    let mut k = with_anna();
    k.says("where is my ticket?");
    assert_eq!((k.state.mood, k.state.absence()), (Mood::Thinking, None));
    k.wait(AWAY_AFTER_MS / 1000 - 1);
    assert_eq!(k.spoken(), []);
    k.wait(2);
    let line = Saying::Text { id: id::PILOT_AWAY, args: vec![("name", "Anna".into())] };
    assert_eq!(k.spoken(), vec![line.clone()]);
    k.hear_out();
    assert_eq!(
        (k.state.mood, k.state.absence(), k.state.absence_line()),
        (Mood::Away, away("Anna"), Some(line))
    );
    k.wait(AWAY_AFTER_MS / 1000 + 1);
    assert_eq!(k.spoken(), [], "it is said once");
}

#[test]
fn who_writes_or_answers_is_there_again() {
    let mut k = with_anna();
    k.says("where is my ticket?").wait(AWAY_AFTER_MS / 1000 + 1).hear_out();
    k.take(Input::PilotWrites);
    assert_eq!((k.state.mood, k.state.absence()), (Mood::Thinking, None));
    k.wait(AWAY_AFTER_MS / 1000 + 1).hear_out();
    assert_eq!(k.state.absence(), away("Anna"));
    k.agent(anna(), part(9, 0, true, "At the west gate.", None));
    assert_eq!((k.state.mood, k.state.absence()), (Mood::Speaking, None));
}

#[test]
fn the_avatar_listens_to_who_speaks_meanwhile() {
    let mut k = with_anna();
    k.says("where is my ticket?").wait(AWAY_AFTER_MS / 1000 + 1).hear_out();
    k.take(Input::SpeechStarted);
    assert_ne!(k.state.mood, Mood::Away);
}

#[test]
fn who_is_passed_on_sees_to_which_desk() {
    let mut k = with_anna();
    let to = Target::Queue { desk: Some("market".parse().unwrap()), skills: vec![] };
    k.agent(anna(), Command::Transfer { to, note: None }).hear_out();
    assert_eq!(k.state.absence(), Some(Absence::Desk { desk: "market".parse().unwrap() }));
    assert_eq!(k.state.mood, Mood::Away);
    k.agent(anna(), Command::Claim).hear_out();
    assert_eq!(k.state.absence(), None);
}

#[test]
fn a_host_may_have_little_motion_for_everybody_and_a_visitor_for_one_visit() {
    let mut k = Kiosk::new(Rules { reduce_motion: true, ..rules() });
    k.begin_talk();
    assert!(k.state.preferences.reduce_motion);
    let preferences = Preferences { reduce_motion: false, ..k.state.preferences };
    k.take(Input::PreferencesChanged { preferences });
    assert!(!k.state.preferences.reduce_motion);
    k.take(Input::Leave).wait(100).wait(100).wait(100);
    assert_eq!(k.state.phase, Phase::Attract);
    assert!(k.state.preferences.reduce_motion, "the next visit begins as the host wants it");
}

#[test]
fn who_wants_to_read_only_hears_nothing_and_the_next_visit_begins_as_the_host_wants_it() {
    let loud = |k: &Kiosk| {
        k.effects
            .iter()
            .rev()
            .find_map(|e| if let Effect::SetVolume(volume) = e { Some(*volume) } else { None })
    };
    let mut k = Kiosk::new(rules());
    k.begin_talk();
    let own = k.state.preferences;
    k.take(Input::PreferencesChanged { preferences: Preferences { quiet: true, ..own } });
    assert_eq!(loud(&k), Some(0));
    // Who moves the volume wants to hear something.
    k.take(Input::PreferencesChanged { preferences: Preferences { quiet: true, volume: 40, ..own } });
    assert_eq!((loud(&k), k.state.preferences.quiet), (Some(40), false));
    // A host may have it so for everybody.
    let mut k = Kiosk::new(Rules { quiet: true, ..rules() });
    assert_eq!(k.state.preferences.loudness(), 0);
    k.begin_talk().take(Input::PreferencesChanged { preferences: own });
    assert_eq!(loud(&k), Some(rules().volume));
    k.take(Input::Leave).wait(100).wait(100).wait(100);
    assert_eq!((k.state.phase, k.state.preferences.loudness()), (Phase::Attract, 0));
}
