//! The kiosk's core between edges that only remember.

use std::sync::{Arc, Mutex};

use super::*;
use crate::conversation::{Actor, ActorKind, AnswerId, Cmid, Command, Event, Language, Timings, Words};
use crate::kiosk::edges::Reading;
use crate::kiosk::test_world::{Shared, alone, alone_in, run, scene, talking, talking_over, talking_with};
use crate::protocol::Reach;
use crate::scene::ListenMode;
use crate::visit::{Mood, Phase};

/// What has been understood so far of what is still being said.
fn partial(text: &str) -> HeardEvent {
    HeardEvent::Partial { text: text.into(), agreed: text.into() }
}

fn texts_sent(world: &Shared) -> Vec<String> {
    world.with(|w| {
        let texts = w.sent.iter().filter_map(|(_, command)| match command {
            Command::Say { words, .. } => Some(words.text.clone()),
            _ => None,
        });
        texts.collect()
    })
}

#[test]
fn a_visit_opens_a_conversation_greets_and_listens() {
    let (_, world, _) = talking();
    world.with(|w| {
        assert!(matches!(w.sent[0].1, Command::Open { .. }), "{:?}", w.sent);
        assert!(w.sent.iter().any(|(_, c)| matches!(c, Command::Consent { voice: true, .. })));
        assert!(w.said.iter().any(|(_, text)| text.contains("Mira")), "{:?}", w.said);
        assert!(w.listening);
    });
}

#[test]
fn what_was_heard_is_sent_and_the_answer_is_spoken_with_its_gesture() {
    let (mut core, world, mut now) = talking();
    world.with(|w| {
        w.heard.push(HeardEvent::Started);
        w.heard.push(HeardEvent::Transcript {
            text: "what is a wallet".into(),
            confidence: 0.9,
            timings: Timings::default(),
            ago_ms: 0,
        });
    });
    run(&mut core, &mut now, 4);
    assert_eq!(texts_sent(&world), ["what is a wallet"]);
    bot_says(&world, now, "A wallet keeps your keys.");
    core.take_cues();
    run(&mut core, &mut now, 4);
    assert!(world.with(|w| w.said.iter().any(|(_, text)| text == "A wallet keeps your keys.")));
    assert!(core.take_cues().contains(&Cue::Gesture(crate::performance::Gesture::OpenPalms)));
    assert_eq!(world.with(|w| w.seen.clone()), [(world.with(|w| w.sent[0].0), 4)]);
}

#[test]
fn the_visitor_sees_how_far_the_words_have_come() {
    let (mut core, world, mut now) = talking();
    core.typed("what is a wallet");
    run(&mut core, &mut now, 2);
    assert_eq!(core.state().reach(), None, "the relay does not have them yet");
    let (conversation, answer) = world.with(|w| match w.sent.last().unwrap() {
        (conversation, Command::Say { answer, .. }) => (*conversation, *answer),
        other => panic!("{other:?}"),
    });
    let kiosk = Actor { id: "kiosk".parse().unwrap(), kind: ActorKind::Visitor };
    let fact = Fact::Said {
        answer,
        part: 0,
        last: true,
        voiced: false,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        thanks: false,
    };
    let body = Body::Said(Words { text: "what is a wallet".into(), ..Words::default() });
    let event = Event { seq: 4, at: now, actor: kiosk, cmid: Cmid::new(now, 2), fact, body };
    let ann = Actor { id: "ann".parse().unwrap(), kind: ActorKind::Person };
    let reached = |reach| LinkEvent::Reached { conversation, by: ann.clone(), reach, seq: 4 };
    for (news, reach) in [
        (LinkEvent::Happened { conversation, event: Box::new(event) }, Reach::Stored),
        (reached(Reach::Delivered), Reach::Delivered),
        (reached(Reach::Seen), Reach::Seen),
    ] {
        world.with(|w| w.link.push(news));
        run(&mut core, &mut now, 1);
        assert_eq!(core.state().reach().map(|(_, reach)| reach), Some(reach));
    }
}

