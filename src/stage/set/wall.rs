//! The screen on the wall: the answer as a card, the visitor's number in the queue; else the host's name, logo and hours.
//!
//! It is made of pieces of the set, put up anew when something on it changes: where the set is drawn once into a picture, the
//! screen costs nothing in the frames between.

use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use bevy::{asset::RenderAssetUsages, camera::visibility::RenderLayers, prelude::*};
use bevy_egui::egui::{Color32, ColorImage};

use super::{
    build::{SetBuilt, material},
    desk::Part,
    input::{ScreenPlan, Set},
    page::{Page, Side},
    room::{self, WALL_Z},
};
use crate::stage::{
    camera::StageCamera,
    fonts::Lettering,
    look::{LAYER_SET, SurfaceMaterial},
    theme::Theme,
};

/// Pixels of a page for each pixel that it takes of the screen: letters are drawn larger and shrunk, so that they are smooth.
const FINENESS: f32 = 1.3;
/// Pixels a metre for each pixel of the screen's height, on wide and on tall screens.
const DENSITY: (f32, f32) = (0.41, 0.25);
/// The least and the most pixels a metre.
const DENSITIES: (f32, f32) = (240.0, 1500.0);
/// Before the glass, in metres.
const BEFORE_GLASS: f32 = 0.075;

/// What the screen on the wall shows beside what is always there; written by apps.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct WallShows {
    /// The answer.
    pub card: Option<WallCard>,
    /// The visitor's number, and what it is.
    pub queue: Option<(String, u32)>,
}

/// An answer, to read from some metres away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WallCard {
    /// What it is about.
    pub title: String,
    /// Its lines; a step has its number.
    pub lines: Vec<(Option<u64>, String)>,
    /// Where more is to be read.
    pub code: Option<WallCode>,
}

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WallCode {
    /// Modules a side.
    pub side: usize,
    /// Row by row, whether each is dark.
    pub dark: Vec<bool>,
    /// Where it leads, as one reads it.
    pub words: String,
}

/// Why the host's logo cannot be shown; `None` when all is well.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct LogoFault(pub Option<String>);

/// Belongs to what the screen shows now.
#[derive(Component)]
pub(super) struct WallPiece;

/// The host's logo on its way.
#[derive(Default)]
struct Logo {
    file: Option<String>,
    picture: Option<Handle<Image>>,
    /// Width and height in pixels, once it is there.
    size: Option<Vec2>,
}

/// What else than its words decides how the screen looks.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Look {
    tall: bool,
    density: f32,
    logo: Option<Vec2>,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<WallShows>()
        .init_resource::<LogoFault>()
        .add_systems(Update, put_up.after(super::build::build));
}

#[derive(bevy::ecs::system::SystemParam)]
struct Stuff<'w> {
    meshes: ResMut<'w, Assets<Mesh>>,
    images: ResMut<'w, Assets<Image>>,
    materials: ResMut<'w, Assets<SurfaceMaterial>>,
    files: Res<'w, AssetServer>,
    fault: ResMut<'w, LogoFault>,
    built: ResMut<'w, SetBuilt>,
}

