//! From a scene file to what is put up.
//!
//! A scene that places nothing by itself gets the house set: desk, wall with its ring of light, screen, plants. Props of
//! part `desk` take the house desk's place, any other props the place of wall, screen and plants.

use bevy::prelude::*;

use super::{
    body::{Body, Finish, Form},
    input::{CameraPlan, DeskPlan, Palette, Set, SignPlan, View},
    lobby,
};
use crate::{
    conversation::Language,
    scene::{self, Colour, Desk, Part, Scene},
    stage::theme::Theme,
};

/// How much brighter light on the wall is than the wall.
const WALL_LIGHT: f32 = 2.0;
/// The ambient light that the house set is made for.
const USUAL_AMBIENT: f32 = 0.55;

impl Set {
    /// The set of a scene as one of its desks sees it, with signs in a language.
    pub fn from_scene(scene: &Scene, desk: &Desk, language: Language) -> Self {
        let house = Set::default();
        let light = scene.lights.at(scene.kiosk.light);
        let own_desk = scene.props.iter().any(|p| p.part == Part::Desk);
        let own_room = scene.props.iter().any(|p| p.part == Part::Decoration);
        let mut signs = scene.signs.iter().filter_map(|sign| {
            let text = sign.text.any(language)?.clone();
            Some(SignPlan {
                text,
                at: Vec3::from_array(sign.position),
                facing_deg: sign.facing,
                size: Vec2::from_array(sign.size),
                colour: colour(sign.text_colour),
            })
        });
        // The first sign is the house desk's own, where that desk stands.
        let sign = if own_desk { None } else { signs.next().map(|s| s.text) };
        let host = scene.signs.first().and_then(|sign| sign.text.any(language)).unwrap_or(&scene.name);
        Self {
            sign: sign.unwrap_or_else(|| scene.name.clone()),
            screen_lines: std::iter::once(host.clone())
                .chain(scene.languages.iter().map(|l| welcome(*l).to_owned()))
                .collect(),
            signs: signs.chain(scene.walk.map(|_| lobby::sign(host, palette(scene).gold))).collect(),
            avatar: desk.avatar.clone(),
            avatar_place: Transform::from_translation(Vec3::from_array(desk.position))
                .with_rotation(Quat::from_rotation_y(desk.facing.to_radians())),
            clips: desk.clips().collect(),
            palette: palette(scene),
            theme: Some(theme(&scene.theme)),
            camera: CameraPlan {
                views: Some([view(&scene.camera.landscape), view(&scene.camera.portrait)]),
                ..house.camera
            },
            desk: if own_desk { None } else { house.desk },
            wall: !own_room,
            plants: if own_room { Vec::new() } else { house.plants },
            screen: if own_room { None } else { house.screen },
            screen_tall: if own_room { None } else { house.screen_tall },
            hours: scene.hours.any(language).cloned().unwrap_or_default(),
            logo: scene.signs.first().and_then(|sign| sign.logo.clone()),
            bodies: scene.props.iter().map(body).collect(),
            walk_from: scene.walk.map(|walk| Vec2::from_array(walk.from)),
            light_from: -Vec3::from_array(light.sun.direction),
            light: light.sun.intensity,
            light_colour: colour(light.sun.colour),
            ambient: light.ambient.intensity / USUAL_AMBIENT,
        }
    }

    /// The desk that stands before the avatar: the house desk, or the broadest box that a scene puts there.
    pub fn desk_before_avatar(&self) -> Option<DeskPlan> {
        /// A desk hides a body to this far on both sides, in metres.
        const ASIDE: f32 = 0.4;
        let boxes = self.bodies.iter().filter_map(|body| match body.form {
            Form::Box { size, .. } if body.in_front && body.place.rotation.is_near_identity() => {
                Some((body.place.translation, size * 0.5))
            }
            _ => None,
        });
        let broad = boxes.filter(|(at, half)| at.x.abs() + ASIDE < half.x && half.z > 0.1);
        let highest = broad.max_by(|a, b| (a.0.y + a.1.y).total_cmp(&(b.0.y + b.1.y)));
        self.desk.or_else(|| {
            highest.map(|(at, half)| DeskPlan {
                height: at.y + half.y,
                front: at.z + half.z,
                depth: half.z * 2.0,
                ..DeskPlan::default()
            })
        })
    }
}

fn welcome(language: Language) -> &'static str {
    match language {
        Language::En => "Welcome",
        Language::Zh => "欢迎光临",
    }
}

fn colour(colour: Colour) -> Color {
    let [r, g, b] = colour.srgb();
    Color::srgb(r, g, b)
}

