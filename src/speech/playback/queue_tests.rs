//! The queue, pulled by hand.

use super::*;

const ONE: PartKey = PartKey { answer: 7, part: 1 };
const TWO: PartKey = PartKey { answer: 7, part: 2 };

fn queue(parts: &[(PartKey, usize)]) -> VoiceQueue {
    let mut queue = VoiceQueue::default();
    for (key, samples) in parts {
        queue.begin(*key);
        queue.sentence(0, 20);
        queue.sound(vec![0.5; *samples], Instant::now()).unwrap();
        queue.end();
    }
    queue
}

fn play(queue: &mut VoiceQueue, samples: usize) -> Vec<f32> {
    let mut out = vec![9.0; samples];
    queue.render(&mut out, Instant::now());
    out
}

fn events(queue: &mut VoiceQueue) -> Vec<PlayEvent> {
    std::iter::from_fn(|| queue.next_event()).filter(|e| !matches!(e, PlayEvent::Progress { .. })).collect()
}

#[test]
fn parts_follow_each_other_without_a_gap() {
    let mut queue = queue(&[(ONE, 480), (TWO, 480)]);
    let out = play(&mut queue, 1000);
    assert!(out[..960].iter().all(|s| *s == 0.5));
    assert!(out[960..].iter().all(|s| *s == 0.0));
    let events = events(&mut queue);
    assert!(matches!(
        events[..],
        [
            PlayEvent::Sentence { key: ONE, from: 0, to: 20 },
            PlayEvent::Started { key: ONE, .. },
            PlayEvent::Finished { key: ONE, played: Played { ms: 10, chars: 20 } },
            PlayEvent::Sentence { key: TWO, .. },
            PlayEvent::Started { key: TWO, .. },
            PlayEvent::Finished { key: TWO, .. },
        ]
    ));
    assert!(queue.is_idle());
}

#[test]
fn stopping_fades_out_within_twenty_milliseconds_and_drops_the_rest() {
    let mut queue = queue(&[(ONE, 48_000), (TWO, 48_000)]);
    play(&mut queue, 24_000);
    queue.stop(Instant::now());
    let out = play(&mut queue, 48_000);
    let silent_from = out.iter().rposition(|s| *s != 0.0).unwrap() + 1;
    assert!(silent_from <= VOICE_RATE as usize / 50, "{silent_from} samples");
    // No step is audible as a click.
    assert!(out.windows(2).all(|w| (w[0] - w[1]).abs() < 0.01));
    let events = events(&mut queue);
    let Some(PlayEvent::Interrupted { key: ONE, played, .. }) = events.get(2) else { panic!("{events:?}") };
    assert!((500..=516).contains(&played.ms), "{played:?}");
    assert!((9..=11).contains(&played.chars), "{played:?}");
    assert!(matches!(events[3], PlayEvent::Interrupted { key: TWO, played: Played { ms: 0, chars: 0 }, .. }));
    assert!(queue.is_idle());
}

#[test]
fn stopping_when_nothing_plays_changes_nothing() {
    let mut queue = VoiceQueue::default();
    queue.stop(Instant::now());
    play(&mut queue, 10);
    queue.begin(ONE);
    queue.sound(vec![0.5; 100], Instant::now()).unwrap();
    assert_eq!(play(&mut queue, 1)[0], 0.5);
}

#[test]
fn a_slow_synthesiser_leaves_silence_that_is_counted() {
    let mut queue = VoiceQueue::default();
    queue.begin(ONE);
    queue.sentence(0, 10);
    play(&mut queue, 100);
    assert_eq!(queue.starved_samples(), 0, "it has not begun");
    queue.sound(vec![0.5; 100], Instant::now()).unwrap();
    play(&mut queue, 150);
    assert_eq!(queue.starved_samples(), 50);
    queue.sound(vec![0.5; 100], Instant::now()).unwrap();
    queue.end();
    assert_eq!(play(&mut queue, 100)[99], 0.5);
}

#[test]
fn progress_goes_up_and_never_beyond_the_text() {
    let mut queue = queue(&[(ONE, 48_000)]);
    play(&mut queue, 60_000);
    let mut last = Played::default();
    let mut count = 0;
    while let Some(event) = queue.next_event() {
        if let PlayEvent::Progress { played, .. } = event {
            assert!(played.ms > last.ms && played.chars >= last.chars && played.chars <= 20);
            last = played;
            count += 1;
        }
    }
    assert_eq!(count, 10);
}

#[test]
fn the_volume_changes_without_a_click() {
    let mut queue = queue(&[(ONE, 48_000)]);
    play(&mut queue, 100);
    queue.set_volume(0.0);
    let out = play(&mut queue, 4_800);
    assert!(out.windows(2).all(|w| (w[0] - w[1]).abs() < 0.01));
    assert_eq!(out[4_799], 0.0);
    queue.set_volume(f32::NAN);
    assert_eq!(play(&mut queue, 4_800)[4_799], 0.5);
}

#[test]
fn more_than_the_bound_is_given_back() {
    let mut queue = VoiceQueue::default();
    assert!(queue.sound(vec![0.0; MAX_QUEUED_SAMPLES], Instant::now()).is_ok());
    assert_eq!(queue.sound(vec![0.0; 7], Instant::now()).unwrap_err().len(), 7);
}

