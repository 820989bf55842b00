//! How far words have come: the visitor's to those who answer, and theirs to the visitor's eyes.

use super::caption::{Caption, Who};
use super::effect::Effect;
use super::state::{Phase, State};
use super::step::Visit;
use crate::conversation::{Actor, ConversationId};
use crate::protocol::Reach;

impl State {
    /// How far the visitor's newest words have come, and the number of their caption. `None` until the relay has them.
    pub fn reach(&self) -> Option<(u32, Reach)> {
        let open = self.conversation.as_ref()?;
        let last = self.captions.iter().rev().find(|caption| caption.who == Who::Visitor)?;
        Some((last.id, open.marks.reach(last.seq?)))
    }

    /// The newest words of a pilot that can be read now.
    fn shown(&self) -> Option<u64> {
        let readable = self.phase == Phase::Talk && self.overlay().is_none();
        let of_pilot = |caption: &&Caption| matches!(caption.who, Who::Bot | Who::Person { .. });
        let newest = || self.captions.iter().rev().find(of_pilot);
        readable.then(newest).flatten().and_then(|caption| caption.seq)
    }
}

impl Visit {
    /// Somebody says how far they have got. Only who answers counts, or while nobody does, who could: another screen is nobody
    /// to wait for, nor is a bot that only listens.
    pub fn reached(&mut self, conversation: ConversationId, by: &Actor, reach: Reach, seq: u64) {
        let open = self.s.conversation.as_mut().filter(|open| open.id == conversation);
        let answers = |pilot: &Option<Actor>| pilot.as_ref().map_or(by.kind.is_agent(), |pilot| pilot == by);
        if let Some(open) = open.filter(|open| answers(&open.record.pilot)) {
            open.marks.raise(reach, seq);
        }
    }

    /// Tells the others what the visitor can read now, once.
    pub fn tell_shown(&mut self) {
        let Some(seq) = self.s.shown() else { return };
        let Some(open) = self.s.conversation.as_mut().filter(|open| open.shown < seq) else { return };
        open.shown = seq;
        self.effects.push(Effect::Seen { conversation: open.id, seq });
    }
}

#[cfg(test)]
mod tests {
    use super::super::story_tests::{Kiosk, anna, bot, part, rules};
    use super::*;
    use crate::conversation::{ActorKind, Command, Time};
    use crate::visit::Input;

    fn asked() -> (Kiosk, ConversationId, u64) {
        let mut k = Kiosk::new(rules());
        k.begin_talk().says("what is gas");
        let conversation = k.state.conversation.as_ref().unwrap().id;
        let seq = k.state.captions.iter().rev().find_map(|c| c.seq.filter(|_| c.who == Who::Visitor));
        (k, conversation, seq.unwrap())
    }

    fn seen(k: &Kiosk) -> Vec<u64> {
        let seen = k.effects.iter().filter_map(|effect| match effect {
            Effect::Seen { seq, .. } => Some(*seq),
            _ => None,
        });
        seen.collect()
    }

    #[test]
    fn the_visitors_newest_words_are_sent_then_delivered_then_seen() {
        let (mut k, conversation, seq) = asked();
        let reach = |k: &Kiosk| k.state.reach().unwrap().1;
        assert_eq!(reach(&k), Reach::Stored);
        let marked = |by, reach, seq| Input::Reached { conversation, by, reach, seq };
        let screen = Actor { id: "kiosk-2".parse().unwrap(), kind: ActorKind::Visitor };
        k.take(marked(screen, Reach::Seen, seq));
        k.take(marked(bot(), Reach::Delivered, seq - 1));
        assert_eq!(reach(&k), Reach::Stored, "another screen, and older words");
        k.take(marked(bot(), Reach::Delivered, seq));
        assert_eq!(reach(&k), Reach::Delivered);
        k.take(marked(anna(), Reach::Seen, seq));
        assert_eq!(reach(&k), Reach::Delivered, "who only looks on");
        k.take(marked(bot(), Reach::Seen, seq));
        assert_eq!(reach(&k), Reach::Seen);
        k.take(marked(bot(), Reach::Delivered, seq));
        assert_eq!(reach(&k), Reach::Seen, "it does not go back");
        let other = ConversationId::new(Time(9), 9);
        k.says("and what is land");
        k.take(Input::Reached { conversation: other, by: bot(), reach: Reach::Seen, seq: 1_000 });
        assert_eq!(reach(&k), Reach::Stored, "another visit");
    }

    #[test]
    fn an_answer_shows_that_the_question_was_seen() {
        let (mut k, _, seq) = asked();
        k.agent(bot(), part(1, 0, true, "A fee.", Some(seq)));
        assert_eq!(k.state.reach().unwrap().1, Reach::Seen);
    }

    #[test]
    fn words_without_a_number_have_come_nowhere() {
        let mut state = State::new(rules(), crate::visit::Ids::new([7; 32]));
        assert_eq!(state.reach(), None);
        let (k, ..) = asked();
        state.conversation.clone_from(&k.state.conversation);
        state.captions.extend(k.state.captions.iter().cloned().map(|c| Caption { seq: None, ..c }));
        assert_eq!(state.reach(), None);
    }

    #[test]
    fn what_a_pilot_says_is_seen_when_it_can_be_read_and_told_once() {
        let (mut k, ..) = asked();
        k.agent(bot(), part(1, 0, false, "A fee", None));
        let first = seen(&k);
        assert_eq!(first.len(), 1);
        k.wait(1);
        assert!(seen(&k).is_empty(), "told once");
        k.take(Input::BrowseOpened).agent(bot(), part(1, 1, true, "for the network.", None));
        assert!(seen(&k).is_empty(), "a page lies over it");
        k.take(Input::BrowseClosed);
        let second = seen(&k);
        assert!(second.len() == 1 && second > first, "{first:?} {second:?}");
        // What only the log needs to know is nothing to see.
        k.agent(bot(), Command::Release { to_bot: true });
        assert!(seen(&k).is_empty());
    }
}
