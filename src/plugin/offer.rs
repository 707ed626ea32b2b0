//! What the provider offers, by name, with every schema made once and only when somebody asks.

use std::sync::{Arc, OnceLock};

use super::messages;
use crate::terraform::{DataSource, Diagnostic, Function, Identity, ListResource, Provider, Resource, Schema, Type};

/// A schema and the type of the values it describes.
pub struct TypedSchema {
    pub schema: Schema,
    pub ty: Type,
    /// Of a resource, what tells its objects apart, and the type of that.
    pub identity: Identity,
    pub identity_ty: Type,
}

impl TypedSchema {
    fn of(schema: Schema, identity: Identity) -> Self {
        let (ty, identity_ty) = (schema.block.value_type(), identity.value_type(&schema.block));
        Self { schema, ty, identity, identity_ty }
    }
}

/// A provider and its schemas.
pub struct Offer {
    pub provider: Arc<dyn Provider>,
    config: OnceLock<TypedSchema>,
    resources: TypedSchemas,
    list_resources: TypedSchemas,
    data_sources: TypedSchemas,
}

/// One cell for every type of the provider, in the provider's order.
#[derive(Default)]
struct TypedSchemas(OnceLock<Vec<OnceLock<TypedSchema>>>);

impl TypedSchemas {
    fn get(&self, position: usize, count: usize, typed: impl FnOnce() -> TypedSchema) -> Option<&TypedSchema> {
        let cells = self.0.get_or_init(|| (0..count).map(|_| OnceLock::new()).collect());
        cells.get(position).map(|cell| cell.get_or_init(typed))
    }
}

impl Offer {
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            provider,
            config: OnceLock::new(),
            resources: TypedSchemas::default(),
            list_resources: TypedSchemas::default(),
            data_sources: TypedSchemas::default(),
        }
    }

    /// The provider block.
    pub fn config(&self) -> &TypedSchema {
        self.config.get_or_init(|| TypedSchema::of(self.provider.schema(), Identity::default()))
    }

    pub fn resource(&self, type_name: &str) -> Result<(&dyn Resource, &TypedSchema), Diagnostic> {
        let all = self.provider.resources();
        let position = all.iter().position(|resource| resource.type_name() == type_name);
        let found = position.and_then(|position| {
            let resource = all.get(position)?;
            let typed = || TypedSchema::of(resource.schema(), resource.identity());
            Some((&**resource, self.resources.get(position, all.len(), typed)?))
        });
        found.ok_or_else(|| messages::unknown_resource(type_name))
    }

    pub fn list_resource(&self, type_name: &str) -> Result<(&dyn ListResource, &TypedSchema), Diagnostic> {
        let all = self.provider.list_resources();
        let position = all.iter().position(|list| list.type_name() == type_name);
        let found = position.and_then(|position| {
            let list = all.get(position)?;
            let typed = || TypedSchema::of(list.schema(), Identity::default());
            Some((&**list, self.list_resources.get(position, all.len(), typed)?))
        });
        found.ok_or_else(|| messages::unknown_list_resource(type_name))
    }

    pub fn data_source(&self, type_name: &str) -> Result<(&dyn DataSource, &TypedSchema), Diagnostic> {
        let all = self.provider.data_sources();
        let position = all.iter().position(|source| source.type_name() == type_name);
        let found = position.and_then(|position| {
            let source = all.get(position)?;
            let typed = || TypedSchema::of(source.schema(), Identity::default());
            Some((&**source, self.data_sources.get(position, all.len(), typed)?))
        });
        found.ok_or_else(|| messages::unknown_data_source(type_name))
    }

    pub fn function(&self, name: &str) -> Option<&dyn Function> {
        self.provider.functions().iter().find(|function| function.name() == name).map(|function| &**function)
    }
}
