//! Tokens of other issuers: which of them an application takes, what an issuer publishes of itself, and how a job of a CI
//! system asks for its own.

use expect_test::expect;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::sign_in::{BRANCH, Signer, assert_with, is_good, now, told, with, world};
use crate::emulator_process::{CLIENT, EmulatorProcess, SECRET, TENANT};

const EXCHANGE: &str = "api://AzureADTokenExchange";

#[tokio::test]
async fn a_token_of_an_issuer_signs_in_where_a_federated_credential_names_it() {
    let fixed = json!({"issuer": "https://ci.example", "subject": "s"});
    let cluster = json!({"issuer": "aks", "subject": "system:serviceaccount:ns:it"});
    let own = json!({"issuer": "aks", "subject": "own", "audience": "api://own"});
    let client = json!({"federated": [fixed, cluster, own]});
    let emulator = EmulatorProcess::start_with(&world(client, json!({})));
    let issued_by = async |issuer: &str, query: &str| -> String {
        let token = emulator.admin("POST", &format!("/issue?issuer={issuer}&{query}"), None).await;
        token.as_str().expect("a token").to_owned()
    };
    let issued = async |query: &str| issued_by("aks", query).await;
    let pod = "subject=system:serviceaccount:ns:it";
    let good = issued(pod).await;
    let received = assert_with(&emulator, TENANT, &good).await;
    assert!(is_good(&emulator, &received.body["access_token"]).await, "{received:?}");

    let forger = Signer::new();
    let issuer = format!("{}/issuers/aks", emulator.url());
    let forged = |kid: &str, changes: Value| {
        let claims = json!({"iss": issuer, "sub": "own", "aud": ["api://own"], "nbf": now(), "exp": now() + 600});
        forger.sign(&json!({"alg": "RS256", "kid": kid}), &with(&claims, changes))
    };
    let document = emulator.send("GET", "/issuers/aks/.well-known/jwks", None, None).await.body;
    let kid = document["keys"][0]["kid"].as_str().expect("a key id");
    let rows = [
        ("its own audience", issued("subject=own&audience=api://own").await),
        ("a little late", issued(&format!("{pod}&starts_in=-800&seconds=600")).await),
        ("another subject", issued("subject=system:serviceaccount:ns:other").await),
        ("another casing", issued("subject=system:serviceaccount:NS:it").await),
        ("another audience", issued(&format!("{pod}&audience=api://other")).await),
        ("another issuer", issued_by("https://other.example", pod).await),
        ("another issuer of the emulator", issued_by("github", pod).await),
        ("expired", issued(&format!("{pod}&starts_in=-7200")).await),
        ("not yet valid", issued(&format!("{pod}&starts_in=7200")).await),
        ("a key nobody publishes", forged("strange", json!({}))),
        ("a forged signature", forged(kid, json!({}))),
        ("an issuer that is not there", forged(kid, json!({"iss": "https://ci.example", "sub": "s", "aud": EXCHANGE}))),
        ("no subject", forged(kid, json!({"sub": null}))),
        ("PS256", forger.sign(&json!({"alg": "PS256", "kid": kid}), &json!({"iss": issuer}))),
        ("no JWT", good.replace('.', "")),
    ];
    let mut seen = String::new();
    for (what, token) in rows {
        seen += &format!("{what}: {}\n", told(&emulator, &assert_with(&emulator, TENANT, &token).await));
    }
    let alone = json!({"tenant_id": TENANT, "clients": [{"client_id": CLIENT, "client_secret": SECRET}]});
    emulator.admin("POST", "/tenants", Some(&alone)).await;
    let none = assert_with(&emulator, TENANT, &good).await;
    seen += &format!("no federated credential: {}\n", told(&emulator, &none));
    expect![[r#"
        its own audience: 200  a token
        a little late: 200  a token
        another subject: 401 invalid_client AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:ns:other'
        another casing: 401 invalid_client AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:NS:it'
        another audience: 401 invalid_client AADSTS700212: No matching federated identity record found for presented assertion audience 'api://other'
        another issuer: 401 invalid_client AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://other.example'
        another issuer of the emulator: 401 invalid_client AADSTS700211: No matching federated identity record found for presented assertion issuer 'EMULATOR/issuers/github'
        expired: 401 invalid_client AADSTS700024: Client assertion is not within its valid time range
        not yet valid: 401 invalid_client AADSTS700024: Client assertion is not within its valid time range
        a key nobody publishes: 401 invalid_client AADSTS7000272: The certificate with identifier 'strange' used to sign the federated credential could not be found in the metadata of identity provider 'EMULATOR/issuers/aks'
        a forged signature: 401 invalid_client AADSTS50013: Assertion failed signature validation
        an issuer that is not there: 400 invalid_request AADSTS50166: Request to External OIDC endpoint failed
        no subject: 400 invalid_request AADSTS90014: The required field 'sub' is missing from the credential
        PS256: 401 invalid_client AADSTS5002738: Invalid JWT token
        no JWT: 400 invalid_request AADSTS50027: JWT token is invalid or malformed
        no federated credential: 401 invalid_client AADSTS70025: The client '33333333-3333-4333-8333-333333333333'(33333333-3333-4333-8333-333333333333) has no configured federated identity credentials
    "#]].assert_eq(&seen);
}

#[tokio::test]
async fn an_issuer_publishes_the_key_that_it_signs_with() {
    let emulator = EmulatorProcess::start();
    let token = emulator.admin("POST", "/issue?issuer=aks&subject=s&audience=a&seconds=60", None).await;
    let configuration = "/issuers/aks/.well-known/openid-configuration";
    let configuration = emulator.send("GET", configuration, None, None).await.body;
    let keys = emulator.ask("GET", configuration["jwks_uri"].as_str().expect("an address"), &[]).await.body;
    let keys: JwkSet = serde_json::from_value(keys).expect("keys");
    let token = token.as_str().expect("a token");
    let kid = jsonwebtoken::decode_header(token).expect("a header").kid.expect("a key id");
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("its key")).expect("a key");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["a"]);
    validation.set_issuer(&[configuration["issuer"].as_str().expect("an issuer")]);
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).expect("a good token").claims;
    assert_eq!((&claims["sub"], claims["exp"].as_i64()), (&json!("s"), claims["iat"].as_i64().map(|iat| iat + 60)));
    for query in ["subject=s", "issuer=aks", "issuer=aks&subject=s&seconds=soon"] {
        assert_eq!(
            emulator.send("POST", &format!("/_emulator/issue?{query}"), None, None).await.status,
            400,
            "{query}"
        );
    }
}

