//! What panels are made of: one widget per file, each a function of `egui::Ui`.

mod button;
mod caption;
mod chips;
mod level;
mod marked;
mod modal;
mod notice;
mod pill;
mod scan;
mod stars;

pub use button::{Weight, button};
pub use caption::{Speaker, caption};
pub use chips::chips;
pub use level::{LEVEL_WIDTH, level};
pub use marked::{Mark, marked};
pub use modal::modal;
pub use notice::{Tone, notice};
pub use pill::{Activity, pill};
pub use scan::{BORDER, Scan};
pub use stars::stars;
