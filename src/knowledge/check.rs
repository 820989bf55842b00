//! Checks the articles of a directory: what `avatardesk knowledge check` tells.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::article::{Article, NO_EXPERTS_TAGS, experts_heading};
use super::decide::Decision;
use super::load::{KnowledgeBase, LoadError, read_articles};
use crate::conversation::Language;
use crate::quote::quote;

/// The longest spoken answer, in English words and in Chinese characters: about twenty seconds aloud.
pub const SPOKEN_MAX_WORDS_EN: usize = 45;
pub const SPOKEN_MAX_CHARS_ZH: usize = 80;
/// Fewer phrasings leave the search too little to go by.
const QUESTIONS_MIN: usize = 5;

/// Something to mend in an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub path: PathBuf,
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.what)
    }
}

/// Loads a directory and lists what is wrong with its articles; an empty list means that all is well.
///
/// # Errors
/// When the articles cannot be loaded at all.
pub fn check(dir: &Path) -> Result<Vec<Finding>, LoadError> {
    let base = KnowledgeBase::load(dir)?;
    let mut findings = Vec::new();
    for (language, other) in [(Language::En, Language::Zh), (Language::Zh, Language::En)] {
        for (path, article) in read_articles(&dir.join(language.tag()), language)? {
            let mut told = Vec::new();
            check_form(&article, &path, &mut told);
            check_experts(&article, &mut told);
            check_links(&base, &article, other, &mut told);
            check_questions(&base, &article, &mut told);
            findings.extend(told.iter().map(|what| Finding { path: path.clone(), what: quote(what) }));
        }
    }
    Ok(findings)
}

fn check_form(article: &Article, path: &Path, told: &mut Vec<String>) {
    if path.file_stem().is_none_or(|stem| stem.to_string_lossy() != article.id) {
        told.push(format!("the id is `{}`; name the file {}.md", article.id, article.id));
    }
    let (length, limit, unit) = match article.language {
        Language::En => (article.spoken.split_whitespace().count(), SPOKEN_MAX_WORDS_EN, "words"),
        Language::Zh => {
            let length = article.spoken.chars().filter(|c| !c.is_whitespace()).count();
            (length, SPOKEN_MAX_CHARS_ZH, "characters")
        }
    };
    if length > limit {
        told.push(format!(
            "the spoken answer has {length} {unit}, and {limit} can be listened to; move some of it below"
        ));
    }
    if article.spoken.contains("://") || article.spoken.contains("www.") {
        told.push("the spoken answer has a web address; nobody can listen to that, put it below".to_owned());
    }
    if article.questions.len() < QUESTIONS_MIN {
        told.push(format!(
            "{} questions are few; write at least {QUESTIONS_MIN} that visitors would say",
            article.questions.len()
        ));
    }
    let mut seen = HashSet::new();
    for question in &article.questions {
        if !seen.insert(question.to_lowercase()) {
            told.push(format!("the question `{question}` is listed twice"));
        }
    }
}

/// Whoever knows the subject finds something, too, save where there is nothing more to know.
fn check_experts(article: &Article, told: &mut Vec<String>) {
    if article.needs_experts() && article.experts.as_deref().is_none_or(str::is_empty) {
        told.push(format!(
            "there is no part for experts; write one below the heading `{}`, or give the article one of the tags {}",
            experts_heading(article.language),
            NO_EXPERTS_TAGS.join(", ")
        ));
    }
}

fn check_links(base: &KnowledgeBase, article: &Article, other: Language, told: &mut Vec<String>) {
    match base.article(&article.id, other) {
        None => told.push(format!("there is no translation; write {}/{}.md", other.tag(), article.id)),
        Some(translation) if article.card.link.is_some() && translation.card.link.is_none() => {
            told.push(format!(
                "there is a link here and none in {}/{}.md; add one there",
                other.tag(),
                article.id
            ));
        }
        Some(_) => {}
    }
    for id in &article.related {
        if *id == article.id {
            told.push("the article names itself as related".to_owned());
        } else if base.article(id, article.language).is_none() {
            told.push(format!("the related article `{id}` does not exist"));
        }
    }
}

