//! What is wrong with the provider block.

use super::Subject;
use crate::arm;
use crate::terraform::{AttributePath, Diagnostic};

pub fn endpoint_not_https(name: &str, found: &str) -> Diagnostic {
    let endpoints = AttributePath::from("endpoints");
    // Terraform quotes the line that a path leads to, and the password in it with it.
    let path = if found.contains('@') { endpoints } else { endpoints.attribute(name) };
    Diagnostic::error(
        "An endpoint must be an https URL",
        format!(
            "Found {:?} as {name}. Tokens travel to this address, so only https is spoken, on loopback too; the local emulator serves \
             https with a certificate that SSL_CERT_FILE can name. Write it as https://HOST[:PORT], without a user name or a query.",
            shown(found)
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

pub fn bad_query_api(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not an API for queries",
        format!("Found {found:?}; write \"log_analytics\" or \"resource_manager\", or leave the attribute out for \"log_analytics\"."),
    )
    .at(path)
}

pub fn bad_on_forbidden(path: impl Into<AttributePath>, found: &str) -> Diagnostic {
    Diagnostic::error(
        "Not what becomes of a refusal",
        format!("Found {found:?}; write \"error\" or \"warn\", or leave the attribute out for \"error\"."),
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

/// An address as a user wrote it, without what may be a password or a key in it.
fn shown(address: &str) -> String {
    let address = match address.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.find("://").and_then(|at| before.get(..at + 3)).unwrap_or_default();
            format!("{scheme}[redacted]@{host}")
        }
        None => address.to_owned(),
    };
    match address.find(['?', '#']) {
        Some(at) => format!("{}...", &address[..=at]),
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn an_address_is_shown_without_what_is_secret_in_it() {
        let seen = ["https://me:p@/ss?1@host/a", "me:pass@host", "http://host/?sig=key", "host", "@", ""].map(shown);
        assert_eq!(
            seen,
            ["https://[redacted]@host/a", "[redacted]@host", "http://host/?...", "host", "[redacted]@", ""]
        );
    }
}
