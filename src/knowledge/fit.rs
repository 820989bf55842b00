//! What the confidence was fitted with, and how: each listed question searched with itself left out.
//!
//! `cargo test --no-default-features --lib knowledge::fit -- --ignored --nocapture` prints one line per case:
//! language, the article wanted (`-` for none), the article found, the text, the features of [`super::decide::features`], the transcript's certainty
//! (`clear` for a text that nobody had to hear). English questions are misheard by the embedded model itself
//! (`tests/data/heard-en.tsv`, made by `training/speech/heard.py`), Chinese ones by a simulation.
//! A logistic regression over "found is wanted" gives the constants there.

use std::collections::HashMap;
use std::path::Path;

use super::decide::{Evidence, features};
use super::index::Index;
use super::load::KnowledgeBase;
use super::mishear::{Dice, Recogniser};
use super::search::score;
use super::synonyms::{SYNONYMS_FILE, Tables};
use crate::conversation::Language;

const ARTICLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/knowledge");
const DEVELOPMENT: &str = include_str!("../../tests/data/development.toml");

/// Every question is also tried with so many of a hundred of its words misheard.
const MISHEARD_PERCENT: usize = 15;

/// What the embedded model heard: by what was said, the transcript and its certainty.
fn heard(language: Language) -> HashMap<&'static str, (&'static str, f32)> {
    if language != Language::En {
        return HashMap::new();
    }
    let lines = include_str!("../../tests/data/heard-en.tsv").lines();
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            (columns[1], (columns[2], columns[3].parse().unwrap()))
        })
        .collect()
}

/// A searched question: the id wanted, if any, and what was found, best first.
struct Tried {
    text: String,
    /// Of the transcript; none for a text that nobody had to hear.
    certainty: Option<f32>,
    wanted: Option<String>,
    found: Vec<(String, Evidence)>,
}

fn left_out(language: Language, every: usize) -> Vec<Tried> {
    let dir = Path::new(ARTICLES);
    let base = KnowledgeBase::load(dir).unwrap();
    let tables = Tables::load(&dir.join(SYNONYMS_FILE)).unwrap();
    let articles = base.articles(language);
    let named = |scored: Vec<Evidence>| -> Vec<(String, Evidence)> {
        scored.into_iter().take(3).map(|e| (articles[e.article].id.clone(), e)).collect()
    };
    let mut tried = Vec::new();
    let heard = heard(language);
    let questions = articles.iter().enumerate().flat_map(|(number, article)| {
        article.questions.iter().enumerate().map(move |(place, text)| (number, place, text))
    });
    let recogniser = Recogniser::new(&base, language, []);
    let mut dice = Dice(7);
    for (number, place, text) in questions.step_by(every) {
        let index = Index::build_without(articles, tables.of(language), language, Some((number, place)));
        let wanted = Some(articles[number].id.clone());
        let mut simulated = || (recogniser.mishear(text, MISHEARD_PERCENT, &mut dice), 0.85);
        let misheard = match language {
            Language::En => heard.get(text.as_str()).map(|(text, sure)| ((*text).to_owned(), *sure)),
            Language::Zh => Some(simulated()),
        };
        let misheard = misheard.map(|(text, sure)| (text, Some(sure)));
        for (text, certainty) in [(text.clone(), None)].into_iter().chain(misheard) {
            let found = named(score(&index, &text));
            tried.push(Tried { text, certainty, wanted: wanted.clone(), found });
        }
    }
    let index = Index::build_without(articles, tables.of(language), language, None);
    let data: toml::Table = toml::from_str(DEVELOPMENT).unwrap();
    let texts = |value: &toml::Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let ours = data["in_domain"][language.tag()].as_table().unwrap().iter();
    let ours = ours.flat_map(|(id, list)| texts(list).into_iter().map(|text| (Some(id.clone()), text)));
    let foreign = texts(&data["out_of_domain"][language.tag()]).into_iter().map(|text| (None, text));
    for (wanted, text) in ours.chain(foreign) {
        let misheard = heard.get(text.as_str()).map(|(text, sure)| ((*text).to_owned(), Some(*sure)));
        for (text, certainty) in [(text.clone(), None)].into_iter().chain(misheard) {
            let found = named(score(&index, &text));
            tried.push(Tried { text, certainty, wanted: wanted.clone(), found });
        }
    }
    tried
}

#[test]
#[cfg_attr(not(feature = "voice"), ignore = "reckons for long: the tests of a full build run it")]
fn a_question_left_out_is_mostly_found_by_the_others() {
    for language in [Language::En, Language::Zh] {
        let tried: Vec<Tried> = left_out(language, 7)
            .into_iter()
            .filter(|t| t.wanted.is_some() && t.certainty.is_none())
            .collect();
        let first = |t: &&Tried| t.found.first().map(|(id, _)| id) == t.wanted.as_ref();
        let right = tried.iter().filter(first).count();
        assert!(right * 100 >= tried.len() * 70, "{language:?}: {right} of {}", tried.len());
    }
}

#[test]
#[ignore = "prints the features for a fit; see the module"]
fn print_features() {
    for language in [Language::En, Language::Zh] {
        for tried in left_out(language, 1) {
            let wanted = tried.wanted.as_deref().unwrap_or("-");
            let heard = tried.certainty.map_or("clear".to_owned(), |sure| sure.to_string());
            let Some((id, best)) = tried.found.first() else {
                println!("{}\t{wanted}\t-\t{}\t0 0 0 0 0 0 0 0 0\t{heard}", language.tag(), tried.text);
                continue;
            };
            let features = features(best, tried.found.get(1).map(|(_, second)| second));
            let numbers: Vec<String> = features.iter().map(|f| format!("{f:.4}")).collect();
            println!("{}\t{wanted}\t{id}\t{}\t{}\t{heard}", language.tag(), tried.text, numbers.join(" "));
        }
    }
}
