//! Azure resource ids. They are read in any casing and printed with the canonical static segments, while names keep
//! the user's spelling; equality follows Azure in ignoring case.

use std::fmt;
use std::hash::{Hash, Hasher};

const WORKSPACE_FORM: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/\
                              Microsoft.OperationalInsights/workspaces/my-workspace";

/// What a workspace id consists of; `None` stands for a name.
const WORKSPACE_SEGMENTS: [Option<&str>; 8] = [
    Some("subscriptions"),
    None,
    Some("resourceGroups"),
    None,
    Some("providers"),
    Some("Microsoft.OperationalInsights"),
    Some("workspaces"),
    None,
];

/// The id of a Log Analytics workspace.
#[derive(Clone, Debug)]
pub struct WorkspaceId {
    pub subscription_id: String,
    pub resource_group: String,
    pub workspace: String,
}

impl WorkspaceId {
    /// Reads a workspace's id and nothing longer.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let refuse = |reason| IdError { found: text.to_owned(), expected: WORKSPACE_FORM.to_owned(), reason };
        let (workspace, rest) = Self::split(text).map_err(refuse)?;
        if let [_, _, segment, _] = rest.as_slice()
            && let Some(collection) = Collection::of(segment)
        {
            return Err(refuse(format!("it is the id of {}", collection.noun())));
        }
        match rest.first() {
            Some(next) => Err(refuse(goes_on("the workspace's name", next))),
            None => Ok(workspace),
        }
    }

    /// The workspace that a text which is no id may mean: what can be read out of it, and placeholders for the rest.
    pub fn meant_by(text: &str) -> Self {
        let text = text.replace("%2F", "/").replace("%2f", "/");
        let segments: Vec<&str> = text.split(['/', '|', '?', '#']).collect();
        let after = |words: &[&str], is_it: &dyn Fn(&str) -> bool| {
            let mut pairs = segments.iter().zip(segments.iter().skip(1));
            let found = pairs.find(|(word, _)| words.iter().any(|known| known.eq_ignore_ascii_case(word)));
            found.map(|(_, name)| (*name).to_owned()).filter(|name| is_it(name))
        };
        let is_name = |name: &str| check_name(name).is_ok();
        let placeholder = |name: &str| format!("my-{name}");
        Self {
            subscription_id: after(&["subscriptions"], &is_guid).unwrap_or_else(|| uuid::Uuid::nil().to_string()),
            resource_group: after(&["resourceGroups"], &is_name).unwrap_or_else(|| placeholder("group")),
            // The portal's pages of Sentinel call the workspace so.
            workspace: after(&["workspaces", "sentinel"], &is_name).unwrap_or_else(|| placeholder("workspace")),
        }
    }

    /// The id in lower case: equal for ids that Azure takes for the same.
    pub fn key(&self) -> String {
        self.to_string().to_lowercase()
    }

    /// The ARM id of its resource group.
    pub fn group(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription_id, self.resource_group)
    }

    /// Reads the workspace at the front and gives back the segments behind it.
    fn split(text: &str) -> Result<(Self, Vec<&str>), String> {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        let Some(path) = text.strip_prefix('/') else {
            return Err("it does not begin with '/'".to_owned());
        };
        let segments: Vec<&str> = path.split('/').collect();
        check(&segments, &WORKSPACE_SEGMENTS, 1)?;
        let [_, subscription, _, group, _, _, _, name, rest @ ..] = segments.as_slice() else {
            return Err(format!("it ends after segment {}", segments.len()));
        };
        if !is_guid(subscription) {
            return Err(format!("the subscription id '{subscription}' is not a GUID"));
        }
        check_name(group).map_err(|why| format!("the resource group's name {why}"))?;
        check_name(name).map_err(|why| format!("the workspace's name {why}"))?;
        let workspace = Self {
            subscription_id: (*subscription).to_owned(),
            resource_group: (*group).to_owned(),
            workspace: (*name).to_owned(),
        };
        Ok((workspace, rest.to_vec()))
    }
}

impl fmt::Display for WorkspaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subscription_id, resource_group, workspace } = self;
        write!(
            f,
            "/subscriptions/{subscription_id}/resourceGroups/{resource_group}/providers/Microsoft.OperationalInsights/\
             workspaces/{workspace}"
        )
    }
}

