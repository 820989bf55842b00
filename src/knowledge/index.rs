//! The index of one language: terms, phrasings and trigrams, built once.

use std::collections::HashMap;

use super::analyze::Analyzer;
use super::article::Article;
use super::fuzzy::Spelling;
use super::synonyms::Synonyms;
use crate::conversation::Language;

/// What an occurrence in a field counts (BM25F: Robertson, Zaragoza and Taylor 2004, with lengths left alone,
/// since a longer list of phrasings is no weaker evidence).
const TITLE_WEIGHT: f32 = 1.5;
const QUESTION_WEIGHT: f32 = 1.0;
const KEYWORD_WEIGHT: f32 = 1.5;
const SPOKEN_WEIGHT: f32 = 0.5;
const DETAIL_WEIGHT: f32 = 0.3;
/// How fast further occurrences stop adding.
const SATURATION: f32 = 0.8;
/// What a word in the text alone counts against one in front, in the number of articles that have a term.
const TEXT_SHARE: f32 = 0.4;
/// A keyword is a weaker phrasing than a question.
const KEYWORD_TRUST: f32 = 0.85;

pub(super) type Trigram = [char; 3];

/// A phrasing of an article: a listed question, its title or a keyword.
#[derive(Debug)]
pub(super) struct Phrasing {
    pub article: usize,
    /// The sum of its terms' masses.
    pub mass: f32,
    /// The length of its trigram vector.
    pub norm: f32,
    /// How much a full likeness to it counts.
    pub trust: f32,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Index {
    pub analyzer: Analyzer,
    pub articles: usize,
    /// By article: whether it is small talk.
    pub small_talk: Vec<bool>,
    /// From a term to its number.
    pub terms: HashMap<String, usize>,
    /// Rarity of each term, in nats.
    pub rarity: Vec<f32>,
    /// The rarity of a term that no article has.
    pub rarity_unknown: f32,
    /// By term: articles and how well the term describes each, 0 to 1.
    pub in_articles: Vec<Vec<(usize, f32)>>,
    /// By term: phrasings and the term's mass in each.
    pub in_phrasings: Vec<Vec<(usize, f32)>>,
    pub phrasings: Vec<Phrasing>,
    /// By trigram: its rarity and the phrasings that have it.
    pub trigrams: HashMap<Trigram, (f32, Vec<usize>)>,
    /// English words that a misheard one may have been.
    pub spellings: Vec<Spelling>,
}

impl Index {
    pub fn build(articles: &[Article], synonyms: Synonyms) -> Self {
        let language = articles.first().map(|article| article.language).unwrap_or_default();
        Self::build_without(articles, &synonyms, language, None)
    }

    /// Leaves one question out of one article, to see whether the others find it.
    pub fn build_without(
        articles: &[Article],
        synonyms: &Synonyms,
        language: Language,
        left_out: Option<(usize, usize)>,
    ) -> Self {
        let mut index = Self {
            analyzer: Analyzer::new(language, synonyms),
            articles: articles.len(),
            small_talk: articles.iter().map(Article::is_small_talk).collect(),
            terms: HashMap::new(),
            rarity: Vec::new(),
            rarity_unknown: 0.0,
            in_articles: Vec::new(),
            in_phrasings: Vec::new(),
            phrasings: Vec::new(),
            trigrams: HashMap::new(),
            spellings: Vec::new(),
        };
        let mut spread: Vec<f32> = Vec::new();
        let mut texts: Vec<(usize, String, f32)> = Vec::new();
        for (number, article) in articles.iter().enumerate() {
            let mut counts: HashMap<usize, (f32, bool)> = HashMap::new();
            let mut count = |index: &mut Self, text: &str, weight: f32, front: bool| {
                for term in index.analyzer.terms(text) {
                    for name in
                        std::iter::once(term.text).chain(term.aliases.into_iter().map(|(name, _)| name))
                    {
                        let slot = counts.entry(index.term(name)).or_insert((0.0, false));
                        slot.0 += weight;
                        slot.1 |= front;
                    }
                }
            };
            count(&mut index, &article.title, TITLE_WEIGHT, true);
            texts.push((number, article.title.clone(), 1.0));
            for (place, question) in article.questions.iter().enumerate() {
                if left_out != Some((number, place)) {
                    count(&mut index, question, QUESTION_WEIGHT, true);
                    texts.push((number, question.clone(), 1.0));
                }
            }
            for keyword in &article.keywords {
                count(&mut index, keyword, KEYWORD_WEIGHT, true);
                texts.push((number, keyword.clone(), KEYWORD_TRUST));
            }
            count(&mut index, &article.spoken, SPOKEN_WEIGHT, false);
            count(&mut index, &article.detail, DETAIL_WEIGHT, false);
            spread.resize(index.terms.len(), 0.0);
            for (id, (frequency, front)) in counts {
                if let Some(list) = index.in_articles.get_mut(id) {
                    list.push((number, frequency / (SATURATION + frequency)));
                }
                if let Some(slot) = spread.get_mut(id) {
                    *slot += if front { 1.0 } else { TEXT_SHARE };
                }
            }
        }
        let total = articles.len() as f32;
        let rarity = |spread: f32| (1.0 + (total - spread + 0.5) / (spread + 0.5)).ln();
        index.rarity = spread.iter().map(|&spread| rarity(spread)).collect();
        // A word that no article has is as telling as one that a single article has.
        index.rarity_unknown = rarity(1.0);
        for (article, text, trust) in texts {
            index.add_phrasing(article, &text, trust);
        }
        index.finish_trigrams();
        index.list_spellings();
        index
    }

