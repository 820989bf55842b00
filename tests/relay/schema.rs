//! `docs/protocol.schema.json` describes what is really sent: every example of `docs/protocol.md` fits, and what is no
//! frame does not.

use serde_json::{Value, json};

use crate::docs::examples;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/protocol.schema.json");

/// The part of JSON Schema that the file uses. A keyword that this does not know is a panic, so that nothing passes
/// unchecked.
struct Schema(Value);

impl Schema {
    fn new() -> Self {
        Self(serde_json::from_slice(&std::fs::read(FILE).unwrap()).unwrap())
    }

    /// Why the value is not a frame in this direction.
    fn check(&self, definition: &str, value: &Value) -> Result<(), String> {
        self.fits(&json!({ "$ref": format!("#/$defs/{definition}") }), value)
    }

    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let Value::Object(keywords) = schema else {
            return if *schema == Value::Bool(true) { Ok(()) } else { Err(format!("nothing fits {schema}")) };
        };
        for (keyword, expected) in keywords {
            let ok = match keyword.as_str() {
                "$ref" => {
                    let at = expected.as_str().unwrap().trim_start_matches('#');
                    self.fits(self.0.pointer(at).expect("a definition"), value)?;
                    true
                }
                "type" => match expected {
                    Value::Array(types) => types.iter().any(|t| is_of(t.as_str().unwrap(), value)),
                    one => is_of(one.as_str().unwrap(), value),
                },
                "const" => expected == value,
                "enum" => expected.as_array().unwrap().contains(value),
                "pattern" => value.as_str().is_none_or(|text| matches(expected.as_str().unwrap(), text)),
                "minimum" => value.as_f64().is_none_or(|n| n >= expected.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|n| n <= expected.as_f64().unwrap()),
                "minItems" => value.as_array().is_none_or(|a| a.len() as u64 >= expected.as_u64().unwrap()),
                "maxItems" => value.as_array().is_none_or(|a| a.len() as u64 <= expected.as_u64().unwrap()),
                "required" => {
                    let names = expected.as_array().unwrap();
                    value
                        .as_object()
                        .is_none_or(|o| names.iter().all(|n| o.contains_key(n.as_str().unwrap())))
                }
                "properties" => {
                    for (name, schema) in expected.as_object().unwrap() {
                        if let Some(inner) = value.get(name) {
                            self.fits(schema, inner).map_err(|e| format!("{name}: {e}"))?;
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    assert_eq!(*expected, Value::Bool(false), "only `false` is known here");
                    let known = keywords.get("properties").and_then(Value::as_object);
                    let is_known = |name: &String| known.is_some_and(|k| k.contains_key(name));
                    value.as_object().is_none_or(|o| o.keys().all(is_known))
                }
                "items" => {
                    let all = value.as_array().map_or(&[][..], Vec::as_slice);
                    all.iter().try_for_each(|inner| self.fits(expected, inner))?;
                    true
                }
                "prefixItems" => {
                    let all = value.as_array().map_or(&[][..], Vec::as_slice);
                    let pairs = expected.as_array().unwrap().iter().zip(all);
                    pairs.into_iter().try_for_each(|(schema, inner)| self.fits(schema, inner))?;
                    true
                }
                "oneOf" => self.count(expected, value) == 1,
                "anyOf" => self.count(expected, value) > 0,
                "title" | "description" | "format" | "default" => true,
                other => panic!("this check does not know `{other}`"),
            };
            if !ok {
                return Err(format!("{value} does not fit {keyword} {expected}"));
            }
        }
        Ok(())
    }

    fn count(&self, schemas: &Value, value: &Value) -> usize {
        schemas.as_array().unwrap().iter().filter(|schema| self.fits(schema, value).is_ok()).count()
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("this check does not know the type `{other}`"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        "^[0-7][0-9A-HJKMNP-TV-Z]{25}$" => {
            let digit = |c: char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !"ILOU".contains(c));
            text.len() == 26 && text.starts_with(|c| ('0'..='7').contains(&c)) && text.chars().all(digit)
        }
        "^[a-zA-Z0-9_.-]{1,64}$" => {
            (1..=64).contains(&text.len())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        }
        other => panic!("this check does not know the pattern `{other}`"),
    }
}

#[test]
fn every_example_fits_the_schema() {
    let schema = Schema::new();
    for (mark, definition) in [("client", "ClientFrame"), ("server", "ServerFrame")] {
        let all = examples(mark);
        assert!(all.len() > 10);
        for example in all {
            let value = serde_json::from_str(example).unwrap();
            schema.check(definition, &value).unwrap_or_else(|e| panic!("{e}\n{example}"));
        }
    }
}

#[test]
fn what_is_no_frame_does_not_fit_the_schema() {
    let schema = Schema::new();
    let good = json!({ "type": "received", "conversation": "01HF7YAT00000000000000001A", "seq": 18 });
    assert_eq!(schema.check("ClientFrame", &good), Ok(()));
    let with = |name: &str, value: Value| {
        let mut frame = good.clone();
        frame[name] = value;
        frame
    };
    // A newer client may say more.
    assert_eq!(schema.check("ClientFrame", &with("colour", json!("red"))), Ok(()));
    for (name, value) in [
        ("type", json!("teleport")),
        ("type", json!("ack")),
        ("conversation", json!("01HF7YAT0000000000000000LO")),
        ("conversation", json!(7)),
        ("seq", json!(-1)),
        ("seq", json!("18")),
    ] {
        let frame = with(name, value);
        assert!(schema.check("ClientFrame", &frame).is_err(), "{frame}");
    }
    let mut short = good.clone();
    short.as_object_mut().unwrap().remove("seq");
    assert!(schema.check("ClientFrame", &short).is_err());
    let name =
        json!({ "type": "hello", "versions": { "min": 1, "max": 1 }, "role": "bot", "name": "two words" });
    assert!(schema.check("ClientFrame", &name).is_err());
}