impl PartialEq for WorkspaceId {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for WorkspaceId {}

impl Hash for WorkspaceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// What Sentinel keeps under a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Collection {
    DataConnectors,
    AlertRules,
    AlertRuleTemplates,
    ContentTemplates,
    ContentPackages,
    ContentProductPackages,
    OnboardingStates,
    Settings,
}

impl Collection {
    const ALL: [Self; 8] = [
        Self::DataConnectors,
        Self::AlertRules,
        Self::AlertRuleTemplates,
        Self::ContentTemplates,
        Self::ContentPackages,
        Self::ContentProductPackages,
        Self::OnboardingStates,
        Self::Settings,
    ];

    /// The collection's segment in a path.
    pub fn segment(self) -> &'static str {
        match self {
            Self::DataConnectors => "dataConnectors",
            Self::AlertRules => "alertRules",
            Self::AlertRuleTemplates => "alertRuleTemplates",
            Self::ContentTemplates => "contentTemplates",
            Self::ContentPackages => "contentPackages",
            Self::ContentProductPackages => "contentProductPackages",
            Self::OnboardingStates => "onboardingStates",
            Self::Settings => "settings",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::DataConnectors => "a data connector",
            Self::AlertRules => "an alert rule",
            Self::AlertRuleTemplates => "an alert rule template",
            Self::ContentTemplates => "a content template",
            Self::ContentPackages => "an installed content package",
            Self::ContentProductPackages => "a content package of the catalogue",
            Self::OnboardingStates => "an onboarding state",
            Self::Settings => "a setting",
        }
    }

    fn of(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|collection| collection.segment().eq_ignore_ascii_case(segment))
    }
}

/// The id of one thing that Sentinel keeps under a workspace.
#[derive(Clone, Debug)]
pub struct ResourceId {
    pub workspace: WorkspaceId,
    pub collection: Collection,
    pub name: String,
}

impl ResourceId {
    /// Reads an id of the expected collection.
    pub fn parse(text: &str, expected: Collection) -> Result<Self, IdError> {
        Self::read(text, expected).map_err(|reason| IdError {
            found: text.to_owned(),
            expected: format!("{WORKSPACE_FORM}/providers/Microsoft.SecurityInsights/{}/my-name", expected.segment()),
            reason,
        })
    }

    /// The id in lower case: equal for ids that Azure takes for the same.
    pub fn key(&self) -> String {
        self.to_string().to_lowercase()
    }

    fn read(text: &str, expected: Collection) -> Result<Self, String> {
        let (workspace, rest) = WorkspaceId::split(text)?;
        if rest.is_empty() {
            return Err("it is the id of a workspace".to_owned());
        }
        if let [_, _, segment, _] = rest.as_slice()
            && let Some(found) = Collection::of(segment)
            && found != expected
        {
            return Err(format!("it is the id of {}", found.noun()));
        }
        let form = [Some("providers"), Some("Microsoft.SecurityInsights"), Some(expected.segment()), None];
        check(&rest, &form, WORKSPACE_SEGMENTS.len() + 1)?;
        let [_, _, _, name] = rest.as_slice() else {
            return Err(match rest.get(form.len()) {
                Some(next) => goes_on("the name", next),
                None => format!("it ends after segment {}", WORKSPACE_SEGMENTS.len() + rest.len()),
            });
        };
        check_name(name).map_err(|why| format!("the name {why}"))?;
        Ok(Self { workspace, collection: expected, name: (*name).to_owned() })
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workspace, collection, name } = self;
        write!(f, "{workspace}/providers/Microsoft.SecurityInsights/{}/{name}", collection.segment())
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// Why a text is not the id that was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{found}' is not an id like '{expected}': {reason}")]
pub struct IdError {
    pub found: String,
    /// An id of the form that was expected.
    pub expected: String,
    /// What is wrong, as half a sentence.
    pub reason: String,
}

/// Compares the static segments as far as both go; `first` is the number of the first one as a user counts.
fn check(segments: &[&str], form: &[Option<&str>], first: usize) -> Result<(), String> {
    for (number, (found, expected)) in (first..).zip(segments.iter().zip(form)) {
        if let Some(expected) = expected
            && !expected.eq_ignore_ascii_case(found)
        {
            return Err(format!("segment {number} is '{found}', expected '{expected}'"));
        }
    }
    Ok(())
}

/// Whether a text is a GUID as ARM writes it: Uuid reads forms without hyphens and in braces too.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn goes_on(after: &str, next: &str) -> String {
    if next.is_empty() { "it ends with '/'".to_owned() } else { format!("it goes on after {after} with '{next}'") }
}