fn bot_says(world: &Shared, now: Time, text: &str) {
    let conversation = world.with(|w| w.sent[0].0);
    let bot = Actor { id: "bot".parse().unwrap(), kind: ActorKind::Bot };
    let said = Fact::Said {
        answer: AnswerId::new(now, 1),
        part: 0,
        last: true,
        voiced: false,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        thanks: false,
    };
    let words = Words {
        text: text.into(),
        gesture: Some(crate::performance::Gesture::OpenPalms),
        ..Words::default()
    };
    let event =
        Event { seq: 4, at: now, actor: bot, cmid: Cmid::new(now, 1), fact: said, body: Body::Said(words) };
    world.with(|w| w.link.push(LinkEvent::Happened { conversation, event: Box::new(event) }));
}

#[test]
fn a_visitor_who_speaks_interrupts_the_answer_and_how_far_it_got_is_recorded() {
    let (mut core, world, mut now) = talking_over();
    world.with(|w| w.long_winded = true);
    bot_says(&world, now, "A wallet keeps your keys.");
    run(&mut core, &mut now, 4);
    assert!(core.state().is_speaking());
    let stops = world.with(|w| {
        assert!(w.listening && w.avatar_speaks, "the ears stay open and know that the avatar speaks");
        w.heard.push(HeardEvent::Started);
        w.stops
    });
    run(&mut core, &mut now, 1);
    assert_eq!(world.with(|w| w.stops), stops + 1, "within one frame");
    run(&mut core, &mut now, 2);
    let spoken = world.with(|w| {
        assert!(!w.avatar_speaks);
        w.sent.iter().rev().find_map(|(_, c)| match c {
            Command::Spoken { chars, interrupted, .. } => Some((*chars, *interrupted)),
            _ => None,
        })
    });
    assert_eq!(spoken, Some((12, true)));
    assert!(!core.state().is_speaking());
}

#[test]
fn a_secret_never_reaches_an_edge() {
    let (mut core, world, mut now) = talking();
    let phrase = "my seed phrase is abandon ability able about above absent absorb abstract absurd abuse access accident";
    core.typed(phrase);
    world.with(|w| {
        w.heard.push(partial(phrase));
        w.heard.push(HeardEvent::Transcript {
            text: phrase.into(),
            confidence: 0.9,
            timings: Timings::default(),
            ago_ms: 0,
        });
    });
    run(&mut core, &mut now, 20);
    let everything = format!("{:?} {:?}", core.state(), world.with(|w| format!("{:?} {:?}", w.sent, w.said)));
    for word in ["abandon", "absorb", "accident"] {
        assert!(!everything.contains(word), "{word} got out: {everything}");
    }
    assert!(everything.contains("removed"));
    // The avatar explains itself.
    let spoken = core.texts().get(crate::texts::id::SECRET_SPOKEN);
    assert!(world.with(|w| w.said.iter().any(|(_, text)| *text == spoken)));
}

#[test]
fn a_text_box_is_masked_while_it_is_being_typed() {
    let (mut core, _, _) = talking();
    assert_eq!(core.typing("how do I open a wallet"), None);
    let shown = core.typing("0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318").unwrap();
    assert!(shown.contains("removed"), "{shown}");
}

#[test]
fn a_sensor_brings_visitors_and_takes_them_away() {
    struct Eye(Arc<Mutex<Option<Reading>>>);
    impl Sensor for Eye {
        fn poll(&mut self) -> Option<Reading> {
            self.0.lock().unwrap().take()
        }
    }
    let (mut core, _world, mut now) = alone();
    let seen = Arc::new(Mutex::new(None));
    core.watch(Box::new(Eye(Arc::clone(&seen))));
    let mut sees = |core: &mut Core, reading, frames| {
        *seen.lock().unwrap() = Some(reading);
        run(core, &mut now, frames);
    };
    sees(&mut core, Reading::Metres(3.5), 2);
    assert_eq!((core.state().phase, core.state().mood), (Phase::Attract, Mood::Attentive));
    sees(&mut core, Reading::Metres(1.5), 2);
    assert!(matches!(core.state().phase, Phase::Welcome { .. }));
    sees(&mut core, Reading::Nobody, 40);
    assert!(matches!(core.state().phase, Phase::Welcome { .. }), "a moment of not being seen");
    sees(&mut core, Reading::Nobody, 40);
    assert_eq!(core.state().phase, Phase::Attract);
}

