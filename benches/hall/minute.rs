//! One minute of each part of the measurement, in one room.

use std::time::Duration;

use anyhow::Result;
use avatardesk::speech::audio::{SAMPLE_RATE, duration_of};
use avatardesk::speech::room::{Chance, Hearing, Outcome, Room, run as run_room};

use crate::hall::Hall;
use crate::mix::{PIECE, Turn, answers, sentence, turns_of};
use crate::voices::{first_voiced, silence};

/// A report that is further from the true beginning than this is of something else.
const EARLY: Duration = Duration::from_millis(400);
const LATE: Duration = Duration::from_millis(900);
/// Levels in dB below full scale: visitors lie between these.
const VISITOR_DB: (f32, f32) = (-28.0, -24.0);
const ECHO_DB: f32 = -10.0;
/// Visitors who interrupt, in a minute.
const INTERRUPTIONS: u64 = 6;

/// What was counted.
#[derive(Default)]
pub struct Minute {
    pub turns: u32,
    pub found: u32,
    pub false_starts: u32,
    /// Of these, second beginnings of the same turn.
    pub cut_in_two: u32,
    pub false_utterances: u32,
    /// For each turn found, how much of its beginning the utterance lacks; negative: pre-roll.
    pub cut_ms: Vec<i64>,
    pub end_errors: Vec<u32>,
    pub tried: u32,
    pub times: Vec<u32>,
    pub own: u32,
    pub hesitations: u32,
    pub own_length: Duration,
    pub cost: Duration,
    pub length: Duration,
    /// What goes wrong is printed.
    pub trace: bool,
}

impl Minute {
    pub fn add(&mut self, other: Self) {
        self.turns += other.turns;
        self.found += other.found;
        self.false_starts += other.false_starts;
        self.cut_in_two += other.cut_in_two;
        self.false_utterances += other.false_utterances;
        self.cut_ms.extend(other.cut_ms);
        self.end_errors.extend(other.end_errors);
        self.tried += other.tried;
        self.times.extend(other.times);
        self.own += other.own;
        self.hesitations += other.hesitations;
        self.own_length += other.own_length;
        self.cost += other.cost;
        self.length += other.length;
    }

    fn paid(&mut self, outcome: &Outcome) {
        self.cost += outcome.cost;
        self.length += outcome.length;
    }
}

/// Measures minute number `minute` in a hall with a crowd that is `noise_db` quieter than the visitors.
pub fn run(minute: u64, noise_db: f32, hall: &Hall, hearing: &Hearing, trace: bool) -> Result<Minute> {
    let mut chance = Chance::new(minute + 1);
    let room = room(minute, hall.rich, &mut chance);
    let visitor_db = chance.between(VISITOR_DB.0, VISITOR_DB.1);
    let mut sum = Minute { trace, ..Minute::default() };
    if trace {
        println!("minute {minute}");
    }
    // Visitors, one sentence after the other, while the avatar is silent.
    let (sound, turns) = turns_of(minute, visitor_db, &mut chance)?;
    let sound = hall.around(sound, visitor_db - noise_db, &mut chance);
    let outcome = run_room(&room, hearing, &[], &sound);
    sum.paid(&outcome);
    count_turns(&mut sum, &turns, &outcome);
    // The avatar alone.
    let spoken = answers(minute as usize, PIECE)?;
    let crowd_alone = hall.around(silence(PIECE), visitor_db - noise_db, &mut chance);
    let outcome = run_room(&room, hearing, &spoken, &crowd_alone);
    sum.paid(&outcome);
    sum.own += u32::from(outcome.silent.is_some());
    if trace && let Some(at) = outcome.silent {
        println!("the avatar interrupted itself at {at:?}");
    }
    let alone = outcome.silent.unwrap_or(outcome.length);
    sum.hesitations += hesitations(&outcome, alone);
    sum.own_length += alone;
    // Visitors who interrupt.
    for i in 0..INTERRUPTIONS {
        let number = minute * INTERRUPTIONS + i;
        let spoken = answers(number as usize, Duration::from_secs(10))?;
        let begins = silence(Duration::from_secs_f32(chance.between(3.0, 6.0)));
        let said = sentence(number, visitor_db, &mut chance)?;
        let first = duration_of((begins.len() + first_voiced(&said)) as u64, SAMPLE_RATE);
        let sound = [begins, said, silence(Duration::from_millis(600))].concat();
        let sound = hall.around(sound, visitor_db - noise_db, &mut chance);
        let outcome = run_room(&room, hearing, &spoken, &sound);
        sum.paid(&outcome);
        match (outcome.silent, outcome.reported.first()) {
            (Some(_), Some(at)) if *at + Duration::from_millis(150) < first => sum.own += 1,
            (Some(silent), Some(at)) => {
                sum.tried += 1;
                let time = silent.saturating_sub(first);
                sum.times.push(ms(time));
                if trace && time > Duration::from_millis(250) {
                    println!(
                        "interruption {number}: {time:?}; held {:?}, sure {at:?}, first {first:?}",
                        outcome.hushes
                    );
                }
            }
            _ => sum.tried += 1,
        }
        let alone = first.min(outcome.silent.unwrap_or(outcome.length));
        sum.hesitations += hesitations(&outcome, alone);
        sum.own_length += alone;
    }
    Ok(sum)
}

