//! What Entra says when it refuses a sign-in, word for word where its words are known \[doc, seen\].

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::exchange::Reply;

/// Where Entra sends those whose certificate it does not take.
const CERTIFICATE_HELP: &str = "https://learn.microsoft.com/entra/identity-platform/certificate-credentials";
/// Where Entra sends those whose federated token it does not take.
const FEDERATION_HELP: &str = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

/// What of a federated token is on no federated credential of the application.
#[derive(Debug, Clone, Copy)]
pub enum Unmatched<'a> {
    /// Who signed it.
    Issuer(&'a str),
    /// What it is for.
    Audience(&'a str),
    /// Whom it speaks of.
    Subject(&'a str),
}

/// An error as Entra writes it \[doc\].
pub fn refuse(status: u16, error: &str, code: u32, text: &str) -> Reply {
    let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
    let now = Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let description = format!("AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}");
    Reply::json(
        status,
        json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": now,
            "trace_id": trace.to_string(),
            "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    )
}

/// A request without a parameter that it must have \[doc\].
pub fn missing_parameter(name: &str) -> Reply {
    let text = format!("The request body must contain the following parameter: '{name}'.");
    refuse(400, "invalid_request", 900_144, &text)
}

/// Neither a secret nor an assertion \[doc\].
pub fn no_credential() -> Reply {
    let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    refuse(401, "invalid_client", 7_000_218, text)
}

/// A secret that is not the application's \[doc\].
pub fn wrong_secret(app: &str) -> Reply {
    let text = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not \
         the client secret ID, for a secret added to app '{app}'."
    );
    refuse(401, "invalid_client", 7_000_215, &text)
}

/// What is said of a resource that no tokens are issued for \[seen\]; the managed identities repeat it.
pub fn no_resource_text(audience: &str, tenant_id: &str) -> String {
    format!(
        "The resource principal named {audience} was not found in the tenant named {tenant_id}. This can happen if the \
         application has not been installed by the administrator of the tenant or consented to by any user in the \
         tenant. You might have sent your authentication request to the wrong tenant."
    )
}

/// An assertion that is no JSON web token \[seen\].
pub fn malformed_assertion() -> Reply {
    refuse(400, "invalid_request", 50_027, "JWT token is invalid or malformed.")
}

/// An assertion without a claim that it must have \[seen: of `iss` and `aud`\].
pub fn missing_claim(name: &str) -> Reply {
    let text = format!(
        "The required field '{name}' is missing from the credential. Ensure that you have all the necessary parameters \
         for the login request."
    );
    refuse(400, "invalid_request", 90_014, &text)
}

/// An assertion signed in another way than Entra takes \[seen; which it takes: doc\].
pub fn unsupported_algorithm(algorithm: &str, supported: &str) -> Reply {
    let text = format!(
        "Invalid JWT token. '{algorithm}' is not a supported signature algorithm. Supported signing algorithms are: \
         '{supported}'"
    );
    refuse(401, "invalid_client", 5_002_738, &text)
}

/// An assertion whose header names no certificate \[seen\].
pub fn no_thumbprint() -> Reply {
    let text = "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified \
                in token header.";
    refuse(401, "invalid_client", 5_002_723, text)
}

/// An assertion that names a certificate which is not the application's \[seen\].
pub fn unknown_certificate(app: &str, thumbprint: &str) -> Reply {
    let text = "The certificate with identifier used to sign the client assertion is not registered on application.";
    certificate(text, &format!("The key was not found., Thumbprint of key used by client: '{thumbprint}'"), app)
}

/// A certificate whose time is over, or has not come \[seen: both\].
pub fn expired_certificate(app: &str, thumbprint: &str, validity: (i64, i64)) -> Reply {
    let text = "The certificate with identifier used to sign the client assertion is expired on application.";
    let reason = format!("The key used is expired., {}", found_key(thumbprint, validity));
    certificate(text, &reason, app)
}

/// An assertion that another key signed \[seen\].
pub fn wrong_signature(app: &str, thumbprint: &str, validity: (i64, i64)) -> Reply {
    let text = "Client assertion contains an invalid signature.";
    let found = found_key(thumbprint, validity);
    let reason = format!("The provided signature value did not match the expected signature value., {found}");
    certificate(text, &reason, app)
}

fn found_key(thumbprint: &str, (start, end): (i64, i64)) -> String {
    let time = |second| Timestamp::from_second(second).map(|time| time.strftime("%m/%d/%Y %H:%M:%S").to_string());
    let (start, end) = (time(start).unwrap_or_default(), time(end).unwrap_or_default());
    format!("Thumbprint of key used by client: '{thumbprint}', Found key 'Start={start}, End={end}'")
}

fn certificate(text: &str, reason: &str, app: &str) -> Reply {
    let text = format!(
        "{text} [Reason - {reason}, Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see \
         configured keys for app Id '{app}'. Review the documentation at \
         https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and \
         https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query \
         request URL, such as 'https://graph.microsoft.com/beta/applications/{app}']."
    );
    refuse(401, "invalid_client", 700_027, &text)
}

/// An assertion whose time is over, or has not come \[seen\].
pub fn untimely(not_before: i64, expires: i64) -> Reply {
    let time = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string();
    let second = |second| Timestamp::from_second(second).map(time).unwrap_or_default();
    let text = format!(
        "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time \
         of assertion {}. Review the documentation at {CERTIFICATE_HELP} .",
        time(Timestamp::now()),
        second(not_before),
        second(expires)
    );
    refuse(401, "invalid_client", 700_024, &text)
}

/// An assertion of another application than the one that signs in \[seen\].
pub fn wrong_application() -> Reply {
    let text = format!(
        "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at \
         {CERTIFICATE_HELP} ."
    );
    refuse(401, "invalid_client", 700_021, &text)
}

/// An assertion that is not for this tenant's token endpoint \[seen\].
pub fn wrong_audience() -> Reply {
    let text = format!(
        "Client assertion audience claim does not match Realm issuer. Review the documentation at {CERTIFICATE_HELP} ."
    );
    refuse(401, "invalid_client", 700_023, &text)
}

/// An application that trusts nobody's tokens \[seen; the emulator's applications have no name but their id\].
pub fn no_federation(app: &str) -> Reply {
    let text = format!("The client '{app}'({app}) has no configured federated identity credentials.");
    refuse(401, "invalid_client", 70_025, &text)
}

/// A token that fits no federated credential of the application \[seen\].
pub fn no_match(unmatched: Unmatched<'_>) -> Reply {
    let (code, what, value) = match unmatched {
        Unmatched::Issuer(issuer) => (700_211, "issuer", issuer),
        Unmatched::Audience(audience) => (700_212, "audience", audience),
        Unmatched::Subject(subject) => (700_213, "subject", subject),
    };
    let text = format!(
        "No matching federated identity record found for presented assertion {what} '{value}'. Check your federated \
         identity credential Subject, Audience and Issuer against the presented assertion. {FEDERATION_HELP}"
    );
    refuse(401, "invalid_client", code, &text)
}

/// An issuer that is not there to ask for its keys \[seen: code and text; inferred: status and error\].
pub fn unreachable_issuer() -> Reply {
    refuse(400, "invalid_request", 50_166, "Request to External OIDC endpoint failed.")
}

/// A token signed by a key that its issuer does not publish \[seen: code and text\].
pub fn unpublished_key(key_id: &str, issuer: &str) -> Reply {
    let text = format!(
        "The certificate with identifier '{key_id}' used to sign the federated credential could not be found in the \
         metadata of identity provider '{issuer}'."
    );
    refuse(401, "invalid_client", 7_000_272, &text)
}

/// A token whose signature its issuer's key did not make \[seen: code and text; inferred: that it is this one\].
pub fn wrong_issuer_signature(key_id: &str) -> Reply {
    let text = format!(
        "Assertion failed signature validation. [Reason - Key was found, but use of the key to verify the signature \
         failed., Thumbprint of key used by client: '{key_id}']"
    );
    refuse(401, "invalid_client", 50_013, &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::exchange::Content;

    #[test]
    fn times_are_written_as_entra_writes_them() {
        let said = |reply: Reply| match reply.content {
            Content::Json(body) => body["error_description"].as_str().map(str::to_owned).unwrap_or_default(),
            _ => String::new(),
        };
        let untimely = said(untimely(0, 1_700_000_000));
        assert!(untimely.contains("valid from 1970-01-01T00:00:00.0000000Z, expiry"), "{untimely}");
        let expired = said(expired_certificate("app", "AB", (0, 1_700_000_000)));
        assert!(expired.contains("Found key 'Start=01/01/1970 00:00:00, End=11/14/2023 22:13:20'"), "{expired}");
    }
}
