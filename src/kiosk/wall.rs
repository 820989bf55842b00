//! What a visit shows on the screen on the wall: its answer as a card, and the visitor's number in the queue.

use super::core::Core;
use crate::conversation::Language;
use crate::knowledge::{Card, KnowledgeBase, Line};
use crate::stage::set::{WallCard, WallCode, WallShows};
use crate::texts::id;
use crate::visit::Phase;

/// Lines of a card that are handed on: more have no room.
const LINES_MAX: usize = 8;

/// What the screen was told last.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wall {
    article: Option<String>,
    place: Option<u32>,
    language: Option<Language>,
}

impl Wall {
    /// What the screen is to show, when that is something else than before.
    pub fn changed(&mut self, core: &Core, knowledge: &KnowledgeBase) -> Option<WallShows> {
        let state = core.state();
        let talks = state.phase == Phase::Talk;
        let article = core.article().filter(|_| talks);
        let place = state.queue_place.filter(|place| talks && place.staffed).map(|place| place.place);
        let language = Some(state.language);
        if self.article.as_deref() == article && self.place == place && self.language == language {
            return None;
        }
        *self = Self { article: article.map(str::to_owned), place, language };
        let article = article.and_then(|id| knowledge.article(id, state.language));
        let card = article.map(|article| &article.card).filter(|card| !card.is_empty()).map(card_of);
        Some(WallShows { card, queue: place.map(|place| (core.texts().get(id::WALL_NUMBER), place)) })
    }
}

fn card_of(card: &Card) -> WallCard {
    let line = |line: &Line| match line {
        Line::Step { number, text } => (Some(*number), text.clone()),
        other => (None, other.text().to_owned()),
    };
    let code = card.link.as_ref().map(|link| {
        let (modules, side) = (link.modules(), link.modules().side());
        let dark = (0..side).flat_map(|y| (0..side).map(move |x| modules.is_dark(x, y))).collect();
        WallCode { side, dark, words: link.words().to_owned() }
    });
    WallCard { title: card.title.clone(), lines: card.lines.iter().take(LINES_MAX).map(line).collect(), code }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kiosk::test_world::{alone, run, talking};
    use crate::routing::QueuePlace;
    use crate::visit::Input;

    fn knowledge() -> KnowledgeBase {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/knowledge");
        KnowledgeBase::load(std::path::Path::new(folder)).unwrap()
    }

    #[test]
    fn a_card_has_its_steps_and_its_code() {
        let knowledge = knowledge();
        let shown = |id| card_of(&knowledge.article(id, Language::En).unwrap().card);
        let steps = shown("wallet-create");
        assert_eq!(steps.lines.first().map(|(number, _)| *number), Some(Some(1)));
        assert_eq!(steps.code, None);
        let code = shown("seed-phrase-safety").code.unwrap();
        assert_eq!(code.dark.len(), code.side * code.side);
        // The corner of a QR code is dark, and its first light ring is not.
        assert!(code.dark[0] && !code.dark[code.side + 1]);
    }

    #[test]
    fn the_screen_is_told_of_changes_only() {
        let (knowledge, mut wall) = (knowledge(), Wall::default());
        assert_eq!(wall.changed(&alone().0, &knowledge), Some(WallShows::default()));
        let (mut core, _, mut now) = talking();
        assert_eq!(wall.changed(&core, &knowledge), None);
        core.input(Input::PersonWanted);
        run(&mut core, &mut now, 2);
        let place = QueuePlace { place: 3, length: 4, staffed: true, estimate: None };
        core.input(Input::QueuePlace { place: Some(place) });
        run(&mut core, &mut now, 2);
        assert_eq!(wall.changed(&core, &knowledge).and_then(|shows| shows.queue).map(|q| q.1), Some(3));
        assert_eq!(wall.changed(&core, &knowledge), None);
        // Whoever comes next sees nothing of it.
        core.input(Input::Leave);
        run(&mut core, &mut now, 2);
        assert_eq!(wall.changed(&core, &knowledge), Some(WallShows::default()));
    }
}
