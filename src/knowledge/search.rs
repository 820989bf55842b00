//! Ranks the articles for one question.

use super::decide::{self, Decision, Evidence};
use super::fuzzy::{self, Spelling};
use super::index::{Index, trigrams};
use super::load::KnowledgeBase;
use crate::conversation::Language;

/// A longer question is cut here, in characters.
pub const QUERY_MAX_CHARS: usize = 400;
/// How many articles a ranking lists.
pub const HITS_MAX: usize = 5;

/// What each view of the question adds to an article's score.
const WORDS_SHARE: f32 = 0.45;
const PHRASING_SHARE: f32 = 0.4;
const LETTERS_SHARE: f32 = 0.15;
/// From this likeness of letters on, the question is the phrasing itself; it then scores at least so much.
const SAME_FROM: f32 = 0.995;
const SAME_SCORE: f32 = 0.9;
/// From this likeness on, a misheard word is mended before phrases are looked for.
const MEND_MIN: f32 = 0.84;
/// A term that fits an article at least so well is mentioned by it: one listed question has it.
const MENTIONED_FROM: f32 = 0.5;
/// A word that the articles have may have been another one all the same: what its neighbours then count.
const ECHO_TRUST: f32 = 0.5;
/// Two neighbouring words are tried as one ("wall it") when they have at least this many letters together.
const JOINED_LETTERS_MIN: usize = 5;

/// An article and how well it fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub id: String,
    /// 0 to 1: how much of the question the article explains. Comparable between questions.
    pub score: f32,
    /// 0 to 1: how likely this article is what the visitor wants.
    pub confidence: f32,
}

/// The articles for a question, best first, and what to do with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// At most [`HITS_MAX`].
    pub hits: Vec<Hit>,
    pub decision: Decision,
}

impl KnowledgeBase {
    /// Ranks the articles of a language for what a visitor said or typed. Longer texts are cut at [`QUERY_MAX_CHARS`].
    pub fn search(&self, text: &str, language: Language) -> Ranked {
        self.search_heard(text, language, 1.0)
    }

    /// The same for a transcript of this certainty, 0 to 1: the less certain, the sooner one asks back instead of answering.
    pub fn search_heard(&self, text: &str, language: Language, certainty: f32) -> Ranked {
        let shelf = self.shelf(language);
        let scored = score(&shelf.index, text);
        let article = |number: usize| shelf.articles.get(number);
        decide::decide(&scored, language, certainty, article)
    }
}

/// A term of the question: what it weighs, and the terms of the index that it may stand for.
struct Asked {
    mass: f32,
    foreign: bool,
    /// Term numbers and how much a match counts, the surest first.
    matches: Vec<(usize, f32)>,
}

/// Scores of all articles that have anything of the question, best first.
pub(super) fn score(index: &Index, text: &str) -> Vec<Evidence> {
    let text: String = text.chars().take(QUERY_MAX_CHARS).collect();
    let asked = ask(index, &text);
    let total: f32 = asked.iter().map(|asked| asked.mass).sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let Words { explained: words, covered, foreign, strange } = by_words(index, &asked, total);
    let phrasing = by_phrasing(index, &asked, total);
    let letters = by_letters(index, &text);
    let mut scored: Vec<Evidence> = (0..index.articles)
        .filter_map(|article| {
            let of = |scores: &[f32]| scores.get(article).copied().unwrap_or(0.0);
            let (words, phrasing, letters) = (of(&words), of(&phrasing), of(&letters));
            let mixed = WORDS_SHARE * words + PHRASING_SHARE * phrasing + LETTERS_SHARE * letters;
            let covered = of(&covered);
            // "Hi, I lost my bag" is not about the greeting: small talk must be all that was said.
            let mixed = if index.small_talk.get(article) == Some(&true) { mixed * covered } else { mixed };
            // Who says just what an article lists gets that article, whatever else has the same words.
            let score = if letters > SAME_FROM { SAME_SCORE + (1.0 - SAME_SCORE) * mixed } else { mixed };
            let foreign = of(&foreign);
            let mass = total;
            (score > 0.0).then_some(Evidence {
                article,
                score,
                words,
                phrasing,
                letters,
                covered,
                foreign,
                strange,
                mass,
            })
        })
        .collect();
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article)));
    scored
}

