//! A service principal by the token of somebody whom its application trusts: given, kept in a file, or asked of a CI
//! system (OpenID Connect, workload identity federation).

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::http::headers::HeaderName;
use azure_core::http::{ClientMethodOptions, ClientOptions, Method, Pipeline, Request, Url};
use azure_identity::{ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions};
use serde_json::Value;

use super::beside_entra::{pipeline, send, with_query};
use super::credential::{Credential, Proof, entra, needs_tenant, refuse};
use super::error::tidy;
use super::request::address;
use super::secret::Secret;

/// A service principal by a token of somebody else's.
#[derive(Clone, Debug)]
pub struct Federated {
    pub client_id: String,
    pub issuer: Issuer,
    /// Whom a token is made for that the cloud's Entra takes in exchange.
    pub audience: &'static str,
}

/// Who gives the token.
#[derive(Clone, Debug)]
pub enum Issuer {
    /// The user, who has one.
    Given(Secret),
    /// Whoever writes this file, which is read anew for each exchange.
    File(PathBuf),
    /// GitHub Actions, asked with the job's own token.
    GitHub { url: Url, token: Secret },
    /// Azure DevOps, asked with the job's own token in the name of a service connection.
    AzureDevOps { url: Url, token: Secret, connection: String },
}

impl Credential for Federated {
    fn secrets(&self) -> Vec<&Secret> {
        match &self.issuer {
            Issuer::Given(token) | Issuer::GitHub { token, .. } | Issuer::AzureDevOps { token, .. } => vec![token],
            Issuer::File(_) => Vec::new(),
        }
    }

    fn client_id(&self) -> Option<&str> {
        Some(&self.client_id)
    }

    fn proof(&self) -> Proof {
        Proof::Federation
    }

    fn target(&self, authority: &Url, tenant: Option<&str>) -> String {
        entra(authority, tenant)
    }

    fn of_tenant(&self, tenant: Option<&str>, options: &ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let Some(tenant) = tenant else { return Err(needs_tenant("a federated credential")) };
        let assertion = Assertion { issuer: self.issuer.clone(), audience: self.audience, pipeline: pipeline(options) };
        let options = ClientAssertionCredentialOptions { client_options: options.clone() };
        Ok(ClientAssertionCredential::new(tenant.to_owned(), self.client_id.clone(), assertion, Some(options))?)
    }
}

/// A token for one exchange.
#[derive(Debug)]
struct Assertion {
    issuer: Issuer,
    audience: &'static str,
    pipeline: Pipeline,
}

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _options: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        match &self.issuer {
            Issuer::Given(token) => Ok(token.reveal().to_owned()),
            Issuer::File(path) => match tokio::fs::read_to_string(path).await {
                Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
                Ok(_) => Err(refuse(format!("the token file {} is empty", path.display()))),
                Err(why) => Err(refuse(format!("the token file {} cannot be read: {why}", path.display()))),
            },
            Issuer::GitHub { url, token } => {
                let url = with_query(url, &[("audience", self.audience)]);
                self.ask("GitHub Actions", Method::Get, url, token, "value").await
            }
            Issuer::AzureDevOps { url, token, connection } => {
                let query = [("api-version", "7.1"), ("audience", self.audience), ("serviceConnectionId", connection)];
                self.ask("Azure DevOps", Method::Post, with_query(url, &query), token, "oidcToken").await
            }
        }
    }
}

