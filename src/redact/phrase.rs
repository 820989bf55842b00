//! Finds seed phrases in English words: runs of units whose scores add up.
//!
//! Words of the BIP-39 list are ordinary English words, so one word proves nothing. A sentence has a function word that
//! is not in the list at every second or third place; a phrase has none. The sum of the units' scores over a run is the
//! logarithm of how much likelier the run is as a phrase; talk of seed phrases near by lowers the bar.

use super::{
    lexicon::lexicon,
    secret::{Context, Hit, SecretKind},
    token::{Kind, Token, phrase_at},
    unit::{Role, Unit, units},
};

/// What a run must reach, in tenths: alone, and where seed phrases are spoken of.
const BAR_ALONE: i32 = 75;
const BAR_SPOKEN_OF: i32 = 45;
/// So many list words at least: alone, where seed phrases are spoken of, and right after "my seed phrase is".
const WORDS_ALONE: u16 = 4;
const WORDS_SPOKEN_OF: u16 = 3;
const WORDS_INTRODUCED: u16 = 2;
/// A run ends when its sum has fallen by this much, in tenths, or has not risen for so many units.
const DROP: i32 = 90;
const GAP_UNITS: usize = 14;
/// Talk of seed phrases matters for so many units after it and before it.
const REACH_AFTER: usize = 80;
const REACH_BEFORE: usize = 16;
/// Runs nearer than this, in units, are one phrase.
const JOIN_UNITS: usize = 8;
/// So many list words need not be rare ones.
const WORDS_PLAIN: u16 = 7;
/// The lengths of phrases, in words.
const LENGTHS: [u16; 5] = [12, 15, 18, 21, 24];
/// From so many words on it can hardly be anything else.
const WORDS_CERTAIN: u16 = 8;
/// Between two list words at the edge of a run there may be so many units, the second word included.
const BETWEEN_UNITS: usize = 3;
/// From so many words on a run has edges that may have been misheard.
const WORDS_BROKEN: u16 = 5;
/// So many words at each edge of a run with doubtful words are taken for a part of it.
const MARGIN: u16 = 3;
/// Of so many words on end, at least so many like list words, so many of them rare, and at most so many function words that are in no
/// list: no sentence, but a phrase that was misheard.
const DENSE_WORDS: usize = 11;
const DENSE_LIKE: usize = 6;
const DENSE_RARE: usize = 3;
const DENSE_FUNCTION: usize = 2;
/// At most so many words are taken for missing.
const MISSING_MAX: u16 = 6;

/// What speaks of seed phrases.
#[rustfmt::skip]
const TALK: &[&str] = &[
    "seed phrase", "seed phrases", "seed words", "seed word", "seed", "my seed", "seat phrase",
    "sea phrase", "see phrase", "seed phase", "seed frase", "secret phrase", "recovery phrase",
    "recovery words", "recovery seed", "recovery word", "backup phrase", "backup words", "backup seed",
    "secret words", "secret recovery phrase", "secret seed", "wallet words", "wallet phrase", "mnemonic",
    "mnemonics", "mnemonic phrase", "mnemonic words", "twelve words", "12 words", "24 words",
    "my words are", "the words are", "words are", "my phrase", "the phrase is", "passphrase",
    "twenty four words", "助记词", "助记单词", "恢复词", "种子词", "助忆词", "恢复短语", "种子短语",
    "助计词",
];
/// What comes between the talk and the words themselves.
#[rustfmt::skip]
const INTRO: &[&str] = &[
    "is", "are", ":", "=", "-", "was", "were", "goes", "begins with", "starts with", "start with",
    "starting with", "would be", "here", "here it is", "here they are", "it is", "it's", "they are",
    "reads", "as follows", "following", "which is", "which are", "是", "为", "有", "如下", "分别是", "就是",
    "包括", "依次是", "开头是", "前几个是", "前面是", "里有", "the first", "in order", ",", "words",
];

/// Finds the phrases. `context` is what was said before.
pub(super) fn find(tokens: &[Token], context: Context) -> Vec<Hit> {
    let units = units(tokens);
    let talk = Talk::listen(tokens, &units, context);
    let mut runs = Vec::new();
    let mut from = 0;
    while from < units.len() {
        let (run, next) = best_run(&units, &talk, from);
        if let Some(run) = run
            && qualifies(&units, &talk, &run)
        {
            runs.push(run);
        }
        from = next.max(from + 1);
    }
    runs.extend(named_words(&units));
    runs.extend(dense(&units, &talk));
    if context.seed {
        runs.extend(only_words(&units, context));
    }
    runs.sort_by_key(|r| r.start);
    let joined = join(&units, runs);
    joined.into_iter().filter_map(|run| widened(tokens, &units, &talk, &run)).collect()
}

