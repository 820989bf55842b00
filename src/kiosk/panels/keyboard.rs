//! A keyboard on the screen, for kiosks that have no other: it opens when a finger touches a text box, and with a button.
//!
//! It is drawn before the boxes of a frame, and what is pressed on it reaches them as keys would.

use std::sync::{Arc, OnceLock};

use bevy_egui::egui::{
    Align2, Area, Context, CornerRadius, Event, Frame, Id, Key, Margin, Modifiers, Order, RichText,
    ScrollArea, SurrenderFocusOn, Ui, Vec2,
};

use super::layout;
use crate::conversation::Language;
use crate::input_method::{Candidate, InputMethod, SPELLING_MAX};
use crate::kiosk::core::Core;
use crate::knowledge::KnowledgeBase;
use crate::stage::theme::{GAP, TOUCH, Theme};
use crate::texts::id;
use crate::visit::Input;

/// Rows of letters, and of figures and signs.
const LETTERS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
const FIGURES: [&str; 3] = ["1234567890", "-/:;()@#&\"", ".,?!'+*=_%"];
/// Between keys, in points.
const BETWEEN: f32 = 6.0;
/// The widest that a key becomes, in points.
const KEY_MAX: f32 = 92.0;
/// The most that a spelling is shown to stand for.
const CANDIDATES_MAX: usize = 24;
/// The size of the letters on keys, in points. They do not grow with the texts: ten must fit beside each other.
const INK: f32 = 21.0;

/// What a key does.
enum Press {
    Text(String),
    Key(Key),
    Chosen(Candidate),
    Upper,
    Figures,
    Chinese,
    Hide,
}

/// The keyboard between frames.
#[derive(Default)]
pub struct Keyboard {
    open: bool,
    /// The text box that is typed into.
    into: Option<Id>,
    /// The text box that had the focus in the frame before.
    focused: Option<Id>,
    by_finger: bool,
    upper: bool,
    figures: bool,
    /// Letters are pinyin.
    chinese: bool,
    spelling: String,
    /// What the spelling may stand for.
    found: Vec<Candidate>,
    words: Words,
}

/// The words of the articles, learnt on a thread of their own when they are first needed: that takes longer than a frame may.
#[derive(Clone, Default)]
struct Words {
    method: Arc<OnceLock<InputMethod>>,
    asked: bool,
}

impl Words {
    /// `None` until they are learnt.
    fn get(&mut self, knowledge: &Arc<KnowledgeBase>) -> Option<&InputMethod> {
        if !self.asked {
            self.asked = true;
            let (method, knowledge) = (Arc::clone(&self.method), Arc::clone(knowledge));
            let learn = move || drop(method.set(learnt(&knowledge)));
            if let Err(error) = std::thread::Builder::new().name("kiosk-pinyin".into()).spawn(learn) {
                tracing::warn!("the screen's keyboard takes no pinyin: {error}");
            }
        }
        self.method.get()
    }
}

impl Keyboard {
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens or closes it.
    pub fn toggle(&mut self, context: &Context, language: Language) {
        if self.open {
            self.hide(context);
        } else {
            self.open(language);
        }
    }

    /// Opens it for this language.
    pub fn open(&mut self, language: Language) {
        self.open = true;
        self.chinese = language == Language::Zh;
    }

    /// Puts it away, and leaves the box: a touch elsewhere would open it again.
    fn hide(&mut self, context: &Context) {
        if let Some(into) = self.into {
            context.memory_mut(|memory| memory.surrender_focus(into));
        }
        self.close();
    }

    fn close(&mut self) {
        // The words that were learnt stay.
        *self = Self { words: self.words.clone(), into: self.into, ..Self::default() };
    }

    /// The same, for another visitor.
    pub fn cleared(&self) -> Self {
        Self { words: self.words.clone(), ..Self::default() }
    }