/// A job of each CI system.
pub fn ci() -> Value {
    json!({"ci": {
        "github": {"subject": BRANCH, "request_token": "github-job"},
        "devops": {"service_connections": {"c0ffee": "sc://org/project/it"}, "access_token": "devops-job"},
    }})
}

#[tokio::test]
async fn a_job_of_a_ci_system_gets_its_token_and_signs_in() {
    let github = json!({"issuer": "github", "subject": BRANCH});
    let devops = json!({"issuer": "devops", "subject": "sc://org/project/it"});
    let emulator = EmulatorProcess::start_with(&world(json!({"federated": [github, devops]}), ci()));
    let at_github = format!("/ci/github/token?audience={EXCHANGE}");
    let at_devops = format!("/ci/devops/oidctoken?api-version=7.1&serviceConnectionId=C0FFEE&audience={EXCHANGE}");
    let job = |token: &'static str| [("authorization", token)];
    let github = emulator.ask("GET", &at_github, &job("Bearer github-job")).await.body;
    let devops = emulator.ask("POST", &at_devops, &job("Bearer devops-job")).await.body;
    for token in [&github["value"], &devops["oidcToken"]] {
        let received = assert_with(&emulator, TENANT, token.as_str().expect("a token")).await;
        assert!(is_good(&emulator, &received.body["access_token"]).await, "{received:?}");
    }

    let mut seen = String::new();
    let quiet = [("authorization", "Bearer x"), ("x-tfs-fedauthredirect", "Suppress")];
    for (what, method, path, headers) in [
        ("GitHub, no token", "GET", at_github.as_str(), &[][..]),
        ("GitHub, another token", "GET", &at_github, &job("Bearer devops-job")),
        ("GitHub, by POST", "POST", &at_github, &job("Bearer github-job")),
        ("Azure DevOps, no token", "POST", &at_devops, &[]),
        ("Azure DevOps, another token", "POST", &at_devops, &quiet),
        ("Azure DevOps, no version", "POST", "/ci/devops/oidctoken", &job("Bearer devops-job")),
        (
            "Azure DevOps, another connection",
            "POST",
            "/ci/devops/oidctoken?api-version=7.1&serviceConnectionId=beef",
            &job("Bearer devops-job"),
        ),
        ("Azure DevOps, the page for people", "GET", "/ci/devops/_signin", &[]),
    ] {
        let received = emulator.ask(method, path, headers).await;
        let said = received.body["message"].as_str().or(received.body["value"].as_str()).or(received.body.as_str());
        let said = said.or(received.body["error"]["code"].as_str()).unwrap_or_default();
        let first = said.replace(emulator.url(), "EMULATOR").lines().next().unwrap_or_default().to_owned();
        seen += &format!("{what}: {} {first}\n", received.status);
    }
    let elsewhere = EmulatorProcess::start();
    for (method, path) in [("GET", at_github), ("POST", at_devops)] {
        assert_eq!(elsewhere.ask(method, &path, &job("Bearer x")).await.status, 404, "{path}");
    }
    expect![[r#"
        GitHub, no token: 401 The request token is missing, or is not that of a job that may ask for a token.
        GitHub, another token: 401 The request token is missing, or is not that of a job that may ask for a token.
        GitHub, by POST: 404 InvalidResourceType
        Azure DevOps, no token: 302 <html><head><title>Object moved</title></head><body>
        Azure DevOps, another token: 401 
        Azure DevOps, no version: 400 No api-version was supplied for the "POST" request. The version must be supplied either as part of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter (e.g. "?api-version=1.0").
        Azure DevOps, another connection: 400 There is no explicit reference to service connection beef from current stage.
        Azure DevOps, the page for people: 200 <!DOCTYPE html>
    "#]].assert_eq(&seen);
}
