//! A token for the Defender API that the user gave as it is: handed out for the tenant and the service it is made for, and
//! for nothing else.

use std::collections::HashMap;

use azure_core::time::OffsetDateTime;

use super::claims::Claims;
use super::error::{Error, Kind, Misfit};
use super::redaction::Redaction;
use super::request::Plane;
use super::secret::Secret;
use super::settings::{Credentials, Endpoints};

/// Services whose tokens people take for one of the Defender API, by every name in an `aud` claim. What is not here is
/// the Defender API's to judge: it goes by several names, and more may come.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "Azure Resource Manager",
        &[
            "https://management.azure.com",
            "https://management.core.windows.net",
            "https://management.usgovcloudapi.net",
            "https://management.core.usgovcloudapi.net",
            "https://management.chinacloudapi.cn",
            "https://management.core.chinacloudapi.cn",
            "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        ],
    ),
    (
        "Microsoft Graph",
        &[
            "https://graph.microsoft.com",
            "https://graph.microsoft.us",
            "https://dod-graph.microsoft.us",
            "https://microsoftgraph.chinacloudapi.cn",
            "00000003-0000-0000-c000-000000000000",
        ],
    ),
    (
        "Log Analytics",
        &[
            "https://api.loganalytics.io",
            "https://api.loganalytics.azure.com",
            "https://api.loganalytics.us",
            "https://api.loganalytics.azure.cn",
            "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",
        ],
    ),
];

/// The token, and what it says of itself if it can be read.
pub(super) struct GivenToken {
    token: Secret,
    claims: Option<Claims>,
    /// Whom Resource Manager's tokens are made for where the endpoints are the user's own.
    resource_manager: String,
    /// Whom those of the Defender API are made for.
    defender: String,
}

/// The tokens that the user gave.
#[derive(Default)]
pub(super) struct GivenTokens {
    of_tenants: HashMap<String, GivenToken>,
    /// For tenants that have none of their own.
    other: Option<GivenToken>,
}

impl GivenTokens {
    /// Takes them out of the credentials.
    pub fn take(credentials: &mut Credentials, endpoints: &Endpoints, redaction: &Redaction) -> Self {
        let given = |token: Secret| {
            redaction.add(&token);
            GivenToken::new(&token, endpoints)
        };
        let other = credentials.defender.token.take().map(given);
        let of_tenants = credentials.tenants.iter_mut().filter_map(|named| {
            let token = named.defender_token.take()?;
            Some((named.tenant_id.to_lowercase(), given(token)))
        });
        Self { of_tenants: of_tenants.collect(), other }
    }

    /// The one for a tenant.
    pub fn of(&self, tenant: Option<&str>) -> Option<&GivenToken> {
        let own = tenant.and_then(|tenant| self.of_tenants.get(&tenant.to_lowercase()));
        own.or(self.other.as_ref())
    }

    pub fn all(&self) -> impl Iterator<Item = &GivenToken> {
        self.of_tenants.values().chain(&self.other)
    }
}

impl GivenToken {
    pub fn new(token: &Secret, endpoints: &Endpoints) -> Self {
        // A token from a file or a shell often brings its line's end along, which no header may hold.
        let token = Secret::new(token.reveal().trim());
        let claims = Claims::of(token.reveal());
        let [resource_manager, defender] =
            [Plane::ResourceManager, Plane::Defender].map(|plane| endpoints.audience(plane).to_owned());
        Self { token, claims, resource_manager, defender }
    }

    /// Whether it says nothing of itself, so that only the service can judge it.
    pub fn is_opaque(&self) -> bool {
        self.claims.is_none()
    }

    /// The token, if it is of the tenant it is wanted in, for the Defender API, and good still.
    pub fn of(&self, tenant: Option<&str>) -> Result<Secret, Error> {
        let misfit = |misfit, message: String| Err(Error::new(Kind::GivenToken(misfit), message));
        let Some(claims) = &self.claims else { return Ok(self.token.clone()) };
        let others: Vec<_> = claims.audiences.iter().map_while(|audience| self.other(audience)).collect();
        if let (Some(service), Some(audience)) = (others.first(), claims.audiences.first())
            && others.len() == claims.audiences.len()
        {
            let message = format!("it is made for {audience}, which is {service}, and not for {}", self.defender);
            return misfit(Misfit::Audience, message);
        }
        if let (Some(found), Some(wanted)) = (&claims.tenant, tenant)
            && !found.eq_ignore_ascii_case(wanted)
        {
            return misfit(Misfit::Tenant, format!("it is of tenant {found}, and this is of tenant {wanted}"));
        }
        if let Some(expires) = claims.expires.filter(|expires| *expires <= OffsetDateTime::now_utc().unix_timestamp()) {
            let when = OffsetDateTime::from_unix_timestamp(expires).map(|when| azure_core::time::to_rfc3339(&when));
            let message = when.map_or("it has expired".to_owned(), |when| format!("it expired at {when}"));
            return misfit(Misfit::Expired, message);
        }
        Ok(self.token.clone())
    }

