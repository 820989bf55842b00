//! Every page and overlay, in both languages, at every size of text, on wide and tall screens: no word is cut off at a
//! side, and what does not scroll is wholly on the screen.

use bevy_egui::egui::epaint::{ClippedShape, Shape};
use bevy_egui::egui::{Context, Pos2, RawInput, Rect, Vec2};

use super::*;
use crate::conversation::{Actor, ActorKind, AnswerId, Body, Cmid, Event, Fact, Language, Timings, Words};
use crate::kiosk::edges::{DeviceKind, Devices, Found, HeardEvent, LinkEvent};
use crate::kiosk::test_world::{Shared, alone, run, talking_in};
use crate::routing::QueuePlace;
use crate::stage::fonts::Lettering;
use crate::stage::set::Palette;
use crate::visit::{Nearness, Notice, SecretKind};

pub(super) const SCREENS: [Vec2; 4] = [
    Vec2::new(1280.0, 720.0),
    Vec2::new(1920.0, 1080.0),
    Vec2::new(720.0, 1280.0),
    Vec2::new(1080.0, 1920.0),
];
pub(super) const SCALES: [f32; 3] = [1.0, 1.4, 2.0];
/// An article with a link, and the name of the page on which it is read.
pub(super) const LINKED: &str = "seed-phrase-safety";
const ARTICLE_PAGE: &str = "article";
/// The host's page of sound devices.
const DEVICES: &str = "devices";
/// The invitation to somebody who walks.
const ON_FOOT: &str = "attract on foot";
/// What may hang over an edge, in points: rounding, and the tails of letters.
const SLACK: f32 = 2.0;
/// Frames until everything has found its size.
const FRAMES: usize = 4;

/// A word that was cut: where, and the text.
#[derive(Debug, PartialEq)]
struct Cut {
    text: String,
    side: &'static str,
    by: f32,
}

/// What is cut of all texts of a frame. A text that scrolls may go on above and below, never at the sides.
fn cuts(shapes: &[ClippedShape], screen: Rect) -> Vec<Cut> {
    let mut found = Vec::new();
    for clipped in shapes {
        let Shape::Text(text) = &clipped.shape else { continue };
        let rect = text.galley.rect.translate(text.pos.to_vec2());
        let seen = clipped.clip_rect.intersect(screen);
        if !seen.is_positive() || text.galley.text().trim().is_empty() {
            continue;
        }
        // Above or below the part that is scrolled to: nothing of it is drawn.
        if rect.bottom() <= seen.top() || rect.top() >= seen.bottom() {
            let scrolls = clipped.clip_rect.height() < screen.height() * 0.9;
            if !scrolls {
                found.push(Cut { text: text.galley.text().to_owned(), side: "off the screen", by: 0.0 });
            }
            continue;
        }
        for (side, by) in [
            ("left", seen.left() - rect.left()),
            ("right", rect.right() - seen.right()),
            ("bottom of the screen", rect.bottom() - screen.bottom()),
        ] {
            if by > SLACK {
                found.push(Cut { text: text.galley.text().to_owned(), side, by });
            }
        }
    }
    found
}

/// Ends a frame without a screen to put it on.
fn drawn(context: &Context) -> Vec<ClippedShape> {
    let mut output = context.end_pass();
    output.textures_delta.clear();
    output.shapes
}

pub(super) struct Shown {
    context: Context,
    theme: Theme,
    pub panels: Panels,
}

impl Shown {
    pub fn new(scale: f32, lettering: &Lettering, knowledge: &Arc<KnowledgeBase>) -> Self {
        let context = Context::default();
        context.set_fonts(lettering.definitions.clone());
        let theme = Theme { scale, ..Theme::from_palette(&Palette::default()) };
        context.set_global_style(theme.style());
        Self { context, theme, panels: Panels::new(Arc::clone(knowledge)) }
    }

