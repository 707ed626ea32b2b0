//! The provider block: its schema, and how it and the environment become the client's settings.

mod arguments;
mod cloud;
mod given;
pub mod options;
mod sign_in;
mod tenants;

use std::sync::Arc;
use std::time::Duration;

use url::Url;
use uuid::Uuid;

use given::Given;
use sign_in::SignedIn;

use crate::arm::{AzureCli, Credential, Credentials, DefenderCredentials, Endpoints, Secret, Settings};
use crate::provider::messages;
use crate::terraform::{Attribute, AttributePath, Block, Diagnostic, Diagnostics, Nesting, Type, Value};

/// How long one try of a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a failed try is repeated; an operation's own time limit usually ends it first.
const MAX_RETRIES: u32 = 16;

const MOST_REQUESTS: &str = "max_requests_per_second";

const AUXILIARY_TENANT_IDS: &str = "auxiliary_tenant_ids";
const ENDPOINTS: [&str; 4] = ["resource_manager", "active_directory", "defender", "log_analytics"];
/// What Resource Manager takes.
const MOST_AUXILIARY: usize = 3;

/// The provider block.
pub fn block() -> Block {
    let text = |name: &str, description: &str| Attribute::optional(name, Type::String, description);
    let endpoints = vec![
        text(
            "resource_manager",
            "Azure Resource Manager. Defaults to the cloud's, in the public one `https://management.azure.com`.",
        ),
        text(
            "active_directory",
            "Microsoft Entra, which gives out tokens. Defaults to the cloud's, in the public one `https://login.microsoftonline.com`.",
        ),
        text(
            "defender",
            "The Defender API, which keeps the selection of hunting tables. Defaults to that of `defender_api.environment`, in the commercial \
             cloud `https://api.security.microsoft.com`.",
        ),
        text(
            "log_analytics",
            "Log Analytics' query API, which knows what has come in. Defaults to the cloud's, in the public one \
             `https://api.loganalytics.azure.com`; where `resource_manager` is given there is no default.",
        ),
    ];
    let defender_api = vec![
        text(
            "access_token",
            "Token of a signed-in user for the Defender API (of the public cloud: for the audience \
             `https://api.securitycenter.microsoft.com`), for tenants whose Defender API refuses service principals. Can be set by \
             `DEFENDER_API_TOKEN`. Defaults to a token of what `use_cli` or the provider's own credentials give.",
        )
        .sensitive(),
        Attribute::optional(
            "use_cli",
            Type::Bool,
            "Whether to ask the Azure CLI's signed-in account for the Defender API's tokens, in each tenant, whatever the provider signs in \
             with else. Defaults to `false`: the provider's own credentials are used.",
        ),
        cloud::defender_attribute(),
        options::on_forbidden_attribute(),
    ];
    let mut attributes = vec![arguments::TENANT_ID.of_provider()];
    attributes.extend(arguments::SIGN_IN.iter().map(|argument| argument.of_provider()));
    attributes.extend([
        Attribute::optional(
            AUXILIARY_TENANT_IDS,
            Type::list(Type::String),
            "Up to three other tenants whose tokens, of the same credentials, go along with every request to Azure Resource Manager \
             (`x-ms-authorization-auxiliary`). Can be set by `ARM_AUXILIARY_TENANT_IDS`, separated by `;`.",
        ),
        arguments::ENVIRONMENT.of_provider(),
        arguments::METADATA_HOST.of_provider(),
        Attribute::optional(
            MOST_REQUESTS,
            Type::Number,
            "The most requests that are sent in a second, to leave room for others who use the same subscription. A whole number from 1 on. \
             Defaults to no limit: requests go as fast as the service takes them, and wait where it counts or asks to wait.",
        ),
        options::preflight_attribute(),
        options::query_api_attribute(),
    ]);
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
         | install Content hub solutions | Microsoft Sentinel Contributor on the workspace's resource group | Microsoft's documentation |\n\
         | onboard a workspace | Contributor on the workspace's subscription | Microsoft's documentation |\n\
         | see whether data comes in (`defender_ingestion`) | Log Analytics Reader or Microsoft Sentinel Reader on the workspace, and for an \
         application the permission `Data.Read` of the Log Analytics API | Microsoft's documentation, which contradicts itself for applications |\n\
         | set a table's retention | Log Analytics Contributor on the workspace | Microsoft's documentation |\n\
         | switch a setting of Sentinel (`defender_ueba` and its like) | Microsoft Sentinel Contributor on the workspace, and the Entra role \
         Security Administrator | Microsoft's documentation |\n\
         | make an ingestion workbook | Microsoft Sentinel Contributor, or Workbook Contributor, on its resource group | the roles' definitions |\n\
         | select hunting tables | the Entra role Security Administrator, Reader on the workspace, and a signed-in user's token \
         (`defender_api`) | reports of users |\n\n\
         The caller is a service principal, by a certificate, by a client secret or by OpenID Connect (a token, a file, Azure DevOps, GitHub \
         Actions, a pod in AKS), the managed identity of the machine, or whoever is signed in to the Azure CLI: the first of them that is \
         asked for and complete, in this order, and its failure is final; the log says which it is. A resource whose `tenant_id` is another tenant is managed \
         with a token of that tenant: by the credentials of its `tenant` block, else by the provider's own, whose application that tenant must \
         know. So one provider block serves many tenants, and a tenant that refuses fails its own resources alone.\n\nAn object belongs in one resource block. Two blocks that are planned together \
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
    .block(tenants::TENANT, Nesting::List, tenants::block())
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
    for name in ENDPOINTS {
        if let Err(diagnostic) = endpoint(config, name) {
            diagnostics.push(diagnostic);
        }
    }
    diagnostics.extend(cloud::validate(config));
    diagnostics.extend(tenants::validate(config));
    if let Err(diagnostic) = most_requests(config) {
        diagnostics.push(diagnostic);
    }
    if let Err(found) = auxiliary(config, |_| None) {
        diagnostics.extend(found);
    }
    diagnostics
}