impl Assertion {
    /// Asks a CI system for a token, which its answer has under `field`.
    async fn ask(
        &self,
        who: &str,
        method: Method,
        url: Url,
        token: &Secret,
        field: &str,
    ) -> azure_core::Result<String> {
        let place = address(&url);
        let mut request = Request::new(url, method);
        request.insert_header("authorization", format!("Bearer {}", token.reveal()));
        request.insert_header("accept", "application/json");
        if method == Method::Post {
            request.insert_header("content-type", "application/json");
            request.insert_header("content-length", "0");
            // Azure DevOps would lead to a page where somebody signs in.
            request.insert_header(HeaderName::from_static("x-tfs-fedauthredirect"), "Suppress");
        }
        let response = send(&self.pipeline, &mut request).await?;
        let body = response.body();
        if !response.status().is_success() {
            let said = tidy(&String::from_utf8_lossy(body), 200);
            return Err(refuse(format!("{who} gave no token: {} at {place}: {said}", response.status())));
        }
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        match answer[field].as_str().filter(|token| !token.is_empty()) {
            Some(token) => Ok(token.to_owned()),
            None => Err(refuse(format!("{who} gave no token: the answer of {place} has no '{field}'"))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fake::{Fake, TENANT, call, get, reply, settings};
    use super::*;

    /// What came of a request with tokens of an issuer, and who was asked for what in which order.
    async fn told(issuer: Issuer) -> String {
        let mut settings = settings();
        let client_id = "22222222-2222-4222-8222-222222222222".to_owned();
        let audience = "api://AzureADTokenExchange";
        settings.credentials.credential = Some(Arc::new(Federated { client_id, issuer, audience }));
        let (client, fake) = Fake::new(|seen| async move {
            match seen.line.split('?').next().unwrap().rsplit('/').next().unwrap() {
                "github" => reply(200, &[], r#"{"value":"a.github.token"}"#),
                "devops" => reply(200, &[], r#"{"oidcToken":"a.devops.token"}"#),
                "refuses" => reply(403, &[], "not\nin this job"),
                "strange" => reply(200, &[], "<html>"),
                _ => reply(200, &[], "{}"),
            }
        })
        .client_of(settings);
        let outcome = match client.send(&call(60), get()).await {
            Ok(_) => "sent".to_owned(),
            Err(error) => error.to_string(),
        };
        let asked: Vec<_> = fake.requests.lock().unwrap().iter().map(|seen| seen.line.clone()).collect();
        let exchanged: Vec<_> = fake.token_requests.lock().unwrap().iter().map(|seen| seen.body.clone()).collect();
        let assertions = exchanged.iter().map(|body| {
            let fields = url::form_urlencoded::parse(body.as_bytes());
            fields.into_owned().find(|(name, _)| name == "client_assertion").unwrap().1
        });
        let assertions = assertions.collect::<Vec<_>>().join(", ");
        format!("{outcome} [{}] {assertions}\n", asked.join(", ")).replace(TENANT, "TENANT")
    }

    #[tokio::test(start_paused = true)]
    async fn each_issuer_gives_what_is_exchanged() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "a.files.token\n").unwrap();
        let url = |name: &str| Url::parse(&format!("https://ci.example/{name}?a=b")).unwrap();
        let github = |name: &str| Issuer::GitHub { url: url(name), token: Secret::new("the-jobs-token") };
        let devops = Issuer::AzureDevOps {
            url: url("devops"),
            token: Secret::new("the-jobs-token"),
            connection: "c1".to_owned(),
        };
        let mut seen = told(Issuer::Given(Secret::new("a.given.token"))).await;
        seen += &told(Issuer::File(file)).await;
        seen += &told(github("github")).await;
        seen += &told(devops).await;
        seen += &told(github("refuses")).await;
        seen += &told(github("strange")).await;
        seen += &told(Issuer::File(folder.path().join("absent")))
            .await
            .replace(&folder.path().display().to_string(), "FOLDER");
        expect_test::expect![[r#"
            sent [GET https://management.azure.com/subscriptions/s/things/x?api-version=v1] a.given.token
            sent [GET https://management.azure.com/subscriptions/s/things/x?api-version=v1] a.files.token
            sent [GET https://ci.example/github?a=b&audience=api%3A%2F%2FAzureADTokenExchange, GET https://management.azure.com/subscriptions/s/things/x?api-version=v1] a.github.token
            sent [POST https://ci.example/devops?a=b&api-version=7.1&audience=api%3A%2F%2FAzureADTokenExchange&serviceConnectionId=c1, GET https://management.azure.com/subscriptions/s/things/x?api-version=v1] a.devops.token
            POST https://login.microsoftonline.com/TENANT/oauth2/v2.0/token: GitHub Actions gave no token: 403 at https://ci.example/refuses: not in this job [GET https://ci.example/refuses?a=b&audience=api%3A%2F%2FAzureADTokenExchange] 
            POST https://login.microsoftonline.com/TENANT/oauth2/v2.0/token: GitHub Actions gave no token: the answer of https://ci.example/strange has no 'value' [GET https://ci.example/strange?a=b&audience=api%3A%2F%2FAzureADTokenExchange] 
            POST https://login.microsoftonline.com/TENANT/oauth2/v2.0/token: the token file FOLDER/absent cannot be read: No such file or directory (os error 2) [] 
        "#]].assert_eq(&seen);
    }
}