fn ask(index: &Index, text: &str) -> Vec<Asked> {
    let units = index.analyzer.units(text);
    let mut mended = units.clone();
    let mut guesses: Vec<Vec<(usize, f32)>> = vec![Vec::new(); units.len()];
    for (at, unit) in units.iter().enumerate() {
        let trust = match index.terms.contains_key(unit) {
            true if index.analyzer.is_slight(unit) => continue,
            true => ECHO_TRUST,
            false if index.analyzer.is_known(unit) => continue,
            false => 1.0,
        };
        let found = fuzzy::neighbours(unit, &index.spellings);
        if trust == 1.0
            && let (Some(slot), Some(&(id, like))) = (mended.get_mut(at), found.first())
            && like >= MEND_MIN
            && let Some(word) = spelled(&index.spellings, id)
        {
            word.clone_into(slot);
        }
        if let Some(slot) = guesses.get_mut(at) {
            *slot = found.into_iter().map(|(id, like)| (id, trust * fuzzy::strength(like))).collect();
        }
    }
    let mut asked: Vec<Asked> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for term in index.analyzer.weigh(&units, &mended) {
        if term.hidden || seen.contains(&term.text) {
            continue;
        }
        let names =
            std::iter::once((&term.text, 1.0)).chain(term.aliases.iter().map(|(name, trust)| (name, *trust)));
        let mut matches: Vec<(usize, f32)> =
            names.filter_map(|(name, trust)| Some((*index.terms.get(name)?, trust))).collect();
        let rarity = matches.first().and_then(|&(id, _)| index.rarity.get(id)).copied();
        let rarity = rarity.unwrap_or(index.rarity_unknown);
        let place = units.iter().position(|unit| *unit == term.text);
        matches.extend(place.and_then(|place| guesses.get(place)).into_iter().flatten());
        asked.push(Asked { mass: term.weight * rarity, foreign: term.foreign, matches });
        seen.push(term.text);
    }
    asked.extend(joined(index, &units));
    asked
}

fn spelled(spellings: &[Spelling], id: usize) -> Option<&str> {
    spellings.iter().find(|spelling| spelling.id == id).map(|spelling| spelling.text.as_str())
}

/// Pairs of words that together sound like one: they add evidence and no weight of their own.
fn joined<'a>(index: &'a Index, units: &'a [String]) -> impl Iterator<Item = Asked> + 'a {
    units.windows(2).filter_map(|pair| {
        let [first, second] = pair else { return None };
        let both_known = index.terms.contains_key(first) && index.terms.contains_key(second);
        let word = format!("{first}{second}");
        if !word.is_ascii() || word.len() < JOINED_LETTERS_MIN {
            return None;
        }
        let (id, like) = match index.terms.get(&word) {
            Some(&id) => (id, 1.0),
            None if both_known => return None,
            None => fuzzy::neighbours(&word, &index.spellings).first().copied()?,
        };
        let rarity = index.rarity.get(id).copied()?;
        (like >= MEND_MIN).then(|| Asked {
            mass: rarity * 0.5,
            foreign: false,
            matches: vec![(id, fuzzy::strength(like))],
        })
    })
}

/// What the fields of the articles explain of the question's mass, 0 to 1.
struct Words {
    /// By article: how well its fields explain the question.
    explained: Vec<f32>,
    /// By article: how much of the question it mentions at all.
    covered: Vec<f32>,
    /// By article: how much of the question is about other subjects and not mentioned by it.
    foreign: Vec<f32>,
    /// How much of the rest of the question no article mentions.
    strange: f32,
}

