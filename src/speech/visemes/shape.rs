//! The mouth's shape.

/// How much of each VRM mouth shape, 0 to 1. Their sum is at most 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MouthShape {
    pub aa: f32,
    pub ih: f32,
    pub ou: f32,
    pub ee: f32,
    pub oh: f32,
    /// How far open, 0 to 1: the sum of the shapes.
    pub open: f32,
}

impl MouthShape {
    /// The weights in the order `aa ih ou ee oh`.
    pub fn weights(&self) -> [f32; 5] {
        [self.aa, self.ih, self.ou, self.ee, self.oh]
    }

    /// While one shape gives way to another their sum may pass 1: it is scaled back.
    pub(super) fn from_weights(weights: [f32; 5]) -> Self {
        let sum: f32 = weights.iter().sum();
        let [aa, ih, ou, ee, oh] = weights.map(|w| w / sum.max(1.0));
        Self { aa, ih, ou, ee, oh, open: sum.min(1.0) }
    }

    /// Between two shapes: the first at 0, the second at 1.
    pub(super) fn between(a: &Self, b: &Self, share: f32) -> Self {
        let mut weights = a.weights();
        weights.iter_mut().zip(b.weights()).for_each(|(w, b)| *w += (b - *w) * share);
        Self::from_weights(weights)
    }
}

/// The two strongest only, with all of the sum: a mix of all five drifts to "aa".
pub(super) fn strongest_two(shapes: [f32; 5]) -> [f32; 5] {
    let strongest = |but: Option<usize>| {
        let others = shapes.iter().enumerate().filter(|(i, _)| Some(*i) != but);
        others.max_by(|a, b| a.1.total_cmp(b.1)).map(|(i, _)| i)
    };
    let first = strongest(None);
    let second = strongest(first);
    let mut kept = shapes;
    for (i, shape) in kept.iter_mut().enumerate() {
        if Some(i) != first && Some(i) != second {
            *shape = 0.0;
        }
    }
    let (all, sum) = (shapes.iter().sum::<f32>(), kept.iter().sum::<f32>());
    if sum <= 0.0 { [0.0; 5] } else { kept.map(|shape| shape * all / sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_shapes_are_left_and_the_mouth_stays_as_open() {
        let two = strongest_two([0.1, 0.4, 0.05, 0.2, 0.05]);
        assert_eq!(two.iter().filter(|w| **w > 0.0).count(), 2);
        assert!((two.iter().sum::<f32>() - 0.8).abs() < 1e-6 && two[1] > two[3] && two[3] > 0.0, "{two:?}");
        assert_eq!(strongest_two([0.2; 5]).iter().filter(|w| **w > 0.0).count(), 2);
        assert_eq!(strongest_two([0.0; 5]), [0.0; 5]);
        for alone in 0..5 {
            let shape = std::array::from_fn(|i| f32::from(u8::from(i == alone)));
            assert_eq!(strongest_two(shape), shape, "one alone is kept, whichever it is");
        }
    }
}
