//! What a bench has measured, a line each, and whether an aim is reached.

/// A figure, and what is to be reached.
pub struct Figure {
    pub name: String,
    pub reached: String,
    pub aim: Option<(String, bool)>,
}

impl Figure {
    pub fn told(name: impl Into<String>, reached: String) -> Self {
        let name = name.into();
        Self {
            name,
            reached,
            aim: None,
        }
    }

    pub fn at_most(name: impl Into<String>, reached: f64, most: f64, unit: &str) -> Self {
        let aim = Some((format!("<= {most}{unit}"), reached <= most));
        let reached = format!("{reached:.2}{unit}");
        Self {
            aim,
            ..Self::told(name, reached)
        }
    }

    pub fn is_missed(&self) -> bool {
        matches!(self.aim, Some((_, false)))
    }

    pub fn show(&self) {
        let (aim, verdict) = match &self.aim {
            None => ("", ""),
            Some((aim, true)) => (aim.as_str(), "reached"),
            Some((aim, false)) => (aim.as_str(), "missed"),
        };
        println!("{:<58}{:>14}{aim:>14}  {verdict}", self.name, self.reached);
    }
}
