//! The command line of the checker, and its part of `cargo test`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;

use crate::arguments::{Args, Task, a_mistyped_flag_never_passes, what_cargo_test_says_is_understood};
use crate::broken::{Broken, be_a_relay};
use crate::machine::Program;
use crate::run::{CLIENTS, HEAL_WITHIN, Plan, Report, run};
use crate::schedule::{Fault, Step, only_kills, schedule};
use crate::{check_tests, disk, schedule as schedules};

/// The most violations that are printed.
const SHOWN_MAX: usize = 30;
/// What a broken relay has lost does not come back: there is nothing to wait for.
const BROKEN_HEAL_WITHIN: Duration = Duration::from_secs(4);

/// The tests, for `cargo test`.
const TESTS: &[(&str, fn())] = &[
    ("what_was_synced_stays_and_the_rest_goes", disk::what_was_synced_stays_and_the_rest_goes),
    (
        "of_what_was_not_synced_any_sectors_and_the_first_names_may_stay",
        disk::of_what_was_not_synced_any_sectors_and_the_first_names_may_stay,
    ),
    (
        "a_sync_covers_what_was_written_before_it_began_only",
        disk::a_sync_covers_what_was_written_before_it_began_only,
    ),
    (
        "a_schedule_follows_from_its_seed_and_has_every_kind_of_fault",
        schedules::a_schedule_follows_from_its_seed_and_has_every_kind_of_fault,
    ),
    ("nothing_is_wrong_with_a_sound_history", check_tests::nothing_is_wrong_with_a_sound_history),
    ("every_kind_of_fault_is_noticed", check_tests::every_kind_of_fault_is_noticed),
    (
        "a_claim_counts_only_for_who_became_the_pilot",
        check_tests::a_claim_counts_only_for_who_became_the_pilot,
    ),
    (
        "only_who_was_told_or_saw_the_claim_may_be_behind",
        check_tests::only_who_was_told_or_saw_the_claim_may_be_behind,
    ),
    ("whatever_an_outbox_had_is_answered", check_tests::whatever_an_outbox_had_is_answered),
    ("every_body_is_compared", check_tests::every_body_is_compared),
    (
        "a_message_is_not_lost_and_passing_on_keeps_one_pilot",
        check_tests::a_message_is_not_lost_and_passing_on_keeps_one_pilot,
    ),
    ("a_mistyped_flag_never_passes", a_mistyped_flag_never_passes),
    ("what_cargo_test_says_is_understood", what_cargo_test_says_is_understood),
    ("a_few_faults_lose_nothing", || a_few_faults(schedule(8, 8, CLIENTS), false)),
    ("a_few_faults_lose_nothing_of_enrolled_devices", || a_few_faults(with_a_revocation(), true)),
    ("power_cuts_lose_nothing_with_the_checkers_own_relay", || power_cuts(Broken::Nothing, None)),
    ("without_syncing_words_are_lost", || power_cuts(Broken::NoSync, Some("is missing"))),
    ("with_a_disk_that_lies_words_are_lost", || power_cuts(Broken::LyingDisk, Some("is missing"))),
    ("acknowledged_before_the_commit_words_are_lost", || power_cuts(Broken::EarlyAck, Some("is missing"))),
];

pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = match Task::of(&arguments) {
        Ok(Task::ByHand(rest)) => rest,
        Ok(Task::Test(filter)) => return test(&filter),
        Ok(Task::List) => {
            TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
            return ExitCode::SUCCESS;
        }
        Err(sentence) => {
            eprintln!("error: {sentence}");
            return ExitCode::FAILURE;
        }
    };
    let args = Args::parse_from(std::iter::once("scripts/chaos".to_owned()).chain(rest));
    match by_hand(&args) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("error: {e:#}");
            println!("violations: 1");
            ExitCode::FAILURE
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

