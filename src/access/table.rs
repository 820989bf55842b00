//! The one table of what each role may do, and where.

use super::act::Act;
use super::grant::Standing;
use super::role::Role;

/// Where somebody may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nowhere.
    Never,
    /// It is not about a conversation.
    Anywhere,
    /// In a conversation that does not exist yet.
    New,
    /// In a conversation at a desk of theirs, also beside another person who serves it.
    Desk,
    /// In a conversation that they are a member of: their own as a visitor, one of their desks as an agent.
    Member,
    /// In a conversation that they pilot. Others at the desk are told that they are not the pilot.
    Pilot,
}

use Rule::{Anywhere as Any, Desk, Member as Mem, Never as No, New, Pilot as Pil};

/// What each role may do. Columns as in [`Role::ALL`], rows as in [`Act::ALL`].
#[rustfmt::skip]
pub const TABLE: &[(Act, [Rule; 6])] = &[
    //                        kiosk web  agent superv. bot  host
    (Act::Watch,             [No,   No,  Any,  Any,    Any, Any]),
    (Act::Announce,          [No,   No,  Any,  Any,    Any, No]),
    (Act::Decline,           [No,   No,  Any,  Any,    Any, No]),
    (Act::Follow,            [Mem,  Mem, Mem,  Mem,    Mem, Mem]),
    (Act::Received,          [Mem,  Mem, Mem,  Mem,    Mem, Mem]),
    (Act::Seen,              [Mem,  Mem, Mem,  Mem,    Mem, Mem]),
    (Act::Open,              [New,  New, No,   No,     No,  No]),
    (Act::Consent,           [Mem,  Mem, No,   No,     No,  No]),
    (Act::ChooseLanguage,    [Mem,  Mem, No,   No,     No,  No]),
    (Act::Say,               [Mem,  Mem, Pil,  Pil,    Pil, No]),
    (Act::Spoken,            [Mem,  No,  No,   No,     No,  No]),
    (Act::Measure,           [Mem,  No,  No,   No,     No,  No]),
    (Act::RequestHandoff,    [Mem,  Mem, Pil,  Pil,    Pil, No]),
    (Act::Claim,             [No,   No,  Desk, Desk,   Desk, No]),
    (Act::Release,           [No,   No,  Pil,  Pil,    Pil, No]),
    (Act::Need,              [Mem,  Mem, Pil,  Pil,    Pil, No]),
    (Act::Transfer,          [No,   No,  Pil,  Mem,    Pil, No]),
    (Act::LeaveMessage,      [Mem,  Mem, No,   No,     No,  No]),
    (Act::Note,              [No,   No,  Mem,  Mem,    Mem, No]),
    (Act::Tag,               [No,   No,  Mem,  Mem,    Mem, No]),
    (Act::OpenCase,          [No,   No,  Mem,  Mem,    Mem, No]),
    (Act::Rate,              [Mem,  Mem, No,   No,     No,  No]),
    (Act::Close,             [Mem,  Mem, Pil,  Pil,    Pil, Mem]),
    (Act::Erase,             [No,   No,  No,   No,     No,  Mem]),
    (Act::Typing,            [Mem,  Mem, Mem,  Mem,    Mem, No]),
    (Act::PartialTranscript, [Mem,  No,  No,   No,     No,  No]),
    (Act::Avatar,            [Mem,  No,  No,   No,     No,  No]),
    (Act::Expression,        [No,   No,  Pil,  Pil,    Pil, No]),
    (Act::Gesture,           [No,   No,  Pil,  Pil,    Pil, No]),
    (Act::Interrupt,         [Mem,  Mem, Pil,  Pil,    Pil, No]),
    (Act::Voice,             [No,   No,  Pil,  Pil,    No,  No]),
];

/// How something is judged: [`rule`], except in tests that show that they notice another one.
pub type Policy = fn(Role, Act) -> Rule;

