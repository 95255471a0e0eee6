//! Guided choice: questions from data, answers, and the requirement that they come to.
//!
//! A [`Course`] walks the questions in order; a question that belongs to a branch is asked only after the answer that leads
//! there. What is asked for adds up to a requirement file, which the planner reads like any other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stackwright_catalog::model::{Answer, Asked, ConceptOption, GuidanceData, Question, Target, WorkloadKind};

/// Answers so far, and what is still to be asked.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    guidance: &'a GuidanceData,
    answers: BTreeMap<&'a str, Vec<&'a Answer>>,
}

/// Why an answer is none.
#[derive(Clone, Debug, PartialEq)]
pub enum NoAnswer<'a> {
    /// There is no such question.
    Question,
    /// The question is not asked after the answers so far.
    Elsewhere(&'a Question),
    /// The question has no such answer.
    Answer {
        /// The question.
        question: &'a Question,
        /// What was given.
        given: String,
    },
    /// The question has one answer, and none or several were given.
    One(&'a Question),
}

/// What the answers come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<'a> {
    /// Questions with their answers, in order.
    pub answers: Vec<(&'a Question, Vec<&'a Answer>)>,
    /// The dimensions by which concepts are compared.
    pub dimensions: Vec<&'a str>,
    /// Concepts with the sum of their stars in these dimensions, the greatest first.
    pub comparison: Vec<(&'a ConceptOption, u32)>,
    /// The concepts that the last branch led to.
    pub concepts: Vec<&'a ConceptOption>,
    /// What is asked of a stack.
    pub asked: Asked,
}

impl<'a> Course<'a> {
    /// No question is answered yet.
    pub fn new(guidance: &'a GuidanceData) -> Self {
        Self {
            guidance,
            answers: BTreeMap::new(),
        }
    }

    /// Whether a question is asked after the answers so far.
    fn is_asked(&self, question: &Question) -> bool {
        question.after.iter().all(|(other, answer)| {
            let given = self.answers.get(other.as_str());
            given.is_some_and(|given| given.iter().any(|a| a.id == *answer))
        })
    }

    /// The next question, if any is left.
    pub fn next(&self) -> Option<&'a Question> {
        let open = |q: &&Question| !self.answers.contains_key(q.id.as_str()) && self.is_asked(q);
        self.guidance.questions.iter().find(open)
    }

    /// Answers a question: by names, by numbers from 1, or by the words of the answers, in any language. Nothing given takes
    /// the default, or none of several.
    ///
    /// # Errors
    ///
    /// If that is no answer.
    pub fn answer(&mut self, question: &str, given: &[&str]) -> Result<(), NoAnswer<'a>> {
        let found = self.guidance.questions.iter().find(|q| q.id == question);
        let question = found.ok_or(NoAnswer::Question)?;
        if !self.is_asked(question) {
            return Err(NoAnswer::Elsewhere(question));
        }
        let default: Vec<&str> = question.default.as_deref().into_iter().collect();
        let given = if given.is_empty() { &default } else { given };
        let mut answers: Vec<&Answer> = Vec::new();
        for text in given {
            let answer = find(question, text).ok_or_else(|| NoAnswer::Answer {
                question,
                given: (*text).to_owned(),
            })?;
            if !answers.iter().any(|a| a.id == answer.id) {
                answers.push(answer);
            }
        }
        if !question.several && answers.len() != 1 {
            return Err(NoAnswer::One(question));
        }
        self.answers.insert(&question.id, answers);
        Ok(())
    }

    /// What the answers come to, once no question is left.
    pub fn decision(&self) -> Decision<'a> {
        let asked = self.guidance.questions.iter();
        let answers: Vec<_> = asked
            .filter_map(|q| Some((q, self.answers.get(q.id.as_str())?.clone())))
            .collect();
        let given = || answers.iter().flat_map(|(_, answers)| answers.iter().copied());
        let mut dimensions: Vec<&str> = Vec::new();
        for dimension in given().flat_map(|a| &a.compare) {
            if !dimensions.contains(&dimension.as_str()) {
                dimensions.push(dimension);
            }
        }
        let stars = |o: &ConceptOption| -> u32 {
            let stars = dimensions.iter().filter_map(|d| o.stars.get(*d));
            stars.map(|s| u32::from(*s)).sum()
        };
        let mut comparison: Vec<_> = self.guidance.options.iter().map(|o| (o, stars(o))).collect();
        comparison.sort_by_key(|(_, stars)| std::cmp::Reverse(*stars));
        let last = given().rfind(|a| !a.concepts.is_empty());
        let led_to = |o: &&ConceptOption| last.is_some_and(|a| a.concepts.contains(&o.concept));
        let mut sum = Asked::default();
        for answer in given() {
            add(&mut sum, &answer.asks);
        }
        Decision {
            dimensions,
            comparison,
            concepts: self.guidance.options.iter().filter(led_to).collect(),
            asked: sum,
            answers,
        }
    }
}

fn find<'a>(question: &'a Question, text: &str) -> Option<&'a Answer> {
    let text = text.trim();
    let named = |a: &&Answer| a.id == text || a.text.en.eq_ignore_ascii_case(text) || a.text.zh == text;
    let numbered = || {
        let number: usize = text.parse().ok()?;
        question.answers.get(number.checked_sub(1)?)
    };
    question.answers.iter().find(named).or_else(numbered)
}

/// Adds what else is asked. Where both say it, the later one counts.
fn add(sum: &mut Asked, more: &Asked) {
    sum.target = more.target.or(sum.target);
    sum.workload = more.workload.or(sum.workload);
    for need in &more.needs {
        if !sum.needs.contains(need) {
            sum.needs.push(need.clone());
        }
    }
    if more.isolation.is_some() {
        sum.isolation.clone_from(&more.isolation);
    }
    sum.metrics.extend(more.metrics.clone());
    sum.grades.extend(more.grades.clone());
}

impl Decision<'_> {
    /// The requirement file of that name. The name and the description are the caller's, on one line.
    pub fn requirement(&self, name: &str, description: &str) -> String {
        let Asked {
            target,
            workload,
            needs,
            isolation,
            metrics,
            grades,
        } = &self.asked;
        let mut text = "apiVersion: stackwright/v1\nkind: Requirement\n".to_owned();
        // Writing to a string does not fail.
        let _ = writeln!(text, "name: {}", quoted(name));
        let _ = writeln!(text, "description: {}", quoted(description));
        let _ = writeln!(text, "target: {}", target.unwrap_or(Target::Kubernetes).name());
        let workload = workload.unwrap_or(WorkloadKind::LinuxBinary).name();
        let _ = writeln!(text, "workload: {{ kind: {workload} }}");
        let mut constraints = String::new();
        if let Some(class) = isolation {
            let _ = writeln!(constraints, "  isolation: {{ at_least: {class} }}");
        }
        for (key, bounds) in [("metrics", metrics), ("grades", grades)] {
            let bounds: Vec<_> = bounds
                .iter()
                .map(|(name, b)| format!("{name}: {}", quoted(b)))
                .collect();
            if !bounds.is_empty() {
                let _ = writeln!(constraints, "  {key}: {{ {} }}", bounds.join(", "));
            }
        }
        if !needs.is_empty() {
            let _ = writeln!(constraints, "  needs: [{}]", needs.join(", "));
        }
        if !constraints.is_empty() {
            text += "constraints:\n";
            text += &constraints;
        }
        text
    }
}

/// A text as a string of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
