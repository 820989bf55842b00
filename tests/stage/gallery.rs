//! Draws the pictures of `docs/gallery.md` and writes the page. Run by `scripts/gallery`, not with the other tests.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use avatardesk::conversation::Language;
use avatardesk::performance::Gesture;
use avatardesk::scene::{self, DayNight};
use avatardesk::stage::avatar::{
    Attention, BeatAsked, GestureAsked, LookTarget, MoodChanged, MouthShape, NodAsked, Shown,
};
use avatardesk::stage::headless::{Headless, Pace, Settings};
use avatardesk::stage::look::Preset;
use avatardesk::stage::set::Set;
use avatardesk::visit::TextSize;
use bevy::math::Vec2;

use super::likeness::{Picture, TO_LOOK_AT};
use super::screens::SCREENS;
use super::visit::{Look, Visit};
use super::{headless_with, updates};

/// All pictures together, those of the avatars' faces included, in bytes.
const TOTAL_MAX: u64 = 6_000_000;
/// The pixels of a screen, and the width of its picture when it is large.
const WIDE: (u32, u32) = (1280, 720);
const TALL: (u32, u32) = (720, 1280);
const LARGE: u32 = 760;
/// Frames after which a screen is looked at.
const TO_REST: u32 = 20;
/// Frames a second of gestures.
const RATE: u32 = 30;
/// The size of a picture of a gesture, drawn twice as large.
const FIGURE: (u32, u32) = (320, 356);

const CHARACTERS: [(&str, &str); 2] = [("concierge", "The concierge"), ("steward", "The steward")];
const EXPRESSIONS: [&str; 18] = [
    "neutral",
    "happy",
    "angry",
    "sad",
    "relaxed",
    "surprised",
    "aa",
    "ih",
    "ou",
    "ee",
    "oh",
    "blink",
    "blinkLeft",
    "blinkRight",
    "lookUp",
    "lookDown",
    "lookLeft",
    "lookRight",
];

/// Set: only pictures in whose name this is are drawn.
const ONLY: &str = "AVATARDESK_GALLERY_ONLY";

fn is_wanted(name: &str) -> bool {
    match std::env::var(ONLY) {
        Ok(part) => name.contains(&part),
        Err(_) => true,
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery")
}

#[test]
#[ignore = "draws docs/gallery: scripts/gallery runs it"]
fn the_gallery_is_drawn() {
    let mut page = String::from(BEGIN);
    scenes(&mut page);
    screens(&mut page);
    characters(&mut page);
    std::fs::write(folder().join("../gallery.md"), page).unwrap();
    let total = bytes_in(&folder());
    assert!(total <= TOTAL_MAX, "{total} bytes of pictures, more than {TOTAL_MAX}: draw them smaller");
    eprintln!("{total} bytes of pictures");
}

const BEGIN: &str = "# Gallery

All pictures on this page, and the page itself, are made by one command, without a GPU:

```sh
scripts/gallery
```

";

fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| if e.path().is_dir() { bytes_in(&e.path()) } else { e.metadata().unwrap().len() }).sum()
}

/// The desk without panels, by day and by night.
fn scenes(page: &mut String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("scenes/helpdesk.ron")).unwrap();
    let mut scene = scene::parse(&text).unwrap();
    page.push_str("## The scene\n\n`potato` is for machines without a graphics card, `high` for those with a good one.\n\n| | `potato` | `high` |\n|---|---|---|\n");
    for (light, name) in [(DayNight::Day, "day"), (DayNight::Night, "night")] {
        scene.kiosk.light = light;
        let pictures = [(Preset::Potato, "potato"), (Preset::High, "high")]
            .map(|(preset, preset_name)| (preset, preset_name, format!("scenes/{name}-{preset_name}.jpg")));
        let _ = write!(page, "| {name} |");
        for (_, preset_name, file) in &pictures {
            let _ = write!(page, " ![The desk by {name}, {preset_name}](gallery/{file}) |");
        }
        page.push('\n');
        if !is_wanted("scenes") {
            continue;
        }
        let set = Set::from_scene(&scene, &scene.desks[0], Language::En);
        let settings = Settings { width: WIDE.0, height: WIDE.1, preset: Some(Preset::Potato), ..at_rate() };
        let Some(mut stage) = headless_with(settings, set, |_| {}) else { return };
        stage.settle().unwrap();
        stage.world_mut().insert_resource(Attention::Attending);
        updates(&mut stage, RATE);
        for (preset, _, file) in pictures {
            stage.world_mut().insert_resource(preset);
            updates(&mut stage, 8);
            Picture::of(&stage.frame().unwrap(), LARGE).save(&folder().join(file), TO_LOOK_AT);
        }
    }
    page.push('\n');
}

