//! By what an import finds an object: an id as a user gives it, and the identity, which is the same for every resource.
//! Ids are taken apart here alone; a resource says what stands behind the bar.

use uuid::Uuid;

use crate::arm::{Collection, ResourceId, TableId, WorkbookId, WorkspaceId};
use crate::provider::engine::attributes::{ID, TENANT_ID};
use crate::provider::messages;
use crate::terraform::{Diagnostic, Identity, IdentityAttribute, Value};

/// What tells the objects of every resource apart.
pub fn identity() -> Identity {
    let attribute = |name, optional, description| IdentityAttribute { name, optional, description };
    Identity {
        version: 0,
        attributes: vec![
            attribute(ID, false, "The resource's `id`, or any other id that an import takes."),
            attribute(
                TENANT_ID,
                true,
                "Tenant under whose credentials it is managed. Defaults to the tenant of the provider's token.",
            ),
        ],
    }
}

/// The import id of what an identity names.
pub fn id_of_identity(resource: &str, identity: &Value) -> Result<String, Diagnostic> {
    let id = identity.get(ID).as_str().unwrap_or_default();
    let Some(tenant) = identity.get(TENANT_ID).as_str() else { return Ok(id.to_owned()) };
    if Uuid::try_parse(tenant).is_err() {
        return Err(messages::not_a_guid(TENANT_ID, "tenant id", tenant));
    }
    match split_tenant(id) {
        (None, id) => Ok(format!("{tenant}|{id}")),
        (Some(named), _) if named.eq_ignore_ascii_case(tenant) => Ok(id.to_owned()),
        (Some(named), _) => Err(messages::two_tenants(resource, named, tenant)),
    }
}

/// What the import ids of a resource look like, besides the tenant that each may have before it.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a> {
    pub resource: &'a str,
    /// What its objects are in ARM, if they have ids there.
    pub arm: Option<Arm>,
    /// Whether the workspace's id is enough.
    pub workspace_alone: bool,
    /// What may stand behind the bar after the workspace, for example.
    pub word: &'a str,
    /// How it is imported, as a sentence without its end.
    pub how: &'a str,
}

/// What the objects of a resource are in ARM.
#[derive(Clone, Copy, Debug)]
pub enum Arm {
    In(Collection),
    Table,
    /// It does not name the workspace, so the resource reads it itself.
    Workbook,
}

/// An import id, taken apart.
#[derive(Clone, Debug)]
pub struct ImportId<'a> {
    pub tenant: Option<&'a str>,
    pub workspace: WorkspaceId,
    pub named: Named<'a>,
}

/// What an import id has besides a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    Nothing,
    /// The name at the end of an ARM id.
    Name(String),
    /// What stands behind the bar.
    Word(&'a str),
}

