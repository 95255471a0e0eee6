//! The valid name nearest to one that is not.

/// The candidate most like `name`, if any is like it at all: equal but for case, else at most a third of the letters
/// differ. Among equals the first wins.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let candidate_lower = candidate.to_lowercase();
        let distance = strsim::damerau_levenshtein(&lower, &candidate_lower);
        let allowed = name.chars().count().max(candidate.chars().count()) / 3;
        if distance <= allowed && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| name)
}

/// A sentence for a diagnostic's help: the nearest name if there is one, and the valid names.
pub fn suggestion(name: &str, candidates: &[&str]) -> String {
    let valid: Vec<String> = candidates.iter().map(|c| format!("`{c}`")).collect();
    let list = format!("valid here: {}", valid.join(", "));
    match nearest(name, candidates.iter().copied()) {
        Some(best) => format!("did you mean `{best}`? {list}"),
        None => list,
    }
}