/// The settings of a wholly known block; `variable` looks an environment variable up. A cloud that is known by its host alone
/// is asked where its services are.
pub async fn settings(
    config: &Value,
    terraform_version: &str,
    variable: impl Fn(&str) -> Option<String> + Sync,
) -> Result<Settings, Diagnostics> {
    let user_agent = format!("terraform-provider-defender/{} terraform/{terraform_version}", env!("CARGO_PKG_VERSION"));
    let given = Given::new(config, &variable);
    let mut diagnostics = validate(config);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let client_id = given.client_id().unwrap_or_default();
    for (argument, value) in [(&arguments::TENANT_ID, given.tenant_id()), (&arguments::CLIENT_ID, client_id)] {
        if let Some(text) = value.filter(|text| Uuid::try_parse(text).is_err()) {
            diagnostics.push(messages::not_a_guid(argument.name, &argument.name.replace('_', " "), &text));
        }
    }
    let [resource_manager, active_directory, defender, log_analytics] =
        ENDPOINTS.map(|name| endpoint(config, name).ok().flatten());
    let are_given = resource_manager.is_some() && active_directory.is_some();
    let cloud = match cloud::of(&given, config, are_given, &user_agent).await {
        Ok(cloud) => cloud,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            return Err(diagnostics);
        }
    };
    let tenants = tenants::credentials(&given, config, &cloud).map_err(|found| diagnostics.extend(found));
    let has_tenants = tenants.as_ref().is_ok_and(|tenants| !tenants.is_empty());
    let signed_in = sign_in::choose(&given, &cloud, has_tenants).map_err(|found| diagnostics.extend(found));
    let auxiliary_tenant_ids = auxiliary(config, &variable).map_err(|found| diagnostics.extend(found));
    let mut endpoints = Endpoints::of_cloud(&cloud);
    if let Some(url) = resource_manager {
        endpoints = endpoints.with_resource_manager(url);
    }
    endpoints.active_directory = active_directory.unwrap_or(endpoints.active_directory);
    endpoints.defender = defender.or(endpoints.defender);
    endpoints.log_analytics = log_analytics.or(endpoints.log_analytics);
    let max_requests_per_second = most_requests(config).unwrap_or_default();
    let (Ok(tenants), Ok(SignedIn { credential, passed_over }), Ok(auxiliary_tenant_ids)) =
        (tenants, signed_in, auxiliary_tenant_ids)
    else {
        return Err(diagnostics);
    };
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let defender_api = config.get("defender_api");
    let token = defender_api.get("access_token").as_str().filter(|text| !text.is_empty());
    let by_cli = defender_api.get("use_cli").as_bool() == Some(true);
    let defender = DefenderCredentials {
        token: token.map(str::to_owned).or_else(|| given.variable("DEFENDER_API_TOKEN")).map(Secret::from),
        credential: by_cli.then(|| Arc::new(AzureCli) as Arc<dyn Credential>),
    };
    let way = credential.as_ref().map_or("nothing", |credential| credential.proof().name());
    tracing::info!(by = way, besides = passed_over.join(", "), tenants = tenants.len(), "signs in");
    let tenant_id = given.tenant_id();
    let credentials = Credentials { tenant_id, credential, passed_over, tenants, auxiliary_tenant_ids, defender };
    let (request_timeout, max_retries) = (REQUEST_TIMEOUT, MAX_RETRIES);
    Ok(Settings { endpoints, credentials, user_agent, request_timeout, max_retries, max_requests_per_second })
}

