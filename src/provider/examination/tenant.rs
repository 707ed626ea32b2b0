//! What is looked at once for each tenant: the sign-in, the role in Entra, the subscriptions, the export settings. Without
//! a token there is nothing more to ask.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};

use super::actions::{Needs, registration};
use super::workspace;
use super::{Check, ExaminedTenant, ExaminedWorkspace, Finding, Target, Wish};
use crate::arm::{Call, Claims, Client, Request, WorkspaceId};
use crate::catalog::{CONNECTORS, SECURITY_ADMINISTRATOR};
use crate::provider::engine::session::{Session, call_in};
use crate::provider::export_setting::{ExportSetting, SETTINGS_PER_TENANT};
use crate::provider::messages::{self, Subject};
use crate::terraform::{Context, Value};

/// Workspaces of a tenant that are looked at side by side.
const WORKSPACES: usize = 8;

/// The template ids of the roles in Entra that the connectors of a tenant ask for: Global Administrator and Security
/// Administrator (Microsoft's documentation of built-in roles).
const ROLES: [&str; 2] = ["62e90394-69f5-4237-9190-012177145e10", "194ae4cb-b126-40b2-bd5b-6091b380977d"];

/// The resource providers without which there is no Sentinel.
const OF_ALL: [&str; 2] = ["Microsoft.OperationalInsights", "Microsoft.SecurityInsights"];

/// Looks at a tenant and all that is to be done in it.
pub async fn examine(
    session: Arc<Session>,
    context: Context,
    tenant_id: Option<String>,
    targets: Vec<Target>,
    within: Duration,
) -> ExaminedTenant {
    let place = tenant_id.clone().unwrap_or_else(|| "the provider's own tenant".to_owned());
    let what = format!("tenant {}", tenant_id.as_deref().unwrap_or("of the provider block"));
    let subject = Subject { operation: "sign in to", what: &what, place: &place, resource: "defenderctl" };
    let none = |finding| {
        let workspace = |target: Target| ExaminedWorkspace { workspace_id: target.workspace_id, findings: Vec::new() };
        let workspaces = targets.clone().into_iter().map(workspace).collect();
        ExaminedTenant { tenant_id: tenant_id.clone(), findings: vec![finding], workspaces }
    };
    let client = match session.require(subject) {
        Ok(client) => client,
        Err(told) => return none(Finding::told(Check::SignIn, told)),
    };
    let tenant = Value::from(tenant_id.as_deref());
    let signed_in = async {
        let call = call_in(&client, &context, within, &tenant).await?;
        let claims = client.claims(&call).await?;
        let id = client.tenant_id(&call).await?;
        Ok((call, claims, id))
    };
    let (call, claims, id) = match signed_in.await {
        Ok(signed_in) => signed_in,
        Err(error) => return none(Finding::told(Check::SignIn, messages::failed("tenant_id", subject, &error))),
    };
    let wishes: Vec<_> = targets.iter().flat_map(|target| &target.wishes).collect();
    let mut findings = vec![Finding::well(Check::SignIn, "There is a token for Azure Resource Manager")];
    findings.extend(role(&claims, &wishes));
    let (providers, settings) =
        tokio::join!(resource_providers(&client, &call, &targets), export_settings(&client, &call, &targets, &id));
    findings.extend(providers);
    findings.extend(settings);
    let looks = targets.iter().map(|target| {
        let call = Call::new(&context.stop, within).tenant(call.tenant.as_deref());
        workspace::examine(&session, &client, call, &id, target)
    });
    let workspaces = stream::iter(looks.collect::<Vec<_>>()).buffered(WORKSPACES).collect().await;
    ExaminedTenant { tenant_id: Some(id), findings, workspaces }
}

/// The caller's role in Entra, as far as the token names any.
fn role(claims: &Claims, wishes: &[&Wish]) -> Option<Finding> {
    let asks = |wish: &&&Wish| {
        let of_connector = CONNECTORS.iter().find(|row| row.resource == wish.resource).map(|row| row.role);
        of_connector == Some(SECURITY_ADMINISTRATOR) || wish.resource == "defender_hunting_tables"
    };
    let asking: Vec<&Wish> = wishes.iter().filter(asks).copied().collect();
    if asking.is_empty() {
        return None;
    }
    let has = |role: &str| claims.directory_roles.iter().any(|found| found.eq_ignore_ascii_case(role));
    Some(match (ROLES.iter().any(|role| has(role)), claims.is_application) {
        (true, _) => Finding::well(Check::EntraRole, "The token names Security Administrator or Global Administrator"),
        (false, Some(false)) if !claims.directory_roles.is_empty() => {
            Finding::told(Check::EntraRole, messages::no_entra_role(&claims.directory_roles)).of(&asking)
        }
        (false, Some(true)) => Finding::unknown(
            Check::EntraRole,
            "the token of an application does not name its roles in Entra; the service's check of each connector tells \
             whether its authorization is valid",
        ),
        (false, _) => Finding::unknown(Check::EntraRole, "the token names no roles in Entra"),
    })
}

