//! The held-out questions: none is a phrasing of an article, none was used to set a weight or a threshold.

use anyhow::{Context, Result};

/// A question and the article that answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    pub article: String,
}

/// All English ones, in the order of the file.
pub fn english() -> Result<Vec<Question>> {
    let table: toml::Table = toml::from_str(include_str!("../../assets/evaluation/questions-en.toml"))?;
    let lists =
        table.get("expect").and_then(toml::Value::as_table).context("no [expect] in the questions")?;
    let mut questions = Vec::new();
    for (article, texts) in lists {
        for text in texts.as_array().context("a list of questions")? {
            let text = text.as_str().context("a question")?.to_owned();
            questions.push(Question { text, article: article.clone() });
        }
    }
    Ok(questions)
}

/// `count` of them, spread evenly over the file.
pub fn spread(questions: &[Question], count: usize) -> Vec<Question> {
    let count = count.clamp(1, questions.len().max(1));
    (0..count).filter_map(|n| questions.get(n * questions.len() / count)).cloned().collect()
}
