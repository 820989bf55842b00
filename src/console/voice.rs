//! A person who speaks themselves: whom they take over, to whom their voice goes, and what is written of it.

use super::microphone::Listener;
use super::model::{Console, Deed, Talk};
use crate::conversation::{AnswerId, Command, ConversationId, Words};
use crate::protocol::LobbyEntry;

impl Console {
    /// To whom this agent's own voice goes: the visitor in front, when this agent serves them.
    pub fn listener(&self) -> Option<Listener> {
        let (id, talk) = self.current()?;
        let serves = talk.state.is_open() && talk.state.pilot.as_ref() == Some(&self.me);
        serves.then_some((id, talk.state.language))
    }

    /// The agent has said this aloud to a visitor, as it was understood: the caption to it.
    pub fn on_said(
        &mut self,
        to: ConversationId,
        answer: AnswerId,
        text: String,
        confidence: f32,
    ) -> Vec<Deed> {
        let Some(talk) = self.talks.get(&to) else { return Vec::new() };
        if talk.state.pilot.as_ref() != Some(&self.me) {
            return Vec::new();
        }
        let words = Words { text, confidence: Some(confidence), ..Words::default() };
        vec![Deed::Send(to, say(talk, answer, words, true))]
    }

    /// Who waits longest for a person is first in the lobby; then who is with a bot.
    pub(super) fn next(&mut self) -> Vec<Deed> {
        let free = |e: &&LobbyEntry| !e.message && e.pilot.as_ref().is_none_or(|p| !p.kind.is_person());
        let open = || self.lobby.iter().filter(free);
        // Whoever is being read along with is meant.
        let front = self.current().and_then(|(id, _)| open().find(|e| e.conversation == id));
        let waits = || open().find(|e| e.waiting.is_some());
        match front.or_else(waits).or_else(|| open().next()).map(|e| e.conversation) {
            Some(id) => self.join(id, true),
            None => vec![Deed::Show("nobody is here who is not served by a person".to_owned())],
        }
    }
}

/// Words of this agent's; `voiced` when they were spoken, and need only be shown.
pub(super) fn say(talk: &Talk, answer: AnswerId, words: Words, voiced: bool) -> Command {
    let in_reply_to = talk.state.unanswered;
    Command::Say { answer, part: 0, last: true, voiced, in_reply_to, corrects: None, masked: 0, words }
}

#[cfg(test)]
mod tests {
    use super::super::input::Wish;
    use super::super::model::tests::{answer, entry, id, me, said, taken, visitor};
    use super::*;
    use crate::conversation::{Actor, Time};
    use crate::routing::Profile;

    #[test]
    fn the_voice_goes_to_whom_one_serves_and_its_caption_answers_them() {
        let mut console = taken();
        console.on_event(id(), &said(3, visitor(), "where is my wallet?"));
        assert_eq!(console.listener().map(|(to, _)| to), Some(id()));
        let deeds = console.on_said(id(), answer(), "it is in your account".into(), 0.8);
        let Deed::Send(to, Command::Say { voiced, in_reply_to, words, .. }) = &deeds[0] else {
            panic!("{deeds:?}")
        };
        assert_eq!((*to, *voiced, *in_reply_to, words.confidence), (id(), true, Some(3), Some(0.8)));
        let nobody = Console::new(me(), Profile::available(2));
        assert_eq!(nobody.listener(), None);
    }

    #[test]
    fn one_key_takes_who_waits_or_else_who_is_with_a_bot_and_nobody_from_a_colleague() {
        let mut console = Console::new(me(), Profile::available(2));
        let next = |console: &mut Console| console.wish(Wish::Next, answer(), Time(1));
        assert!(matches!(&next(&mut console)[..], [Deed::Show(_)]));
        let colleague =
            LobbyEntry { pilot: Some(Actor { id: "bob".parse().unwrap(), ..me() }), ..entry(false) };
        console.on_lobby(vec![colleague], Time(1));
        assert!(matches!(&next(&mut console)[..], [Deed::Show(_)]));
        console.on_lobby(vec![entry(true)], Time(1));
        assert_eq!(next(&mut console), [Deed::Follow(id()), Deed::Send(id(), Command::Claim)]);
    }
}
