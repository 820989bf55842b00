//! What stands where: camera, lights, backdrop, props, signs.

use serde::{Deserialize, Serialize};

use super::colour::Colour;
use super::defaults as d;
use super::types::{DayNight, Localized};

/// The two framings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// For screens wider than high.
    pub landscape: View,
    /// For screens higher than wide.
    pub portrait: View,
}

/// Where the camera stands and looks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    pub position: [f32; 3],
    pub look_at: [f32; 3],
    /// The vertical field of view in degrees.
    pub fov: f32,
}

/// The lights by day and, if it differs, by night.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lights {
    pub day: LightSet,
    #[serde(default)]
    pub night: Option<LightSet>,
}

impl Lights {
    /// The set for this time; the day's when there is none for the night.
    pub fn at(&self, time: DayNight) -> &LightSet {
        match (time, &self.night) {
            (DayNight::Night, Some(night)) => night,
            _ => &self.day,
        }
    }
}

/// One sun and a light from everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LightSet {
    pub sun: Sun,
    pub ambient: Ambient,
}

/// A light from one direction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sun {
    /// The way the light travels; of any length but 0.
    pub direction: [f32; 3],
    pub colour: Colour,
    /// 1 is a usual bright room.
    pub intensity: f32,
}

/// A light from everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ambient {
    pub colour: Colour,
    /// 1 is as bright as the sun of intensity 1.
    pub intensity: f32,
}

/// What is far behind, and the floor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backdrop {
    pub top: Colour,
    pub bottom: Colour,
    pub floor: Colour,
    /// A picture instead of the two colours.
    #[serde(default)]
    pub picture: Option<String>,
}

/// A simple body. Sizes in metres; the middle is at the prop's position.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    Box {
        size: [f32; 3],
        /// The radius of its edges.
        #[serde(default)]
        rounding: f32,
    },
    /// Flat, facing +Z: width and height.
    Plane {
        size: [f32; 2],
    },
    /// Standing upright.
    Cylinder {
        radius: f32,
        height: f32,
    },
    Sphere {
        radius: f32,
    },
}

/// What the surface looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    #[default]
    Matte,
    Satin,
    Wood,
    Metal,
    /// Shines by itself, whatever the lights.
    Glow,
}

/// What a prop belongs to, so that a stage may treat it specially.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    #[default]
    Decoration,
    /// Part of a desk: stands between the visitor and the avatar.
    Desk,
}

/// A thing in the scene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prop {
    /// For messages and for the host's own eyes.
    #[serde(default)]
    pub name: String,
    pub shape: Shape,
    pub position: [f32; 3],
    /// About X, then Y, then Z, in degrees.
    #[serde(default)]
    pub rotation: [f32; 3],
    pub colour: Colour,
    #[serde(default)]
    pub finish: Finish,
    #[serde(default)]
    pub part: Part,
}

/// A sign with the host's name, a logo, or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    #[serde(default)]
    pub text: Localized<String>,
    /// A PNG or JPEG picture. That of the first sign is shown on the wall.
    #[serde(default)]
    pub logo: Option<String>,
    pub position: [f32; 3],
    #[serde(default)]
    pub facing: f32,
    /// Width and height in metres.
    pub size: [f32; 2],
    pub colour: Colour,
    #[serde(default = "d::sign_text")]
    pub text_colour: Colour,
}
