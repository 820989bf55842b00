//! How good the search is: counts over a list of questions with known answers.

use std::fmt;

use super::decide::Decision;
use super::load::KnowledgeBase;
use crate::conversation::Language;

/// A question and the article that answers it; `None` when no article does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub text: String,
    pub language: Language,
    pub expect: Option<String>,
}

/// How one case went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The right article was answered; or, for a foreign question, none was.
    Right,
    /// Asked back, with the right article among those offered.
    AskedBack,
    /// Asked back without it.
    AskedBackAstray,
    /// Nothing was found, although an article answers it.
    Unanswered,
    /// Another article was answered.
    Wrong,
}

/// A case that was not right.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub case: Case,
    pub verdict: Verdict,
    /// What was answered or offered first.
    pub got: Option<String>,
    pub confidence: f32,
}

/// Counts over all cases.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    pub cases: usize,
    pub right: usize,
    pub asked_back: usize,
    pub asked_back_astray: usize,
    pub unanswered: usize,
    pub wrong: usize,
    /// Questions with an article whose first, or one of whose first three, was right, whatever was decided.
    pub first: usize,
    pub first_three: usize,
    pub failures: Vec<Failure>,
}

impl Report {
    /// A count as a share of all cases, 0 to 1.
    pub fn share(&self, count: usize) -> f64 {
        if self.cases == 0 { 0.0 } else { count as f64 / self.cases as f64 }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |count| 100.0 * self.share(count);
        write!(
            f,
            "{} cases: right {:.1} %, asked back {:.1} % (astray {:.1} %), nothing {:.1} %, wrong {:.1} %; \
             first {:.1} %, among three {:.1} %",
            self.cases,
            percent(self.right),
            percent(self.asked_back),
            percent(self.asked_back_astray),
            percent(self.unanswered),
            percent(self.wrong),
            percent(self.first),
            percent(self.first_three),
        )
    }
}

/// Searches for every case and counts.
pub fn evaluate(base: &KnowledgeBase, cases: &[Case]) -> Report {
    let mut report = Report { cases: cases.len(), ..Report::default() };
    for case in cases {
        let ranked = base.search(&case.text, case.language);
        let place = case.expect.as_ref().and_then(|id| ranked.hits.iter().position(|hit| hit.id == *id));
        report.first += usize::from(place == Some(0));
        report.first_three += usize::from(place.is_some_and(|place| place < 3));
        let (verdict, got) = judge(case, &ranked.decision);
        match verdict {
            Verdict::Right => report.right += 1,
            Verdict::AskedBack => report.asked_back += 1,
            Verdict::AskedBackAstray => report.asked_back_astray += 1,
            Verdict::Unanswered => report.unanswered += 1,
            Verdict::Wrong => report.wrong += 1,
        }
        if verdict != Verdict::Right {
            let confidence = ranked.hits.first().map_or(0.0, |hit| hit.confidence);
            report.failures.push(Failure { case: case.clone(), verdict, got, confidence });
        }
    }
    report
}

fn judge(case: &Case, decision: &Decision) -> (Verdict, Option<String>) {
    match (decision, &case.expect) {
        (Decision::Answer(hit), Some(id)) if hit.id == *id => (Verdict::Right, Some(hit.id.clone())),
        (Decision::Answer(hit), _) => (Verdict::Wrong, Some(hit.id.clone())),
        (Decision::AskBack(hits), Some(id)) => {
            let offered = hits.iter().any(|hit| hit.id == *id);
            let verdict = if offered { Verdict::AskedBack } else { Verdict::AskedBackAstray };
            (verdict, hits.first().map(|hit| hit.id.clone()))
        }
        (Decision::Nothing, Some(_)) => (Verdict::Unanswered, None),
        (Decision::AskBack(_) | Decision::Nothing, None) => (Verdict::Right, None),
    }
}
