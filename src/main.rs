//! The provider's binary: started by Terraform without arguments it serves as a plugin; by hand it serves a debugger or
//! writes the docs.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use terraform_provider_defender::docgen::{self, Names};
use terraform_provider_defender::plugin::{self, About};
use terraform_provider_defender::provider::DefenderProvider;

const ABOUT: About = About {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    address: "registry.terraform.io/sentinel-iac/defender",
};

#[derive(Parser)]
#[command(version, about = concat!(env!("CARGO_PKG_DESCRIPTION"), ". Terraform starts it by itself, without arguments."))]
struct Arguments {
    /// Serve a debugger: print TF_REATTACH_PROVIDERS and run until interrupted.
    #[arg(long)]
    debug: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Write the pages under docs/ from the schema and the examples.
    Docs {
        /// Write nothing; say what is not as it would be written, and fail if anything is.
        #[arg(long)]
        check: bool,
        #[arg(long, default_value = "docs")]
        docs: PathBuf,
        #[arg(long, default_value = "examples")]
        examples: PathBuf,
    },
}

fn main() -> ExitCode {
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.len() <= 1 {
        return plugin::serve(&ABOUT, Arc::new(DefenderProvider::default()));
    }
    // Go programs spell their flags with one dash, and so do Terraform's people.
    for word in &mut words {
        if word == "-debug" || word == "-version" || word == "-help" {
            *word = format!("-{}", word.display()).into();
        }
    }
    let arguments = Arguments::parse_from(words);
    match arguments.command {
        Some(Command::Docs { check, docs, examples }) => match write_docs(check, &docs, &examples) {
            Ok(code) => code,
            Err(error) => {
                drop(writeln!(io::stderr(), "{error}"));
                ExitCode::FAILURE
            }
        },
        None if arguments.debug => plugin::serve_debug(&ABOUT, Arc::new(DefenderProvider::default())),
        None => plugin::serve(&ABOUT, Arc::new(DefenderProvider::default())),
    }
}

fn write_docs(check: bool, docs: &Path, examples: &Path) -> io::Result<ExitCode> {
    let names = Names { provider: "defender" };
    let pages = docgen::pages(&DefenderProvider::default(), names, examples)?;
    if !check {
        docgen::write(&pages, docs)?;
        return Ok(ExitCode::SUCCESS);
    }
    let findings = docgen::check(&pages, docs)?;
    for finding in &findings {
        writeln!(io::stderr(), "{finding}")?;
    }
    if findings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(io::stderr(), "Write them anew with: cargo run -- docs")?;
    Ok(ExitCode::FAILURE)
}
