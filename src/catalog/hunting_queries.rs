//! Sample hunting queries. Each reads one hunting table alone, for whoever streams that one and no other.

/// One query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HuntingQuery {
    /// The table that it reads.
    pub table: &'static str,
    /// What it finds.
    pub title: &'static str,
    /// The KQL.
    pub query: &'static str,
}

/// Every query, headed by `// TABLE: TITLE`, with an empty line between two.
const QUERIES: &str = include_str!("hunting_queries.kql");

impl HuntingQuery {
    /// The queries of a table, in their order.
    pub fn of_table(table: &str) -> impl Iterator<Item = HuntingQuery> {
        all().filter(move |row| row.table == table)
    }
}

fn all() -> impl Iterator<Item = HuntingQuery> {
    QUERIES.trim_end().split("\n\n").filter_map(|text| {
        let (head, query) = text.split_once('\n')?;
        let (table, title) = head.strip_prefix("// ")?.split_once(": ")?;
        Some(HuntingQuery { table, title, query })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::HUNTING_TABLES;

    #[test]
    fn every_table_has_two_or_three_queries_of_its_own() {
        for row in HUNTING_TABLES {
            let queries: Vec<_> = HuntingQuery::of_table(row.name).collect();
            assert!((2..=3).contains(&queries.len()), "{}: {}", row.name, queries.len());
            let titles: BTreeSet<_> = queries.iter().map(|query| query.title).collect();
            assert_eq!(titles.len(), queries.len(), "{}", row.name);
            for HuntingQuery { title, query, .. } in queries {
                assert!(query.starts_with(&format!("{}\n| where TimeGenerated > ago(", row.name)), "{title}:\n{query}");
                let others = HUNTING_TABLES.iter().filter(|other| other.name != row.name);
                let words: BTreeSet<_> = query.split(|letter: char| !letter.is_alphanumeric()).collect();
                assert_eq!(others.filter(|other| words.contains(other.name)).count(), 0, "{title}:\n{query}");
            }
        }
    }

    #[test]
    fn nothing_in_the_file_is_passed_over() {
        let heads = QUERIES.lines().filter(|line| line.starts_with("// ")).count();
        let of_tables = HUNTING_TABLES.iter().flat_map(|row| HuntingQuery::of_table(row.name)).count();
        assert_eq!((heads, QUERIES.split("\n\n").count()), (of_tables, of_tables));
    }
}
