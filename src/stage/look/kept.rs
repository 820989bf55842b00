//! The picture of the set with the panels over it, kept as long as they do not change.
//!
//! A panel over the picture costs a machine without a graphics card more than the avatar: each of its pixels is blended. But the set
//! behind most of it stands still, and so do most panels. So what both make together is kept, and laid under the avatar
//! instead of the bare set. Drawn are only panels that change, and those that the avatar is behind.

use bevy::{
    prelude::*,
    render::{
        extract_component::ExtractComponent, render_resource::TextureFormat, render_resource::TextureUsages,
    },
};
use bevy_egui::{
    EguiFullOutput, EguiPostUpdateSet,
    egui::{self, epaint::ClippedShape},
};

use super::{Baked, copy::LaidUnder, parts::Parts, seen::Moving};
use crate::stage::camera::StageCamera;

/// Frames until a new picture is on the graphics card.
const UNTIL_THERE: u32 = 3;
/// How far a shape's smooth edge reaches beyond it, in points.
const FEATHER: f32 = 2.0;

/// Whether the picture with panels is kept where the preset allows it. Without it they are drawn anew in each frame: for
/// measurements and tests.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepPanels(pub bool);

impl Default for KeepPanels {
    fn default() -> Self {
        Self(true)
    }
}

/// On a camera: the kept picture, and how this frame is made with it.
#[derive(Component, ExtractComponent, Debug, Clone, Default)]
pub struct Kept {
    /// Laid under the avatar; `None` while there is none, then panels are drawn anew.
    pub picture: Option<Handle<Image>>,
    /// Where the set is laid over it, since panels are drawn there in this frame.
    pub anew: Vec<URect>,
    /// What of the frame is put into it, for the next ones.
    pub keep: Vec<URect>,
    /// Around all that moves: only there the frame is otherwise.
    pub moves: URect,
}

/// A shape of a panel, and where it is in pixels; nowhere when nothing of it is seen.
#[derive(Debug, Clone, PartialEq)]
struct Placed {
    shape: ClippedShape,
    at: Option<URect>,
}

/// What is known of the kept picture.
#[derive(Resource, Debug, Default)]
struct Keeper {
    picture: Option<Handle<Image>>,
    size: UVec2,
    per_point: f32,
    /// Frames since it was made.
    age: u32,
    /// The panels in it.
    shapes: Vec<Placed>,
    /// Where it does not show them.
    stale: Parts,
    /// Frames until letters that are drawn for the first time are on the graphics card.
    letters: u32,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<KeepPanels>().init_resource::<Keeper>().add_systems(
        PostUpdate,
        keep.after(TransformSystems::Propagate)
            .after(EguiPostUpdateSet::EndPass)
            .before(EguiPostUpdateSet::ProcessOutput),
    );
}

type View = (
    &'static Camera,
    &'static GlobalTransform,
    &'static mut EguiFullOutput,
    &'static mut Kept,
    Has<LaidUnder>,
);

/// Leaves of the panels' shapes those that must be drawn.
fn keep(
    wanted: Res<KeepPanels>,
    baked: Res<Baked>,
    mut keeper: ResMut<Keeper>,
    mut images: ResMut<Assets<Image>>,
    moving: Moving,
    mut cameras: Query<View, With<StageCamera>>,
) {
    for (camera, place, mut output, mut kept, copied) in &mut cameras {
        *kept = Kept::default();
        let Some(output) = output.0.as_mut() else { continue };
        let may = wanted.0 && copied && baked.is_done();
        let Some(size) = camera.physical_viewport_size().filter(|size| may && size.min_element() > 0) else {
            keeper.forget();
            continue;
        };
        let Some(picture) = keeper.picture(size, output.pixels_per_point, &mut images) else { continue };
        // A letter that is new is missing in its first frame; what lacks it is not kept.
        if !output.textures_delta.is_empty() {
            keeper.letters = UNTIL_THERE;
        }
        if keeper.letters > 0 {
            keeper.letters -= 1;
            keeper.stale = Parts::one(keeper.whole());
        }
        let clip = camera.clip_from_view() * place.to_matrix().inverse();
        let moves = moving.on_screen(clip, size).unwrap_or_default();
        let shapes = std::mem::take(&mut output.shapes);
        let (shapes, anew, keep) = keeper.frame(shapes, moves);
        output.shapes = shapes;
        *kept = Kept { picture: Some(picture), anew, keep, moves };
    }
}

impl Keeper {
    /// Nothing in the picture is right any more.
    fn forget(&mut self) {
        self.shapes.clear();
        self.stale = Parts::one(self.whole());
    }

