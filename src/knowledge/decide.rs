//! What to do with a ranking: answer, ask back, or say that nothing was found.

use super::article::Article;
use super::search::{HITS_MAX, Hit, Ranked};
use crate::conversation::Language;

/// At most this many articles are offered when asking back.
pub const CANDIDATES_MAX: usize = 3;
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
    /// How much of the question this article mentions, how much is about other subjects, and how much of the rest no
    /// article mentions.
    pub covered: f32,
    pub foreign: f32,
    pub strange: f32,
    /// How much the whole question weighs: little when it has only words that say nothing.
    pub mass: f32,
}

/// A logistic curve over [`features`].
struct Curve {
    weights: [f32; FEATURES],
    bias: f32,
    /// What is taken off when nothing of the transcript is certain.
    doubt: f32,
    /// From this confidence on the first article is the answer. One in two is the choice where an answer is as likely right as
    /// wrong; Chinese, whose fit knew simulated mishearing only, is at its least twentieth with at most one in ten of those
    /// development questions answered wrongly. They are harder than visitors': each is searched without itself.
    answer_min: f32,
}

fn curve(language: Language) -> &'static Curve {
    match language {
        Language::En => &ENGLISH,
        Language::Zh => &CHINESE,
    }
}

pub(super) const FEATURES: usize = 9;

/// Fitted by `super::fit` to the articles' own questions, each searched with itself left out, clear and as a recogniser heard them, and
/// to questions of other subjects (`tests/data/development.toml`); never to the test questions.
const ENGLISH: Curve = Curve {
    weights: [0.45, 7.37, 7.01, -2.56, 3.31, 1.35, -3.89, -3.65, FOREIGN],
    bias: -3.77,
    doubt: 3.87,
    answer_min: 0.5,
};
const CHINESE: Curve = Curve {
    weights: [-0.14, 12.01, 3.1, -1.52, 0.75, 1.32, 2.57, 1.31, FOREIGN],
    bias: -5.83,
    // Nobody has measured yet how certain a recogniser is of its Chinese mistakes.
    doubt: 0.0,
    answer_min: 0.3,
};
/// Set by hand: a free fit makes it so strong that one foreign word silences the desk.
const FOREIGN: f32 = -9.0;

/// How likely the first of two is right, 0 to 1, for a transcript of this certainty.
pub(super) fn confidence(
    best: &Evidence,
    second: Option<&Evidence>,
    language: Language,
    certainty: f32,
) -> f32 {
    let doubt = 1.0 - certainty.clamp(0.0, 1.0);
    let curve = curve(language);
    let sum: f32 =
        features(best, second).iter().zip(curve.weights).map(|(feature, weight)| feature * weight).sum();
    1.0 / (1.0 + (-(sum + curve.bias - curve.doubt * doubt)).exp())
}

pub(super) fn features(best: &Evidence, second: Option<&Evidence>) -> [f32; FEATURES] {
    let margin = best.score - second.map_or(0.0, |second| second.score);
    let weight = (1.0 + best.mass * best.words).ln().min(2.5);
    [
        best.score,
        margin.min(0.25),
        best.words,
        best.phrasing,
        best.letters,
        weight,
        best.covered,
        best.strange,
        best.foreign,
    ]
}

pub(super) fn decide<'a>(
    scored: &[Evidence],
    language: Language,
    certainty: f32,
    article: impl Fn(usize) -> Option<&'a Article>,
) -> Ranked {
    let hits: Vec<Hit> = scored
        .iter()
        .take(HITS_MAX)
        .enumerate()
        .filter_map(|(place, evidence)| {
            let rival = if place == 0 { scored.get(1) } else { scored.first() };
            let id = article(evidence.article)?.id.clone();
            Some(Hit {
                id,
                score: evidence.score,
                confidence: confidence(evidence, rival, language, certainty),
            })
        })
        .collect();
    let decision = match (scored.first(), hits.first()) {
        (Some(_), Some(hit)) if hit.confidence >= curve(language).answer_min => Decision::Answer(hit.clone()),
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
        Evidence {
            article,
            score,
            words: score,
            phrasing: score,
            letters: score,
            covered: score,
            foreign: 0.0,
            strange: 0.2,
            mass: 8.0,
        }
    }

    #[test]
    fn confidence_grows_with_the_score_and_with_the_lead() {
        let of = |best, second| confidence(&evidence(0, best), Some(&evidence(1, second)), Language::En, 1.0);
        let (far, near, low) = (of(0.7, 0.3), of(0.7, 0.68), of(0.2, 0.1));
        assert!(far > near && near > low, "{far} {near} {low}");
        assert!((0.0..=1.0).contains(&far));
    }

    #[test]
    fn a_doubtful_transcript_is_trusted_less() {
        let of = |certainty| confidence(&evidence(0, 0.6), Some(&evidence(1, 0.5)), Language::En, certainty);
        assert!(of(1.0) > of(0.8) && of(0.8) > of(0.5), "{} {} {}", of(1.0), of(0.8), of(0.5));
    }

    #[test]
    fn an_empty_ranking_is_nothing() {
        assert_eq!(decide(&[], Language::En, 1.0, |_| None).decision, Decision::Nothing);
    }
}
