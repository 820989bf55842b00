//! When the avatar shows what stands on the screen: once for each card with steps, soon after it began to speak about it.

/// So long after the avatar began to speak, or the card came up, in seconds.
const AFTER_S: f32 = 1.1;

/// Watches the card of the last answer.
#[derive(Debug, Default)]
pub struct Guide {
    shown: Option<String>,
    waited: Option<f32>,
}

impl Guide {
    /// Goes on by `dt` seconds with the article whose card is shown. Says whether the hand points at it now.
    pub fn step(&mut self, dt: f32, card: Option<&str>, speaks: bool) -> bool {
        if self.shown.as_deref() != card {
            self.shown = card.map(str::to_owned);
            self.waited = card.map(|_| 0.0);
        }
        match &mut self.waited {
            Some(waited) if speaks => {
                *waited += dt;
                let due = *waited >= AFTER_S;
                if due {
                    self.waited = None;
                }
                due
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often the hand points within so many seconds.
    fn points(guide: &mut Guide, card: Option<&str>, speaks: bool, seconds: f32) -> u32 {
        (0..(seconds * 50.0) as u32).map(|_| u32::from(guide.step(0.02, card, speaks))).sum()
    }

    #[test]
    fn each_card_is_pointed_at_once_while_the_avatar_speaks() {
        let mut guide = Guide::default();
        assert_eq!(points(&mut guide, None, true, 3.0), 0);
        assert_eq!(points(&mut guide, Some("wallet"), false, 3.0), 0);
        assert_eq!(points(&mut guide, Some("wallet"), true, 1.0), 0);
        assert_eq!(points(&mut guide, Some("wallet"), true, 9.0), 1);
        assert_eq!(points(&mut guide, Some("fees"), true, 9.0), 1);
        assert_eq!(points(&mut guide, None, true, 1.0), 0);
        assert_eq!(points(&mut guide, Some("fees"), true, 9.0), 1);
    }
}
