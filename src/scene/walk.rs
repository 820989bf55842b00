//! Where visitors of a virtual world come from.

use serde::{Deserialize, Serialize};

use super::types::Scene;

/// Nearer than this nobody would have to walk, in metres.
const FROM_MIN_M: f32 = 3.0;
/// Nobody walks further than this, in metres.
const FROM_MAX_M: f32 = 30.0;

/// A lobby through which visitors walk up to the desk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Walk {
    /// Where every visitor begins: x and z, in metres.
    pub from: [f32; 2],
}

impl Default for Walk {
    fn default() -> Self {
        Self { from: [0.0, 8.0] }
    }
}

/// What is wrong with where visitors begin, before this scene's first desk.
pub(super) fn complaint(scene: &Scene) -> Option<String> {
    let [x, z] = scene.walk?.from;
    let [desk_x, _, desk_z] = scene.desks.first()?.position;
    let away = (x - desk_x).hypot(z - desk_z);
    let fits = (FROM_MIN_M..=FROM_MAX_M).contains(&away) && z > desk_z;
    (!fits).then(|| {
        format!(
            "visitors begin {FROM_MIN_M} to {FROM_MAX_M} metres from the avatar and before it, where z is \
             larger: here it is {away:.1} metres"
        )
    })
}
