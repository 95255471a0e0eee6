//! Checks of how realizations are written for a cluster.

use stackwright_text::yaml::Step::{Index, Key};

use super::Checker;
use crate::read::DataFile;

impl Checker<'_> {
    /// Realizations and operators that landings name. Their places are those of the list.
    pub(super) fn landing(&mut self, file: &DataFile) {
        for (i, landing) in file.data.landing.landings.iter().enumerate() {
            let path = [Key("landings"), Index(i)];
            for id in &landing.realizations {
                if !self.names.realizations.contains_key(id.as_str()) {
                    let known: Vec<_> = self.names.realizations.keys().copied().collect();
                    self.unknown(file, &path, "realization", id, known.into_iter());
                }
            }
            for symbol in landing.facts.iter().flat_map(|f| &f.operators) {
                if self.algebra.find(symbol).is_none() {
                    let known: Vec<_> = self.algebra.operators().iter().map(|o| o.symbol.as_str()).collect();
                    self.unknown(file, &path, "operator", symbol, known.into_iter());
                }
            }
        }
    }
}