    fn whole(&self) -> URect {
        URect::from_corners(UVec2::ZERO, self.size)
    }

    /// The picture for a screen of this size, once it is on the graphics card.
    fn picture(&mut self, size: UVec2, per_point: f32, images: &mut Assets<Image>) -> Option<Handle<Image>> {
        if self.picture.is_none() || self.size != size || self.per_point != per_point {
            let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
            image.texture_descriptor.usage |= TextureUsages::COPY_SRC | TextureUsages::COPY_DST;
            *self = Self { picture: Some(images.add(image)), size, per_point, ..Self::default() };
            self.forget();
        }
        self.age = self.age.saturating_add(1);
        self.picture.clone().filter(|_| self.age > UNTIL_THERE)
    }

    /// The shapes to draw, where they are drawn, and what of that is kept, when something moves within `moves`.
    fn frame(
        &mut self,
        shapes: Vec<ClippedShape>,
        moves: URect,
    ) -> (Vec<ClippedShape>, Vec<URect>, Vec<URect>) {
        let shapes: Vec<Placed> = shapes.into_iter().map(|shape| self.place(shape)).collect();
        for at in changed(&self.shapes, &shapes) {
            self.stale.add(at);
        }
        self.shapes = shapes;
        // Behind what moves panels are drawn in each frame, and what is drawn there is not kept.
        let mut behind = Parts::default();
        for at in self.shapes.iter().filter_map(|placed| placed.at).chain(self.stale.iter()) {
            if let Some(around) = Parts::one(at.intersect(moves)).around() {
                behind = Parts::one(behind.around().map_or(around, |b| b.union(around)));
            }
        }
        let keep = self.stale.without(moves);
        self.stale = self.stale.within(moves);
        let anew: Vec<URect> = behind.iter().chain(keep.iter()).collect();
        let drawn = anew.iter().flat_map(|part| self.within(*part)).collect();
        (drawn, anew, keep.iter().collect())
    }

    /// The shapes of a part, cut to it.
    fn within(&self, part: URect) -> impl Iterator<Item = ClippedShape> + '_ {
        let point = |pixel: UVec2| {
            let point = pixel.as_vec2() / self.per_point;
            egui::pos2(point.x, point.y)
        };
        let clip = egui::Rect::from_min_max(point(part.min), point(part.max));
        let seen = move |placed: &&Placed| placed.at.is_some_and(|at| !at.intersect(part).is_empty());
        self.shapes.iter().filter(seen).map(move |placed| ClippedShape {
            clip_rect: placed.shape.clip_rect.intersect(clip),
            shape: placed.shape.shape.clone(),
        })
    }

    fn place(&self, shape: ClippedShape) -> Placed {
        let seen = shape.shape.visual_bounding_rect().expand(FEATHER).intersect(shape.clip_rect);
        let size = self.size.as_vec2();
        let pixel = |at: egui::Pos2| (Vec2::new(at.x, at.y) * self.per_point).clamp(Vec2::ZERO, size);
        let at = (seen.is_positive() && is_painted(&shape.shape)).then(|| {
            let (min, max) = (pixel(seen.min).floor(), pixel(seen.max).ceil());
            URect::from_corners(min.as_uvec2(), max.as_uvec2())
        });
        Placed { shape, at: at.filter(|at| !at.is_empty()) }
    }
}

/// Whether anything of a shape is seen. Many are frames without colour.
fn is_painted(shape: &egui::Shape) -> bool {
    match shape {
        egui::Shape::Noop => false,
        egui::Shape::Rect(rect) => rect.fill != egui::Color32::TRANSPARENT || !rect.stroke.is_empty(),
        _ => true,
    }
}

/// Where shapes differ. They are compared from both ends: one that comes or goes leaves the others as they are.
fn changed(old: &[Placed], new: &[Placed]) -> Vec<URect> {
    let begin = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (old.get(begin..).unwrap_or_default(), new.get(begin..).unwrap_or_default());
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let old = old.get(..old.len() - end).unwrap_or_default();
    let new = new.get(..new.len() - end).unwrap_or_default();
    let differ = |pair: &(&Placed, &Placed)| pair.0 != pair.1;
    if old.len() == new.len() {
        old.iter().zip(new).filter(differ).flat_map(|(old, new)| [old.at, new.at]).flatten().collect()
    } else {
        old.iter().chain(new).filter_map(|placed| placed.at).collect()
    }
}

#[cfg(test)]
#[path = "kept_tests.rs"]
mod tests;
