//! What the targets share: types and values made from a fuzzer's bytes, and the provider that they are for. No target
//! sends anything: the provider block is never configured.

use std::sync::Arc;

use terraform_provider_defender::provider::DefenderProvider;
use terraform_provider_defender::terraform::{Number, Provider, Refinement, Type, Value};

/// The fuzzer's bytes, taken piece by piece; when they are used up everything is zero.
pub struct Feed<'a> {
    rest: &'a [u8],
}

impl<'a> Feed<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (head, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        head
    }

    fn eight(&mut self) -> [u8; 8] {
        std::array::from_fn(|_| self.byte())
    }

    /// Mostly what users write, sometimes anything.
    pub fn text(&mut self) -> String {
        const WORDS: [&str; 16] = [
            "",
            "11111111-1111-4111-8111-111111111111",
            "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law",
            "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/RG/providers/microsoft.operationalinsights/workspaces/LAW",
            "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/dataConnectors/x",
            "DeviceInfo",
            "AdvancedHunting-DeviceEvents",
            "EmailEvents",
            "High",
            "medium",
            "Microsoft Defender for Identity",
            "Azure Advanced Threat Protection",
            "1h30m",
            "99999999999999999999h",
            "https://localhost:8443",
            "e\u{301}",
        ];
        match self.below(4) {
            0 => {
                let length = self.below(60);
                String::from_utf8_lossy(self.bytes(length)).into_owned()
            }
            _ => WORDS[self.below(WORDS.len())].to_owned(),
        }
    }

    pub fn ty(&mut self, depth: usize) -> Type {
        let inner = |feed: &mut Self| feed.ty(depth + 1);
        match self.below(if depth > 4 { 4 } else { 9 }) {
            0 => Type::Bool,
            1 => Type::Number,
            2 => Type::String,
            3 => Type::Dynamic,
            4 => Type::list(inner(self)),
            5 => Type::set(inner(self)),
            6 => Type::map(inner(self)),
            7 => Type::Tuple((0..self.below(4)).map(|_| inner(self)).collect()),
            _ => Type::Object((0..self.below(4)).map(|number| (format!("a{number}"), inner(self))).collect()),
        }
    }

    fn number(&mut self) -> Number {
        match self.below(4) {
            0 => Number::Int(i64::from(self.byte())),
            1 => Number::Int(i64::from_be_bytes(self.eight())),
            2 => Number::Decimal("123456789012345678901234567890.5".to_owned()),
            _ => {
                let float = f64::from_be_bytes(self.eight());
                // Terraform's numbers know no NaN.
                Number::Float(if float.is_nan() { 0.5 } else { float })
            }
        }
    }

    fn refinement(&mut self) -> Refinement {
        let bound = |feed: &mut Self| feed.byte().is_multiple_of(4).then(|| (feed.number(), true));
        Refinement {
            null: self.byte().is_multiple_of(2).then_some(false),
            number_min: bound(self),
            number_max: bound(self),
            string_prefix: self.byte().is_multiple_of(4).then(|| self.text()),
            length_min: self.byte().is_multiple_of(4).then_some(1),
            length_max: None,
        }
    }

    /// A value of that type, with nulls and unknowns in all places.
    pub fn value(&mut self, ty: &Type, depth: usize) -> Value {
        match self.below(10) {
            0 | 1 => return Value::Null,
            2 if self.byte().is_multiple_of(2) => return Value::Unknown(self.refinement()),
            _ => {}
        }
        match ty {
            Type::Bool => Value::Bool(self.byte().is_multiple_of(2)),
            Type::Number => Value::Number(self.number()),
            Type::String => Value::String(self.text()),
            Type::List(element) | Type::Set(element) => {
                Value::List((0..self.below(4)).map(|_| self.value(element, depth + 1)).collect())
            }
            Type::Tuple(types) => Value::List(types.iter().map(|ty| self.value(ty, depth + 1)).collect()),
            Type::Map(element) => {
                // Two spellings of one Unicode text would be the same key twice.
                let key = |feed: &mut Self| feed.text().chars().filter(char::is_ascii).collect();
                Value::Object((0..self.below(4)).map(|_| (key(self), self.value(element, depth + 1))).collect())
            }
            Type::Object(types) => {
                Value::Object(types.iter().map(|(name, ty)| (name.clone(), self.value(ty, depth + 1))).collect())
            }
            Type::Dynamic => {
                let ty = if depth > 6 { Type::Bool } else { self.ty(3) };
                let value = self.value(&ty, depth + 1);
                Value::Dynamic(Box::new((ty, value)))
            }
        }
    }

    /// An object that is there, with its attributes as they come.
    pub fn object(&mut self, ty: &Type) -> Value {
        let Type::Object(types) = ty else { return Value::Null };
        Value::Object(types.iter().map(|(name, ty)| (name.clone(), self.value(ty, 1))).collect())
    }
}

/// The same value with nulls for unknowns, as state has it.
pub fn known(value: Value) -> Value {
    match value {
        Value::Unknown(_) => Value::Null,
        Value::List(items) => Value::List(items.into_iter().map(known).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, known(value))).collect()),
        Value::Dynamic(inner) => Value::Dynamic(Box::new((inner.0, known(inner.1)))),
        other => other,
    }
}

/// What the provider offers: names and types of its resources and data sources.
pub struct Offered {
    pub provider: Arc<DefenderProvider>,
    pub config: Type,
    pub resources: Vec<(String, Type)>,
    pub data_sources: Vec<(String, Type)>,
    pub functions: Vec<String>,
}

impl Offered {
    pub fn new() -> Self {
        let provider = Arc::new(DefenderProvider::default());
        let resources = provider.resources().iter();
        let sources = provider.data_sources().iter();
        Self {
            config: provider.schema().block.value_type(),
            resources: resources.map(|it| (it.type_name().to_owned(), it.schema().block.value_type())).collect(),
            data_sources: sources.map(|it| (it.type_name().to_owned(), it.schema().block.value_type())).collect(),
            functions: provider.functions().iter().map(|function| function.name().to_owned()).collect(),
            provider,
        }
    }

    /// One of the types of the schema, or one that no schema has.
    pub fn ty(&self, feed: &mut Feed<'_>) -> Type {
        let all: Vec<&Type> = self.resources.iter().chain(&self.data_sources).map(|(_, ty)| ty).collect();
        match feed.below(all.len() + 4) {
            0 => self.config.clone(),
            1..=3 => feed.ty(0),
            at => all[at - 4].clone(),
        }
    }
}

impl Default for Offered {
    fn default() -> Self {
        Self::new()
    }
}
