//! The arguments by which somebody signs in, in the provider block and in a `tenant` block alike, and the environment
//! variables in their place. Names are those of the azurerm provider.

use crate::terraform::{Attribute, Type};

/// An argument of the provider block or of a tenant block.
pub struct Argument {
    pub name: &'static str,
    kind: Kind,
    /// The variables in its place, the first that holds something counts.
    pub variables: &'static [&'static str],
    /// Whether the variables tell of the machine or of the job, and so hold for every tenant.
    pub is_ambient: bool,
    description: &'static str,
    default: Option<&'static str>,
}

enum Kind {
    Text,
    Secret,
    Flag,
}

impl Argument {
    const fn text(name: &'static str, variables: &'static [&'static str], description: &'static str) -> Self {
        Self { name, kind: Kind::Text, variables, is_ambient: false, description, default: None }
    }

    const fn secret(name: &'static str, variables: &'static [&'static str], description: &'static str) -> Self {
        Self { kind: Kind::Secret, ..Self::text(name, variables, description) }
    }

    const fn flag(name: &'static str, variables: &'static [&'static str], description: &'static str) -> Self {
        Self { kind: Kind::Flag, default: Some("`false`"), ..Self::text(name, variables, description) }
    }

    const fn ambient(self) -> Self {
        Self { is_ambient: true, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// The argument of the provider block.
    pub fn of_provider(&self) -> Attribute {
        let variables: Vec<_> = self.variables.iter().map(|name| format!("`{name}`")).collect();
        let variables = match &variables[..] {
            [] => String::new(),
            [one] => format!(" Can be set by {one}."),
            [rest @ .., last] => format!(" Can be set by {} or {last}.", rest.join(", ")),
        };
        let default = self.default.map(|default| format!(" Defaults to {default}.")).unwrap_or_default();
        self.attribute(format!("{}{variables}{default}", self.description))
    }

    /// The argument of a tenant block.
    pub fn of_tenant(&self) -> Attribute {
        self.attribute(self.description.to_owned())
    }

    fn attribute(&self, description: String) -> Attribute {
        let ty = if matches!(self.kind, Kind::Flag) { Type::Bool } else { Type::String };
        let attribute = Attribute::optional(self.name, ty, description);
        if matches!(self.kind, Kind::Secret) { attribute.sensitive() } else { attribute }
    }
}

pub const TENANT_ID: Argument = Argument::text(
    "tenant_id",
    &["ARM_TENANT_ID"],
    "Tenant of the credentials, and of every resource that names no other.",
);
pub const CLIENT_ID: Argument = Argument::text(
    "client_id",
    &["ARM_CLIENT_ID"],
    "Application (client) id of the service principal, or of a user-assigned managed identity.",
);
pub const CLIENT_ID_FILE: Argument = Argument::text(
    "client_id_file_path",
    &["ARM_CLIENT_ID_FILE_PATH"],
    "File that holds `client_id`, where that is not given.",
);
pub const CLIENT_CERTIFICATE: Argument = Argument::secret(
    "client_certificate",
    &["ARM_CLIENT_CERTIFICATE"],
    "Certificate of the service principal with its private key, as the base64 text of a PFX file.",
);
pub const CLIENT_CERTIFICATE_PATH: Argument = Argument::text(
    "client_certificate_path",
    &["ARM_CLIENT_CERTIFICATE_PATH"],
    "File that holds the certificate and its private key, PFX or PEM, where `client_certificate` is not given.",
);
pub const CLIENT_CERTIFICATE_PASSWORD: Argument = Argument::secret(
    "client_certificate_password",
    &["ARM_CLIENT_CERTIFICATE_PASSWORD"],
    "Password of the certificate, where it has one.",
);
pub const CLIENT_SECRET: Argument =
    Argument::secret("client_secret", &["ARM_CLIENT_SECRET"], "Secret of the service principal.");
pub const CLIENT_SECRET_FILE: Argument = Argument::text(
    "client_secret_file_path",
    &["ARM_CLIENT_SECRET_FILE_PATH"],
    "File that holds `client_secret`, where that is not given.",
);
pub const USE_OIDC: Argument = Argument::flag(
    "use_oidc",
    &["ARM_USE_OIDC"],
    "Whether to sign in with a token of somebody whom the application trusts (OpenID Connect, workload identity federation), where \
     neither a certificate nor a secret is given: `oidc_token`, else `oidc_token_file_path`, else one that the job asks Azure DevOps \
     or GitHub Actions for.",
);
pub const OIDC_TOKEN: Argument = Argument::secret("oidc_token", &["ARM_OIDC_TOKEN"], "Token to sign in with.");
pub const OIDC_TOKEN_FILE: Argument = Argument::text(
    "oidc_token_file_path",
    &["ARM_OIDC_TOKEN_FILE_PATH"],
    "File that holds the token, read again for each exchange.",
);
pub const OIDC_REQUEST_URL: Argument = Argument::text(
    "oidc_request_url",
    &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"],
    "Where a job asks for a token; `https`.",
)
.ambient();
pub const OIDC_REQUEST_TOKEN: Argument = Argument::secret(
    "oidc_request_token",
    &["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"],
    "What a job asks there with.",
)
.ambient();
pub const ADO_CONNECTION: Argument = Argument::text(
    "ado_pipeline_service_connection_id",
    &["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"],
    "Service connection of Azure DevOps in whose name a job asks; without one it is GitHub Actions that is asked.",
)
.ambient();
pub const USE_AKS: Argument = Argument::flag(
    "use_aks_workload_identity",
    &["ARM_USE_AKS_WORKLOAD_IDENTITY"],
    "Whether to sign in as the workload identity of a pod in AKS, by what its webhook sets: `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and \
     `AZURE_FEDERATED_TOKEN_FILE`.",
);
pub const USE_MSI: Argument = Argument::flag(
    "use_msi",
    &["ARM_USE_MSI"],
    "Whether to sign in as the managed identity of the machine: of a virtual machine, or, where `IDENTITY_ENDPOINT` and \
     `IDENTITY_HEADER` are set, of App Service or Container Apps. `client_id` picks a user-assigned one. It works in the identity's own tenant alone.",
);
pub const MSI_ENDPOINT: Argument = Argument::text(
    "msi_endpoint",
    &["ARM_MSI_ENDPOINT"],
    "Where managed identities give out tokens; `http` to this machine and to link-local addresses alone.",
)
.ambient()
.default("what the machine sets, else `http://169.254.169.254/metadata/identity/oauth2/token`");
pub const MSI_API_VERSION: Argument =
    Argument::text("msi_api_version", &["ARM_MSI_API_VERSION"], "Version of that endpoint.")
        .ambient()
        .default("`2018-02-01`");
pub const USE_CLI: Argument = Argument::flag(
    "use_cli",
    &["ARM_USE_CLI"],
    "Whether to use the Azure CLI's signed-in account where nothing before it in the order is asked for.",
)
.default("`true`");

pub const ENVIRONMENT: Argument = Argument::text(
    "environment",
    &["ARM_ENVIRONMENT"],
    "Cloud of the tenants: `public`, `usgovernment`, `dod` or `china`.",
)
.default("`public`");
pub const METADATA_HOST: Argument = Argument::text(
    "metadata_host",
    &["ARM_METADATA_HOSTNAME", "ARM_METADATA_HOST"],
    "Host whose `/metadata/endpoints` says where the services of the cloud are, for a cloud without a name here; `environment` does not count then.",
);

/// What signs in, in the order of the docs.
pub const SIGN_IN: [&Argument; 18] = [
    &CLIENT_ID,
    &CLIENT_ID_FILE,
    &CLIENT_CERTIFICATE,
    &CLIENT_CERTIFICATE_PATH,
    &CLIENT_CERTIFICATE_PASSWORD,
    &CLIENT_SECRET,
    &CLIENT_SECRET_FILE,
    &USE_OIDC,
    &OIDC_TOKEN,
    &OIDC_TOKEN_FILE,
    &OIDC_REQUEST_URL,
    &OIDC_REQUEST_TOKEN,
    &ADO_CONNECTION,
    &USE_AKS,
    &USE_MSI,
    &MSI_ENDPOINT,
    &MSI_API_VERSION,
    &USE_CLI,
];
