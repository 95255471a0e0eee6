//! Checks of interactions: what they are about exists, and they do not contradict each other.

use stackwright_text::yaml::Step::{Index, Key};

use super::Checker;
use crate::read::DataFile;

impl Checker<'_> {
    pub(super) fn interactions(&mut self, file: &DataFile) {
        for (i, interaction) in file.data.interactions.iter().enumerate() {
            if self.is_replaced("interactions", &interaction.id) {
                continue;
            }
            for (key, id) in [("subject", &interaction.subject), ("object", &interaction.object)] {
                self.subject(file, &[Key("interactions"), Index(i), Key(key)], id);
            }
            let realizations = self.names.realizations.keys().copied().collect::<Vec<_>>();
            for (j, id) in interaction.remedied_by.iter().enumerate() {
                if !realizations.contains(&id.as_str()) {
                    let path = [Key("interactions"), Index(i), Key("remedied_by"), Index(j)];
                    self.unknown(file, &path, "realization", id, realizations.iter().copied());
                }
            }
            let problem = if interaction.subject == interaction.object {
                Some("it is about one thing and itself".to_owned())
            } else if interaction.remedy.is_none() && !interaction.remedied_by.is_empty() {
                Some("realizations contain a remedy that is not said".to_owned())
            } else {
                let needed = self.required.iter().find(|(a, b, _)| {
                    let ends = [interaction.subject.as_str(), interaction.object.as_str()];
                    ends == [*a, *b] || ends == [*b, *a]
                });
                needed
                    .filter(|_| interaction.is_fatal())
                    .map(|(a, b, id)| format!("{a} requires {b} ({id}), so the two cannot be unusable together"))
            };
            if let Some(problem) = problem {
                let path = [Key("interactions"), Index(i)];
                self.findings
                    .push(file.diagnostic(&path, "catalog::contradiction", problem));
            }
        }
    }
}
