//! How much a machine is asked to draw.

use bevy::prelude::*;

use crate::stage::adapter::Adapter;

/// A named amount of drawing. `Potato` is for machines without a graphics card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Resource)]
pub enum Preset {
    /// The set is a picture that is drawn once; no smoothing of the avatar's edges.
    Potato,
    /// The set is a picture; the avatar's edges are smoothed.
    Low,
    /// Everything is drawn in each frame, with smooth edges.
    #[default]
    Medium,
    /// As `Medium`, with an outline around the avatar.
    High,
}

/// What a preset means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// The set is drawn once into a picture, as long as the camera stands still.
    pub baked_set: bool,
    /// Samples per pixel in what is drawn in each frame.
    pub samples: u32,
    /// Samples per pixel in the picture of the set.
    pub baked_samples: u32,
    /// Width of the avatar's outline in thousandths of a metre at one metre; 0 draws none.
    pub outline: f32,
}

impl Preset {
    /// All, from the least to the most.
    pub const ALL: [Preset; 4] = [Preset::Potato, Preset::Low, Preset::Medium, Preset::High];

    /// The preset that fits an adapter.
    pub fn for_adapter(adapter: &Adapter) -> Self {
        if adapter.software { Preset::Potato } else { Preset::Medium }
    }

    /// The highest preset that is tried with an adapter when frames come in time.
    pub fn most_for_adapter(adapter: &Adapter) -> Self {
        if adapter.software { Preset::Potato } else { Preset::High }
    }

    /// What it means.
    pub fn quality(self) -> Quality {
        match self {
            Preset::Potato => Quality { baked_set: true, samples: 1, baked_samples: 4, outline: 0.0 },
            Preset::Low => Quality { baked_set: true, samples: 4, baked_samples: 4, outline: 0.0 },
            Preset::Medium => Quality { baked_set: false, samples: 4, baked_samples: 4, outline: 0.0 },
            Preset::High => Quality { baked_set: false, samples: 4, baked_samples: 4, outline: 0.55 },
        }
    }
}

impl Quality {
    /// The picture of the set is copied under the avatar instead of drawn: possible when there is one sample per pixel.
    pub fn copies_set(&self) -> bool {
        self.baked_set && self.samples == 1
    }

    /// As Bevy's component. Four is the most that every driver offers.
    pub fn msaa(samples: u32) -> Msaa {
        match samples {
            0 | 1 => Msaa::Off,
            2 => Msaa::Sample2,
            _ => Msaa::Sample4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_a_graphics_card_gets_the_least() {
        let adapter = Adapter { name: "llvmpipe".into(), backend: "vulkan".into(), software: true };
        assert_eq!(Preset::for_adapter(&adapter), Preset::Potato);
        assert_eq!(Preset::most_for_adapter(&adapter), Preset::Potato);
        let card = Adapter { software: false, ..adapter };
        assert_eq!(Preset::for_adapter(&card), Preset::Medium);
        assert_eq!(Preset::most_for_adapter(&card), Preset::High);
    }

    #[test]
    fn more_never_means_fewer_samples() {
        for pair in Preset::ALL.windows(2) {
            assert!(pair[0].quality().samples <= pair[1].quality().samples);
        }
    }
}
