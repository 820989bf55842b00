//! Stories and properties of the jitter buffer.

use proptest::prelude::*;

use super::jitter::{JitterBuffer, Pull, WAITING_MAX};
use super::packet::{FRAME_MS, Packet};

fn packet(seq: u32) -> Packet {
    Packet {
        stream: 1,
        seq,
        time_ms: seq * FRAME_MS,
        first: seq == 0,
        last: false,
        payload: seq.to_be_bytes().to_vec(),
    }
}

fn seq_of(payload: &[u8]) -> u32 {
    u32::from_be_bytes(payload.try_into().unwrap())
}

/// Plays for as long as there are arrivals (time, packet), and a while after. Gives what was pulled at which time.
fn play(buffer: &mut JitterBuffer, mut arrivals: Vec<(u64, Packet)>, until: u64) -> Vec<(u64, Pull)> {
    arrivals.sort_by_key(|(at, packet)| (*at, packet.seq));
    let mut arrivals = arrivals.into_iter().peekable();
    let (mut pulled, mut due, mut skipped) = (Vec::new(), 0.0, false);
    for now in 0..until {
        while let Some((_, packet)) = arrivals.next_if(|(at, _)| *at <= now) {
            buffer.push(packet, now);
        }
        while due <= now as f64 {
            let pull = buffer.pull(now);
            // Two frames that are shortened are about 30 ms.
            skipped = matches!(pull, Pull::Frame { hurry: true, .. }) && !skipped;
            due += if skipped { 10.0 } else { f64::from(FRAME_MS) };
            pulled.push((now, pull));
        }
    }
    pulled
}

fn played(pulled: &[(u64, Pull)]) -> Vec<u32> {
    let frames = pulled.iter().filter_map(|(_, pull)| match pull {
        Pull::Frame { payload, .. } => Some(seq_of(payload)),
        _ => None,
    });
    frames.collect()
}

#[test]
fn a_calm_way_costs_one_frame() {
    let mut buffer = JitterBuffer::default();
    let pulled = play(&mut buffer, (0..300).map(|n| (u64::from(n) * 20 + 30, packet(n))).collect(), 6_100);
    assert_eq!(played(&pulled), (0..300).collect::<Vec<_>>());
    assert_eq!(buffer.depth_ms(), FRAME_MS);
    assert_eq!((buffer.counts().lost, buffer.counts().late, buffer.counts().dropped), (0, 0, 0));
    let delay = |seq: u32| {
        let at = pulled.iter().find_map(|(at, pull)| match pull {
            Pull::Frame { payload, .. } if seq_of(payload) == seq => Some(*at),
            _ => None,
        });
        at.unwrap() - u64::from(seq) * 20
    };
    // It began with 60 ms, and came down.
    assert!(delay(250) <= 30 + 60 + 20, "{} ms", delay(250));
}

#[test]
fn an_irregular_way_makes_it_deeper_and_a_calm_one_shallower_again() {
    let mut buffer = JitterBuffer::default();
    let rough = (0..300u32).map(|n| (u64::from(n) * 20 + u64::from(n * 37 % 80), packet(n)));
    play(&mut buffer, rough.collect(), 6_000);
    let rough = buffer.depth_ms();
    assert!((70..=110).contains(&rough), "{rough} ms");
    for n in 300..600 {
        buffer.push(packet(n), u64::from(n) * 20);
    }
    assert_eq!(buffer.depth_ms(), FRAME_MS);
}

#[test]
fn a_clock_that_is_set_does_not_make_it_deep() {
    let mut buffer = JitterBuffer::default();
    (0..100).for_each(|n| buffer.push(packet(n), u64::from(n) * 20));
    for n in 100..200 {
        buffer.push(Packet { time_ms: 60_000 + n * FRAME_MS, ..packet(n) }, u64::from(n) * 20);
    }
    assert_eq!(buffer.depth_ms(), FRAME_MS);
}

#[test]
fn after_a_stall_it_hurries_until_it_is_as_deep_as_before() {
    let mut buffer = JitterBuffer::default();
    // Everything between 2 s and 2.4 s comes at 2.4 s.
    let at = |n: u32| match u64::from(n) * 20 {
        2_000..2_400 => 2_400,
        at => at,
    };
    let pulled = play(&mut buffer, (0..400).map(|n| (at(n), packet(n))).collect(), 7_900);
    assert!(buffer.counts().drawn_out >= 5, "{:?}", buffer.counts());
    let played = played(&pulled);
    assert_eq!(played, (0..played.len() as u32).collect::<Vec<_>>(), "nothing is left out");
    assert!(played.len() > 380, "{}", played.len());
    let waits = buffer.waits_ms();
    assert!(waits <= buffer.depth_ms() + 60, "{waits} ms wait");
    let slow = pulled.iter().filter(|(_, p)| matches!(p, Pull::Frame { hurry: true, .. })).count();
    assert!(slow > 5, "it never hurried");
}

