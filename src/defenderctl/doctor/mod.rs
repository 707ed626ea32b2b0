//! `defenderctl doctor`: what stands in the way of an apply, asked by reads alone. What to look at comes from plans, states
//! or the command line; what is found comes from the provider's own examination.

mod outcome;
mod targets;
mod text;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::report::gathered::Gathered;
use super::report::inputs;
use super::{Code, Terminal, output, provider_block, terminal};
use crate::catalog::nearest;
use crate::provider::{DefenderProvider, messages, own_tenant};
use crate::terraform::{Context, Diagnostics, Provider};
use outcome::Outcome;
use targets::Asked;

/// Tell what stands in the way of an apply, before it is tried
///
/// Signs in as the provider does (ARM_TENANT_ID, ARM_CLIENT_ID and so on, or the Azure CLI's account), and changes nothing. What is
/// to be done is read from plans and states, in the forms that defenderctl report reads, or named by --workspace. Looks at the
/// token of each tenant, the role in Entra as far as the token tells, resource providers, export settings, the workspace, its
/// onboarding, Azure permissions for each action, licence and consent by the service's own check, Content hub solutions, objects
/// that are there already, incidents that would arrive twice, and the Defender portal. What no read tells is "not known".
///
/// Ends with 0 when nothing stands in the way, 4 when something does, 3 when a file could not be read, 1 when nothing could be
/// done, and 2 on a wrong command line.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    from: From,

    /// With --workspace: what is to be made there, such as defender_xdr_connector; may be given several times. Without it every
    /// type is looked at, and what stands in its way is no more than a notice
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,

    /// What to write; without it what the name of --out ends with (.html, .json), else text
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// In text, what is well too
    #[arg(long)]
    all: bool,

    /// Write into this file in place of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace a file that is there already
    #[arg(long)]
    force: bool,

    /// JSON file with arguments of the provider block under their own names, for what variables do not say
    #[arg(long, value_name = "FILE")]
    provider_config: Option<PathBuf>,

    /// Seconds that each tenant and each workspace has to answer in
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// What is to be done.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct From {
    /// Plans and states, folders with such (*.json and *.tfstate, at any depth), or - for stdin
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// ARM id of a workspace; may be given several times. TENANT_GUID|ID where it is in another tenant
    #[arg(long = "workspace", value_name = "ID")]
    workspaces: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For programs, in the shape that the guide describes
    Json,
    /// The page of defenderctl report, with what was found
    Html,
}

impl Format {
    fn of(asked: Option<Self>, out: Option<&Path>) -> Self {
        let by_name = || match output::ending(out).as_str() {
            "html" | "htm" => Self::Html,
            "json" => Self::Json,
            _ => Self::Text,
        };
        asked.unwrap_or_else(by_name)
    }
}

/// Examines; what is not told on the terminal goes to `stdout`.
pub async fn run(
    provider: &DefenderProvider,
    asked: &Arguments,
    terminal: &mut Terminal,
    stdout: &mut dyn Write,
) -> Code {
    match examine(provider, asked, terminal, stdout).await {
        Ok(code) => code,
        Err(found) => {
            terminal.tell(&found.0);
            Code::Failed
        }
    }
}

async fn examine(
    provider: &DefenderProvider,
    asked: &Arguments,
    terminal: &mut Terminal,
    stdout: &mut dyn Write,
) -> Result<Code, Diagnostics> {
    let known: Vec<_> = provider.resources().iter().map(|resource| resource.type_name()).collect();
    if let Some(unknown) = asked.types.iter().find(|asked| !known.contains(&asked.as_str())) {
        return Err(messages::unknown_type(unknown, nearest(unknown, known.iter().copied()), &known).into());
    }
    if let Some(out) = &asked.out {
        output::refuse_existing(out, asked.force)?;
    }
    let context = Context::default();
    let (config, told) = provider_block::configure(provider, &context, asked.provider_config.as_deref()).await?;
    terminal.tell(&told.0);
    let mut gathered = Gathered::new(provider);
    inputs::read(&asked.from.paths, &mut gathered, terminal);
    let own_tenant = own_tenant(&config).map(|tenant| tenant.to_lowercase());
    let on_line = Asked { workspaces: &asked.from.workspaces, types: &asked.types, known: &known, own_tenant };
    let targets = targets::of(&gathered, &on_line);
    if targets.is_empty() {
        return Err(messages::nothing_to_examine().into());
    }

    let within = Duration::from_secs(asked.timeout);
    let on_done = |done, of| terminal.progress(&format!("{done} of {of} tenants looked at"));
    let tenants = provider.examine(&context, targets, within, on_done).await;
    let outcome = Outcome::of(tenants, &gathered);
    let written = match Format::of(asked.format, asked.out.as_deref()) {
        Format::Text => text::text(&outcome, asked.all),
        Format::Json => serde_json::to_string_pretty(&outcome).unwrap_or_default() + "\n",
        Format::Html => outcome.page(gathered),
    };
    match &asked.out {
        Some(out) => output::replace(&BTreeMap::from([(out.clone(), written)]), asked.force)?,
        None => output::print(&written, stdout)?,
    }
    terminal.say(&summary(&outcome));
    Ok(match (outcome.unread.len(), outcome.summary.problems) {
        (0, 0) => Code::Done,
        (0, _) => Code::Differs,
        _ => Code::Partly,
    })
}

/// How many there are of each, by what was looked at.
fn summary(outcome: &Outcome) -> String {
    let rows: Vec<_> = outcome
        .counts()
        .map(|(check, counts)| {
            let [problems, notices, unknown, well] = counts.map(|count| count.to_string());
            [check.title().to_owned(), problems, notices, unknown, well]
        })
        .collect();
    let table = terminal::table(["looked at", "problems", "notices", "not known", "well"], &rows);
    let of = &outcome.summary;
    let count = super::report::text::count;
    let unread = if outcome.unread.is_empty() {
        String::new()
    } else {
        format!("; {} unread, as told above", outcome.unread.len())
    };
    format!("{table}\n{} in {}{unread}.", count(of.workspaces, "workspace"), count(of.tenants, "tenant"))
}
