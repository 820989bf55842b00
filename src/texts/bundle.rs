//! The texts of one language.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::id::Id;
use crate::conversation::Language;

/// An argument of a text: made from a text or a number with `.into()`.
pub use fluent_bundle::FluentValue as Value;

const EN: &str = include_str!("../../assets/texts/en.ftl");
const ZH: &str = include_str!("../../assets/texts/zh.ftl");

/// The texts of one language. Shared freely between threads.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts").field("language", &self.language).finish_non_exhaustive()
    }
}

impl Texts {
    /// The texts of this language.
    pub fn new(language: Language) -> Self {
        Self::from_source(
            language,
            match language {
                Language::En => EN,
                Language::Zh => ZH,
            },
        )
    }

    fn from_source(language: Language, source: &str) -> Self {
        // What does not parse is left out here and found by the tests below, since the files are built in.
        let resource = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        // For the rules of numbers; both tags are well formed.
        let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // No invisible direction marks around arguments: both languages run from left to right, and the avatar speaks them.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// The language of these texts.
    pub fn language(&self) -> Language {
        self.language
    }

    /// A text without arguments.
    pub fn get(&self, id: Id) -> String {
        self.get_with(id, &[])
    }

    /// A text with arguments, by name.
    pub fn get_with(&self, id: Id, args: &[(&'static str, Value<'_>)]) -> String {
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let Some(pattern) = self.bundle.get_message(id.as_str()).and_then(|m| m.value()) else {
            return id.as_str().to_owned();
        };
        self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fluent_bundle::FluentResource;

    use super::*;
    use crate::texts::id;

    /// The messages of a file and the arguments that each takes, read from the source with no help of the bundle.
    fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = None;
        for line in source.lines().filter(|l| !l.starts_with('#')) {
            if !line.starts_with([' ', '}']) && line.contains(" =") {
                let name = line.split(" =").next().unwrap().to_owned();
                assert!(found.insert(name.clone(), BTreeSet::new()).is_none(), "`{name}` is there twice");
                current = Some(name);
            }
            let Some(name) = &current else { continue };
            for piece in line.split('$').skip(1) {
                let end = piece.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(piece.len());
                found.get_mut(name).unwrap().insert(piece[..end].to_owned());
            }
        }
        found
    }

    #[test]
    fn both_files_parse() {
        for source in [EN, ZH] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok());
        }
        assert!(FluentResource::try_new("broken".to_owned()).is_err(), "this check can fail");
    }

    #[test]
    fn both_files_have_exactly_the_ids_of_the_program_and_the_same_arguments() {
        let (en, zh) = (messages(EN), messages(ZH));
        assert_eq!(en, zh);
        let wanted: BTreeSet<_> = id::ALL.iter().map(|i| i.as_str()).collect();
        assert_eq!(wanted.len(), id::ALL.len(), "an id is named twice");
        assert_eq!(en.keys().map(String::as_str).collect::<BTreeSet<_>>(), wanted);
        assert!(wanted.len() > 50);
    }

    #[test]
    fn the_reader_of_the_files_sees_arguments_and_differences() {
        let read = messages("# note\na = Hello { $name }, { $n }\nb =\n    Two\n    lines { $x }\n");
        assert_eq!(read["a"], BTreeSet::from(["name".to_owned(), "n".to_owned()]));
        assert_eq!(read["b"], BTreeSet::from(["x".to_owned()]));
        assert_ne!(read, messages("a = Hello { $nam }, { $n }\nb = { $x }"));
    }

    #[test]
    fn every_text_comes_out_without_leftovers() {
        let names = messages(EN);
        for language in [Language::En, Language::Zh] {
            let texts = Texts::new(language);
            for id in id::ALL {
                let args: Vec<(&'static str, Value<'_>)> = names[id.as_str()]
                    .iter()
                    .map(|n| (&*Box::leak(n.clone().into_boxed_str()), Value::from("⟨x⟩")))
                    .collect();
                let text = texts.get_with(*id, &args);
                assert_ne!(text, id.as_str());
                assert!(!text.contains(['{', '}', '$', '\u{2068}']), "{text}");
                assert_eq!(text.contains("⟨x⟩"), !args.is_empty(), "{id:?}: {text}");
                assert!(text.chars().count() <= 240, "too long for a screen: {text}");
                let han = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                assert!(
                    han == (language == Language::Zh)
                        || *id == id::LANGUAGE_ENGLISH
                        || *id == id::LANGUAGE_CHINESE,
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn arguments_are_put_in() {
        let texts = Texts::new(Language::En);
        let text = texts.get_with(id::ASK_BACK, &[("heard", "what is gas".into())]);
        assert_eq!(text, "Did you say: “what is gas”?");
        assert_eq!(
            texts.get_with(id::WAITING_PLACE, &[("place", 3.into())]),
            "You are number 3 in the queue."
        );
    }

    #[test]
    fn a_text_that_is_not_there_shows_its_id() {
        let texts = Texts::from_source(Language::En, "a = b");
        assert_eq!(texts.get(id::BUTTON_STAY), "button-stay");
    }
}