    pub fn shapes(&mut self, core: &mut Core, size: Vec2) -> Vec<ClippedShape> {
        let screen = Rect::from_min_size(Pos2::ZERO, size);
        let mut shapes = Vec::new();
        for frame in 0..FRAMES {
            // A second each: what fades in is there.
            let time = Some(frame as f64);
            self.context.begin_pass(RawInput { screen_rect: Some(screen), time, ..RawInput::default() });
            self.panels.show(&self.context, &self.theme, core);
            shapes = drawn(&self.context);
        }
        assert!(shapes.iter().any(|s| matches!(s.shape, Shape::Text(_))), "nothing is written");
        shapes
    }
}

fn said(core: &Core, agent: ActorKind, article: Option<&str>, text: &str) -> LinkEvent {
    let open = core.state().conversation.as_ref().expect("a conversation");
    let (conversation, now) = (open.id, core.state().now);
    let fact = Fact::Said {
        answer: AnswerId::new(now, 1),
        part: 0,
        last: true,
        voiced: false,
        in_reply_to: None,
        corrects: None,
        masked: 0,
        thanks: false,
    };
    let actor = Actor { id: "an-agent".parse().unwrap(), kind: agent };
    let words = Words { text: text.to_owned(), article: article.map(str::to_owned), ..Words::default() };
    let event = Event { seq: 4, at: now, actor, cmid: Cmid::new(now, 1), fact, body: Body::Said(words) };
    LinkEvent::Happened { conversation, event: Box::new(event) }
}

/// The shipped articles.
pub(super) fn knowledge() -> Arc<KnowledgeBase> {
    let knowledge = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/knowledge");
    Arc::new(KnowledgeBase::load(std::path::Path::new(knowledge)).unwrap())
}

/// A conversation in which this article was the answer to a spoken question.
pub(super) fn answered(language: Language, article: &str) -> Core {
    let question = match language {
        Language::En => "How do I open a new wallet, and what does it cost me in the end?",
        Language::Zh => "我想创建一个新的钱包，请问一共需要多少费用？",
    };
    let heard = HeardEvent::Transcript {
        text: question.into(),
        confidence: 0.9,
        timings: Timings::default(),
        ago_ms: 0,
    };
    let (mut core, world, mut now) = talking_in(language);
    world.with(|w| w.heard.push(heard));
    let answer = said(&core, ActorKind::Bot, Some(article), question);
    world.with(|w| w.link.push(answer));
    run(&mut core, &mut now, 6);
    core
}

/// A machine with devices whose names are long.
struct ThreeDevices;

impl Devices for ThreeDevices {
    fn look(&mut self) {}
    fn found(&self) -> Option<Found> {
        let name = |text: &str| text.to_owned();
        Some(Found {
            microphones: vec![name(
                "USB PnP Sound Device, USB Audio, Direct hardware device without any conversions",
            )],
            loudspeakers: vec![
                name("HDA NVidia, HDMI 0, HDMI Audio Output"),
                name("PulseAudio Sound Server"),
            ],
        })
    }
    fn chosen(&self, kind: DeviceKind) -> Option<String> {
        (kind == DeviceKind::Loudspeaker).then(|| "HDMI".to_owned())
    }
    fn choose(&mut self, _: DeviceKind, _: Option<String>) {}
}

