//! What stands on the stage around a visit: the scene, with its signs in the language that is spoken.

use super::core::Core;
use crate::conversation::Language;
use crate::scene::Scene;
use crate::stage::set::Set;

/// The scene, and in which language it stands there.
pub struct SetUp {
    scene: Scene,
    language: Language,
    /// Visitors walk up, whatever the scene says.
    on_foot: bool,
    changed: bool,
}

impl SetUp {
    /// A scene that stands there in the core's language.
    pub fn new(scene: Scene, core: &Core, on_foot: bool) -> Self {
        Self { scene, language: core.state().language, on_foot, changed: false }
    }

    /// Another scene is to stand there.
    pub fn change_scene(&mut self, mut scene: Scene) {
        if self.on_foot {
            scene.walk.get_or_insert_default();
        }
        self.scene = scene;
        self.changed = true;
    }

    /// The set, when it is to be put up anew.
    pub fn changed(&mut self, core: &Core) -> Option<Set> {
        let language = core.state().language;
        if !std::mem::take(&mut self.changed) && language == self.language {
            return None;
        }
        self.language = language;
        Some(Set::from_scene(&self.scene, core.desk(), language))
    }
}