impl Form<'_> {
    /// Takes an import id apart.
    pub fn read<'i>(&self, id: &'i str) -> Result<ImportId<'i>, Diagnostic> {
        let (tenant, text) = split_tenant(id);
        let named = |workspace, named| Ok(ImportId { tenant, workspace, named });
        if let Some(Ok((workspace, name))) = self.arm.map(|arm| arm.read(text)) {
            return named(workspace, Named::Name(name));
        }
        let (front, word) = text.split_once('|').map_or((text, None), |(front, word)| (front, Some(word.trim())));
        let front = out_of_portal(front.trim());
        let workspace = WorkspaceId::parse(front).map_err(|error| error.reason);
        match (workspace, word) {
            (Err(_), _) if is_address(front) => {
                Err(self.refuse(id, "it is the address of a page, without an id that can be read out of it"))
            }
            (Ok(_), Some("")) => Err(self.refuse(id, "nothing stands behind the bar")),
            (Ok(workspace), Some(word)) => named(workspace, Named::Word(word)),
            (Ok(workspace), None) if self.workspace_alone => named(workspace, Named::Nothing),
            (Ok(_), None) => Err(self.refuse(id, "it is the id of a workspace")),
            (Err(error), Some(_)) => {
                Err(self.refuse(id, &format!("before the bar stands neither a tenant's GUID nor a workspace: {error}")))
            }
            (Err(error), None) => match self.arm.map(|arm| arm.read(front)) {
                // An address of the portal, with an id in it.
                Some(Ok((workspace, name))) => named(workspace, Named::Name(name)),
                Some(Err(reason)) => Err(self.refuse(id, &reason)),
                None => Err(self.refuse(id, &error)),
            },
        }
    }

    /// What is told of an id that cannot be one: what a right one looks like, made of what the user gave.
    pub fn refuse(&self, id: &str, reason: &str) -> Diagnostic {
        let (tenant, text) = split_tenant(id);
        let workspace = WorkspaceId::meant_by(text);
        let by_id = self.arm.map(|arm| arm.example(&workspace, self.word));
        let by_workspace = self.workspace_alone.then(|| workspace.to_string());
        let by_word = Some(format!("{workspace}|{}", self.word));
        let before = tenant.map(|tenant| format!("{tenant}|")).unwrap_or_default();
        let examples = [by_id, by_workspace, by_word].into_iter().flatten().map(|example| before.clone() + &example);
        messages::bad_import_id(self.resource, id, reason, self.how, &examples.collect::<Vec<_>>(), tenant.is_some())
    }
}

impl Arm {
    fn read(self, text: &str) -> Result<(WorkspaceId, String), String> {
        let read = match self {
            Self::Workbook => {
                let reason = WorkbookId::parse(text).err().map(|error| error.reason);
                return Err(reason.unwrap_or_else(|| "it is the id of a workbook".to_owned()));
            }
            Self::In(collection) => ResourceId::parse(text, collection).map(|id| (id.workspace, id.name)),
            Self::Table => TableId::parse(text).map(|id| (id.workspace, id.name)),
        };
        read.map_err(|error| error.reason)
    }

    /// `word` is the name of what has one in each workspace.
    fn example(self, workspace: &WorkspaceId, word: &str) -> String {
        match self {
            Self::In(collection @ (Collection::OnboardingStates | Collection::Settings)) => {
                Self::object(workspace, collection, word)
            }
            Self::In(collection) => Self::object(workspace, collection, "NAME"),
            Self::Table => TableId { workspace: workspace.clone(), name: "DeviceInfo".to_owned() }.to_string(),
            Self::Workbook => WorkbookId::beside(workspace, &Uuid::nil().to_string()).to_string(),
        }
    }

    fn object(workspace: &WorkspaceId, collection: Collection, name: &str) -> String {
        ResourceId { workspace: workspace.clone(), collection, name: name.to_owned() }.to_string()
    }
}

/// An import id and the tenant before its first bar, where one is given: the way to import from another tenant.
pub fn split_tenant(id: &str) -> (Option<&str>, &str) {
    match id.trim().split_once('|') {
        Some((tenant, id)) if Uuid::try_parse(tenant.trim()).is_ok() => (Some(tenant.trim()), id.trim()),
        _ => (None, id.trim()),
    }
}

/// The ARM id in an address of the portal, without the page that shows it; anything else as it is.
pub fn out_of_portal(text: &str) -> &str {
    let Some(at) = text.to_ascii_lowercase().find("/subscriptions/").filter(|_| is_address(text)) else { return text };
    let id = text[at..].split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    // An id is made of pairs, so what is over is the page.
    let is_whole = id.matches('/').count().is_multiple_of(2);
    if is_whole { id } else { id.rsplit_once('/').map_or(id, |(id, _)| id) }
}