#[test]
fn what_is_lost_is_concealed_with_the_copy_and_what_breaks_off_ends() {
    let mut buffer = JitterBuffer::default();
    let kept = (0..20).filter(|n| *n != 7).map(|n| (u64::from(n) * 20, packet(n)));
    let pulled = play(&mut buffer, kept.collect(), 1_200);
    assert_eq!(played(&pulled), (0..20).filter(|n| *n != 7).collect::<Vec<_>>());
    let lost = Pull::Lost { next: Some(packet(8).payload) };
    assert_eq!(pulled.iter().filter(|(_, p)| *p == lost).count(), 1);
    let ends = pulled.iter().filter(|(_, p)| *p == Pull::BrokenOff).count();
    assert_eq!((ends, buffer.counts().lost), (1, 1));
    assert_eq!(buffer.pull(2_000), Pull::Nothing);
    // Who speaks again is heard again.
    for n in 30..40 {
        buffer.push(Packet { time_ms: 3_000 + n * FRAME_MS, first: n == 30, ..packet(n) }, 3_000);
    }
    assert!(matches!(buffer.pull(3_001), Pull::Frame { .. }));
}

#[test]
fn the_last_frame_ends_it_at_once() {
    let mut buffer = JitterBuffer::default();
    for n in 0..3 {
        buffer.push(Packet { last: n == 2, ..packet(n) }, 0);
    }
    let last = |pull| matches!(pull, Pull::Frame { last: true, .. });
    assert!(!last(buffer.pull(0)) && !last(buffer.pull(20)) && last(buffer.pull(40)));
    assert_eq!(buffer.pull(60), Pull::Nothing);
    assert_eq!(buffer.counts().drawn_out, 0);
}

#[test]
fn another_stream_begins_anew_and_the_one_before_is_over() {
    let mut buffer = JitterBuffer::default();
    (0..5).for_each(|n| buffer.push(packet(n + 1_000), 0));
    buffer.pull(500);
    (0..5).for_each(|n| buffer.push(Packet { stream: 2, ..packet(n) }, 510));
    buffer.push(packet(1_005), 520);
    assert_eq!(buffer.waits_ms(), 5 * FRAME_MS);
    assert!(matches!(buffer.pull(600), Pull::Frame { payload, .. } if seq_of(&payload) == 0));
}

#[test]
fn frames_that_come_late_or_twice_are_dropped() {
    let mut buffer = JitterBuffer::default();
    (0..5).for_each(|n| buffer.push(packet(n), 0));
    buffer.pull(100);
    buffer.push(packet(0), 110);
    buffer.push(packet(3), 110);
    assert_eq!((buffer.counts().late, buffer.waits_ms()), (2, 4 * FRAME_MS));
}

/// What a network may do to each frame: how late, lost, twice.
fn weather() -> impl Strategy<Value = Vec<(u16, bool, bool)>> {
    proptest::collection::vec((0u16..400, prop::bool::weighted(0.1), prop::bool::weighted(0.05)), 1..250)
}

proptest! {
    #[test]
    fn whatever_the_way_is_like_frames_are_played_once_and_in_order(weather in weather()) {
        let mut buffer = JitterBuffer::default();
        let mut arrivals = Vec::new();
        for (n, (late, lost, twice)) in (0u32..).zip(&weather) {
            let at = u64::from(n) * 20 + u64::from(*late);
            if !lost {
                arrivals.push((at, packet(n)));
            }
            if *twice {
                arrivals.push((at + 50, packet(n)));
            }
        }
        let sent = arrivals.len() as u64;
        let until = weather.len() as u64 * 20 + 3_000;
        let pulled = play(&mut buffer, arrivals, until);
        let played = played(&pulled);
        prop_assert!(played.is_sorted_by(|a, b| a < b), "{:?}", played);
        let counts = buffer.counts();
        // Every frame that came was played, came late or gave way; gaps that were left out were never there.
        prop_assert!(counts.played + counts.late <= sent);
        prop_assert!(counts.played + counts.late + counts.dropped >= sent, "{:?} of {sent}", counts);
        prop_assert_eq!(buffer.waits_ms(), 0);
    }

    #[test]
    fn nothing_that_is_sent_breaks_it(
        packets in proptest::collection::vec(
            (0u32..3, any::<u32>(), any::<u32>(), any::<bool>(), any::<bool>(), 0u64..100), 0..400)
    ) {
        let (mut buffer, mut now) = (JitterBuffer::default(), 0);
        for (stream, seq, time_ms, first, last, passed) in packets {
            now += passed;
            buffer.push(Packet { stream, seq, time_ms, first, last, payload: vec![0; 4] }, now);
            buffer.pull(now);
            prop_assert!(buffer.depth_ms() <= 300);
        }
    }

    #[test]
    fn no_more_waits_than_allowed(count in 1u32..500) {
        let mut buffer = JitterBuffer::default();
        (0..count).for_each(|n| buffer.push(packet(n), 0));
        let most = u32::try_from(WAITING_MAX).unwrap() * FRAME_MS;
        prop_assert!(buffer.waits_ms() <= most);
        prop_assert_eq!(u64::from(count), buffer.counts().dropped + u64::from(buffer.waits_ms() / FRAME_MS));
    }
}