/// Every listed question must lead to its own article.
fn check_questions(base: &KnowledgeBase, article: &Article, told: &mut Vec<String>) {
    for question in &article.questions {
        match base.search(question, article.language).decision {
            Decision::Answer(hit) if hit.id == article.id => {}
            Decision::Answer(hit) => {
                told.push(format!("the question `{question}` leads to `{}`; make the two differ", hit.id));
            }
            Decision::AskBack(hits) => {
                let ids: Vec<&str> = hits.iter().map(|hit| hit.id.as_str()).collect();
                told.push(format!("the question `{question}` is unclear between: {}", ids.join(", ")));
            }
            Decision::Nothing => {
                told.push(format!("the question `{question}` has no word that says what it is about"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::tests::write;
    use super::*;

    fn findings(articles: &[(&str, &str, &[&str], &str)]) -> String {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), articles);
        let found = check(dir.path()).unwrap();
        found.iter().map(|finding| format!("{finding}\n")).collect()
    }

    const LAND: &[&str] = &["buy land", "buy a parcel", "own land", "get a plot of land", "land for sale"];
    const LAND_ZH: &[&str] = &["怎么买地", "购买地块", "拥有土地", "在哪买土地", "土地出售"];

    const BODY: &str = "Open the map.\n\n## For experts\n\nA parcel is a token.";
    const BODY_ZH: &str = "打开地图。\n\n## 进阶说明\n\n地块是代币。";

    #[test]
    fn good_articles_have_no_findings() {
        let found = findings(&[("en", "land", LAND, BODY), ("zh", "land", LAND_ZH, BODY_ZH)]);
        assert_eq!(found, "");
    }

    #[test]
    fn a_missing_part_for_experts_is_found() {
        let missing = "land.md: there is no part for experts; write one below the heading";
        let found = findings(&[("en", "land", LAND, "Open the map."), ("zh", "land", LAND_ZH, BODY_ZH)]);
        assert!(found.contains(missing) && found.contains("`## For experts`"), "{found}");
        assert_eq!(found.lines().count(), 1, "{found}");
        // A heading with nothing below it, and one in the other language.
        for nothing in ["打开地图。\n\n## 进阶说明\n", "打开地图。\n\n## For experts\n\n地块是代币。"]
        {
            let found = findings(&[("en", "land", LAND, BODY), ("zh", "land", LAND_ZH, nothing)]);
            assert!(found.contains(missing) && found.contains("`## 进阶说明`"), "{found}");
            assert_eq!(found.lines().count(), 1, "{found}");
        }
    }

    #[test]
    fn small_talk_the_place_and_the_desk_need_no_part_for_experts() {
        let with_tag = |tag: &str| {
            let dir = tempfile::tempdir().unwrap();
            write(dir.path(), &[("en", "land", LAND, "Open the map."), ("zh", "land", LAND_ZH, BODY_ZH)]);
            let path = dir.path().join("en/land.md");
            let text = std::fs::read_to_string(&path).unwrap();
            let tags = format!("tags = [\"newcomer\", {tag:?}]\nkeywords");
            std::fs::write(&path, text.replace("keywords", &tags)).unwrap();
            check(dir.path()).unwrap()
        };
        for tag in ["smalltalk", "venue", "desk", "help"] {
            assert_eq!(with_tag(tag), Vec::new(), "{tag}");
        }
        assert_eq!(with_tag("land").len(), 1);
    }

    #[test]
    fn each_fault_is_found() {
        let long = "word ".repeat(SPOKEN_MAX_WORDS_EN + 1);
        let stolen: &[&str] = &["buy land", "buy land", "where is www.example.org"];
        let found = findings(&[
            ("en", "land", LAND, &long),
            ("en", "maps", stolen, "See www.example.org for it."),
            ("zh", "land", LAND_ZH, "打开地图。"),
        ]);
        for needle in [
            "land.md: the spoken answer has 46 words",
            "maps.md: there is no translation; write zh/maps.md",
            "maps.md: the spoken answer has a web address",
            "maps.md: 3 questions are few",
            "maps.md: the question `buy land` is listed twice",
            "maps.md: the question `buy land` ",
        ] {
            assert!(found.contains(needle), "{needle} is not in:\n{found}");
        }
    }

    #[test]
    fn a_link_in_one_language_only_is_found() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[("en", "land", LAND, BODY), ("zh", "land", LAND_ZH, BODY_ZH)]);
        let add = |language: &str| {
            let path = dir.path().join(language).join("land.md");
            let text = std::fs::read_to_string(&path).unwrap();
            let link = "link = \"https://example.org/\"\nkeywords";
            std::fs::write(&path, text.replace("keywords", link)).unwrap();
            check(dir.path()).unwrap()
        };
        let found = add("zh");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].to_string().contains("zh/land.md: there is a link here and none in en/land.md"),
            "{found:?}"
        );
        assert_eq!(add("en"), Vec::new());
    }

    #[test]
    fn a_dangling_link_is_found() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[("en", "land", LAND, "Open the map."), ("zh", "land", LAND_ZH, "打开地图。")]);
        let path = dir.path().join("en/land.md");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("keywords", "related = [\"boat\"]\nkeywords")).unwrap();
        let found = check(dir.path()).unwrap();
        assert!(found.iter().any(|finding| finding.what.contains("`boat` does not exist")), "{found:?}");
    }
}
