//! What is around the visitor: the crowd, and with `--rich` a room with walls, announcements, music and the mains' hum.

use std::time::Duration;

use anyhow::Result;
use avatardesk::speech::audio::{SAMPLE_RATE, level_db, samples_in};
use avatardesk::speech::room::Chance;

use crate::mix::{crowd, mixed};
use crate::voices::{ANSWERS, at_level, speak};

/// Who announces; not one of the avatar's voices.
const ANNOUNCER: &str = "en-gb+m7";
/// By how much announcements are louder, and music is quieter, than the crowd, in dB.
const ANNOUNCEMENT_ABOVE_DB: f32 = 3.0;
const MUSIC_BELOW_DB: f32 = 4.0;
const HUM_DB: f32 = -50.0;
/// One announcement in so many seconds.
const ANNOUNCEMENT_S: (f32, f32) = (15.0, 30.0);
/// The room, the microphone in it, and how far the walls throw back, all in metres but the last.
const SIZE: [f32; 3] = [9.0, 7.0, 3.5];
const MICROPHONE: [f32; 3] = [3.1, 2.3, 1.4];
const WALLS: f32 = 0.7;
/// Images of the room to each side; metres of sound in a second.
const IMAGES: i32 = 2;
const SOUND_SPEED: f32 = 343.0;

/// The sounds of a hall.
pub struct Hall {
    crowd: Vec<f32>,
    announcement: Vec<f32>,
    music: Vec<f32>,
    pub rich: bool,
}

impl Hall {
    pub fn new(rich: bool) -> Result<Self> {
        let mut hall = Self { crowd: crowd()?, announcement: Vec::new(), music: Vec::new(), rich };
        if rich {
            hall.crowd = in_room(&hall.crowd, [7.0, 5.2, 1.6]);
            let said = speak(&ANSWERS.concat(), Some(ANNOUNCER), 1.0, SAMPLE_RATE)?;
            hall.announcement = in_room(&at_level(said, -20.0), [8.2, 6.3, 3.2]);
            hall.music = in_room(&music(), [0.6, 6.3, 3.2]);
        }
        Ok(hall)
    }

    /// What the microphone hears when a visitor of this level says this and the crowd has that level.
    pub fn around(&self, said: Vec<f32>, crowd_db: f32, chance: &mut Chance) -> Vec<f32> {
        if !self.rich {
            return mixed(said, &self.crowd, crowd_db, chance);
        }
        let place = [3.1 + chance.between(-0.3, 0.3), 2.9 + chance.between(0.0, 0.2), 1.6];
        let mut sound = mixed(in_room(&said, place), &self.crowd, crowd_db, chance);
        sound = mixed(sound, &self.music, crowd_db - MUSIC_BELOW_DB, chance);
        let gain = 10f32.powf((crowd_db + ANNOUNCEMENT_ABOVE_DB + 20.0) / 20.0);
        let mut at = samples_in(Duration::from_secs_f32(chance.between(2.0, 20.0)), SAMPLE_RATE);
        while at < sound.len() {
            let from = (chance.share() * self.announcement.len() as f32 * 0.7) as usize;
            let length = samples_in(Duration::from_secs_f32(chance.between(3.0, 6.0)), SAMPLE_RATE);
            let said = self.announcement.iter().skip(from).take(length);
            sound.iter_mut().skip(at).zip(said).for_each(|(slot, s)| *slot += s * gain);
            let pause = chance.between(ANNOUNCEMENT_S.0, ANNOUNCEMENT_S.1);
            at += samples_in(Duration::from_secs_f32(pause), SAMPLE_RATE);
        }
        let hum = 10f32.powf(HUM_DB / 20.0);
        for (i, slot) in sound.iter_mut().enumerate() {
            let turn = i as f32 * 50.0 / SAMPLE_RATE as f32;
            let turn = (turn - turn.floor()) * std::f32::consts::TAU;
            *slot += hum * (turn.sin() + (3.0 * turn).sin() / 2.0 + (5.0 * turn).sin() / 4.0);
        }
        sound
    }
}

/// Chords that die away, for some seconds.
fn music() -> Vec<f32> {
    let mut out = Vec::new();
    for (i, base) in
        [131.0f32, 165.0, 196.0, 147.0, 220.0, 175.0, 131.0, 196.0].iter().cycle().take(40).enumerate()
    {
        let length = SAMPLE_RATE as usize * (2 + i % 3) / 5;
        out.extend((0..length).map(|k| {
            let time = k as f32 / SAMPLE_RATE as f32;
            let tones =
                [1.0f32, 1.25, 1.5].iter().flat_map(|note| (1..6u8).map(move |h| (note * f32::from(h), h)));
            let chord: f32 = tones
                .map(|(ratio, h)| (std::f32::consts::TAU * base * ratio * time).sin() / f32::from(h))
                .sum();
            chord * (-3.0 * time).exp() * 0.1
        }));
    }
    out
}

/// A sound from a place in the room, as it arrives at the microphone: the direct way and the walls' reflections, by image
/// sources (Allen and Berkley, 1979). As loud as it was, and not later.
fn in_room(sound: &[f32], place: [f32; 3]) -> Vec<f32> {
    let mut ways: Vec<(f32, f32)> = Vec::new();
    let ([x, y, z], [deep, wide, high], [to_x, to_y, to_z]) = (place, SIZE, MICROPHONE);
    for (x, walls_x) in images(x, deep, to_x) {
        for (y, walls_y) in images(y, wide, to_y) {
            for (z, walls_z) in images(z, high, to_z) {
                let way = (x * x + y * y + z * z).sqrt().max(0.1);
                ways.push((way, WALLS.powf(walls_x + walls_y + walls_z) / way));
            }
        }
    }
    let direct = ways.iter().map(|(way, _)| *way).fold(f32::MAX, f32::min);
    let mut out = vec![0.0f32; sound.len()];
    for (way, gain) in ways {
        let later = ((way - direct) / SOUND_SPEED * SAMPLE_RATE as f32).round() as usize;
        out.iter_mut().skip(later).zip(sound).for_each(|(slot, s)| *slot += s * gain);
    }
    let gain = 10f32.powf((level_db(sound) - level_db(&out)) / 20.0);
    out.iter_mut().for_each(|s| *s *= gain);
    out
}

/// The images of a place between two walls: how far each is from the microphone, and how many walls it stands for.
fn images(place: f32, size: f32, microphone: f32) -> Vec<(f32, f32)> {
    let image = |n: i32, mirrored: bool| {
        let at = if mirrored { -place } else { place } + 2.0 * n as f32 * size;
        (at - microphone, ((n - i32::from(mirrored)).abs() + n.abs()) as f32)
    };
    (-IMAGES..=IMAGES).flat_map(|n| [image(n, false), image(n, true)]).collect()
}
