//! On how many threads a model runs: as many as were quickest lately. Pure.
//!
//! Threads that share a step wait for each other at its end. On cores that also draw such a wait takes a time slice, at each of
//! some hundred steps, and one thread alone may be quicker than two. Each number is tried when the model is loaded, and looks for
//! captions try again what whole texts do not use.

use std::time::Duration;

/// Weight of the newest measurement.
const NEWEST: f32 = 0.5;
/// One look of so many tries the number of threads that was tried longest ago.
const TRY_EVERY: u32 = 4;

/// Positions and tokens of a usual utterance: both count, since a token has many more steps for its work than the encoder.
const USUAL_POSITIONS: f32 = 300.0;
const USUAL_TOKENS: f32 = 12.0;

/// What is known of a number of threads.
#[derive(Debug)]
struct Tried {
    threads: usize,
    /// Milliseconds for a usual utterance.
    cost: Option<f32>,
    /// When it was used last, counted in uses.
    used: u64,
}

/// The choice. The numbers of threads are few.
#[derive(Debug)]
pub struct Pace {
    tried: Vec<Tried>,
    guess: usize,
    looks: u32,
    uses: u64,
}

impl Pace {
    /// With so many threads until something else is known to be quicker, and never more.
    pub fn up_to(most: usize) -> Self {
        let mut counts = vec![1, most.div_ceil(2), most.max(1)];
        counts.dedup();
        let tried = counts.into_iter().map(|threads| Tried { threads, cost: None, used: 0 }).collect();
        Self { tried, guess: most.max(1), looks: 0, uses: 0 }
    }

    /// Always so many.
    pub fn fixed(threads: usize) -> Self {
        let tried = vec![Tried { threads, cost: None, used: 0 }];
        Self { tried, guess: threads, looks: 0, uses: 0 }
    }

    /// Never more than so many; what is known of fewer stays known.
    pub fn limit(&mut self, most: usize) {
        self.tried.retain(|tried| tried.threads <= most);
        if self.tried.iter().all(|tried| tried.threads != most) {
            self.tried.push(Tried { threads: most, cost: None, used: 0 });
        }
        self.guess = most;
    }

    /// The numbers among which is chosen.
    pub fn counts(&self) -> Vec<usize> {
        self.tried.iter().map(|tried| tried.threads).collect()
    }

    /// How many threads the next decoding gets. `look`: it is for a caption, and may be slow.
    pub fn choose(&mut self, look: bool) -> usize {
        self.looks += u32::from(look);
        if look && self.looks.is_multiple_of(TRY_EVERY) {
            return self
                .tried
                .iter()
                .min_by_key(|tried| tried.used)
                .map_or(self.guess, |tried| tried.threads);
        }
        let known = self.tried.iter().filter_map(|tried| Some((tried.threads, tried.cost?)));
        let quickest = known.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(threads, _)| threads);
        let guess_is_known = self.tried.iter().any(|t| t.threads == self.guess && t.cost.is_some());
        quickest.filter(|_| guess_is_known).unwrap_or(self.guess)
    }

    /// The encoder took so long for so many positions, and the decoder for so many tokens.
    pub fn took(&mut self, threads: usize, encode: (u32, Duration), decode: (u32, Duration)) {
        self.uses += 1;
        let each = |(count, time): (u32, Duration)| time.as_secs_f32() * 1_000.0 / count.max(1) as f32;
        let cost = each(encode) * USUAL_POSITIONS + each(decode) * USUAL_TOKENS;
        if let Some(tried) = self.tried.iter_mut().find(|tried| tried.threads == threads) {
            tried.used = self.uses;
            tried.cost = Some(tried.cost.map_or(cost, |before| before + NEWEST * (cost - before)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TOKENS: (u32, Duration) = (0, Duration::ZERO);

    /// Looks and whole texts by turns on a machine with these costs; returns what the last whole text ran on.
    fn run(pace: &mut Pace, rounds: usize, cost_ms: impl Fn(usize) -> u64) -> usize {
        let mut last = 0;
        for n in 0..rounds {
            last = pace.choose(n % 2 == 0);
            pace.took(last, (1, Duration::from_millis(cost_ms(last))), NO_TOKENS);
        }
        last
    }

    #[test]
    fn what_is_quicker_is_found_and_followed_when_it_changes() {
        let (alone, drawing) = (|n: usize| 250 / n as u64, |n: usize| 300 * n as u64);
        let mut pace = Pace::up_to(2);
        assert_eq!(pace.choose(false), 2);
        assert_eq!(run(&mut pace, 40, alone), 2);
        assert_eq!(run(&mut pace, 40, drawing), 1);
        assert_eq!(run(&mut pace, 60, alone), 2);
    }

    #[test]
    fn whole_texts_try_nothing() {
        let mut pace = Pace::up_to(4);
        let seen: Vec<usize> = (0..50)
            .map(|_| {
                let threads = pace.choose(false);
                pace.took(threads, (300, Duration::from_millis(100)), NO_TOKENS);
                threads
            })
            .collect();
        assert_eq!(seen, [4; 50]);
        let tried: std::collections::BTreeSet<usize> = (0..50)
            .map(|_| {
                let threads = pace.choose(true);
                pace.took(threads, (300, Duration::from_millis(100)), NO_TOKENS);
                threads
            })
            .collect();
        assert_eq!(tried.into_iter().collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    fn a_whole_text_runs_on_what_was_quickest_when_the_model_was_loaded() {
        let mut pace = Pace::up_to(4);
        for (threads, ms) in pace.counts().into_iter().zip([250, 140, 300]) {
            pace.took(threads, (192, Duration::from_millis(ms)), NO_TOKENS);
        }
        assert_eq!(pace.choose(false), 2);
        pace.limit(1);
        assert_eq!((pace.counts(), pace.choose(false)), (vec![1], 1));
        pace.limit(3);
        assert_eq!(pace.choose(false), 3, "nothing is known of it, and it was asked for");
    }

    #[test]
    fn tokens_count_as_well() {
        // As measured on two cores that others used, too: two threads encode sooner and take far longer over each token.
        let mut pace = Pace::up_to(2);
        let ms = Duration::from_millis;
        pace.took(2, (300, ms(170)), (12, ms(180)));
        pace.took(1, (300, ms(240)), (12, ms(50)));
        assert_eq!(pace.choose(false), 1);
    }

    #[test]
    fn a_fixed_number_stays() {
        let mut pace = Pace::fixed(3);
        assert_eq!(run(&mut pace, 20, |_| 100), 3);
    }
}
