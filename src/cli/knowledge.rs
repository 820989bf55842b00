//! `avatardesk knowledge`: check the articles, search them, count how well that goes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::common::{Common, load_scene, read_text};
use crate::config::Settings;
use crate::conversation::Language;
use crate::knowledge::{self, Case, Decision, KnowledgeBase, Report};

#[derive(Debug, Args)]
pub struct Knowledge {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check the articles: ids, translations, lengths, parts for experts, questions that lead elsewhere
    Check,
    /// What the search finds for a question
    Search {
        question: String,
        /// en or zh
        #[arg(long, default_value = "en", value_parser = language)]
        lang: Language,
    },
    /// Ask all questions of a file whose answers are known, and count
    Eval {
        /// Such as assets/evaluation/questions-en.toml
        file: PathBuf,
        /// Also show each question that was not answered right
        #[arg(long)]
        show: bool,
    },
}

impl Knowledge {
    pub fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings()?;
        match &self.what {
            What::Check => {
                let dir = settings.assets.join(load_scene(&settings)?.knowledge);
                let findings = knowledge::check(&dir)?;
                for finding in &findings {
                    println!("{finding}");
                }
                println!("{}: {} finding(s)", dir.display(), findings.len());
                Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            What::Search { question, lang } => {
                let base = load(&settings)?;
                let ranked = base.search(question, *lang);
                match &ranked.decision {
                    Decision::Answer(hit) => println!("answer: {}", hit.id),
                    Decision::AskBack(hits) => {
                        let ids: Vec<_> = hits.iter().map(|hit| hit.id.as_str()).collect();
                        println!("ask back: {}", ids.join(", "));
                    }
                    Decision::Nothing => println!("nothing found"),
                }
                for hit in &ranked.hits {
                    println!("{:<24} score {:.3} confidence {:.3}", hit.id, hit.score, hit.confidence);
                }
                Ok(ExitCode::SUCCESS)
            }
            What::Eval { file, show } => {
                let base = load(&settings)?;
                evaluate(&base, file, *show)
            }
        }
    }
}

/// Counts how the questions of a file are answered.
fn evaluate(base: &KnowledgeBase, file: &Path, show: bool) -> Result<ExitCode> {
    let text = read_text(file, "knowledge eval FILE")?;
    let cases = knowledge::cases(&text, base).with_context(|| file.display().to_string())?;
    let (own, foreign): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(|case| case.expect.is_some());
    let (own, foreign) = (knowledge::evaluate(base, &own), knowledge::evaluate(base, &foreign));
    if show {
        for failure in own.failures.iter().chain(&foreign.failures) {
            let (wanted, got) = (failure.case.expect.as_deref(), failure.got.as_deref());
            println!(
                "{:?} ({:.2}): {} | wanted {}, got {}",
                failure.verdict,
                failure.confidence,
                failure.case.text,
                wanted.unwrap_or("nothing"),
                got.unwrap_or("nothing"),
            );
        }
    }
    println!("{own}");
    let refused = |report: &Report| 100.0 * report.share(report.right);
    println!("{} of other subjects: {:.1} % not answered", foreign.cases, refused(&foreign));
    Ok(ExitCode::SUCCESS)
}

/// Loads the articles that the scene names.
pub fn load(settings: &Settings) -> Result<Arc<KnowledgeBase>> {
    let dir = settings.assets.join(load_scene(settings)?.knowledge);
    let base = KnowledgeBase::load(&dir).with_context(|| format!("the articles in {}", dir.display()))?;
    Ok(Arc::new(base))
}

/// Reads `en` or `zh`.
pub fn language(text: &str) -> Result<Language, String> {
    match text {
        "en" => Ok(Language::En),
        "zh" => Ok(Language::Zh),
        other => Err(format!("`{other}` is not a language here: en or zh")),
    }
}
