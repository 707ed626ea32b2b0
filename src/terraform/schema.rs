//! The shape of a configuration: attributes and blocks, with what Terraform must know of each.

use std::collections::BTreeMap;

use super::Value;

/// The type of a value, as Terraform's configuration language has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(BTreeMap<String, Type>),
    /// Left open by the schema; the value brings its own.
    Dynamic,
}

impl Type {
    pub fn list(element: Type) -> Self {
        Type::List(Box::new(element))
    }

    pub fn set(element: Type) -> Self {
        Type::Set(Box::new(element))
    }

    pub fn map(element: Type) -> Self {
        Type::Map(Box::new(element))
    }

    pub fn object<const N: usize>(fields: [(&str, Type); N]) -> Self {
        Type::Object(fields.into_iter().map(|(name, ty)| (name.to_owned(), ty)).collect())
    }
}

/// A block with a version; the version counts changes that stored state must be upgraded for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    pub version: i64,
    pub block: Block,
}

/// Attributes and nested blocks between two braces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Markdown, for the docs and for editors.
    pub description: String,
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<NestedBlock>,
}

/// A block inside a block.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    pub name: &'static str,
    pub nesting: Nesting,
    pub block: Block,
}

/// How often a nested block may stand, and what value it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most once: an object, or null.
    Single,
    /// Any number: a list of objects.
    List,
}

/// Who gives an attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Required,
    Optional,
    /// The provider alone.
    Computed,
    /// The user, else the provider.
    OptionalComputed,
}

/// When two spellings of a value are one value: such a difference is never a diff, and the spelling in state stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Equality {
    #[default]
    Exact,
    /// ARM ids, GUIDs and the service's enums.
    IgnoreCase,
    /// RFC 3339 dates that are one moment, to the second.
    SameInstant,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub name: String,
    pub ty: Type,
    pub mode: Mode,
    /// Markdown, for the docs and for editors.
    pub description: String,
    /// Never shown in plan output.
    pub sensitive: bool,
    /// What an attribute left out of the configuration is planned as.
    pub default: Option<Value>,
    /// A change makes a new resource.
    pub replaces: bool,
    /// A computed value that an update never changes.
    pub stable: bool,
    /// It matters to a create alone: another value later is no change.
    pub creation_only: bool,
    pub equality: Equality,
    /// Said to users who set it.
    pub deprecated: Option<&'static str>,
}

impl Attribute {
    fn new(name: impl Into<String>, ty: Type, mode: Mode, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ty,
            mode,
            description: description.into(),
            sensitive: false,
            default: None,
            replaces: false,
            stable: false,
            creation_only: false,
            equality: Equality::Exact,
            deprecated: None,
        }
    }

    pub fn required(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self::new(name, ty, Mode::Required, description)
    }

    pub fn optional(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self::new(name, ty, Mode::Optional, description)
    }

    pub fn computed(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self::new(name, ty, Mode::Computed, description)
    }

    pub fn optional_computed(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self::new(name, ty, Mode::OptionalComputed, description)
    }

    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Gives the attribute a default, which makes it computed too, as the protocol asks.
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self.mode = Mode::OptionalComputed;
        self
    }

    pub fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    pub fn stable(mut self) -> Self {
        self.stable = true;
        self
    }

    pub fn creation_only(mut self) -> Self {
        self.creation_only = true;
        self
    }

    pub fn ignore_case(mut self) -> Self {
        self.equality = Equality::IgnoreCase;
        self
    }

    pub fn same_instant(mut self) -> Self {
        self.equality = Equality::SameInstant;
        self
    }

    pub fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }
}

impl Block {
    pub fn new(description: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self { description: description.into(), attributes, blocks: Vec::new() }
    }

    pub fn block(mut self, name: &'static str, nesting: Nesting, block: Block) -> Self {
        self.blocks.push(NestedBlock { name, nesting, block });
        self
    }

    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The object type of the values that this block describes.
    pub fn value_type(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|nested| {
            let inner = nested.block.value_type();
            let ty = match nested.nesting {
                Nesting::Single => inner,
                Nesting::List => Type::list(inner),
            };
            (nested.name.to_owned(), ty)
        });
        Type::Object(attributes.chain(blocks).collect())
    }
}
