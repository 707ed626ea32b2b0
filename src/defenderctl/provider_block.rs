//! The provider block, from a JSON file with the block's own names: what is not in it comes from the variables that Terraform
//! takes it from too.

use std::path::Path;

use serde_json::Value as Json;

use crate::catalog::nearest;
use crate::provider::messages;
use crate::terraform::{AttributePath, Block, Context, Diagnostics, Nesting, Number, Object, Provider, Type, Value};

/// What the provider hears in place of Terraform's version.
const CALLER: &str = "defenderctl";

/// Configures the provider with a file, or with nothing but variables; gives the block, and what is told of it.
pub async fn configure(
    provider: &dyn Provider,
    context: &Context,
    file: Option<&Path>,
) -> Result<(Value, Diagnostics), Diagnostics> {
    let block = provider.schema().block;
    let config = match file {
        Some(file) => decode(&block, &read(file)?, &AttributePath::root())?,
        None => blank(&block),
    };
    let mut told = provider.validate(&config);
    if !told.has_errors() {
        // What is told twice is one finding.
        let found = provider.configure(context, CALLER, config.clone()).await;
        let news: Vec<_> = found.0.into_iter().filter(|finding| !told.0.contains(finding)).collect();
        told.extend(Diagnostics(news));
    }
    if told.has_errors() { Err(told) } else { Ok((config, told)) }
}

fn read(file: &Path) -> Result<Json, Diagnostics> {
    let refused = |why: String| messages::bad_provider_config(&file.display().to_string(), &why);
    let bytes = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| refused(error.to_string()))?)
}

/// A value of the block with nothing in it.
pub fn blank(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null));
    let blocks = block.blocks.iter().map(|nested| {
        let none = match nested.nesting {
            Nesting::Single => Value::Null,
            Nesting::List => Value::List(Vec::new()),
        };
        (nested.name.to_owned(), none)
    });
    Value::Object(attributes.chain(blocks).collect::<Object>())
}

fn decode(block: &Block, json: &Json, path: &AttributePath) -> Result<Value, Diagnostics> {
    let Some(fields) = json.as_object() else {
        return Err(messages::bad_argument(path.clone(), "an object with the block's arguments").into());
    };
    let (mut value, mut found) = (blank(block), Diagnostics::default());
    let mut take = |name: &str, decoded: Result<Value, Diagnostics>| match decoded {
        Ok(decoded) => value.set(name, decoded),
        Err(faults) => found.extend(faults),
    };
    for (name, field) in fields {
        let path = path.clone().attribute(name);
        if let Some(attribute) = block.attribute(name) {
            take(name, typed(&attribute.ty, field, &path));
        } else if let Some(nested) = block.blocks.iter().find(|nested| nested.name == *name) {
            let decoded = match nested.nesting {
                Nesting::Single => match field {
                    Json::Null => Ok(Value::Null),
                    field => decode(&nested.block, field, &path),
                },
                Nesting::List => elements(field, &path, |item, path| decode(&nested.block, item, path)),
            };
            take(name, decoded);
        } else {
            let attributes = block.attributes.iter().map(|attribute| attribute.name.as_str());
            let meant = nearest(name, attributes.chain(block.blocks.iter().map(|nested| nested.name)));
            take(name, Err(messages::unknown_argument(path, meant).into()));
        }
    }
    if found.has_errors() { Err(found) } else { Ok(value) }
}

/// A value as an argument has it; what was found is not said, for it may be a secret.
fn typed(ty: &Type, json: &Json, path: &AttributePath) -> Result<Value, Diagnostics> {
    let wanted = |what| Err(messages::bad_argument(path.clone(), what).into());
    match (ty, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Bool, Json::Bool(flag)) => Ok(Value::Bool(*flag)),
        (Type::Bool, _) => wanted("true or false"),
        (Type::Number, Json::Number(number)) => Ok(Value::Number(match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Number::Int(number),
            (None, Some(number)) => Number::Float(number),
            (None, None) => Number::Decimal(number.to_string()),
        })),
        (Type::Number, _) => wanted("a number"),
        (Type::String, Json::String(text)) => Ok(Value::String(text.clone())),
        (Type::List(element) | Type::Set(element), _) => elements(json, path, |item, path| typed(element, item, path)),
        // The block has no argument of another type.
        _ => wanted("a text"),
    }
}

