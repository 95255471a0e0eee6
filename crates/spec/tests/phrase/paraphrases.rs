//! How well requirements in people's own words are read: those that the lexicon may be tuned to, and those that it was not.

use std::collections::BTreeSet;
use std::env;

use serde::Deserialize;
use stackwright_text::{decode, yaml};

use super::{read, says};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paraphrase {
    text: String,
    language: String,
    half: Half,
    #[serde(default)]
    answer: Option<String>,
    means: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Half {
    Tuning,
    HeldOut,
}

fn paraphrases() -> Vec<Paraphrase> {
    let (source, node) = yaml::parse_bytes("paraphrases.yaml", include_bytes!("paraphrases.yaml")).unwrap();
    decode::decode(&source, &node).unwrap()
}

/// Shares of texts read exactly, and the harmonic mean of precision and recall of single meanings.
#[derive(Debug, Default)]
struct Score {
    texts: f64,
    exact: f64,
    right: f64,
    wrong: f64,
    missed: f64,
}

impl Score {
    fn add(&mut self, paraphrase: &Paraphrase) -> bool {
        let expected: BTreeSet<_> = paraphrase.means.iter().cloned().collect();
        let found: BTreeSet<_> = says(&paraphrase.text).into_iter().collect();
        let count = |n: usize| f64::from(u32::try_from(n).unwrap());
        self.texts += 1.0;
        self.exact += f64::from(u8::from(expected == found));
        self.right += count(expected.intersection(&found).count());
        self.wrong += count(found.difference(&expected).count());
        self.missed += count(expected.difference(&found).count());
        expected == found
    }

    fn accuracy(&self) -> f64 {
        self.exact / self.texts
    }

    fn f1(&self) -> f64 {
        2.0 * self.right / (2.0 * self.right + self.wrong + self.missed)
    }
}

/// Set to list what is read wrongly of the half that the lexicon may be tuned to. The other half is only ever counted.
const LIST: &str = "LIST_TUNING_FAILURES";

fn score(half: Half, language: Option<&str>) -> Score {
    let mut score = Score::default();
    for paraphrase in paraphrases() {
        if paraphrase.half != half || language.is_some_and(|l| l != paraphrase.language) {
            continue;
        }
        let exact = score.add(&paraphrase);
        if half == Half::Tuning && language.is_none() && !exact && env::var_os(LIST).is_some() {
            let mut expected = paraphrase.means.clone();
            expected.sort();
            let reading = read(&paraphrase.text);
            let not: Vec<_> = reading.not_understood.iter().map(|n| n.text.as_str()).collect();
            eprintln!(
                "{}\n  expected {expected:?}\n  found    {:?}\n  not understood {not:?}",
                paraphrase.text,
                says(&paraphrase.text)
            );
        }
    }
    score
}

#[test]
fn are_read_as_their_authors_meant() {
    for (half, accuracy, f1) in [(Half::Tuning, 0.97, 0.99), (Half::HeldOut, 0.9, 0.97)] {
        for language in [None, Some("en"), Some("zh")] {
            let score = score(half, language);
            let (exact, mean) = (score.accuracy(), score.f1());
            let name = language.unwrap_or("both");
            eprintln!(
                "{half:?} {name}: {:.0} texts, {exact:.3} exactly, F1 {mean:.3}",
                score.texts
            );
            assert!(language.is_some() || (exact >= accuracy && mean >= f1));
        }
    }
}

#[test]
fn are_of_every_answer_and_both_languages() {
    let all = paraphrases();
    let answers: BTreeSet<_> = all.iter().filter_map(|p| p.answer.as_deref()).collect();
    assert_eq!(answers.len(), 8, "{answers:?}");
    let of = |language: &str| all.iter().filter(|p| p.language == language).count();
    assert!(of("en") + of("zh") == all.len() && of("en") >= 50 && of("zh") >= 50);
    let of = |half: Half| all.iter().filter(|p| p.half == half).count();
    assert_eq!(of(Half::HeldOut), of(Half::Tuning));
}
