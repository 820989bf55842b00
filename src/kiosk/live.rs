//! What a person who pilots is shown of a sentence that is still being spoken. Pure.
//!
//! Only the beginning that will most likely stay, so that nobody answers words that were never said; and nothing of what
//! holds a secret: that is told when it is whole and masked.

use super::secrets::Safe;
use crate::protocol::Signal;

/// What has been told of the sentence.
#[derive(Debug, Default)]
pub(super) struct Live {
    told: String,
}

impl Live {
    /// `whole` is everything that has been understood, `agreed` its beginning, both masked. Returns what to tell now.
    pub fn heard(&mut self, whole: &Safe, agreed: Safe) -> Option<Signal> {
        let safe = whole.masked == 0 && agreed.masked == 0;
        self.tell(if safe { agreed.text } else { String::new() })
    }

    /// It is over: said, or come to nothing.
    pub fn over(&mut self) -> Option<Signal> {
        self.tell(String::new())
    }

    fn tell(&mut self, text: String) -> Option<Signal> {
        let text: String = text.chars().take(Signal::TEXT_MAX_CHARS).collect();
        if text == self.told {
            return None;
        }
        self.told.clone_from(&text);
        Some(Signal::PartialTranscript { text })
    }
}

#[cfg(test)]
mod tests {
    use crate::conversation::{Actor, ActorKind, Body, Cmid, Event, Fact, Time, Timings};
    use crate::kiosk::core::Core;
    use crate::kiosk::edges::{HeardEvent, LinkEvent};
    use crate::kiosk::test_world::{Shared, run, talking};
    use crate::visit::Pilot;

    /// A kiosk in whose conversation a person pilots.
    fn with_person() -> (Core, Shared, Time) {
        let kiosk = piloted_by("ann", ActorKind::Person);
        assert!(matches!(kiosk.0.state().pilot(), Pilot::Person { .. }), "{:?}", kiosk.0.state());
        kiosk
    }

    fn piloted_by(id: &str, kind: ActorKind) -> (Core, Shared, Time) {
        let (mut core, world, mut now) = talking();
        let conversation = world.with(|w| w.sent[0].0);
        let agent = Actor { id: id.parse().unwrap(), kind };
        let fact = Fact::Assigned { agent: agent.clone() };
        let event = Event { seq: 4, at: now, actor: agent, cmid: Cmid::new(now, 1), fact, body: Body::Empty };
        world.with(|w| w.link.push(LinkEvent::Happened { conversation, event: Box::new(event) }));
        run(&mut core, &mut now, 4);
        (core, world, now)
    }

    /// The ears understand this so far.
    fn hears((core, world, now): &mut (Core, Shared, Time), agreed: &str, rest: &str) {
        let text = format!("{agreed}{rest}");
        world.with(|w| w.heard.push(HeardEvent::Partial { text, agreed: agreed.into() }));
        run(core, now, 2);
    }

    fn ends((core, world, now): &mut (Core, Shared, Time), text: &str) {
        let text = text.to_owned();
        world.with(|w| {
            w.heard.push(HeardEvent::Transcript {
                text,
                confidence: 0.9,
                timings: Timings::default(),
                ago_ms: 0,
            });
        });
        run(core, now, 2);
    }

    fn told((_, world, _): &(Core, Shared, Time)) -> Vec<String> {
        world.with(|w| std::mem::take(&mut w.partials))
    }

    #[test]
    fn the_visitor_reads_all_of_it_and_the_pilot_what_will_stay() {
        let mut kiosk = with_person();
        hears(&mut kiosk, "", "where is");
        assert_eq!(kiosk.0.state().partial.as_deref(), Some("where is"));
        assert_eq!(told(&kiosk), Vec::<String>::new());
        hears(&mut kiosk, "where is", " my wall");
        assert_eq!(kiosk.0.state().partial.as_deref(), Some("where is my wall"));
        hears(&mut kiosk, "where is", " my wallet");
        assert_eq!(told(&kiosk), ["where is"], "once");
        ends(&mut kiosk, "where is my wallet");
        assert_eq!(told(&kiosk), [""], "it has been said");
        assert_eq!(kiosk.0.state().partial, None);
        // What came to nothing is gone.
        hears(&mut kiosk, "hm", "");
        assert_eq!(kiosk.0.state().partial.as_deref(), Some("hm"));
        hears(&mut kiosk, "", "");
        assert_eq!((told(&kiosk), kiosk.0.state().partial.clone()), (vec!["hm".into(), String::new()], None));
    }

    #[test]
    fn a_bot_is_told_nothing() {
        let mut kiosk = piloted_by("bot", ActorKind::Bot);
        assert_eq!(kiosk.0.state().pilot(), Pilot::Bot);
        hears(&mut kiosk, "where is", " my wallet");
        assert_eq!(told(&kiosk), Vec::<String>::new());
        assert_eq!(kiosk.0.state().partial.as_deref(), Some("where is my wallet"));
    }

    const WORDS: [&str; 12] = [
        "abandon", "ability", "able", "about", "above", "absent", "absorb", "abstract", "absurd", "abuse",
        "access", "accident",
    ];

    #[test]
    fn a_seed_phrase_is_cut_in_on_while_it_is_being_read_out_and_hardly_a_word_gets_out() {
        for before in ["my seed phrase is", "it is", ""] {
            let mut kiosk = with_person();
            let mut cut_in = None;
            for count in 1..=WORDS.len() {
                let (agreed, rest) = WORDS[..count].split_at(count - 1);
                let agreed = format!("{before} {}", agreed.join(" "));
                hears(&mut kiosk, agreed.trim(), &format!(" {}", rest[0]));
                if cut_in.is_none() && kiosk.0.state().overlay().is_some() {
                    cut_in = Some(count);
                }
            }
            let cut_in = cut_in.expect("nobody cuts in");
            assert!(cut_in <= 6, "{before}: after {cut_in} words");
            let told = told(&kiosk);
            assert_eq!(
                told.last().map(String::as_str),
                Some(""),
                "what was told before is taken back: {told:?}"
            );
            let (shown, out) = (format!("{:?}", kiosk.0.state()), format!("{told:?}"));
            let hidden = |text: &str| WORDS.iter().all(|word| !text.contains(word));
            assert!(hidden(&shown), "{before}: {shown}");
            let leaked = WORDS.iter().filter(|word| out.contains(**word)).count();
            assert!(leaked < cut_in && leaked <= 4, "{before}: {leaked} words in {out}");
        }
    }
}
