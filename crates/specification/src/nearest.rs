//! The name that was probably meant.

/// The known name that differs least from `name`, if it differs little enough to have been meant.
pub(crate) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let most = (name.len() / 3).max(1);
    let name = name.to_ascii_lowercase();
    known
        .into_iter()
        .map(|known| (distance(&name, &known.to_ascii_lowercase()), known))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// "did you mean …?", or all that is known if nothing is near.
pub(crate) fn suggestion(name: &str, known: &[&str]) -> String {
    meant(name, known).unwrap_or_else(|| format!("known are {}", list(known)))
}

/// The same for a name of the kernel's, of which there are too many to list.
pub(crate) fn kernel_name_suggestion(name: &str, known: &[&str]) -> String {
    meant(name, known)
        .unwrap_or_else(|| "clone-shim-specification(5) lists the names that are known".to_owned())
}

fn meant(name: &str, known: &[&str]) -> Option<String> {
    nearest(name, known.iter().copied()).map(|meant| format!("did you mean `{meant}`?"))
}

/// `a`, `b` and `c`
pub(crate) fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "none".to_owned(),
    }
}

/// How many characters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["environment", "files", "args"];
        assert_eq!(nearest("enviroment", known), Some("environment"));
        assert_eq!(nearest("flies", known), Some("files"));
        assert_eq!(nearest("network", known), None);
        assert_eq!(distance("ca", "abc"), 3);
    }
}
