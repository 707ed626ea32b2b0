//! What a row of the connector catalogue consists of. The rows themselves stand in `connectors`.

use super::{PREVIEW_API_VERSION, STABLE_API_VERSION};

/// One kind of data connector, and the resource that manages it.
#[derive(Clone, Copy, Debug)]
pub struct Connector {
    /// Terraform's resource type.
    pub resource: &'static str,
    /// Today's name of the product.
    pub product: &'static str,
    /// ARM's discriminator of the kind.
    pub kind: &'static str,
    /// What content of the workspace, such as rule templates, calls the connector by: not always its kind.
    pub content_ids: &'static [&'static str],
    /// The Content hub solution that brings what goes with the connector, if it has one.
    pub solution: Option<Solution>,
    /// The line of api-versions this kind is written and read alone with.
    pub line: Line,
    /// What the kind can be connected to once per workspace.
    pub scope: Scope,
    pub data_types: &'static [DataType],
    /// Where below `properties` the date lies from which on data is fetched, as a JSON pointer, if the kind has one.
    pub lookback: Option<&'static str>,
    /// Whether `filteredProviders.alerts` narrows whose alerts come through.
    pub filters_alert_providers: bool,
    /// Whether the service can be asked if the kind may be connected.
    pub has_check: bool,
    pub xdr: XdrPart,
    /// What becomes of it when its workspace moves to the Defender portal.
    pub portal: Portal,
    /// The licence or plan that the tenant or subscription needs, as a noun phrase.
    pub licence: &'static str,
    /// The names that the product went by, for who searches by them.
    pub formerly: &'static str,
    /// How the licence and the role are known: a label of the docs, and by what.
    pub needs_known: &'static str,
    /// What the caller must be besides Microsoft Sentinel Contributor on the workspace, as a noun phrase.
    pub role: &'static str,
    /// What is known, reported or not verified of the service's behaviour, a line each, for the docs.
    pub remarks: &'static str,
}

/// A solution of the Content hub.
#[derive(Clone, Copy, Debug)]
pub struct Solution {
    /// Publisher and offer, by which it is installed.
    pub content_id: &'static str,
    /// How it is known to be the connector's: a label of the docs, and by what.
    pub known: &'static str,
}

/// The two lines of api-versions of Microsoft.SecurityInsights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Stable,
    /// Lists every connector kind, and is the only home of some of them.
    Preview,
}

/// What a connector's natural key is made of besides its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Tenant,
    Subscription,
}

/// How a connector stands to Defender XDR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XdrPart {
    /// It is the Defender XDR connector.
    Itself,
    /// Defender XDR streams in its place.
    Component,
    /// Defender XDR brings its incidents, but not their alerts.
    AlertsOfIncidents,
    Apart,
}

/// What becomes of a connector when its workspace moves to the Defender portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portal {
    /// The portal manages it in the primary workspace, and disconnects it in the others.
    Manages,
    /// The portal disconnects it in every workspace.
    Disconnects,
    /// It stays in the primary workspace, and is to go in the others.
    LeavesPrimary,
    /// It stays.
    Leaves,
}

/// A stream of a connector that is on or off.
#[derive(Clone, Copy, Debug)]
pub struct DataType {
    /// The attribute's name.
    pub attribute: &'static str,
    /// The name under `properties.dataTypes`.
    pub arm: &'static str,
    /// Whether it is on when the configuration leaves it out.
    pub default: bool,
    pub description: &'static str,
}

impl Line {
    /// The version of the line that this provider is written for.
    pub fn default_version(self) -> &'static str {
        match self {
            Line::Stable => STABLE_API_VERSION,
            Line::Preview => PREVIEW_API_VERSION,
        }
    }
}

impl Portal {
    /// Whether the portal is known to change the connector in some workspace.
    pub fn takes_some(self) -> bool {
        self != Self::Leaves
    }

    /// What is known of it, for the docs.
    pub fn told(self) -> &'static str {
        match self {
            Self::Manages => {
                "**The move to the Defender portal.** **Known** (Microsoft's documentation): the portal sets this connector up in the \
                 primary workspace of the tenant, with its options managed by the portal, and disconnects it in all others; when another \
                 workspace becomes the primary one, the connector moves there. **Reported by users**: ARM refuses changes to it then. **Not \
                 verified**: how it reads in Resource Manager then. See `managed_by_portal`."
            }
            Self::Disconnects => {
                "**The move to the Defender portal.** **Known** (Microsoft's documentation): the portal disconnects this connector, since \
                 its data comes by Defender XDR then. **Not verified**: whether Resource Manager then shows it switched off or not at all. \
                 See `managed_by_portal`."
            }
            Self::LeavesPrimary => {
                "**The move to the Defender portal.** **Known** (Microsoft's documentation): this connector stays in the primary workspace; \
                 in the others it is to be removed before, since its alerts come by Defender XDR. See `managed_by_portal`."
            }
            Self::Leaves => {
                "**The move to the Defender portal.** Nothing is known to change for this connector; should the portal refuse a write of it \
                 all the same, see `managed_by_portal`."
            }
        }
    }
}

impl Scope {
    /// "tenant"
    pub fn noun(self) -> &'static str {
        match self {
            Scope::Tenant => "tenant",
            Scope::Subscription => "subscription",
        }
    }
}

impl Connector {
    /// The row of an ARM kind, in any casing.
    pub fn of_kind(rows: &'static [Connector], kind: &str) -> Option<&'static Connector> {
        rows.iter().find(|row| row.kind.eq_ignore_ascii_case(kind))
    }

    /// The row of an ARM kind, a resource type or a product's name of today, in any casing.
    pub fn called(rows: &'static [Connector], name: &str) -> Option<&'static Connector> {
        rows.iter()
            .find(|row| [row.kind, row.resource, row.product].iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// The rows whose solution goes by a content id, in any casing.
    pub fn of_solution<'a>(
        rows: &'static [Connector],
        content_id: &'a str,
    ) -> impl Iterator<Item = &'static Connector> + 'a {
        let is_it = move |solution: Solution| solution.content_id.eq_ignore_ascii_case(content_id);
        rows.iter().filter(move |row| row.solution.is_some_and(is_it))
    }

    /// The content ids that a product's name of today, a resource type or a content id stands for, in any casing.
    pub fn content_ids_of(rows: &'static [Connector], name: &str) -> Option<&'static [&'static str]> {
        let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
        rows.iter().find_map(|row| match row.content_ids.iter().position(is_it) {
            Some(at) => Some(&row.content_ids[at..=at]),
            None => [row.resource, row.product].iter().any(is_it).then_some(row.content_ids),
        })
    }
}
