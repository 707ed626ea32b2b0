//! Signing in with a certificate, and each thing that can be wrong with it; and what all ways to sign in have in common.

use std::process::Command;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD, Engine as _};
use expect_test::expect;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, date_time_ymd};
use serde_json::{Value, json};

use super::federation::ci;
use super::managed_identity::machine;
use super::{OTHER_TENANT, PREVIEW, path};
use crate::emulator_process::{CLIENT, EmulatorProcess, Received, SECRET, SUBSCRIPTION, TENANT};

pub const OTHER_CLIENT: &str = "55555555-5555-4555-8555-555555555555";
pub const ARM: &str = "https://management.azure.com";
pub const BRANCH: &str = "repo:org/it:ref:refs/heads/main";

/// A certificate with its key.
pub struct Signer {
    key: KeyPair,
    pem: String,
    der: Vec<u8>,
}

impl Signer {
    pub fn new() -> Self {
        Self::valid(KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key"), (2020, 2120))
    }

    fn valid(key: KeyPair, (first, last): (i32, i32)) -> Self {
        let mut params = CertificateParams::new(vec!["it".to_owned()]).expect("a name");
        params.not_before = date_time_ymd(first, 1, 1);
        params.not_after = date_time_ymd(last, 1, 1);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { key, pem: certificate.pem(), der: certificate.der().to_vec() }
    }

    /// The same key in a certificate of another time.
    fn in_years(&self, first: i32, last: i32) -> Self {
        Self::valid(KeyPair::try_from(self.key.serialized_der()).expect("a key"), (first, last))
    }

    fn sha1(&self) -> Vec<u8> {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    fn sha256(&self) -> Vec<u8> {
        digest(&SHA256, &self.der).as_ref().to_vec()
    }

    /// A JSON web token; `alg` is in the header.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let pair = RsaKeyPair::from_pkcs8(self.key.serialized_der()).expect("a key");
        let mut signature = vec![0; pair.public_modulus_len()];
        let padding = if header["alg"] == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        pair.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// As the documentation has it: PS256, and the SHA-256 of the certificate.
    fn header(&self) -> Value {
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": BASE64_URL_SAFE_NO_PAD.encode(self.sha256())})
    }
}

pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// What a client says of itself to the token endpoint.
pub fn claims(emulator: &EmulatorProcess) -> Value {
    let audience = format!("{}/{TENANT}/oauth2/v2.0/token", emulator.url());
    json!({"aud": audience, "iss": CLIENT, "sub": CLIENT, "jti": "1", "nbf": now(), "exp": now() + 600})
}

pub fn with(value: &Value, changes: Value) -> Value {
    let mut value = value.clone();
    for (name, change) in changes.as_object().expect("changes") {
        match change {
            Value::Null => drop(value.as_object_mut().expect("an object").remove(name)),
            change => value[name] = change.clone(),
        }
    }
    value
}

pub async fn assert_with(emulator: &EmulatorProcess, tenant: &str, assertion: &str) -> Received {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", "https://management.azure.com/.default"),
    ];
    emulator.post_form(tenant, &form).await
}

/// What Entra said, as far as it does not change from run to run.
pub fn told(emulator: &EmulatorProcess, received: &Received) -> String {
    let text = received.body["error_description"].as_str().unwrap_or("a token");
    let first = text.split(". ").next().unwrap_or_default().replace(emulator.url(), "EMULATOR");
    format!("{} {} {first}", received.status, received.body["error"].as_str().unwrap_or_default())
}

/// One tenant whose application is as given, on a workspace that it may read.
pub fn world(client: Value, rest: Value) -> Value {
    let client = with(&json!({"client_id": CLIENT}), client);
    let other = json!({"client_id": OTHER_CLIENT, "client_secret": SECRET});
    let world = json!({
        "tenants": [{"tenant_id": TENANT, "clients": [client, other]}, {"tenant_id": OTHER_TENANT}],
        "workspaces": [{
            "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT,
        }],
    });
    with(&world, rest)
}

/// Whether ARM takes the token.
pub async fn is_good(emulator: &EmulatorProcess, token: &Value) -> bool {
    let connectors = path("dataConnectors", PREVIEW);
    emulator.send("GET", &connectors, token.as_str(), None).await.status == 200
}

#[tokio::test]
async fn a_certificate_signs_in_however_it_is_named() {
    let signer = Signer::new();
    let emulator = EmulatorProcess::start_with(&world(json!({"certificates": [signer.pem]}), json!({})));
    let (sha1, sha256) = (signer.sha1(), signer.sha256());
    let hexadecimal: String = sha1.iter().map(|byte| format!("{byte:02x}")).collect();
    for names in [
        json!({"kid": BASE64_URL_SAFE.encode(&sha1)}),
        json!({"kid": BASE64_URL_SAFE_NO_PAD.encode(&sha1)}),
        json!({"kid": hexadecimal.to_uppercase()}),
        json!({"kid": hexadecimal}),
        json!({"x5t": BASE64_URL_SAFE.encode(&sha1)}),
        json!({"x5t": BASE64_STANDARD.encode(&sha1)}),
        json!({"x5t#S256": BASE64_URL_SAFE_NO_PAD.encode(&sha256)}),
    ] {
        for algorithm in ["PS256", "RS256"] {
            let header = with(&names, json!({"alg": algorithm, "typ": "JWT"}));
            let received = assert_with(&emulator, TENANT, &signer.sign(&header, &claims(&emulator))).await;
            assert_eq!(received.status, 200, "{header}: {received:?}");
            assert!(is_good(&emulator, &received.body["access_token"]).await);
        }
    }
    let localhost = emulator.url().replace("127.0.0.1", "localhost");
    let elsewhere = with(&claims(&emulator), json!({"aud": format!("{localhost}/{TENANT}/oauth2/v2.0/token")}));
    assert_eq!(assert_with(&emulator, TENANT, &signer.sign(&signer.header(), &elsewhere)).await.status, 200);
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_or_its_assertion_is_refused() {
    let (signer, stranger) = (Signer::new(), Signer::new());
    let (over, to_come) = (signer.in_years(2020, 2021), signer.in_years(2100, 2120));
    let registered = json!({"certificates": [signer.pem, over.pem, to_come.pem]});
    let mut scenario = world(registered, json!({}));
    scenario["tenants"][0]["clients"][1]["certificates"] = json!([stranger.pem]);
    let emulator = EmulatorProcess::start_with(&scenario);
    let (header, good) = (signer.header(), claims(&emulator));
    let times = |nbf: i64, exp: i64| with(&good, json!({"nbf": now() + nbf, "exp": now() + exp}));
    let signed = |claims: Value| signer.sign(&header, &claims);
    let mut tampered = signed(good.clone());
    tampered.truncate(tampered.len() - 8);
    tampered.push_str("AAAAAAAA");
    let other_endpoint = format!("{}/{OTHER_TENANT}/oauth2/v2.0/token", emulator.url());
    let rows = [
        ("as it should be", signed(good.clone())),
        ("a clock that is two minutes off", signed(times(120, 720))),
        ("no JWT", "abc".to_owned()),
        ("no thumbprint", signer.sign(&json!({"alg": "PS256"}), &good)),
        ("another algorithm", signer.sign(&with(&header, json!({"alg": "ES256"})), &good)),
        ("an unknown thumbprint", signer.sign(&json!({"alg": "PS256", "x5t": "AAAA"}), &good)),
        ("another client's certificate", stranger.sign(&stranger.header(), &good)),
        ("another key", stranger.sign(&header, &good)),
        ("a changed signature", tampered),
        ("the padding of another algorithm", {
            let text = signer.sign(&with(&header, json!({"alg": "RS256"})), &good);
            let other = signed(good.clone());
            format!("{}.{}", text.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1)
        }),
        ("a certificate that has ended", over.sign(&over.header(), &good)),
        ("a certificate that has not begun", to_come.sign(&to_come.header(), &good)),
        ("expired", signed(times(-4000, -400))),
        ("not yet valid", signed(times(400, 4000))),
        ("no end", signed(with(&good, json!({"exp": null})))),
        ("another subject", signed(with(&good, json!({"sub": OTHER_CLIENT})))),
        ("another issuer", signed(with(&good, json!({"iss": OTHER_CLIENT})))),
        ("no issuer", signed(with(&good, json!({"iss": null})))),
        ("another tenant's endpoint", signed(with(&good, json!({"aud": other_endpoint})))),
        ("another audience", signed(with(&good, json!({"aud": "https://login.microsoftonline.com"})))),
        ("no audience", signed(with(&good, json!({"aud": null})))),
    ];
    let mut seen = String::new();
    for (what, assertion) in rows {
        seen += &format!("{what}: {}\n", told(&emulator, &assert_with(&emulator, TENANT, &assertion).await));
    }
    let elsewhere = with(&good, json!({"aud": other_endpoint}));
    let elsewhere = assert_with(&emulator, OTHER_TENANT, &signed(elsewhere)).await;
    seen += &format!("an application that the tenant does not know: {}\n", told(&emulator, &elsewhere));
    for (what, kind) in
        [("no type", None), ("another type", Some("urn:ietf:params:oauth:client-assertion-type:saml2-bearer"))]
    {
        let assertion = signed(good.clone());
        let mut form =
            vec![("grant_type", "client_credentials"), ("client_id", CLIENT), ("client_assertion", &assertion)];
        form.extend(kind.map(|kind| ("client_assertion_type", kind)));
        seen += &format!("{what}: {}\n", told(&emulator, &emulator.post_form(TENANT, &form).await));
    }
    expect![[r#"
        as it should be: 200  a token
        a clock that is two minutes off: 200  a token
        no JWT: 400 invalid_request AADSTS50027: JWT token is invalid or malformed
        no thumbprint: 401 invalid_client AADSTS5002723: Invalid JWT token
        another algorithm: 401 invalid_client AADSTS5002738: Invalid JWT token
        an unknown thumbprint: 401 invalid_client AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application
        another client's certificate: 401 invalid_client AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application
        another key: 401 invalid_client AADSTS700027: Client assertion contains an invalid signature
        a changed signature: 401 invalid_client AADSTS700027: Client assertion contains an invalid signature
        the padding of another algorithm: 401 invalid_client AADSTS700027: Client assertion contains an invalid signature
        a certificate that has ended: 401 invalid_client AADSTS700027: The certificate with identifier used to sign the client assertion is expired on application
        a certificate that has not begun: 401 invalid_client AADSTS700027: The certificate with identifier used to sign the client assertion is expired on application
        expired: 401 invalid_client AADSTS700024: Client assertion is not within its valid time range
        not yet valid: 401 invalid_client AADSTS700024: Client assertion is not within its valid time range
        no end: 401 invalid_client AADSTS700024: Client assertion is not within its valid time range
        another subject: 401 invalid_client AADSTS700021: Client assertion application identifier doesn't match 'client_id' parameter
        another issuer: 401 invalid_client AADSTS700021: Client assertion application identifier doesn't match 'client_id' parameter
        no issuer: 400 invalid_request AADSTS90014: The required field 'iss' is missing from the credential
        another tenant's endpoint: 401 invalid_client AADSTS700023: Client assertion audience claim does not match Realm issuer
        another audience: 401 invalid_client AADSTS700023: Client assertion audience claim does not match Realm issuer
        no audience: 400 invalid_request AADSTS90014: The required field 'aud' is missing from the credential
        an application that the tenant does not know: 400 unauthorized_client AADSTS700016: Application with identifier '33333333-3333-4333-8333-333333333333' was not found in the directory '44444444-4444-4444-8444-444444444444'
        no type: 400 invalid_request AADSTS900144: The request body must contain the following parameter: 'client_assertion_type'
        another type: 401 invalid_client AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'
    "#]].assert_eq(&seen);
}

#[tokio::test]
async fn an_application_that_takes_anything_has_its_own_assertions_checked_once_it_has_a_certificate() {
    let (signer, stranger) = (Signer::new(), Signer::new());
    let without = EmulatorProcess::start_with(&world(json!({"federated": true}), json!({})));
    let client = json!({"federated": true, "certificates": [signer.pem]});
    let emulator = EmulatorProcess::start_with(&world(client, json!({})));
    let forged = stranger.sign(&signer.header(), &claims(&emulator));
    assert_eq!(assert_with(&without, TENANT, &forged).await.status, 200);
    assert_eq!(assert_with(&emulator, TENANT, &forged).await.body["error_codes"], json!([700_027]));
    let of_others = stranger.sign(&json!({"alg": "RS256"}), &json!({"iss": "https://ci.example", "sub": "s"}));
    assert_eq!(assert_with(&emulator, TENANT, &of_others).await.status, 200);
}

#[tokio::test]
async fn neither_the_exchange_log_nor_the_state_tells_a_secret() {
    let signer = Signer::new();
    let github = json!({"issuer": "github", "subject": BRANCH});
    let client = json!({"certificates": [signer.pem], "federated": [github]});
    let rest = with(&ci(), machine());
    let emulator = EmulatorProcess::start_with(&world(client, rest));
    let assertion = signer.sign(&signer.header(), &claims(&emulator));
    let by_certificate = assert_with(&emulator, TENANT, &assertion).await.body;
    let asked = emulator.ask("GET", "/ci/github/token", &[("authorization", "Bearer github-job")]).await.body;
    let devops = "/ci/devops/oidctoken?api-version=7.1&serviceConnectionId=c0ffee";
    let devops = emulator.ask("POST", devops, &[("authorization", "Bearer devops-job")]).await.body;
    let plain = emulator.url().replacen("https", "http", 1);
    let app = format!("{plain}/msi/token?api-version=2019-08-01&resource={ARM}");
    let app = emulator.ask("GET", &app, &[("x-identity-header", "header-of-app-service")]).await.body;
    let tokens = [&by_certificate["access_token"], &asked["value"], &devops["oidcToken"], &app["access_token"]];
    let log: String = emulator.exchanges().iter().map(Value::to_string).collect();
    let state = emulator.send("GET", "/_emulator/state", None, None).await.body.to_string();
    let secrets = [assertion.as_str(), "github-job", "devops-job", "header-of-app-service"];
    for secret in tokens.map(|token| token.as_str().expect("a token")).into_iter().chain(secrets) {
        assert!(!log.contains(secret) && !state.contains(secret), "{secret}");
        // A token without its signature is still telling.
        let claims = secret.split('.').nth(1).unwrap_or(secret);
        assert!(!log.contains(claims), "{claims}");
    }
    assert_eq!(
        (log.matches("(redacted)").count(), log.matches("client_assertion=%28redacted%29").count()),
        (7, 1),
        "{log}"
    );
    assert!(state.contains(&format!(
        "\"certificates\":[\"{}\"]",
        signer.sha1().iter().map(|byte| format!("{byte:02X}")).collect::<String>()
    )));
}

#[test]
fn a_scenario_that_cannot_be_is_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let unknown = |mut scenario: Value, pointer: &str| {
        scenario.pointer_mut(pointer).expect("an object")["typo"] = json!(1);
        scenario
    };
    let federated = json!({"federated": [{"issuer": "github", "subject": "s"}]});
    let mut stranger = world(json!({}), machine());
    stranger["machine"]["identities"][0]["client_id"] = json!(SUBSCRIPTION);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (scenario, said) in [
        (world(json!({"certificates": ["abc"]}), json!({})), "a certificate of a client is not PEM at line 1"),
        (world(json!({"certificates": [broken]}), json!({})), "a certificate of a client is no X.509 certificate"),
        (stranger, "the machine has the identity '22222222-2222-4222-8222-222222222222', and tenant"),
        (unknown(world(federated, json!({})), "/tenants/0/clients/0/federated/0"), "unknown field `typo`"),
        (unknown(world(json!({}), machine()), "/machine"), "unknown field `typo`"),
        (unknown(world(json!({}), machine()), "/machine/identities/0"), "unknown field `typo`"),
        (unknown(world(json!({}), ci()), "/ci"), "unknown field `typo`"),
        (unknown(world(json!({}), ci()), "/ci/github"), "unknown field `typo`"),
        (unknown(world(json!({}), ci()), "/ci/devops"), "unknown field `typo`"),
    ] {
        let file = folder.path().join("scenario.json");
        std::fs::write(&file, scenario.to_string()).expect("the scenario is written");
        let output = Command::new(env!("CARGO_BIN_EXE_sentinel-emulator"))
            .arg("--scenario")
            .arg(&file)
            .arg("--ca-file")
            .arg(folder.path().join("ca.pem"))
            .arg("--exchange-log")
            .arg(folder.path().join("log"))
            .output()
            .expect("the emulator runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(said), "{said}: {stderr}");
    }
}