#[expect(clippy::too_many_arguments, reason = "a system names what it touches")]
fn put_up(
    set: Res<Set>,
    shows: Res<WallShows>,
    lettering: Res<Lettering>,
    cameras: Query<&Camera, With<StageCamera>>,
    old: Query<Entity, With<WallPiece>>,
    mut commands: Commands,
    mut stuff: Stuff,
    mut logo: Local<Logo>,
    mut last: Local<Option<Look>>,
) {
    let size = cameras.iter().next().and_then(Camera::physical_viewport_size);
    let Some(size) = size.filter(|size| size.min_element() > 0) else { return };
    fetch(&mut logo, &set, &mut stuff);
    let tall = size.x <= size.y;
    let share = if tall { DENSITY.1 } else { DENSITY.0 };
    let density = (size.y as f32 * share * FINENESS).clamp(DENSITIES.0, DENSITIES.1);
    let look = Look { tall, density, logo: logo.size };
    if *last == Some(look) && !set.is_changed() && !shows.is_changed() {
        return;
    }
    *last = Some(look);
    for entity in &old {
        commands.entity(entity).despawn();
    }
    stuff.built.times = stuff.built.times.saturating_add(1);
    let plan = if tall { set.screen_tall } else { set.screen };
    let Some(plan) = plan else { return };

    let corner = Vec3::new(plan.x - plan.width * 0.5, plan.y + plan.height * 0.5, WALL_Z + BEFORE_GLASS);
    let room = Vec2::new(plan.width, plan.height);
    let mut page = Page::new(corner, room, density, lettering.definitions.clone());
    write(&mut page, &set, &shows, logo.size);
    let parts = page.parts();
    let mut place = |part: Part, picture: Option<Handle<Image>>| {
        commands.spawn((
            WallPiece,
            Name::new(part.name),
            MeshMaterial3d(stuff.materials.add(material(&set, &part, picture))),
            Mesh3d(stuff.meshes.add(part.shape.mesh())),
            Transform::IDENTITY,
            RenderLayers::layer(LAYER_SET),
        ));
    };
    for part in room::screen(&set, &plan) {
        place(part, None);
    }
    place(parts.plates, None);
    if let Some(part) = parts.picture {
        place(part, logo.picture.clone());
    }
    if let Some((part, atlas)) = parts.letters {
        let atlas = stuff.images.add(glyphs(&atlas));
        place(part, Some(atlas));
    }
}

/// Asks for the logo's file, and looks whether it has come.
fn fetch(logo: &mut Logo, set: &Set, stuff: &mut Stuff) {
    if logo.file != set.logo {
        let picture = set.logo.as_ref().map(|file| stuff.files.load::<Image>(file.clone()));
        *logo = Logo { file: set.logo.clone(), picture, size: None };
        stuff.fault.set_if_neq(LogoFault(None));
    }
    let (Some(file), Some(picture), None) = (&logo.file, &logo.picture, logo.size) else { return };
    if let Some(image) = stuff.images.get(picture) {
        logo.size = Some(image.size().as_vec2().max(Vec2::ONE));
    } else if let Some(bevy::asset::LoadState::Failed(why)) = stuff.files.get_load_state(picture)
        && stuff.fault.0.is_none()
    {
        let fault =
            format!("the host's logo `{file}` cannot be shown: {why}. It must be a PNG or JPEG picture");
        tracing::error!("{fault}");
        stuff.fault.0 = Some(fault);
    }
}

fn glyphs(atlas: &ColorImage) -> Image {
    let [width, height] = atlas.size;
    let pixels = atlas.pixels.iter().flat_map(|p: &Color32| [255, 255, 255, p.a()]).collect();
    Image::new(
        Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 },
        TextureDimension::D2,
        pixels,
        TextureFormat::Rgba8Unorm,
        RenderAssetUsages::RENDER_WORLD,
    )
}

/// The colours of a page.
struct Inks {
    ground: Color,
    text: Color,
    muted: Color,
    accent: Color,
    on_accent: Color,
    title: Color,
}

impl Inks {
    fn of(set: &Set) -> Self {
        let theme = set.theme.unwrap_or_else(|| Theme::from_palette(&set.palette));
        let colour = |c: Color32| Color::srgb_u8(c.r(), c.g(), c.b());
        Self {
            ground: colour(theme.panel),
            text: colour(theme.text),
            muted: colour(theme.muted),
            accent: colour(theme.accent),
            on_accent: colour(theme.on_accent),
            title: colour(theme.gold),
        }
    }
}

fn write(page: &mut Page, set: &Set, shows: &WallShows, logo: Option<Vec2>) {
    let inks = Inks::of(set);
    match (&shows.card, &shows.queue) {
        (Some(answer), queue) => card(page, &inks, answer, queue.as_ref()),
        (None, Some((label, number))) => number_alone(page, &inks, label, *number),
        (None, None) => house(page, &inks, set, logo),
    }
}