fn at_rate() -> Settings {
    let pace = Pace::Fixed(std::time::Duration::from_nanos(1_000_000_000 / u64::from(RATE)));
    Settings { pace, ..Settings::default() }
}

/// Every screen, in both languages, on wide and tall screens, at the usual and at twice the size of text.
fn screens(page: &mut String) {
    page.push_str("## The screens\n\n");
    let usual = Look { language: Language::En, text: TextSize::Normal, still: false, night: false };
    let mut looks = Vec::new();
    for (size, shape) in [(WIDE, "wide"), (TALL, "tall")] {
        let mut visit = None;
        for (language, tag) in [(Language::En, "en"), (Language::Zh, "zh")] {
            for (text, percent) in [(TextSize::Normal, 100), (TextSize::Largest, 200)] {
                let look = Look { language, text, ..usual };
                let name = format!("{tag}-{percent}-{shape}");
                let large = name == "en-100-wide";
                looks.push(name.clone());
                if !is_wanted(&name) {
                    continue;
                }
                if visit.is_none() {
                    visit = Visit::new(size, usual);
                }
                let Some(visit) = &mut visit else { return };
                for screen in &SCREENS {
                    visit.begin(look);
                    (screen.show)(visit);
                    let frame = visit.picture(if large { Preset::High } else { Preset::Potato }, TO_REST);
                    let width = if large { LARGE } else { size.0 * 5 / 16 };
                    let file = folder().join("screens").join(&name).join(format!("{}.jpg", screen.name));
                    Picture::of(&frame, width).save(&file, TO_LOOK_AT);
                }
            }
        }
    }
    for screen in &SCREENS {
        let _ = write!(
            page,
            "### {}\n\n![{}](gallery/screens/en-100-wide/{}.jpg)\n\n",
            screen.title, screen.title, screen.name
        );
        for shape in ["wide", "tall"] {
            for look in looks.iter().filter(|look| look.ends_with(shape) && *look != "en-100-wide") {
                let _ =
                    write!(page, "![{}, {look}](gallery/screens/{look}/{}.jpg) ", screen.title, screen.name);
            }
            page.push_str("\n\n");
        }
    }
}

