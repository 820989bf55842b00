//! Parts of a picture in whole pixels, none over another. Pure.

use bevy::prelude::*;

/// Parts at most; what would be more is told as one part around all of them.
const MOST: usize = 16;

/// Rectangles that do not overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts(Vec<URect>);

impl Parts {
    /// One rectangle.
    pub fn one(rect: URect) -> Self {
        let mut parts = Self::default();
        parts.add(rect);
        parts
    }

    /// Adds a rectangle; where it covers others, they give way.
    pub fn add(&mut self, rect: URect) {
        if rect.is_empty() {
            return;
        }
        *self = self.without(rect);
        self.0.push(rect);
        if self.0.len() > MOST
            && let Some(around) = self.around()
        {
            self.0 = vec![around];
        }
    }

    /// What of them lies outside of a rectangle.
    pub fn without(&self, hole: URect) -> Self {
        Self(self.0.iter().flat_map(|rect| cut(*rect, hole)).collect())
    }

    /// What of them lies inside of a rectangle.
    pub fn within(&self, rect: URect) -> Self {
        Self(self.0.iter().map(|part| part.intersect(rect)).filter(|part| !part.is_empty()).collect())
    }

    /// The rectangle around all of them.
    pub fn around(&self) -> Option<URect> {
        self.0.iter().copied().reduce(|a, b| a.union(b))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = URect> + '_ {
        self.0.iter().copied()
    }
}

/// What is left of a rectangle beside a hole: above, below, left and right of it.
fn cut(rect: URect, hole: URect) -> Vec<URect> {
    let hole = rect.intersect(hole);
    if hole.is_empty() {
        return vec![rect];
    }
    let (min, max) = (rect.min, rect.max);
    [
        URect::new(min.x, min.y, max.x, hole.min.y),
        URect::new(min.x, hole.max.y, max.x, max.y),
        URect::new(min.x, hole.min.y, hole.min.x, hole.max.y),
        URect::new(hole.max.x, hole.min.y, max.x, hole.max.y),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIDE: u32 = 12;

    /// So few that they are never told as one.
    fn rects() -> impl Strategy<Value = Vec<URect>> {
        let corner = (0..=SIDE, 0..=SIDE, 0..=SIDE, 0..=SIDE);
        proptest::collection::vec(corner.prop_map(|(a, b, c, d)| URect::new(a, b, c, d)), 0..5)
    }

    /// Which parts cover a pixel.
    fn over(parts: &Parts, x: u32, y: u32) -> usize {
        parts.iter().filter(|part| holds(*part, x, y)).count()
    }

    fn holds(rect: URect, x: u32, y: u32) -> bool {
        x >= rect.min.x && x < rect.max.x && y >= rect.min.y && y < rect.max.y
    }

    proptest! {
        #[test]
        fn each_pixel_is_covered_once_or_not_at_all(rects in rects(), hole in rects()) {
            let mut parts = Parts::default();
            rects.iter().for_each(|rect| parts.add(*rect));
            let hole = hole.first().copied().unwrap_or_default();
            let (outside, inside) = (parts.without(hole), parts.within(hole));
            for (x, y) in (0..SIDE).flat_map(|x| (0..SIDE).map(move |y| (x, y))) {
                let wanted = rects.iter().any(|rect| holds(*rect, x, y));
                let covered = over(&parts, x, y);
                prop_assert_eq!(covered, usize::from(wanted), "{}, {}: {:?}", x, y, &parts);
                let in_hole = holds(hole, x, y);
                prop_assert_eq!(over(&outside, x, y), if in_hole { 0 } else { covered });
                prop_assert_eq!(over(&inside, x, y), if in_hole { covered } else { 0 });
            }
        }
    }

    #[test]
    fn there_are_never_many() {
        let mut parts = Parts::default();
        for n in 0..100 {
            parts.add(URect::new(n * 3, n * 3, n * 3 + 2, n * 3 + 2));
            assert!(parts.iter().count() <= MOST);
        }
    }
}
