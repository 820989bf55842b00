//! What a set is, as plain input. Lengths in metres, y up; the avatar stands at the origin and looks along +z.

use bevy::prelude::*;

use super::body::Body;
use crate::{performance::Gesture, stage::theme::Theme};

/// Everything that the stage needs to know of a scene.
#[derive(Debug, Clone, PartialEq, Resource)]
pub struct Set {
    /// The host's name, on the desk's front.
    pub sign: String,
    /// What the screen on the wall says while nobody is served: the host's name, then words of welcome. May be empty.
    pub screen_lines: Vec<String>,
    /// When people are here, as visitors may read it; may be empty.
    pub hours: String,
    /// The host's logo, a PNG or JPEG file in the folder of assets.
    pub logo: Option<String>,
    /// The avatar's file, from the folder of assets.
    pub avatar: String,
    /// Where the avatar stands and which way it looks.
    pub avatar_place: Transform,
    /// VRMA files that stand in for gestures, from the folder of assets.
    pub clips: Vec<(Gesture, String)>,
    /// Further signs.
    pub signs: Vec<SignPlan>,
    /// The colours.
    pub palette: Palette,
    /// The colours of panels; `None` derives them from the palette.
    pub theme: Option<Theme>,
    /// How the picture is framed.
    pub camera: CameraPlan,
    /// The house desk; `None` when bodies make up another.
    pub desk: Option<DeskPlan>,
    /// The house wall with its ring of light; without it there are only the floor and what bodies make up.
    pub wall: bool,
    /// Bodies that the scene places by itself.
    pub bodies: Vec<Body>,
    /// Plants.
    pub plants: Vec<PlantPlan>,
    /// The screen on the wall, in pictures wider than high.
    pub screen: Option<ScreenPlan>,
    /// The same in the others.
    pub screen_tall: Option<ScreenPlan>,
    /// Where visitors begin who walk up, from above (x and z); `None` where the camera waits at the desk.
    pub walk_from: Option<Vec2>,
    /// Towards the main light, from the avatar.
    pub light_from: Vec3,
    /// Strength of the main light; 1 is usual.
    pub light: f32,
    /// Its colour.
    pub light_colour: Color,
    /// Strength of the light from everywhere; 1 is usual.
    pub ambient: f32,
}

/// The colours of a set and of the panels over it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// The wall.
    pub wall: Color,
    /// Where light falls on the wall behind the avatar.
    pub wall_light: Color,
    /// The floor.
    pub floor: Color,
    /// The desk's front.
    pub desk: Color,
    /// The desk's top.
    pub wood: Color,
    /// The desk's strip of light, and whatever should be noticed.
    pub accent: Color,
    /// Second accent: the ring of light on the wall, stars.
    pub gold: Color,
    /// The letters of the sign.
    pub sign: Color,
}

/// How the picture is framed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraPlan {
    /// Vertical field of view in degrees.
    pub fov_deg: f32,
    /// How high the picture is at the avatar's place, in metres, when it is wider than high.
    pub view_height: f32,
    /// Where the avatar stands in the picture: -1 left edge, 0 middle, 1 right edge.
    pub avatar_at: f32,
    /// How high the camera is above the middle of what it looks at, in metres.
    pub raise: f32,
    /// Fixed views for pictures wider than high and for the others, instead of framing the avatar.
    pub views: Option<[View; 2]>,
}

/// A place to look from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Where the camera stands.
    pub eye: Vec3,
    /// What is in the middle of the picture.
    pub look_at: Vec3,
    /// Vertical field of view in degrees.
    pub fov_deg: f32,
}

/// The desk: an arc around the avatar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeskPlan {
    /// From the floor to the top.
    pub height: f32,
    /// Of its outer edge.
    pub radius: f32,
    /// How far its front is before the avatar.
    pub front: f32,
    /// From the middle to one end, in degrees.
    pub half_angle_deg: f32,
    /// Depth of the top.
    pub depth: f32,
}

/// A plant in a pot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlantPlan {
    /// Where its pot stands.
    pub x: f32,
    /// Where its pot stands.
    pub z: f32,
    /// With its pot.
    pub height: f32,
    /// Makes one plant differ from the next.
    pub seed: u32,
}

/// A flat sign, seen from +z before it is turned.
#[derive(Debug, Clone, PartialEq)]
pub struct SignPlan {
    /// What it says.
    pub text: String,
    /// Its middle.
    pub at: Vec3,
    /// Turned to the left, seen from above, in degrees.
    pub facing_deg: f32,
    /// Width and height that the letters may take.
    pub size: Vec2,
    /// The colour of the letters.
    pub colour: Color,
}

/// A screen on the wall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScreenPlan {
    /// Its middle.
    pub x: f32,
    /// Its middle.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Default for Set {
    fn default() -> Self {
        Self {
            sign: "Avatardesk".into(),
            screen_lines: vec!["Avatardesk".into(), "Welcome".into(), "欢迎光临".into()],
            hours: String::new(),
            logo: None,
            avatar: "avatars/concierge.vrm".into(),
            avatar_place: Transform::IDENTITY,
            clips: Vec::new(),
            signs: Vec::new(),
            palette: Palette::default(),
            theme: None,
            camera: CameraPlan::default(),
            desk: Some(DeskPlan::default()),
            wall: true,
            bodies: Vec::new(),
            plants: vec![
                PlantPlan { x: -1.72, z: -1.25, height: 1.75, seed: 3 },
                PlantPlan { x: 1.80, z: -1.55, height: 1.5, seed: 8 },
            ],
            screen: Some(ScreenPlan { x: -1.155, y: 1.68, width: 1.08, height: 0.72 }),
            screen_tall: Some(ScreenPlan { x: 0.0, y: 2.16, width: 1.3, height: 0.56 }),
            walk_from: None,
            light_from: Vec3::new(0.5, 0.85, 0.75),
            light: 1.0,
            light_colour: Color::srgb(1.0, 0.95, 0.88),
            ambient: 1.0,
        }
    }
}

impl Default for Palette {
    fn default() -> Self {
        Self {
            wall: Color::srgb_u8(24, 62, 82),
            wall_light: Color::srgb_u8(84, 176, 178),
            floor: Color::srgb_u8(58, 74, 86),
            desk: Color::srgb_u8(236, 232, 222),
            wood: Color::srgb_u8(190, 132, 82),
            accent: Color::srgb_u8(255, 138, 101),
            gold: Color::srgb_u8(255, 206, 132),
            sign: Color::srgb_u8(255, 236, 204),
        }
    }
}

impl Default for CameraPlan {
    fn default() -> Self {
        Self { fov_deg: 26.0, view_height: 1.5, avatar_at: 0.0, raise: 0.14, views: None }
    }
}

impl Default for DeskPlan {
    fn default() -> Self {
        Self { height: 0.94, radius: 1.70, front: 0.85, half_angle_deg: 64.0, depth: 0.52 }
    }
}

impl DeskPlan {
    /// Where the arc's centre lies on the z axis.
    pub fn centre_z(&self) -> f32 {
        self.front - self.radius
    }

    /// From the middle to one end, in radians.
    pub fn half_angle(&self) -> f32 {
        self.half_angle_deg.clamp(5.0, 120.0).to_radians()
    }
}
