//! The hunting tables of a product, for who streams whatever a product fills.

use std::collections::BTreeSet;

use crate::catalog::{HUNTING_TABLES, HuntingTable};
use crate::terraform::{ArgumentError, Function, Parameter, Signature, Type, Value};

/// The tables of a product.
pub struct HuntingTables;

/// The products that fill hunting tables.
fn products() -> Vec<&'static str> {
    HUNTING_TABLES.iter().map(|table| table.product).collect::<BTreeSet<_>>().into_iter().collect()
}

impl Function for HuntingTables {
    fn name(&self) -> &str {
        "hunting_tables"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "The hunting tables of a product".to_owned(),
            description: format!(
                "Gives the names of the advanced-hunting tables that a product fills, for `tables` of `defender_hunting_tables`. The \
                 products: {}. The data source `defender_hunting_table_catalog` has all of them with what is known of each.",
                products().join(", ")
            ),
            parameters: vec![Parameter {
                name: "product",
                ty: Type::String,
                description: "Today's name of the product, in any casing, with or without `Microsoft` before it."
                    .to_owned(),
            }],
            returns: Type::list(Type::String),
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, ArgumentError> {
        let given = arguments.first().and_then(Value::as_str).unwrap_or_default().trim();
        let is_it = |table: &&HuntingTable| {
            let short = table.product.strip_prefix("Microsoft ").unwrap_or(table.product);
            table.product.eq_ignore_ascii_case(given) || short.eq_ignore_ascii_case(given)
        };
        let tables: Vec<_> = HUNTING_TABLES.iter().filter(is_it).map(|table| table.name).collect();
        if tables.is_empty() {
            let message = format!("{given:?} is none of {}", products().join(", "));
            return Err(ArgumentError { argument: Some(0), message });
        }
        Ok(Value::strings(tables))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_goes_by_its_name_of_today() {
        let tables = |product: &str| HuntingTables.call(&[product.into()]);
        let identity = Value::strings(["IdentityLogonEvents", "IdentityQueryEvents", "IdentityDirectoryEvents"]);
        assert_eq!(tables("microsoft defender for identity"), Ok(identity.clone()));
        assert_eq!(tables("Defender for Identity"), Ok(identity));
        let refused = tables("Defender").map_err(|error| error.message);
        let told = "\"Defender\" is none of Microsoft Defender XDR, Microsoft Defender for Cloud Apps, Microsoft Defender for Endpoint, \
                    Microsoft Defender for Identity, Microsoft Defender for Office 365";
        assert_eq!(refused, Err(told.to_owned()));
    }
}
