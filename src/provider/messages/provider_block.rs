//! What is wrong with the provider block.

use super::Subject;
use crate::arm;
use crate::terraform::{AttributePath, Diagnostic};

pub fn endpoint_not_https(path: AttributePath, found: &str) -> Diagnostic {
    Diagnostic::error(
        "An endpoint must be an https URL",
        format!(
            "Found {found:?}. Tokens travel to this address, so only https is spoken, on loopback too; the local emulator serves \
             https with a certificate that SSL_CERT_FILE can name. Write it as https://HOST[:PORT]."
        ),
    )
    .at(path)
}

pub fn bad_rate(path: &str) -> Diagnostic {
    Diagnostic::error(
        "Not a number of requests",
        "Write a whole number of requests a second, from 1 on, or leave it out for no limit.",
    )
    .at(path)
}

pub fn bad_preflight(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not a preflight",
        format!("Found {found:?}; write \"off\", \"warn\" or \"error\", or leave the attribute out for \"warn\"."),
    )
    .at(path)
}

pub fn bad_api_version(path: impl Into<AttributePath>, found: &str, default: &str) -> Diagnostic {
    Diagnostic::error(
        "Not an api-version",
        format!("Found {found:?}; an api-version is a date, with or without -preview, such as {default:?}, which is the default."),
    )
    .at(path)
}

pub fn missing_credential(path: &str, variable: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The provider needs {path}"),
        format!("{why}\n\nSet {path} in the provider block, or the environment variable {variable}."),
    )
    .at(path)
}

pub fn bad_settings(error: &arm::Error) -> Diagnostic {
    Diagnostic::error("The provider cannot be set up", error.message.clone())
}

pub fn not_configured(subject: Subject<'_>) -> Diagnostic {
    Diagnostic::error(
        subject.could_not(),
        "The provider block holds values that are not known yet, such as an attribute of a resource that this same run creates, so \
         there are no credentials to call the service with.\n\nApply what those values come from first (terraform apply \
         -target=...), or give the provider values that are known.",
    )
}
