//! Every screen beside a picture of it that was accepted: `scripts/gallery --accept` accepts what is drawn now.

use std::path::{Path, PathBuf};

use avatardesk::conversation::Language;
use avatardesk::scene::Colour;
use avatardesk::stage::fonts::{ChineseFont, Lettering};
use avatardesk::stage::look::Preset;
use avatardesk::visit::TextSize;

use super::likeness::{MOST, Picture, TO_COMPARE};
use super::screens::SCREENS;
use super::visit::{Look, Visit};

/// Set: what is drawn is written down as accepted.
const ACCEPT: &str = "AVATARDESK_ACCEPT_PICTURES";
/// The font in which Chinese was written when the pictures were accepted. Others have other forms.
const CHINESE: &str = "noto sans cjk sc";

/// Frames after which nothing moves that is to be seen.
const TO_REST: u32 = 16;

const STILL: Look = Look { language: Language::En, text: TextSize::Normal, still: true, night: false };

fn accepted(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures").join(folder).join(format!("{name}.jpg"))
}

/// Where a picture that differs is left: as it is, as it was accepted, and where they differ.
fn leave(
    folder: &str,
    name: &str,
    now: &Picture,
    before: Option<&Picture>,
    apart: Option<&Picture>,
) -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures").join(folder);
    now.save(&out.join(format!("{name}.jpg")), TO_COMPARE);
    for (kind, picture) in [("accepted", before), ("difference", apart)] {
        if let Some(picture) = picture {
            picture.save(&out.join(format!("{name}-{kind}.jpg")), TO_COMPARE);
        }
    }
    out
}

/// What is wrong with a picture, in words.
fn fault(folder: &str, name: &str, now: &Picture) -> Option<String> {
    let path = accepted(folder, name);
    if std::env::var_os(ACCEPT).is_some() {
        now.save(&path, TO_COMPARE);
        return None;
    }
    let Some(before) = Picture::load(&path) else {
        let out = leave(folder, name, now, None, None);
        return Some(format!("{name}: no picture was accepted; this one is in {}", out.display()));
    };
    let Some((difference, apart)) = before.compare(now) else {
        let out = leave(folder, name, now, Some(&before), None);
        return Some(format!("{name}: it has another size; see {}", out.display()));
    };
    (!difference.is_small()).then(|| {
        let out = leave(folder, name, now, Some(&before), Some(&apart));
        format!("{name}: {difference:?}, more than {MOST:?}; see {}", out.display())
    })
}

fn every_screen(folder: &str, size: (u32, u32), look: Look, preset: Preset) {
    let Some(mut visit) = Visit::new(size, look) else { return };
    let mut faults = Vec::new();
    for screen in &SCREENS {
        visit.begin(look);
        (screen.show)(&mut visit);
        let picture = Picture::of(&visit.picture(preset, TO_REST), size.0 / 2);
        faults.extend(fault(folder, screen.name, &picture));
    }
    assert!(
        faults.is_empty(),
        "{} of {} screens look otherwise than accepted. If that is meant, run `scripts/gallery --accept`.\n{}",
        faults.len(),
        SCREENS.len(),
        faults.join("\n")
    );
}

#[test]
fn every_screen_looks_as_accepted_on_a_wide_screen_with_the_least_drawing() {
    every_screen("potato", (1280, 720), STILL, Preset::Potato);
}

#[test]
fn every_screen_looks_as_accepted_on_a_tall_screen_in_chinese_with_the_most_drawing() {
    let chinese = Lettering::from_system().chinese;
    if !matches!(&chinese, ChineseFont::Found(family) if family.eq_ignore_ascii_case(CHINESE)) {
        assert!(std::env::var_os("CI").is_none(), "{chinese:?}: the pictures need {CHINESE}");
        eprintln!("left out: the pictures were accepted with {CHINESE}, here is {chinese:?}");
        return;
    }
    every_screen("high", (720, 1280), Look { language: Language::Zh, ..STILL }, Preset::High);
}

/// The check sees a colour that was changed and a panel that was moved, and does not see another driver's rounding.
#[test]
fn a_changed_colour_and_a_moved_panel_are_seen_and_noise_is_not() {
    let [chat, welcome] = ["chat", "welcome"]
        .map(|name| Picture::load(&accepted("potato", name)).expect("an accepted picture"));
    let alike = |before: &Picture, now: &Picture| before.compare(now).unwrap().0.is_small();
    assert!(alike(&chat, &chat));
    // Up to eight steps of 255 up or down, at each pixel another.
    let noisy = |(c, n): (&u8, u32)| {
        let step = (n.wrapping_mul(2_654_435_761) >> 28) as i16 - 8;
        (i16::from(*c) + step).clamp(0, 255) as u8
    };
    let noise = chat.rgb.iter().zip(0_u32..).map(noisy).collect();
    assert!(alike(&chat, &Picture { rgb: noise, width: chat.width, height: chat.height }));

    // The buttons of the accent's colour.
    let mut recoloured = welcome.clone();
    let orange = |p: &[u8]| p[0] > 220 && (130..190).contains(&p[1]) && p[2] < 120;
    let mut pixels = 0;
    for pixel in recoloured.rgb.chunks_exact_mut(3).filter(|p| orange(p)) {
        pixel.swap(0, 2);
        pixels += 1;
    }
    assert!(pixels > 100, "{pixels}");
    assert!(!alike(&welcome, &recoloured));

    // The line at the bottom, higher by 8 points.
    let mut moved = chat.clone();
    let row = chat.width as usize * 3;
    let from = chat.height as usize * 3 / 4;
    let lower = chat.rgb[from * row..].to_vec();
    moved.rgb[(from - 4) * row..][..lower.len()].copy_from_slice(&lower);
    assert!(!alike(&chat, &moved));
}

/// The same with the real thing: another accent in the scene's theme, and everything else as it was.
#[test]
fn another_colour_of_the_theme_is_seen_on_the_screen() {
    let Some(mut visit) = Visit::new((1280, 720), STILL) else { return };
    visit.change_scene(|scene| scene.theme.accent = Colour([0x59, 0xa2, 0xf4]));
    (SCREENS[1].show)(&mut visit);
    let now = Picture::of(&visit.picture(Preset::Potato, TO_REST), 640);
    let before = Picture::load(&accepted("potato", SCREENS[1].name)).expect("an accepted picture");
    let (difference, _) = before.compare(&now).unwrap();
    assert!(!difference.is_small(), "{difference:?}");
}
