//! Where a phrase begins and ends: nothing of it may stay at the edges of a run, also not a word that was misheard.

use super::{
    lexicon::lexicon,
    phrase::{Run, WORDS_ALONE, WORDS_CERTAIN, count},
    secret::{Hit, SecretKind},
    talk::Talk,
    token::Token,
    unit::{Role, Unit},
};

/// Between two list words at the edge of a run there may be so many units, the second word included.
const BETWEEN_UNITS: usize = 3;
/// From so many words on a run has edges that may have been misheard.
const WORDS_BROKEN: u16 = 5;
/// So many words at each edge of a run with doubtful words are taken for a part of it.
const MARGIN: u16 = 3;
/// At most so many words are taken for missing.
const MISSING_MAX: u16 = 6;
/// The lengths of phrases, in words.
const LENGTHS: [u16; 5] = [12, 15, 18, 21, 24];

/// Takes in what belongs to the phrase at its edges, and maps it to glyphs.
pub(super) fn widened(tokens: &[Token], units: &[Unit], talk: &Talk, run: &Run) -> Option<Hit> {
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