/// Whether the subscriptions of all targets have what Sentinel takes.
async fn resource_providers(client: &Client, call: &Call, targets: &[Target]) -> Vec<Finding> {
    let check = Check::ResourceProviders;
    let mut subscriptions: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for target in targets {
        let Ok(id) = WorkspaceId::parse(&target.workspace_id) else { continue };
        let of_wishes =
            target.wishes.iter().filter_map(|wish| Needs::of(&wish.resource)).map(|needs| needs.namespace());
        subscriptions.entry(id.subscription_id.to_lowercase()).or_default().extend(of_wishes.chain(OF_ALL));
    }
    let asked = subscriptions.iter().flat_map(|(id, namespaces)| namespaces.iter().map(move |of| (id, *of)));
    let asked = asked.map(|(id, namespace)| async move {
        (id, namespace, client.send(call, Request::resource_provider(id, namespace)).await)
    });
    let mut unregistered: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    let mut findings = Vec::new();
    for (subscription, namespace, answer) in join_all(asked).await {
        match answer.map(|answer| registration(&answer.body).to_owned()) {
            Ok(state) if state.eq_ignore_ascii_case("registered") => {}
            Ok(state) if state.is_empty() => {
                let because = format!("the answer about {namespace} in subscription {subscription} has no state");
                findings.push(Finding::unknown(check, because));
            }
            Ok(state) => unregistered.entry(subscription).or_default().push((namespace, state)),
            Err(error) => {
                let what = format!("whether subscription {subscription} has {namespace}");
                findings.push(Finding::unanswered(check, &what, &error));
            }
        }
    }
    let told = unregistered.iter().map(|(id, missing)| messages::provider_not_registered(id, missing));
    findings.extend(told.map(|told| Finding::told(check, told)));
    if findings.is_empty() && !subscriptions.is_empty() {
        let all: BTreeSet<_> = subscriptions.values().flatten().copied().collect();
        findings.push(Finding::well(check, format!("Registered: {}", all.into_iter().collect::<Vec<_>>().join(", "))));
    }
    findings
}

/// Whether the tenant takes the export settings that are to be made.
async fn export_settings(client: &Client, call: &Call, targets: &[Target], tenant: &str) -> Option<Finding> {
    let check = Check::ExportSettings;
    let is_ours = |wish: &&Wish| wish.resource == "defender_hunting_tables";
    let all: Vec<&Wish> = targets.iter().flat_map(|target| &target.wishes).filter(is_ours).collect();
    if all.is_empty() {
        return None;
    }
    let what = "the export settings";
    let subject = Subject { operation: "read", what, place: tenant, resource: "defender_hunting_tables" };
    let settings = match client.list(call, Request::export_settings()).await {
        Ok(settings) => settings,
        Err(error) => {
            return Some(Finding::told(check, messages::defender_failed("workspace_id", subject, &error)).of(&all));
        }
    };
    if let Some(strange) = settings.iter().map(ExportSetting).find(|setting| !setting.is_described()) {
        return Some(Finding::unknown(check, format!("the setting {:?} is not as described", strange.id())));
    }
    let streams_to = |id: &WorkspaceId| settings.iter().any(|setting| ExportSetting(setting).streams_to(id));
    let is_new = |target: &&Target| {
        let makes = target.wishes.iter().filter(is_ours).any(|wish| wish.operations.creates);
        makes && WorkspaceId::parse(&target.workspace_id).is_ok_and(|id| !streams_to(&id))
    };
    let new: BTreeSet<_> = targets.iter().filter(is_new).map(|target| target.workspace_id.to_lowercase()).collect();
    let free = SETTINGS_PER_TENANT.saturating_sub(settings.len());
    Some(if new.len() > free {
        let ids: Vec<_> = settings.iter().map(|setting| ExportSetting(setting).id().to_owned()).collect();
        Finding::told(check, messages::no_free_export_setting(new.len(), SETTINGS_PER_TENANT, &ids)).of(&all)
    } else {
        Finding::well(
            check,
            format!("{free} of {SETTINGS_PER_TENANT} export settings are free, {} to be made", new.len()),
        )
    })
}
