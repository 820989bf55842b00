//! How panels look: colours of the scene, sizes that fingers hit, type that is read from two metres.

use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiPrimaryContextPass,
    egui::{
        self, Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2, Visuals,
    },
};

use super::{
    fonts::Lettering,
    set::{Palette, Set},
};

/// Smallest side of what is pressed, in points: what a finger hits (WCAG 2.2, target size, enhanced: 44).
pub const TOUCH: f32 = 48.0;
/// Radius of corners, in points.
pub const ROUND: u8 = 14;
/// Space between things that belong together, in points.
pub const GAP: f32 = 10.0;
/// Space inside panels, in points.
pub const PAD: i8 = 16;

/// The colours of panels. Derived from a set's palette, or given.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct Theme {
    /// Behind panels.
    pub panel: Color32,
    /// A shade above panels: fields, cards.
    pub raised: Color32,
    /// Text.
    pub text: Color32,
    /// Less important text.
    pub muted: Color32,
    /// Buttons, what is active.
    pub accent: Color32,
    /// Text on accents.
    pub on_accent: Color32,
    /// Stars, levels.
    pub gold: Color32,
    /// Listening.
    pub listening: Color32,
    /// Thinking.
    pub thinking: Color32,
    /// Speaking.
    pub speaking: Color32,
    /// Warnings.
    pub warning: Color32,
    /// Text is this much larger than usual.
    pub scale: f32,
    /// For eyes that need it: black, white, no half tones.
    pub high_contrast: bool,
}

impl Theme {
    /// A theme that goes with a set.
    pub fn from_palette(palette: &Palette) -> Self {
        let dark = palette.wall.mix(&Color::BLACK, 0.55);
        let accent = colour(palette.accent, 255);
        Self {
            panel: colour(dark, 246),
            raised: colour(palette.wall.mix(&Color::BLACK, 0.25), 240),
            text: Color32::from_rgb(245, 248, 248),
            muted: Color32::from_rgb(178, 196, 202),
            accent,
            on_accent: readable_on(accent),
            gold: colour(palette.gold, 255),
            listening: Color32::from_rgb(94, 211, 166),
            thinking: colour(palette.gold, 255),
            speaking: accent,
            warning: Color32::from_rgb(255, 196, 84),
            scale: 1.0,
            high_contrast: false,
        }
    }

    /// The same with the strongest contrast.
    pub fn with_high_contrast(self) -> Self {
        Self {
            panel: Color32::BLACK,
            raised: Color32::from_rgb(18, 18, 18),
            text: Color32::WHITE,
            muted: Color32::from_rgb(225, 225, 225),
            accent: Color32::from_rgb(255, 224, 0),
            on_accent: Color32::BLACK,
            gold: Color32::from_rgb(255, 224, 0),
            listening: Color32::from_rgb(80, 255, 160),
            thinking: Color32::WHITE,
            speaking: Color32::from_rgb(255, 224, 0),
            warning: Color32::from_rgb(255, 160, 0),
            high_contrast: true,
            ..self
        }
    }

    /// A size of type in points, after the theme's scale.
    pub fn size(&self, points: f32) -> FontId {
        FontId::proportional(points * self.scale.clamp(0.5, 3.0))
    }

    /// The frame of a panel.
    pub fn frame(&self) -> egui::Frame {
        egui::Frame::new()
            .fill(self.panel)
            .corner_radius(CornerRadius::same(ROUND))
            .inner_margin(Margin::same(PAD))
            .stroke(if self.high_contrast { Stroke::new(2.0, Color32::WHITE) } else { Stroke::NONE })
    }

    /// The theme as egui's style.
    pub fn style(&self) -> egui::Style {
        let mut style = egui::Style::default();
        style.text_styles = [
            (TextStyle::Heading, 28.0),
            (TextStyle::Body, 20.0),
            (TextStyle::Button, 20.0),
            (TextStyle::Small, 15.0),
        ]
        .into_iter()
        .map(|(style, points)| (style, self.size(points)))
        .chain([(TextStyle::Monospace, FontId::new(18.0 * self.scale, FontFamily::Monospace))])
        .collect();
        style.spacing.item_spacing = Vec2::splat(GAP);
        style.spacing.button_padding = Vec2::new(18.0, 10.0);
        style.spacing.interact_size = Vec2::splat(TOUCH);
        style.spacing.icon_width = 26.0;
        style.spacing.scroll.bar_width = 14.0;
        style.visuals = self.visuals();
        style
    }

