//! What run time may put into a network grant: a value in the place that the specification leaves to it, and nothing that
//! makes the grant another or a wider one.
use crate::finding::{At, Finding};
use crate::parameter::ParameterKind;
use crate::place::Place;
use crate::resolve::Resolver;
use crate::template::{Part, Template};

impl Resolver<'_> {
    /// Refuses, in a text about addresses and ports, whatever could be `*`, a network or a range where an address, a name or
    /// a port is meant.
    pub(crate) fn nothing_that_widens(&mut self, text: &str, place: &Place) {
        let template = Template::parse(text).ok();
        let parts = template.iter().flat_map(Template::parts);
        let wide: Vec<_> = parts
            .filter_map(|part| match part {
                Part::Name(name) => Some((name.clone(), self.widens(name)?)),
                Part::Text(_) => None,
            })
            .collect();
        for (name, title) in wide {
            let declared = Place::root().key("parameters").key(&name).key("type");
            let finding = Finding::of_value(title, place)
                .context(At::Value(declared), "declared here")
                .help("an `address`, a `port`, a name, or a `string` with the values that it may have: `one_of`");
            self.findings.push(finding);
        }
    }

    /// In which way a parameter could be more than one address, name or port, if it could; of a text its value decides.
    fn widens(&self, name: &str) -> Option<String> {
        let could = || Some(format!("the parameter `{name}` could widen this grant"));
        match &self.parameters.get(name)?.kind {
            // A sign would make a range of what stands before it.
            ParameterKind::Number(i64::MIN..0, _) | ParameterKind::Path { .. } => could(),
            ParameterKind::Text { one_of: None, .. } => {
                let value = self.bound?.values.get(name)?.to_string_lossy();
                let title = format!("`{value}` for the parameter `{name}` would widen this grant");
                (!is_one_name(&value)).then_some(title)
            }
            // One address or port each, or what the author has listed.
            _ => None,
        }
    }

    /// Whether a text begins with one of these kinds, as written; else that is a finding.
    pub(crate) fn kind_is_written(&mut self, text: &str, kinds: &[&str], place: &Place) -> bool {
        let template = Template::parse(text).ok();
        let first = template.as_ref().and_then(|it| it.parts().first());
        let written = match first {
            Some(Part::Text(text)) => text
                .split_once(':')
                .is_some_and(|(kind, _)| kinds.contains(&kind)),
            _ => false,
        };
        if let (false, Some(Part::Name(name))) = (written, first) {
            let title =
                format!("the parameter `{name}` cannot say what kind of destination this is");
            let finding = Finding::of_value(title, place);
            let help = format!("write it: one of {}", crate::nearest::list(kinds));
            self.findings.push(finding.help(help));
        }
        written || first.is_none_or(|part| matches!(part, Part::Text(_)))
    }
}

/// Whether a text is one host, or one port: no `*`, no network, no range.
fn is_one_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let range = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    let is_range = text.contains('-') && text.bytes().all(range);
    text.bytes().all(plain) && !is_range
}