    /// Draws it, if it is open, and hands on what was pressed. Before the text boxes of this frame.
    pub fn show(
        &mut self,
        context: &Context,
        theme: &Theme,
        core: &mut Core,
        knowledge: &Arc<KnowledgeBase>,
    ) {
        context.input(|i| {
            let finger = i.events.iter().any(|e| matches!(e, Event::Touch { .. }));
            if finger || i.pointer.any_pressed() {
                self.by_finger = finger;
            }
        });
        // Who types on real keys needs none on the screen.
        if self.open && context.input(|i| i.events.iter().any(|e| matches!(e, Event::Text(_)))) {
            self.close();
        }
        // What is typed into keeps the focus while keys are pressed that lie beside it.
        let surrender = if self.open { SurrenderFocusOn::Never } else { SurrenderFocusOn::Clicks };
        context.options_mut(|options| options.input_options.surrender_focus_on = surrender);
        if !self.open {
            layout::cover(context, 0.0);
            return;
        }
        // Looked up once for each spelling, and again while the words are being learnt.
        if !self.chinese || self.spelling.is_empty() {
            self.found.clear();
        } else if self.found.is_empty()
            && let Some(method) = self.words.get(knowledge)
        {
            self.found = method.candidates(&self.spelling, CANDIDATES_MAX);
        }
        if self.chinese {
            self.words.get(knowledge);
        }
        let screen = context.content_rect();
        let shown = Area::new(Id::new("keyboard"))
            .order(Order::Tooltip)
            .anchor(Align2::CENTER_BOTTOM, Vec2::ZERO)
            .show(context, |ui| {
                let frame = Frame::new()
                    .fill(theme.panel)
                    .inner_margin(Margin::same(GAP as i8))
                    .corner_radius(CornerRadius::ZERO);
                frame
                    .show(ui, |ui| {
                        ui.set_width(screen.width() - 2.0 * GAP);
                        ui.spacing_mut().item_spacing = Vec2::splat(BETWEEN);
                        self.rows(ui, theme, core)
                    })
                    .inner
            });
        layout::cover(context, shown.response.rect.height());
        if let Some(press) = shown.inner {
            core.input(Input::Touched);
            self.pressed(context, press);
        }
    }

    /// Looks which box is typed into. After the text boxes of this frame.
    pub fn follow(&mut self, context: &Context, language: Language) {
        if context.egui_wants_keyboard_input() {
            let into = context.memory(|memory| memory.focused());
            let gained = self.focused != into;
            self.into = into;
            self.focused = into;
            if self.by_finger && gained && !self.open {
                self.toggle(context, language);
            }
        } else {
            self.focused = None;
        }
        if !self.open {
            self.by_finger = false;
        }
    }

