//! The id of a workbook, which lies in a resource group and not in the workspace that it is about.

use std::fmt;

use super::id::{IdError, WorkspaceId, check_name, is_guid};

const FORM: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/\
                    Microsoft.Insights/workbooks/00000000-0000-0000-0000-000000000000";

/// A workbook of a resource group.
#[derive(Clone, Debug)]
pub struct WorkbookId {
    pub subscription_id: String,
    pub resource_group: String,
    /// A GUID.
    pub name: String,
}

impl WorkbookId {
    /// A workbook of this name beside a workspace.
    pub fn beside(workspace: &WorkspaceId, name: &str) -> Self {
        let WorkspaceId { subscription_id, resource_group, .. } = workspace.clone();
        Self { subscription_id, resource_group, name: name.to_owned() }
    }

    /// Reads an id in any casing.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let refuse = |reason| IdError { found: text.to_owned(), expected: FORM.to_owned(), reason };
        let Some(path) = text.strip_prefix('/') else { return Err(refuse("it does not begin with '/'".to_owned())) };
        let segments: Vec<&str> = path.split('/').collect();
        let [_, subscription, _, group, _, _, _, name] = segments[..] else {
            return Err(refuse(format!("it has {} segments, expected 8", segments.len())));
        };
        let words = FORM.trim_start_matches('/').split('/').enumerate().filter(|(at, _)| ![1, 3, 7].contains(at));
        for (at, expected) in words {
            if !expected.eq_ignore_ascii_case(segments[at]) {
                return Err(refuse(format!("segment {} is '{}', expected '{expected}'", at + 1, segments[at])));
            }
        }
        if !is_guid(subscription) {
            return Err(refuse(format!("the subscription id '{subscription}' is not a GUID")));
        }
        check_name(group).map_err(|why| refuse(format!("the resource group's name {why}")))?;
        if !is_guid(name) {
            return Err(refuse(format!("the workbook's name '{name}' is not a GUID")));
        }
        let [subscription_id, resource_group, name] = [subscription, group, name].map(str::to_owned);
        Ok(Self { subscription_id, resource_group, name })
    }

    /// Whether a text can be the name of a workbook.
    pub fn is_name(text: &str) -> bool {
        is_guid(text)
    }

    /// The id of the resource group.
    pub fn group(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription_id, self.resource_group)
    }
}

impl fmt::Display for WorkbookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/providers/Microsoft.Insights/workbooks/{}", self.group(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn workbook_ids() {
        let group = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg";
        let name = "5a1f1c2e-0000-4000-8000-000000000001";
        let seen: String = [
            "GROUP/providers/Microsoft.Insights/workbooks/NAME",
            "GROUP/PROVIDERS/microsoft.insights/Workbooks/NAME",
            "GROUP/providers/Microsoft.Insights/workbooks/x",
            "GROUP/providers/Microsoft.Insights/workbooks/",
            "GROUP/providers/Microsoft.Insights/workbooks/NAME/revisions",
            "GROUP/providers/Microsoft.OperationalInsights/workspaces/NAME",
            "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Insights/workbooks/NAME",
            "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/../providers/Microsoft.Insights/workbooks/NAME",
            "GROUP",
            "x",
        ]
        .iter()
        .map(|input| match WorkbookId::parse(&input.replace("GROUP", group).replace("NAME", name)) {
            Ok(id) => format!("{input} => {}\n", id.to_string().replace(group, "GROUP").replace(name, "NAME")),
            Err(error) => format!("{input} => {}\n", error.reason.replace(name, "NAME")),
        })
        .collect();
        expect![[r#"
            GROUP/providers/Microsoft.Insights/workbooks/NAME => GROUP/providers/Microsoft.Insights/workbooks/NAME
            GROUP/PROVIDERS/microsoft.insights/Workbooks/NAME => GROUP/providers/Microsoft.Insights/workbooks/NAME
            GROUP/providers/Microsoft.Insights/workbooks/x => the workbook's name 'x' is not a GUID
            GROUP/providers/Microsoft.Insights/workbooks/ => the workbook's name '' is not a GUID
            GROUP/providers/Microsoft.Insights/workbooks/NAME/revisions => it has 9 segments, expected 8
            GROUP/providers/Microsoft.OperationalInsights/workspaces/NAME => segment 6 is 'Microsoft.OperationalInsights', expected 'Microsoft.Insights'
            /subscriptions/x/resourceGroups/rg/providers/Microsoft.Insights/workbooks/NAME => the subscription id 'x' is not a GUID
            /subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/../providers/Microsoft.Insights/workbooks/NAME => the resource group's name '..' is not a name
            GROUP => it has 4 segments, expected 8
            x => it does not begin with '/'
        "#]].assert_eq(&seen);
    }
}
