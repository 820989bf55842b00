//! The page with all articles.

use bevy_egui::egui::{Align, Context, Margin, RichText, ScrollArea, TextEdit, Ui, Vec2};

use super::Panels;
use super::answer_card::{code, lines, scan_of};
use crate::conversation::Language;
use crate::kiosk::core::Core;
use crate::knowledge::Article;
use crate::stage::theme::{TOUCH, Theme};
use crate::stage::widgets::{Weight, button, chips, modal};
use crate::texts::id;
use crate::visit::Input;

/// The width of the code of an article's link, in points.
const CODE: f32 = 170.0;

pub fn show(context: &Context, theme: &Theme, core: &mut Core, panels: &mut Panels) {
    let language = core.state().language;
    let height = (super::layout::uncovered(context).height() - 220.0).max(160.0);
    let (wish, leave) = modal(context, theme, "browse", None, |ui| {
        let open = panels.article.clone().and_then(|id| panels.knowledge.article(&id, language).cloned());
        match open {
            Some(article) => one(ui, theme, core, panels, &article, height),
            None => list(ui, theme, core, panels, language, height),
        }
    });
    if let Some(input) = wish {
        core.input(input);
    } else if leave {
        core.input(Input::BrowseClosed);
    }
}

fn list(
    ui: &mut Ui,
    theme: &Theme,
    core: &Core,
    panels: &mut Panels,
    language: Language,
    height: f32,
) -> Option<Input> {
    let texts = core.texts();
    let mut wish = None;
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(texts.get(id::BROWSE_TITLE)).font(theme.size(26.0)).strong().color(theme.text),
        );
        if button(ui, theme, &texts.get(id::BUTTON_CLOSE), Weight::Quiet).clicked() {
            wish = Some(Input::BrowseClosed);
        }
    });
    let hint = RichText::new(texts.get(id::BROWSE_SEARCH)).color(theme.muted);
    let search = TextEdit::singleline(&mut panels.search)
        .hint_text(hint)
        .desired_width(f32::INFINITY)
        .margin(Margin::symmetric(14, 0))
        .min_size(Vec2::new(0.0, TOUCH))
        .vertical_align(Align::Center)
        .char_limit(100);
    ui.add(search);
    let wanted = panels.search.to_lowercase();
    let fits = |article: &&Article| {
        !article.is_small_talk()
            && (wanted.is_empty()
                || article.title.to_lowercase().contains(&wanted)
                || article
                    .questions
                    .iter()
                    .chain(&article.keywords)
                    .any(|q| q.to_lowercase().contains(&wanted)))
    };
    let found: Vec<&Article> = panels.knowledge.articles(language).iter().filter(fits).collect();
    let scroll = ScrollArea::vertical().id_salt("articles").max_height(height).min_scrolled_height(height);
    let opened = scroll.show(ui, |ui| {
        ui.set_width(ui.available_width());
        if found.is_empty() {
            ui.label(texts.get(id::BROWSE_EMPTY));
        }
        chips(ui, theme, found.iter().map(|article| article.title.as_str()))
    });
    let opened = opened.inner.and_then(|n| found.get(n)).map(|article| article.id.clone());
    if opened.is_some() {
        panels.article = opened;
    }
    wish
}

fn one(
    ui: &mut Ui,
    theme: &Theme,
    core: &Core,
    panels: &mut Panels,
    article: &Article,
    height: f32,
) -> Option<Input> {
    let texts = core.texts();
    let mut wish = None;
    ui.label(RichText::new(&article.title).font(theme.size(26.0)).strong().color(theme.text));
    let scroll = ScrollArea::vertical().id_salt("article").max_height(height).min_scrolled_height(height);
    scroll.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(&article.spoken);
        lines(ui, theme, &article.card.lines);
        if let Some(link) = &article.card.link {
            let scan = scan_of(ui, theme, link, CODE);
            code(ui, scan, link);
        }
        if !article.card.experts.is_empty() {
            ui.label(RichText::new(texts.get(id::ARTICLE_EXPERT)).strong().color(theme.text));
            lines(ui, theme, &article.card.experts);
        }
    });
    ui.horizontal_wrapped(|ui| {
        if let Some(question) = article.questions.first()
            && button(ui, theme, &texts.get(id::BUTTON_ASK_THIS), Weight::Main).clicked()
        {
            wish = Some(Input::SuggestionChosen { text: question.clone() });
        }
        if button(ui, theme, &texts.get(id::BUTTON_BACK), Weight::Usual).clicked() {
            panels.article = None;
        }
        if button(ui, theme, &texts.get(id::BUTTON_CLOSE), Weight::Quiet).clicked() {
            wish = Some(Input::BrowseClosed);
        }
    });
    wish
}