fn palette(scene: &Scene) -> Palette {
    let (top, bottom) = (colour(scene.backdrop.top), colour(scene.backdrop.bottom));
    let light = bottom.to_srgba() * WALL_LIGHT;
    Palette {
        wall: top.mix(&bottom, 0.65),
        wall_light: Color::srgb(light.red.min(1.0), light.green.min(1.0), light.blue.min(1.0)),
        floor: colour(scene.backdrop.floor),
        accent: colour(scene.theme.accent),
        sign: scene.signs.first().map_or(Palette::default().sign, |s| colour(s.text_colour)),
        ..Palette::default()
    }
}

/// The colours of panels as a scene gives them.
pub fn theme(colours: &scene::Theme) -> Theme {
    let byte = |Colour([r, g, b]): Colour| bevy_egui::egui::Color32::from_rgb(r, g, b);
    let derived = Theme::from_palette(&Palette::default());
    Theme {
        panel: byte(colours.panel),
        raised: byte(colours.visitor),
        text: byte(colours.text),
        muted: byte(colours.muted_text),
        accent: byte(colours.accent),
        on_accent: byte(colours.accent_text),
        speaking: byte(colours.accent),
        warning: byte(colours.warning),
        ..derived
    }
}

fn view(view: &scene::View) -> View {
    View { eye: Vec3::from_array(view.position), look_at: Vec3::from_array(view.look_at), fov_deg: view.fov }
}

fn body(prop: &scene::Prop) -> Body {
    let [x, y, z] = prop.rotation.map(f32::to_radians);
    Body {
        form: match prop.shape {
            scene::Shape::Box { size, rounding } => {
                Form::Box { size: Vec3::from_array(size), round: rounding }
            }
            scene::Shape::Plane { size } => Form::Plane { size: Vec2::from_array(size) },
            scene::Shape::Cylinder { radius, height } => Form::Cylinder { radius, height },
            scene::Shape::Sphere { radius } => Form::Sphere { radius },
        },
        // About x first, then y, then z.
        place: Transform::from_translation(Vec3::from_array(prop.position)).with_rotation(Quat::from_euler(
            EulerRot::ZYX,
            z,
            y,
            x,
        )),
        colour: colour(prop.colour),
        finish: match prop.finish {
            scene::Finish::Matte => Finish::Matte,
            scene::Finish::Satin => Finish::Satin,
            scene::Finish::Wood => Finish::Wood,
            scene::Finish::Metal => Finish::Metal,
            scene::Finish::Glow => Finish::Glow,
        },
        in_front: prop.part == Part::Desk,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Scene {
        scene::parse(include_str!("../../../scenes/helpdesk.ron")).unwrap()
    }

    #[test]
    fn a_scene_without_props_gets_the_house_set() {
        let mut scene = shipped();
        scene.props.clear();
        let set = Set::from_scene(&scene, &scene.desks[0], Language::En);
        assert!(set.desk.is_some() && set.wall && set.bodies.is_empty());
        assert!(!set.sign.is_empty());
        assert_eq!(set.desk_before_avatar(), set.desk);
    }

    #[test]
    fn another_desk_has_its_own_avatar_and_signs_are_in_the_visitors_language() {
        let mut scene = shipped();
        let other = Desk {
            id: "other".parse().unwrap(),
            avatar: "avatars/other.vrm".into(),
            ..scene.desks[0].clone()
        };
        scene.desks.push(other.clone());
        let set = Set::from_scene(&scene, &other, Language::Zh);
        assert_eq!(set.avatar, other.avatar);
        assert_eq!(&set.sign, scene.signs[0].text.any(Language::Zh).unwrap());
        assert_ne!(set.sign, Set::from_scene(&scene, &other, Language::En).sign);
    }

    #[test]
    fn props_take_the_place_of_the_house_set() {
        let mut scene = shipped();
        scene.props = vec![scene::Prop {
            name: "top".into(),
            shape: scene::Shape::Box { size: [2.0, 0.05, 0.6], rounding: 0.02 },
            position: [0.0, 0.985, 0.52],
            rotation: [0.0; 3],
            colour: Colour([200, 180, 150]),
            finish: scene::Finish::Satin,
            part: Part::Desk,
        }];
        let set = Set::from_scene(&scene, &scene.desks[0], Language::Zh);
        assert!(set.desk.is_none() && set.wall);
        let before = set.desk_before_avatar().unwrap();
        assert!((before.height - 1.01).abs() < 1e-4, "{before:?}");
    }
}
