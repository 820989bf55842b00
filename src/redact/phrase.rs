//! Finds seed phrases in English words: runs of units whose scores add up.
//!
//! Words of the BIP-39 list are ordinary English words, so one word proves nothing. A sentence has a function word that
//! is not in the list at every second or third place; a phrase has none. The sum of the units' scores over a run is the
//! logarithm of how much likelier the run is as a phrase; talk of seed phrases near by lowers the bar.

use super::{
    dense::{chains, dense},
    edge::widened,
    secret::{Context, Hit},
    talk::{Talk, speaks_of_phrases},
    token::Token,
    unit::{Role, Unit},
};

/// What a run must reach, in tenths: alone, and where seed phrases are spoken of.
const BAR_ALONE: i32 = 75;
const BAR_SPOKEN_OF: i32 = 45;
/// So many list words at least: alone, where seed phrases are spoken of, and right after "my seed phrase is".
pub(super) const WORDS_ALONE: u16 = 4;
const WORDS_SPOKEN_OF: u16 = 3;
const WORDS_INTRODUCED: u16 = 2;
/// A run ends when its sum has fallen by this much, in tenths, or has not risen for so many units.
const DROP: i32 = 90;
const GAP_UNITS: usize = 14;
/// Runs nearer than this, in units, are one phrase.
const JOIN_UNITS: usize = 8;
/// So many list words need not be rare ones.
const WORDS_PLAIN: u16 = 7;
/// From so many words on it can hardly be anything else.
pub(super) const WORDS_CERTAIN: u16 = 8;

/// Finds the phrases. `context` is what was said before.
pub(super) fn find(tokens: &[Token], units: &[Unit], context: Context) -> Vec<Hit> {
    let talk = Talk::listen(tokens, units, context);
    let mut runs = Vec::new();
    let mut from = 0;
    while from < units.len() {
        let (run, next) = best_run(units, &talk, from);
        if let Some(run) = run
            && qualifies(units, &talk, &run)
        {
            runs.push(run);
        }
        from = next.max(from + 1);
    }
    runs.extend(named_words(units));
    runs.extend(dense(units, &talk));
    runs.extend(chains(units, &talk));
    if context.seed {
        runs.extend(only_words(units, context));
    }
    runs.sort_by_key(|r| r.start);
    let joined = join(units, runs);
    joined.into_iter().filter_map(|run| widened(tokens, units, &talk, &run)).collect()
}

/// Units `start..end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub start: usize,
    pub end: usize,
    pub score: i32,
}

/// The best run that begins at or after `from`, and where to look on.
fn best_run(units: &[Unit], talk: &Talk, from: usize) -> (Option<Run>, usize) {
    let Some(start) = (from..units.len()).find(|&u| talk.score(units, u) > 0) else {
        return (None, units.len());
    };
    let mut best = Run { start, end: start, score: 0 };
    let mut sum = 0;
    for u in start..units.len() {
        sum += talk.score(units, u);
        if sum > best.score {
            best = Run { start, end: u + 1, score: sum };
        }
        if sum < 0 || sum < best.score - DROP || u + 1 >= best.end + GAP_UNITS {
            break;
        }
    }
    (Some(best), best.end)
}

/// How many list words, how many of them rare, and how many other words a run has.
pub(super) fn count(units: &[Unit], run: &Run) -> (u16, u16, u16) {
    let (mut hits, mut rare, mut others) = (0u16, 0u16, 0u16);
    for unit in units.get(run.start..run.end).unwrap_or_default() {
        match unit.role {
            Role::Word { words, rare: r, .. } => {
                hits = hits.saturating_add(words);
                rare = rare.saturating_add(if r { words } else { 0 });
            }
            Role::Other { .. } => others = others.saturating_add(1),
            _ => {}
        }
    }
    (hits, rare, others)
}

fn qualifies(units: &[Unit], talk: &Talk, run: &Run) -> bool {
    let (hits, rare, others) = count(units, run);
    let near = (run.start..run.end).any(|u| Talk::is(&talk.near, u));
    let introduced = (run.start..run.end).any(|u| Talk::is(&talk.introduced, u));
    let alone =
        run.score >= BAR_ALONE && hits >= WORDS_ALONE && (rare >= 2 || hits >= WORDS_PLAIN) && hits > others;
    let spoken_of = near && run.score >= BAR_SPOKEN_OF && hits >= WORDS_SPOKEN_OF && hits > others;
    let begun =
        introduced && run.score >= BAR_SPOKEN_OF && hits >= WORDS_INTRODUCED && rare >= 1 && others == 0;
    alone || spoken_of || begun
}

