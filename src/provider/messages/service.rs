//! What the service can say to any request, and what that means.

use super::Subject;
use super::credentials::{given_token_misfit, no_token};
use crate::arm::{self, Kind};
use crate::terraform::{AttributePath, Diagnostic};

/// A refused or failed request, explained by what kind of refusal it is; `path` is what the service would refuse it for.
pub fn failed(path: impl Into<AttributePath>, subject: Subject<'_>, error: &arm::Error) -> Diagnostic {
    let place = subject.place;
    let (happened, next) = match error.kind {
        Kind::GivenToken(misfit) => return given_token_misfit(subject, misfit, error),
        Kind::Token => no_token(error),
        Kind::Unreachable => (
            "The service could not be reached.".to_owned(),
            "Check the network, the proxy variables (HTTPS_PROXY, NO_PROXY) and the provider's endpoints block, then run again. \
             Nothing was changed in state."
                .to_owned(),
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
        Kind::Service => refused(place, error),
    };
    let told = format!("{happened}\nWorkspace: {place}\n\n{}\n\n{next}", said(error));
    let path = match error.kind {
        Kind::Service => path.into(),
        Kind::Token => "tenant_id".into(),
        // What nobody judged is no attribute's fault, so none is underlined.
        _ => AttributePath::root(),
    };
    Diagnostic::error(subject.could_not(), told).at(path)
}

/// What a refusal means, and the way out.
fn refused(place: &str, error: &arm::Error) -> (String, String) {
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
        return explain(
            "The workspace is onboarded to the Microsoft Defender portal, which manages this connector now; ARM refuses changes to it.",
            "Nothing was changed, here or there. Change it in the Defender portal (Settings > Microsoft Sentinel > Workspaces), and \
             write the configuration as the portal has it. To stop managing it here without touching it, take the resource out of the \
             configuration and leave in its place\n\n  removed {\n    from = TYPE.NAME\n    lifecycle {\n      destroy = false\n    }\n  \
             }\n\nTo watch for drift what the portal made, import it: data.defender_connectors lists the ids for\n\n  import {\n    to = \
             TYPE.NAME\n    id = \"...\"\n  }",
        );
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
        return explain(
            "The workspace has a connector of this kind for this tenant or subscription already, under another name.",
            "Set adopt_existing = true to take it over, or import it by its id; data.defender_connectors lists the ids.",
        );
    }
    if error.is_unsupported_kind() {
        return explain(
            "The api-version does not have this connector kind, or the service does not have the api-version.",
            "The cloud may lag behind, or the version may be gone: set one that has the kind in the provider's api_versions block. If \
             that block is left out already, please report this with the message.",
        );
    }
    if error.is_provider_not_registered() {
        return explain(
            "The subscription has not registered a resource provider that this needs.",
            "Register it once: az provider register --namespace Microsoft.SecurityInsights (and Microsoft.OperationalInsights).",
        );
    }
    if error.is_forbidden() {
        return (
            "The caller has no permission for this.".to_owned(),
            format!(
                "Give it Microsoft Sentinel Contributor on {place}; a new role assignment can take some minutes to count."
            ),
        );
    }
    if error.is_throttled() {
        return explain(
            "The service asked to slow down until the time allowed was over.",
            "Run again later, with a lower terraform apply -parallelism=N if it comes back.",
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
    text.push_str(&format!("\nRequest: {}", error.target));
    if let Some(request_id) = &error.request_id {
        text.push_str(&format!("\nRequest id: {request_id}"));
    }
    if error.status.is_none() && error.request_id.is_none() {
        text = text.replacen("The service said: ", "Found: ", 1);
    }
    text
}
