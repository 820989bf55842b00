//! How far this agent's own words have come, and what of the others' has been seen.

use super::model::{Console, Deed, Talk};
use crate::conversation::{Actor, ActorKind, ConversationId};
use crate::protocol::Reach;

/// So much of a line says which one it is, in characters.
const QUOTED_CHARS: usize = 40;

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub seq: u64,
    pub who: ActorKind,
    /// This agent has said it.
    pub mine: bool,
    pub text: String,
}

impl Line {
    /// Says how far the line has come: `✓ stored: Hello, I am Ann.`
    pub(super) fn has_come(&self, reach: Reach) -> String {
        let mark = match reach {
            Reach::Stored => "✓ stored",
            Reach::Delivered => "✓✓ delivered",
            Reach::Seen => "✓✓ seen",
        };
        let mut quoted: String = self.text.chars().take(QUOTED_CHARS).collect();
        if quoted.len() < self.text.len() {
            quoted.push('…');
        }
        format!("{mark}: {quoted}")
    }
}

impl Talk {
    /// How far a line has come at the visitor's side.
    pub fn reach(&self, line: &Line) -> Reach {
        self.marks.reach(line.seq)
    }
}

impl Console {
    /// Somebody says how far they have got. Only the visitor's kiosk counts: the words are for nobody else.
    pub fn on_reached(
        &mut self,
        conversation: ConversationId,
        by: &Actor,
        reach: Reach,
        seq: u64,
    ) -> Vec<Deed> {
        if !self.talks.contains_key(&conversation) {
            return Vec::new();
        }
        let number = self.number(conversation);
        let Some(talk) = self.talks.get_mut(&conversation) else { return Vec::new() };
        let before = talk.marks;
        if by.kind != ActorKind::Visitor || !talk.marks.raise(reach, seq) {
            return Vec::new();
        }
        // What is true of the newest line is true of those before it.
        let newest = talk.lines.iter().rev().find(|line| line.mine && line.seq <= seq);
        let further = newest.filter(|line| before.reach(line.seq) < talk.reach(line));
        let line = further.map(|line| format!("#{number} {}", line.has_come(talk.reach(line))));
        line.map(Deed::Show).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::{id, me, said, taken, visitor};
    use super::*;

    #[test]
    fn an_agents_own_words_are_stored_then_delivered_then_seen() {
        let mut console = taken();
        let shown = |deeds: Vec<Deed>| match &deeds[..] {
            [] => String::new(),
            [Deed::Show(line)] => line.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            shown(console.on_event(id(), &said(3, me(), "Hello, I am Ann."))),
            "#1 ✓ stored: Hello, I am Ann."
        );
        let mut reached = |by: &Actor, reach, seq| shown(console.on_reached(id(), by, reach, seq));
        let bob = Actor { id: "bob".parse().unwrap(), kind: ActorKind::Supervisor };
        assert_eq!(reached(&bob, Reach::Seen, 3), "", "a colleague is not whom it was said to");
        assert_eq!(reached(&visitor(), Reach::Delivered, 2), "");
        assert_eq!(reached(&visitor(), Reach::Delivered, 3), "#1 ✓✓ delivered: Hello, I am Ann.");
        assert_eq!(reached(&visitor(), Reach::Delivered, 4), "", "told once");
        assert_eq!(reached(&visitor(), Reach::Seen, 4), "#1 ✓✓ seen: Hello, I am Ann.");
        let (_, talk) = console.current().unwrap();
        assert_eq!(talk.reach(&talk.lines[0]), Reach::Seen);
    }

    #[test]
    fn one_mark_for_several_lines_names_the_newest() {
        let mut console = taken();
        for (seq, text) in
            [(3, "first"), (4, "second"), (5, "and the third is a line that is too long to be said again")]
        {
            console.on_event(id(), &said(seq, me(), text));
        }
        let deeds = console.on_reached(id(), &visitor(), Reach::Seen, 4);
        assert_eq!(deeds, [Deed::Show("#1 ✓✓ seen: second".to_owned())]);
        let deeds = console.on_reached(id(), &visitor(), Reach::Seen, 9);
        assert_eq!(deeds, [Deed::Show("#1 ✓✓ seen: and the third is a line that is too long…".to_owned())]);
    }

    #[test]
    fn what_was_printed_of_the_others_is_seen() {
        let mut console = taken();
        let deeds = console.on_event(id(), &said(3, visitor(), "where is my wallet?"));
        let line = Deed::Show("#1 visitor: where is my wallet?".to_owned());
        assert_eq!(deeds, [line, Deed::Seen(id(), 3)], "first it is printed");
    }
}
