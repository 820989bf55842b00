//! The search: any question to the articles that are shipped.

use std::path::Path;
use std::sync::OnceLock;

use avatardesk::conversation::Language;
use avatardesk::knowledge::{
    CANDIDATES_MAX, Decision, HITS_MAX, Hit, KnowledgeBase, QUERY_MAX_CHARS, Ranked,
};

use super::{Law, hold};

pub fn check(data: &[u8], _: &Path) -> Law {
    static BASE: OnceLock<Result<KnowledgeBase, String>> = OnceLock::new();
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    let folder = Path::new(crate::ROOT).join("assets/knowledge");
    let base = BASE.get_or_init(|| KnowledgeBase::load(&folder).map_err(|e| e.to_string()));
    let base = base.as_ref().map_err(Clone::clone)?;
    for language in [Language::En, Language::Zh] {
        let ranked = base.search(text, language);
        laws(base, language, &ranked)?;
        if text.chars().count() > QUERY_MAX_CHARS {
            let cut: String = text.chars().take(QUERY_MAX_CHARS).collect();
            hold!(base.search(&cut, language) == ranked, "what is cut away of {text:?} counts");
        }
    }
    Ok(())
}

/// A ranking has few articles that exist, the best first, with figures from 0 to 1, and decides for one of them.
pub fn laws(base: &KnowledgeBase, language: Language, ranked: &Ranked) -> Law {
    let hits = &ranked.hits;
    hold!(hits.len() <= HITS_MAX, "{} hits", hits.len());
    for hit in hits {
        let within = |n: f32| (0.0..=1.0).contains(&n);
        hold!(within(hit.score) && within(hit.confidence), "{hit:?} is not from 0 to 1");
        hold!(base.article(&hit.id, language).is_some(), "there is no {}", hit.id);
    }
    hold!(hits.is_sorted_by(|a, b| a.score >= b.score), "{hits:?} are not sorted");
    let chosen: &[Hit] = match &ranked.decision {
        Decision::Answer(hit) => std::slice::from_ref(hit),
        Decision::AskBack(hits) => hits,
        Decision::Nothing => return Ok(()),
    };
    hold!((1..=CANDIDATES_MAX).contains(&chosen.len()), "{} are offered", chosen.len());
    hold!(chosen.iter().all(|c| hits.contains(c)), "{chosen:?} are not among {hits:?}");
    Ok(())
}