/// "my first word is abandon": one list word is enough.
fn named_words(units: &[Unit]) -> Vec<Run> {
    let mut runs = Vec::new();
    let labels = units.iter().filter(|u| u.role == Role::Label { named: true }).count();
    for (u, pair) in units.windows(2).enumerate() {
        if let [Unit { role: Role::Label { named: true }, .. }, next] = pair
            && let Role::Word { listed, rare, .. } = next.role
            && (rare || listed && (next.score > 0 || labels > 1))
        {
            runs.push(Run { start: u + 1, end: u + 2, score: next.score });
        }
    }
    runs
}

/// While a phrase is being read out: an utterance of nothing but list words.
fn only_words(units: &[Unit], context: Context) -> Option<Run> {
    let all = Run { start: 0, end: units.len(), score: 0 };
    let (hits, rare, others) = count(units, &all);
    let wall = units.iter().any(|u| u.role == Role::Wall);
    let enough = rare >= 1 || telling(units) >= 2 || context.reading && (telling(units) >= 1 || hits == 1);
    (others == 0 && !wall && hits >= 1 && enough).then_some(all)
}

/// How many list words there are that are no function words.
fn telling(units: &[Unit]) -> u16 {
    let telling = units.iter().filter(|u| matches!(u.role, Role::Word { .. }) && u.score > 0).count();
    u16::try_from(telling).unwrap_or(u16::MAX)
}

/// Whether an utterance is nothing but list words, and then how many (without function words), and how many of them rare.
pub(super) fn list_words_only(units: &[Unit]) -> Option<(u16, u16)> {
    let (hits, rare, others) = count(units, &Run { start: 0, end: units.len(), score: 0 });
    (others == 0 && hits >= 1).then(|| (telling(units), rare))
}

/// Whether seed phrases are spoken of.
pub(super) fn speaks_of_seeds(tokens: &[Token], units: &[Unit]) -> bool {
    speaks_of_phrases(tokens) || units.iter().any(|u| u.role == Role::Label { named: true })
}

fn join(units: &[Unit], runs: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last)
                if run.start <= last.end
                    || run.start - last.end <= JOIN_UNITS
                        && !units
                            .get(last.end..run.start)
                            .unwrap_or_default()
                            .iter()
                            .any(|u| u.role == Role::Wall) =>
            {
                last.end = last.end.max(run.end);
                last.score += run.score;
            }
            _ => joined.push(run),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::{super::reading::Reading, *};

    fn found(text: &str, context: Context) -> Vec<String> {
        let Reading { glyphs, tokens, units, .. } = Reading::of(text);
        let hits = find(&tokens, &units, context);
        hits.iter().map(|h| glyphs[h.start..h.end].iter().map(|g| g.c).collect()).collect()
    }

    #[test]
    fn a_phrase_is_found_and_a_sentence_is_not() {
        let phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
        assert_eq!(found(phrase, Context::default()), [phrase]);
        assert_eq!(found(&format!("ok so {phrase} is what I wrote down"), Context::default()), [phrase]);
        for ordinary in [
            "What is a seed phrase and how do I keep it safe?",
            "I can help you find the wallet address on the next page",
            "Where can I buy a ticket for the music festival this weekend?",
        ] {
            assert_eq!(found(ordinary, Context::default()), [""; 0], "{ordinary}");
        }
    }

    #[test]
    fn one_word_is_enough_after_its_number() {
        assert_eq!(found("my first word is abandon", Context::default()), ["abandon"]);
        assert_eq!(found("the first question is about tickets", Context::default()), [""; 0]);
    }

    #[test]
    fn while_a_phrase_is_read_out_single_words_count() {
        let reading = Context { seed: true, reading: true, ..Context::default() };
        assert_eq!(found("ability", reading), ["ability"]);
        assert_eq!(found("ability", Context::default()), [""; 0]);
        assert_eq!(found("why do you ask", reading), [""; 0]);
    }

    #[test]
    fn talk_is_not_taken_for_words() {
        assert_eq!(
            found("My recovery phrase is abandon ability able", Context::default()),
            ["abandon ability able"]
        );
    }
}
