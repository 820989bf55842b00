//! The endpointer with verdicts made by hand.

use super::*;
use crate::speech::endpoint::PEEK_MS;

const QUIET_DB: f32 = -70.0;
const LOUD_DB: f32 = -25.0;

struct Bench {
    machine: Endpointer,
    start: Instant,
    frames: u64,
    out: Vec<Heard>,
    pitch: bool,
}

impl Bench {
    fn new(mode: Mode) -> Self {
        let machine = Endpointer::new(EndpointConfig::default(), mode);
        Self { machine, start: Instant::now(), frames: 0, out: Vec::new(), pitch: true }
    }

    /// With looks at what is being said.
    fn live() -> Self {
        let config = EndpointConfig { peek_ms: PEEK_MS, ..EndpointConfig::default() };
        Self { machine: Endpointer::new(config, Mode::HandsFree), ..Self::new(Mode::HandsFree) }
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.frames * u64::from(FRAME_MS))
    }

    fn feed(&mut self, ms: u32, speech: bool) {
        self.feed_at(ms, speech, if speech { LOUD_DB } else { QUIET_DB });
    }

    fn feed_at(&mut self, ms: u32, speech: bool, level_db: f32) {
        for _ in 0..ms / FRAME_MS {
            self.frames += 1;
            // Each frame carries its number, so that what was kept can be told.
            let frame = [self.frames as f32; FRAME];
            let verdict = FrameVerdict {
                probability: f32::from(u8::from(speech)),
                level_db,
                speech,
                voiced: speech && self.pitch,
            };
            self.machine.push(&frame, verdict, self.now(), &mut self.out);
        }
    }

    fn completed(&self) -> Vec<&Utterance> {
        self.out
            .iter()
            .filter_map(|h| if let Heard::Complete { utterance, .. } = h { Some(utterance) } else { None })
            .collect()
    }
}

#[test]
fn an_utterance_has_its_pre_roll_and_ends_after_the_pause() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(2000, false);
    let onset = bench.now();
    bench.feed(1008, true);
    let end = bench.now();
    bench.feed(1008, false);
    assert!(matches!(bench.out[0], Heard::SpeechStarted { id: 1, at } if at == onset), "{:?}", bench.out[0]);
    let Heard::Offer(offer) = &bench.out[1] else { panic!("no early offer") };
    assert_eq!(offer.ended, end);
    assert_eq!(offer.decided - end, Duration::from_millis(160));
    // The samples begin at least 600 ms before the onset.
    let onset_frame = (onset - bench.start).as_millis() as f32 / FRAME_MS as f32;
    let kept_ms = (onset_frame + 1.0 - offer.samples[0]) * FRAME_MS as f32;
    assert!((600.0..=660.0).contains(&kept_ms), "{kept_ms} ms before the onset");
    let Heard::Complete { utterance, offered } = &bench.out[2] else { panic!("not complete") };
    assert!(*offered && utterance.samples.is_empty());
    assert_eq!(utterance.decided - end, Duration::from_millis(480));
    assert_eq!(utterance.ended_by, EndedBy::Pause);
    assert_eq!(bench.out.len(), 3);
}

#[test]
fn a_click_begins_nothing_and_a_cough_is_dropped() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(500, false);
    bench.feed(64, true);
    bench.feed(1000, false);
    assert!(bench.out.is_empty());
    bench.feed(112, true);
    bench.feed(1000, false);
    assert!(matches!(bench.out[..], [Heard::SpeechStarted { .. }, Heard::Nothing { by_button: false, .. }]));
}

#[test]
fn what_has_no_pitch_begins_nothing() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.pitch = false;
    bench.feed(2000, true);
    bench.feed(1000, false);
    assert!(bench.out.is_empty());
    bench.pitch = true;
    bench.feed(500, true);
    assert!(matches!(bench.out[..], [Heard::SpeechStarted { .. }]));
}

#[test]
fn speech_that_goes_on_takes_back_the_offer() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(500, true);
    bench.feed(320, false);
    bench.feed(500, true);
    bench.feed(600, false);
    let kinds: Vec<_> = bench.out.iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), 5, "{:?}", bench.out);
    assert!(matches!(bench.out[1], Heard::Offer(_)));
    assert!(matches!(bench.out[2], Heard::Resumed { id: 1 }));
    let Heard::Offer(second) = &bench.out[3] else { panic!() };
    assert!(second.samples.len() > 1300 * 16);
    assert_eq!(bench.completed().len(), 1);
}