fn by_words(index: &Index, asked: &[Asked], total: f32) -> Words {
    let nothing = vec![0.0_f32; index.articles];
    let mut words = Words {
        explained: nothing.clone(),
        covered: nothing.clone(),
        foreign: nothing.clone(),
        strange: 0.0,
    };
    let mut best = nothing;
    for term in asked {
        best.fill(0.0);
        for &(id, strength) in &term.matches {
            for &(article, fit) in index.in_articles.get(id).into_iter().flatten() {
                if let Some(slot) = best.get_mut(article) {
                    *slot = slot.max(strength * fit);
                }
            }
        }
        let share = term.mass / total;
        let mut mentioned = 0.0_f32;
        let tallies = words.explained.iter_mut().zip(&mut words.covered).zip(&mut words.foreign);
        for (((explained, covered), foreign), &best) in tallies.zip(&best) {
            let mention = (best / MENTIONED_FROM).min(1.0);
            *explained += share * best;
            *covered += share * mention;
            *foreign += if term.foreign { share * (1.0 - mention) } else { 0.0 };
            mentioned = mentioned.max(mention);
        }
        words.strange += if term.foreign { 0.0 } else { share * (1.0 - mentioned) };
    }
    words
}

/// The likeness to the nearest phrasing: the harmonic mean of what it explains of the question and the question of it.
fn by_phrasing(index: &Index, asked: &[Asked], total: f32) -> Vec<f32> {
    let mut explained = vec![(0.0_f32, 0.0_f32); index.phrasings.len()];
    for term in asked {
        // One word of the question matches one term of a phrasing: the first, which is the likest.
        let mut done: Vec<usize> = Vec::new();
        for &(id, strength) in &term.matches {
            for &(phrasing, mass) in index.in_phrasings.get(id).into_iter().flatten() {
                if term.matches.len() > 1 {
                    if done.contains(&phrasing) {
                        continue;
                    }
                    done.push(phrasing);
                }
                if let Some(slot) = explained.get_mut(phrasing) {
                    slot.0 += term.mass * strength;
                    slot.1 += mass * strength;
                }
            }
        }
    }
    let mut scores = vec![0.0_f32; index.articles];
    for (phrasing, (of_question, of_phrasing)) in index.phrasings.iter().zip(explained) {
        if of_question <= 0.0 || phrasing.mass <= 0.0 {
            continue;
        }
        let precision = (of_question / total).min(1.0);
        let recall = (of_phrasing / phrasing.mass).min(1.0);
        let likeness = phrasing.trust * 2.0 * precision * recall / (precision + recall);
        if let Some(slot) = scores.get_mut(phrasing.article) {
            *slot = slot.max(likeness);
        }
    }
    scores
}

/// The cosine of trigram vectors with the nearest phrasing.
fn by_letters(index: &Index, text: &str) -> Vec<f32> {
    let rarity_unknown = (1.0 + index.phrasings.len() as f32).ln();
    let mut common = vec![0.0_f32; index.phrasings.len()];
    let mut norm = 0.0;
    for trigram in trigrams(&index.analyzer.sound(text)) {
        match index.trigrams.get(&trigram) {
            Some((rarity, list)) => {
                norm += rarity * rarity;
                for &phrasing in list {
                    if let Some(slot) = common.get_mut(phrasing) {
                        *slot += rarity * rarity;
                    }
                }
            }
            None => norm += rarity_unknown * rarity_unknown,
        }
    }
    let norm = norm.sqrt();
    let mut scores = vec![0.0_f32; index.articles];
    for (phrasing, common) in index.phrasings.iter().zip(common) {
        if let Some(slot) = scores.get_mut(phrasing.article)
            && phrasing.norm > 0.0
            && norm > 0.0
        {
            *slot = slot.max(phrasing.trust * common / (norm * phrasing.norm));
        }
    }
    scores
}
