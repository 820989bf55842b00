//! What lies over the picture: one page or overlay a file, each a function of the core and egui's context.

mod answer_card;
mod attract;
mod browse;
mod developer;
mod devices;
mod farewell;
mod free;
mod input_bar;
mod keyboard;
mod layout;
mod notices;
mod overlays;
mod rating;
mod talk;
mod transcript;
mod welcome;

pub use free::{card_place, free_region};

use std::sync::Arc;

use bevy_egui::egui::{Context, Key};

use developer::Developer;
use keyboard::Keyboard;

use super::core::Core;
use crate::conversation::Language;
use crate::knowledge::KnowledgeBase;
use crate::stage::theme::Theme;
use crate::visit::{Input, Overlay, Phase};

/// What panels remember between frames. Emptied whenever the core says so.
pub struct Panels {
    knowledge: Arc<KnowledgeBase>,
    /// What is in the text box.
    draft: String,
    /// The caption being mended, and its new words.
    mending: Option<(u32, String)>,
    search: String,
    /// The article that is open on the browse page.
    article: Option<String>,
    settings_open: bool,
    /// The core's count of clearings that this was last emptied for.
    cleared: u32,
    developer: Developer,
    /// The host chooses sound devices.
    devices_open: bool,
    keyboard: Keyboard,
    /// The visitor walks up to the desk.
    pub on_foot: bool,
    /// The visitor on foot wants to be taken there.
    pub to_the_desk: bool,
    /// No font with Chinese characters was found: the sentence to show.
    pub no_chinese: Option<&'static str>,
}

/// What a button of the pages opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The settings, in the line at the bottom.
    Settings,
    /// The keyboard on the screen.
    Keyboard(Language),
    /// An article, by its id, on the page with all of them.
    Article(String),
}

impl Panels {
    /// Opens something as its button does.
    pub fn open(&mut self, what: Opened) {
        match what {
            Opened::Settings => self.settings_open = true,
            Opened::Keyboard(language) => self.keyboard.open(language),
            Opened::Article(id) => self.article = Some(id),
        }
    }

    /// Closes all that is open and forgets what was typed.
    pub fn clear(&mut self) {
        *self = Self {
            cleared: self.cleared,
            developer: self.developer,
            devices_open: self.devices_open,
            keyboard: self.keyboard.cleared(),
            no_chinese: self.no_chinese,
            ..Self::new(self.knowledge.clone())
        };
    }

    /// Panels that show these articles.
    pub fn new(knowledge: Arc<KnowledgeBase>) -> Self {
        Self {
            knowledge,
            draft: String::new(),
            mending: None,
            search: String::new(),
            article: None,
            settings_open: false,
            cleared: 0,
            developer: Developer::default(),
            devices_open: false,
            keyboard: Keyboard::default(),
            on_foot: false,
            to_the_desk: false,
            no_chinese: None,
        }
    }

    /// What they show articles of.
    pub fn knowledge(&self) -> &KnowledgeBase {
        &self.knowledge
    }

    /// The article whose steps are shown beside the conversation.
    pub fn card<'a>(&self, core: &'a Core) -> Option<&'a str> {
        let shown = core.state().phase == Phase::Talk && answer_card::is_shown(core, self);
        core.article().filter(|_| shown)
    }

    /// Draws everything for this frame.
    pub fn show(&mut self, context: &Context, theme: &Theme, core: &mut Core) {
        if self.cleared != core.cleared() {
            self.clear();
            self.cleared = core.cleared();
            // Undo histories of text boxes hold what was typed.
            context.memory_mut(|memory| *memory = Default::default());
        }
        push_to_talk(context, core);
        self.keyboard.show(context, theme, core, &self.knowledge);
        match core.state().phase {
            Phase::Attract => attract::show(context, theme, core, self),
            Phase::Welcome { .. } => welcome::show(context, theme, core),
            Phase::Talk => talk::show(context, theme, core, self),
            Phase::Rating { .. } => rating::show(context, theme, core),
            Phase::Farewell { .. } => farewell::show(context, theme, core),
        }
        match core.state().overlay() {
            Some(Overlay::Browse) => browse::show(context, theme, core, self),
            Some(overlay) => overlays::show(context, theme, core, overlay),
            None => {}
        }
        notices::show(context, theme, core, self);
        devices::show(context, theme, core, &mut self.devices_open);
        self.developer.show(context, theme, core);
        self.keyboard.follow(context, core.state().language);
    }
}

/// The space bar is the push-to-talk key, while no text is being typed.
fn push_to_talk(context: &Context, core: &mut Core) {
    if context.egui_wants_keyboard_input() {
        return;
    }
    let (pressed, released) =
        context.input(|i| (i.key_pressed(Key::Space) && !i.modifiers.any(), i.key_released(Key::Space)));
    if pressed {
        core.input(Input::Touched);
        core.input(Input::TalkHeld { held: true });
    }
    if released {
        core.input(Input::TalkHeld { held: false });
    }
}

#[cfg(test)]
#[path = "clipping_tests.rs"]
mod tests;

#[cfg(test)]
mod bar_tests;
#[cfg(test)]
mod card_tests;
#[cfg(test)]
mod touch_tests;