fn elements(
    json: &Json,
    path: &AttributePath,
    decode: impl Fn(&Json, &AttributePath) -> Result<Value, Diagnostics>,
) -> Result<Value, Diagnostics> {
    let Some(items) = json.as_array() else { return Err(messages::bad_argument(path.clone(), "a list").into()) };
    let items = (0..).zip(items).map(|(at, item)| decode(item, &path.clone().index(at)));
    items.collect::<Result<_, _>>().map(Value::List)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::provider::DefenderProvider;

    fn decoded(json: &Json) -> String {
        let block = DefenderProvider::default().schema().block;
        match decode(&block, json, &AttributePath::root()) {
            Ok(value) => {
                let known = value.as_object().unwrap().iter().filter(|(_, value)| value.is_known());
                known.map(|(name, value)| format!("{name} = {value:?}\n")).collect()
            }
            Err(found) => {
                found.0.iter().map(|one| format!("{} at {}: {}\n", one.summary, one.path, one.detail)).collect()
            }
        }
    }

    #[test]
    fn the_block_is_read_by_its_schema() {
        let told = [
            json!({
                "tenant_id": "t", "use_cli": false, "max_requests_per_second": 5, "auxiliary_tenant_ids": ["a"],
                "client_id": null, "endpoints": { "defender": "https://d" },
                "tenant": [{ "tenant_id": "x" }, { "tenant_id": "y", "client_id": "z" }],
            }),
            json!({ "tenantid": "t", "endpoint": {}, "endpoints": { "defendr": "x" }, "something_else": 1 }),
            json!({ "client_secret": ["hunter2"], "use_cli": "hunter2", "max_requests_per_second": "hunter2" }),
            json!({ "tenant": { "tenant_id": "x" }, "endpoints": ["hunter2"], "auxiliary_tenant_ids": [1] }),
            json!("hunter2"),
        ]
        .each_ref()
        .map(decoded)
        .join("\n");
        assert!(!told.contains("hunter2"), "{told}");
        expect![[r#"
            auxiliary_tenant_ids = List([String("a")])
            endpoints = Object({"active_directory": Null, "defender": String("https://d"), "log_analytics": Null, "resource_manager": Null})
            max_requests_per_second = Number(Int(5))
            tenant = List([Object({"ado_pipeline_service_connection_id": Null, "client_certificate": Null, "client_certificate_password": Null, "client_certificate_path": Null, "client_id": Null, "client_id_file_path": Null, "client_secret": Null, "client_secret_file_path": Null, "defender_api_token": Null, "msi_api_version": Null, "msi_endpoint": Null, "oidc_request_token": Null, "oidc_request_url": Null, "oidc_token": Null, "oidc_token_file_path": Null, "tenant_id": String("x"), "use_aks_workload_identity": Null, "use_cli": Null, "use_msi": Null, "use_oidc": Null}), Object({"ado_pipeline_service_connection_id": Null, "client_certificate": Null, "client_certificate_password": Null, "client_certificate_path": Null, "client_id": String("z"), "client_id_file_path": Null, "client_secret": Null, "client_secret_file_path": Null, "defender_api_token": Null, "msi_api_version": Null, "msi_endpoint": Null, "oidc_request_token": Null, "oidc_request_url": Null, "oidc_token": Null, "oidc_token_file_path": Null, "tenant_id": String("y"), "use_aks_workload_identity": Null, "use_cli": Null, "use_msi": Null, "use_oidc": Null})])
            tenant_id = String("t")
            use_cli = Bool(false)

            The provider block has no such argument at endpoint: Did you mean "endpoints"? The provider's page has them all; take it out or write it as there.
            The provider block has no such argument at endpoints.defendr: Did you mean "defender"? The provider's page has them all; take it out or write it as there.
            The provider block has no such argument at something_else: The provider's page has them all; take it out or write it as there.
            The provider block has no such argument at tenantid: Did you mean "tenant_id"? The provider's page has them all; take it out or write it as there.

            An argument of another type at client_secret: Write a text there, as the provider block takes it.
            An argument of another type at max_requests_per_second: Write a number there, as the provider block takes it.
            An argument of another type at use_cli: Write true or false there, as the provider block takes it.

            An argument of another type at auxiliary_tenant_ids[0]: Write a text there, as the provider block takes it.
            An argument of another type at endpoints: Write an object with the block's arguments there, as the provider block takes it.
            An argument of another type at tenant: Write a list there, as the provider block takes it.

            An argument of another type at : Write an object with the block's arguments there, as the provider block takes it.
        "#]].assert_eq(&told);
    }
}
