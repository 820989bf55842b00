//! Phrases that no single run of scores shows: short chains of nothing but list words, and long phrases misheard at many places.

use std::collections::VecDeque;

use super::{
    phrase::Run,
    talk::Talk,
    unit::{Role, Unit},
};

/// Of so many words on end, at least so many like list words, so many of them rare, and at most so many function
/// words: no sentence, but a phrase that was misheard.
const DENSE_WORDS: usize = 11;
const DENSE_LIKE: usize = 6;
const DENSE_RARE: usize = 3;
const DENSE_FUNCTION: usize = 3;
/// A chain of nothing but list words is a phrase from so many words on, if so many are rare and so many are no function words.
const CHAINS: [(u16, u16, u16); 5] = [(4, 2, 3), (4, 1, 4), (5, 1, 4), (6, 1, 3), (7, 0, 6)];

/// Stretches of words in which too few are function words for a sentence, and too many are like list words for chance: a phrase that
/// was misheard at many places.
pub(super) fn dense(units: &[Unit], talk: &Talk) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut window: VecDeque<usize> = VecDeque::new();
    for (u, unit) in units.iter().enumerate() {
        match unit.role {
            Role::Stop | Role::Wall => window.clear(),
            _ if Talk::is(&talk.own, u) => window.clear(),
            Role::Label { .. } => continue,
            _ => window.push_back(u),
        }
        if window.len() > DENSE_WORDS {
            window.pop_front();
        }
        let (Some(&start), true) = (window.front(), window.len() == DENSE_WORDS) else { continue };
        let role = |want: fn(Role) -> bool| {
            window.iter().filter(|&&u| units.get(u).is_some_and(|u| want(u.role))).count()
        };
        let like = role(|r| matches!(r, Role::Word { .. }));
        let rare = role(|r| matches!(r, Role::Word { rare: true, .. }));
        let function = role(|r| r == Role::Other { function: true })
            + window
                .iter()
                .filter(|&&u| {
                    units.get(u).is_some_and(|u| matches!(u.role, Role::Word { .. }) && u.score < 0)
                })
                .count();
        if like >= DENSE_LIKE && rare >= DENSE_RARE && function <= DENSE_FUNCTION {
            runs.push(Run { start, end: u + 1, score: 0 });
        }
    }
    runs
}

/// Chains of list words with nothing between them but labels and ends of sentences.
pub(super) fn chains(units: &[Unit], talk: &Talk) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut chain = Run { start: 0, end: 0, score: 0 };
    let (mut words, mut rare, mut telling) = (0u16, 0u16, 0u16);
    for (u, unit) in units.iter().enumerate() {
        match unit.role {
            Role::Word { listed: true, words: n, rare: is_rare } if !Talk::is(&talk.own, u) => {
                if words == 0 {
                    chain.start = u;
                }
                chain.end = u + 1;
                words = words.saturating_add(n);
                rare = rare.saturating_add(if is_rare { n } else { 0 });
                telling = telling.saturating_add(if unit.score > 0 { n } else { 0 });
            }
            Role::Label { .. } | Role::Stop if words > 0 => {}
            _ => words = 0,
        }
        if words == 0 {
            (rare, telling) = (0, 0);
        } else if chain.end == u + 1 && CHAINS.iter().any(|c| words >= c.0 && rare >= c.1 && telling >= c.2) {
            runs.push(chain);
        }
    }
    runs
}