fn by_hand(args: &Args) -> Result<ExitCode> {
    if let Some(data) = &args.serve {
        runtime()?.block_on(be_a_relay(data, args.broken.unwrap_or(Broken::Nothing)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let seed = args.seed.unwrap_or_else(|| u64::from(std::process::id()) ^ clock_seed());
    let mut steps = match args.broken {
        Some(_) => only_kills(seed, args.faults),
        None => schedule(seed, args.faults, CLIENTS),
    };
    steps.truncate(args.only.unwrap_or(usize::MAX));
    if args.list {
        steps.iter().for_each(|step| println!("{step}"));
        return Ok(ExitCode::SUCCESS);
    }
    let enrolled = args.broken.is_none() && args.enrolled.unwrap_or(seed % 2 == 1);
    eprintln!(
        "seed {seed}: to see this again, `scripts/chaos --faults {} --seed {seed} --enrolled {enrolled}`",
        args.faults
    );
    let program = match args.broken {
        Some(broken) => Program::Ourselves(broken),
        None => Program::Real(
            args.relay.clone().unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_avatardesk"))),
        ),
    };
    let sound = args.broken.is_none_or(|b| b == Broken::Nothing);
    let heal_within = if sound { HEAL_WITHIN } else { BROKEN_HEAL_WITHIN };
    let scratch = tempfile::tempdir()?;
    let dir = match &args.keep {
        Some(dir) => {
            std::fs::create_dir(dir).with_context(|| dir.display().to_string())?;
            dir.clone()
        }
        None => scratch.path().to_owned(),
    };
    let report =
        runtime()?.block_on(run(&Plan { seed, steps, program, enrolled, heal_within, loud: true }, &dir))?;
    Ok(show(&report))
}

fn show(report: &Report) -> ExitCode {
    let Report { violations, conversations, events, commands, kinds } = report;
    kinds.iter().for_each(|(what, count)| println!("{count:6} {what}"));
    println!("{commands} commands, {events} events in {conversations} conversations");
    violations.iter().take(SHOWN_MAX).for_each(|v| println!("violation: {v}"));
    if violations.len() > SHOWN_MAX {
        println!("and {} more", violations.len() - SHOWN_MAX);
    }
    println!("violations: {}", violations.len());
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn clock_seed() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |t| t.as_micros() as u64) % 1_000_000
}

fn once(plan: &Plan) -> Report {
    let dir = tempfile::tempdir().unwrap();
    runtime().unwrap().block_on(run(plan, dir.path())).unwrap()
}

fn a_few_faults(steps: Vec<Step>, enrolled: bool) {
    let program = Program::Real(PathBuf::from(env!("CARGO_BIN_EXE_avatardesk")));
    let report = once(&Plan { seed: 3, steps, program, enrolled, heal_within: HEAL_WITHIN, loud: false });
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.events > 50, "hardly anything was said: {} events", report.events);
}

/// The revocation of a kiosk and of a person among other faults.
fn with_a_revocation() -> Vec<Step> {
    let mut steps = schedule(4, 4, CLIENTS);
    for (at, who) in [(1, 0), (3, 7)] {
        steps.insert(at, Step { after_ms: 500, fault: Fault::Revoke { who } });
    }
    steps
}

fn power_cuts(broken: Broken, expect: Option<&str>) {
    let heal_within = if broken == Broken::Nothing { HEAL_WITHIN } else { BROKEN_HEAL_WITHIN };
    let (steps, program) = (only_kills(5, 4), Program::Ourselves(broken));
    let plan = Plan { seed: 5, steps, program, enrolled: false, heal_within, loud: false };
    let report = once(&plan);
    match expect {
        None => assert_eq!(report.violations, Vec::<String>::new()),
        Some(text) => {
            let found = report.violations.iter().any(|v| v.contains(text));
            assert!(found, "the checker noticed nothing: {:?}", report.violations);
        }
    }
}

/// What the test harness of cargo would do, for the names that contain `filter`. That none does is a failure: it would
/// look like one that passed.
fn test(filter: &str) -> ExitCode {
    let chosen: Vec<_> = TESTS.iter().filter(|(name, _)| name.contains(filter)).collect();
    if chosen.is_empty() {
        eprintln!("error: no test of the fault checker has `{filter}` in its name (`--list` shows them)");
        return ExitCode::FAILURE;
    }
    let mut failed = 0;
    // They wait more than they work, so they run beside each other.
    let running: Vec<_> =
        chosen.iter().map(|(name, test)| (name, std::thread::spawn(timed(*test)))).collect();
    for (name, thread) in running {
        match thread.join() {
            Ok(secs) => println!("test {name} ... ok ({secs:.1} s)"),
            Err(_) => {
                failed += 1;
                println!("test {name} ... FAILED");
            }
        }
    }
    println!("test result: {} passed, {failed} failed", chosen.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a test; gives the seconds that it took.
fn timed(test: fn()) -> impl FnOnce() -> f64 + Send + 'static {
    move || {
        let begin = Instant::now();
        test();
        begin.elapsed().as_secs_f64()
    }
}
