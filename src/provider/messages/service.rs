//! What the service can say to any request, and what that means.

use crate::provider::engine::attributes::TENANT_ID;
use std::time::Duration;

use uuid::Uuid;

use super::credentials::{given_token_misfit, no_token};
use super::{Subject, import_block, removed_block};
use crate::arm::{self, Kind};
use crate::terraform::{AttributePath, Diagnostic};

/// A refused or failed request, explained by what kind of refusal it is; `path` is what the service would refuse it for.
pub fn failed(path: impl Into<AttributePath>, subject: Subject<'_>, error: &arm::Error) -> Diagnostic {
    let place = subject.place;
    let (happened, next) = match error.kind {
        Kind::GivenToken(misfit) => return given_token_misfit(subject, misfit, error),
        // Whoever throttles or asks for more than credentials, Entra or the service itself, the way out is the same.
        Kind::Token | Kind::TimedOut if error.is_throttled() => throttled(error),
        Kind::Token if error.is_conditional_access() => conditional_access(error),
        Kind::Token => no_token(error),
        Kind::Unreachable => (
            "The service could not be reached.".to_owned(),
            format!(
                "Check the network, the proxy variables (HTTPS_PROXY, NO_PROXY) and the provider's endpoints block, then run again.{}",
                if error.may_have_happened() {
                    " What was sent may have had its effect; the next plan shows what came of it."
                } else {
                    ""
                }
            ),
        ),
        Kind::Certificate => (
            "The service's TLS certificate is not trusted.".to_owned(),
            "If this is the local emulator or a proxy that opens TLS, name its CA certificate in SSL_CERT_FILE. If it is neither, do \
             not go on: somebody may be listening in."
                .to_owned(),
        ),
        Kind::TimedOut => (
            "The service gave no final answer within the time allowed.".to_owned(),
            "Run again; what did happen is found then. A longer limit can be set in the resource's timeouts block.".to_owned(),
        ),
        Kind::Stopped => (
            "The run was interrupted before the service answered.".to_owned(),
            "Run again; what did happen is found then.".to_owned(),
        ),
        Kind::Garbage => (
            "The answer is not what the API promises.".to_owned(),
            "Something between here and the service may have answered in its place, such as a proxy or a sign-in page; check the \
             endpoints block. Run again if it was a passing fault."
                .to_owned(),
        ),
        Kind::Settings => ("The request could not be made.".to_owned(), "Check the provider block.".to_owned()),
        Kind::Service => refused(subject, error),
    };
    let sort = match place {
        place if is_subscription(place) => "Subscription",
        place if Uuid::try_parse(place).is_ok() => "Tenant",
        _ => "Workspace",
    };
    let told = format!("{happened}\n{sort}: {place}\n\n{}\n\n{next}", said(error));
    let path = match error.kind {
        // What nobody judged is no attribute's fault, so none is underlined.
        _ if error.is_throttled() || error.is_out_of_order() || error.is_conditional_access() => AttributePath::root(),
        Kind::Service if error.is_unsupported_product() => "product".into(),
        Kind::Service => path.into(),
        Kind::Token => TENANT_ID.into(),
        _ => AttributePath::root(),
    };
    Diagnostic::error(subject.could_not(), told).at(path)
}

/// Whether an ARM id ends with the subscription.
fn is_subscription(place: &str) -> bool {
    place.strip_prefix("/subscriptions/").is_some_and(|rest| !rest.contains('/'))
}