/// Units `start..end`.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: usize,
    end: usize,
    score: i32,
}

/// Where seed phrases are spoken of, by unit.
struct Talk {
    near: Vec<bool>,
    /// The unit is part of the talk itself, not of a phrase.
    own: Vec<bool>,
    /// The unit comes right after "my seed phrase is".
    introduced: Vec<bool>,
}

impl Talk {
    fn listen(tokens: &[Token], units: &[Unit], context: Context) -> Self {
        let n = units.len();
        let mut talk = Self { near: vec![context.seed; n], own: vec![false; n], introduced: vec![false; n] };
        for (u, unit) in units.iter().enumerate() {
            let marked = matches!(
                tokens.get(unit.start),
                Some(Token { kind: Kind::Mark(Some(SecretKind::SeedPhrase)), .. })
            );
            let said = phrase_at(tokens, unit.start, TALK);
            let named = unit.role == Role::Label { named: true };
            if said.is_none() && !marked && !named {
                continue;
            }
            let until = u.saturating_add(REACH_AFTER).min(n);
            if let Some(near) = talk.near.get_mut(u.saturating_sub(REACH_BEFORE)..until) {
                near.fill(true);
            }
            let Some(mut end) = said.map(|s| unit.start + s) else { continue };
            let mut v = u;
            // "seed" alone may be a word of the phrase.
            let alone = end == unit.start + 1 && matches!(unit.role, Role::Word { .. });
            while let Some(next) = units.get(v).filter(|next| next.start < end) {
                end = end.max(next.end);
                v += 1;
            }
            let spoken = end;
            for _ in 0..4 {
                match phrase_at(tokens, end, INTRO) {
                    Some(used) => end += used,
                    None => break,
                }
            }
            if !alone || end > spoken {
                let inside = units.iter().skip(u).take_while(|next| next.end <= spoken).count();
                if let Some(own) = talk.own.get_mut(u..u + inside) {
                    own.fill(true);
                }
            }
            if end > spoken
                && let Some(v) = units.iter().skip(u).take(12).position(|next| next.start >= end)
                && let Some(introduced) = talk.introduced.get_mut(u + v)
            {
                *introduced = true;
            }
        }
        talk
    }

    fn is(flags: &[bool], at: usize) -> bool {
        flags.get(at).copied().unwrap_or(false)
    }

