//! What the provider offers, by name, with every schema made once and only when somebody asks.

use std::sync::{Arc, OnceLock};

use super::messages;
use crate::terraform::{DataSource, Diagnostic, Function, Provider, Resource, Schema, Type};

/// A schema and the type of the values it describes.
pub struct Shape {
    pub schema: Schema,
    pub ty: Type,
}

impl Shape {
    fn of(schema: Schema) -> Self {
        let ty = schema.block.value_type();
        Self { schema, ty }
    }
}

/// A provider and its shapes.
pub struct Offer {
    pub provider: Arc<dyn Provider>,
    config: OnceLock<Shape>,
    resources: Shapes,
    data_sources: Shapes,
}

/// One cell for every type of the provider, in the provider's order.
#[derive(Default)]
struct Shapes(OnceLock<Vec<OnceLock<Shape>>>);

impl Shapes {
    fn get(&self, position: usize, count: usize, schema: impl FnOnce() -> Schema) -> Option<&Shape> {
        let cells = self.0.get_or_init(|| (0..count).map(|_| OnceLock::new()).collect());
        cells.get(position).map(|cell| cell.get_or_init(|| Shape::of(schema())))
    }
}

impl Offer {
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self { provider, config: OnceLock::new(), resources: Shapes::default(), data_sources: Shapes::default() }
    }

    /// The shape of the provider block.
    pub fn config(&self) -> &Shape {
        self.config.get_or_init(|| Shape::of(self.provider.schema()))
    }

    pub fn resource(&self, type_name: &str) -> Result<(&dyn Resource, &Shape), Diagnostic> {
        let all = self.provider.resources();
        let position = all.iter().position(|resource| resource.type_name() == type_name);
        let found = position.and_then(|position| {
            let resource = all.get(position)?;
            Some((&**resource, self.resources.get(position, all.len(), || resource.schema())?))
        });
        found.ok_or_else(|| messages::unknown_resource(type_name))
    }

    pub fn data_source(&self, type_name: &str) -> Result<(&dyn DataSource, &Shape), Diagnostic> {
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