/// What a refusal means, and the way out.
fn refused(subject: Subject<'_>, error: &arm::Error) -> (String, String) {
    let Subject { place, resource, .. } = subject;
    let explain = |happened: &str, next: &str| (happened.to_owned(), next.to_owned());
    if error.is_wrong_tenant() {
        let (home, value) = match error.tenant_of_subscription() {
            Some(tenant) => (format!("tenant {tenant}"), format!("tenant_id = \"{tenant}\"")),
            None => ("another tenant".to_owned(), "tenant_id = \"...\" with that tenant's id".to_owned()),
        };
        return (
            format!("The workspace belongs to {home}, the token to a different one."),
            format!(
                "Set {value} in this block: the provider's credentials are then used in that tenant, which must know them. On the provider \
                 it belongs only if everything is in that tenant. Or correct workspace_id."
            ),
        );
    }
    if error.is_not_onboarded() {
        return explain(
            "The workspace is not onboarded to Microsoft Sentinel.",
            "Onboard it first with defender_workspace_onboarding, and let this resource wait for that with depends_on. With the \
             azurerm provider that is azurerm_sentinel_log_analytics_workspace_onboarding.",
        );
    }
    if error.is_portal_locked() {
        return portal_locked(subject, !error.may_have_happened());
    }
    if error.is_scope_locked() {
        return scope_locked(subject, error);
    }
    if error.is_policy_denial() {
        return policy_denial(place, error);
    }
    if error.is_denied_by_assignment() {
        return explain(
            "A deny assignment forbids this, whatever roles the caller has.",
            "Deployment stacks and managed applications make such assignments to keep others out of what they manage. Change it \
             there, or have the caller excluded from it: the scope's Access control (IAM) > Deny assignments shows whose it is.",
        );
    }
    if error.is_conditional_access() {
        return conditional_access(error);
    }
    if error.is_missing_consent() {
        return explain(
            "The tenant has not agreed to share this product's data with Sentinel yet, or the caller may not agree to it.",
            "Give the caller the Entra role Security Administrator. If it stays refused, open the connector's page in the portal once \
             as Security Administrator, connect there, and import the connector.",
        );
    }
    if error.is_license_invalid() {
        return explain(
            "The tenant has no valid licence for this product, or the caller may not use it.",
            "Check the product's licence in the Microsoft 365 admin center, and that the caller has the Entra role Security \
             Administrator. A new licence can take a day to count.",
        );
    }
    if error.is_duplicate_key() {
        return (
            "The workspace has a connector of this kind for this tenant or subscription already, under another name."
                .to_owned(),
            format!(
                "Set adopt_existing = true to take it over, or import it; data.defender_connectors lists the ids for\n\n{}",
                import_block(resource, "...")
            ),
        );
    }
    if error.is_unsupported_kind() {
        return explain(
            "The api-version does not have this connector kind, or the service does not have the api-version.",
            "The cloud may lag behind, or the version may be gone: set one that has the kind in the provider's api_versions block. If \
             that block is left out already, please report this with the message.",
        );
    }
    if error.is_unsupported_product() {
        return explain(
            "The service does not know this product, or makes no incidents of its alerts.",
            "Correct product: the resource's page lists the names that this version knows, and ARM's own names of them are understood too.",
        );
    }
    if error.is_provider_not_registered() {
        return explain(
            "The subscription has not registered a resource provider that this needs.",
            "Register it once: az provider register --namespace Microsoft.SecurityInsights (and Microsoft.OperationalInsights).",
        );
    }
    if error.is_forbidden() {
        return no_permission(subject, error);
    }
    if error.is_throttled() {
        return throttled(error);
    }
    if error.is_out_of_order() {
        return explain(
            "The service, or a gateway before it, is out of order; the request itself was not judged.",
            "Run again later; what did happen is found then. If it stays so, see https://azure.status.microsoft.",
        );
    }
    if error.is_conflict() {
        return explain(
            "Somebody else changed it at the same time.",
            "Run terraform plan to see what it is now, then apply again.",
        );
    }
    if error.is_not_found() {
        return explain(
            "It does not exist, or the caller may not see it.",
            "Check workspace_id, and that the workspace still exists.",
        );
    }
    if error.is_subscription_not_found() {
        return explain(
            "The subscription does not exist, or the caller may not see it.",
            "Check the subscription in workspace_id and that the credentials are of its tenant. Nothing was dropped from state.",
        );
    }
    explain("The service refused the request.", "Correct what the service names, then run again.")
}