/// Whether a text is what stands above a page in a browser.
fn is_address(text: &str) -> bool {
    text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::terraform::Object;

    const TENANT: &str = "11111111-1111-4111-8111-111111111111";

    #[test]
    fn a_tenant_stands_before_the_first_bar() {
        assert_eq!(split_tenant(" /a "), (None, "/a"));
        assert_eq!(split_tenant("/a|setting"), (None, "/a|setting"));
        assert_eq!(split_tenant(&format!("{TENANT}|/a|setting")), (Some(TENANT), "/a|setting"));
    }

    #[test]
    fn ids_are_taken_apart() {
        let arm = Form {
            resource: "x",
            arm: Some(Arm::In(Collection::AlertRules)),
            workspace_alone: false,
            word: "word",
            how: "Import it so",
        };
        let workspace = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/\
                         Microsoft.OperationalInsights/workspaces/law";
        let short = |text: &str| text.replace(workspace, "W").replace(TENANT, "TENANT");
        let mut seen = String::new();
        for (what, form) in [
            ("arm", arm),
            ("table", Form { arm: Some(Arm::Table), ..arm }),
            ("workspace", Form { arm: None, workspace_alone: true, ..arm }),
        ] {
            for id in [
                " W ",
                "W|a b, c",
                "TENANT | W | a|b ",
                "W|",
                "x|y",
                "W/providers/Microsoft.SecurityInsights/ALERTRULES/a|b",
                "W/providers/Microsoft.SecurityInsights/dataConnectors/a",
                "TENANT|W/tables/a",
                "https://portal.azure.com/#@contoso.com/resourceW/overview",
                "HTTPS://portal.azure.com/#@contoso.com/resourceW/logs?x=y|word",
                "https://portal.azure.com/#@contoso.com/resourceW/providers/Microsoft.SecurityInsights/alertRules/a",
                "https://portal.azure.com/#view/x",
            ] {
                let given = id.replace('W', workspace).replace("TENANT", TENANT);
                let line = match form.read(&given) {
                    Ok(ImportId { tenant, workspace, named }) => {
                        format!("{} {workspace} {named:?}", tenant.unwrap_or("-"))
                    }
                    Err(refused) => format!("refused, {}", refused.detail.split("\n\n").next().unwrap_or_default()),
                };
                seen += &format!("{what}: {id:?} => {}\n", short(&line));
            }
        }
        expect![[r#"
            arm: " W " => refused, Found " W ": it is the id of a workspace.
            arm: "W|a b, c" => - W Word("a b, c")
            arm: "TENANT | W | a|b " => TENANT W Word("a|b")
            arm: "W|" => refused, Found "W|": nothing stands behind the bar.
            arm: "x|y" => refused, Found "x|y": before the bar stands neither a tenant's GUID nor a workspace: it does not begin with '/'.
            arm: "W/providers/Microsoft.SecurityInsights/ALERTRULES/a|b" => - W Name("a|b")
            arm: "W/providers/Microsoft.SecurityInsights/dataConnectors/a" => refused, Found "W/providers/Microsoft.SecurityInsights/dataConnectors/a": it is the id of a data connector.
            arm: "TENANT|W/tables/a" => refused, Found "TENANT|W/tables/a": segment 9 is 'tables', expected 'providers'.
            arm: "https://portal.azure.com/#@contoso.com/resourceW/overview" => refused, Found "https://portal.azure.com/#@contoso.com/resourceW/overview": it is the id of a workspace.
            arm: "HTTPS://portal.azure.com/#@contoso.com/resourceW/logs?x=y|word" => - W Word("word")
            arm: "https://portal.azure.com/#@contoso.com/resourceW/providers/Microsoft.SecurityInsights/alertRules/a" => - W Name("a")
            arm: "https://portal.azure.com/#view/x" => refused, Found "https://portal.azure.com/#view/x": it is the address of a page, without an id that can be read out of it.
            table: " W " => refused, Found " W ": it is the id of a workspace.
            table: "W|a b, c" => - W Word("a b, c")
            table: "TENANT | W | a|b " => TENANT W Word("a|b")
            table: "W|" => refused, Found "W|": nothing stands behind the bar.
            table: "x|y" => refused, Found "x|y": before the bar stands neither a tenant's GUID nor a workspace: it does not begin with '/'.
            table: "W/providers/Microsoft.SecurityInsights/ALERTRULES/a|b" => refused, Found "W/providers/Microsoft.SecurityInsights/ALERTRULES/a|b": before the bar stands neither a tenant's GUID nor a workspace: it is the id of an alert rule.
            table: "W/providers/Microsoft.SecurityInsights/dataConnectors/a" => refused, Found "W/providers/Microsoft.SecurityInsights/dataConnectors/a": the segment before the last is 'dataConnectors', expected 'tables'.
            table: "TENANT|W/tables/a" => TENANT W Name("a")
            table: "https://portal.azure.com/#@contoso.com/resourceW/overview" => refused, Found "https://portal.azure.com/#@contoso.com/resourceW/overview": it is the id of a workspace.
            table: "HTTPS://portal.azure.com/#@contoso.com/resourceW/logs?x=y|word" => - W Word("word")
            table: "https://portal.azure.com/#@contoso.com/resourceW/providers/Microsoft.SecurityInsights/alertRules/a" => refused, Found "https://portal.azure.com/#@contoso.com/resourceW/providers/Microsoft.SecurityInsights/alertRules/a": the segment before the last is 'alertRules', expected 'tables'.
            table: "https://portal.azure.com/#view/x" => refused, Found "https://portal.azure.com/#view/x": it is the address of a page, without an id that can be read out of it.
            workspace: " W " => - W Nothing
            workspace: "W|a b, c" => - W Word("a b, c")
            workspace: "TENANT | W | a|b " => TENANT W Word("a|b")
            workspace: "W|" => refused, Found "W|": nothing stands behind the bar.
            workspace: "x|y" => refused, Found "x|y": before the bar stands neither a tenant's GUID nor a workspace: it does not begin with '/'.
            workspace: "W/providers/Microsoft.SecurityInsights/ALERTRULES/a|b" => refused, Found "W/providers/Microsoft.SecurityInsights/ALERTRULES/a|b": before the bar stands neither a tenant's GUID nor a workspace: it is the id of an alert rule.
            workspace: "W/providers/Microsoft.SecurityInsights/dataConnectors/a" => refused, Found "W/providers/Microsoft.SecurityInsights/dataConnectors/a": it is the id of a data connector.
            workspace: "TENANT|W/tables/a" => refused, Found "TENANT|W/tables/a": it goes on after the workspace's name with 'tables'.
            workspace: "https://portal.azure.com/#@contoso.com/resourceW/overview" => - W Nothing
            workspace: "HTTPS://portal.azure.com/#@contoso.com/resourceW/logs?x=y|word" => - W Word("word")
            workspace: "https://portal.azure.com/#@contoso.com/resourceW/providers/Microsoft.SecurityInsights/alertRules/a" => refused, Found "https://portal.azure.com/#@contoso.com/resourceW/providers/Microsoft.SecurityInsights/alertRules/a": it is the id of an alert rule.
            workspace: "https://portal.azure.com/#view/x" => refused, Found "https://portal.azure.com/#view/x": it is the address of a page, without an id that can be read out of it.
        "#]].assert_eq(&seen);
    }

    #[test]
    fn an_identity_is_an_import_id() {
        let id = |id: &str, tenant: Option<&str>| {
            let fields = [("id", Value::from(id)), ("tenant_id", Value::from(tenant))];
            let identity = fields.map(|(name, value)| (name.to_owned(), value));
            id_of_identity("x", &Value::Object(Object::from(identity))).map_err(|refused| refused.summary)
        };
        let prefixed = format!("{TENANT}|/a");
        assert_eq!(id("/a", None).as_deref(), Ok("/a"));
        assert_eq!(id("/a", Some(TENANT)).as_deref(), Ok(prefixed.as_str()));
        assert_eq!(id(&prefixed, Some(TENANT)).as_deref(), Ok(prefixed.as_str()));
        assert_eq!(id("/a", Some("x")), Err("Not a tenant id".to_owned()));
        assert_eq!(id(&prefixed, Some("22222222-2222-4222-8222-222222222222")), Err("Two tenants of one x".to_owned()));
    }
}