    /// The service that an audience is, if it is known not to be the Defender API.
    fn other(&self, audience: &str) -> Option<&'static str> {
        let is = |name: &str| audience.trim_end_matches('/').eq_ignore_ascii_case(name.trim_end_matches('/'));
        let known = OTHERS.iter().find(|(_, names)| names.iter().any(|name| is(name)));
        known.map(|(service, _)| *service).or_else(|| is(&self.resource_manager).then_some("Azure Resource Manager"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::super::fake::{Fake, TENANT, call, reply, settings};
    use super::super::{Client, Request};
    use super::*;

    const OTHER: &str = "33333333-3333-4333-8333-333333333333";

    fn token(claims: &Value) -> String {
        format!("header.{}.signature", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    /// What becomes of a request with a token of these claims, and how many were sent.
    async fn outcome(claims: &Value, tenant: Option<&str>) -> (Result<(), Error>, usize) {
        let mut settings = settings();
        settings.credentials.defender.token = Some(Secret::new(token(claims)));
        let (client, fake) = Fake::new(|_| async { reply(200, &[], r#"{"value":[]}"#) }).client_of(settings);
        let sent = client.list(&call(60).tenant(tenant), Request::export_settings()).await;
        (sent.map(drop), fake.count() + fake.token_requests.lock().unwrap().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_not_sent_where_it_is_not_of() {
        let cases = [
            (json!({ "tid": OTHER }), None, format!("Tenant it is of tenant {OTHER}, and this is of tenant {TENANT}")),
            (json!({ "tid": TENANT }), Some(OTHER), format!("Tenant it is of tenant {TENANT}, and this is of tenant {OTHER}")),
            (json!({ "aud": "https://management.core.windows.net/" }), None, "Audience it is made for https://management.core.windows.net/, which is Azure Resource Manager, and not for https://api.securitycenter.microsoft.com".to_owned()),
            (json!({ "aud": ["00000003-0000-0000-C000-000000000000"], "tid": OTHER, "exp": 1 }), None, "Audience it is made for 00000003-0000-0000-C000-000000000000, which is Microsoft Graph, and not for https://api.securitycenter.microsoft.com".to_owned()),
            (json!({ "aud": "https://API.loganalytics.io" }), None, "Audience it is made for https://API.loganalytics.io, which is Log Analytics, and not for https://api.securitycenter.microsoft.com".to_owned()),
            (json!({ "tid": TENANT, "exp": 1_700_000_000 }), None, "Expired it expired at 2023-11-14T22:13:20Z".to_owned()),
        ];
        for (claims, tenant, expected) in cases {
            let (outcome, sent) = outcome(&claims, tenant).await;
            let error = outcome.unwrap_err();
            let Kind::GivenToken(misfit) = error.kind else { panic!("{error:?}") };
            assert_eq!((format!("{misfit:?} {}", error.message), sent), (expected, 0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_name_of_the_defender_api_and_unknown_ones_pass() {
        for audience in [
            "https://api.securitycenter.microsoft.com",
            "https://securitycenter.microsoft.com/mtp",
            "https://api.security.microsoft.com/",
            "https://api-gcc.securitycenter.microsoft.us",
            "https://api-gov.securitycenter.microsoft.us",
            "fc780465-2017-40d4-a0c5-307022471b92",
            "8ee8fdad-f234-4243-8f3b-15c294843740",
            "someday",
        ] {
            let claims = json!({ "aud": audience, "tid": TENANT.to_uppercase(), "exp": 9_999_999_999_i64 });
            assert_eq!(outcome(&claims, None).await, (Ok(()), 1), "{audience}");
        }
        let both = json!({ "aud": ["https://management.azure.com", "https://api.securitycenter.microsoft.com"] });
        assert_eq!(outcome(&both, None).await, (Ok(()), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn resource_manager_at_the_users_own_endpoint_is_another_service_too() {
        let mut settings = settings();
        settings.endpoints = settings.endpoints.with_resource_manager("https://arm.example:8443".parse().unwrap());
        settings.credentials.defender.token = Some(Secret::new(token(&json!({ "aud": "https://arm.example:8443/" }))));
        let (client, fake) = Fake::new(|_| async { reply(200, &[], "{}") }).client_of(settings);
        let error = client.send(&call(60), Request::export_settings()).await.unwrap_err();
        assert_eq!((error.kind, fake.count()), (Kind::GivenToken(Misfit::Audience), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn the_providers_own_tenant_counts_once_it_is_known() {
        let mut settings = settings();
        settings.credentials.tenant_id = Some("contoso.example".into());
        settings.credentials.defender.token = Some(Secret::new(token(&json!({ "tid": OTHER }))));
        let answer = token(&json!({ "tid": TENANT }));
        let answer = format!(r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{answer}"}}"#);
        let (client, fake) =
            Fake::new(|_| async { reply(200, &[], "{}") }).entra(move |_| reply(200, &[], &answer)).client_of(settings);
        client.tenant_id(&call(60)).await.unwrap();
        let error = client.send(&call(60), Request::export_settings()).await.unwrap_err();
        assert_eq!((error.kind, fake.count()), (Kind::GivenToken(Misfit::Tenant), 0));
    }

    #[test]
    fn a_token_that_cannot_be_read_is_known_as_such() {
        let opaque = |token: Option<&str>| {
            let mut settings = settings();
            settings.credentials.defender.token = token.map(Secret::new);
            Client::new(settings).unwrap().has_opaque_token()
        };
        assert!(opaque(Some("a.b.c")) && !opaque(Some(&token(&json!({})))) && !opaque(None));
    }
}
