//! The `avatardesk` program: parses and calls.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    avatardesk::cli::run()
}
