//! The provider block: its schema, and how it and the environment become the client's settings.

mod given;
pub mod options;
mod sign_in;

use std::time::Duration;

use url::Url;
use uuid::Uuid;

use given::Given;

use crate::arm::{Credentials, Endpoints, Secret, Settings};
use crate::provider::messages;
use crate::terraform::{Attribute, AttributePath, Block, Diagnostic, Diagnostics, Nesting, Type, Value};

/// How long one try of a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a failed try is repeated; an operation's own time limit usually ends it first.
const MAX_RETRIES: u32 = 16;

const MOST_REQUESTS: &str = "max_requests_per_second";

/// The provider block.
pub fn block() -> Block {
    let text = |name: &str, description: &str| Attribute::optional(name, Type::String, description);
    let endpoints = vec![
        text("resource_manager", "Azure Resource Manager. Defaults to `https://management.azure.com`."),
        text(
            "active_directory",
            "Microsoft Entra, which gives out tokens. Defaults to `https://login.microsoftonline.com`.",
        ),
        text(
            "defender",
            "The Defender API, which keeps the selection of hunting tables. Defaults to `https://api.security.microsoft.com`.",
        ),
    ];
    let defender_api = vec![
        text(
            "access_token",
            "Token of a signed-in user for the audience `https://api.securitycenter.microsoft.com`, for tenants whose Defender API refuses \
             service principals. Can be set by `DEFENDER_API_TOKEN`. Defaults to a token of the provider's own credentials.",
        )
        .sensitive(),
    ];
    let attributes = vec![
        text(
            "tenant_id",
            "Tenant of the credentials, and of every resource that names no other. Can be set by `ARM_TENANT_ID`.",
        ),
        text("client_id", "Application (client) id of the service principal. Can be set by `ARM_CLIENT_ID`."),
        text(
            "client_id_file_path",
            "File that holds `client_id`, where that is not given. Can be set by `ARM_CLIENT_ID_FILE_PATH`.",
        ),
        text("client_secret", "Secret of the service principal. Can be set by `ARM_CLIENT_SECRET`.").sensitive(),
        text(
            "client_secret_file_path",
            "File that holds `client_secret`, where that is not given. Can be set by `ARM_CLIENT_SECRET_FILE_PATH`.",
        ),
        Attribute::optional(
            "use_oidc",
            Type::Bool,
            "Whether to sign in with a token of somebody whom the application trusts (OpenID Connect, workload identity federation), where no \
             secret is given: `oidc_token`, else `oidc_token_file_path`, else one that the job asks Azure DevOps or GitHub Actions for. Can be \
             set by `ARM_USE_OIDC`. Defaults to `false`.",
        ),
        text("oidc_token", "Token to sign in with. Can be set by `ARM_OIDC_TOKEN`.").sensitive(),
        text(
            "oidc_token_file_path",
            "File that holds the token, read again for each exchange. Can be set by `ARM_OIDC_TOKEN_FILE_PATH`.",
        ),
        text(
            "oidc_request_url",
            "Where a job asks for a token; `https`. Can be set by `ARM_OIDC_REQUEST_URL`, `ACTIONS_ID_TOKEN_REQUEST_URL` or `SYSTEM_OIDCREQUESTURI`.",
        ),
        text(
            "oidc_request_token",
            "What a job asks there with. Can be set by `ARM_OIDC_REQUEST_TOKEN`, `ACTIONS_ID_TOKEN_REQUEST_TOKEN` or `SYSTEM_ACCESSTOKEN`.",
        )
        .sensitive(),
        text(
            "ado_pipeline_service_connection_id",
            "Service connection of Azure DevOps in whose name a job asks; without one it is GitHub Actions that is asked. Can be set by \
             `ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID` or `ARM_OIDC_AZURE_SERVICE_CONNECTION_ID`.",
        ),
        Attribute::optional(
            "use_aks_workload_identity",
            Type::Bool,
            "Whether to sign in as the workload identity of a pod in AKS, by what its webhook sets: `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and \
             `AZURE_FEDERATED_TOKEN_FILE`. Can be set by `ARM_USE_AKS_WORKLOAD_IDENTITY`. Defaults to `false`.",
        ),
        Attribute::optional(
            "use_cli",
            Type::Bool,
            "Whether to use the Azure CLI's signed-in account where neither a secret is given nor OpenID Connect asked for. Can be set by `ARM_USE_CLI`. Defaults to \
             `true`, unless the environment asks for a way to sign in that is not served.",
        ),
        Attribute::optional(
            MOST_REQUESTS,
            Type::Number,
            "The most requests that are sent in a second, to leave room for others who use the same subscription. A whole number from 1 on. \
             Defaults to no limit: requests go as fast as the service takes them, and wait where it counts or asks to wait.",
        ),
        options::preflight_attribute(),
    ];
    Block::new(
        "Connects Microsoft Defender products to Microsoft Sentinel workspaces. In the provider block, argument names and environment \
         variables are those of the azurerm provider; those of resources and data sources are this provider's own.\n\n\
         Of the products under their former names: Microsoft 365 Defender and Microsoft Threat Protection (MTP) are `defender_xdr_connector`, \
         MDATP is `defender_endpoint_connector`, Azure ATP is `defender_identity_connector`, Office 365 ATP is \
         `defender_office365_connector`, MCAS is `defender_cloud_apps_connector`, Azure Security Center is `defender_cloud_connector`, and \
         Azure AD Identity Protection is `defender_entra_id_protection_connector`.\n\n\
         | to | the caller needs | known by |\n\
         |---|---|---|\n\
         | plan, and read data sources | Reader on the workspace; besides, Microsoft Sentinel Reader for the check of licences (`preflight`) | \
         the roles' definitions |\n\
         | manage connectors, rules and suppressions | Microsoft Sentinel Contributor on the workspace | Microsoft's documentation |\n\
         | connect a product of the tenant | besides, the Entra role Security Administrator, or Global Administrator | Microsoft's documentation |\n\
         | connect a product of a subscription | besides, Security Reader on that subscription | reports of users |\n\
         | onboard a workspace | Contributor on the workspace's subscription | Microsoft's documentation |\n\
         | set a table's retention | Log Analytics Contributor on the workspace | Microsoft's documentation |\n\
         | select hunting tables | the Entra role Security Administrator, Reader on the workspace, and a signed-in user's token \
         (`defender_api`) | reports of users |\n\n\
         The caller is a service principal, by a client secret or by OpenID Connect (a token, a file, GitHub Actions, Azure DevOps, a pod in \
         AKS), or whoever is signed in to the Azure CLI: the first of them that is asked for, in this order, and its failure is final. Managed \
         identities and certificates are not served yet: where the environment asks for one of them and for nothing that is served, the \
         provider says so, unless `use_cli` is set. A resource \
         whose `tenant_id` is another tenant is managed with a token of that tenant, which the same application registration must be \
         known in; so one provider block serves many tenants.\n\nAn object belongs in one resource block. Two blocks that are planned together \
         and meet in one object are an error of the plan, whichever comes first: both to be made, one in state and the other to be made, or both in state and one of \
         them changed, replaced or removed. Two that both keep it are a warning. A block with a new address needs a `moved` block; without it the \
         object is destroyed and made anew, which is a warning, and an error for an onboarding, a retention or a suppression. `terraform destroy \
         -refresh=false` destroys all the same. What cannot be known is a block that the plan leaves out (`-target`), one of another provider \
         block or alias, of another configuration, or of a copy of the state: each would undo what the other does.\n\nAn object that is there \
         already and in no block is not taken over in silence: the plan warns, and the apply refuses, until it is imported or \
         `adopt_existing` is set.\n\nA run that was interrupted, refused or throttled is taken up again by the next apply: a write that may have \
         happened is in state, and what a killed run left is found and gone on with where its name is a default of this provider's own making and \
         it is as planned. Under a `name` or `setting_id` of the configuration's, under the portal's own name of an export setting, or as an \
         onboarding, it could be anybody's: import it, or set `adopt_existing`.",
        attributes,
    )
    .block("endpoints", Nesting::Single, Block::new("Addresses of the services, for another cloud or the local emulator; `https` only.", endpoints))
    .block("defender_api", Nesting::Single, Block::new("How the Defender API, which keeps the selection of hunting tables, is reached.", defender_api))
    .block("api_versions", Nesting::Single, options::api_versions_block())
}

