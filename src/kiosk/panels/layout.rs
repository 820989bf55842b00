//! Where panels stand: beside the avatar on wide screens, below it on tall ones.

use bevy_egui::egui::{Area, Context, Event, Id, Order, Pos2, Rect, Sense, Ui, UiBuilder, Vec2};

/// The space between panels and the edge, in points.
const EDGE: f32 = 20.0;
/// The width of the side panel on wide screens, in points.
const SIDE: (f32, f32) = (340.0, 520.0);
/// Its share of the screen's width at the usual size of text.
const SIDE_SHARE: f32 = 0.36;

/// Where the conversation begins on tall screens, as a part of their height.
const TALL_FROM: f32 = 0.505;
/// The least height of the conversation, whatever is open at the bottom, in points.
const CONVERSATION_MIN: f32 = 220.0;

/// Where the height of the keyboard is kept, and the most of the screen that gives way to it.
const COVERED: &str = "covered by the keyboard";
const COVERED_MAX: f32 = 0.6;

/// Below this width at the usual size of text, the buttons of the bottom line take several lines, in points.
const NARROW: f32 = 460.0;

/// The screen, cut for panels.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Everything inside the edges.
    pub screen: Rect,
    /// Where the conversation stands.
    pub side: Rect,
    /// Where the line at the bottom stands: text box and buttons.
    pub bottom: Rect,
}

/// Cuts the screen. `scale` is the size of text.
pub fn layout(context: &Context, scale: f32) -> Layout {
    cut(uncovered(context), scale)
}

/// Says how much of the screen the keyboard covers at the bottom, in points.
pub fn cover(context: &Context, height: f32) {
    context.data_mut(|data| data.insert_temp(Id::new(COVERED), height));
}

/// The screen above the keyboard.
pub fn uncovered(context: &Context) -> Rect {
    let mut screen = context.content_rect();
    let height = context.data(|data| data.get_temp::<f32>(Id::new(COVERED))).unwrap_or(0.0);
    screen.max.y -= height.min(screen.height() * COVERED_MAX);
    screen
}

/// The same of a screen of this size, in points.
pub fn cut(whole: Rect, scale: f32) -> Layout {
    let screen = whole.shrink(EDGE);
    // Where the buttons do not fit into one line they take several.
    let bar = if is_narrow(screen.width(), scale) { 180.0 * scale } else { 132.0 * scale.clamp(1.0, 1.6) };
    let wide = screen.width() > screen.height();
    let side = if wide {
        let width = (screen.width() * SIDE_SHARE * scale).clamp(SIDE.0, SIDE.1.max(screen.width() * 0.42));
        Rect::from_min_max(
            Pos2::new(screen.right() - width, screen.top()),
            Pos2::new(screen.right(), screen.bottom() - bar - EDGE * 0.5),
        )
    } else {
        let top = screen.top() + screen.height() * TALL_FROM;
        Rect::from_min_max(
            Pos2::new(screen.left(), top),
            Pos2::new(screen.right(), screen.bottom() - bar - EDGE * 0.5),
        )
    };
    let bottom = Rect::from_min_max(Pos2::new(screen.left(), screen.bottom() - bar), screen.max);
    Layout { screen, side, bottom }
}

impl Layout {
    /// The same with a taller line at the bottom, in points; what is above gives way.
    pub fn with_taller_bottom(mut self, by: f32) -> Self {
        let highest = (self.screen.top() + CONVERSATION_MIN).min(self.bottom.min.y);
        self.bottom.min.y = (self.bottom.min.y - by).max(highest);
        self.side.max.y = self.side.max.y.min(self.bottom.min.y - EDGE * 0.5);
        // On a tall screen the avatar gives way, too.
        self.side.min.y = self.side.min.y.min(self.side.max.y - CONVERSATION_MIN).max(self.screen.top());
        self
    }
}

impl Layout {
    /// The conversation stands below the avatar.
    pub fn is_tall(&self) -> bool {
        self.screen.width() <= self.screen.height()
    }
}

/// Whether the buttons of the bottom line do not fit beside each other.
pub fn is_narrow(width: f32, scale: f32) -> bool {
    width < NARROW * scale
}

/// Shows something in a rectangle of the screen.
pub fn place<R>(context: &Context, name: &str, rect: Rect, add: impl FnOnce(&mut Ui) -> R) -> R {
    Area::new(Id::new(name))
        .order(Order::Middle)
        .fixed_pos(rect.min)
        .constrain(false)
        .show(context, |ui| {
            ui.set_clip_rect(rect.expand(8.0));
            let builder = UiBuilder::new().max_rect(rect);
            ui.scope_builder(builder, add).inner
        })
        .inner
}

/// Something that reacts to a touch anywhere on the screen, or to any key. What is placed after it lies above it.
pub fn touched_anywhere(context: &Context, name: &str) -> bool {
    let touched = place(context, name, context.content_rect(), |ui| {
        ui.allocate_rect(ui.max_rect(), Sense::click()).clicked()
    });
    let key = context.input(|i| i.events.iter().any(|e| matches!(e, Event::Key { pressed: true, .. })));
    touched || key
}

/// A rectangle of this size in the middle of another, no larger than it.
pub fn centred(within: Rect, size: Vec2) -> Rect {
    Rect::from_center_size(within.center(), size.min(within.size()))
}
