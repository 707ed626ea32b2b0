//! The command line of `defenderctl`: which subcommand is asked for, and with what code it ends. What a subcommand does
//! lives in the room of the same name.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use terraform_provider_defender::defenderctl::{Terminal, doctor, export, report};
use terraform_provider_defender::provider::DefenderProvider;

/// What the Defender provider for Terraform does besides plans: it signs in, asks and words its messages as the provider
/// does.
#[derive(Parser)]
#[command(name = "defenderctl", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Doctor(doctor::Arguments),
    Export(export::Arguments),
    Report(report::Arguments),
}

/// As a shell has it for what an interrupt ended.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let provider = DefenderProvider::default();
    let mut terminal = Terminal::new(Box::new(io::stderr()), io::stderr().is_terminal());
    let work = async {
        match arguments.command {
            Command::Doctor(asked) => doctor::run(&provider, &asked, &mut terminal, &mut io::stdout()).await,
            Command::Export(asked) => export::run(&provider, asked, &mut terminal, &mut io::stdout()).await,
            Command::Report(asked) => report::run(&provider, &asked, &mut terminal, &mut io::stdout()),
        }
    };
    tokio::select! {
        // A report waits for nothing but files and stdin, and is ended by the signal itself.
        biased;
        code = work => code.into(),
        _ = tokio::signal::ctrl_c() => {
            // Nothing is written before everything is read, so nothing is left behind.
            drop(writeln!(io::stderr(), "Interrupted; nothing was written."));
            INTERRUPTED.into()
        }
    }
}
