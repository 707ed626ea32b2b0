//! The id of a table of a workspace.

use std::fmt;

use super::id::{IdError, WorkspaceId, check_name};

/// A table of a Log Analytics workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableId {
    pub workspace: WorkspaceId,
    pub name: String,
}

impl TableId {
    /// Reads an id in any casing.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let refuse = |reason: String| IdError {
            found: text.to_owned(),
            expected: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-group/providers/\
                       Microsoft.OperationalInsights/workspaces/my-workspace/tables/DeviceInfo"
                .to_owned(),
            reason,
        };
        let mut segments = text.rsplitn(3, '/');
        let (Some(name), Some(tables), Some(workspace)) = (segments.next(), segments.next(), segments.next()) else {
            return Err(refuse("it is not an ARM id".to_owned()));
        };
        if !tables.eq_ignore_ascii_case("tables") {
            return Err(refuse(match WorkspaceId::parse(text) {
                Ok(_) => "it is the id of a workspace".to_owned(),
                Err(_) => format!("the segment before the last is '{tables}', expected 'tables'"),
            }));
        }
        let workspace = WorkspaceId::parse(workspace).map_err(|error| refuse(error.reason))?;
        check_name(name).map_err(|why| refuse(format!("the table's name {why}")))?;
        Ok(Self { workspace, name: name.to_owned() })
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/tables/{}", self.workspace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn table_ids() {
        let workspace = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/\
                         Microsoft.OperationalInsights/workspaces/law";
        let seen: String = ["W/tables/DeviceInfo", "W/TABLES/x", "W", "W/tables/", "W/tables/a?b", "W/rows/x", "x"]
            .iter()
            .map(|input| match TableId::parse(&input.replace('W', workspace)) {
                Ok(id) => format!("{input} => {}\n", id.to_string().replace(workspace, "W")),
                Err(error) => format!("{input} => {}\n", error.reason),
            })
            .collect();
        expect![[r#"
            W/tables/DeviceInfo => W/tables/DeviceInfo
            W/TABLES/x => W/tables/x
            W => it is the id of a workspace
            W/tables/ => the table's name is empty
            W/tables/a?b => the table's name holds the character '?'
            W/rows/x => the segment before the last is 'rows', expected 'tables'
            x => it is not an ARM id
        "#]]
        .assert_eq(&seen);
    }
}