/// A role that is missing: what only reads asks for no more than to read.
fn no_permission(subject: Subject<'_>, error: &arm::Error) -> (String, String) {
    let Subject { operation, place, resource, .. } = subject;
    let is_table = resource.ends_with("table_retention");
    let is_workbook = error.target.contains("/Microsoft.Insights/workbooks");
    let of = if is_table { "Log Analytics" } else { "Microsoft Sentinel" };
    let reader = match error.target.as_str() {
        // The service's check of requirements is asked by POST, which Reader may not.
        target if target.starts_with("POST ") => "Microsoft Sentinel Reader",
        _ if is_table => "Log Analytics Reader, or Reader,",
        target if target.contains("/Microsoft.SecurityInsights/") || is_workbook => {
            "Microsoft Sentinel Reader, or Reader,"
        }
        // Microsoft Sentinel Reader reads what is in a workspace, which is not said to be the workspace itself.
        _ => "Reader",
    };
    // It lies beside the workspace.
    let place = if is_workbook { "the workbook's resource group" } else { place };
    let role = match operation {
        "create" | "update" | "delete" => format!("{of} Contributor on {place}"),
        "list" => format!("{reader} on {place}"),
        _ if resource.starts_with("data.") => format!("{reader} on {place}"),
        _ => format!("{reader} on {place}, which is enough for a plan; an apply needs {of} Contributor"),
    };
    (
        "The caller has no permission for this.".to_owned(),
        format!("Give it {role}. A new role assignment can take some minutes to count."),
    )
}

/// Too many requests, of this run or of others of the same caller.
fn throttled(error: &arm::Error) -> (String, String) {
    let (happened, then) = match error.asked_wait().filter(|wait| !wait.is_zero()) {
        Some(wait) => {
            (format!("Too many requests: the service asked to wait for {}.", in_words(wait)), "Run again after that.")
        }
        None => ("Too many requests: the service asked to slow down.".to_owned(), "Run again later."),
    };
    (
        happened,
        format!(
            "{then} What may wait it out in one run gets a longer limit in its timeouts block. If it comes back, let fewer requests go: \
             a lower terraform apply -parallelism=N, or max_requests_per_second in the provider block."
        ),
    )
}

/// A first refusal by the Defender portal; the ones that follow are told in `portal`.
fn portal_locked(subject: Subject<'_>, nothing_changed: bool) -> (String, String) {
    let Subject { resource, operation, .. } = subject;
    let unchanged = if nothing_changed { "The service changed nothing. " } else { "" };
    let portal = "Change it in the Defender portal (Settings > Microsoft Sentinel > Workspaces).";
    let next = match operation {
        "create" => format!(
            "Set managed_by_portal = true in this block: it then is in state as it is configured, what the service has in its place is told by \
             every plan, and there is no diff. {portal}"
        ),
        "delete" => format!(
            "Unless this block sets it to false, managed_by_portal is true in state from now on, and the next destroy leaves the connector \
             to the portal. {portal}\n\nTo leave it to the portal without a destroy, put in its place\n\n{}",
            removed_block(resource)
        ),
        _ => format!(
            "Unless this block sets it to false, managed_by_portal is true in state from now on, and state is as it is configured: what the \
             service has in its place is told by every plan, and is no diff. {portal}\n\nTo stop managing it here without touching it, take \
             the resource out of the configuration and leave in its place\n\n{}",
            removed_block(resource)
        ),
    };
    (
        "The workspace is onboarded to the Microsoft Defender portal, which manages this connector now; ARM refuses changes to it."
            .to_owned(),
        format!("{unchanged}{next}"),
    )
}