    fn visuals(&self) -> Visuals {
        let mut visuals = Visuals::dark();
        visuals.override_text_color = Some(self.text);
        visuals.weak_text_color = Some(self.muted);
        visuals.panel_fill = self.panel;
        visuals.window_fill = self.panel;
        visuals.window_corner_radius = CornerRadius::same(ROUND);
        visuals.window_stroke = Stroke::NONE;
        // Large soft shadows are large triangles: they cost a machine without a graphics card a lot.
        visuals.window_shadow = Shadow::NONE;
        visuals.popup_shadow = Shadow::NONE;
        visuals.extreme_bg_color = self.raised;
        visuals.hyperlink_color = self.accent;
        visuals.selection.bg_fill = self.accent.gamma_multiply(0.45);
        visuals.warn_fg_color = self.warning;
        let edge = if self.high_contrast { Stroke::new(2.0, Color32::WHITE) } else { Stroke::NONE };
        let states = &mut visuals.widgets;
        for (state, fill) in [
            (&mut states.noninteractive, self.panel),
            (&mut states.inactive, self.raised),
            (&mut states.hovered, self.raised.lerp_to_gamma(self.accent, 0.25)),
            (&mut states.active, self.accent),
            (&mut states.open, self.raised),
        ] {
            state.corner_radius = CornerRadius::same(ROUND);
            state.bg_fill = fill;
            state.weak_bg_fill = fill;
            state.bg_stroke = edge;
            state.fg_stroke = Stroke::new(1.5, self.text);
            state.expansion = 0.0;
        }
        states.active.fg_stroke.color = self.on_accent;
        // Who uses a keyboard must see where it is.
        states.hovered.bg_stroke = Stroke::new(2.0, self.accent);
        visuals
    }
}

/// A colour of the scene for egui.
pub fn colour(colour: Color, alpha: u8) -> Color32 {
    let c = colour.to_srgba();
    let byte = |x: f32| (x.clamp(0.0, 1.0) * 255.0).round() as u8;
    Color32::from_rgba_unmultiplied(byte(c.red), byte(c.green), byte(c.blue), alpha)
}

/// Black or white, whichever stands out more.
pub fn readable_on(background: Color32) -> Color32 {
    if contrast(Color32::from_rgb(16, 28, 34), background) >= contrast(Color32::WHITE, background) {
        Color32::from_rgb(16, 28, 34)
    } else {
        Color32::WHITE
    }
}

/// The contrast of two colours, 1 to 21 (WCAG 2.2).
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let light = |c: Color32| {
        let l = Color::srgb_u8(c.r(), c.g(), c.b()).to_linear();
        0.2126 * l.red + 0.7152 * l.green + 0.0722 * l.blue
    };
    let (a, b) = (light(a) + 0.05, light(b) + 0.05);
    if a > b { a / b } else { b / a }
}

pub(super) fn plugin(app: &mut App) {
    let set = app.world().resource::<Set>();
    let theme = set.theme.unwrap_or_else(|| Theme::from_palette(&set.palette));
    app.insert_resource(theme)
        .add_systems(
            Update,
            follow_set.run_if(resource_exists_and_changed::<Set>.or_else(resource_changed::<Theme>)),
        )
        // egui wants a system in this pass in every state of an app: this is the one.
        .add_systems(EguiPrimaryContextPass, apply);
}

/// The colours of the set, or the strongest contrast; the theme only says which.
fn follow_set(set: Res<Set>, mut theme: ResMut<Theme>) {
    let own = set.theme.unwrap_or_else(|| Theme::from_palette(&set.palette));
    let fresh = Theme { scale: theme.scale, ..own };
    theme.set_if_neq(if theme.high_contrast { fresh.with_high_contrast() } else { fresh });
}

fn apply(
    mut contexts: EguiContexts,
    theme: Res<Theme>,
    lettering: Res<Lettering>,
    mut done: Local<bool>,
) -> Result {
    let context = contexts.ctx_mut()?;
    if !*done || lettering.is_changed() {
        context.set_fonts(lettering.definitions.clone());
    }
    if !*done || theme.is_changed() {
        context.set_global_style(theme.style());
        *done = true;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_be_read_on_panels_and_on_accents() {
        let theme = Theme::from_palette(&Palette::default());
        for theme in [theme, theme.with_high_contrast()] {
            let (panel, accent) = (theme.panel, theme.accent);
            assert!(contrast(theme.text, panel) >= 7.0, "{}", contrast(theme.text, panel));
            assert!(contrast(theme.muted, panel) >= 4.5);
            assert!(contrast(theme.on_accent, accent) >= 4.5, "{}", contrast(theme.on_accent, accent));
        }
    }

    #[test]
    fn black_on_white_has_the_most_contrast() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
    }
}
