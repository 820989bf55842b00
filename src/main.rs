//! The `avatardesk` program: parses and calls.

fn main() -> std::process::ExitCode {
    avatardesk::cli::run()
}