/// The tenant that is given as the provider's own.
pub fn own_tenant(config: &Value, variable: impl Fn(&str) -> Option<String> + Sync) -> Option<String> {
    Given::new(config, &variable).tenant_id()
}

/// The tenants whose tokens go along.
fn auxiliary(config: &Value, variable: impl Fn(&str) -> Option<String>) -> Result<Vec<String>, Diagnostics> {
    let tenants: Vec<String> = match config.get(AUXILIARY_TENANT_IDS) {
        Value::List(tenants) => tenants.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => {
            let text = variable("ARM_AUXILIARY_TENANT_IDS").unwrap_or_default();
            text.split(';').map(str::trim).filter(|tenant| !tenant.is_empty()).map(str::to_owned).collect()
        }
    };
    let mut diagnostics = Diagnostics::default();
    for tenant in tenants.iter().filter(|tenant| Uuid::try_parse(tenant).is_err()) {
        diagnostics.push(messages::not_a_guid(AUXILIARY_TENANT_IDS, "tenant id", tenant));
    }
    if tenants.len() > MOST_AUXILIARY {
        diagnostics.push(messages::too_many_auxiliary(AUXILIARY_TENANT_IDS, tenants.len(), MOST_AUXILIARY));
    }
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(tenants) }
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
    use futures_util::FutureExt;

    use super::*;
    use crate::terraform::Object;

    fn block(fields: &[(&str, Value)]) -> Value {
        Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Object>())
    }

    fn told(config: &Value, variables: &[(&str, &str)]) -> String {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        // Nothing is asked of anybody here, so nothing is waited for.
        let settings = settings(config, "1.11.4", variable).now_or_never();
        match settings.unwrap_or_else(|| panic!("this asks somebody")) {
            Ok(settings) => shown(&settings),
            Err(diagnostics) => diagnostics
                .0
                .iter()
                .map(|found| format!("{}: {} {:?}", found.path, found.summary, noted(&found.detail)))
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    /// Who calls where.
    fn shown(settings: &Settings) -> String {
        let Credentials { tenant_id, credential, passed_over, tenants, auxiliary_tenant_ids, defender } =
            &settings.credentials;
        let by = |credential: &Option<Arc<dyn Credential>>| {
            credential.as_ref().map_or("nothing".to_owned(), |credential| format!("{credential:?}"))
        };
        let mut text = format!("{} by {}", tenant_id.as_deref().unwrap_or("its tenant"), by(credential));
        if settings.endpoints != Endpoints::of_cloud(&crate::arm::Cloud::public()) {
            let defender = settings.endpoints.defender.as_ref().map_or("none", Url::as_str);
            text += &format!(" at {} and {defender}", settings.endpoints.resource_manager);
        }
        if !passed_over.is_empty() {
            text += &format!(", besides {passed_over:?}");
        }
        for tenant in tenants {
            text += &format!(", {} by {} and {:?}", tenant.tenant_id, by(&tenant.credential), tenant.defender_token);
        }
        if !auxiliary_tenant_ids.is_empty() {
            text += &format!(", with {auxiliary_tenant_ids:?}");
        }
        if defender.token.is_some() || defender.credential.is_some() {
            text += &format!(", Defender by {} and {:?}", by(&defender.credential), defender.token);
        }
        text
    }

    /// What a message lists.
    fn noted(detail: &str) -> Vec<&str> {
        detail.lines().filter_map(|line| line.strip_prefix("  - ")).collect()
    }

    #[test]
    fn the_first_way_that_is_complete_is_taken() {
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
            ("none", told(&block(&[("environment", "german".into())]), &[])),
            ("none", told(&block(&[]), &[("ARM_ENVIRONMENT", "german")])),
            (
                "of its own",
                told(&cloud(&["resource_manager", "active_directory"]), &[("ARM_METADATA_HOSTNAME", "stack.example")]),
            ),
            ("GCC", told(&block(&[("defender_api", block(&[("environment", "gcc".into())]))]), &[])),
            (
                "no Defender cloud",
                told(
                    &block(&[("defender_api", block(&[("environment", "il9".into()), ("on_forbidden", "x".into())]))]),
                    &[],
                ),
            ),
            ("its own Defender", told(&cloud(&["defender"]), &[("ARM_ENVIRONMENT", "china")])),
        ];
        let seen: String = seen.iter().map(|(what, told)| format!("{what}: {told}\n")).collect();
        expect![[r#"
            asked for: tenant_id: The provider needs tenant_id []; client_id: The provider needs client_id []
            asked for, and the CLI too: its tenant by AzureCli, besides ["ARM_USE_OIDC (OpenID Connect)"]
            asked for, and the CLI too: its tenant by ManagedIdentity { client_id: None, endpoint: Imds { url: Url { scheme: "http", cannot_be_a_base: false, username: "", password: None, host: Some(Ipv4(169.254.169.254)), port: None, path: "/metadata/identity/oauth2/token", query: None, fragment: None }, api_version: "2018-02-01" } }, besides ["ARM_USE_CLI (the Azure CLI)"]
            asked for, and no CLI: tenant_id: The provider needs tenant_id []; client_id: The provider needs client_id []
            around: its tenant by AzureCli, besides ["SYSTEM_OIDCREQUESTURI (OpenID Connect, which use_oidc asks for)"]
            an empty secret: its tenant by AzureCli, besides ["client_secret of the provider block (empty)"]
            an empty secret: its tenant by AzureCli, besides ["ARM_CLIENT_SECRET (set, but empty)"]
            an empty secret, and no CLI: client_secret: The provider needs client_secret ["ARM_CLIENT_SECRET (set, but empty)"]
            a secret wins: 11111111-1111-4111-8111-111111111111 by ClientSecret { client_id: "11111111-1111-4111-8111-111111111111", secret: [redacted] }, besides ["ARM_USE_OIDC (OpenID Connect)", "ARM_USE_CLI (the Azure CLI)"]
            its id in a file: client_id_file_path: A file of the credentials cannot be used []
            no boolean: : Not a boolean []
            another cloud: 11111111-1111-4111-8111-111111111111 by ClientSecret { client_id: "11111111-1111-4111-8111-111111111111", secret: [redacted] } at https://management.chinacloudapi.cn/ and none
            none: environment: A cloud that is not known []
            none: : A cloud that is not known []
            of its own: its tenant by AzureCli at https://127.0.0.1:1/ and https://api.security.microsoft.com/
            GCC: its tenant by AzureCli at https://management.azure.com/ and https://api-gcc.securitycenter.microsoft.us/
            no Defender cloud: defender_api.on_forbidden: Not what becomes of a refusal []; defender_api.environment: A cloud that is not known []
            its own Defender: its tenant by AzureCli at https://management.chinacloudapi.cn/ and https://127.0.0.1:1/
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
            its tenant by AzureCli
            client_secret: The provider needs client_secret []
            tenant_id: The provider needs tenant_id []; client_id: The provider needs client_id []
            11111111-1111-4111-8111-111111111111 by ClientSecret { client_id: "11111111-1111-4111-8111-111111111111", secret: [redacted] }
            tenant_id: Not a tenant id []
            endpoints.resource_manager: An endpoint must be an https URL []
            max_requests_per_second: Not a number of requests []"#]].assert_eq(&seen.join("\n"));
    }

    #[test]
    fn a_tenant_block_is_for_its_tenant_alone() {
        const A: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
        const B: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
        let tenant = |fields: &[(&str, Value)]| block(&[&[("tenant_id", A.into())], fields].concat());
        let provider = |tenants: Vec<Value>, fields: &[(&str, Value)]| {
            block(&[&[("tenant", Value::List(tenants)), ("client_id", B.into())], fields].concat())
        };
        let environment = [
            ("ARM_TENANT_ID", B),
            ("ARM_CLIENT_SECRET", "s3cret"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "s3cret"),
        ];
        let of = |fields: &[(&str, Value)]| told(&provider(vec![tenant(fields)], &[]), &environment);
        let alone = |tenants: Vec<Value>| told(&provider(tenants, &[("use_cli", false.into())]), &[]);
        let seen = [
            ("a name", of(&[])),
            ("a secret", of(&[("client_secret", "s3cret".into()), ("client_id", A.into())])),
            ("the provider's client", of(&[("client_secret", "s3cret".into())])),
            ("a job", of(&[("use_oidc", true.into())])),
            ("the CLI", of(&[("use_cli", true.into())])),
            ("a user's token", of(&[("defender_api_token", "s3cret".into())])),
            (
                "half",
                told(&block(&[("tenant", Value::List(vec![tenant(&[("client_secret", "s3cret".into())])]))]), &[]),
            ),
            ("alone", alone(vec![tenant(&[("client_secret", "s3cret".into())])])),
            ("nobody", alone(Vec::new())),
            ("twice", alone(vec![tenant(&[]), block(&[("tenant_id", A.to_uppercase().as_str().into())])])),
            ("no tenant", alone(vec![block(&[("tenant_id", "contoso".into()), ("client_id", "me".into())])])),
        ];
        let seen: String = seen.iter().map(|(what, told)| format!("{what}: {told}\n")).collect();
        assert!(!seen.contains("s3cret"));
        expect![[r#"
            a name: bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb by ClientSecret { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", secret: [redacted] }, besides ["ACTIONS_ID_TOKEN_REQUEST_URL (OpenID Connect, which use_oidc asks for)"], aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa by nothing and None
            a secret: bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb by ClientSecret { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", secret: [redacted] }, besides ["ACTIONS_ID_TOKEN_REQUEST_URL (OpenID Connect, which use_oidc asks for)"], aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa by ClientSecret { client_id: "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", secret: [redacted] } and None
            the provider's client: bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb by ClientSecret { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", secret: [redacted] }, besides ["ACTIONS_ID_TOKEN_REQUEST_URL (OpenID Connect, which use_oidc asks for)"], aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa by ClientSecret { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", secret: [redacted] } and None
            a job: bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb by ClientSecret { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", secret: [redacted] }, besides ["ACTIONS_ID_TOKEN_REQUEST_URL (OpenID Connect, which use_oidc asks for)"], aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa by Federated { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", issuer: GitHub { url: Url { scheme: "https", cannot_be_a_base: false, username: "", password: None, host: Some(Domain("x")), port: None, path: "/", query: None, fragment: None }, token: [redacted] }, audience: "api://AzureADTokenExchange" } and None
            the CLI: bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb by ClientSecret { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", secret: [redacted] }, besides ["ACTIONS_ID_TOKEN_REQUEST_URL (OpenID Connect, which use_oidc asks for)"], aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa by AzureCli and None
            a user's token: bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb by ClientSecret { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", secret: [redacted] }, besides ["ACTIONS_ID_TOKEN_REQUEST_URL (OpenID Connect, which use_oidc asks for)"], aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa by nothing and Some([redacted])
            half: tenant[0].client_id: The provider needs client_id []
            alone: its tenant by nothing, aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa by ClientSecret { client_id: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb", secret: [redacted] } and None
            nobody: client_secret: The provider needs client_secret []
            twice: tenant[1].tenant_id: Two tenant blocks for one tenant []
            no tenant: tenant[0].tenant_id: Not a tenant id []; tenant[0].client_id: Not a client id []
        "#]].assert_eq(&seen);
    }

    #[test]
    fn auxiliary_tenants_are_few() {
        const GUID: &str = "11111111-1111-4111-8111-111111111111";
        let given = |tenants: &[&str]| block(&[(AUXILIARY_TENANT_IDS, Value::strings(tenants.iter().copied()))]);
        let seen = [
            told(&given(&[GUID]), &[("ARM_AUXILIARY_TENANT_IDS", "ignored")]),
            told(&block(&[]), &[("ARM_AUXILIARY_TENANT_IDS", &format!("{GUID}; {GUID};"))]),
            told(&given(&[GUID; 4]), &[]),
            told(&given(&["contoso"]), &[]),
        ];
        expect![[r#"
            its tenant by AzureCli, with ["11111111-1111-4111-8111-111111111111"]
            its tenant by AzureCli, with ["11111111-1111-4111-8111-111111111111", "11111111-1111-4111-8111-111111111111"]
            auxiliary_tenant_ids: Too many auxiliary tenants []
            auxiliary_tenant_ids: Not a tenant id []"#]].assert_eq(&seen.join("\n"));
    }
}