#[test]
fn leaving_clears_what_can_be_read() {
    let (mut core, world, mut now) = talking();
    core.typed("my name is Zebulon");
    run(&mut core, &mut now, 4);
    let before = core.cleared();
    core.input(Input::Leave);
    for _ in 0..2000 {
        run(&mut core, &mut now, 4);
        if core.state().phase == Phase::Attract {
            break;
        }
    }
    assert_eq!(core.state().phase, Phase::Attract);
    assert!(core.cleared() > before);
    assert!(!format!("{:?}", core.state()).contains("Zebulon"));
    assert!(!world.with(|w| w.listening));
    assert!(world.with(|w| w.forgotten) > 0, "the next visitor has another voice");
}

#[test]
fn a_relay_that_is_given_up_is_shown_until_it_is_back() {
    let (mut core, world, mut now) = talking();
    world.with(|w| w.link.push(LinkEvent::Fatal("this program is too old".into())));
    run(&mut core, &mut now, 1);
    assert!(core.state().notices.contains(&Notice::RelayUnreachable));
    assert!(core.state().offline_since.is_some());
    world.with(|w| w.link.push(LinkEvent::Up));
    run(&mut core, &mut now, 1);
    assert!(core.state().notices.is_empty() && core.state().offline_since.is_none());
}

#[test]
fn words_that_were_not_kept_are_shown_to_the_visitor_and_what_only_the_host_needs_is_not() {
    let (mut core, world, mut now) = talking();
    core.typed("what is a wallet");
    run(&mut core, &mut now, 1);
    assert!(core.state().awaiting.is_some());
    let conversation = core.state().conversation.as_ref().unwrap().id;
    let answer = core.state().captions.back().and_then(|c| c.answer).unwrap();
    let refused =
        |what| LinkEvent::Refused { conversation, refusal: None, what, text: "no space left".into() };
    world.with(|w| w.link.push(refused(None)));
    run(&mut core, &mut now, 1);
    assert!(core.state().awaiting.is_some() && core.state().toast.is_none());
    world.with(|w| w.link.push(refused(Some(crate::visit::Unsent::Words { answer }))));
    run(&mut core, &mut now, 1);
    assert!(core.state().awaiting.is_none() && core.state().toast.is_some());
}

#[test]
fn a_pilot_stops_its_own_answer_and_no_other() {
    let (mut core, world, mut now) = talking();
    world.with(|w| w.long_winded = true);
    bot_says(&world, now, "A wallet keeps your keys.");
    let answer = AnswerId::new(now, 1);
    run(&mut core, &mut now, 4);
    let (conversation, stops) = world.with(|w| (w.sent[0].0, w.stops));
    let stop = |answer| LinkEvent::Signal { conversation, signal: Signal::Interrupt { answer } };
    world.with(|w| w.link.push(stop(AnswerId::new(now, 9))));
    run(&mut core, &mut now, 1);
    assert!(core.state().is_speaking() && world.with(|w| w.stops) == stops);
    world.with(|w| w.link.push(stop(answer)));
    run(&mut core, &mut now, 1);
    assert!(!core.state().is_speaking() && world.with(|w| w.stops) == stops + 1);
}

#[test]
fn ears_and_voice_begin_as_the_scene_says() {
    let mut scene = scene();
    scene.kiosk.volume = 35;
    scene.default_language = Language::Zh;
    let (_, world, _) = alone_in(&scene);
    assert_eq!(world.with(|w| (w.volume, w.ears_language)), (Some(35), Some(Language::Zh)));
}

#[test]
fn a_kiosk_without_ears_says_that_it_cannot_hear() {
    let (core, _, _) = talking_with(None, ListenMode::HandsFree);
    assert!(core.state().notices.contains(&Notice::NoSpeechModel));
    assert!(!core.state().can_hear() && !core.state().listening);
}