/// Speaks, pauses with these words early in the pause, and returns how long the pause was that ended it.
fn pause_after(text: &str) -> u64 {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(1008, true);
    let end = bench.now();
    // The transcription takes less than 32 ms.
    bench.feed(256, false);
    let Some(Heard::Offer(offer)) = bench.out.last() else { panic!("no offer: {:?}", bench.out) };
    bench.machine.expect(offer.id, Finish::of(text));
    bench.feed(2000, false);
    let Some(Heard::Complete { utterance, offered: true }) = bench.out.last() else {
        panic!("{:?}", bench.out)
    };
    assert_eq!(utterance.ended, end);
    u64::try_from((utterance.decided - end).as_millis()).unwrap()
}

#[test]
fn the_pause_that_ends_an_utterance_depends_on_its_words() {
    for (text, ms) in [
        ("Where is my wallet?", 272),
        ("我的钱包在哪里？", 272),
        ("where is my wallet", 368),
        ("我的钱包在哪里", 368),
        ("my wallet", 480),
        ("", 480),
        ("I have lost my wallet and", 896),
        ("我的手机丢了，因为", 896),
    ] {
        assert_eq!(pause_after(text), ms, "{text}");
    }
}

#[test]
fn a_pause_in_the_middle_of_a_sentence_does_not_end_it_and_what_follows_is_judged_anew() {
    for (hanging, whole) in
        [("I want to go to the", "I want to go to the main stage?"), ("我想知道怎么", "我想知道怎么买票？")]
    {
        let mut bench = Bench::new(Mode::HandsFree);
        bench.feed(800, true);
        bench.feed(256, false);
        bench.machine.expect(1, Finish::of(hanging));
        bench.feed(400, false);
        assert!(bench.completed().is_empty(), "{hanging}");
        bench.feed(800, true);
        assert!(matches!(bench.out.last(), Some(Heard::Resumed { id: 1 })), "{:?}", bench.out);
        // Words of the offer before come too late, and are of no account.
        bench.machine.expect(1, Finish::Complete);
        bench.feed(256, false);
        assert!(bench.completed().is_empty());
        bench.machine.expect(2, Finish::Complete);
        bench.feed(64, false);
        assert!(bench.completed().is_empty(), "that was another utterance");
        bench.machine.expect(1, Finish::of(whole));
        bench.feed(48, false);
        let done = bench.completed();
        assert_eq!(done.len(), 1, "{whole}");
        let Some(Heard::Offer(offer)) = bench.out.iter().rfind(|h| matches!(h, Heard::Offer(_))) else {
            panic!()
        };
        assert!(offer.samples.len() >= (800 + 656 + 800) * 16, "both halves are in one text");
    }
}

#[test]
fn what_is_offered_holds_as_much_silence_as_what_is_not() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(800, true);
    bench.feed(256, false);
    bench.machine.expect(1, Finish::Hanging);
    bench.feed(600, false);
    let at = bench.now();
    bench.machine.finish(at, &mut bench.out);
    let Some(Heard::Offer(offer)) = bench.out.iter().find(|h| matches!(h, Heard::Offer(_))) else { panic!() };
    let offered = offer.samples.len();
    // The same without an early transcription.
    let config = EndpointConfig { early_ms: 160, pause_ms: 160, ..EndpointConfig::default() };
    let mut plain =
        Bench { machine: Endpointer::new(config, Mode::HandsFree), ..Bench::new(Mode::HandsFree) };
    plain.feed(800, true);
    plain.feed(856, false);
    assert_eq!(plain.completed()[0].samples.len(), offered);
}

#[test]
fn an_utterance_is_looked_at_as_it_grows_and_never_in_its_pauses() {
    let mut bench = Bench::live();
    bench.feed(500, false);
    bench.feed(2_512, true);
    let peeks = |bench: &Bench| -> Vec<usize> {
        bench
            .out
            .iter()
            .filter_map(|h| if let Heard::Peek(u) = h { Some(u.samples.len()) } else { None })
            .collect()
    };
    let seen = peeks(&bench);
    assert_eq!(seen.len(), 4, "every 608 ms: {seen:?}");
    assert!(seen.windows(2).all(|w| w[1] - w[0] == 608 * 16), "{seen:?}");
    bench.feed(2_000, false);
    assert_eq!(peeks(&bench).len(), 4);
    assert_eq!(bench.completed().len(), 1);
    // The button's utterances are looked at as well; a cough is not.
    let mut bench = Bench::live();
    bench.feed(112, true);
    bench.feed(1_000, false);
    let mut out = Vec::new();
    bench.machine.set_mode(Mode::PushToTalk, &mut out);
    let at = bench.now();
    bench.machine.press(at, &mut bench.out);
    assert_eq!(peeks(&bench).len(), 0);
    bench.feed(1_500, true);
    assert_eq!(peeks(&bench).len(), 2);
}

