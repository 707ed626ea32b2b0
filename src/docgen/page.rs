//! One page of the docs as Markdown.

use std::fmt::Write as _;

use super::Names;
use crate::terraform::{Attribute, Block, Identity, Mode, Nesting, Signature, Type};

/// The provider's own page.
pub fn index(names: Names<'_>, block: &Block, example: &str) -> String {
    let mut page = front_matter(&format!("Provider: {}", names.provider), None, &block.description);
    let _ =
        write!(page, "# {} Provider\n\n{}\n\n## Example Usage\n\n{}", names.provider, block.description, hcl(example));
    page + &schema(block)
}

/// The page of a resource, but for its import.
pub fn resource(name: &str, names: Names<'_>, block: &Block, example: &str) -> String {
    let mut page = front_matter(&format!("{name} Resource - {}", names.provider), Some(""), &block.description);
    let _ = write!(page, "# {name} (Resource)\n\n{}\n\n## Example Usage\n\n{}", block.description, hcl(example));
    page + &schema(block)
}

/// How a resource is imported: by an id, by its identity, and with the command.
pub fn import(block: &Block, identity: &Identity, examples: [&str; 3]) -> String {
    let [by_id, by_identity, command] = examples;
    let mut text = format!("\n## Import\n\nBy its id, in any casing, with an `import` block:\n\n{}", hcl(by_id));
    let _ = write!(
        text,
        "\nby its identity, with Terraform 1.12 and later:\n\n{}\nor with the command:\n\n```shell\n{}\n```\n\nEach of them takes what the \
         others take.\n\n### Identity Schema\n",
        hcl(by_identity),
        command.trim_end()
    );
    for (title, is_optional) in [("Required", false), ("Optional", true)] {
        let attributes: Vec<_> = identity.attributes.iter().filter(|found| found.optional == is_optional).collect();
        if attributes.is_empty() {
            continue;
        }
        let _ = write!(text, "\n#### {title}\n\n");
        for attribute in attributes {
            let ty = block.attribute(attribute.name).map_or(&Type::String, |found| &found.ty);
            let _ = writeln!(text, "- `{}` ({}) {}", attribute.name, type_words(ty), attribute.description);
        }
    }
    text
}

/// The page of a list resource.
pub fn list_resource(name: &str, names: Names<'_>, block: &Block, example: &str) -> String {
    let mut page = front_matter(&format!("{name} List Resource - {}", names.provider), Some(""), &block.description);
    let _ = write!(page, "# {name} (List Resource)\n\n{}\n\n## Example Usage\n\n{}", block.description, hcl(example));
    page + &schema(block)
}

/// The page of a data source.
pub fn data_source(name: &str, names: Names<'_>, block: &Block, example: &str) -> String {
    let mut page = front_matter(&format!("{name} Data Source - {}", names.provider), Some(""), &block.description);
    let _ = write!(page, "# {name} (Data Source)\n\n{}\n\n## Example Usage\n\n{}", block.description, hcl(example));
    page + &schema(block)
}

/// The page of a function.
pub fn function(name: &str, names: Names<'_>, signature: &Signature, example: &str) -> String {
    let mut page = front_matter(&format!("{name} function - {}", names.provider), Some(""), &signature.summary);
    let parameters: Vec<_> = signature
        .parameters
        .iter()
        .map(|parameter| format!("{} {}", parameter.name, type_name(&parameter.ty)))
        .collect();
    let _ = write!(
        page,
        "# function: {name}\n\n{}\n\n## Example Usage\n\n{}\n## Signature\n\n```text\n{name}({}) {}\n```\n",
        signature.description,
        hcl(example),
        parameters.join(", "),
        type_name(&signature.returns)
    );
    if !signature.parameters.is_empty() {
        page += "\n## Arguments\n\n";
        for (position, parameter) in signature.parameters.iter().enumerate() {
            let ty = type_words(&parameter.ty);
            let _ = writeln!(page, "{}. `{}` ({ty}) {}", position + 1, parameter.name, parameter.description);
        }
    }
    page
}

fn front_matter(title: &str, subcategory: Option<&str>, description: &str) -> String {
    let first = description.split("\n\n").next().unwrap_or_default();
    let subcategory = subcategory.map(|name| format!("subcategory: \"{name}\"\n")).unwrap_or_default();
    format!("---\npage_title: \"{title}\"\n{subcategory}description: |-\n  {first}\n---\n\n")
}

fn hcl(text: &str) -> String {
    format!("```terraform\n{}\n```\n", text.trim_end())
}

fn schema(block: &Block) -> String {
    let mut text = String::from("\n## Schema\n");
    groups(block, &mut text, "###", "");
    for nested in &block.blocks {
        let _ = write!(
            text,
            "\n<a id=\"nestedblock--{0}\"></a>\n### Nested Schema for `{0}`\n\n{1}\n",
            nested.name, nested.block.description
        );
        groups(&nested.block, &mut text, "####", "");
    }
    text
}

/// The attributes in the three groups that registry pages have.
fn groups(block: &Block, text: &mut String, heading: &str, indent: &str) {
    let of = |mode: fn(Mode) -> bool| {
        let mut found: Vec<&Attribute> = block.attributes.iter().filter(|attribute| mode(attribute.mode)).collect();
        found.sort_by(|left, right| left.name.cmp(&right.name));
        found
    };
    let required = of(|mode| mode == Mode::Required);
    let optional = of(|mode| matches!(mode, Mode::Optional | Mode::OptionalComputed));
    let read_only = of(|mode| mode == Mode::Computed);
    for (title, attributes) in [("Required", required), ("Optional", optional), ("Read-Only", read_only)] {
        let blocks: Vec<_> = if title == "Optional" { block.blocks.iter().collect() } else { Vec::new() };
        if attributes.is_empty() && blocks.is_empty() {
            continue;
        }
        let _ = write!(text, "\n{heading} {title}\n\n");
        for attribute in attributes {
            let sensitive = if attribute.sensitive { ", Sensitive" } else { "" };
            let deprecated = if attribute.deprecated.is_some() { ", Deprecated" } else { "" };
            let ty = type_words(&attribute.ty);
            let _ = writeln!(
                text,
                "{indent}- `{}` ({ty}{sensitive}{deprecated}) {}",
                attribute.name, attribute.description
            );
        }
        for nested in blocks {
            let many = if nested.nesting == Nesting::List { "Block List" } else { "Block" };
            let _ = writeln!(
                text,
                "{indent}- `{0}` ({many}) {1} (see [below for nested schema](#nestedblock--{0}))",
                nested.name, nested.block.description
            );
        }
    }
}

/// A type in words: "Set of String".
fn type_words(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::List(element) => format!("List of {}", type_words(element)),
        Type::Set(element) => format!("Set of {}", type_words(element)),
        Type::Map(element) => format!("Map of {}", type_words(element)),
        Type::Object(_) | Type::Tuple(_) => "Object".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
    }
}

/// A type as a signature writes it.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Number => "number".to_owned(),
        Type::String => "string".to_owned(),
        Type::List(element) => format!("list of {}", type_name(element)),
        Type::Set(element) => format!("set of {}", type_name(element)),
        Type::Map(element) => format!("map of {}", type_name(element)),
        Type::Object(_) | Type::Tuple(_) => "object".to_owned(),
        Type::Dynamic => "dynamic".to_owned(),
    }
}
