//! `defenderctl report`: what states and plans tell of many workspaces, on one page. It asks nothing of the service, and reads
//! of a state no more than `forms` keeps of it.

pub(super) mod building;
mod examined;
pub(super) mod gathered;
pub(super) mod inputs;
mod markdown;
pub(super) mod model;
mod page;
pub(super) mod text;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Code, Terminal, output, terminal};
use crate::provider::examination::ExaminedTenant;
use crate::provider::messages;
use crate::terraform::{Diagnostic, Provider};
use gathered::Gathered;
use model::Report;

/// Report on many workspaces from their states and plans
///
/// Reads what terraform show -json prints of a state or of a saved plan, and state files; asks nothing of the service and needs
/// no credentials. Shows for each workspace what is connected, what drifted or is planned to change, what is silent, and whose
/// incidents arrive twice. Drift is told by plans alone; figures of ingestion come from data.defender_ingestion, where a
/// configuration has it.
///
/// Ends with 0 when no plan tells of drift or changes, 4 when one does, 3 when something could not be read (the rest is
/// reported, drift or none), 1 when nothing could be read or written, and 2 on a wrong command line.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// States and plans, folders with such (*.json and *.tfstate, at any depth), or - for stdin, which may hold several one
    /// after the other
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,

    /// What to write; without it what the name of --out ends with (.html, .json, .md), else markdown
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Write into this file in place of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One page that needs nothing else
    Html,
    /// For programs, in the shape that the guide describes
    Json,
    /// A table for a pull request's comment, of at most 65,000 bytes
    Markdown,
}

impl Format {
    fn of(asked: Option<Self>, out: Option<&Path>) -> Self {
        let by_name = || match output::ending(out).as_str() {
            "html" | "htm" => Self::Html,
            "json" => Self::Json,
            _ => Self::Markdown,
        };
        asked.unwrap_or_else(by_name)
    }
}

/// Reports; what is not told on the terminal goes to `stdout`.
pub fn run(provider: &dyn Provider, asked: &Arguments, terminal: &mut Terminal, stdout: &mut dyn Write) -> Code {
    match report(provider, asked, terminal, stdout) {
        Ok(code) => code,
        Err(found) => {
            terminal.tell(&[found]);
            Code::Failed
        }
    }
}

fn report(
    provider: &dyn Provider,
    asked: &Arguments,
    terminal: &mut Terminal,
    stdout: &mut dyn Write,
) -> Result<Code, Diagnostic> {
    if let Some(out) = &asked.out {
        output::refuse_existing(out, asked.force)?;
    }
    let mut gathered = Gathered::new(provider);
    inputs::read(&asked.paths, &mut gathered, terminal);
    let strangers = gathered.strangers();
    if !strangers.is_empty() {
        terminal.tell(&[messages::report_of_unknown_types(&strangers)]);
    }
    if gathered.files.is_empty() {
        return Err(messages::report_of_nothing());
    }
    let report = Report::of(gathered);
    let text = match Format::of(asked.format, asked.out.as_deref()) {
        Format::Html => page::page(&report),
        Format::Json => serde_json::to_string_pretty(&report).unwrap_or_default() + "\n",
        Format::Markdown => markdown::markdown(&report),
    };
    match &asked.out {
        Some(out) => output::replace(&BTreeMap::from([(out.clone(), text)]), asked.force)?,
        None => output::print(&text, stdout)?,
    }
    terminal.say(&summary(&report));
    Ok(match (report.summary.unread, report.differs()) {
        (0, false) => Code::Done,
        (0, true) => Code::Differs,
        _ => Code::Partly,
    })
}

/// The page with what an examination found.
pub(super) fn page_with(gathered: Gathered, examined: &[ExaminedTenant]) -> String {
    page::page(&Report::of(gathered).with(examined))
}

/// The same figures for whoever reads along.
fn summary(report: &Report) -> String {
    let of = &report.summary;
    let rows = [
        ("drifted", of.drifted),
        ("to be changed", of.planned),
        ("with silent sources", of.silent),
        ("with incidents twice", of.doubled),
        ("without a plan", of.unplanned),
    ];
    let rows = rows.map(|(what, number)| [what.to_owned(), number.to_string()]);
    let table = terminal::table(["workspaces", "number"], &rows);
    let (tenants, workspaces) = (text::count(of.tenants, "tenant"), text::count(of.workspaces, "workspace"));
    let unread = if of.unread == 0 { String::new() } else { format!("; {} unread, as told above", of.unread) };
    format!("{table}\n{workspaces} in {tenants}, of {}{unread}.", text::count(report.files.len(), "file"))
}
