//! The Entra side: the discovery documents that clients ask for before anything else, and the token endpoint. What a
//! token is and how it is checked lives in `tokens`, what an assertion is worth in `assertions`.

use jiff::Timestamp;
use serde_json::json;

use crate::emulator::assertions::{self, Surroundings};
use crate::emulator::entra_refusals::{self, refuse};
use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::tokens::{Caller, same_audience};
use crate::emulator::world::World;

/// What a client assertion is, as the form says it \[doc\].
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `GET /metadata/endpoints`: what ARM says about its cloud. The azurerm provider insists on tenant `common`, on AAD and
/// on both suffixes \[seen\]; the rest is what the azapi provider and SDKs look up.
pub fn cloud_metadata(call: &Call) -> Reply {
    let base = &call.base;
    Reply::json(
        200,
        json!({
            "name": "SentinelEmulator",
            "portal": base,
            "authentication": {
                "loginEndpoint": base,
                "audiences": [format!("{base}/"), base],
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "resourceManager": base,
            "graph": format!("{base}/graph"),
            "graphAudience": format!("{base}/graph"),
            "microsoftGraphResourceId": format!("{base}/graph"),
            "logAnalyticsResourceId": format!("{base}/log-analytics"),
            "media": base,
            "batch": base,
            "activeDirectoryDataLake": base,
            "sqlManagement": base,
            "gallery": base,
            "suffixes": {
                "storage": "core.invalid",
                "keyVaultDns": "vault.invalid",
                "sqlServerHostname": "database.invalid",
                "acrLoginServer": "azurecr.invalid",
                "mhsmDns": "managedhsm.invalid",
            },
        }),
    )
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`, which MSAL reads first.
pub fn openid_configuration(call: &Call, tenant: &str) -> Reply {
    let base = &call.base;
    Reply::json(
        200,
        json!({
            "issuer": format!("{base}/{tenant}/v2.0"),
            "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
            "device_authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/devicecode"),
            "end_session_endpoint": format!("{base}/{tenant}/oauth2/v2.0/logout"),
            "jwks_uri": format!("{base}/{tenant}/discovery/v2.0/keys"),
            "response_types_supported": ["code", "id_token", "token"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "oid"],
            "tenant_region_scope": null,
            "cloud_instance_name": call.base.trim_start_matches("https://"),
        }),
    )
}

/// `GET /common/discovery/instance`, with which MSAL validates an authority.
pub fn instance_discovery(call: &Call) -> Reply {
    let host = call.base.trim_start_matches("https://");
    Reply::json(
        200,
        json!({
            "tenant_discovery_endpoint": format!("{}/common/v2.0/.well-known/openid-configuration", call.base),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}

/// `POST /{tenant}/oauth2/v2.0/token` with `client_credentials`.
pub fn token(world: &mut World, call: &Call, tenant_id: &str) -> Answer {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&call.body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let required = |name: &str| {
        field(name).filter(|value| !value.is_empty()).ok_or_else(|| entra_refusals::missing_parameter(name))
    };

    let Some(tenant) = world.tenant(tenant_id) else {
        let text = format!(
            "Tenant '{tenant_id}' not found. Check to make sure you have the correct tenant ID and are signing into the \
             correct cloud."
        );
        return Err(refuse(400, "invalid_request", 90_002, &text));
    };
    let tenant_id = tenant.tenant_id.clone();
    if required("grant_type")? != "client_credentials" {
        let text = "The app requested an unsupported grant type.";
        return Err(refuse(400, "unsupported_grant_type", 70_003, text));
    }
    let client_id = required("client_id")?;
    let Some(client) = tenant.client(client_id) else {
        let text = format!(
            "Application with identifier '{client_id}' was not found in the directory '{tenant_id}'. This can happen if \
             the application has not been installed by the administrator of the tenant or consented to by any user in \
             the tenant. You may have sent your authentication request to the wrong tenant."
        );
        return Err(refuse(400, "unauthorized_client", 700_016, &text));
    };
    match (field("client_secret"), field("client_assertion")) {
        (Some(secret), _) if client.client_secret.as_deref() == Some(secret) => {}
        (Some(_), _) => return Err(entra_refusals::wrong_secret(&client.client_id)),
        (None, Some(assertion)) if required("client_assertion_type")? == ASSERTION_TYPE => {
            let around = Surroundings { tenant_id: &tenant_id, own_urls: &world.own_urls, issuers: &world.issuers };
            assertions::check(client, assertion, around)?;
        }
        (None, _) => return Err(entra_refusals::no_credential()),
    }
    let principal = Principal { app_id: client.client_id.clone(), object_id: client.object_id(), tenant_id };

    let scope = required("scope")?;
    let wanted = scope.split_whitespace().find_map(|part| part.strip_suffix("/.default"));
    let Some(audience) = wanted else {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
             /.default suffixed to the resource identifier (application ID URI)."
        );
        return Err(refuse(400, "invalid_scope", 1_002_012, &text));
    };
    let Granted { access_token, lifetime, .. } =
        grant(world, &principal, audience).map_err(|text| refuse(400, "invalid_resource", 500_011, &text))?;
    let body = json!({
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": access_token,
    });
    Ok(Reply::json(200, body).with_header("cache-control", "no-store, no-cache").with_header("pragma", "no-cache"))
}

/// A service principal that has proved itself.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The tenant it is in.
    pub tenant_id: String,
    /// The application's id.
    pub app_id: String,
    /// Its object id in the tenant.
    pub object_id: String,
}

/// An access token, and for how long.
pub struct Granted {
    /// The token.
    pub access_token: String,
    /// Seconds it is good for.
    pub lifetime: i64,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
}

/// Grants a service principal a token for a resource; the error is what Entra says of one it does not know.
pub fn grant(world: &mut World, principal: &Principal, audience: &str) -> Result<Granted, String> {
    let Principal { tenant_id, app_id, object_id } = principal.clone();
    if !world.known_audiences().iter().any(|known| same_audience(known, audience)) {
        return Err(entra_refusals::no_resource_text(audience, &tenant_id));
    }
    let lifetime = world.behaviour.token_lifetime_seconds;
    let expires = Timestamp::now().as_second() + lifetime;
    let issuer = format!("https://sts.windows.net/{tenant_id}/");
    let (audience, directory_roles) = (audience.to_owned(), Vec::new());
    let caller = Caller { tenant_id, object_id, app_id, audience, is_user: false, expires, directory_roles };
    let access_token = world.tokens.issue(caller, &issuer);
    Ok(Granted { access_token, lifetime, expires })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::emulator::exchange::Content;
    use crate::emulator::scenario::Scenario;

    const TENANT: &str = "11111111-1111-4111-8111-111111111111";
    const CLIENT: &str = "33333333-3333-4333-8333-333333333333";

    fn ask(tenant: &str, secret: &str, scope: &str) -> (u16, Value) {
        let mut world = World::new(Scenario::built_in().unwrap_or_else(|error| panic!("{error}")))
            .unwrap_or_else(|error| panic!("{error}"));
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", CLIENT)
            .append_pair("client_secret", secret)
            .append_pair("scope", scope)
            .finish();
        let call = Call::new("POST", "/t/oauth2/v2.0/token", Vec::new(), body.into_bytes(), "https://127.0.0.1:1");
        let reply = token(&mut world, &call, tenant).unwrap_or_else(|refusal| refusal);
        match reply.content {
            Content::Json(body) => (reply.status, body),
            _ => (reply.status, Value::Null),
        }
    }

    #[test]
    fn the_right_secret_gets_a_token() {
        let (status, body) = ask(TENANT, "emulator-secret", "https://management.azure.com//.default openid");
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["token_type"], "Bearer");
    }

    #[test]
    fn what_is_wrong_is_said_in_entras_codes() {
        let cases = [
            (TENANT, "wrong", "https://management.azure.com/.default", 401, 7_000_215),
            ("unknown", "emulator-secret", "https://management.azure.com/.default", 400, 90_002),
            (TENANT, "emulator-secret", "https://other.example/.default", 400, 500_011),
            (TENANT, "emulator-secret", "openid", 400, 1_002_012),
        ];
        for (tenant, secret, scope, status, code) in cases {
            let (seen, body) = ask(tenant, secret, scope);
            assert_eq!((seen, &body["error_codes"][0]), (status, &json!(code)), "{body}");
        }
    }
}
