//! Levels and edges, measured in what espeak-ng makes.

use super::*;
use crate::speech::resample::Resampler;
use crate::speech::tts::{CommandSynthesizer, Synthesizer, Voice};

const WORDS: &str = "Good morning, where can I find my wallet?";

/// What espeak-ng says this loud (of 0 to 200), at [`VOICE_RATE`].
fn spoken(amplitude: u32, text: &str) -> Vec<f32> {
    let command = format!("espeak-ng -v en-us -a {amplitude} --stdin --stdout");
    let engine = CommandSynthesizer::from_template(&command, None).unwrap();
    let pcm = engine.speak(text, &Voice::of("en")).unwrap().collect().unwrap();
    let (mut resampler, mut out) = (Resampler::new(pcm.rate, VOICE_RATE).unwrap(), Vec::new());
    resampler.push(&pcm.samples, &mut out).unwrap();
    resampler.finish(&mut out).unwrap();
    out
}

fn level(samples: &[f32]) -> f32 {
    let mut meter = Meter::default();
    meter.push(samples);
    meter.level_db().unwrap()
}

/// Smoothed in pieces of this many samples, with how loud it was before.
fn smoothed(samples: &[f32], known: Option<f32>, piece: usize) -> (Vec<f32>, f32) {
    let (mut smoother, mut out) = (Smoother::new(known), Vec::new());
    for piece in samples.chunks(piece) {
        smoother.push(piece, &mut out);
    }
    smoother.finish(&mut out);
    (out, smoother.level_db().unwrap())
}

fn silence_at_ends(samples: &[f32]) -> (usize, usize) {
    let loud = |s: &f32| s.abs() > 1e-3;
    let last = samples.iter().rposition(loud).unwrap();
    (samples.iter().position(loud).unwrap(), samples.len() - 1 - last)
}

#[test]
fn a_soft_and_a_loud_voice_sound_alike() {
    let (soft, loud) = (spoken(30, WORDS), spoken(170, WORDS));
    let before = level(&loud) - level(&soft);
    assert!(before > 12.0, "they are alike already: {before} dB apart");
    let mut levels = Levels::default();
    for (name, sound) in [("soft", &soft), ("loud", &loud)] {
        // Of an unknown voice the first 300 ms tell; from the second utterance on all that was heard.
        for within in [4.0, 1.5, 1.5] {
            let mut out = Vec::new();
            let mut smoother = levels.smoother(name);
            smoother.push(sound, &mut out);
            smoother.finish(&mut out);
            levels.learn(name, smoother.level_db().unwrap());
            let off = level(&out) - TARGET_DB;
            assert!(off.abs() < within, "{name}: {off} dB off");
        }
    }
}

#[test]
fn an_utterance_has_one_gain_however_it_is_cut() {
    let sound = spoken(40, WORDS);
    let (whole, before) = smoothed(&sound, Some(-26.0), usize::MAX);
    for piece in [1, 999, 4096] {
        assert_eq!(smoothed(&sound, Some(-26.0), piece), (whole.clone(), before));
    }
    // Where nothing is limited, it is the same sound, six decibels louder.
    let gain = 10f32.powf(6.0 / 20.0);
    let start = sound.iter().position(|s| s.abs() > SILENT_BELOW).unwrap().saturating_sub(LEAD);
    let kept = &sound[start..start + VOICE_RATE as usize];
    assert!(kept.iter().all(|s| s.abs() * gain < CEILING), "too loud for this test");
    for (was, is) in kept.iter().zip(&whole) {
        assert!((was * gain - is).abs() < 1e-3, "{was} became {is}");
    }
}

#[test]
fn silence_at_the_edges_goes_and_in_the_middle_it_is_bounded() {
    let words = spoken(100, "Yes.");
    let pause = |ms| vec![0.0; samples(ms)];
    let sound = [pause(700), words.clone(), pause(2_000), words.clone(), pause(900)].concat();
    let (lead, tail) = silence_at_ends(&sound);
    assert!(lead >= samples(700) && tail >= samples(900));
    let (out, _) = smoothed(&sound, None, 1_000);
    let (lead, tail) = silence_at_ends(&out);
    assert!(lead <= LEAD + samples(10) && tail <= TAIL + samples(10), "{lead} and {tail} samples of silence");
    let (short, _) = smoothed(&words, None, 1_000);
    let between = out.len() - 2 * short.len();
    assert!(between <= MAX_PAUSE && between > MAX_PAUSE / 2, "{between}");
    let (mut smoother, mut nothing) = (Smoother::new(None), Vec::new());
    smoother.push(&pause(500), &mut nothing);
    smoother.finish(&mut nothing);
    assert_eq!((nothing, smoother.level_db()), (vec![], None));
}

#[test]
fn no_peak_goes_over_the_ceiling_and_nothing_is_lost() {
    // A soft voice with one shout in it.
    let tone = |i: usize, loud: f32| (i as f32 * 0.03).sin() * loud;
    let sound: Vec<f32> =
        (0..96_000).map(|i| tone(i, if (50_000..51_000).contains(&i) { 0.9 } else { 0.05 })).collect();
    let (out, _) = smoothed(&sound, Some(-29.0), 480);
    let peak = out.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    assert!(peak <= CEILING && peak > 0.8 * CEILING, "{peak}");
    assert!(out.len().abs_diff(sound.len()) < samples(40));
    // Long before and after it nothing is turned down.
    let soft = |range: std::ops::Range<usize>| out[range].iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    let (before, after) = (soft(40_000..45_000), soft(80_000..85_000));
    assert!((before - after).abs() < 0.01 && before > 0.12, "{before} and {after}");
}

#[test]
fn a_pause_is_as_long_as_its_mark_says() {
    let ms = |text| gap_after(text).as_millis();
    for (shorter, longer) in [
        ("first,", "then;"),
        ("then;", "Done."),
        ("好，", "好。"),
        ("a word", "Done."),
        ("“Yes.”", "Well..."),
        ("Done.", "Done.\n"),
    ] {
        assert!(ms(shorter) < ms(longer), "{shorter} and {longer}");
    }
    assert_eq!(ms("(Really?)"), ms("Really?"));
    assert_eq!(ms("真的吗？"), ms("Really?"));
}