/// Refuses what would change the meaning of the path that a name is put into, or what no Azure name can be.
pub fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("is empty".to_owned());
    }
    if name == "." || name == ".." || name.trim() != name {
        return Err(format!("'{name}' is not a name"));
    }
    if let Some(wrong) = name.chars().find(|c| c.is_control() || r"/\?#%".contains(*c)) {
        return Err(format!("holds the character {wrong:?}"));
    }
    if name.chars().count() > 260 {
        return Err("is longer than 260 characters".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use expect_test::expect;

    use super::*;

    const GUID: &str = "11111111-1111-4111-8111-111111111111";

    fn table(inputs: &[&str], read: impl Fn(&str) -> Result<String, IdError>) -> String {
        inputs
            .iter()
            .map(|input| {
                let text = input.replace("GUID", GUID);
                match read(&text) {
                    Ok(id) => format!("{} => ok {}\n", input, id.replace(GUID, "GUID")),
                    Err(error) => format!("{} => {}\n", input, error.reason.replace(GUID, "GUID")),
                }
            })
            .collect()
    }

    #[test]
    fn workspace_ids() {
        let inputs = [
            "/subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law",
            "/SUBSCRIPTIONS/GUID/resourcegroups/Rg/Providers/microsoft.operationalinsights/WORKSPACES/Law",
            "",
            "law",
            "/subscriptions/GUID",
            "/subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces",
            "/subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/",
            "/subscriptions/GUID/resourceGroups//providers/Microsoft.OperationalInsights/workspaces/law",
            "/subscriptions/GUID/x/rg/providers/Microsoft.OperationalInsights/workspaces/law",
            "/subscriptions/mine/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law",
            "/subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/",
            "/subscriptions/GUID/resourceGroups/../providers/Microsoft.OperationalInsights/workspaces/law",
            "/subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/a?b",
            "/subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/alertRules/x",
        ];
        expect![[r#"
            /subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law => ok /subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law
            /SUBSCRIPTIONS/GUID/resourcegroups/Rg/Providers/microsoft.operationalinsights/WORKSPACES/Law => ok /subscriptions/GUID/resourceGroups/Rg/providers/Microsoft.OperationalInsights/workspaces/Law
             => it is empty
            law => it does not begin with '/'
            /subscriptions/GUID => it ends after segment 2
            /subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces => it ends after segment 7
            /subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/ => the workspace's name is empty
            /subscriptions/GUID/resourceGroups//providers/Microsoft.OperationalInsights/workspaces/law => the resource group's name is empty
            /subscriptions/GUID/x/rg/providers/Microsoft.OperationalInsights/workspaces/law => segment 3 is 'x', expected 'resourceGroups'
            /subscriptions/mine/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law => the subscription id 'mine' is not a GUID
            /subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/ => it ends with '/'
            /subscriptions/GUID/resourceGroups/../providers/Microsoft.OperationalInsights/workspaces/law => the resource group's name '..' is not a name
            /subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/a?b => the workspace's name holds the character '?'
            /subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/providers/Microsoft.SecurityInsights/alertRules/x => it is the id of an alert rule
        "#]]
        .assert_eq(&table(&inputs, |text| WorkspaceId::parse(text).map(|id| id.to_string())));
    }

    #[test]
    fn what_a_text_may_mean_is_read_out_of_it() {
        let inputs = [
            "",
            "law",
            "/subscriptions/mine/resourceGroups/rg",
            "subscriptions/GUID/RESOURCEGROUPS/rg/providers/x/workspaces/a?b",
            "https://portal.azure.com/#@contoso.com/resource/subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/logs",
            "https://portal.azure.com/#view/x/id/%2Fsubscriptions%2FGUID%2FresourceGroups%2Frg%2Fproviders%2Fmicrosoft.securityinsightsarg%2Fsentinel%2Flaw",
        ];
        let short = |text: &str| {
            let WorkspaceId { subscription_id, resource_group, workspace } = WorkspaceId::meant_by(text);
            format!("{subscription_id} {resource_group} {workspace}")
        };
        expect![[r#"
             => ok 00000000-0000-0000-0000-000000000000 my-group my-workspace
            law => ok 00000000-0000-0000-0000-000000000000 my-group my-workspace
            /subscriptions/mine/resourceGroups/rg => ok 00000000-0000-0000-0000-000000000000 rg my-workspace
            subscriptions/GUID/RESOURCEGROUPS/rg/providers/x/workspaces/a?b => ok GUID rg a
            https://portal.azure.com/#@contoso.com/resource/subscriptions/GUID/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law/logs => ok GUID rg law
            https://portal.azure.com/#view/x/id/%2Fsubscriptions%2FGUID%2FresourceGroups%2Frg%2Fproviders%2Fmicrosoft.securityinsightsarg%2Fsentinel%2Flaw => ok GUID rg law
        "#]]
        .assert_eq(&table(&inputs, |text| Ok(short(text))));
    }

    #[test]
    fn resource_ids() {
        let inputs = [
            "W/providers/Microsoft.SecurityInsights/dataConnectors/My Connector",
            "W/PROVIDERS/microsoft.securityinsights/DATACONNECTORS/x",
            "W",
            "W/providers/Microsoft.SecurityInsights/alertRules/x",
            "W/providers/Microsoft.SecurityInsights/bookmarks/x",
            "W/providers/Microsoft.SecurityInsights/dataConnectors",
            "W/providers/Microsoft.SecurityInsights/dataConnectors/",
            "W/providers/Microsoft.SecurityInsights/dataConnectors/x/y",
            "W/providers/Microsoft.Insights/dataConnectors/x",
        ];
        let workspace =
            format!("/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law");
        expect![[r#"
            W/providers/Microsoft.SecurityInsights/dataConnectors/My Connector => ok W/providers/Microsoft.SecurityInsights/dataConnectors/My Connector
            W/PROVIDERS/microsoft.securityinsights/DATACONNECTORS/x => ok W/providers/Microsoft.SecurityInsights/dataConnectors/x
            W => it is the id of a workspace
            W/providers/Microsoft.SecurityInsights/alertRules/x => it is the id of an alert rule
            W/providers/Microsoft.SecurityInsights/bookmarks/x => segment 11 is 'bookmarks', expected 'dataConnectors'
            W/providers/Microsoft.SecurityInsights/dataConnectors => it ends after segment 11
            W/providers/Microsoft.SecurityInsights/dataConnectors/ => the name is empty
            W/providers/Microsoft.SecurityInsights/dataConnectors/x/y => it goes on after the name with 'y'
            W/providers/Microsoft.Insights/dataConnectors/x => segment 10 is 'Microsoft.Insights', expected 'Microsoft.SecurityInsights'
        "#]]
        .assert_eq(&table(&inputs, |text| {
            ResourceId::parse(&text.replace('W', &workspace), Collection::DataConnectors)
                .map(|id| id.to_string().replace(&workspace, "W"))
        }));
    }

    #[test]
    fn case_does_not_make_ids_differ() {
        let id = |text: &str| {
            WorkspaceId::parse(&format!(
                "/subscriptions/{GUID}/resourceGroups/{text}/providers/Microsoft.OperationalInsights/workspaces/law"
            ))
            .unwrap()
        };
        assert_eq!(id("RG"), id("rg"));
        assert_eq!(id("RG").key(), id("rg").key());
        assert_ne!(id("RG"), id("rg2"));
        assert_eq!(id("RG").resource_group, "RG");
    }
    proptest::proptest! {
        #[test]
        fn whatever_is_read_is_printed_and_read_again(group in "\\PC{1,20}", name in "[^/]{1,20}", text in "\\PC*") {
            let text = format!("{text}/{name}");
            let _ = (WorkspaceId::parse(&text), ResourceId::parse(&text, Collection::AlertRules));
            let id = format!(
                "/subscriptions/{GUID}/resourcegroups/{group}/providers/Microsoft.OperationalInsights/workspaces/w/\
                 providers/Microsoft.SecurityInsights/alertRules/{name}"
            );
            if let Ok(id) = ResourceId::parse(&id, Collection::AlertRules) {
                proptest::prop_assert_eq!(&id.name, &name);
                proptest::prop_assert_eq!(&ResourceId::parse(&id.to_string(), Collection::AlertRules).unwrap(), &id);
                let path = super::super::Request::get(&id, "v").path;
                let url = url::Url::parse(&format!("https://host{path}")).unwrap();
                proptest::prop_assert_eq!(url.path(), path, "the path means what it says");
            }
        }
    }
}