#[test]
fn a_long_utterance_is_cut_at_its_quietest_place_and_loses_nothing() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(6_400, true);
    let quiet_from = bench.frames;
    bench.feed_at(160, true, -50.0);
    let quiet_to = bench.frames;
    bench.feed(6_400, true);
    bench.feed(1_000, false);
    let done = bench.completed();
    assert_eq!(done.len(), 2);
    assert_eq!(done[0].ended_by, EndedBy::Split);
    assert!(!done[0].continues && done[1].continues);
    let last = *done[0].samples.last().unwrap() as u64;
    assert!((quiet_from..=quiet_to).contains(&last), "cut at {last}, quiet {quiet_from}..{quiet_to}");
    assert!(done[0].samples.len() <= 9_500 * 16);
    let Some(Heard::Offer(offer)) = bench.out.iter().rfind(|h| matches!(h, Heard::Offer(_))) else {
        panic!()
    };
    assert_eq!(offer.samples[0] as u64, last + 1, "the next one begins where the first ends");
}

#[test]
fn endless_speech_never_holds_more_than_the_bound() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(60_000, true);
    let done = bench.completed();
    assert!(done.len() >= 6);
    assert!(done.iter().all(|u| u.samples.len() <= 9_500 * 16));
}

#[test]
fn a_held_button_spans_pauses_and_its_release_ends() {
    let mut bench = Bench::new(Mode::PushToTalk);
    bench.feed(1000, true);
    assert!(bench.out.is_empty(), "nothing without the button");
    let at = bench.now();
    bench.machine.press(at, &mut bench.out);
    bench.feed(500, true);
    bench.feed(2000, false);
    bench.feed(500, true);
    bench.machine.release();
    bench.feed(400, false);
    let done = bench.completed();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].ended_by, EndedBy::Release);
    assert!(done[0].samples.len() > 3000 * 16);
    assert!(!bench.machine.hearing());
}

#[test]
fn a_button_without_words_says_so() {
    let mut bench = Bench::new(Mode::PushToTalk);
    bench.feed(500, false);
    let at = bench.now();
    bench.machine.press(at, &mut bench.out);
    bench.feed(800, false);
    bench.machine.release();
    bench.feed(400, false);
    assert!(matches!(bench.out.last(), Some(Heard::Nothing { by_button: true, .. })));
}

#[test]
fn muting_drops_and_keeps_nothing_for_later() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(500, true);
    bench.machine.set_muted(true, &mut bench.out);
    assert!(matches!(bench.out.last(), Some(Heard::Nothing { .. })));
    bench.feed(1000, true);
    bench.machine.set_muted(false, &mut bench.out);
    let open_at = bench.frames;
    bench.feed(500, true);
    bench.feed(600, false);
    let Some(Heard::Offer(offer)) = bench.out.iter().rfind(|h| matches!(h, Heard::Offer(_))) else {
        panic!()
    };
    assert!(offer.samples[0] > open_at as f32, "holds sound from while it was muted");
}

#[test]
fn a_released_button_finishes_its_utterance_and_only_then_the_ears_are_mute() {
    let mut bench = Bench::new(Mode::PushToTalk);
    let at = bench.now();
    bench.machine.press(at, &mut bench.out);
    bench.feed(800, true);
    let released = bench.now();
    bench.machine.release_and_mute(&mut bench.out);
    bench.feed(64, true);
    assert!(bench.machine.hearing(), "people let go too early");
    bench.feed(400, true);
    let done = bench.completed();
    assert_eq!(done.len(), 1, "{:?}", bench.out);
    assert_eq!(done[0].ended_by, EndedBy::Release);
    let grace = done[0].decided - released;
    assert!(grace <= Duration::from_millis(128 + u64::from(FRAME_MS)), "{grace:?}");
    // It is mute now, and keeps nothing for the next utterance.
    let at = bench.now();
    bench.machine.press(at, &mut bench.out);
    assert!(!bench.machine.hearing());
    bench.machine.set_muted(false, &mut bench.out);
    let open_at = bench.frames;
    bench.machine.press(at, &mut bench.out);
    bench.feed(800, true);
    bench.machine.release();
    bench.feed(400, false);
    assert!(bench.completed()[1].samples[0] > open_at as f32, "holds sound from while it was mute");
}

#[test]
fn a_button_pressed_again_within_the_grace_goes_on_and_a_real_mute_drops() {
    let mut bench = Bench::new(Mode::PushToTalk);
    let at = bench.now();
    bench.machine.press(at, &mut bench.out);
    bench.feed(800, true);
    bench.machine.release_and_mute(&mut bench.out);
    bench.feed(64, true);
    bench.machine.set_muted(false, &mut bench.out);
    let at = bench.now();
    bench.machine.press(at, &mut bench.out);
    bench.feed(1000, true);
    assert!(bench.machine.hearing() && bench.completed().is_empty());
    bench.machine.release_and_mute(&mut bench.out);
    bench.machine.set_muted(true, &mut bench.out);
    assert!(matches!(bench.out.last(), Some(Heard::Nothing { by_button: true, .. })), "{:?}", bench.out);
    // With nothing under way they are mute at once.
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(200, false);
    bench.machine.release_and_mute(&mut bench.out);
    bench.feed(1000, true);
    assert!(bench.out.is_empty());
}

