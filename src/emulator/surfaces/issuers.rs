//! The issuers of OpenID Connect as others find them: what they publish of themselves, and how a job of a CI system
//! asks for its token. What a token says and who signs it lives in `issuers`.

use serde_json::{Value, json};

use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::identities::EXCHANGE_AUDIENCE;
use crate::emulator::issuers::{Statement, address};
use crate::emulator::refusals;
use crate::emulator::tokens::bearer;
use crate::emulator::world::World;

/// The issuer of GitHub Actions.
const GITHUB: &str = "github";
/// The issuer of Azure DevOps.
const DEVOPS: &str = "devops";
/// Seconds that a token of a job is good for \[seen: both\].
const GITHUB_SECONDS: i64 = 300;
const DEVOPS_SECONDS: i64 = 600;

/// `GET /issuers/{name}/.well-known/openid-configuration` \[doc: OpenID Connect Discovery\].
pub fn configuration(call: &Call, name: &str) -> Reply {
    let issuer = address(&call.base, name);
    Reply::json(
        200,
        json!({
            "issuer": issuer,
            "jwks_uri": format!("{issuer}/.well-known/jwks"),
            "subject_types_supported": ["public", "pairwise"],
            "response_types_supported": ["id_token"],
            "claims_supported": ["sub", "aud", "exp", "iat", "iss", "jti", "nbf"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        }),
    )
}

/// `GET /issuers/{name}/.well-known/jwks` \[doc: RFC 7517\].
pub fn keys(world: &mut World) -> Answer {
    let mut key = serde_json::to_value(world.issuers.jwk().map_err(no_key)?).unwrap_or_default();
    key["use"] = json!("sig");
    Ok(Reply::json(200, json!({"keys": [key]})))
}

/// `GET /ci/github/token`: a job of GitHub Actions asks for its token \[doc; the words of a refusal: inferred\].
pub fn github(world: &mut World, call: &Call) -> Answer {
    let job = world.ci.github.clone().ok_or_else(|| refusals::no_such_path(call.path()))?;
    if !may_ask(call, job.request_token.as_deref()) {
        let text = "The request token is missing, or is not that of a job that may ask for a token.";
        return Err(trouble(401, text, "Microsoft.VisualStudio.Services.Common", "VssUnauthorizedException"));
    }
    let owner = job.subject.strip_prefix("repo:").and_then(|rest| rest.split(['/', '@']).next()).unwrap_or_default();
    let usual = format!("https://github.com/{owner}");
    let audience = call.query("audience").unwrap_or(&usual);
    let token = issue(world, call, GITHUB, &job.subject, audience, GITHUB_SECONDS)?;
    Ok(Reply::json(200, json!({"count": token.len(), "value": token})))
}

/// `POST /ci/devops/oidctoken`: a job of Azure DevOps asks for the token of a service connection \[doc; refusals: seen,
/// but for the status of one with an unknown connection\].
pub fn devops(world: &mut World, call: &Call) -> Answer {
    let job = world.ci.devops.clone().ok_or_else(|| refusals::no_such_path(call.path()))?;
    if !may_ask(call, job.access_token.as_deref()) {
        let may_redirect = !call.header("x-tfs-fedauthredirect").is_some_and(|it| it.eq_ignore_ascii_case("suppress"));
        if may_redirect {
            // A browser would sign in there; a client that follows finds a page in place of its token.
            let place = format!("{}/ci/devops/_signin", call.base);
            let page = format!(
                "<html><head><title>Object moved</title></head><body>\r\n<h2>Object moved to <a \
                                href=\"{place}\">here</a>.</h2>\r\n</body></html>\r\n"
            );
            return Err(Reply::text(302, page).with_header("location", place).with_header("content-type", HTML));
        }
        return Err(Reply::empty(401).with_header("www-authenticate", "Bearer"));
    }
    if call.query("api-version").is_none() {
        let text = format!(
            "No api-version was supplied for the \"{}\" request. The version must be supplied either as part of the \
             Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \
             \"?api-version=1.0\").",
            call.method
        );
        let space = "Microsoft.VisualStudio.Services.WebApi";
        return Err(trouble(400, &text, space, "VssVersionNotSpecifiedException"));
    }
    let connection = call.query("serviceConnectionId").unwrap_or_default();
    let known = job.service_connections.iter().find(|(id, _)| id.eq_ignore_ascii_case(connection));
    let Some((_, subject)) = known else {
        let text = format!("There is no explicit reference to service connection {connection} from current stage.");
        return Err(Reply::json(400, json!({"count": text.len(), "value": text})));
    };
    let audience = call.query("audience").unwrap_or(EXCHANGE_AUDIENCE);
    let token = issue(world, call, DEVOPS, subject, audience, DEVOPS_SECONDS)?;
    Ok(Reply::json(200, json!({"oidcToken": token})))
}

/// `GET /ci/devops/_signin`: the page for people.
pub fn devops_sign_in_page() -> Reply {
    let page =
        "<!DOCTYPE html>\n<html><head><title>Azure DevOps Services | Sign In</title></head><body></body></html>\n";
    Reply::text(200, page).with_header("content-type", HTML)
}

const HTML: &str = "text/html; charset=utf-8";

fn may_ask(call: &Call, wanted: Option<&str>) -> bool {
    let given = bearer(call.header("authorization")).filter(|token| !token.is_empty());
    given.is_some_and(|given| wanted.is_none_or(|wanted| wanted == given))
}

fn issue(
    world: &mut World,
    call: &Call,
    name: &str,
    subject: &str,
    audience: &str,
    seconds: i64,
) -> Result<String, Reply> {
    let issuer = address(&call.base, name);
    world.issuers.issue(Statement { issuer: &issuer, subject, audience, starts_in: 0, seconds }).map_err(no_key)
}

/// An error as Azure DevOps writes it; GitHub's tokens come from the same service \[seen\].
fn trouble(status: u16, text: &str, space: &str, kind: &str) -> Reply {
    Reply::json(
        status,
        json!({
            "$id": "1",
            "innerException": Value::Null,
            "message": text,
            "typeName": format!("{space}.{kind}, {space}"),
            "typeKey": kind,
            "errorCode": 0,
            "eventId": 3000,
        }),
    )
}

fn no_key(error: String) -> Reply {
    Reply::error(500, "EmulatorKey", format!("The emulator could not make its key: {error}"))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::emulator::exchange::Content;
    use crate::emulator::scenario::Scenario;

    #[test]
    fn a_job_that_names_no_audience_gets_the_usual_one() {
        let scenario = Scenario::parse(
            r#"{"ci": {"github": {"subject": "repo:org/it:ref:refs/heads/main"},
                       "devops": {"service_connections": {"c": "sc://org/project/c"}}}}"#,
        );
        let world = scenario.map_err(|error| error.to_string()).and_then(World::new);
        let mut world = world.unwrap_or_else(|error| panic!("{error}"));
        let headers = vec![("authorization".to_owned(), "Bearer job".to_owned())];
        let call = Call::new("POST", "/?api-version=7.1&serviceConnectionId=C", headers, Vec::new(), "https://x");
        let mut claims = |surface: fn(&mut World, &Call) -> Answer, name: &str| -> Value {
            let Ok(Reply { content: Content::Json(body), .. }) = surface(&mut world, &call) else { return Value::Null };
            let part = body[name].as_str().and_then(|token| token.split('.').nth(1)).unwrap_or_default();
            URL_SAFE_NO_PAD.decode(part).ok().and_then(|part| serde_json::from_slice(&part).ok()).unwrap_or_default()
        };
        let github = claims(github, "value");
        assert_eq!(
            (&github["aud"], &github["iss"]),
            (&json!("https://github.com/org"), &json!("https://x/issuers/github"))
        );
        let devops = claims(devops, "oidcToken");
        assert_eq!((&devops["aud"], &devops["sub"]), (&json!(EXCHANGE_AUDIENCE), &json!("sc://org/project/c")));
    }
}
