//! The owner's program.

fn main() -> std::process::ExitCode {
    segel_owner::run(std::env::args_os())
}
