//! What the provider offers, by name, with every schema made once and only when somebody asks.

use std::sync::{Arc, OnceLock};

use super::messages;
use crate::terraform::{DataSource, Diagnostic, Function, Provider, Resource, Schema, Type};

/// A schema and the type of the values it describes.
pub struct TypedSchema {
    pub schema: Schema,
    pub ty: Type,
}

impl TypedSchema {
    fn of(schema: Schema) -> Self {
        let ty = schema.block.value_type();
        Self { schema, ty }
    }
}

/// A provider and its schemas.
pub struct Offer {
    pub provider: Arc<dyn Provider>,
    config: OnceLock<TypedSchema>,
    resources: TypedSchemas,
    data_sources: TypedSchemas,
}

/// One cell for every type of the provider, in the provider's order.
#[derive(Default)]
struct TypedSchemas(OnceLock<Vec<OnceLock<TypedSchema>>>);

impl TypedSchemas {
    fn get(&self, position: usize, count: usize, schema: impl FnOnce() -> Schema) -> Option<&TypedSchema> {
        let cells = self.0.get_or_init(|| (0..count).map(|_| OnceLock::new()).collect());
        cells.get(position).map(|cell| cell.get_or_init(|| TypedSchema::of(schema())))
    }
}

impl Offer {
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            provider,
            config: OnceLock::new(),
            resources: TypedSchemas::default(),
            data_sources: TypedSchemas::default(),
        }
    }

    /// The provider block.
    pub fn config(&self) -> &TypedSchema {
        self.config.get_or_init(|| TypedSchema::of(self.provider.schema()))
    }

    pub fn resource(&self, type_name: &str) -> Result<(&dyn Resource, &TypedSchema), Diagnostic> {
        let all = self.provider.resources();
        let position = all.iter().position(|resource| resource.type_name() == type_name);
        let found = position.and_then(|position| {
            let resource = all.get(position)?;
            Some((&**resource, self.resources.get(position, all.len(), || resource.schema())?))
        });
        found.ok_or_else(|| messages::unknown_resource(type_name))
    }

    pub fn data_source(&self, type_name: &str) -> Result<(&dyn DataSource, &TypedSchema), Diagnostic> {
        let all = self.provider.data_sources();
        let position = all.iter().position(|source| source.type_name() == type_name);
        let found = position.and_then(|position| {
            let source = all.get(position)?;
            Some((&**source, self.data_sources.get(position, all.len(), || source.schema())?))
        });
        found.ok_or_else(|| messages::unknown_data_source(type_name))
    }

    pub fn function(&self, name: &str) -> Option<&dyn Function> {
        self.provider.functions().iter().find(|function| function.name() == name).map(|function| &**function)
    }
}
