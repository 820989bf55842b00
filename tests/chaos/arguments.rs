//! What the arguments mean: a run by hand, or a part of `cargo test`.
//!
//! A mistyped flag must not turn a run by hand into a test run that passes: so the script says by a flag of its own that
//! it is by hand, and whatever is not known is an error in both.

use std::path::PathBuf;
use std::process::Command;

use clap::Parser;

use crate::broken::Broken;

/// The first argument of a run by hand: `scripts/chaos` gives it, and the checker when it starts itself as a relay.
pub const BY_HAND: &str = "--by-hand";
/// What one may say to the tests of any program; it changes nothing here.
const HARNESS: [&str; 5] = ["--nocapture", "--no-capture", "--show-output", "--quiet", "-q"];
const HARNESS_VALUES: [&str; 3] = ["--test-threads", "--color", "--format"];

/// Faults for the relay, and whether anything got lost.
#[derive(Debug, Parser)]
#[command(name = "scripts/chaos")]
pub struct Args {
    /// How many faults happen
    #[arg(long, default_value_t = 200)]
    pub faults: usize,
    /// What they follow from [default: another one each time]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Only the first so many faults, to narrow a failure down
    #[arg(long)]
    pub only: Option<usize>,
    /// Whether the clients are enrolled devices that come over TLS [default: those of odd seeds are]
    #[arg(long, value_name = "true|false")]
    pub enrolled: Option<bool>,
    /// Run a relay of the checker's own, broken in this way (with `nothing`: sound); only power cuts happen then
    #[arg(long, value_enum)]
    pub broken: Option<Broken>,
    /// Keep everything in this new directory
    #[arg(long)]
    pub keep: Option<PathBuf>,
    /// Print the faults and do nothing
    #[arg(long)]
    pub list: bool,
    /// Another `avatardesk`
    #[arg(long)]
    pub relay: Option<PathBuf>,
    /// Be a relay with this data directory
    #[arg(long, hide = true)]
    pub serve: Option<PathBuf>,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// A run by hand, with these arguments.
    ByHand(Vec<String>),
    /// The tests with this in their names.
    Test(String),
    /// The names of the tests.
    List,
}

impl Task {
    /// What these arguments ask for. The error is a sentence.
    pub fn of(arguments: &[String]) -> Result<Self, String> {
        if let Some((first, rest)) = arguments.split_first()
            && first == BY_HAND
        {
            return Ok(Self::ByHand(rest.to_vec()));
        }
        let (mut filter, mut list, mut rest) = (String::new(), false, arguments.iter());
        while let Some(argument) = rest.next() {
            let name = argument.split('=').next().unwrap_or_default();
            match argument.as_str() {
                "--list" => list = true,
                flag if HARNESS.contains(&flag) => {}
                flag if HARNESS_VALUES.contains(&name) => {
                    if !flag.contains('=') {
                        rest.next();
                    }
                }
                flag if flag.starts_with('-') => {
                    return Err(format!("`{flag}` is no flag of these tests; by hand it is `scripts/chaos`"));
                }
                word if filter.is_empty() => word.clone_into(&mut filter),
                word => return Err(format!("one part of a name is enough; what is `{word}`?")),
            }
        }
        Ok(if list { Self::List } else { Self::Test(filter) })
    }
}

pub fn a_mistyped_flag_never_passes() {
    let ours = std::env::current_exe().unwrap();
    let run = |arguments: &[&str]| {
        let done = Command::new(&ours).args(arguments).output().unwrap();
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    for wrong in [
        &[BY_HAND, "--faluts", "200"][..],
        &[BY_HAND, "--fault=200"],
        &[BY_HAND, "200"],
        &["--faluts", "200"],
        &["--faults", "200"],
        &["--only", "5"],
        &["no_test_has_this_name"],
        &["a_mistyped", "flag"],
    ] {
        assert!(!run(wrong).0, "{wrong:?} passes");
    }
    let (passes, printed) = run(&[BY_HAND, "--list", "--seed", "1", "--only", "5"]);
    assert!(passes && printed.lines().count() == 5, "{printed}");
    let (passes, printed) = run(&["--list"]);
    assert!(passes && printed.contains("a_mistyped_flag_never_passes"), "{printed}");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/chaos");
    let script = std::fs::read_to_string(script).unwrap();
    assert!(script.contains(&format!("-- {BY_HAND} \"$@\"")), "the script does not say {BY_HAND}");
}

pub fn what_cargo_test_says_is_understood() {
    let of = |words: &str| Task::of(&words.split(' ').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(Task::of(&[]), Ok(Task::Test(String::new())));
    assert_eq!(of("power --nocapture --test-threads 1 --color=never"), Ok(Task::Test("power".to_owned())));
    assert_eq!(of("--list --format terse"), Ok(Task::List));
    assert!(of("--seed 5").is_err());
    let rest = ["--seed", "5"].map(str::to_owned).to_vec();
    assert_eq!(of("--by-hand --seed 5"), Ok(Task::ByHand(rest)));
}
