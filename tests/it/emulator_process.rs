//! Starts the built `sentinel-emulator` for one test and talks to it. Each test has its own process, port and folder;
//! dropping the value ends the process.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use reqwest::{Certificate, Client, Method};
use serde_json::Value;
use tempfile::TempDir;

/// The tenant of the built-in scenario.
pub const TENANT: &str = "11111111-1111-4111-8111-111111111111";
/// Its subscription.
pub const SUBSCRIPTION: &str = "22222222-2222-4222-8222-222222222222";
/// Its app registration.
pub const CLIENT: &str = "33333333-3333-4333-8333-333333333333";
/// The secret of that.
pub const SECRET: &str = "emulator-secret";
/// The ARM id of its workspace.
pub const WORKSPACE: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo";

/// A running emulator.
pub struct EmulatorProcess {
    child: Child,
    folder: TempDir,
    url: String,
    http: Client,
}

/// What came back.
#[derive(Debug)]
pub struct Received {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Received {
    /// ARM's error code.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// ARM's error message.
    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

impl EmulatorProcess {
    /// Starts one with the built-in scenario, but for its export settings, which take an app's tokens: what they refuse is
    /// the matter of few tests.
    pub fn start() -> Self {
        let built_in = include_str!("../../src/emulator/scenario.json");
        let mut scenario: Value = serde_json::from_str(built_in).expect("the built-in scenario");
        scenario["tenants"][0]["export_settings_accept_app_tokens"] = true.into();
        Self::start_with(&scenario)
    }

    /// Starts one with the built-in scenario as it is.
    pub fn as_shipped() -> Self {
        Self::launch(None)
    }

    /// Starts one with a scenario of the test's own.
    pub fn start_with(scenario: &Value) -> Self {
        Self::launch(Some(scenario))
    }

    fn launch(scenario: Option<&Value>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_sentinel-emulator"));
        command.arg("--ca-file").arg(folder.path().join("ca.pem"));
        command.arg("--exchange-log").arg(folder.path().join("exchanges.jsonl"));
        // A test that dies hard leaves an emulator behind for so many seconds at most.
        command.args(["--for", "1800"]);
        if let Some(scenario) = scenario {
            let path = folder.path().join("scenario.json");
            std::fs::write(&path, scenario.to_string()).expect("the scenario is written");
            command.arg("--scenario").arg(path);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the emulator starts");
        let mut url = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut url).expect("the emulator says its URL");
        let url = url.trim_end().to_owned();
        assert!(url.starts_with("https://"), "the emulator said {url:?} in place of its URL");
        let ca = std::fs::read(folder.path().join("ca.pem")).expect("the CA file");
        let ca = Certificate::from_pem(&ca).expect("the CA is PEM");
        let http = Client::builder()
            .tls_certs_only([ca])
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("an HTTP client");
        Self { child, folder, url, http }
    }

    /// Its https URL, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The CA that its clients must trust, as a PEM file.
    #[allow(dead_code, reason = "for tests that run other programs against it")]
    pub fn ca_path(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A folder that lives as long as the emulator.
    #[allow(dead_code, reason = "for tests that run other programs against it")]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Every exchange so far.
    pub fn exchanges(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("exchanges.jsonl")).expect("the exchange log");
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
    }

    /// Sends one request; `Err` when the connection broke.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Received, reqwest::Error> {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        headers.extend(body.map(|_| ("content-type", "application/json")));
        self.exchange(method, path, &headers, body.map(Value::to_string)).await
    }

    /// Sends one request with headers and a body of one's own; `Err` when the connection broke.
    async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Received, reqwest::Error> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        let mut request = self.http.request(Method::from_bytes(method.as_bytes()).expect("a method"), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Received { status, headers, body })
    }

    /// Asks for something with headers of one's own; `path` may be a whole URL.
    #[allow(dead_code, reason = "for tests of the emulator itself")]
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Received {
        self.exchange(method, path, headers, None).await.expect("an answer")
    }

    /// Sends a form to the token endpoint of a tenant.
    pub async fn post_form(&self, tenant: &str, form: &[(&str, &str)]) -> Received {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let path = format!("/{tenant}/oauth2/v2.0/token");
        self.exchange("POST", &path, &headers, Some(form)).await.expect("an answer")
    }

    /// Sends one request that must be answered.
    pub async fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Received {
        self.try_send(method, path, token, body).await.expect("an answer")
    }

    /// An admin call that must succeed; `path` follows `/_emulator`.
    pub async fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let received = self.send(method, &format!("/_emulator{path}"), None, body).await;
        assert!(received.status < 300, "{method} {path}: {received:?}");
        received.body
    }

    /// Asks for a token with `client_credentials`.
    pub async fn ask_for_token(&self, tenant: &str, client: &str, secret: &str, scope: &str) -> Received {
        let form =
            [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret), ("scope", scope)];
        self.post_form(tenant, &form).await
    }

    /// A token of the built-in client, for ARM.
    pub async fn arm_token(&self) -> String {
        self.token_of(TENANT, CLIENT, SECRET, "https://management.azure.com").await
    }

    /// A token of any client for any audience.
    pub async fn token_of(&self, tenant: &str, client: &str, secret: &str, audience: &str) -> String {
        let received = self.ask_for_token(tenant, client, secret, &format!("{audience}/.default")).await;
        assert_eq!(received.status, 200, "{received:?}");
        received.body["access_token"].as_str().expect("a token").to_owned()
    }
}

impl Drop for EmulatorProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