/// A lock on the workspace or on what it lies in.
fn scope_locked(subject: Subject<'_>, error: &arm::Error) -> (String, String) {
    let named = error.locked_scopes().iter().map(|scope| format!("\nLocked: {scope}")).collect::<String>();
    let kind = match subject.operation {
        "delete" => "A lock of either kind, CanNotDelete or ReadOnly, keeps it from being deleted.",
        _ => {
            "A ReadOnly lock forbids every write, and some questions that are asked by POST; a CanNotDelete lock forbids deletes alone."
        }
    };
    (
        format!("A resource lock keeps things there as they are.{named}"),
        format!(
            "{kind} No role passes it, and it lasts until somebody takes it away: an Owner or User Access Administrator of the locked \
             scope, in the portal under Settings > Locks of that scope, or with\n  az lock list --output table\n  az lock delete --ids \
             LOCK_ID\nPut it back after the apply, or give the lock to a scope that does not hold the workspace."
        ),
    )
}

/// Azure Policy.
fn policy_denial(place: &str, error: &arm::Error) -> (String, String) {
    let named = error.denying_policy().map(|policy| format!("\nPolicy: {policy}")).unwrap_or_default();
    (
        format!("An Azure Policy assignment does not allow this.{named}"),
        format!(
            "A role would not help. Write the configuration as the policy wants it, or ask whoever assigned it for an exemption of\n  \
             {place}\nThe portal shows it under Policy > Assignments, and takes exemptions there; az policy exemption create does too."
        ),
    )
}

/// The tenant's conditional access.
fn conditional_access(error: &arm::Error) -> (String, String) {
    let claims = error.claims_challenge().map(|claims| format!(" --claims-challenge \"{claims}\"")).unwrap_or_default();
    (
        "A conditional access policy of the tenant does not let the caller in as it is.".to_owned(),
        format!(
            "No Azure role would help. A service principal cannot do what such a policy asks of people: an administrator of the tenant's \
             conditional access excludes it from the policy, or it runs from where the policy lets it in, such as a named location. A \
             user signs in again, as the policy asks:\n  az login{claims}\nThe sign-in logs of Microsoft Entra name the policy."
        ),
    )
}

/// A time as people say it: "1 hour", "2 minutes 30 seconds".
fn in_words(time: Duration) -> String {
    // The service never means less than it says.
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0 && time.as_secs() < u64::MAX);
    if seconds >= 365 * 24 * 3600 {
        return "more than a year".to_owned();
    }
    let units = [("day", 24 * 3600), ("hour", 3600), ("minute", 60), ("second", 1)];
    let mut rest = seconds;
    let counted = units.map(|(unit, length)| {
        let count = rest / length;
        rest %= length;
        (count, unit)
    });
    let told = counted.iter().filter(|(count, _)| *count > 0);
    let told: Vec<_> =
        told.map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" })).collect();
    if told.is_empty() { "a moment".to_owned() } else { told.join(" ") }
}

/// What the service said: status, code, message, request and request id.
pub(super) fn said(error: &arm::Error) -> String {
    let mut text = String::from("The service said: ");
    if let Some(status) = error.status {
        text.push_str(&format!("{status} "));
    }
    if let Some(code) = &error.code {
        text.push_str(&format!("{code}: "));
    }
    text.push_str(error.message.trim());
    if !error.target.is_empty() {
        text.push_str(&format!("\nRequest: {}", error.target));
    }
    if let Some(request_id) = &error.request_id {
        text.push_str(&format!("\nRequest id: {request_id}"));
    }
    if error.status.is_none() && error.request_id.is_none() {
        text = text.replacen("The service said: ", "Found: ", 1);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        let of = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!([of(1), of(60), of(150), of(3600)], ["1 second", "1 minute", "2 minutes 30 seconds", "1 hour"]);
        assert_eq!(of(90_061), "1 day 1 hour 1 minute 1 second");
        assert_eq!([of(0), of(u64::MAX)], ["a moment", "more than a year"]);
        assert_eq!([in_words(Duration::from_millis(1)), in_words(Duration::MAX)], ["1 second", "more than a year"]);
    }
}
