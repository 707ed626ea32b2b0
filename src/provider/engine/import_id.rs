//! By what an import finds an object: an id as a user gives it, and the identity, which is the same for every resource.

use uuid::Uuid;

use crate::provider::engine::attributes::{ID, TENANT_ID};
use crate::provider::messages;
use crate::terraform::{Diagnostic, Identity, IdentityAttribute, Value};

/// What tells the objects of every resource apart.
pub fn identity() -> Identity {
    let attribute = |name, optional, description| IdentityAttribute { name, optional, description };
    Identity {
        version: 0,
        attributes: vec![
            attribute(ID, false, "The resource's `id`, or any other id that an import takes."),
            attribute(
                TENANT_ID,
                true,
                "Tenant under whose credentials it is managed. Defaults to the tenant of the provider's token.",
            ),
        ],
    }
}

/// The import id of what an identity names.
pub fn id_of_identity(resource: &str, identity: &Value) -> Result<String, Diagnostic> {
    let id = identity.get(ID).as_str().unwrap_or_default();
    let Some(tenant) = identity.get(TENANT_ID).as_str() else { return Ok(id.to_owned()) };
    if Uuid::try_parse(tenant).is_err() {
        return Err(messages::not_a_guid(TENANT_ID, "tenant id", tenant));
    }
    match split_tenant(id) {
        (None, id) => Ok(format!("{tenant}|{id}")),
        (Some(named), _) if named.eq_ignore_ascii_case(tenant) => Ok(id.to_owned()),
        (Some(named), _) => Err(messages::two_tenants(resource, named, tenant)),
    }
}

/// An import id and the tenant before its first bar, where one is given: the way to import from another tenant.
pub fn split_tenant(id: &str) -> (Option<&str>, &str) {
    match id.trim().split_once('|') {
        Some((tenant, id)) if Uuid::try_parse(tenant).is_ok() => (Some(tenant), id),
        _ => (None, id.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::Object;

    const TENANT: &str = "11111111-1111-4111-8111-111111111111";

    #[test]
    fn a_tenant_stands_before_the_first_bar() {
        assert_eq!(split_tenant(" /a "), (None, "/a"));
        assert_eq!(split_tenant("/a|setting"), (None, "/a|setting"));
        assert_eq!(split_tenant(&format!("{TENANT}|/a|setting")), (Some(TENANT), "/a|setting"));
    }

    #[test]
    fn an_identity_is_an_import_id() {
        let id = |id: &str, tenant: Option<&str>| {
            let fields = [("id", Value::from(id)), ("tenant_id", Value::from(tenant))];
            let identity = fields.map(|(name, value)| (name.to_owned(), value));
            id_of_identity("x", &Value::Object(Object::from(identity))).map_err(|refused| refused.summary)
        };
        let prefixed = format!("{TENANT}|/a");
        assert_eq!(id("/a", None).as_deref(), Ok("/a"));
        assert_eq!(id("/a", Some(TENANT)).as_deref(), Ok(prefixed.as_str()));
        assert_eq!(id(&prefixed, Some(TENANT)).as_deref(), Ok(prefixed.as_str()));
        assert_eq!(id("/a", Some("x")), Err("Not a tenant id".to_owned()));
        assert_eq!(id(&prefixed, Some("22222222-2222-4222-8222-222222222222")), Err("Two tenants of one x".to_owned()));
    }
}