    fn term(&mut self, text: String) -> usize {
        let next = self.terms.len();
        let id = *self.terms.entry(text).or_insert(next);
        if id == next {
            self.in_articles.push(Vec::new());
            self.in_phrasings.push(Vec::new());
        }
        id
    }

    fn add_phrasing(&mut self, article: usize, text: &str, trust: f32) {
        let number = self.phrasings.len();
        let mut masses: HashMap<usize, f32> = HashMap::new();
        let mut aliases: HashMap<usize, f32> = HashMap::new();
        for term in self.analyzer.terms(text) {
            let id = self.term(term.text);
            let mass = term.weight * self.rarity.get(id).copied().unwrap_or(self.rarity_unknown);
            let slot = if term.hidden { &mut aliases } else { &mut masses }.entry(id).or_insert(0.0);
            *slot = slot.max(mass);
            for (name, _) in term.aliases {
                let slot = aliases.entry(self.term(name)).or_insert(0.0);
                *slot = slot.max(mass);
            }
        }
        // What a phrasing may be found by adds nothing to what it says.
        let mass = masses.values().sum();
        for (id, mass) in masses.into_iter().chain(aliases) {
            if let Some(list) = self.in_phrasings.get_mut(id) {
                list.push((number, mass));
            }
        }
        for trigram in trigrams(&self.analyzer.sound(text)) {
            self.trigrams.entry(trigram).or_insert((0.0, Vec::new())).1.push(number);
        }
        self.phrasings.push(Phrasing { article, mass, norm: 0.0, trust });
    }

    fn finish_trigrams(&mut self) {
        let total = self.phrasings.len() as f32;
        for (rarity, list) in self.trigrams.values_mut() {
            *rarity = (1.0 + total / list.len() as f32).ln();
            for &number in list.iter() {
                if let Some(phrasing) = self.phrasings.get_mut(number) {
                    phrasing.norm += *rarity * *rarity;
                }
            }
        }
        for phrasing in &mut self.phrasings {
            phrasing.norm = phrasing.norm.sqrt();
        }
    }

    fn list_spellings(&mut self) {
        self.spellings = self
            .terms
            .iter()
            .filter(|(text, _)| text.chars().all(|c| c.is_ascii_alphabetic()))
            .map(|(text, &id)| Spelling::new(text, id))
            .collect();
        // The order of a map is random; answers must not be.
        self.spellings.sort_by(|a, b| a.text.cmp(&b.text));
    }
}

/// The different trigrams of a text, with a space before and after it.
pub(super) fn trigrams(text: &str) -> Vec<Trigram> {
    let padded: Vec<char> = std::iter::once(' ').chain(text.chars()).chain(std::iter::once(' ')).collect();
    let mut all: Vec<Trigram> =
        padded.windows(3).filter_map(|window| <Trigram>::try_from(window).ok()).collect();
    all.sort_unstable();
    all.dedup();
    all
}