    /// What the unit counts here: talk of seed phrases halves what ordinary words count against a phrase.
    fn score(&self, units: &[Unit], at: usize) -> i32 {
        let Some(unit) = units.get(at) else { return 0 };
        if Self::is(&self.own, at) {
            return -30;
        }
        let lowered = Self::is(&self.near, at) && unit.score < 0 && unit.role != Role::Wall;
        let bonus =
            if Self::is(&self.introduced, at) && matches!(unit.role, Role::Word { .. }) { 25 } else { 0 };
        bonus + if lowered { unit.score * 2 / 3 } else { unit.score }
    }
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
fn count(units: &[Unit], run: &Run) -> (u16, u16, u16) {
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
pub(super) fn list_words_only(tokens: &[Token]) -> Option<(u16, u16)> {
    let units = units(tokens);
    let (hits, rare, others) = count(&units, &Run { start: 0, end: units.len(), score: 0 });
    (others == 0 && hits >= 1).then(|| (telling(&units), rare))
}

/// Whether seed phrases are spoken of.
pub(super) fn speaks_of_seeds(tokens: &[Token]) -> bool {
    (0..tokens.len()).any(|i| phrase_at(tokens, i, TALK).is_some())
        || units(tokens).iter().any(|u| u.role == Role::Label { named: true })
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

/// Takes in what belongs to the phrase at its edges, and maps it to glyphs.
fn widened(tokens: &[Token], units: &[Unit], talk: &Talk, run: &Run) -> Option<Hit> {
    let mut run = *run;
    let free = |u: usize| !Talk::is(&talk.own, u);
    let is_listed = |u: &Unit| {
        let inside = tokens.get(u.start..u.end).unwrap_or_default();
        matches!(u.role, Role::Word { .. })
            || u.role != Role::Label { named: true } && inside.iter().any(|t| lexicon().is_listed(&t.text))
    };
    // List words at the edges, also such as "have", with what stands between them.
    let mut looked = run.start;
    while let Some(before) = looked.checked_sub(1).filter(|&b| free(b) && run.start - b <= BETWEEN_UNITS) {
        let Some(unit) = units.get(before) else { break };
        looked = before;
        if is_listed(unit) {
            run.start = looked;
        } else if !matches!(unit.role, Role::Label { .. }) {
            break;
        }
    }
    let mut looked = run.end;
    while let Some(unit) = units.get(looked).filter(|_| free(looked) && looked - run.end < BETWEEN_UNITS) {
        looked += 1;
        if is_listed(unit) {
            run.end = looked;
        } else if !matches!(unit.role, Role::Label { .. }) {
            break;
        }
    }
    let margin = margin(units, &run);
    stretch(units, talk, &mut run, margin);
    let (hits, ..) = count(units, &run);
    let near = (run.start..run.end).any(|u| Talk::is(&talk.near, u));
    let start = tokens.get(units.get(run.start)?.start)?.start;
    let end = tokens.get(units.get(run.end.checked_sub(1)?)?.end.checked_sub(1)?)?.end;
    let certain = hits >= WORDS_CERTAIN || near && hits >= WORDS_ALONE;
    Some(Hit { kind: SecretKind::SeedPhrase, start, end, certain })
}

/// How many more words at each edge may belong to a phrase: those that are missing to a phrase's length were
/// misheard; and where words were misheard inside, some may have been at the edges.
fn margin(units: &[Unit], run: &Run) -> u16 {
    let (hits, _, others) = count(units, run);
    let inside = units.get(run.start..run.end).unwrap_or_default();
    let doubtful = others > 0 || inside.iter().any(|u| matches!(u.role, Role::Word { listed: false, .. }));
    let words = hits.saturating_add(others);
    let missing = LENGTHS.iter().find(|&&n| n >= words).map_or(0, |n| n - words);
    match (hits, doubtful) {
        (..WORDS_BROKEN, _) => 0,
        (_, true) if missing <= MISSING_MAX => missing.max(MARGIN),
        (_, true) => MARGIN,
        (..WORDS_CERTAIN, false) => 0,
        (_, false) if missing <= MARGIN => missing,
        (_, false) => 0,
    }
}

/// Takes in words at each edge, up to the end of the sentence or the talk of phrases: so many that are in no list,
/// and one more for each that is.
fn stretch(units: &[Unit], talk: &Talk, run: &mut Run, margin: u16) {
    let credit = |u: usize, left: u16| match units.get(u).map(|u| u.role).filter(|_| !Talk::is(&talk.own, u))
    {
        Some(Role::Word { .. }) => Some((true, left.saturating_add(1).min(margin))),
        Some(Role::Other { .. }) => left.checked_sub(1).map(|left| (true, left)),
        Some(Role::Label { .. }) => Some((false, left)),
        _ => None,
    };
    if margin == 0 {
        return;
    }
    let (mut left, mut looked) = (margin, run.end);
    while let Some((word, after)) = credit(looked, left).filter(|_| looked - run.end < BETWEEN_UNITS) {
        left = after;
        looked += 1;
        run.end = if word { looked } else { run.end };
    }
    let (mut left, mut looked) = (margin, run.start);
    while let Some(before) = looked.checked_sub(1).filter(|b| run.start - b <= BETWEEN_UNITS)
        && let Some((word, after)) = credit(before, left)
    {
        left = after;
        looked = before;
        run.start = if word { looked } else { run.start };
    }
}

/// Stretches of words in which too few are function words for a sentence, and too many are like list words for chance: a phrase that
/// was misheard at many places.
fn dense(units: &[Unit], talk: &Talk) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut window: std::collections::VecDeque<usize> = std::collections::VecDeque::new();
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
        let function = role(|r| r == Role::Other { function: true });
        if like >= DENSE_LIKE && rare >= DENSE_RARE && function <= DENSE_FUNCTION {
            runs.push(Run { start, end: u + 1, score: 0 });
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, token::tokens},
        *,
    };

    fn found(text: &str, context: Context) -> Vec<String> {
        let (glyphs, _) = fold(text, 10_000);
        let hits = find(&tokens(&glyphs), context);
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
