//! A person behind the face, told step by step.

use super::story_tests::{Kiosk, anna, bot, part, rules};
use super::*;
use crate::conversation::{Actor, ActorKind, AnswerId, Command, Time, Words};
use crate::texts::{Id, id};

fn own(k: &Kiosk) -> Vec<Id> {
    let own = k.spoken().into_iter().filter_map(|s| match s {
        Saying::Text { id, .. } => Some(id),
        _ => None,
    });
    own.collect()
}

fn silent(k: &Kiosk) -> bool {
    k.effects.contains(&Effect::StopSpeaking)
}

/// What a person has said aloud, as it was understood.
fn aloud(answer: u128, text: &str) -> Command {
    let words = Words { text: text.into(), confidence: Some(0.8), ..Words::default() };
    let answer = AnswerId::new(Time(0), answer);
    Command::Say {
        answer,
        part: 0,
        last: true,
        voiced: true,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        words,
    }
}

fn with_anna() -> Kiosk {
    let mut k = Kiosk::new(rules());
    k.begin_talk().agent(anna(), Command::Claim).hear_out();
    k
}

#[test]
fn the_bot_falls_silent_at_once_when_a_person_takes_over() {
    let mut k = Kiosk::new(rules());
    k.begin_talk().says("what is gas");
    k.agent(bot(), part(1, 0, false, "A fee for the network.", None));
    k.agent(bot(), part(1, 1, true, "It goes to those who keep it running.", None));
    let speech = k.state.speaking().unwrap();
    k.take(Input::VoiceStarted { speech, ago_ms: 0 });
    k.agent(anna(), Command::Claim);
    assert!(silent(&k), "{:?}", k.effects);
    assert_eq!(own(&k), [id::PERSON_JOINED]);
    let waits = k.state.speaking().unwrap();
    assert!(matches!(waits, SpeechId::Own(_)), "only the hand-over is left to be spoken: {waits:?}");
}

#[test]
fn what_a_person_says_aloud_is_shown_and_not_spoken_again() {
    let mut k = with_anna();
    k.says("where is my ticket");
    k.agent(anna(), aloud(7, "In your account, under Events."));
    assert_eq!(k.spoken(), []);
    assert!(!k.state.is_speaking() && k.state.awaiting.is_none());
    let caption = k.state.caption().unwrap();
    assert_eq!(caption.words(), Some("In your account, under Events."));
    assert_eq!((caption.who.clone(), caption.spoken_chars), (Who::Person { name: "Anna".into() }, 30));
    // What they type is spoken by the avatar, as before; and a bot has no voice of its own.
    k.agent(anna(), part(8, 0, true, "Here is the link.", None));
    assert_eq!(k.spoken().len(), 1);
    k.hear_out().agent(anna(), Command::Release { to_bot: true }).agent(bot(), Command::Claim).hear_out();
    k.agent(bot(), aloud(9, "I am a bot."));
    assert_eq!(k.spoken().len(), 1);
}

#[test]
fn while_a_person_is_heard_the_avatar_speaks_and_nobody_is_idle() {
    let mut k = with_anna();
    k.take(Input::PersonSpeaks { on: true });
    assert_eq!((k.state.turn(), k.state.mood), (Turn::Speaking, Mood::Speaking));
    let idle = u64::from(rules().timeouts_secs.idle_warning);
    for n in 0..2 + idle / 10 {
        k.wait(50).agent(anna(), aloud(u128::from(n), "and another thing"));
        assert!(k.state.person_speaks && k.state.idle_warned.is_none());
    }
    k.take(Input::PersonSpeaks { on: false });
    assert_eq!(k.state.turn(), Turn::Listening);
    k.wait(idle - 1);
    assert!(k.state.idle_warned.is_none());
    k.wait(2);
    assert!(k.state.idle_warned.is_some());
    // A voice whose end is never told does not go on for ever.
    let mut k = with_anna();
    k.take(Input::PersonSpeaks { on: true }).wait(61);
    assert!(!k.state.person_speaks);
    // After the visit nobody is heard.
    let mut k = with_anna();
    k.take(Input::Leave).take(Input::PersonSpeaks { on: true });
    assert!(!k.state.person_speaks);
}

#[test]
fn a_lost_line_to_a_person_is_told_once_and_the_bot_covers() {
    let mut k = with_anna();
    k.take(Input::PilotAway { away: true });
    assert_eq!(own(&k), [id::PERSON_AWAY]);
    k.hear_out().take(Input::PilotAway { away: true });
    assert_eq!(own(&k), []);
    k.take(Input::PilotAway { away: false }).take(Input::PilotAway { away: true });
    assert_eq!(own(&k), [id::PERSON_AWAY], "another time");
    let relay = Actor { id: "relay".parse().unwrap(), kind: ActorKind::System };
    k.hear_out().agent(relay, Command::Release { to_bot: true });
    assert!(!k.state.pilot_away);
    k.agent(bot(), Command::Claim);
    assert_eq!(own(&k), [id::PERSON_LEFT]);
    // Of a bot nobody says that it will be right back.
    k.hear_out().take(Input::PilotAway { away: true });
    assert_eq!(own(&k), []);
}
