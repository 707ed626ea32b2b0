//! What an object of a state or plan does to the incidents of its workspace.

use super::Picked;
use crate::catalog::CONNECTORS;
use crate::provider::attributes::ID;
use crate::provider::interlocks::{Part, Party};

/// The part that a connector or incident rule plays as its attributes have it. Without an id it goes by its address.
pub fn party(kind: &str, address: &str, attributes: &Picked) -> Option<Party> {
    let is_on = |attribute: &str| attributes.get(attribute).as_bool() == Some(true);
    let (product, part) = match CONNECTORS.iter().find(|row| row.resource == kind) {
        Some(row) => (row.product, Part::of_connector(row, is_on)),
        None if kind == "defender_incident_rule" => {
            let product = attributes.text("product").unwrap_or_default();
            (product, Part::of_rule(product, is_on("enabled")))
        }
        None => return None,
    };
    let id = attributes.text(ID).unwrap_or(address).to_owned();
    part.map(|part| Party { id, product: product.to_owned(), part })
}
