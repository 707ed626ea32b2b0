//! The products whose alerts an incident-creation rule can turn into incidents.

/// ARM's kind of the alert rules that turn a product's alerts into incidents.
pub const INCIDENT_RULE_KIND: &str = "MicrosoftSecurityIncidentCreation";

/// One product, and what Sentinel's alert rules call it.
#[derive(Clone, Copy, Debug)]
pub struct IncidentProduct {
    /// Today's name of the product.
    pub name: &'static str,
    /// ARM's value of `productFilter`.
    pub product_filter: &'static str,
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
        template: "40ba9493-4183-4eee-974f-87fe39c8f267",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for Endpoint",
        product_filter: "Microsoft Defender Advanced Threat Protection",
        template: "327cd4ed-ca42-454b-887c-54e1c91363c6",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for Office 365",
        product_filter: "Office 365 Advanced Threat Protection",
        template: "ee1d718b-9ed9-4a71-90cd-a483a4f008df",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for Cloud Apps",
        product_filter: "Microsoft Cloud App Security",
        template: "b3cfc7c0-092c-481c-a55b-34a3979758cb",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for Cloud",
        product_filter: "Azure Security Center",
        template: "90586451-7ba8-4c1e-9904-7d1b7c3cc4d6",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Entra ID Protection",
        product_filter: "Azure Active Directory Identity Protection",
        template: "532c1811-79ee-4d9f-8d4d-6304c840daa1",
        in_xdr: true,
    },
    IncidentProduct {
        name: "Microsoft Defender for IoT",
        product_filter: "Azure Security Center for IoT",
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
}
