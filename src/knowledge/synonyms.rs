//! Words that mean the same, and words that say little: data that the host may edit.

use std::path::Path;

use serde::Deserialize;
use std::collections::BTreeMap;

use super::load::{ARTICLE_MAX_BYTES, LoadError};
use crate::conversation::Language;
use crate::quote::quote;

/// The name of the file in the directory of the articles.
pub const SYNONYMS_FILE: &str = "synonyms.toml";

/// The tables of both languages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    #[serde(default)]
    en: Synonyms,
    #[serde(default)]
    zh: Synonyms,
}

/// The table of one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Synonyms {
    /// Words that say almost nothing about the subject: "the", "please".
    #[serde(default)]
    pub stop: Vec<String>,
    /// Words that say a little: "what", "want".
    #[serde(default)]
    pub weak: Vec<String>,
    /// Words of other subjects: they speak against every article that has not got them.
    #[serde(default)]
    pub foreign: Vec<String>,
    /// A meaning and the words or phrases for it.
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<String>>,
}

impl Tables {
    /// Reads the file; a missing one is an empty table.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Read { path: path.to_owned(), source };
        let bytes = match std::fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error)),
        };
        if bytes > ARTICLE_MAX_BYTES {
            let what = format!("{bytes} bytes, and {ARTICLE_MAX_BYTES} are allowed; keep fewer synonyms");
            return Err(LoadError::TooMuch { path: path.to_owned(), what });
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            LoadError::Text { path: path.to_owned(), line, what: quote(error.message()) }
        })
    }

    /// The table of a language.
    pub fn of(&self, language: Language) -> &Synonyms {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_table_is_empty_and_a_broken_one_names_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(SYNONYMS_FILE);
        assert!(Tables::load(&path).unwrap().of(Language::En).groups.is_empty());
        std::fs::write(&path, "[en]\nstop = [\"the\"]\nstopp = []\n").unwrap();
        let error = Tables::load(&path).unwrap_err().to_string();
        assert!(error.contains("synonyms.toml:3: "), "{error}");
    }
}
