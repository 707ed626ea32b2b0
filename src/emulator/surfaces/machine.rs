//! Managed identities as a machine offers them: the instance metadata service of a virtual machine, and the endpoint of
//! App Service. Which identities there are, the scenario says.

use serde_json::json;
use uuid::Uuid;

use super::entra::{self, Granted, Principal};
use crate::emulator::exchange::{Answer, Call, Reply};
use crate::emulator::world::World;

/// The version in which App Service has this endpoint \[doc\].
const APP_SERVICE_VERSION: &str = "2019-08-01";

/// An identity that is assigned to the machine.
struct Assigned {
    principal: Principal,
    resource_id: Option<String>,
    is_system: bool,
}

/// What a request chooses an identity by: its application, its object or its ARM id.
struct Choice<'a> {
    client_id: Option<&'a str>,
    object_id: Option<&'a str>,
    resource_id: Option<&'a str>,
}

/// Whether this path, in lower case, is one of the two here, which real machines offer over plain http.
pub fn is_here(segments: &[&str]) -> bool {
    matches!(segments, ["metadata", "identity", "oauth2", "token"] | ["msi", "token"])
}

/// `GET /metadata/identity/oauth2/token` of a virtual machine \[doc; most words of what is refused: seen\].
pub fn instance_metadata(world: &mut World, call: &Call) -> Answer {
    let refuse = |error: &str, text: &str| Reply::json(400, json!({"error": error, "error_description": text}));
    if call.header("metadata") != Some("true") {
        return Err(refuse("bad_request_102", "Required metadata header not specified"));
    }
    let required = |name: &str| {
        let missing = || refuse("invalid_request", &format!("Required query variable '{name}' is missing"));
        call.query(name).filter(|value| !value.is_empty()).ok_or_else(missing)
    };
    required("api-version")?;
    let resource = required("resource")?;
    let choice = Choice {
        client_id: call.query("client_id"),
        object_id: call.query("object_id"),
        resource_id: call.query("msi_res_id"),
    };
    let mut found = choice.among(world);
    if choice.is_open() && found.iter().any(|it| it.is_system) {
        found.retain(|it| it.is_system);
    }
    if found.len() > 1 {
        let text = "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity \
                    in the token request";
        return Err(refuse("invalid_request", text));
    }
    let Assigned { principal, .. } = found.pop().ok_or_else(|| refuse("invalid_request", "Identity not found"))?;
    let Granted { access_token, lifetime, expires } = entra::grant(world, &principal, resource)
        .map_err(|text| refuse("invalid_resource", &format!("AADSTS500011: {text}")))?;
    Ok(Reply::json(
        200,
        json!({
            "access_token": access_token,
            "client_id": principal.app_id,
            "expires_in": lifetime.to_string(),
            "expires_on": expires.to_string(),
            "ext_expires_in": lifetime.to_string(),
            "not_before": (expires - lifetime).to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }),
    ))
}

/// `GET /msi/token` of App Service \[doc; the shape of what is refused, and that an identity is not there: seen; other
/// words: inferred\].
pub fn app_service(world: &mut World, call: &Call) -> Answer {
    let refuse = |status: u16, text: &str| {
        let correlation = Uuid::new_v4().to_string();
        Reply::json(status, json!({"statusCode": status, "message": text, "correlationId": correlation}))
    };
    let header = call.header("x-identity-header");
    if header.is_none() || header != world.machine.identity_header.as_deref() {
        return Err(refuse(401, "The header X-IDENTITY-HEADER is missing, or is not that of this application."));
    }
    let version = call.query("api-version").unwrap_or_default();
    if version != APP_SERVICE_VERSION {
        return Err(refuse(400, &format!("The api-version '{version}' is not supported; use {APP_SERVICE_VERSION}.")));
    }
    let resource = call.query("resource").filter(|resource| !resource.is_empty());
    let resource = resource.ok_or_else(|| refuse(400, "The query parameter 'resource' is missing."))?;
    let choice = Choice {
        client_id: call.query("client_id"),
        object_id: call.query("principal_id").or_else(|| call.query("object_id")),
        resource_id: call.query("mi_res_id"),
    };
    // Without a choice it is the application's own identity, and no other \[doc\].
    let found = choice.among(world).into_iter().find(|it| it.is_system || !choice.is_open());
    let text = if choice.is_open() {
        "Unable to load requested managed identity."
    } else {
        "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
    };
    let Assigned { principal, .. } = found.ok_or_else(|| refuse(400, text))?;
    let Granted { access_token, expires, .. } =
        entra::grant(world, &principal, resource).map_err(|text| refuse(400, &format!("AADSTS500011: {text}")))?;
    Ok(Reply::json(
        200,
        json!({
            "access_token": access_token,
            "expires_on": expires.to_string(),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": principal.app_id,
        }),
    ))
}

