//! The attributes of `defender_incident_rule_suppression`, and what can be said of them without the service.

use crate::provider::engine::attributes::ID;
use std::collections::HashMap;

use crate::catalog::{INCIDENT_PRODUCTS, IncidentProduct};
use crate::provider::engine::import_id::Form;
use crate::provider::engine::{place, timeouts};
use crate::provider::messages;
use crate::terraform::{Attribute, Block, Diagnostics, Nesting, Type, Value};

pub const PRODUCTS: &str = "products";
pub const RESTORE: &str = "restore_on_destroy";
pub const SUPPRESSED: &str = "suppressed_rules";
pub const ENABLED: &str = "enabled_rules";

/// What its import ids look like.
pub const IMPORT: Form<'_> = Form {
    resource: super::RESOURCE,
    arm: None,
    workspace_alone: false,
    word: "Microsoft Defender for Identity,Microsoft Defender for Endpoint",
    how: "Import it by the workspace's ARM id, in any casing, and the products behind a bar, with commas between",
};

/// The block of the resource.
pub fn block() -> Block {
    let products: Vec<_> = INCIDENT_PRODUCTS.iter().map(|row| format!("`{}`", row.name)).collect();
    let description = "Keeps every incident-creation rule of some Microsoft products switched off in a workspace (ARM `alertRules`, kind \
        `MicrosoftSecurityIncidentCreation`): those that the portal made, and those that anybody makes or switches on later, which the \
        next plan shows in `enabled_rules` and switches off. Use it beside `defender_xdr_connector`, whose incidents would come twice \
        otherwise. A rule is written back as it was but for its switch, and is never made or deleted here.\n\n\
        Let the connector name this resource in `depends_on`: then its plan knows which rules are kept off, and a destroy gives them \
        back after it. What a `defender_incident_rule` block of this state holds is left to that block, and so is giving back a rule with \
        the name that such a block gives by default. A block of the same product with `enabled = true` is an error: give it `enabled = \
        false`, or leave its product out here.\n\nIf a run is killed, the rule that it was switching off at that moment stays off and is not \
        in `suppressed_rules`: nothing in the service tells who switched it. With `create_before_destroy` the old one gives its rules back after the new one \
        was made, and says so; the next apply switches them off again. A block that gets another name without `moved` is refused for the same reason. \
        Let it depend on the blocks of rules that it may come upon and that have a `name` of their own: then it is sure to know them.\n\nThe caller needs Microsoft Sentinel Contributor on the workspace.\n\n\
        **Known** (Microsoft's documentation): when Defender XDR incidents are connected, these rules are to be switched off to avoid \
        double incidents; in a workspace that is onboarded to the Defender portal they do nothing.\n\n\
        **Not verified**: whether the portal's own check box switches the rules off, as this does, or deletes them.";
    let [workspace_id, tenant_id] = place::attributes();
    let attributes = vec![
        workspace_id,
        Attribute::required(
            PRODUCTS,
            Type::set(Type::String),
            format!(
                "Products whose rules are kept off: {}. ARM's own names of them are understood too. The rules of a product that is \
                 taken out are treated as on destroy.",
                products.join(", ")
            ),
        )
        .ignore_case(),
        Attribute::optional(
            RESTORE,
            Type::Bool,
            "Whether destroy switches on again the rules of `suppressed_rules`, those and no others. Defaults to `true`.",
        )
        .default(true),
        tenant_id,
        Attribute::computed(
            SUPPRESSED,
            Type::list(Type::String),
            "ARM ids of the rules that this resource switched off, but for those of `defender_incident_rule` blocks. Empty after an import, since nobody knows who switched off what before.",
        ),
        Attribute::computed(
            ENABLED,
            Type::list(Type::String),
            "ARM ids of the products' rules that are on. A plan takes it to `[]`: what stands there is what apply will switch off.",
        ),
        Attribute::computed(ID, Type::String, "The workspace's ARM id and the products in ARM's words, with a bar between; import takes it."),
    ];
    Block::new(description, attributes).block("timeouts", Nesting::Single, timeouts::block())
}

/// Checks the attributes of a configuration.
pub fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let products = config.get(PRODUCTS);
    if products.as_list().is_some_and(<[Value]>::is_empty) {
        diagnostics.push(messages::empty_set(PRODUCTS, "product", "Name at least one, or remove the resource."));
    }
    let mut named = HashMap::new();
    for name in products.known_strings() {
        let key = IncidentProduct::key(name);
        let twin = named.get(&key).copied();
        named.entry(key).or_insert(name);
        if name.trim().is_empty() {
            diagnostics.push(messages::empty_text(PRODUCTS, "product"));
        } else if name.contains([',', '|']) {
            diagnostics.push(messages::bad_product(PRODUCTS, name));
        } else if let Some(twin) = twin {
            diagnostics.push(messages::product_twice(PRODUCTS, twin, name));
        } else if IncidentProduct::find(name).is_none() {
            let known: Vec<_> = INCIDENT_PRODUCTS.iter().map(|row| row.name).collect();
            let meant = IncidentProduct::meant_by(name);
            diagnostics.push(messages::unknown_suppressed_product(PRODUCTS, name, meant, &known));
        }
    }
    diagnostics
}