/// What the body does: a name, how it is brought about, and when it is seen best, in seconds.
type Deed = (&'static str, Attention, f32, fn(&mut Headless));

const DEEDS: [Deed; 14] = [
    ("at ease", Attention::Idle, 1.0, |_| {}),
    ("attending", Attention::Attending, 2.0, |_| {}),
    ("listening", Attention::Listening, 1.6, |s| _ = s.world_mut().write_message(NodAsked(1.0))),
    ("thinking", Attention::Thinking, 3.0, |_| {}),
    ("speaking", Attention::Speaking, 1.5, |s| {
        s.world_mut().insert_resource(MouthShape { aa: 0.6, ..MouthShape::default() });
        s.world_mut().write_message(BeatAsked(1.0));
    }),
    ("waiting", Attention::Waiting, 2.5, |_| {}),
    ("wave", Attention::Attending, 1.2, |s| gesture(s, Gesture::Wave)),
    ("bow", Attention::Attending, 1.2, |s| gesture(s, Gesture::Bow)),
    ("nod", Attention::Attending, 0.35, |s| gesture(s, Gesture::Nod)),
    ("shake_head", Attention::Speaking, 0.5, |s| gesture(s, Gesture::ShakeHead)),
    ("open_palms", Attention::Speaking, 1.2, |s| gesture(s, Gesture::OpenPalms)),
    ("point", Attention::Speaking, 1.3, |s| {
        s.world_mut().insert_resource(Shown(Some(Vec2::new(0.8, 0.15))));
        gesture(s, Gesture::Point);
    }),
    ("halt", Attention::Speaking, 1.1, |s| gesture(s, Gesture::Halt)),
    ("looking aside", Attention::Attending, 1.0, |s| {
        s.world_mut().insert_resource(LookTarget::Pointer(Vec2::new(-0.9, 0.2)));
    }),
];

fn gesture(stage: &mut Headless, gesture: Gesture) {
    stage.world_mut().write_message(GestureAsked(gesture));
}

fn characters(page: &mut String) {
    for (name, title) in CHARACTERS {
        let set = Set { avatar: format!("avatars/{name}.vrm"), ..Set::default() };
        let settings =
            Settings { width: FIGURE.0 * 2, height: FIGURE.1 * 2, preset: Some(Preset::Potato), ..at_rate() };
        let _ = write!(
            page,
            "## {title}\n\n| | | |\n|---|---|---|\n| ![{title}](gallery/{name}.png) | ![{title} from the side](gallery/{name}-side.png) | ![{title}, smiling](gallery/{name}-portrait.png) |\n\n### Expressions\n\nAs seen from 3 m; drawn from the file's own bytes.\n\n"
        );
        table(page, 6, EXPRESSIONS.map(|e| (e.to_owned(), format!("{name}-{e}.png"))).into_iter().collect());
        let _ = write!(page, "### Body language\n\n");
        let file = |deed: &str| format!("gestures/{name}-{}.jpg", deed.replace(' ', "-"));
        table(page, 7, DEEDS.iter().map(|deed| (deed.0.to_owned(), file(deed.0))).collect());
        if !is_wanted("gestures") {
            continue;
        }
        let Some(mut stage) = headless_with(settings, set, |_| {}) else { return };
        stage.settle().unwrap();
        for (deed, attention, seconds, begin) in DEEDS {
            let world = stage.world_mut();
            world.insert_resource(attention);
            world.insert_resource(LookTarget::Camera);
            world.insert_resource(MouthShape::default());
            world.write_message(MoodChanged { expression: mood_of(deed), strength: 0.6 });
            begin(&mut stage);
            updates(&mut stage, (seconds * RATE as f32) as u32);
            stage.world_mut().insert_resource(Preset::High);
            updates(&mut stage, 3);
            Picture::of(&stage.frame().unwrap(), FIGURE.0).save(&folder().join(file(deed)), TO_LOOK_AT);
            // What comes next begins from rest.
            stage.world_mut().insert_resource(Preset::Potato);
            stage.world_mut().insert_resource(Attention::Attending);
            stage.world_mut().insert_resource(Shown(None));
            updates(&mut stage, RATE * 3);
        }
    }
}

fn mood_of(deed: &str) -> avatardesk::performance::Expression {
    use avatardesk::performance::Expression;
    match deed {
        "wave" | "open_palms" | "attending" | "bow" => Expression::Happy,
        "halt" | "shake_head" => Expression::Neutral,
        _ => Expression::Relaxed,
    }
}

/// Pictures with their names above them.
fn table(page: &mut String, columns: usize, pictures: Vec<(String, String)>) {
    for (row, pictures) in pictures.chunks(columns).enumerate() {
        let names = pictures.iter().map(|(name, _)| name.replace('_', " ")).collect::<Vec<_>>();
        let _ = writeln!(page, "| {} |", names.join(" | "));
        if row == 0 {
            let _ = writeln!(page, "|{}", "---|".repeat(columns));
        }
        let files = pictures.iter().map(|(name, file)| format!("![{name}](gallery/{file})"));
        let _ = writeln!(page, "| {} |", files.collect::<Vec<_>>().join(" | "));
    }
    page.push('\n');
}
