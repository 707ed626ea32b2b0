//! `defenderctl export`: what is there already as `import` and `resource` blocks, for every Terraform from 1.5 on and without
//! `terraform query`.

mod blocks;
mod files;
mod names;
mod search;
mod summary;
mod unmanaged;

use std::io::Write;
use std::path::PathBuf;

use crate::catalog::nearest;
use crate::defenderctl::state::Managed;
use crate::defenderctl::{Code, Terminal, provider_block};
use crate::provider::{messages, own_tenant};
use crate::terraform::{Context, Diagnostics, Provider};
use blocks::Written;
use files::Target;
use search::{Scope, Search};
use summary::Summary;

/// Write what workspaces hold already as import and resource blocks
///
/// Asks as the provider does, with its credentials (ARM_TENANT_ID, ARM_CLIENT_ID and so on, or the Azure CLI's account), and
/// changes nothing. Put what it writes beside your provider block and read terraform plan, which shows imports and no
/// changes.
///
/// Ends with 0 when everything was read, 1 when nothing could be done, 2 on a wrong command line, and 3 when something could
/// not be read: the rest is written.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    scopes: Scopes,

    /// Export this resource type alone, such as defender_xdr_connector; may be given several times
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,

    /// Leave out what this state manages: a state file, or what terraform show -json prints; may be given several times
    #[arg(long = "state", value_name = "FILE")]
    states: Vec<PathBuf>,

    /// The most objects of each type and scope; all without it
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Write into this file in place of stdout
    #[arg(long, value_name = "FILE", conflicts_with = "out_dir")]
    out: Option<PathBuf>,

    /// Write a file for each workspace into this folder in place of stdout
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,

    /// Replace files that are there already
    #[arg(long)]
    force: bool,

    /// JSON file with arguments of the provider block under their own names, for what variables do not say
    #[arg(long, value_name = "FILE")]
    provider_config: Option<PathBuf>,

    /// Alias of the provider block that is to manage what is exported
    #[arg(long, value_name = "ALIAS")]
    provider_alias: Option<String>,
}

/// Where to look. A workspace or a subscription of another tenant than the provider's own is TENANT_GUID|ID.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Scopes {
    /// ARM id of a workspace; may be given several times, like all of these. TENANT_GUID|ID where it is in another tenant
    #[arg(long = "workspace", value_name = "ID")]
    workspaces: Vec<String>,

    /// Id of a subscription, for all workspaces in it. TENANT_GUID|ID where it is in another tenant
    #[arg(long = "subscription", value_name = "ID")]
    subscriptions: Vec<String>,

    /// Id of a tenant, for all workspaces in every subscription that the credentials see there
    #[arg(long = "tenant", value_name = "GUID")]
    tenants: Vec<String>,
}

impl Scopes {
    fn all(&self) -> Vec<Scope> {
        let workspaces = self.workspaces.iter().map(|id| Scope::workspace(id));
        let subscriptions = self.subscriptions.iter().map(|id| Scope::subscription(id));
        workspaces.chain(subscriptions).chain(self.tenants.iter().map(|id| Scope::tenant(id))).collect()
    }
}

/// Exports with this provider; what is not told on the terminal goes to `stdout`.
pub async fn run(provider: &dyn Provider, asked: Arguments, terminal: &mut Terminal, stdout: &mut dyn Write) -> Code {
    match export(provider, &asked, terminal, stdout).await {
        Ok(code) => code,
        Err(found) => {
            terminal.tell(&found.0);
            Code::Failed
        }
    }
}

async fn export(
    provider: &dyn Provider,
    asked: &Arguments,
    terminal: &mut Terminal,
    stdout: &mut dyn Write,
) -> Result<Code, Diagnostics> {
    check(provider, asked)?;
    let target = Target::of(asked.out.as_deref(), asked.out_dir.as_deref(), asked.force)?;
    let context = Context::default();
    let (config, told) = provider_block::configure(provider, &context, asked.provider_config.as_deref()).await?;
    terminal.tell(&told.0);

    let mut managed = Managed::default();
    let told = asked.states.iter().flat_map(|file| managed.read(file, provider)).collect::<Vec<_>>();
    terminal.tell(&told);

    let Search { found, told: besides, unread } =
        Search::run(provider, &context, &asked.scopes.all(), &asked.types, asked.limit, terminal).await;
    terminal.tell(&besides);
    let unread = unread + told.len();

    let unmanaged = unmanaged::count(provider, &context, &found).await;
    let own_tenant = own_tenant(&config);
    let written = Written::of(&found, &managed, own_tenant.as_deref(), asked.provider_alias.as_deref())?;
    target.write(&written, stdout)?;
    terminal.say(&Summary::of(&written, &unmanaged, unread).to_string());
    Ok(match unread {
        0 => Code::Done,
        _ if found.is_empty() => Code::Failed,
        _ => Code::Partly,
    })
}

/// What is wrong with the command line beyond what clap sees.
fn check(provider: &dyn Provider, asked: &Arguments) -> Result<(), Diagnostics> {
    let known: Vec<_> = provider.list_resources().iter().map(|list| list.type_name()).collect();
    let mut found = Diagnostics::default();
    for unknown in asked.types.iter().filter(|asked| !known.contains(&asked.as_str())) {
        found.push(messages::unknown_type(unknown, nearest(unknown, known.iter().copied()), &known));
    }
    if let Some(alias) = asked.provider_alias.as_deref().filter(|alias| !names::is_identifier(alias)) {
        found.push(messages::bad_alias(alias));
    }
    if found.has_errors() { Err(found) } else { Ok(()) }
}
