//! Questions with known answers, from a file.
//!
//! ```toml
//! language = "en"
//! # Questions that no article answers.
//! foreign = ["what is the weather in paris"]
//!
//! # Questions by the id of the article that answers them.
//! [expect]
//! wallet-what = ["what exactly is this wallet thing"]
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use super::evaluate::Case;
use super::load::KnowledgeBase;
use crate::conversation::Language;

/// The most questions of one file.
pub const CASES_MAX: usize = 20_000;

/// Why a file of questions cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// With line and column.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("there is no article `{id}` in the language of this file: mend its name under [expect]")]
    NoArticle { id: String },
    #[error("no questions are in this file: list some under [expect] or as `foreign`")]
    Empty,
    #[error("{count} questions are too many: at most {CASES_MAX} can be evaluated at once")]
    TooMany { count: usize },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Language,
    #[serde(default)]
    foreign: Vec<String>,
    #[serde(default)]
    expect: BTreeMap<String, Vec<String>>,
}

/// Reads a file of questions, in its order of articles; those of other subjects come last.
pub fn cases(text: &str, base: &KnowledgeBase) -> Result<Vec<Case>, CasesError> {
    let File { language, foreign, expect } = toml::from_str(text)?;
    let mut cases = Vec::new();
    for (id, texts) in expect {
        if base.article(&id, language).is_none() {
            return Err(CasesError::NoArticle { id });
        }
        cases.extend(texts.into_iter().map(|text| Case { text, language, expect: Some(id.clone()) }));
    }
    cases.extend(foreign.into_iter().map(|text| Case { text, language, expect: None }));
    match cases.len() {
        0 => Err(CasesError::Empty),
        count if count > CASES_MAX => Err(CasesError::TooMany { count }),
        _ => Ok(cases),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_fault_is_told_with_its_place() {
        let base =
            KnowledgeBase::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/knowledge"))).unwrap();
        let fault = |text: &str| cases(text, &base).unwrap_err().to_string();
        assert!(fault("language = \"en\"\nexpct = 1").contains("line 2"), "{}", fault("expct = 1"));
        assert!(fault("language = \"en\"\n[expect]\nno-such = [\"x\"]").contains("no-such"));
        assert!(fault("language = \"en\"").contains("[expect]"));
        let two = "language = \"en\"\nforeign = [\"a\"]\n[expect]\nwallet-what = [\"b\"]";
        let read = cases(two, &base).unwrap();
        assert_eq!(
            read.iter().map(|case| case.expect.as_deref()).collect::<Vec<_>>(),
            [Some("wallet-what"), None]
        );
    }
}
