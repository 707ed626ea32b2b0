//! The settings of a workspace with Sentinel. Each has its kind for a name, so that a workspace has one of each.

/// A kind of setting that has a resource.
#[derive(Debug)]
pub struct Setting {
    /// Full resource type.
    pub resource: &'static str,
    /// ARM's discriminator, which is the setting's name besides.
    pub kind: &'static str,
    /// What a message calls it: "the setting Ueba".
    pub what: &'static str,
    /// What of it is chosen; a setting without a choice is on by being there.
    pub choice: Option<Choice>,
    /// The kind of the setting that has to be on first.
    pub needs: Option<&'static str>,
    /// What it is, in Markdown.
    pub about: &'static str,
    /// What is known, reported or not verified of it, in Markdown.
    pub remarks: &'static str,
}

/// A list in a setting's properties that others write into too.
#[derive(Debug)]
pub struct Choice {
    pub attribute: &'static str,
    /// The attribute that shows what in it is left to others.
    pub preserved: &'static str,
    /// The field of ARM's `properties`.
    pub field: &'static str,
    /// "data source"
    pub noun: &'static str,
    /// What Microsoft's API description names; the service may know more.
    pub known: &'static [&'static str],
    /// What can stand in it, in Markdown.
    pub description: &'static str,
}

/// Every kind of setting that has a resource.
pub const SETTINGS: &[Setting] = &[
    Setting {
        resource: "defender_anomalies",
        kind: "Anomalies",
        what: "the setting Anomalies",
        choice: None,
        needs: None,
        about: "Switches the detection of anomalies on in a Sentinel workspace (ARM `settings/Anomalies`). The rules that look for them, \
            which can each be changed and switched off, are something else and are not touched.",
        remarks: "**Not verified**: that this is what the portal calls Anomalies; that the roles of UEBA do for it; an answer with `isEnabled = false`, which is taken for off.",
    },
    Setting {
        resource: "defender_entity_analytics",
        kind: "EntityAnalytics",
        what: "the setting EntityAnalytics",
        choice: Some(Choice {
            attribute: "providers",
            preserved: "preserved_providers",
            field: "entityProviders",
            noun: "directory",
            known: &["ActiveDirectory", "AzureActiveDirectory"],
            description: "Where users and other entities are taken over from: `ActiveDirectory`, which needs Defender for Identity in the \
                tenant, and `AzureActiveDirectory`, which is Microsoft Entra ID.",
        }),
        needs: None,
        about: "Takes users and other entities of a directory over into a Sentinel workspace (ARM `settings/EntityAnalytics`), on which entity \
            pages and user and entity behavior analytics build. `defender_ueba` needs it.",
        remarks: "**Known** (Microsoft's documentation): Active Directory is taken over through Defender for Identity, which has to be in use \
            in the tenant.\n\n\
            **Not verified**: what the service answers when this is switched off while `defender_ueba` is on.",
    },
    Setting {
        resource: "defender_eyes_on",
        kind: "EyesOn",
        what: "the setting EyesOn",
        choice: None,
        needs: None,
        about: "Opts a Sentinel workspace in to Microsoft's engineers looking at its data to better detections (ARM `settings/EyesOn`).",
        remarks: "**Not verified**: what Microsoft does with it beyond that; that the roles of UEBA do for it; an answer with `isEnabled = false`, which is taken for off.",
    },
    Setting {
        resource: "defender_ueba",
        kind: "Ueba",
        what: "the setting Ueba",
        choice: Some(Choice {
            attribute: "data_sources",
            preserved: "preserved_data_sources",
            field: "dataSources",
            noun: "data source",
            known: &["AuditLogs", "AzureActivity", "SecurityEvent", "SigninLogs"],
            description: "What behavior is learned from: `AuditLogs`, `AzureActivity`, `SecurityEvent`, `SigninLogs`.",
        }),
        needs: Some("EntityAnalytics"),
        about: "Switches user and entity behavior analytics (UEBA) on in a Sentinel workspace, and chooses what it learns from (ARM \
            `settings/Ueba`). It needs `defender_entity_analytics`: where both are in one configuration, let this one wait for it with \
            `depends_on`, so that a destroy goes the other way round. Without it each waits for the other for a time.",
        remarks: "**Known** (Microsoft's documentation): the Defender portal offers more sources than Microsoft's API description names, such \
            as sign-ins of managed identities and service principals, AWS CloudTrail, Okta, GCP and device logons.\n\n\
            **Reported by users**: EntityAnalytics comes first.\n\n\
            **Not verified**: by which names the service shows the sources that the description lacks, and whether it takes them; what it \
            answers while EntityAnalytics is off.",
    },
];

impl Setting {
    /// The row of a kind, in any casing.
    pub fn of_kind(kind: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|row| row.kind.eq_ignore_ascii_case(kind))
    }

    /// The row of the setting that has to be on first.
    pub fn needed(&self) -> Option<&'static Self> {
        self.needs.and_then(Self::of_kind)
    }

    /// The row of a setting that needs this one.
    pub fn needed_by(&self) -> Option<&'static Self> {
        SETTINGS.iter().find(|row| row.needs == Some(self.kind))
    }
}

impl Choice {
    /// Whether Microsoft's description names it, in any casing.
    pub fn knows(&self, entry: &str) -> bool {
        self.known.iter().any(|known| known.eq_ignore_ascii_case(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_has_a_row_and_knows_who_needs_it() {
        let needs: Vec<_> = SETTINGS.iter().filter(|row| row.needs.is_some()).collect();
        assert!(!needs.is_empty());
        for row in needs {
            let needed = row.needed().map(|needed| needed.needed_by().map(|row| row.kind));
            assert_eq!(needed, Some(Some(row.kind)));
        }
    }
}