/// Nobody is served, or no answer has a card: the host's logo, name and hours.
fn house(page: &mut Page, inks: &Inks, set: &Set, logo: Option<Vec2>) {
    let Vec2 { x: wide, y: high } = page.size;
    let middle = wide * 0.5;
    let mut lines = set.screen_lines.iter();
    let name = lines.next().map(String::as_str).unwrap_or_default();
    let welcome = lines.map(String::as_str).collect::<Vec<_>>().join("  ·  ");
    let hours = set.hours.as_str();
    // What there is stands around the middle.
    let logo = logo.map(|size| size * (high * 0.36 / size.y).min(wide * 0.6 / size.x));
    let heights = [logo.map_or(0.0, |size| size.y + high * 0.03), high * 0.20, high * 0.14, high * 0.12];
    let mut y = (high - heights.iter().sum::<f32>()) * 0.5;
    if let Some(size) = logo {
        page.picture(Vec2::new(middle - size.x * 0.5, y), size);
    }
    y += heights[0];
    let most = (wide * 0.9, 1);
    page.text(name, (Vec2::new(middle, y), Side::Middle), high * 0.145, most, Color::WHITE);
    y += heights[1];
    page.text(&welcome, (Vec2::new(middle, y), Side::Middle), high * 0.088, most, inks.text);
    y += heights[2];
    page.text(hours, (Vec2::new(middle, y), Side::Middle), high * 0.078, most, inks.title);
}

fn number_alone(page: &mut Page, inks: &Inks, label: &str, number: u32) {
    let Vec2 { x: wide, y: high } = page.size;
    page.plate(Vec2::ZERO, page.size, high * 0.05, inks.ground);
    let middle = wide * 0.5;
    let most = (wide * 0.9, 1);
    page.text(label, (Vec2::new(middle, high * 0.10), Side::Middle), high * 0.11, most, inks.muted);
    let number = number.to_string();
    page.text(&number, (Vec2::new(middle, high * 0.24), Side::Middle), high * 0.52, most, inks.accent);
}

fn card(page: &mut Page, inks: &Inks, answer: &WallCard, queue: Option<&(String, u32)>) {
    let Vec2 { x: wide, y: high } = page.size;
    let unit = high / 100.0;
    let pad = 6.0 * unit;
    page.plate(Vec2::ZERO, page.size, 5.0 * unit, inks.ground);
    page.text(
        &answer.title,
        (Vec2::new(pad, pad), Side::Left),
        11.5 * unit,
        (wide - 2.0 * pad, 1),
        inks.title,
    );
    let mut bottom = high - pad;
    if let Some((label, number)) = queue {
        let strip = 15.0 * unit;
        bottom -= strip;
        page.plate(Vec2::new(pad, bottom), Vec2::new(wide - 2.0 * pad, strip), 4.0 * unit, inks.accent);
        let text = format!("{label}  {number}");
        let at = (Vec2::new(wide * 0.5, bottom + 2.0 * unit), Side::Middle);
        page.text(&text, at, 9.0 * unit, (wide - 4.0 * pad, 1), inks.on_accent);
        bottom -= 3.0 * unit;
    }
    let mut y = pad + 17.0 * unit;
    let mut right = wide - pad;
    if let Some(code) = &answer.code {
        right -= self::code(page, code, right, y, bottom, inks) + pad * 0.6;
    }
    let size = 6.5 * unit;
    let row = size * 1.25;
    for (n, (number, line)) in answer.lines.iter().enumerate() {
        let badge = 8.4 * unit;
        let from = pad + badge + 3.0 * unit;
        // A line is shown with all of its words, or it is told that there is more.
        let rows = page.rows(line, size, right - from);
        let left = ((bottom - y) / row) as usize;
        if left == 0 {
            break;
        }
        if n > 0 && rows > left {
            page.text("…", (Vec2::new(from, y), Side::Left), size, (right - from, 1), inks.muted);
            break;
        }
        let rows = rows.min(left);
        match number {
            Some(number) => {
                let number = number.to_string();
                page.plate(Vec2::new(pad, y), Vec2::splat(badge), badge * 0.5, inks.accent);
                let at = Vec2::new(pad + badge * 0.5, y + badge * 0.5 - 3.7 * unit);
                page.text(&number, (at, Side::Middle), 6.2 * unit, (badge, 1), inks.on_accent);
            }
            None => {
                let dot = 2.6 * unit;
                let at = Vec2::new(pad + (badge - dot) * 0.5, y + (row - dot) * 0.5);
                page.plate(at, Vec2::splat(dot), dot * 0.5, inks.accent);
            }
        }
        let took = page.text(line, (Vec2::new(from, y), Side::Left), size, (right - from, rows), inks.text);
        y += took.max(badge) + 2.2 * unit;
    }
}

