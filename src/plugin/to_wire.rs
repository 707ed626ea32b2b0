//! From the words of `terraform` to messages: schemas, findings, functions, values.

use super::msgpack::{self, Encoded};
use super::offer::TypedSchema;
use super::proto::{self, attribute_path, diagnostic, function, resource_identity_schema, schema};
use super::{json, messages};
use crate::terraform::{
    Attribute, AttributePath, Block, Diagnostic, Diagnostics, Identity, Mode, NestedBlock, Nesting, Schema, Severity,
    Signature, Step, Type, Value,
};

/// A value as the schema's type says; what does not fit is told as a finding.
pub fn value(value: &Value, ty: &Type, what: &str, of: &str, findings: &mut Diagnostics) -> proto::DynamicValue {
    let Encoded { bytes, faults } = msgpack::encode(value, ty);
    for fault in faults {
        findings.push(messages::unfit(what, of, &fault));
    }
    proto::DynamicValue { msgpack: bytes, json: Vec::new() }
}

/// Null, of whatever type.
pub fn null() -> proto::DynamicValue {
    proto::DynamicValue { msgpack: vec![0xc0], json: Vec::new() }
}

pub fn diagnostics(findings: Diagnostics) -> Vec<proto::Diagnostic> {
    findings.0.into_iter().map(diagnostic).collect()
}

fn diagnostic(finding: Diagnostic) -> proto::Diagnostic {
    let severity = match finding.severity {
        Severity::Error => diagnostic::Severity::Error,
        Severity::Warning => diagnostic::Severity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: finding.summary,
        detail: finding.detail,
        // An empty path would still be a path: "the whole resource" is said by none.
        attribute: (!finding.path.0.is_empty()).then(|| attribute_path(&finding.path)),
    }
}

pub fn attribute_path(path: &AttributePath) -> proto::AttributePath {
    use attribute_path::step::Selector;
    let steps = path.0.iter().map(|step| attribute_path::Step {
        selector: Some(match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        }),
    });
    proto::AttributePath { steps: steps.collect() }
}

/// The schema of a resource or data source.
pub fn schema(schema: &Schema) -> proto::Schema {
    proto::Schema { version: schema.version, block: Some(block(&schema.block)) }
}

/// The schema of what a `list` block is configured with, which nobody computes either.
pub fn list_schema(schema: &Schema) -> proto::Schema {
    provider_schema(schema)
}

/// What tells the objects of a resource apart.
pub fn identity_schema(typed: &TypedSchema) -> proto::ResourceIdentitySchema {
    let Identity { version, attributes } = &typed.identity;
    let attributes = attributes.iter().map(|attribute| {
        let ty = match &typed.identity_ty {
            Type::Object(types) => types.get(attribute.name).map(json::type_to).unwrap_or_default(),
            _ => Vec::new(),
        };
        resource_identity_schema::IdentityAttribute {
            name: attribute.name.to_owned(),
            r#type: ty,
            required_for_import: !attribute.optional,
            optional_for_import: attribute.optional,
            description: attribute.description.to_owned(),
        }
    });
    proto::ResourceIdentitySchema { version: *version, identity_attributes: attributes.collect() }
}

/// What tells an object apart, as its state says; in the spelling of `known`, which Terraform has already.
pub fn identity(
    state: &Value,
    known: &Value,
    typed: &TypedSchema,
    of: &str,
    findings: &mut Diagnostics,
) -> Option<proto::ResourceIdentityData> {
    let identity = typed.identity.of(state, known)?;
    let identity_data = Some(value(&identity, &typed.identity_ty, "an identity", of, findings));
    Some(proto::ResourceIdentityData { identity_data })
}

/// The schema of the provider block, whose attributes nobody computes.
pub fn provider_schema(schema: &Schema) -> proto::Schema {
    let mut sent = self::schema(schema);
    if let Some(block) = &mut sent.block {
        never_computed(block);
    }
    sent
}

fn never_computed(block: &mut schema::Block) {
    for attribute in &mut block.attributes {
        attribute.computed = false;
    }
    for nested in &mut block.block_types {
        nested.block.iter_mut().for_each(never_computed);
    }
}

fn block(block: &Block) -> schema::Block {
    schema::Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested).collect(),
        description: block.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        ..schema::Block::default()
    }
}

fn attribute(attribute: &Attribute) -> schema::Attribute {
    schema::Attribute {
        name: attribute.name.clone(),
        r#type: json::type_to(&attribute.ty),
        description: attribute.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.unwrap_or_default().to_owned(),
        write_only: false,
    }
}

fn nested(nested: &NestedBlock) -> schema::NestedBlock {
    use schema::nested_block::NestingMode;
    let nesting = match nested.nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
    };
    schema::NestedBlock {
        type_name: nested.name.to_owned(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items: 0,
        max_items: 0,
    }
}

pub fn function(signature: &Signature) -> proto::Function {
    let parameters = signature.parameters.iter().map(|parameter| function::Parameter {
        name: parameter.name.to_owned(),
        r#type: json::type_to(&parameter.ty),
        description: parameter.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        allow_null_value: false,
        allow_unknown_values: false,
    });
    proto::Function {
        parameters: parameters.collect(),
        r#return: Some(function::Return { r#type: json::type_to(&signature.returns) }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: proto::StringKind::Markdown.into(),
        ..proto::Function::default()
    }
}

pub fn function_error(text: impl Into<String>, argument: Option<usize>) -> proto::FunctionError {
    let function_argument = argument.and_then(|position| i64::try_from(position).ok());
    proto::FunctionError { text: text.into(), function_argument }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_default_makes_an_attribute_computed_except_in_the_provider_block() {
        let block = Block::new("", vec![Attribute::optional("a", Type::Bool, "").default(true)]);
        let schema = Schema { version: 3, block: Block::new("", vec![]).block("b", Nesting::Single, block) };
        let computed = |sent: proto::Schema| {
            let inner = sent.block.unwrap().block_types[0].block.clone().unwrap();
            (inner.attributes[0].optional, inner.attributes[0].computed)
        };
        assert_eq!(computed(super::schema(&schema)), (true, true));
        assert_eq!(computed(provider_schema(&schema)), (true, false));
    }

    #[test]
    fn a_finding_carries_its_path() {
        use attribute_path::step::Selector;
        let path = AttributePath::from("a").index(1).key("k");
        let sent = diagnostics(Diagnostic::warning("s", "d").at(path).into());
        assert_eq!(sent[0].severity, 2);
        let steps: Vec<_> = sent[0].attribute.clone().unwrap().steps.into_iter().map(|step| step.selector).collect();
        let wanted = [
            Selector::AttributeName("a".to_owned()),
            Selector::ElementKeyInt(1),
            Selector::ElementKeyString("k".to_owned()),
        ];
        assert_eq!(steps, wanted.map(Some));
        assert_eq!(diagnostics(Diagnostic::error("s", "d").into())[0].attribute, None);
    }
}
