//! The command line: one file per sub-command. The only place that reads flags, environment and signals.

mod ask;
mod avatar;
mod bot;
mod common;
mod config;
mod console;
mod console_voice;
mod control;
mod demo;
mod desk;
mod doctor;
mod embedded;
mod first_model;
mod hear;
mod identity;
mod kiosk;
mod knowledge;
mod log;
mod logging;
mod model;
mod notify;
mod open_files;
mod outbox;
mod places;
mod relay;
mod relay_access;
mod relay_status;
mod scene;
mod show;
mod signals;
mod speech_model;
mod story;
mod terminal;
mod tune;
mod tuning;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use common::Common;

/// A virtual help desk with an avatar. Without a sub-command: the demonstration.
#[derive(Debug, Parser)]
#[command(name = "avatardesk", version, about, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Sub>,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// Relay, bot and kiosk in one process (the same as no sub-command)
    Demo(demo::Demo),
    /// The visitor app against a relay
    Kiosk(kiosk::Kiosk),
    /// A visitor without a window: text or sound in; transcript, answer and timings out
    Ask(ask::Ask),
    /// Look at each part and say how to mend it
    Doctor(doctor::Doctor),
    /// The server: orders events, stores them, passes events and signals on
    Relay(relay::Relay),
    /// Back up, check and export what was said; forget a visitor
    Log(log::Log),
    /// The built-in bot as a process of its own
    Bot(bot::Bot),
    /// The agent app: who waits, take over, type, give back
    Console(console::Console),
    /// Check and search the articles
    Knowledge(knowledge::Knowledge),
    /// List, fetch and check speech models
    Model(model::Model),
    /// Check an avatar
    Avatar(avatar::Avatar),
    /// Check a scene
    Scene(scene::Scene),
    /// Check the settings
    Config(config::Config),
}

/// Parses the arguments of the process and does what they say.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start(arguments.common.verbose);
    let done = match arguments.command {
        Some(Sub::Demo(demo)) => demo.run(&arguments.common),
        Some(Sub::Kiosk(kiosk)) => kiosk.run(&arguments.common),
        Some(Sub::Ask(ask)) => ask.run(&arguments.common),
        Some(Sub::Doctor(doctor)) => doctor.run(&arguments.common),
        Some(Sub::Relay(relay)) => relay.run(&arguments.common),
        Some(Sub::Log(log)) => log.run(&arguments.common),
        Some(Sub::Bot(bot)) => bot.run(&arguments.common),
        Some(Sub::Console(console)) => console.run(&arguments.common),
        Some(Sub::Knowledge(knowledge)) => knowledge.run(&arguments.common),
        Some(Sub::Model(model)) => model.run(&arguments.common),
        Some(Sub::Avatar(avatar)) => avatar.run(&arguments.common),
        Some(Sub::Scene(scene)) => scene.run(&arguments.common),
        Some(Sub::Config(config)) => config.run(&arguments.common),
        None => demo::Demo::plain().run(&arguments.common),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