/// A mouth that is open in the second of three tenths of a second.
fn lips() -> LipSlot {
    use crate::speech::visemes::LipTrack;
    let vowel = |i: usize| (1..40).map(|k| (i as f32 * 0.017 * k as f32).sin() / k as f32).sum::<f32>() * 0.1;
    let sound: Vec<f32> =
        (0..14_400).map(|i| if (4_800..9_600).contains(&i) { vowel(i) } else { 0.0 }).collect();
    let slot = LipSlot::default();
    slot.set(LipTrack::of(&["ɑː".to_owned()], &sound, VOICE_RATE).unwrap()).unwrap();
    slot
}

#[test]
fn lips_follow_the_samples_that_are_played_however_long_they_wait() {
    let mut queue = VoiceQueue::default();
    play(&mut queue, 1_000);
    queue.begin(ONE);
    queue.sentence_with_lips(0, 5, lips());
    queue.sound(vec![0.5; 4_800], Instant::now()).unwrap();
    // Nothing is there after a tenth of a second, for a tenth of a second.
    play(&mut queue, 9_600);
    queue.sound(vec![0.5; 9_600], Instant::now()).unwrap();
    queue.sentence(6, 9);
    queue.sound(vec![0.5; 4_800], Instant::now()).unwrap();
    queue.end();
    play(&mut queue, 30_000);
    let open = |at: u64| queue.lips_at(at).map(|shape| shape.open > 0.3);
    assert_eq!(open(500), None, "before it is said");
    assert_eq!(open(3_400), Some(false), "its silent beginning");
    assert_eq!(open(8_000), None, "while it waits");
    assert_eq!(open(10_600 + 2_400), Some(true), "its vowel, later by what it waited");
    assert_eq!(open(10_600 + 7_200), Some(false), "its silent end");
    assert_eq!(open(10_600 + 9_600 + 100), None, "a sentence of which nothing is known");
    assert_eq!(open(39_000), None, "after the end");
}

#[test]
fn lips_end_with_a_stop_and_come_when_they_are_known() {
    let mut queue = VoiceQueue::default();
    let (slot, known) = (LipSlot::default(), lips());
    queue.begin(ONE);
    queue.sentence_with_lips(0, 5, slot.clone());
    queue.sound(vec![0.5; 14_400], Instant::now()).unwrap();
    play(&mut queue, 7_200);
    assert_eq!(queue.lips_at(7_000), None, "not known yet");
    slot.set(known.get().unwrap().clone()).unwrap();
    assert!(queue.lips_at(7_000).unwrap().open > 0.3);
    queue.stop(Instant::now());
    play(&mut queue, 7_200);
    assert!(queue.lips_at(7_000).is_some());
    assert_eq!(queue.lips_at(7_300), None, "nobody speaks");
}

#[test]
fn speech_that_is_held_back_goes_on_where_it_was() {
    let mut queue = queue(&[(ONE, 48_000)]);
    play(&mut queue, 24_000);
    queue.hush();
    let held = play(&mut queue, 9_600);
    let silent_from = held.iter().rposition(|s| *s != 0.0).unwrap() + 1;
    assert!(silent_from <= VOICE_RATE as usize / 50, "{silent_from} samples");
    assert!(held.windows(2).all(|w| (w[0] - w[1]).abs() < 0.01));
    queue.go_on();
    let rest = play(&mut queue, 48_000);
    let heard = 24_000 + silent_from + rest.iter().rposition(|s| *s != 0.0).unwrap() + 1;
    assert!((47_900..=48_100).contains(&heard), "{heard} samples of 48 000 were heard");
    assert!(queue.is_idle());
}

#[test]
fn nobody_is_held_back_for_ever_and_what_is_stopped_meanwhile_makes_no_sound() {
    let mut queue = queue(&[(ONE, 48_000)]);
    play(&mut queue, 4_800);
    queue.hush();
    let out = play(&mut queue, MAX_HUSH_SAMPLES + 4_800);
    assert!(out[MAX_HUSH_SAMPLES + 960..].iter().all(|s| *s == 0.5), "it goes on by itself");
    queue.hush();
    play(&mut queue, 960);
    queue.stop(Instant::now());
    assert!(play(&mut queue, 4_800).iter().all(|s| *s == 0.0));
    // What is said next is heard.
    queue.begin(TWO);
    queue.sound(vec![0.5; 4_800], Instant::now()).unwrap();
    assert!(play(&mut queue, 4_800).iter().skip(960).all(|s| *s == 0.5));
}

#[test]
fn the_mouth_is_shut_while_speech_is_held_back() {
    let mut queue = VoiceQueue::default();
    queue.begin(ONE);
    queue.sentence_with_lips(0, 20, lips());
    queue.sound(vec![0.5; 48_000], Instant::now()).unwrap();
    play(&mut queue, 4_800);
    assert!(queue.lips_at(4_000).is_some());
    queue.hush();
    play(&mut queue, 4_800);
    assert!(queue.lips_at(9_000).is_none());
    queue.go_on();
    play(&mut queue, 4_800);
    assert!(queue.lips_at(14_000).is_some());
}
