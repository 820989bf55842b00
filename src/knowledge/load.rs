//! Loads the articles of a directory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::article::Article;
use super::index::Index;
use super::synonyms::{SYNONYMS_FILE, Synonyms, Tables};
use crate::conversation::Language;
use crate::quote::quote;

/// A directory with more articles in one language is refused.
pub const ARTICLES_MAX: usize = 2_000;
/// A larger file is refused, in bytes.
pub const ARTICLE_MAX_BYTES: u64 = 64 * 1024;

/// Why a knowledge base cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or a directory cannot be read.
    #[error("{path} cannot be read: {source}; check that it exists and that this user may read it")]
    Read { path: PathBuf, source: std::io::Error },
    /// There is no article at all in one language.
    #[error("{path} has no articles: put at least one `.md` file there")]
    Empty { path: PathBuf },
    /// A file's text is not as it must be.
    #[error("{path}:{line}: {what}")]
    Text { path: PathBuf, line: usize, what: String },
    /// Two files have the same id.
    #[error("{path}: the id `{id}` is also that of {other}; give one of them another id")]
    Duplicate { path: PathBuf, id: String, other: PathBuf },
    /// A file's size, or their number, is over a bound.
    #[error("{path} is too much: {what}")]
    TooMuch { path: PathBuf, what: String },
}

/// Articles in both languages, ready to be searched.
#[derive(Debug)]
pub struct KnowledgeBase {
    en: Shelf,
    zh: Shelf,
}

/// The articles of one language.
#[derive(Debug)]
pub(super) struct Shelf {
    pub articles: Vec<Article>,
    pub by_id: HashMap<String, usize>,
    pub index: Index,
}

impl KnowledgeBase {
    /// Loads `dir/en/*.md`, `dir/zh/*.md` and, where there is one, `dir/synonyms.toml`, and builds the index.
    ///
    /// # Errors
    /// The first fault met, with its file and line.
    pub fn load(dir: &Path) -> Result<Self, LoadError> {
        let tables = Tables::load(&dir.join(SYNONYMS_FILE))?;
        let shelf = |language: Language| -> Result<Shelf, LoadError> {
            let read = read_articles(&dir.join(language.tag()), language)?;
            shelve(read, tables.of(language))
        };
        Ok(Self { en: shelf(Language::En)?, zh: shelf(Language::Zh)? })
    }

    /// All articles of a language, by id.
    pub fn articles(&self, language: Language) -> &[Article] {
        &self.shelf(language).articles
    }

    /// One article.
    pub fn article(&self, id: &str, language: Language) -> Option<&Article> {
        let shelf = self.shelf(language);
        shelf.by_id.get(id).and_then(|&number| shelf.articles.get(number))
    }

    pub(super) fn shelf(&self, language: Language) -> &Shelf {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

/// The articles of one directory with their paths, in order of file name.
pub(super) fn read_articles(dir: &Path, language: Language) -> Result<Vec<(PathBuf, Article)>, LoadError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| LoadError::Read { path, source }
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable(dir))? {
        let path = entry.map_err(unreadable(dir))?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
        if paths.len() > ARTICLES_MAX {
            let what = format!("more than {ARTICLES_MAX} articles; keep fewer in one directory");
            return Err(LoadError::TooMuch { path: dir.to_owned(), what });
        }
    }
    if paths.is_empty() {
        return Err(LoadError::Empty { path: dir.to_owned() });
    }
    paths.sort();
    let mut articles = Vec::with_capacity(paths.len());
    for path in paths {
        let bytes = std::fs::metadata(&path).map_err(unreadable(&path))?.len();
        if bytes > ARTICLE_MAX_BYTES {
            let what =
                format!("{bytes} bytes, and {ARTICLE_MAX_BYTES} are allowed; split it into two articles");
            return Err(LoadError::TooMuch { path, what });
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
        match Article::parse(&text, language) {
            Ok(article) => articles.push((path, article)),
            Err(fault) => return Err(LoadError::Text { path, line: fault.line, what: fault.what }),
        }
    }
    Ok(articles)
}

/// Refuses duplicates and builds the index.
fn shelve(read: Vec<(PathBuf, Article)>, synonyms: &Synonyms) -> Result<Shelf, LoadError> {
    let mut paths: HashMap<String, PathBuf> = HashMap::with_capacity(read.len());
    let mut articles = Vec::with_capacity(read.len());
    for (path, article) in read {
        if let Some(other) = paths.insert(article.id.clone(), path.clone()) {
            return Err(LoadError::Duplicate { path, id: quote(&article.id), other });
        }
        articles.push(article);
    }
    articles.sort_by(|a, b| a.id.cmp(&b.id));
    let by_id = articles.iter().enumerate().map(|(number, article)| (article.id.clone(), number)).collect();
    let index = Index::build(&articles, synonyms.clone());
    Ok(Shelf { articles, by_id, index })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Writes a small knowledge base: (language, id, questions, body).
    pub fn write(dir: &Path, articles: &[(&str, &str, &[&str], &str)]) {
        for language in ["en", "zh"] {
            std::fs::create_dir_all(dir.join(language)).unwrap();
        }
        for (language, id, questions, body) in articles {
            let text = format!(
                "+++\nid = {id:?}\ntitle = {id:?}\nquestions = {questions:?}\nkeywords = [{id:?}]\n+++\n\n{body}\n"
            );
            std::fs::write(dir.join(language).join(format!("{id}.md")), text).unwrap();
        }
    }

    const TWO: &[(&str, &str, &[&str], &str)] = &[
        ("en", "land", &["how do i buy land"], "Open the map."),
        ("en", "wallet", &["what is a wallet"], "An app."),
        ("zh", "land", &["怎么买地"], "打开地图。"),
        ("zh", "wallet", &["什么是钱包"], "一个应用。"),
    ];

    #[test]
    fn articles_are_found_by_id_in_both_languages() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), TWO);
        let base = KnowledgeBase::load(dir.path()).unwrap();
        assert_eq!(base.articles(Language::En).len(), 2);
        assert_eq!(base.article("wallet", Language::Zh).map(|a| a.spoken.as_str()), Some("一个应用。"));
        assert_eq!(base.article("boat", Language::En), None);
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        let dir = tempfile::tempdir().unwrap();
        let error = KnowledgeBase::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("cannot be read"), "{error}");
        write(dir.path(), &[]);
        let error = KnowledgeBase::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("has no articles"), "{error}");
        write(dir.path(), TWO);
        let copy = dir.path().join("en/zzz.md");
        std::fs::copy(dir.path().join("en/land.md"), &copy).unwrap();
        let error = KnowledgeBase::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("zzz.md: the id `land` is also that of"), "{error}");
        std::fs::write(&copy, "+++\nid = \"x\"\ntitle = 3\n+++\n").unwrap();
        let error = KnowledgeBase::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("zzz.md:3: "), "{error}");
        std::fs::write(&copy, vec![b'x'; ARTICLE_MAX_BYTES as usize + 1]).unwrap();
        let error = KnowledgeBase::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("split it"), "{error}");
    }
}