/// Times that the avatar held its breath before anybody interrupted, with the time that a syllable takes to be one.
fn hesitations(outcome: &Outcome, until: Duration) -> u32 {
    outcome.hushes.iter().filter(|at| **at + Duration::from_millis(150) < until).count() as u32
}

fn count_turns(sum: &mut Minute, turns: &[Turn], outcome: &Outcome) {
    let near =
        |turn: &Turn, at: &Duration| *at + EARLY > turn.voiced && at.saturating_sub(LATE) < turn.voiced;
    let of_a_turn = |at: &Duration| turns.iter().any(|turn| near(turn, at));
    sum.turns += turns.len() as u32;
    sum.found += turns.iter().filter(|t| outcome.reported.iter().any(|at| near(t, at))).count() as u32;
    for at in outcome.reported.iter().filter(|at| !of_a_turn(at)) {
        let in_turn = turns.iter().any(|turn| *at > turn.begin && *at < turn.end + LATE);
        sum.false_starts += 1;
        sum.cut_in_two += u32::from(in_turn);
        if sum.trace {
            println!("false start at {at:?}{}", if in_turn { ", in a turn" } else { "" });
        }
    }
    for turn in turns.iter().filter(|_| sum.trace) {
        if !outcome.reported.iter().any(|at| near(turn, at)) {
            println!("lost the turn at {:?}; heard {:?}", turn.voiced, outcome.reported);
        }
    }
    for heard in &outcome.utterances {
        match turns.iter().find(|turn| near(turn, &heard.reported)) {
            Some(turn) => {
                sum.cut_ms.push(signed_ms(heard.kept_from) - signed_ms(turn.begin));
                sum.end_errors.push(ms(heard.ended.abs_diff(turn.end)));
            }
            None => sum.false_utterances += 1,
        }
    }
}

fn room(seed: u64, rich: bool, chance: &mut Chance) -> Room {
    let (first, last) = if rich { (0.02, 0.2) } else { (0.03, 0.12) };
    let delay = Duration::from_secs_f32(chance.between(first, last));
    Room {
        echo_db: if rich { chance.between(-25.0, -6.0) } else { ECHO_DB },
        delay,
        reverberation: Duration::from_secs_f32(chance.between(0.12, 0.3)),
        noise_db: -62.0,
        seed,
    }
}

fn ms(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

fn signed_ms(time: Duration) -> i64 {
    i64::from(ms(time))
}
