//! The server's program. Everything is in `segel_server`.

fn main() -> std::process::ExitCode {
    segel_server::run(std::env::args_os())
}