/// A code at the right, as large as there is room; its words below. Returns how wide it is.
fn code(page: &mut Page, code: &WallCode, right: f32, top: f32, bottom: f32, inks: &Inks) -> f32 {
    /// The light ground around it, in modules.
    const QUIET: f32 = 4.0;
    let words = (bottom - top) * 0.13;
    let side = (bottom - top - words).min(page.size.x * 0.40).max(1.0);
    let cell = side / (code.side as f32 + 2.0 * QUIET);
    let corner = Vec2::new(right - side, top);
    page.plate(corner, Vec2::splat(side), cell * 2.0, Color::WHITE);
    page.cells(corner + QUIET * cell, cell, code.side, |x, y| {
        code.dark.get(y * code.side + x).copied().unwrap_or(false)
    });
    // Letters as large as the words have room for.
    let most = words * 0.8;
    let size = (most * side / page.width(&code.words, most).max(1.0)).min(most);
    let at = Vec2::new(corner.x + side * 0.5, top + side + words * 0.1);
    page.text(&code.words, (at, Side::Middle), size, (side * 1.05, 1), inks.muted);
    side
}

impl ScreenPlan {
    /// Whether a point of the wall lies on the screen.
    pub fn covers(&self, x: f32, y: f32) -> bool {
        (x - self.x).abs() <= self.width * 0.5 && (y - self.y).abs() <= self.height * 0.5
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::FontDefinitions;

    use super::*;

    fn bounds(set: &Set, shows: &WallShows) -> (Vec2, Vec2, bool) {
        let mut page = Page::new(Vec3::ZERO, Vec2::new(1.08, 0.72), 400.0, FontDefinitions::default());
        write(&mut page, set, shows, Some(Vec2::new(64.0, 64.0)));
        let parts = page.parts();
        let has_picture = parts.picture.is_some();
        let (low, high) = parts.letters.unwrap().0.shape.bounds();
        (low.xy(), high.xy(), has_picture)
    }

    #[test]
    fn whatever_is_written_stays_on_the_screen() {
        let long = "a line that goes on and on and never comes to its end ".repeat(9);
        let code =
            WallCode { side: 29, dark: vec![true; 29 * 29], words: "example.org/with/a/long/path".into() };
        let lines = (1..20).map(|n| (Some(n), long.clone())).collect();
        let answer = WallCard { title: long.clone(), lines, code: Some(code) };
        let house = Set { screen_lines: vec![long.clone(); 3], hours: long.clone(), ..Set::default() };
        let queue = Some((long, 12));
        for shows in [
            WallShows::default(),
            WallShows { card: None, queue: queue.clone() },
            WallShows { card: Some(answer.clone()), queue: None },
            WallShows { card: Some(answer), queue },
        ] {
            let (low, high, _) = bounds(&house, &shows);
            assert!(
                low.x > -0.01 && high.x < 1.09 && high.y < 0.01 && low.y > -0.73,
                "{shows:?}: {low} {high}"
            );
        }
    }

    #[test]
    fn the_logo_is_there_when_no_answer_is() {
        let set = Set::default();
        assert!(bounds(&set, &WallShows::default()).2);
        let queue = WallShows { card: None, queue: Some(("Number".into(), 3)) };
        assert!(!bounds(&set, &queue).2);
    }

    #[test]
    fn the_two_places_of_the_screen_are_not_before_the_avatar() {
        let set = Set::default();
        for plan in [set.screen.unwrap(), set.screen_tall.unwrap()] {
            assert!(!plan.covers(0.0, 1.5), "{plan:?}");
        }
    }
}