    fn rows(&self, ui: &mut Ui, theme: &Theme, core: &Core) -> Option<Press> {
        let mut press = None;
        if self.chinese {
            ScrollArea::horizontal().id_salt("candidates").show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.set_min_height(TOUCH);
                    ui.label(RichText::new(format!("{} ", self.spelling)).size(INK).color(theme.muted));
                    for candidate in &self.found {
                        if key(ui, theme, &candidate.text, TOUCH, false) {
                            press = Some(Press::Chosen(candidate.clone()));
                        }
                    }
                });
            });
        }
        let texts = core.texts();
        let width = ((ui.available_width() - 9.0 * BETWEEN) / 10.0).min(KEY_MAX);
        let rows = if self.figures { FIGURES } else { LETTERS };
        for (number, row) in rows.into_iter().enumerate() {
            // The row is as wide as its keys and stands in the middle.
            let last = number == 2 && !self.figures;
            let keys = row.chars().count() as f32 + if last { 3.0 } else { 0.0 };
            let space = ui.available_width() - keys * (width + BETWEEN) + BETWEEN;
            ui.horizontal(|ui| {
                ui.add_space((space / 2.0).max(0.0));
                if last && key(ui, theme, &texts.get(id::KEY_UPPER), width * 1.5, self.upper) {
                    press = Some(Press::Upper);
                }
                for letter in row.chars() {
                    let letter = if self.upper { letter.to_ascii_uppercase() } else { letter };
                    if key(ui, theme, &letter.to_string(), width, false) {
                        press = Some(Press::Text(letter.to_string()));
                    }
                }
                if last && key(ui, theme, &texts.get(id::KEY_DELETE), width * 1.5, false) {
                    press = Some(Press::Key(Key::Backspace));
                }
            });
        }
        ui.horizontal(|ui| {
            let all = 10.0 * width + 9.0 * BETWEEN;
            ui.add_space(((ui.available_width() - all) / 2.0).max(0.0));
            let side = width * 1.25;
            if key(ui, theme, if self.figures { "ABC" } else { "123" }, side, false) {
                press = Some(Press::Figures);
            }
            if key(ui, theme, &texts.get(id::KEY_CHINESE), side, self.chinese) {
                press = Some(Press::Chinese);
            }
            let space = all - 5.0 * side - 5.0 * BETWEEN;
            if key(ui, theme, &texts.get(id::KEY_SPACE), space, false) {
                press = Some(Press::Text(" ".into()));
            }
            if self.figures && key(ui, theme, &texts.get(id::KEY_DELETE), side, false) {
                press = Some(Press::Key(Key::Backspace));
            } else if !self.figures && key(ui, theme, "?", side, false) {
                press = Some(Press::Text("?".into()));
            }
            if key(ui, theme, &texts.get(id::KEY_ENTER), side, false) {
                press = Some(Press::Key(Key::Enter));
            }
            if key(ui, theme, &texts.get(id::KEY_HIDE), side, false) {
                press = Some(Press::Hide);
            }
        });
        press
    }

    fn pressed(&mut self, context: &Context, press: Press) {
        if matches!(press, Press::Hide) {
            return self.hide(context);
        }
        let Some(into) = self.into else { return };
        if let Some(event) = self.step(press) {
            context.memory_mut(|memory| memory.request_focus(into));
            context.input_mut(|input| input.events.push(event));
        }
    }

    /// What reaches the text box.
    fn step(&mut self, press: Press) -> Option<Event> {
        match press {
            Press::Text(text) => {
                let spells = self.chinese && text.chars().all(|c| c.is_ascii_lowercase());
                if spells && self.spelling.len() < SPELLING_MAX {
                    self.spelling.push_str(&text);
                    self.found.clear();
                    return None;
                }
                if spells {
                    return None;
                }
                self.upper = false;
                match self.found.first().cloned() {
                    // Space takes the first, another sign goes behind it.
                    Some(first) if !self.spelling.is_empty() => {
                        let rest = if text == " " { "" } else { text.as_str() };
                        let taken = first.text.clone() + rest;
                        self.take(&first);
                        Some(Event::Text(taken))
                    }
                    _ => Some(Event::Text(std::mem::take(&mut self.spelling) + &text)),
                }
            }
            Press::Key(Key::Backspace) if self.spelling.pop().is_some() => {
                self.found.clear();
                None
            }
            // What was spelt is meant as it stands.
            Press::Key(Key::Enter) if !self.spelling.is_empty() => {
                Some(Event::Text(std::mem::take(&mut self.spelling)))
            }
            Press::Key(key) => Some(Event::Key {
                key,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: Modifiers::NONE,
            }),
            Press::Chosen(candidate) => {
                self.take(&candidate);
                Some(Event::Text(candidate.text))
            }
            Press::Upper => {
                self.upper = !self.upper;
                None
            }
            Press::Figures => {
                self.figures = !self.figures;
                None
            }
            Press::Chinese => {
                self.chinese = !self.chinese;
                (!self.spelling.is_empty()).then(|| Event::Text(std::mem::take(&mut self.spelling)))
            }
            Press::Hide => None,
        }
    }

    fn take(&mut self, candidate: &Candidate) {
        self.spelling = self.spelling.get(candidate.letters..).unwrap_or_default().to_owned();
        self.found.clear();
    }
}

/// A method that knows the words of the articles.
fn learnt(knowledge: &KnowledgeBase) -> InputMethod {
    let articles = knowledge.articles(Language::Zh);
    InputMethod::new(articles.iter().flat_map(|article| {
        let lists = article.questions.iter().chain(&article.keywords).map(String::as_str);
        lists.chain([article.title.as_str(), &article.spoken, &article.detail])
    }))
}

fn key(ui: &mut Ui, theme: &Theme, text: &str, width: f32, on: bool) -> bool {
    use bevy_egui::egui::Button;
    let (fill, ink) = if on { (theme.accent, theme.on_accent) } else { (theme.raised, theme.text) };
    let label = RichText::new(text).size(INK).color(ink);
    // No key takes the focus: it stays where the text goes.
    let button = Button::new(label).fill(fill).min_size(Vec2::new(width, TOUCH)).truncate();
    ui.add_sized(Vec2::new(width.max(TOUCH * 0.6), TOUCH), button).clicked()
}

#[cfg(test)]
#[path = "keyboard_tests.rs"]
mod tests;
