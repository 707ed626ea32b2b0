//! The ways to sign in under the real Terraform: which is taken, and what is told where it is incomplete or fails.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use expect_test::expect;
use serde_json::json;

use crate::emulator_process::{CLIENT, SUBSCRIPTION, TENANT};
use crate::terraform::{Bench, findings};

const CONNECTOR: &str = "resource \"defender_identity_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";

/// A token that looks like one of an issuer.
fn jwt() -> String {
    let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(json!({ "alg": "RS256" })), part(json!({ "sub": "repo:org/repo" })))
}

/// A tenant whose application trusts somebody else's tokens and has no secret, and a job that has none either.
fn bench() -> Bench {
    let mut bench = Bench::with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "federated": true }] }],
        "workspaces": [{ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT }],
    }));
    bench.set("ARM_CLIENT_SECRET", "");
    bench.configure(CONNECTOR);
    bench
}

/// A CI system under the emulator's address, which answers everything with this.
fn ci_system(bench: &Bench, path: &str, status: u16, body: &serde_json::Value) -> String {
    let pattern = json!({ "path": path, "times": 1000 });
    bench.faults(&json!([{ "match": pattern, "action": { "status": status, "body": body } }]));
    format!("{}{path}", bench.emulator.url())
}

#[test]
fn each_issuer_of_openid_connect_signs_in() {
    let file = |bench: &Bench| {
        let path = bench.path("token");
        std::fs::write(&path, jwt() + "\n").unwrap();
        path.display().to_string()
    };
    type Given = fn(&mut Bench, String, &str);
    let rows: [(&str, Given); 5] = [
        ("a token", |bench, _, _| {
            bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN", &jwt());
        }),
        ("a file", |bench, file, _| {
            bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN_FILE_PATH", &file);
        }),
        ("GitHub Actions", |bench, _, url| {
            bench.set("ARM_USE_OIDC", "true").set("ACTIONS_ID_TOKEN_REQUEST_URL", url);
            bench.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "the-jobs-token");
        }),
        ("Azure DevOps", |bench, _, url| {
            bench
                .set("ARM_USE_OIDC", "true")
                .set("SYSTEM_OIDCREQUESTURI", url)
                .set("SYSTEM_ACCESSTOKEN", "the-jobs-token");
            bench.set("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "connection");
        }),
        ("AKS", |bench, file, _| {
            bench.set("ARM_USE_AKS_WORKLOAD_IDENTITY", "true").set("AZURE_FEDERATED_TOKEN_FILE", &file);
            bench
                .set("ARM_TENANT_ID", "")
                .set("ARM_CLIENT_ID", "")
                .set("AZURE_TENANT_ID", TENANT)
                .set("AZURE_CLIENT_ID", CLIENT);
        }),
    ];
    let mut seen = String::new();
    for (what, give) in rows {
        let mut bench = bench();
        let (file, url) =
            (file(&bench), ci_system(&bench, "/ci/token", 200, &json!({ "value": jwt(), "oidcToken": jwt() })));
        give(&mut bench, file, &url);
        let already = bench.emulator.exchanges().len();
        bench.apply();
        let exchanges = bench.emulator.exchanges();
        let ci = exchanges[already..].iter().filter(|exchange| exchange["url"].as_str().unwrap().contains("/ci/"));
        let mut asked: Vec<_> = ci
            .map(|exchange| {
                let url = exchange["url"].as_str().unwrap();
                format!("{} {}", exchange["method"].as_str().unwrap(), &url[url.find("/ci/").unwrap()..])
            })
            .collect();
        asked.dedup();
        seen += &format!("{what}: {asked:?}\n");
        let log = std::fs::read_to_string(bench.path("terraform.tfstate")).unwrap();
        assert!(!log.contains(&jwt()) && !log.contains("the-jobs-token"));
    }
    expect![[r#"
        a token: []
        a file: []
        GitHub Actions: ["GET /ci/token?audience=api%3A%2F%2FAzureADTokenExchange"]
        Azure DevOps: ["POST /ci/token?api-version=7.1&audience=api%3A%2F%2FAzureADTokenExchange&serviceConnectionId=connection"]
        AKS: []
    "#]].assert_eq(&seen);
}

#[test]
fn a_credential_in_files_signs_in() {
    let mut bench = Bench::new();
    bench.configure(CONNECTOR);
    std::fs::write(bench.path("id"), format!("{CLIENT}\n")).unwrap();
    std::fs::write(bench.path("secret"), "emulator-secret\n").unwrap();
    let (id, secret) = (bench.path("id").display().to_string(), bench.path("secret").display().to_string());
    bench.set("ARM_CLIENT_ID", "").set("ARM_CLIENT_SECRET", "");
    bench.set("ARM_CLIENT_ID_FILE_PATH", &id).set("ARM_CLIENT_SECRET_FILE_PATH", &secret);
    bench.apply();
    std::fs::write(bench.path("secret"), "").unwrap();
    let told = bench.plan_errors().replace(&secret, "FILE");
    expect![[r#"
        Error: A file of the credentials cannot be used

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        client_secret_file_path names
          FILE
        and it is empty.

        Check the path and who may read it; Terraform reads it on the machine that it
        runs on.
    "#]]
    .assert_eq(&told);
}

#[test]
fn what_is_missing_or_refused_is_told_without_a_secret() {
    let mut seen = String::new();
    let mut step = |what: &str, bench: &Bench| {
        let told =
            findings(&bench.run(&["plan", "-no-color", "-input=false"]).text).replace(bench.emulator.url(), "EMULATOR");
        assert!(!told.contains("the-jobs-token") && !told.contains(&jwt()), "{told}");
        seen += &format!("== {what}\n{told}\n");
    };
    let mut nothing = bench();
    nothing.set("ARM_USE_OIDC", "true").set("ACTIONS_ID_TOKEN_REQUEST_URL", "https://ci.example");
    step("no token", &nothing);
    let mut refused = bench();
    let url = ci_system(&refused, "/ci/token", 403, &json!({ "message": "not for the-jobs-token" }));
    refused.set("ARM_USE_OIDC", "true").set("ACTIONS_ID_TOKEN_REQUEST_URL", &url);
    refused.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "the-jobs-token");
    step("a CI system that refuses", &refused);
    let mut strange = bench();
    strange.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN", "no-jwt");
    step("a token that is none", &strange);
    let mut plain = bench();
    plain
        .set("ARM_USE_OIDC", "true")
        .set("ARM_OIDC_REQUEST_URL", "http://ci.example")
        .set("ARM_OIDC_REQUEST_TOKEN", "x");
    step("an address that is not encrypted", &plain);
    expect![[r#"
        == no token
        Error: The provider needs oidc_token

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        OpenID Connect is asked for, and there is no token: neither oidc_token nor
        oidc_token_file_path, nor what GitHub Actions (permissions: id-token: write)
        or Azure DevOps (ado_pipeline_service_connection_id) give a job to ask for
        one, nor the file that AKS names in AZURE_FEDERATED_TOKEN_FILE.

        Found, and not used:
          - ACTIONS_ID_TOKEN_REQUEST_URL (where to ask for a token)

        Set oidc_token in the provider block, or the environment variable
        ARM_OIDC_TOKEN.

        == a CI system that refuses
        Error: Could not plan the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        OpenID Connect brought no token for the application
        33333333-3333-4333-8333-333333333333.
        Workspace:
        WORKSPACE

        Found: GitHub Actions gave no token: 403 at https://EMULATOR/ci/token:
        {"message":"not for [redacted]"}
        Request: POST
        https://EMULATOR/TENANT/oauth2/v2.0/token

        Check that it has a federated credential for this job or pod (app
        registration > Certificates & secrets): its issuer, its subject (repository
        and branch or environment, service connection, or service account) and the
        audience api://AzureADTokenExchange; and that the job may ask for a token
        (GitHub Actions: permissions: id-token: write).

        == a token that is none
        Error: Could not plan the Microsoft Defender for Identity connector

          with defender_identity_connector.it,
          on main.tf line 8, in resource "defender_identity_connector" "it":
           8: resource "defender_identity_connector" "it" {

        OpenID Connect brought no token for the application
        33333333-3333-4333-8333-333333333333.
        Workspace:
        WORKSPACE

        The service said: 400 AADSTS50027: JWT token is invalid or malformed.
        Request: POST
        https://EMULATOR/TENANT/oauth2/v2.0/token
        Request id: GUID

        Check that it has a federated credential for this job or pod (app
        registration > Certificates & secrets): its issuer, its subject (repository
        and branch or environment, service connection, or service account) and the
        audience api://AzureADTokenExchange; and that the job may ask for a token
        (GitHub Actions: permissions: id-token: write).

        == an address that is not encrypted
        Error: Not an address to ask for a token

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 1, in provider "defender":
           1: provider "defender" {

        ARM_OIDC_REQUEST_URL must be an https address, as GitHub Actions and Azure
        DevOps set it for each job.

        Leave it to the job, or give oidc_token or oidc_token_file_path instead.

    "#]]
    .assert_eq(&seen);
}
