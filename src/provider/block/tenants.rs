//! `tenant` blocks: the tenants that are known by name, and what proves who calls in them.

use std::collections::HashSet;

use uuid::Uuid;

use super::arguments::{CLIENT_ID, SIGN_IN};
use super::given::Given;
use super::sign_in::{self, SignedIn};
use crate::arm::{Cloud, Secret, TenantCredentials};
use crate::provider::engine::attributes::TENANT_ID;
use crate::provider::messages;
use crate::terraform::{Attribute, AttributePath, Block, Diagnostics, Type, Value};

pub const TENANT: &str = "tenant";
const DEFENDER_TOKEN: &str = "defender_api_token";

/// `tenant`
pub fn block() -> Block {
    let mut attributes = vec![Attribute::required(TENANT_ID, Type::String, "The tenant, named once.")];
    attributes.extend(SIGN_IN.iter().map(|argument| argument.of_tenant()));
    attributes.push(
        Attribute::optional(
            DEFENDER_TOKEN,
            Type::String,
            "Token of a signed-in user of this tenant for the Defender API, in place of `defender_api`'s.",
        )
        .sensitive(),
    );
    Block::new(
        "A tenant that resources name by their `tenant_id`. Arguments are those of the provider block and mean the same for this \
         tenant alone; where none of them asks for a way to sign in, the provider's own credentials are used, with a token of this \
         tenant. `client_id` and what a job or a machine gives (`oidc_request_url`, `msi_endpoint`, and the variables in their place) are \
         the provider's where they are left out; other variables do not count here. The tokens of all tenants that have a block are asked for at \
         once as soon as a run works in two of them.",
        attributes,
    )
}

/// Every tenant block with its place.
fn blocks(config: &Value) -> impl Iterator<Item = (AttributePath, &Value)> {
    let blocks = match config.get(TENANT) {
        Value::List(blocks) => blocks.as_slice(),
        _ => &[],
    };
    (0..).zip(blocks).map(|(at, block)| (AttributePath::from(TENANT).index(at), block))
}

/// Checks what is known of the blocks.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let mut seen = HashSet::new();
    for (path, block) in blocks(config) {
        for name in [TENANT_ID, CLIENT_ID.name] {
            if let Some(text) = block.get(name).as_str().filter(|text| Uuid::try_parse(text).is_err()) {
                let path = path.clone().attribute(name);
                diagnostics.push(messages::not_a_guid(path, &name.replace('_', " "), text));
            }
        }
        if let Some(tenant) = block.get(TENANT_ID).as_str().filter(|tenant| !seen.insert(tenant.to_lowercase())) {
            diagnostics.push(messages::tenant_block_twice(path.attribute(TENANT_ID), tenant));
        }
    }
    diagnostics
}

/// Who calls in each of these tenants, whose blocks were found valid.
pub fn credentials(provider: &Given<'_>, config: &Value, cloud: &Cloud) -> Result<Vec<TenantCredentials>, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let mut tenants = Vec::new();
    for (path, block) in blocks(config) {
        let given = provider.within(block, path);
        match sign_in::choose(&given, cloud, true) {
            Ok(SignedIn { credential, .. }) => {
                let defender_token = block.get(DEFENDER_TOKEN).as_str().filter(|token| !token.is_empty());
                tenants.push(TenantCredentials {
                    tenant_id: block.get(TENANT_ID).as_str().unwrap_or_default().to_owned(),
                    credential,
                    defender_token: defender_token.map(Secret::new),
                });
            }
            Err(found) => diagnostics.extend(found),
        }
    }
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(tenants) }
}
