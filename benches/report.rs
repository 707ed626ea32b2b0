//! Reports on a made-up fleet and prints what that costs: the size of what is written, and the time from start to end.
//!
//! `cargo bench --bench report [-- TENANTS]`; a thousand tenants without it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::disallowed_methods)]

#[path = "../tests/it/made_up_fleet.rs"]
mod made_up_fleet;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

fn main() {
    let tenants: usize = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(1000);
    let folder = tempfile::tempdir().unwrap();
    let mut read = 0;
    for number in 0..tenants {
        let plan = made_up_fleet::plan(number).to_string();
        read += plan.len();
        fs::write(folder.path().join(format!("{number}.json")), plan).unwrap();
    }
    println!(
        "{tenants} tenants, {} MB of plans\n\n| format | bytes | ms, the least of {ROUNDS} |\n|---|--:|--:|",
        read / 1_000_000
    );
    for format in ["html", "json", "markdown"] {
        let report = || {
            let began = Instant::now();
            let mut command = Command::new(env!("CARGO_BIN_EXE_defenderctl"));
            let output = command.arg("report").arg(folder.path()).args(["--format", format]).output().unwrap();
            assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
            (output.stdout.len(), began.elapsed())
        };
        let rounds: Vec<_> = (0..ROUNDS).map(|_| report()).collect();
        let least = rounds.iter().map(|(_, took)| *took).min().unwrap_or(Duration::ZERO);
        println!("| {format} | {} | {} |", rounds[0].0, least.as_millis());
    }
    println!("\n| a state of a million objects | MB | ms | MiB at most |\n|---|--:|--:|--:|");
    for (what, ours) in [("one in a thousand is this provider's", 1000), ("all are", 1)] {
        let state = made_up_fleet::state(1_000_000, ours);
        let path = folder.path().join("big.tfstate");
        fs::write(&path, &state).unwrap();
        let read = state.len();
        drop(state);
        let (took, most) = measured(Command::new(env!("CARGO_BIN_EXE_defenderctl")).arg("report").arg(&path));
        println!("| {what} | {} | {} | {} |", read / 1_000_000, took.as_millis(), most / 1024);
    }
}

/// How long a command takes, and the KiB that it has at most, as far as a look each ten milliseconds shows (Linux).
fn measured(command: &mut Command) -> (Duration, u64) {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = peak.unwrap_or(most).max(most);
        std::thread::sleep(Duration::from_millis(10));
    }
    (began.elapsed(), most)
}
