//! What to do with a ranking: answer, ask back, or say that nothing was found.

use super::article::Article;
use super::search::{HITS_MAX, Hit, Ranked};

/// At most this many articles are offered when asking back.
pub const CANDIDATES_MAX: usize = 3;
/// From this confidence on the first article is the answer: the least that keeps nine of ten foreign questions of the
/// development set in each language from being answered.
const ANSWER_MIN: f32 = 0.55;
/// From this score on it is worth asking back.
const ASK_BACK_MIN: f32 = 0.2;
/// What is offered has at least this share of the best score.
const CANDIDATE_SHARE: f32 = 0.55;

/// What a question led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Say this article.
    Answer(Hit),
    /// "Did you mean …": one to [`CANDIDATES_MAX`] articles, best first.
    AskBack(Vec<Hit>),
    /// None of the articles is about this.
    Nothing,
}

/// Why an article is in a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence {
    /// The article's number on its shelf.
    pub article: usize,
    pub score: f32,
    pub words: f32,
    pub phrasing: f32,
    pub letters: f32,
    /// How much of the question this article mentions, and how much none does.
    pub covered: f32,
    pub strange: f32,
    /// How much the whole question weighs: little when it has only words that say nothing.
    pub mass: f32,
}

/// How likely the first of two is right, 0 to 1.
///
/// A logistic curve fitted to the articles' own questions, each searched with itself left out, and to questions of
/// other subjects (`tests/data/development.toml`); never to the test questions.
pub(super) fn confidence(best: &Evidence, second: Option<&Evidence>) -> f32 {
    let features = features(best, second);
    let sum: f32 = features.iter().zip(WEIGHTS).map(|(feature, weight)| feature * weight).sum();
    1.0 / (1.0 + (-(sum + BIAS)).exp())
}

pub(super) const FEATURES: usize = 8;
const WEIGHTS: [f32; FEATURES] = [0.42, 7.64, 2.21, -1.77, 2.41, 1.57, 3.05, -1.74];
const BIAS: f32 = -6.2;

pub(super) fn features(best: &Evidence, second: Option<&Evidence>) -> [f32; FEATURES] {
    let margin = best.score - second.map_or(0.0, |second| second.score);
    let weight = (1.0 + best.mass * best.words).ln().min(2.5);
    [best.score, margin.min(0.25), best.words, best.phrasing, best.letters, weight, best.covered, best.strange]
}

pub(super) fn decide<'a>(scored: &[Evidence], article: impl Fn(usize) -> Option<&'a Article>) -> Ranked {
    let hits: Vec<Hit> = scored
        .iter()
        .take(HITS_MAX)
        .enumerate()
        .filter_map(|(place, evidence)| {
            let rival = if place == 0 { scored.get(1) } else { scored.first() };
            let id = article(evidence.article)?.id.clone();
            Some(Hit { id, score: evidence.score, confidence: confidence(evidence, rival) })
        })
        .collect();
    let decision = match (scored.first(), hits.first()) {
        (Some(_), Some(hit)) if hit.confidence >= ANSWER_MIN => Decision::Answer(hit.clone()),
        (Some(best), Some(_)) if best.score >= ASK_BACK_MIN => {
            let candidates: Vec<Hit> = scored
                .iter()
                .zip(&hits)
                .filter(|(evidence, _)| evidence.score >= best.score * CANDIDATE_SHARE)
                .filter(|(evidence, _)| {
                    article(evidence.article).is_some_and(|article| !article.is_small_talk())
                })
                .take(CANDIDATES_MAX)
                .map(|(_, hit)| hit.clone())
                .collect();
            if candidates.is_empty() { Decision::Nothing } else { Decision::AskBack(candidates) }
        }
        _ => Decision::Nothing,
    };
    Ranked { hits, decision }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(article: usize, score: f32) -> Evidence {
        Evidence { article, score, words: score, phrasing: score, letters: score, covered: score, strange: 0.2, mass: 8.0 }
    }

    #[test]
    fn confidence_grows_with_the_score_and_with_the_lead() {
        let far = confidence(&evidence(0, 0.7), Some(&evidence(1, 0.3)));
        let near = confidence(&evidence(0, 0.7), Some(&evidence(1, 0.68)));
        let low = confidence(&evidence(0, 0.2), Some(&evidence(1, 0.1)));
        assert!(far > near && near > low, "{far} {near} {low}");
        assert!((0.0..=1.0).contains(&far));
    }

    #[test]
    fn an_empty_ranking_is_nothing() {
        assert_eq!(decide(&[], |_| None).decision, Decision::Nothing);
    }
}