/// Checks what is known of the block without any I/O.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = options::validate(config);
    for name in ["tenant_id", "client_id"] {
        if let Some(text) = config.get(name).as_str().filter(|text| Uuid::try_parse(text).is_err()) {
            diagnostics.push(messages::not_a_guid(name, &name.replace('_', " "), text));
        }
    }
    for name in ["resource_manager", "active_directory", "defender"] {
        if let Err(diagnostic) = endpoint(config, name) {
            diagnostics.push(diagnostic);
        }
    }
    if let Err(diagnostic) = most_requests(config) {
        diagnostics.push(diagnostic);
    }
    diagnostics
}

/// The settings of a wholly known block; `variable` looks an environment variable up.
pub fn settings(
    config: &Value,
    terraform_version: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Settings, Diagnostics> {
    let given = Given::new(config, &variable);
    let mut diagnostics = Diagnostics::default();
    let client_id = given.client_id().unwrap_or_default();
    for (name, value) in [("tenant_id", given.tenant_id()), ("client_id", client_id)] {
        if let Some(text) = value.filter(|text| Uuid::try_parse(text).is_err()) {
            diagnostics.push(messages::not_a_guid(name, &name.replace('_', " "), &text));
        }
    }
    let signed_in = sign_in::choose(&given).map_err(|found| diagnostics.extend(found)).ok();
    // Each is needed to stay out of the public cloud; not every cloud has a Defender API.
    let missing: Vec<_> = ["resource_manager", "active_directory"]
        .into_iter()
        .filter(|name| config.get("endpoints").get(name).as_str().is_none())
        .collect();
    if !missing.is_empty() {
        for (name, value) in sign_in::other_clouds(&variable) {
            diagnostics.push(messages::other_cloud(name, &value, &missing));
        }
    }
    let mut endpoints = Endpoints::public();
    for (name, place) in [
        ("resource_manager", &mut endpoints.resource_manager),
        ("active_directory", &mut endpoints.active_directory),
        ("defender", &mut endpoints.defender),
    ] {
        match endpoint(config, name) {
            Ok(Some(url)) => *place = url,
            Ok(None) => {}
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    let max_requests_per_second = most_requests(config).unwrap_or_else(|diagnostic| {
        diagnostics.push(diagnostic);
        None
    });
    let token = config.get("defender_api").get("access_token").as_str().filter(|text| !text.is_empty());
    let defender_token = token.map(str::to_owned).or_else(|| given.variable("DEFENDER_API_TOKEN")).map(Secret::from);
    match signed_in {
        Some((credential, passed_over)) if !diagnostics.has_errors() => Ok(Settings {
            endpoints,
            credentials: Credentials { tenant_id: given.tenant_id(), credential, defender_token, passed_over },
            user_agent: format!(
                "terraform-provider-defender/{} terraform/{terraform_version}",
                env!("CARGO_PKG_VERSION")
            ),
            request_timeout: REQUEST_TIMEOUT,
            max_retries: MAX_RETRIES,
            max_requests_per_second,
        }),
        _ => Err(diagnostics),
    }
}

/// Where the user gave a token for the Defender API: the block, since Terraform quotes the line that a path leads to.
pub fn token_path(config: &Value) -> AttributePath {
    let is_in_block = config.get("defender_api").get("access_token").as_str().is_some_and(|text| !text.is_empty());
    if is_in_block { "defender_api".into() } else { AttributePath::root() }
}

fn most_requests(config: &Value) -> Result<Option<u32>, Diagnostic> {
    let value = config.get(MOST_REQUESTS);
    if !value.is_known() {
        return Ok(None);
    }
    let most = value.as_i64().and_then(|most| u32::try_from(most).ok()).filter(|most| *most > 0);
    most.map(Some).ok_or_else(|| messages::bad_rate(MOST_REQUESTS))
}

fn endpoint(config: &Value, name: &str) -> Result<Option<Url>, Diagnostic> {
    let Some(text) = config.get("endpoints").get(name).as_str() else { return Ok(None) };
    let refused = || messages::endpoint_not_https(name, text);
    let url = Url::parse(text).map_err(|_| refused())?;
    let plain = url.scheme() == "https" && url.has_host() && url.query().is_none() && url.username().is_empty();
    plain.then_some(Some(url)).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::terraform::Object;

    fn block(fields: &[(&str, Value)]) -> Value {
        Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Object>())
    }

    fn told(config: &Value, variables: &[(&str, &str)]) -> String {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        match settings(config, "1.11.4", variable) {
            Ok(settings) => format!("{:?} at {}", settings.credentials, settings.endpoints.resource_manager),
            Err(diagnostics) => diagnostics
                .0
                .iter()
                .map(|found| format!("{}: {} {:?}", found.path, found.summary, noted(&found.detail)))
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    /// What a message lists.
    fn noted(detail: &str) -> Vec<&str> {
        detail.lines().filter_map(|line| line.strip_prefix("  - ")).collect()
    }

    #[test]
    fn what_is_not_served_is_told_where_it_would_be_passed_over() {
        const GUID: &str = "11111111-1111-4111-8111-111111111111";
        let service_principal = [("ARM_TENANT_ID", GUID), ("ARM_CLIENT_ID", GUID), ("ARM_CLIENT_SECRET", "s3cret")];
        let cloud = |names: &[&str]| {
            let urls: Vec<_> = names.iter().map(|name| (*name, Value::from("https://127.0.0.1:1"))).collect();
            block(&[("endpoints", block(&urls))])
        };
        let seen = [
            (
                "asked for",
                told(&block(&[]), &[("ARM_USE_OIDC", "true"), ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x")]),
            ),
            ("asked for, and the CLI too", told(&block(&[("use_cli", true.into())]), &[("ARM_USE_OIDC", "true")])),
            ("asked for, and the CLI too", told(&block(&[]), &[("ARM_USE_MSI", "true"), ("ARM_USE_CLI", "1")])),
            (
                "asked for, and no CLI",
                told(&block(&[]), &[("ARM_CLIENT_CERTIFICATE_PATH", "/x"), ("ARM_USE_CLI", "F")]),
            ),
            ("around", told(&block(&[]), &[("SYSTEM_OIDCREQUESTURI", "https://x")])),
            ("an empty secret", told(&block(&[("client_secret", "".into())]), &[])),
            ("an empty secret", told(&block(&[]), &[("ARM_CLIENT_SECRET", "")])),
            ("an empty secret, and no CLI", told(&block(&[("use_cli", false.into())]), &[("ARM_CLIENT_SECRET", "")])),
            (
                "a secret wins",
                told(
                    &block(&[]),
                    &[&service_principal[..], &[("ARM_USE_OIDC", "true"), ("ARM_USE_CLI", "?")]].concat(),
                ),
            ),
            (
                "its id in a file",
                told(
                    &block(&[]),
                    &[
                        ("ARM_TENANT_ID", GUID),
                        ("ARM_CLIENT_SECRET", "x"),
                        ("ARM_CLIENT_ID", ""),
                        ("ARM_CLIENT_ID_FILE_PATH", "/x"),
                    ],
                ),
            ),
            ("no boolean", told(&block(&[]), &[("ARM_USE_CLI", "yes")])),
            ("another cloud", told(&block(&[]), &[&service_principal[..], &[("ARM_ENVIRONMENT", "china")]].concat())),
            ("half of it", told(&cloud(&["resource_manager"]), &[("ARM_METADATA_HOSTNAME", "stack.example")])),
            ("all of it", told(&cloud(&["resource_manager", "active_directory"]), &[("ARM_ENVIRONMENT", "china")])),
        ];
        let seen: String = seen.iter().map(|(what, told)| format!("{what}: {told}\n")).collect();
        expect![[r#"
            asked for: tenant_id: The provider needs tenant_id []; client_id: The provider needs client_id []
            asked for, and the CLI too: Credentials { tenant_id: None, credential: AzureCli, defender_token: None, passed_over: ["use_oidc (OpenID Connect, incomplete)"] } at https://management.azure.com/
            asked for, and the CLI too: Credentials { tenant_id: None, credential: AzureCli, defender_token: None, passed_over: ["ARM_USE_MSI (managed identity)"] } at https://management.azure.com/
            asked for, and no CLI: client_secret: The provider needs client_secret ["ARM_CLIENT_CERTIFICATE_PATH (a client certificate)"]
            around: Credentials { tenant_id: None, credential: AzureCli, defender_token: None, passed_over: ["SYSTEM_OIDCREQUESTURI (OpenID Connect, which use_oidc asks for)"] } at https://management.azure.com/
            an empty secret: Credentials { tenant_id: None, credential: AzureCli, defender_token: None, passed_over: ["client_secret of the provider block (empty)"] } at https://management.azure.com/
            an empty secret: Credentials { tenant_id: None, credential: AzureCli, defender_token: None, passed_over: ["ARM_CLIENT_SECRET (set, but empty)"] } at https://management.azure.com/
            an empty secret, and no CLI: client_secret: The provider needs client_secret ["ARM_CLIENT_SECRET (set, but empty)"]
            a secret wins: Credentials { tenant_id: Some("11111111-1111-4111-8111-111111111111"), credential: ClientSecret { client_id: "11111111-1111-4111-8111-111111111111", secret: [redacted] }, defender_token: None, passed_over: [] } at https://management.azure.com/
            its id in a file: client_id_file_path: A file of the credentials cannot be used []
            no boolean: : Not a boolean []
            another cloud: : Another cloud than the endpoints []
            half of it: : Another cloud than the endpoints []
            all of it: Credentials { tenant_id: None, credential: AzureCli, defender_token: None, passed_over: [] } at https://127.0.0.1:1/
        "#]].assert_eq(&seen);
    }

    #[test]
    fn block_and_environment_become_settings() {
        const GUID: &str = "11111111-1111-4111-8111-111111111111";
        let secret = |fields: &[(&str, Value)]| block(&[&[("client_secret", "s3cret".into())], fields].concat());
        let http = block(&[("resource_manager", "http://127.0.0.1:1".into())]);
        let seen = [
            told(&block(&[]), &[]),
            told(&block(&[("use_cli", false.into())]), &[]),
            told(&block(&[]), &[("ARM_USE_CLI", "false"), ("ARM_CLIENT_SECRET", "s3cret")]),
            told(&secret(&[("tenant_id", GUID.into()), ("client_id", GUID.into())]), &[("ARM_TENANT_ID", "ignored")]),
            told(&secret(&[("tenant_id", "contoso".into())]), &[("ARM_CLIENT_ID", GUID), ("DEFENDER_API_TOKEN", "t")]),
            told(&block(&[("endpoints", http)]), &[]),
            told(&block(&[(MOST_REQUESTS, Value::Number(crate::terraform::Number::Float(0.5)))]), &[]),
        ];
        expect![[r#"
            Credentials { tenant_id: None, credential: AzureCli, defender_token: None, passed_over: [] } at https://management.azure.com/
            client_secret: The provider needs client_secret []
            tenant_id: The provider needs tenant_id []; client_id: The provider needs client_id []
            Credentials { tenant_id: Some("11111111-1111-4111-8111-111111111111"), credential: ClientSecret { client_id: "11111111-1111-4111-8111-111111111111", secret: [redacted] }, defender_token: None, passed_over: [] } at https://management.azure.com/
            tenant_id: Not a tenant id []
            endpoints.resource_manager: An endpoint must be an https URL []
            max_requests_per_second: Not a number of requests []"#]].assert_eq(&seen.join("\n"));
    }
}
