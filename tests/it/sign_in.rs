//! The ways to sign in under the real Terraform: which is taken, that it leaves no secret behind, and what is told where it
//! is incomplete or fails.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SUBSCRIPTION, TENANT};
use crate::terraform::{Bench, findings};

const CONNECTOR: &str = "resource \"defender_identity_connector\" \"it\" {\n  workspace_id = var.workspace_id\n}\n";

const OTHER_TENANT: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
/// An identity that somebody gave the machine.
const ASSIGNED: &str = "dddddddd-dddd-4ddd-8ddd-dddddddddddd";
const BRANCH: &str = "repo:org/repo:ref:refs/heads/main";
const CONNECTION: &str = "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee";

/// What must be nowhere that anybody looks.
const JOBS_TOKEN: &str = "the~jobs~t0ken";
const PASSWORD: &str = "c0rrect~horse";
const HEADER: &str = "the~identity~he4der";

fn certificate(name: &str) -> String {
    format!("{}/tests/fixtures/certificates/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The certificate of a PEM file, without its key.
fn public(name: &str) -> String {
    let pem = std::fs::read_to_string(certificate(name)).unwrap();
    pem[pem.find("-----BEGIN CERTIFICATE").unwrap()..].to_owned()
}

/// A tenant whose application has a certificate and trusts others' tokens, and no secret, and a machine with identities.
fn bench() -> Bench {
    let trusted = |issuer: &str, subject: &str| json!({ "issuer": issuer, "subject": subject });
    let application = json!({
        "client_id": CLIENT,
        "certificates": [public("pkcs8.pem")],
        "federated": [trusted("github", BRANCH), trusted("devops", "sc://org/project/it"), trusted("aks", "system:serviceaccount:it:it")],
    });
    let machine = "ffffffff-ffff-4fff-8fff-ffffffffffff";
    let mut bench = Bench::with(&json!({
        "tenants": [
            { "tenant_id": TENANT, "clients": [application, { "client_id": ASSIGNED }, { "client_id": machine }] },
            { "tenant_id": OTHER_TENANT },
        ],
        "workspaces": [{ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT }],
        "machine": {
            "identities": [
                { "tenant_id": TENANT, "client_id": machine, "system_assigned": true },
                { "tenant_id": TENANT, "client_id": ASSIGNED },
            ],
            "identity_header": HEADER,
        },
        "ci": {
            "github": { "subject": BRANCH, "request_token": JOBS_TOKEN },
            "devops": { "service_connections": { CONNECTION: "sc://org/project/it" }, "access_token": JOBS_TOKEN },
        },
    }));
    bench.set("ARM_CLIENT_SECRET", "");
    bench.configure(CONNECTOR);
    bench
}

/// A token of an issuer that the application trusts; `besides` says more of it.
fn issued(bench: &Bench, besides: &str) -> String {
    let path = format!("/issue?issuer=aks&subject=system:serviceaccount:it:it{besides}");
    bench.admin("POST", &path, None).as_str().unwrap().to_owned()
}

/// A token in a file.
fn token_file(bench: &Bench) -> String {
    let path = bench.path("token");
    std::fs::write(&path, issued(bench, "") + "\n").unwrap();
    path.display().to_string()
}

/// An address of the emulator, over plain http.
fn machine(bench: &Bench, path: &str) -> String {
    format!("{}{path}", bench.emulator.url().replace("https://", "http://"))
}

fn github(bench: &mut Bench) {
    let url = format!("{}/ci/github/token?api-version=2.0", bench.emulator.url());
    bench.set("ARM_USE_OIDC", "true").set("ACTIONS_ID_TOKEN_REQUEST_URL", &url);
    bench.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", JOBS_TOKEN);
}

fn imds(bench: &mut Bench) {
    let url = machine(bench, "/metadata/identity/oauth2/token");
    bench.set("ARM_USE_MSI", "true").set("ARM_MSI_ENDPOINT", &url).set("ARM_CLIENT_ID", "");
}

#[test]
fn each_way_signs_in_and_leaves_no_secret() {
    type Give = fn(&mut Bench);
    let rows: [(&str, Give); 12] = [
        ("a certificate in a PFX file", |bench| {
            bench.set("ARM_CLIENT_CERTIFICATE_PATH", &certificate("aes.pfx"));
            bench.set("ARM_CLIENT_CERTIFICATE_PASSWORD", PASSWORD);
        }),
        ("one without a password", |bench| {
            bench.set("ARM_CLIENT_CERTIFICATE_PATH", &certificate("no-password.pfx"));
        }),
        ("one in a variable", |bench| {
            let pfx = BASE64_STANDARD.encode(std::fs::read(certificate("no-password.pfx")).unwrap());
            bench.set("ARM_CLIENT_CERTIFICATE", &pfx);
        }),
        ("one in a PEM file", |bench| {
            bench.set("ARM_CLIENT_CERTIFICATE_PATH", &certificate("pkcs8.pem"));
        }),
        ("a token", |bench| {
            let token = issued(bench, "");
            bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN", &token);
        }),
        ("a token in a file", |bench| {
            let file = token_file(bench);
            bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN_FILE_PATH", &file);
        }),
        ("GitHub Actions", github),
        ("Azure DevOps", |bench| {
            let url = format!("{}/ci/devops/oidctoken", bench.emulator.url());
            bench.set("ARM_USE_OIDC", "true").set("SYSTEM_OIDCREQUESTURI", &url).set("SYSTEM_ACCESSTOKEN", JOBS_TOKEN);
            bench.set("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", CONNECTION);
        }),
        ("AKS", |bench| {
            let file = token_file(bench);
            bench.set("ARM_USE_AKS_WORKLOAD_IDENTITY", "true").set("AZURE_FEDERATED_TOKEN_FILE", &file);
            bench.set("ARM_TENANT_ID", "").set("AZURE_TENANT_ID", TENANT);
            bench.set("ARM_CLIENT_ID", "").set("AZURE_CLIENT_ID", CLIENT);
        }),
        ("the machine's identity", imds),
        ("one that was assigned", |bench| {
            imds(bench);
            bench.set("ARM_CLIENT_ID", ASSIGNED);
        }),
        ("an app's identity", |bench| {
            let url = machine(bench, "/msi/token");
            bench.set("ARM_USE_MSI", "true").set("IDENTITY_ENDPOINT", &url).set("IDENTITY_HEADER", HEADER);
            bench.set("ARM_CLIENT_ID", ASSIGNED);
        }),
    ];
    let pem = std::fs::read_to_string(certificate("pkcs8.pem")).unwrap();
    let pfx = BASE64_STANDARD.encode(std::fs::read(certificate("no-password.pfx")).unwrap());
    // Of what is long, a part in its middle.
    let secrets = [JOBS_TOKEN, PASSWORD, HEADER, &pem[80..120], &pfx[100..140], ".eyJ", "client_assertion=", "Bearer "];
    let mut seen = String::new();
    for (what, give) in rows {
        let mut bench = bench();
        give(&mut bench);
        let log = bench.path("log");
        bench.set("TF_LOG", "trace").set("TF_LOG_PATH", log.to_str().unwrap());
        let already = bench.emulator.exchanges().len();
        let mut shown = bench.apply();
        shown += &bench.ok(&["plan", "-no-color", "-out=plan", "-detailed-exitcode"]);
        shown += &bench.ok(&["show", "-json", "plan"]);
        shown += &std::fs::read_to_string(bench.path("terraform.tfstate")).unwrap();
        let log = std::fs::read_to_string(log).unwrap();
        for secret in secrets {
            let at = [&shown, &log]
                .into_iter()
                .find_map(|text| text.find(secret).map(|at| &text[at.saturating_sub(99)..at]));
            assert_eq!(at, None, "{what}: {secret:?}");
        }
        let way = log.lines().find(|line| line.contains("signs in")).unwrap();
        let way = way.split("by=").nth(1).unwrap().split('"').nth(1).unwrap_or_default();
        let exchanges = bench.emulator.exchanges();
        let beside = exchanges[already..].iter().filter_map(|exchange| {
            let url = exchange["url"].as_str().unwrap();
            let path = &url[url.find("/ci/").or(url.find("/metadata/")).or(url.find("/msi/"))?..];
            let path =
                path.replace(&bench.emulator.url().replace("://", "%3A%2F%2F").replace("1:", "1%3A"), "EMULATOR");
            Some(format!("{} {path}", exchange["method"].as_str().unwrap()))
        });
        let beside: std::collections::BTreeSet<_> = beside.collect();
        seen += &format!("{what}: by {way}\n");
        beside.iter().for_each(|line| seen += &format!("  {line}\n"));
    }
    expect![[r#"
        a certificate in a PFX file: by a client certificate
        one without a password: by a client certificate
        one in a variable: by a client certificate
        one in a PEM file: by a client certificate
        a token: by OpenID Connect
        a token in a file: by OpenID Connect
        GitHub Actions: by OpenID Connect
          GET /ci/github/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange
        Azure DevOps: by OpenID Connect
          POST /ci/devops/oidctoken?api-version=7.1&audience=api%3A%2F%2FAzureADTokenExchange&serviceConnectionId=eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee
        AKS: by OpenID Connect
        the machine's identity: by a managed identity
          GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=EMULATOR
        one that was assigned: by a managed identity
          GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=EMULATOR&client_id=dddddddd-dddd-4ddd-8ddd-dddddddddddd
        an app's identity: by a managed identity
          GET /msi/token?api-version=2019-08-01&resource=EMULATOR&client_id=dddddddd-dddd-4ddd-8ddd-dddddddddddd
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
fn a_token_file_is_read_again_when_its_token_is_over() {
    let mut bench = bench();
    let file = token_file(&bench);
    bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN_FILE_PATH", &file);
    std::fs::write(&file, issued(&bench, "&seconds=1&starts_in=-600")).unwrap();
    assert!(bench.plan_errors().contains("AADSTS700024"));
    token_file(&bench);
    bench.apply();
}

/// The errors of a plan, in one line each: their first line, and what was found.
fn told(bench: &Bench) -> String {
    let text = findings(&bench.run(&["plan", "-no-color", "-input=false"]).text);
    let text = text.replace(bench.emulator.url(), "EMULATOR").replace(&machine(bench, ""), "http://EMULATOR");
    for secret in [JOBS_TOKEN, PASSWORD, HEADER, ".eyJ"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let words = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split("Error: ")
        .skip(1)
        .map(|error| {
            let paragraphs: Vec<_> = error.split("\n\n").map(words).collect();
            // After the summary and where it is: what happened, what was found, and what to do about it.
            format!("  {}\n", paragraphs[2..].join("\n  "))
        })
        .collect()
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_before_anything_is_sent() {
    let mut bench = bench();
    bench.set("ARM_CLIENT_CERTIFICATE_PASSWORD", PASSWORD);
    let mut seen = String::new();
    for file in [
        "expired.pem",
        "early.pem",
        "no-key.pfx",
        "no-certificate.pfx",
        "ec.pfx",
        "small.pem",
        "mismatch.pem",
        "absent.pfx",
        "make",
    ] {
        bench.set("ARM_CLIENT_CERTIFICATE_PATH", &certificate(file));
        seen += &format!("{file}: {}\n", told(&bench).lines().next().unwrap().trim());
    }
    bench.set("ARM_CLIENT_CERTIFICATE_PATH", &certificate("aes.pfx"));
    for password in ["wr0ng~horse", ""] {
        bench.set("ARM_CLIENT_CERTIFICATE_PASSWORD", password);
        let told = told(&bench);
        assert!(!told.contains("wr0ng"), "{told}");
        seen += &format!("password {password:?}: {}\n", told.lines().next().unwrap().trim());
    }
    assert_eq!(bench.requests(0), [""; 0]);
    expect![[r#"
        expired.pem: What client_certificate_path gives cannot be used: it expired at 2021-01-01T00:00:00Z.
        early.pem: What client_certificate_path gives cannot be used: it is not valid before 2119-01-01T00:00:00Z.
        no-key.pfx: What client_certificate_path gives cannot be used: it holds no private key.
        no-certificate.pfx: What client_certificate_path gives cannot be used: it holds no certificate.
        ec.pfx: What client_certificate_path gives cannot be used: its key is not an RSA key.
        small.pem: What client_certificate_path gives cannot be used: its RSA key has 1024 bits, which is less than 2048.
        mismatch.pem: What client_certificate_path gives cannot be used: its private key belongs to none of its certificates.
        absent.pfx: What client_certificate_path gives cannot be used: No such file or directory (os error 2).
        make: What client_certificate_path gives cannot be used: it cannot be read: it is neither PEM nor a whole PFX (unknown/unsupported ASN.1 DER tag: 0x23 at DER byte 1).
        password "wr0ng~horse": What client_certificate_path gives cannot be used: the password is not the one that it is locked by.
        password "": What client_certificate_path gives cannot be used: it is locked by a password, and none is given.
    "#]].assert_eq(&seen);
}

#[test]
fn what_is_missing_or_refused_is_told_without_a_secret() {
    type Give = fn(&mut Bench);
    let rows: [(&str, Give); 17] = [
        ("no token to ask with", |bench| {
            bench.set("ARM_USE_OIDC", "true").set("ACTIONS_ID_TOKEN_REQUEST_URL", "https://ci.example");
        }),
        ("an address that is not encrypted", |bench| {
            github(bench);
            bench.set("ARM_OIDC_REQUEST_URL", "http://ci.example");
        }),
        ("a CI system that refuses", |bench| {
            github(bench);
            bench.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-another-job");
        }),
        ("a CI system that answers garbage", |bench| {
            github(bench);
            bench.faults(&json!([{ "match": { "path": "/ci/" }, "action": { "raw_body": "<html>the~jobs~t0ken" } }]));
        }),
        ("a job that the application does not trust", |bench| {
            let token = bench.admin("POST", "/issue?issuer=github&subject=repo:org/fork", None);
            bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN", token.as_str().unwrap());
        }),
        ("a token for somebody else", |bench| {
            let token = issued(bench, "&audience=api://other");
            bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN", &token);
        }),
        ("a token that is none", |bench| {
            bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN", "no-jwt");
        }),
        ("a token of a clock that is ahead", |bench| {
            let token = issued(bench, "&starts_in=3600");
            bench.set("ARM_USE_OIDC", "true").set("ARM_OIDC_TOKEN", &token);
        }),
        ("a certificate that the application does not have", |bench| {
            bench.set("ARM_CLIENT_CERTIFICATE_PATH", &certificate("pkcs8.pem")).set("ARM_CLIENT_ID", ASSIGNED);
        }),
        ("a certificate of a clock that is behind", |bench| {
            bench.set("ARM_CLIENT_CERTIFICATE_PATH", &certificate("pkcs8.pem"));
            let text =
                "AADSTS700024: Client assertion is not within its valid time range. Current time: 2026-01-01T10:00:00Z";
            let body = json!({ "error": "invalid_client", "error_description": text });
            bench.faults(&json!([{ "match": { "path": "/oauth2/" }, "action": { "status": 401, "body": body } }]));
        }),
        ("no machine that has identities", |bench| {
            imds(bench);
            bench.set("ARM_MSI_ENDPOINT", "http://127.0.0.1:1/metadata/identity/oauth2/token");
        }),
        ("an identity that the machine does not have", |bench| {
            imds(bench);
            bench.set("ARM_CLIENT_ID", CLIENT);
        }),
        ("an app that says who it is wrongly", |bench| {
            let url = machine(bench, "/msi/token");
            bench.set("ARM_USE_MSI", "true").set("IDENTITY_ENDPOINT", &url).set("IDENTITY_HEADER", "wrong~he4der");
        }),
        ("a machine's identity somewhere else", |bench| {
            imds(bench);
            bench.set("ARM_TENANT_ID", OTHER_TENANT);
        }),
        ("an Azure CLI that nobody signed in to", |bench| {
            bench.set("ARM_USE_CLI", "true");
            bench.stand_in("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
        }),
        ("an Azure CLI of another tenant", |bench| {
            bench.set("ARM_USE_CLI", "true");
            let claims = BASE64_STANDARD.encode(json!({ "tid": OTHER_TENANT }).to_string()).replace('=', "");
            let answer = json!({ "accessToken": format!("h.{claims}.s"), "expires_on": 9_999_999_999_i64, "tokenType": "Bearer" });
            bench.stand_in("az", &format!("cat <<'END'\n{answer}\nEND"));
        }),
        ("no Azure CLI", |bench| {
            bench.set("ARM_USE_CLI", "true");
            bench.stand_in("az", "exit 127");
        }),
    ];
    let mut seen = String::new();
    for (what, give) in rows {
        let mut bench = bench();
        give(&mut bench);
        seen += &format!("== {what}\n{}", told(&bench));
    }
    expect![[r#"
        == no token to ask with
          OpenID Connect is asked for, and there is no token: neither oidc_token nor oidc_token_file_path, nor what GitHub Actions (permissions: id-token: write) or Azure DevOps (ado_pipeline_service_connection_id) give a job to ask for one, nor the file that AKS names in AZURE_FEDERATED_TOKEN_FILE.
          Found, and not used: - ACTIONS_ID_TOKEN_REQUEST_URL (where to ask for a token)
          Set oidc_token in the provider block, or the environment variable ARM_OIDC_TOKEN.
        == an address that is not encrypted
          ARM_OIDC_REQUEST_URL must be an https address, as GitHub Actions and Azure DevOps set it for each job.
          Leave it to the job, or give oidc_token or oidc_token_file_path instead.
        == a CI system that refuses
          OpenID Connect brought no token for the application 33333333-3333-4333-8333-333333333333. Workspace: WORKSPACE
          Found: GitHub Actions gave no token: 401 at https://EMULATOR/ci/github/token: {"$id":"1","errorCode":0,"eventId":3000,"innerException":null,"message":"The request token is missing, or is not that of a job that may ask for a token.","typeKey":"VssUnauthorizedException","typeName… Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token
          Check that it has a federated credential for this job or pod (app registration > Certificates & secrets): its issuer, its subject (repository and branch or environment, service connection, or service account) and the audience api://AzureADTokenExchange; and that the job may ask for a token (GitHub Actions: permissions: id-token: write).
        == a CI system that answers garbage
          OpenID Connect brought no token for the application 33333333-3333-4333-8333-333333333333. Workspace: WORKSPACE
          Found: GitHub Actions gave no token: the answer of https://EMULATOR/ci/github/token has no 'value' Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token
          Check that it has a federated credential for this job or pod (app registration > Certificates & secrets): its issuer, its subject (repository and branch or environment, service connection, or service account) and the audience api://AzureADTokenExchange; and that the job may ask for a token (GitHub Actions: permissions: id-token: write).
        == a job that the application does not trust
          OpenID Connect brought no token for the application 33333333-3333-4333-8333-333333333333. Workspace: WORKSPACE
          The service said: 401 AADSTS700213: No matching federated identity record found for presented assertion subject 'repo:org/fork'. Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token Request id: GUID
          Check that it has a federated credential for this job or pod (app registration > Certificates & secrets): its issuer, its subject (repository and branch or environment, service connection, or service account) and the audience api://AzureADTokenExchange; and that the job may ask for a token (GitHub Actions: permissions: id-token: write).
        == a token for somebody else
          OpenID Connect brought no token for the application 33333333-3333-4333-8333-333333333333. Workspace: WORKSPACE
          The service said: 401 AADSTS700212: No matching federated identity record found for presented assertion audience 'api://other'. Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token Request id: GUID
          Check that it has a federated credential for this job or pod (app registration > Certificates & secrets): its issuer, its subject (repository and branch or environment, service connection, or service account) and the audience api://AzureADTokenExchange; and that the job may ask for a token (GitHub Actions: permissions: id-token: write).
        == a token that is none
          OpenID Connect brought no token for the application 33333333-3333-4333-8333-333333333333. Workspace: WORKSPACE
          The service said: 400 AADSTS50027: JWT token is invalid or malformed. Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token Request id: GUID
          Check that it has a federated credential for this job or pod (app registration > Certificates & secrets): its issuer, its subject (repository and branch or environment, service connection, or service account) and the audience api://AzureADTokenExchange; and that the job may ask for a token (GitHub Actions: permissions: id-token: write).
        == a token of a clock that is ahead
          By the clock of Microsoft Entra, what the application 33333333-3333-4333-8333-333333333333 signs in with is not valid now. Workspace: WORKSPACE
          The service said: 401 AADSTS700024: Client assertion is not within its valid time range. Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token Request id: GUID
          Set the clock of the machine that Terraform runs on, or get a new token where one was given.
        == a certificate that the application does not have
          The certificate is not one of the application dddddddd-dddd-4ddd-8ddd-dddddddddddd. Workspace: WORKSPACE
          The service said: 401 AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token Request id: GUID
          Check that the app registration that client_id (or ARM_CLIENT_ID) names has this certificate on its page Certificates & secrets, and that it has not expired.
        == a certificate of a clock that is behind
          By the clock of Microsoft Entra, what the application 33333333-3333-4333-8333-333333333333 signs in with is not valid now. Workspace: WORKSPACE
          The service said: 401 AADSTS700024: Client assertion is not within its valid time range. Request: POST https://EMULATOR/TENANT/oauth2/v2.0/token
          Set the clock of the machine that Terraform runs on, or get a new token where one was given.
        == no machine that has identities
          The managed identity of this machine gave no token. Workspace: WORKSPACE
          Found: no managed identity answers at http://127.0.0.1:1/metadata/identity/oauth2/token: this machine has none, or something keeps it from being asked (no connection: Connection refused (os error 111)) Request: GET http://127.0.0.1:1/metadata/identity/oauth2/token
          Give the machine an identity (or the one that client_id names), and check msi_endpoint (or ARM_MSI_ENDPOINT) where the machine has its own. Where Terraform does not run on Azure, sign in otherwise: use_oidc, client_certificate_path or client_secret.
        == an identity that the machine does not have
          The managed identity of this machine gave no token. Workspace: WORKSPACE
          The service said: 400 invalid_request: Identity not found (asked for the identity with the client id 33333333-3333-4333-8333-333333333333) Request: GET http://EMULATOR/metadata/identity/oauth2/token
          Give the machine an identity (or the one that client_id names), and check msi_endpoint (or ARM_MSI_ENDPOINT) where the machine has its own. Where Terraform does not run on Azure, sign in otherwise: use_oidc, client_certificate_path or client_secret.
        == an app that says who it is wrongly
          The managed identity of this machine gave no token. Workspace: WORKSPACE
          The service said: 401 The header X-IDENTITY-HEADER is missing, or is not that of this application (asked for the identity with the client id 33333333-3333-4333-8333-333333333333) Request: GET http://EMULATOR/msi/token
          Give the machine an identity (or the one that client_id names), and check msi_endpoint (or ARM_MSI_ENDPOINT) where the machine has its own. Where Terraform does not run on Azure, sign in otherwise: use_oidc, client_certificate_path or client_secret.
        == a machine's identity somewhere else
          A token of the tenant aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa was asked for, and one of the tenant TENANT was given; it was not used. Workspace: WORKSPACE
          Found: the token is of tenant TENANT, and one of tenant aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa was asked for Request: GET http://EMULATOR/metadata/identity/oauth2/token
          A managed identity works in its own tenant alone. Give the tenant aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa a tenant block with credentials of its own (an application that trusts the identity signs in with use_oidc), or use an application that both tenants know.
        == an Azure CLI that nobody signed in to
          The Azure CLI, which is asked where nothing else is given to sign in with, gave no token. Workspace: WORKSPACE
          Found: ERROR: Please run 'az login' to setup account. Request: az account get-access-token
          Found, and not used: - ARM_CLIENT_SECRET (set, but empty)
          Install it and sign in with az login, or give the provider block other credentials: of a service principal tenant_id, client_id and client_secret or client_certificate_path (ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH), use_oidc or use_msi.
        == an Azure CLI of another tenant
          A token of the tenant TENANT was asked for, and one of the tenant aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa was given; it was not used. Workspace: WORKSPACE
          Found: the token is of tenant aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa, and one of tenant TENANT was asked for Request: az account get-access-token
          Sign in there with az login --tenant, or give the tenant TENANT a tenant block with credentials of its own.
        == no Azure CLI
          The Azure CLI, which is asked where nothing else is given to sign in with, gave no token. Workspace: WORKSPACE
          Found: az not found on PATH Request: az account get-access-token
          Found, and not used: - ARM_CLIENT_SECRET (set, but empty)
          Install it and sign in with az login, or give the provider block other credentials: of a service principal tenant_id, client_id and client_secret or client_certificate_path (ARM_TENANT_ID, ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH), use_oidc or use_msi.
    "#]].assert_eq(&seen);
}

#[test]
fn a_refused_token_is_asked_for_once_by_all_of_its_tenant() {
    let mut bench = bench();
    imds(&mut bench);
    bench.set("ARM_CLIENT_ID", CLIENT);
    let kinds = ["defender_identity_connector", "defender_office365_connector", "defender_endpoint_connector"];
    let all: Vec<_> = kinds.iter().map(|kind| CONNECTOR.replace("defender_identity_connector", kind)).collect();
    bench.configure(&all.concat());
    let told = bench.plan_errors();
    assert_eq!(told.matches("Error: ").count(), kinds.len(), "{told}");
    let asked: Vec<Value> = bench.emulator.exchanges();
    assert_eq!(asked.len(), 1, "{asked:#?}");
}