/// Each page and overlay by name, as a kiosk that shows it.
fn pages(language: Language) -> Vec<(&'static str, Core, bool)> {
    let mut pages = Vec::new();
    pages.push(("attract", alone().0, false));
    pages.push((ON_FOOT, alone().0, false));
    let (mut core, ..) = alone();
    core.devices = Some(Box::new(ThreeDevices));
    pages.push((DEVICES, core, false));
    let (mut core, _, mut now) = alone();
    core.input(Input::Near(Nearness::Beside));
    core.input(Input::LanguageChosen { language });
    run(&mut core, &mut now, 2);
    pages.push(("welcome", core, false));
    pages.push(("talk", talking_in(language).0, false));
    pages.push(("settings", talking_in(language).0, true));
    let with = |change: &dyn Fn(&mut Core, &Shared)| {
        let (mut core, world, mut now) = talking_in(language);
        change(&mut core, &world);
        run(&mut core, &mut now, 6);
        core
    };
    pages.push(("answered", answered(language, "wallet-create"), false));
    pages.push(("answered with a link", answered(language, LINKED), false));
    pages.push((ARTICLE_PAGE, with(&|core, _| core.input(Input::BrowseOpened)), false));
    pages.push(("person wanted", with(&|core, _| core.input(Input::PersonWanted)), false));
    pages.push(("browse", with(&|core, _| core.input(Input::BrowseOpened)), false));
    let nobody = QueuePlace { place: 1, length: 1, staffed: false, estimate: None };
    let offered = |core: &mut Core| core.input(Input::QueuePlace { place: Some(nobody) });
    pages.push(("message offered", with(&|core, _| offered(core)), false));
    let writing = with(&|core, _| {
        offered(core);
        core.input(Input::MessageWanted);
    });
    pages.push(("message", writing, false));
    for (name, kind) in [
        ("seed phrase", SecretKind::SeedPhrase),
        ("private key", SecretKind::PrivateKey),
        ("card", SecretKind::Card),
        ("identity number", SecretKind::Identity),
        ("password", SecretKind::Other),
    ] {
        pages.push((name, with(&|core, _| core.input(Input::SecretFound { kind })), false));
    }
    pages.push(("reconnecting", with(&|_, world| world.with(|w| w.link.push(LinkEvent::Down))), false));
    pages.push((
        "notices",
        with(&|core, _| {
            for notice in
                [Notice::NoMicrophone, Notice::NoLoudspeaker, Notice::NoSpeechModel, Notice::RelayUnreachable]
            {
                core.input(Input::Problem { notice, on: true });
            }
        }),
        false,
    ));
    pages.push(("rating", with(&|core, _| core.input(Input::Leave)), false));
    let (mut core, _, mut now) = talking_in(language);
    core.input(Input::Leave);
    run(&mut core, &mut now, 2);
    core.input(Input::RatingDone);
    run(&mut core, &mut now, 2);
    pages.push(("farewell", core, false));
    let (mut core, _, mut now) = talking_in(language);
    while core.state().overlay().is_none() && core.state().phase == Phase::Talk {
        run(&mut core, &mut now, 20);
    }
    pages.push(("idle", core, false));
    pages
}

#[test]
fn no_word_is_cut_in_either_language_at_any_size() {
    let knowledge = knowledge();
    let lettering = Lettering::from_system();
    let mut faults = Vec::new();
    for language in [Language::En, Language::Zh] {
        for (name, mut core, settings) in pages(language) {
            for scale in SCALES {
                for size in SCREENS {
                    let mut shown = Shown::new(scale, &lettering, &knowledge);
                    shown.panels.cleared = core.cleared();
                    shown.panels.settings_open = settings;
                    shown.panels.on_foot = name == ON_FOOT;
                    shown.panels.devices_open = name == DEVICES;
                    if name == ARTICLE_PAGE {
                        shown.panels.article = Some(LINKED.to_owned());
                    }
                    let screen = Rect::from_min_size(Pos2::ZERO, size);
                    for cut in cuts(&shown.shapes(&mut core, size), screen) {
                        faults.push(format!("{name}, {language:?}, {scale}, {}×{}: {cut:?}", size.x, size.y));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} words are cut:\n{}", faults.len(), faults.join("\n"));
}

/// The search sees a word that is too long for its place.
#[test]
fn a_word_that_hangs_over_the_edge_is_found() {
    let context = Context::default();
    let screen = Rect::from_min_size(Pos2::ZERO, Vec2::new(200.0, 100.0));
    let mut shapes = Vec::new();
    for _ in 0..FRAMES {
        context.begin_pass(RawInput { screen_rect: Some(screen), ..RawInput::default() });
        layout::place(&context, "narrow", Rect::from_min_size(Pos2::ZERO, Vec2::splat(60.0)), |ui| {
            ui.style_mut().wrap_mode = Some(bevy_egui::egui::TextWrapMode::Extend);
            ui.label("a line that is far too long for this");
        });
        shapes = drawn(&context);
    }
    assert_eq!(cuts(&shapes, screen).first().map(|cut| cut.side), Some("right"));
}
