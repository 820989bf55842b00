//! `avatardesk knowledge`: check the articles, search them.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::common::{Common, load_scene};
use crate::config::Settings;
use crate::conversation::Language;
use crate::knowledge::{self, Decision, KnowledgeBase};

#[derive(Debug, Args)]
pub struct Knowledge {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check the articles: ids, translations, lengths, questions that lead elsewhere
    Check,
    /// What the search finds for a question
    Search {
        question: String,
        /// en or zh
        #[arg(long, default_value = "en", value_parser = language)]
        lang: Language,
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
        }
    }
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
