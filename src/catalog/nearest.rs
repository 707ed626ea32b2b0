//! The known name that somebody may have meant who wrote another one.

/// The name nearest to `found` that differs from it by a slip of the hand at most, whatever the casing.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    // A longer name has room for more slips; beyond three it is more likely another name.
    let slips = (found.chars().count() / 5).clamp(1, 3);
    let measured = known.into_iter().map(|name| (strsim::osa_distance(&found, &name.to_lowercase()), name));
    measured.filter(|(distance, _)| *distance <= slips).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}