#[test]
fn a_wish_from_while_the_ears_were_mute_begins_nothing_later() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.machine.set_muted(true, &mut bench.out);
    bench.machine.urge();
    bench.machine.set_muted(false, &mut bench.out);
    bench.feed(500, false);
    assert!(bench.out.is_empty(), "{:?}", bench.out);
    let forget: [fn(&mut Bench); 4] = [
        |b| b.machine.set_muted(true, &mut b.out),
        |b| b.machine.gap(&mut b.out),
        |b| {
            b.machine.set_mode(Mode::PushToTalk, &mut b.out);
            b.machine.set_mode(Mode::HandsFree, &mut b.out);
        },
        |b| {
            let at = b.now();
            b.machine.finish(at, &mut b.out);
        },
    ];
    for (i, forget) in forget.iter().enumerate() {
        bench.machine.urge();
        forget(&mut bench);
        bench.machine.set_muted(false, &mut bench.out);
        bench.feed(500, false);
        assert!(bench.out.is_empty(), "{i}: {:?}", bench.out);
    }
}

#[test]
fn while_held_back_nothing_begins_and_afterwards_nothing_is_lost() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(1000, false);
    bench.machine.hold(true);
    let onset = bench.now();
    bench.feed(160, true);
    assert!(bench.out.is_empty());
    bench.machine.hold(false);
    bench.feed(320, true);
    bench.feed(600, false);
    assert!(matches!(bench.out[0], Heard::SpeechStarted { at, .. } if at == onset), "{:?}", bench.out[0]);
    bench.machine.hold(true);
    bench.out.clear();
    bench.feed(5_000, true);
    bench.feed(400, false);
    bench.machine.hold(false);
    bench.feed(400, false);
    assert!(bench.out.is_empty(), "it was over long ago: {:?}", bench.out);
    bench.machine.hold(true);
    bench.machine.urge();
    bench.feed(16, false);
    assert!(matches!(bench.out[..], [Heard::SpeechStarted { .. }]), "{:?}", bench.out);
    let mut bench = Bench::new(Mode::PushToTalk);
    bench.machine.hold(true);
    let at = bench.now();
    bench.machine.press(at, &mut bench.out);
    assert!(bench.machine.hearing(), "the button works");
}

#[test]
fn the_end_of_the_source_completes_what_was_begun() {
    let mut bench = Bench::new(Mode::HandsFree);
    bench.feed(600, true);
    let at = bench.now();
    bench.machine.finish(at, &mut bench.out);
    assert_eq!(bench.completed()[0].ended_by, EndedBy::SourceEnded);
}

proptest::proptest! {
    #[test]
    fn every_start_has_one_end_and_ids_count_up(pattern in proptest::collection::vec((16u32..900, proptest::bool::ANY), 1..60)) {
        let mut bench = Bench::live();
        let mut finishes = [Finish::Complete, Finish::Hanging, Finish::Likely, Finish::Unknown].into_iter().cycle();
        for (ms, speech) in pattern {
            bench.feed(ms, speech);
            // Words may come at any moment, and of any utterance.
            let id = bench.out.iter().rev().find_map(|h| if let Heard::Offer(u) = h { Some(u.id) } else { None });
            if let Some((id, finish)) = id.zip(finishes.next()) {
                bench.machine.expect(id, finish);
            }
        }
        let at = bench.now();
        bench.machine.finish(at, &mut bench.out);
        let mut open: Option<u64> = None;
        let mut last = 0;
        for heard in &bench.out {
            match heard {
                Heard::SpeechStarted { id, .. } => {
                    assert!(open.is_none() && *id > last);
                    open = Some(*id);
                }
                Heard::Complete { utterance, .. } => {
                    assert_eq!(Some(utterance.id), open);
                    last = utterance.id;
                    open = (utterance.ended_by == EndedBy::Split).then_some(last + 1);
                }
                Heard::Nothing { id, .. } => {
                    assert_eq!(Some(*id), open);
                    last = *id;
                    open = None;
                }
                Heard::Offer(early) | Heard::Peek(early) => assert_eq!(Some(early.id), open),
                Heard::Resumed { id } => assert_eq!(Some(*id), open),
            }
        }
        assert!(open.is_none());
    }
}