impl Choice<'_> {
    /// Whether nothing is chosen.
    fn is_open(&self) -> bool {
        self.client_id.is_none() && self.object_id.is_none() && self.resource_id.is_none()
    }

    /// The identities that fit, of those that are still clients of their tenants.
    fn among(&self, world: &World) -> Vec<Assigned> {
        let assigned = world.machine.identities.iter().filter_map(|identity| {
            let tenant = world.tenant(&identity.tenant_id)?;
            let client = tenant.client(&identity.client_id)?;
            let principal = Principal {
                tenant_id: tenant.tenant_id.clone(),
                app_id: client.client_id.clone(),
                object_id: client.object_id(),
            };
            let resource_id = identity.resource_id.clone();
            Some(Assigned { principal, resource_id, is_system: identity.system_assigned })
        });
        assigned.filter(|it| self.fits(it)).collect()
    }

    fn fits(&self, it: &Assigned) -> bool {
        let fits = |chosen: Option<&str>, own: &str| chosen.is_none_or(|chosen| chosen.eq_ignore_ascii_case(own));
        fits(self.client_id, &it.principal.app_id)
            && fits(self.object_id, &it.principal.object_id)
            && fits(self.resource_id, it.resource_id.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::emulator::exchange::Content;
    use crate::emulator::scenario::Scenario;

    /// A machine with these identities, each a client of its own: its id, and whether it is the machine's own.
    fn world(identities: &[(&str, bool)]) -> World {
        let clients: Vec<Value> =
            identities.iter().map(|(id, _)| json!({"client_id": id, "object_id": format!("object-{id}")})).collect();
        let identity = |(id, is_system): &(&str, bool)| {
            let resource_id = format!("/{id}");
            json!({"tenant_id": "t", "client_id": id, "system_assigned": is_system, "resource_id": resource_id})
        };
        let scenario = json!({
            "tenants": [{"tenant_id": "t", "clients": clients}],
            "machine": {"identities": identities.iter().map(identity).collect::<Vec<_>>(), "identity_header": "h"},
        });
        let scenario = Scenario::parse(&scenario.to_string()).unwrap_or_else(|error| panic!("{error}"));
        World::new(scenario).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Whose token comes back, or what is said instead.
    fn ask(surface: fn(&mut World, &Call) -> Answer, identities: &[(&str, bool)], query: &str) -> String {
        let headers = [("metadata", "true"), ("x-identity-header", "h")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let target = format!("/?api-version=2019-08-01&resource=https://management.azure.com&{query}");
        let call = Call::new("GET", &target, headers, Vec::new(), "https://127.0.0.1:1");
        let reply = surface(&mut world(identities), &call).unwrap_or_else(|refusal| refusal);
        let Content::Json(body) = reply.content else { return String::new() };
        let said = ["client_id", "error_description", "message"].map(|name| body[name].as_str());
        said.into_iter().flatten().collect()
    }

    #[test]
    fn a_virtual_machine_takes_its_own_identity_before_others() {
        let (own, first, second) = (("own", true), ("first", false), ("second", false));
        let several = "Multiple user assigned identities exist, please specify the clientId / resourceId of the \
                       identity in the token request";
        for (identities, query, expected) in [
            (&[own, first][..], "", "own"),
            (&[first], "", "first"),
            (&[first, second], "", several),
            (&[first, second], "client_id=SECOND", "second"),
            (&[first, second], "object_id=object-second", "second"),
            (&[first, second], "msi_res_id=/first", "first"),
            (&[own, first], "client_id=second", "Identity not found"),
            (&[], "", "Identity not found"),
        ] {
            assert_eq!(ask(instance_metadata, identities, query), expected, "{query}");
        }
    }

    #[test]
    fn app_service_takes_none_but_its_own_identity_unasked() {
        let (own, other) = (("own", true), ("other", false));
        let none =
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";
        for (identities, query, expected) in [
            (&[own, other][..], "", "own"),
            (&[other], "", "Unable to load requested managed identity."),
            (&[own, other], "client_id=other", "other"),
            (&[own, other], "principal_id=object-other", "other"),
            (&[own, other], "object_id=object-other", "other"),
            (&[own, other], "mi_res_id=/other", "other"),
            (&[own, other], "client_id=stranger", none),
        ] {
            assert_eq!(ask(app_service, identities, query), expected, "{query}");
        }
    }
}
