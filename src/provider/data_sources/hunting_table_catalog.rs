//! `defender_hunting_table_catalog`: the hunting tables that this version knows. It asks no service.

use crate::provider::engine::attributes::ID;
use async_trait::async_trait;

use crate::catalog::{Acceptance, HUNTING_TABLES, HuntingTable};
use crate::terraform::{Attribute, Block, Context, DataSource, Diagnostics, Object, Schema, SourceRead, Type, Value};

/// The data source.
pub struct HuntingTableCatalog;

fn row(table: &HuntingTable) -> Value {
    let acceptance = match table.acceptance {
        Acceptance::Accepted => "accepted",
        Acceptance::Disputed => "disputed",
        Acceptance::Unclear => "unclear",
    };
    let [category, other] = HuntingTable::categories(table.name);
    Value::Object(Object::from([
        ("name".to_owned(), table.name.into()),
        ("product".to_owned(), table.product.into()),
        ("description".to_owned(), table.description.into()),
        ("category".to_owned(), category.into()),
        ("other_category".to_owned(), other.into()),
        ("acceptance".to_owned(), acceptance.into()),
    ]))
}

#[async_trait]
impl DataSource for HuntingTableCatalog {
    fn type_name(&self) -> &str {
        "defender_hunting_table_catalog"
    }

    fn schema(&self) -> Schema {
        let table = Type::object([
            ("name", Type::String),
            ("product", Type::String),
            ("description", Type::String),
            ("category", Type::String),
            ("other_category", Type::String),
            ("acceptance", Type::String),
        ]);
        let attributes = vec![
            Attribute::computed(ID, Type::String, "Always `hunting_tables`."),
            Attribute::computed("names", Type::list(Type::String), "The tables' names, in the order of `tables`."),
            Attribute::computed(
                "tables",
                Type::list(table),
                "The tables: `name`, `product` that fills it, `description`, `category` that the export API is asked for, `other_category` \
                 that is tried if it refuses, and `acceptance`: `accepted`, `disputed` or `unclear`.",
            ),
        ];
        let description = "Lists the advanced-hunting tables that this version of the provider knows, without asking any service or needing \
            credentials. `defender_hunting_tables` takes other names too, with a warning.\n\n**Known** (Microsoft's documentation): which \
            tables can be streamed, and their products.\n\n**Reported by users**: `category` and `acceptance`, which tell how the export API \
            took the table: `accepted`; `disputed` where one report says refused and another accepted; `unclear` where it was only seen in \
            settings that the portal made.";
        Schema { version: 0, block: Block::new(description, attributes) }
    }

    async fn read(&self, _context: &Context, config: Value) -> SourceRead {
        let mut state = config;
        state.set(ID, "hunting_tables");
        state.set("names", Value::strings(HUNTING_TABLES.iter().map(|table| table.name)));
        state.set("tables", Value::List(HUNTING_TABLES.iter().map(row).collect()));
        SourceRead { state: Some(state), diagnostics: Diagnostics::default() }
    }
}
