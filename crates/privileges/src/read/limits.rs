//! `/proc/PID/limits` (proc_pid_limits(5)): a table of a name of several words, two limits, and perhaps a unit.
use crate::Limit;
use std::num::ParseIntError;

/// The limits in the file's order. The heading, and lines that are not understood, are passed over.
pub(crate) fn parse(text: &[u8]) -> Vec<Limit> {
    let text = String::from_utf8_lossy(text);
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Limit> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let place = words.iter().position(|word| limit(word).is_ok())?;
    let (name, rest) = words.split_at_checked(place)?;
    let [soft, hard, unit @ ..] = rest else {
        return None;
    };
    Some(Limit {
        name: name.join(" "),
        soft: limit(soft).ok()?,
        hard: limit(hard).ok()?,
        unit: unit.join(" "),
    })
}

fn limit(word: &str) -> Result<Option<u64>, ParseIntError> {
    if word == "unlimited" {
        return Ok(None);
    }
    word.parse().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_limit() {
        let text =
            b"Limit                     Soft Limit           Hard Limit           Units     \n\
            Max cpu time              unlimited            10                   seconds   \n\
            Max nice priority         0                    0                    \n";
        let limit = |name: &str, soft, hard, unit: &str| Limit {
            name: name.to_owned(),
            soft,
            hard,
            unit: unit.to_owned(),
        };
        let expected = [
            limit("Max cpu time", None, Some(10), "seconds"),
            limit("Max nice priority", Some(0), Some(0), ""),
        ];
        assert_eq!(parse(text), expected);
    }

    #[test]
    fn senseless_lines_are_passed_over() {
        assert_eq!(parse(b"Max\xff\n\nMax x unlimited\n 1\n"), []);
    }
}
