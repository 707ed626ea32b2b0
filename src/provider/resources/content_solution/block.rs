//! The attributes of `defender_content_solution`, and what can be said of them without the service.

use crate::arm::{Collection, check_name};
use crate::catalog::{Connector, nearest};
use crate::provider::engine::attributes::{ADOPT_EXISTING, ID};
use crate::provider::engine::import_id::{Arm, Form};
use crate::provider::engine::{place, timeouts};
use crate::provider::messages;
use crate::terraform::{Attribute, Block, Diagnostic, Diagnostics, Nesting, Type, Value};

pub const CONTENT_ID: &str = "content_id";
pub const PRODUCT: &str = "product";
pub const VERSION: &str = "version";
pub const UPDATE_AVAILABLE: &str = "update_available";
pub const DISPLAY_NAME: &str = "display_name";
pub const PRODUCT_ID: &str = "content_product_id";

/// What its import ids look like.
pub const IMPORT: Form<'_> = Form {
    resource: super::RESOURCE,
    arm: Some(Arm::In(Collection::ContentPackages)),
    workspace_alone: false,
    word: "Microsoft Defender for Identity",
    how: "Import it by its ARM id, in any casing, or by its workspace's and, behind a bar, its content id or its product",
};

/// The block of the resource.
pub fn block(rows: &'static [Connector]) -> Block {
    let description = "Installs a solution of Microsoft Sentinel's Content hub in a workspace (ARM `contentPackages`): the templates of rules, \
        workbooks and queries that go with a product, and the card of its connector in the portal. Microsoft advises to install a product's \
        solution before the product is connected by API.\n\n\
        `version` left out installs the newest version and then keeps what is installed: a newer one shows as `update_available`, and is \
        installed once `version` names it. What somebody updates in the portal is no drift then. With `version` set it is one, and there is no way \
        back, so the plan says that the apply will refuse it until `version` follows.\n\n\
        The portal installs solutions too, so one that is there already could be anybody's: the plan warns and the apply refuses until it is \
        imported or `adopt_existing` is set. A workspace has one of each, so `create_before_destroy` has no use.\n\n\
        Whether the catalogue of the workspace has the solution is looked up in every plan that installs one; if it has not, the plan names those \
        that are near. The caller needs Microsoft Sentinel Contributor on the resource group of the workspace.\n\n\
        **Known** (Microsoft's API description): what is installed and what the catalogue offers; that the catalogue names the newest version \
        alone.\n\n\
        **Known** (Microsoft's documentation): the role, and that it is needed on the resource group.\n\n\
        **Known** (Microsoft's packages): the id that a version is installed by changes with each version and holds a hash that templates \
        alone can compute, so that only the newest version can be asked for.\n\n\
        **Reported by users**: a plain PUT installs all that is in a solution, and has to say `contentSchemaVersion`, which the API description calls \
        optional; product id and version have to be of one answer of the catalogue; deploying the solution's template instead can leave its content \
        under another name, which then keeps it from being installed.\n\n\
        **Not verified**: that writing the newer version over an older one is all there is to an update; that a destroy removes templates and \
        leaves the rules and workbooks that were made of them; what becomes of solutions when Microsoft Sentinel is removed from a workspace.";
    let products = products(rows).map(|product| format!("`{product}`")).collect::<Vec<_>>().join(", ");
    let [workspace_id, tenant_id] = place::attributes();
    let attributes = vec![
        workspace_id,
        Attribute::optional_computed(
            CONTENT_ID,
            Type::String,
            "Id of the solution in the catalogue, publisher and offer, such as `azuresentinel.azure-sentinel-solution-mdefenderforidentity`, \
             in any casing. This or `product` is set; both only where they name one solution, as in configuration that Terraform generates. \
             Changing it makes a new resource.",
        )
        .replaces()
        .stable()
        .ignore_case(),
        Attribute::optional_computed(
            PRODUCT,
            Type::String,
            format!(
                "Product whose connector's solution it is: a name of today ({products}), ARM's kind of the connector, or its resource type of \
                 this provider, in any casing. With `content_id` set, the product whose solution that is, or null. A product of another solution \
                 makes a new resource."
            ),
        )
        .stable()
        .ignore_case(),
        Attribute::optional_computed(
            VERSION,
            Type::String,
            "Version that is installed. Left out, the newest when it is made, and then whatever is installed. Set, it is the newest of the \
             catalogue or the one that is installed; any other is refused.",
        )
        .stable(),
        tenant_id,
        Attribute::optional(
            ADOPT_EXISTING,
            Type::Bool,
            "Takes over a solution that is installed already and in no other block, in the version that it has unless `version` names another \
             one; a destroy then removes it. Without it the plan warns of such a solution and the apply refuses. Defaults to `false`.",
        )
        .default(false)
        .creation_only(),
        Attribute::computed(
            UPDATE_AVAILABLE,
            Type::String,
            "Newer version that the catalogue offers, as of the last refresh; null if there is none. It changes without a diff.",
        ),
        Attribute::computed(DISPLAY_NAME, Type::String, "Name that the portal shows."),
        Attribute::computed(PRODUCT_ID, Type::String, "Id of the installed version, as the catalogue gave it."),
        Attribute::computed(ID, Type::String, "ARM id.").stable(),
    ];
    Block::new(description, attributes).block("timeouts", Nesting::Single, timeouts::block())
}

/// The products whose connectors have a solution.
fn products(rows: &'static [Connector]) -> impl Iterator<Item = &'static str> {
    rows.iter().filter(|row| row.solution.is_some()).map(|row| row.product)
}

/// Checks the attributes of a configuration.
pub fn validate(rows: &'static [Connector], config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let (content_id, product) = (config.get(CONTENT_ID), config.get(PRODUCT));
    if content_id.is_null() && product.is_null() {
        diagnostics.push(messages::no_solution_named(CONTENT_ID));
    }
    diagnostics.0.extend(contradiction(rows, config));
    if let Some(id) = content_id.as_str().filter(|id| check_name(id).is_err()) {
        diagnostics.push(messages::bad_name(CONTENT_ID, id));
    }
    if let Some(found) = product.as_str().filter(|found| solution_of(rows, found).is_none()) {
        let known: Vec<_> = products(rows).collect();
        // Whoever leaves the company's name out means the product all the same.
        let is_it = |name: &&&str| name.strip_prefix("Microsoft ").is_some_and(|rest| rest.eq_ignore_ascii_case(found));
        let meant = known.iter().find(is_it).copied().or_else(|| nearest(found, known.iter().copied()));
        diagnostics.push(messages::product_without_solution(PRODUCT, found, meant, &known));
    }
    if config.get(VERSION).as_str().is_some_and(|version| version.trim().is_empty()) {
        diagnostics.push(messages::empty_text(VERSION, "version"));
    }
    diagnostics
}

/// What is told where the two names of a solution are of two: configuration that Terraform generates has both.
pub fn contradiction(rows: &'static [Connector], value: &Value) -> Option<Diagnostic> {
    let (content_id, product) = (value.get(CONTENT_ID).as_str()?, value.get(PRODUCT).as_str()?);
    let of_product = solution_of(rows, product).filter(|id| !id.eq_ignore_ascii_case(content_id))?;
    Some(messages::two_solutions_named(PRODUCT, content_id, product, of_product))
}

/// The content id of the solution of a product.
pub fn solution_of(rows: &'static [Connector], product: &str) -> Option<&'static str> {
    Connector::called(rows, product)?.solution.map(|solution| solution.content_id)
}
