//! The table `[routing]`: how long whom the relay waits for.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::settings::SettingError;

/// How long an offer to a person may stand, in seconds.
const ANSWER_WITHIN_SECS: RangeInclusive<u64> = 5..=300;
/// How long a pilot may have for an answer, in seconds.
const SILENT_PILOT_SECS: RangeInclusive<u64> = 15..=3_600;
/// How long a person may be gone before a bot may take over, in seconds.
const PERSON_GRACE_SECS: RangeInclusive<u64> = 1..=600;

/// The table as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawRouting {
    /// How long an offer to a person stands before the next one is asked.
    pub answer_within_secs: Option<u64>,
    /// How long a pilot has for an answer before the next one is asked.
    pub silent_pilot_secs: Option<u64>,
    /// How long a person may be gone before a bot may take over.
    pub person_grace_secs: Option<u64>,
}

impl RawRouting {
    /// These, and those of `below` where these say nothing.
    pub fn over(self, below: Self) -> Self {
        Self {
            answer_within_secs: self.answer_within_secs.or(below.answer_within_secs),
            silent_pilot_secs: self.silent_pilot_secs.or(below.silent_pilot_secs),
            person_grace_secs: self.person_grace_secs.or(below.person_grace_secs),
        }
    }
}

/// How long whom the relay waits for, checked, in milliseconds; as the relay has it where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoutingSettings {
    pub answer_within_ms: Option<u64>,
    pub silent_pilot_ms: Option<u64>,
    pub person_grace_ms: Option<u64>,
}

impl RoutingSettings {
    /// Checks the table.
    pub fn new(raw: RawRouting) -> Result<Self, SettingError> {
        Ok(Self {
            answer_within_ms: ms("answer_within_secs", raw.answer_within_secs, ANSWER_WITHIN_SECS)?,
            silent_pilot_ms: ms("silent_pilot_secs", raw.silent_pilot_secs, SILENT_PILOT_SECS)?,
            person_grace_ms: ms("person_grace_secs", raw.person_grace_secs, PERSON_GRACE_SECS)?,
        })
    }
}

fn ms(
    name: &'static str,
    secs: Option<u64>,
    within: RangeInclusive<u64>,
) -> Result<Option<u64>, SettingError> {
    match secs {
        Some(value) if !within.contains(&value) => {
            Err(SettingError::Secs { name, value, min: *within.start(), max: *within.end() })
        }
        secs => Ok(secs.map(|secs| secs.saturating_mul(1_000))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn routing(toml: &str) -> Result<RoutingSettings, SettingError> {
        RoutingSettings::new(parse(&format!("[routing]\n{toml}")).unwrap().routing)
    }

    #[test]
    fn nothing_said_leaves_it_to_the_relay() {
        assert_eq!(routing(""), Ok(RoutingSettings::default()));
    }

    #[test]
    fn each_wait_has_its_bounds_and_the_error_names_them() {
        for (name, min, max) in
            [("answer_within_secs", 5, 300), ("silent_pilot_secs", 15, 3_600), ("person_grace_secs", 1, 600)]
        {
            for good in [min, max] {
                let read = routing(&format!("{name} = {good}")).unwrap();
                let all = [read.answer_within_ms, read.silent_pilot_ms, read.person_grace_ms];
                assert_eq!(all.into_iter().flatten().collect::<Vec<_>>(), [good * 1_000], "{name}");
            }
            for bad in [min - 1, max + 1] {
                let error = routing(&format!("{name} = {bad}")).unwrap_err().to_string();
                let wanted =
                    format!("`routing.{name} = {bad}`: write a number of seconds from {min} to {max}");
                assert_eq!(error, wanted);
            }
        }
        let error = parse("[routing]\nsilent_pilot_ms = 1").unwrap_err().to_string();
        assert!(error.starts_with("line 2") && error.contains("silent_pilot_secs"), "{error}");
    }

    #[test]
    fn flags_lie_over_the_file() {
        let above = RawRouting { silent_pilot_secs: Some(60), ..RawRouting::default() };
        let below = RawRouting { silent_pilot_secs: Some(90), answer_within_secs: Some(30), ..above };
        let both = above.over(below);
        assert_eq!((both.silent_pilot_secs, both.answer_within_secs), (Some(60), Some(30)));
    }
}