#[test]
fn ears_that_cannot_hear_are_not_said_to_listen_until_they_can() {
    let (mut core, world, mut now) = talking();
    let notice = |on| HeardEvent::Problem { notice: Notice::NoMicrophone, on, sentence: String::new() };
    assert!(core.state().listening);
    world.with(|w| w.heard.push(notice(true)));
    run(&mut core, &mut now, 2);
    assert!(!core.state().listening && !core.state().can_hear());
    world.with(|w| w.heard.push(notice(false)));
    run(&mut core, &mut now, 2);
    assert!(core.state().listening && core.state().can_hear());
}

#[test]
fn only_letting_go_of_the_button_finishes_what_was_said() {
    let world = Shared::default();
    let (mut core, _, mut now) = talking_with(Some(Box::new(world.clone())), ListenMode::PushToTalk);
    for (last, finished) in [
        (Input::TalkHeld { held: false }, 1),
        (Input::MuteChosen { muted: true }, 1),
        (Input::MuteChosen { muted: false }, 1),
        (Input::Consented { voice: false }, 1),
        (Input::Consented { voice: true }, 1),
        (Input::Leave, 1),
    ] {
        core.input(Input::TalkHeld { held: true });
        run(&mut core, &mut now, 1);
        core.input(last.clone());
        run(&mut core, &mut now, 1);
        let (done, listening) = world.with(|w| (w.finished, w.listening));
        assert_eq!((done, listening), (finished, core.state().listening), "{last:?}");
    }
}

#[test]
fn a_voice_without_an_end_keeps_no_visit_open() {
    let (mut core, world, mut now) = talking();
    world.with(|w| w.heard.push(HeardEvent::Started));
    // A piece every nine and a half seconds, for five minutes.
    for _ in 0..32 {
        world.with(|w| w.heard.push(partial("on and on")));
        run(&mut core, &mut now, 190);
    }
    assert_eq!(core.state().phase, Phase::Attract);
}

#[test]
fn what_does_not_work_is_told_to_the_relay_when_it_begins_and_when_it_ends() {
    let (mut core, world, mut now) = talking();
    let told = |world: &Shared| world.with(|w| std::mem::take(&mut w.reports));
    assert_eq!(told(&world), Vec::<Vec<String>>::new(), "all is well");
    let deaf = |on| HeardEvent::Problem { notice: Notice::NoMicrophone, on, sentence: String::new() };
    let mute = |on| VoiceEvent::Problem { notice: Notice::NoLoudspeaker, on, sentence: String::new() };
    world.with(|w| w.heard.push(deaf(true)));
    run(&mut core, &mut now, 5);
    assert_eq!(told(&world), [["microphone"]]);
    // A plug that is loose: told once a second at most, and in the end as it is.
    for on in [true, false, true, false, true] {
        world.with(|w| w.voice.push(mute(on)));
        run(&mut core, &mut now, 3);
    }
    run(&mut core, &mut now, 25);
    let reports = told(&world);
    assert!((1..=2).contains(&reports.len()), "{reports:?}");
    assert_eq!(reports.last().unwrap(), &["loudspeaker", "microphone"]);
    core.scene_broken();
    world.with(|w| {
        w.heard.push(deaf(false));
        w.voice.push(mute(false));
        w.deaf_link = true;
    });
    run(&mut core, &mut now, 50);
    world.with(|w| w.deaf_link = false);
    run(&mut core, &mut now, 25);
    assert_eq!(told(&world), [["scene"]]);
    let plain = VoiceEvent::Problem { notice: Notice::StandInVoice, on: true, sentence: String::new() };
    world.with(|w| w.voice.push(plain));
    run(&mut core, &mut now, 25);
    assert_eq!(told(&world), [["own_voice", "scene"]]);
    let own = VoiceEvent::Problem { notice: Notice::StandInVoice, on: false, sentence: String::new() };
    world.with(|w| w.voice.push(own));
    run(&mut core, &mut now, 25);
    assert_eq!(told(&world), [["scene"]]);
    core.change_scene(&scene());
    run(&mut core, &mut now, 25);
    assert_eq!(told(&world), [Vec::<String>::new()]);
}

#[test]
fn a_kiosk_without_ears_tells_the_relay_so() {
    let (world, _) = crate::kiosk::test_world::earless();
    assert_eq!(world.with(|w| w.reports.clone()), [["speech_model"]]);
}
