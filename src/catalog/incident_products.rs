//! The products whose alerts an incident-creation rule can turn into incidents.

use super::nearest::nearest;

/// ARM's kind of the alert rules that turn a product's alerts into incidents.
pub const INCIDENT_RULE_KIND: &str = "MicrosoftSecurityIncidentCreation";

/// What the names of today begin with.
const MAKER: &str = "Microsoft ";

/// One product, and what Sentinel's alert rules call it.
#[derive(Clone, Copy, Debug)]
pub struct IncidentProduct {
    /// Today's name of the product.
    pub name: &'static str,
    /// ARM's value of `productFilter`.
    pub product_filter: &'static str,
    /// The name that `ProviderName` of its alerts has, where Sentinel's own pages go by that.
    pub alert_provider: Option<&'static str>,
    /// The GUID of the rule template that Sentinel ships for it.
    pub template: &'static str,
    /// Whether Defender XDR makes incidents of its alerts, so that a rule would make each a second time.
    pub in_xdr: bool,
}

/// The products Sentinel has a rule template for.
pub const INCIDENT_PRODUCTS: &[IncidentProduct] = &[
    IncidentProduct {
        name: "Microsoft Defender for Identity",
        product_filter: "Azure Advanced Threat Protection",
        alert_provider: None,
        template: "40ba9493-4183-4eee-974f-87fe39c8f267",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for Endpoint",
        product_filter: "Microsoft Defender Advanced Threat Protection",
        alert_provider: None,
        template: "327cd4ed-ca42-454b-887c-54e1c91363c6",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for Office 365",
        product_filter: "Office 365 Advanced Threat Protection",
        alert_provider: Some("OATP"),
        template: "ee1d718b-9ed9-4a71-90cd-a483a4f008df",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for Cloud Apps",
        product_filter: "Microsoft Cloud App Security",
        alert_provider: None,
        template: "b3cfc7c0-092c-481c-a55b-34a3979758cb",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for Cloud",
        product_filter: "Azure Security Center",
        alert_provider: None,
        template: "90586451-7ba8-4c1e-9904-7d1b7c3cc4d6",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Entra ID Protection",
        product_filter: "Azure Active Directory Identity Protection",
        alert_provider: None,
        template: "532c1811-79ee-4d9f-8d4d-6304c840daa1",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for IoT",
        product_filter: "Azure Security Center for IoT",
        alert_provider: None,
        template: "a2e0eb51-1f11-461a-999b-cd0ebe5c7a72",
        in_xdr: false,
    },
];

impl IncidentProduct {
    /// ARM's name of a product, which a product we do not know is by itself.
    pub fn filter_of(name: &str) -> &str {
        Self::find(name).map_or(name, |row| row.product_filter)
    }

    /// What a product goes by, however it is written: by its name of today or ARM's, in any casing.
    pub fn key(name: &str) -> String {
        Self::filter_of(name).to_ascii_lowercase()
    }

    /// Whether two names, of today or ARM's, are one product.
    pub fn is_same(left: &str, right: &str) -> bool {
        Self::filter_of(left).eq_ignore_ascii_case(Self::filter_of(right))
    }

    /// The row of a product by its name of today or by ARM's, in any casing.
    pub fn find(name: &str) -> Option<&'static IncidentProduct> {
        INCIDENT_PRODUCTS
            .iter()
            .find(|row| row.name.eq_ignore_ascii_case(name) || row.product_filter.eq_ignore_ascii_case(name))
    }

    /// The product that somebody may have meant by a name that is none, by its name of today: but for a slip, or without
    /// the maker's name.
    pub fn meant_by(name: &str) -> Option<&'static str> {
        let short = |row: &IncidentProduct| row.name.strip_prefix(MAKER).unwrap_or(row.name);
        let name = name.trim();
        let found = match name.get(..MAKER.len()) {
            Some(start) if start.eq_ignore_ascii_case(MAKER) => &name[MAKER.len()..],
            _ => name,
        };
        let known = INCIDENT_PRODUCTS.iter().flat_map(|row| [short(row), row.product_filter]);
        let hit = nearest(found, known)?;
        INCIDENT_PRODUCTS.iter().find(|row| short(row) == hit || row.product_filter == hit).map(|row| row.name)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_product_that_was_meant_is_told_from_one_that_is_not_known() {
        let names = [
            "Microsoft Defender for Identiy",
            "microsoft defender for endpoints",
            "Defender for Office 365",
            " Microsoft Defender for Cloud",
            "Microsoft Defender for Cloud App",
            "Azure Advanced Thread Protection",
            "Entra ID Protection",
            "Defender",
            "Microsoft Defender XDR",
            "Microsoft ",
            "",
        ];
        let seen: Vec<_> = names
            .iter()
            .map(|name| format!("{name:?} -> {}", IncidentProduct::meant_by(name).unwrap_or("-")))
            .collect();
        expect![[r#"
            "Microsoft Defender for Identiy" -> Microsoft Defender for Identity
            "microsoft defender for endpoints" -> Microsoft Defender for Endpoint
            "Defender for Office 365" -> Microsoft Defender for Office 365
            " Microsoft Defender for Cloud" -> Microsoft Defender for Cloud
            "Microsoft Defender for Cloud App" -> Microsoft Defender for Cloud Apps
            "Azure Advanced Thread Protection" -> Microsoft Defender for Identity
            "Entra ID Protection" -> Microsoft Entra ID Protection
            "Defender" -> -
            "Microsoft Defender XDR" -> -
            "Microsoft " -> -
            "" -> -"#]]
        .assert_eq(&seen.join("\n"));
    }
}