/// The rule for a role and an act: what the table says, and never when it says nothing.
pub fn rule(role: Role, act: Act) -> Rule {
    let row = TABLE.iter().find(|(a, _)| *a == act).map(|(_, row)| row);
    let column = Role::ALL.iter().position(|r| *r == role);
    match (row, column) {
        (Some(row), Some(column)) => row.get(column).copied().unwrap_or(Rule::Never),
        _ => Rule::Never,
    }
}

/// What comes of a rule at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on: the rules of the conversation decide.
    Passes,
    /// This role may not do this anywhere; the same whether the conversation exists or not.
    NotAllowed,
    /// As if there were no such conversation.
    Hidden,
    /// Somebody else is the pilot, or nobody.
    NotPilot,
}

/// Judges a rule at a place.
pub fn judge(rule: Rule, standing: Standing) -> Verdict {
    let fits = match rule {
        Rule::Never => return Verdict::NotAllowed,
        Rule::Anywhere => true,
        // Whoever opened it already may try again: the rules of the conversation say that it is open.
        Rule::New => standing == Standing::Nowhere || standing >= Standing::Member,
        Rule::Pilot if matches!(standing, Standing::Beside | Standing::Member) => return Verdict::NotPilot,
        Rule::Pilot => standing == Standing::Pilot,
        Rule::Desk => standing >= Standing::Beside,
        Rule::Member => standing >= Standing::Member,
    };
    if fits { Verdict::Passes } else { Verdict::Hidden }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_act_in_order() {
        let rows: Vec<Act> = TABLE.iter().map(|(act, _)| *act).collect();
        assert_eq!(rows, Act::ALL);
    }

    /// What must hold whatever the table is changed to.
    #[test]
    fn some_things_are_never_allowed() {
        let may = |role, act| rule(role, act) != Rule::Never;
        for &act in Act::ALL {
            for visitor in [Role::Kiosk, Role::Web] {
                let agents_only = [Act::Watch, Act::Claim, Act::Release, Act::Note, Act::Tag, Act::Erase];
                assert!(!(agents_only.contains(&act) && may(visitor, act)), "{visitor} {act:?}");
            }
            assert!(!may(Role::Web, act) || may(Role::Kiosk, act), "a page may {act:?} and a kiosk may not");
            for agent in [Role::Agent, Role::Bot] {
                let theirs = [Act::Open, Act::Consent, Act::Rate, Act::Spoken, Act::Measure, Act::Erase];
                assert!(!(theirs.contains(&act) && may(agent, act)), "{agent} {act:?}");
                assert!(!may(agent, act) || may(Role::Supervisor, act), "{act:?}");
            }
            let words = [Act::Say, Act::Note, Act::Claim, Act::Open, Act::Rate];
            assert!(!(words.contains(&act) && may(Role::Host, act)), "the host speaks: {act:?}");
        }
    }

    #[test]
    fn nothing_but_opening_passes_where_there_is_nothing() {
        for &(act, row) in TABLE {
            for rule in row {
                let passes = judge(rule, Standing::Nowhere) == Verdict::Passes;
                let anywhere = matches!(act, Act::Watch | Act::Announce | Act::Decline);
                assert_eq!(passes, (act == Act::Open || anywhere) && rule != Rule::Never, "{act:?}");
                assert_eq!(
                    judge(rule, Standing::Outside) == Verdict::Passes,
                    anywhere && rule != Rule::Never,
                    "{act:?}"
                );
            }
        }
    }

    #[test]
    fn beside_another_person_one_may_only_try_to_claim() {
        assert_eq!(judge(Rule::Desk, Standing::Beside), Verdict::Passes);
        assert_eq!(judge(Rule::Member, Standing::Beside), Verdict::Hidden);
        assert_eq!(judge(Rule::Pilot, Standing::Beside), Verdict::NotPilot);
        assert_eq!(judge(Rule::Never, Standing::Pilot), Verdict::NotAllowed);
    }

    #[test]
    fn what_is_the_pilots_passes_for_the_pilot_alone() {
        let verdicts =
            [Standing::Outside, Standing::Member, Standing::Pilot].map(|at| judge(Rule::Pilot, at));
        assert_eq!(verdicts, [Verdict::Hidden, Verdict::NotPilot, Verdict::Passes]);
    }
}
