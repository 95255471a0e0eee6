//! Claims about words: decided by the algebra.

use stackwright_algebra::{Contexts, Extent, OperatorId};
use stackwright_text::{Diagnostic, Source};

use super::{End, Judge, Judgement, Reason, ReasonKind, Verdict};
use crate::figure::Figure;
use crate::model::{Combination, Form, Homomorphism, InverseSense, Invertible, Reaches, Sides, StackValue, WordGrades};

/// The number of stacks that are composed with every operator before a homomorphism is left open.
const COMPOSED_STACKS: usize = 400;
/// Reference figures that differ by less than this, in milliseconds, are the same but for rounding.
const SAME_LATENCY: f64 = 1e-6;

impl Judge<'_> {
    /// Judges a form about words. An error names a word or operator that there is not.
    pub(super) fn algebraic(&self, form: &Form) -> Result<Judgement, Diagnostic> {
        Ok(match form {
            Form::Equal(sides) => self.equation(&self.word(&sides.left)?, &self.word(&sides.right)?),
            Form::Differ(sides) => self.differ(sides)?,
            Form::Idempotent(operators) => {
                let mut parts = Vec::new();
                for symbol in operators {
                    let x = self.word(symbol)?;
                    parts.push(self.equation(&[x.as_slice(), &x].concat(), &x));
                }
                Judgement::all(parts)
            }
            Form::Commute(pairs) => {
                let mut parts = Vec::new();
                for [x, y] in pairs {
                    let (x, y) = (self.word(x)?, self.word(y)?);
                    parts.push(self.equation(&[x.as_slice(), &y].concat(), &[y.as_slice(), &x].concat()));
                }
                Judgement::all(parts)
            }
            Form::Identity(word) => self.identity(&self.word(word)?),
            Form::Closed => self.closed(),
            Form::Invertible(claim) => self.invertible(claim)?,
            Form::Homomorphism(claim) => self.homomorphism(claim),
            Form::ReducesToNamedForms => self.reduces(),
            Form::Reaches(claim) => self.reaches(claim)?,
            Form::Grades(claim) => self.grades(claim)?,
            _ => Judgement::open("this is not a claim about words"),
        })
    }

    fn word(&self, text: &str) -> Result<Vec<OperatorId>, Diagnostic> {
        Ok(self.catalog.parse(&Source::new("<word>", text))?.word)
    }

    fn display(&self, word: &[OperatorId]) -> String {
        self.catalog.algebra().display(word)
    }

    fn end(&self, word: &[OperatorId]) -> End {
        let algebra = self.catalog.algebra();
        let (normal_form, stack) = match (algebra.run(word), self.catalog.automaton().normalize(algebra, word)) {
            (Ok(stack), Ok(normal)) => (Some(algebra.display(&normal)), stack.describe(algebra.vocabulary())),
            (Err(error), _) | (_, Err(error)) => (None, algebra.explain(&error)),
        };
        End {
            word: algebra.display(word),
            normal_form,
            stack,
        }
    }

    /// Whether both words are equal; if not, where they are.
    fn equation(&self, left: &[OperatorId], right: &[OperatorId]) -> Judgement {
        let (algebra, automaton) = (self.catalog.algebra(), self.catalog.automaton());
        let text = format!("{} = {}", self.display(left), self.display(right));
        if automaton.decide(algebra, left, right).equal {
            let why = format!("{text} holds, and so in every context, as equality is a congruence");
            return Judgement {
                extent: Some(Extent::Everywhere),
                ..Judgement::law(true, why)
            };
        }
        let (a, b) = (self.end(left), self.end(right));
        let mut extent = Extent::Nowhere;
        // If neither side reaches a stack by itself, neither does in any context.
        if a.normal_form.is_some() || b.normal_form.is_some() {
            let contexts = self.contexts.get_or_init(|| Contexts::new(algebra, automaton));
            extent = contexts.law(algebra, automaton, left, right).extent;
        }
        let side = |end: &End| match &end.normal_form {
            Some(_) => format!("{} reaches [{}]", end.word, end.stack),
            None => format!("{} reaches no stack: {}", end.word, end.stack),
        };
        let mut judgement = Judgement::law(false, format!("{text} fails: {}; {}", side(&a), side(&b)));
        if let Extent::Where(condition) = &extent {
            let text = format!("{text} holds where {condition}");
            judgement.because.push(Reason::new(ReasonKind::Law, text));
        }
        judgement.extent = Some(extent);
        judgement.with_witness(vec![a, b])
    }

    /// Words that reach different stacks; that a word reaches none is no difference between stacks.
    fn differ(&self, sides: &Sides) -> Result<Judgement, Diagnostic> {
        let (left, right) = (self.word(&sides.left)?, self.word(&sides.right)?);
        let (a, b) = (self.end(&left), self.end(&right));
        if a.normal_form.is_none() || b.normal_form.is_none() {
            let reaches_none = if a.normal_form.is_none() { &a } else { &b };
            let why = format!("{} reaches no stack: {}", reaches_none.word, reaches_none.stack);
            return Ok(Judgement::law(false, why).with_witness(vec![a, b]));
        }
        Ok(self.equation(&left, &right).negated())
    }

    fn identity(&self, e: &[OperatorId]) -> Judgement {
        let operators: Vec<_> = self.catalog.algebra().plain_letters().collect();
        for x in &operators {
            for word in [[e, &[*x]].concat(), [&[*x], e].concat()] {
                let judgement = self.equation(&word, &[*x]);
                if judgement.verdict != Verdict::Supported {
                    return judgement;
                }
            }
        }
        let e = self.display(e);
        let why = format!(
            "{e}∘x = x = x∘{e} for each of the {} operators, so for every word",
            operators.len()
        );
        Judgement {
            extent: Some(Extent::Everywhere),
            ..Judgement::law(true, why)
        }
    }

    fn closed(&self) -> Judgement {
        match self.catalog.automaton().shortest_ill_typed() {
            None => Judgement::law(
                true,
                "from every stack that words reach, every operator leads to a stack",
            ),
            Some(word) => {
                let end = self.end(&word);
                let why = format!(
                    "{} is a word over the operators and reaches no stack: {}",
                    end.word, end.stack
                );
                Judgement::law(false, why).with_witness(vec![end])
            }
        }
    }

    fn invertible(&self, claim: &Invertible) -> Result<Judgement, Diagnostic> {
        let algebra = self.catalog.algebra();
        let mut said = Vec::new();
        for symbol in &claim.only {
            said.extend(self.word(symbol)?);
        }
        let inverse = |x: OperatorId| match claim.sense {
            InverseSense::Undoes => algebra.undoing(x),
            // A stack only grows while letters are read, so x∘u lies between x and x∘u∘x. If those are the same, so is
            // x∘u, and x∘x = x∘u∘x = x. Hence some u does it if and only if the empty one does.
            InverseSense::Regular => {
                let idempotent = self.catalog.automaton().decide(algebra, &[x, x], &[x]).equal;
                idempotent.then(Vec::new)
            }
        };
        let (mut having, mut missing, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for x in algebra.plain_letters() {
            let symbol = algebra.symbol(x);
            match (inverse(x), said.contains(&x)) {
                (Some(_), true) => having.push(symbol),
                (None, true) => missing.push(symbol),
                (Some(_), false) => others.push(symbol),
                (None, false) => {}
            }
        }
        let (asked, why) = match claim.sense {
            InverseSense::Undoes => (
                "word u with x∘u = ∅",
                "operators add to a stack and take nothing away, and the search over all that follows x finds none",
            ),
            InverseSense::Regular => (
                "word u with x∘u∘x = x",
                "a stack only grows, so there is one just where x∘x = x",
            ),
        };
        let mut texts = Vec::new();
        for (symbols, is) in [
            (&missing, "there is no"),
            (&others, "there is a"),
            (&having, "there is a"),
        ] {
            if !symbols.is_empty() {
                texts.push(format!("for {} {is} {asked}", symbols.join(", ")));
            }
        }
        texts.push(why.to_owned());
        Ok(Judgement::law(
            missing.is_empty() && others.is_empty(),
            texts.join("; "),
        ))
    }

    /// Searches for a stack and an operator whose values do not make the value of the whole. That is enough: if there is
    /// none, and the empty stack's value changes no other, the value of every word follows letter by letter.
    fn homomorphism(&self, claim: &Homomorphism) -> Judgement {
        let algebra = self.catalog.algebra();
        let mut gaps = 0_usize;
        let mut tried = 0_usize;
        let mut stacks = algebra.reachable();
        // The empty stack last: that it is not neutral is the least telling counterexample.
        let empty = stacks.next();
        for (u, _) in stacks.by_ref().take(COMPOSED_STACKS).chain(empty) {
            let left = self.value(claim.of, &u);
            for x in algebra.plain_letters() {
                let whole = [u.as_slice(), &[x]].concat();
                if algebra.run(&whole).is_err() {
                    continue;
                }
                let values = (left, self.value(claim.of, &[x]), self.value(claim.of, &whole));
                let (Some(a), Some(b), Some(found)) = values else {
                    gaps += 1;
                    continue;
                };
                tried += 1;
                let expected = combine(&a, &b, claim.by);
                if !same(&expected, &found) {
                    let (u, x) = (self.end(&u), self.end(&[x]));
                    let whole = self.end(&whole);
                    let (name, unit) = match claim.of {
                        StackValue::ReferenceLatency => ("latency", " ms"),
                        StackValue::Security => ("security", ""),
                        StackValue::Observability => ("observability", ""),
                    };
                    let why = format!(
                        "the {name} of {} is {a}{unit} and that of {} {b}{unit}, so that of {} should be {expected}{unit}, but \
                         it is {found}{unit}",
                        u.word, x.word, whole.word
                    );
                    return Judgement::law(false, why).with_witness(vec![u, x, whole]);
                }
            }
        }
        if gaps > 0 {
            return Judgement::open(format!(
                "{tried} compositions agree, but {gaps} have a part without reference figures"
            ));
        }
        if stacks.next().is_some() {
            return Judgement::open(format!(
                "{tried} compositions agree, but there are more than were tried"
            ));
        }
        let why = format!("all {tried} compositions of a stack with an operator agree, and so all of words");
        Judgement::law(true, why)
    }

    /// The value of a word's stack, as a figure; grades as points.
    fn value(&self, of: StackValue, word: &[OperatorId]) -> Option<Figure> {
        let algebra = self.catalog.algebra();
        let rules = self.catalog.rules();
        let grade = match of {
            StackValue::ReferenceLatency => {
                let normal = self.catalog.automaton().normalize(algebra, word).ok()?;
                return self.catalog.assess(&normal)?.latency;
            }
            StackValue::Security => rules.security(&algebra.run(word).ok()?).0,
            StackValue::Observability => rules.observability(&algebra.run(word).ok()?).0,
        };
        let point = Figure {
            typical: Some(f64::from(grade)),
            ..Figure::default()
        };
        Some(point)
    }

    fn reduces(&self) -> Judgement {
        let named: Vec<_> = self.catalog.data().forms.iter().map(|f| f.word.as_str()).collect();
        // More stacks than forms: the search ends.
        let mut words = self.catalog.algebra().reachable().filter(|(word, _)| !word.is_empty());
        match words.find(|(word, _)| !named.contains(&self.display(word).as_str())) {
            None => Judgement::law(true, "every stack that words reach has a named form"),
            Some((word, _)) => {
                let end = self.end(&word);
                let why = format!(
                    "{} is a normal form and none of the named ones, which are {}",
                    end.word,
                    named.join(", ")
                );
                Judgement::law(false, why).with_witness(vec![end])
            }
        }
    }

    fn reaches(&self, claim: &Reaches) -> Result<Judgement, Diagnostic> {
        let end = self.end(&self.word(&claim.word)?);
        let said = self.display(&self.word(&claim.normal_form)?);
        let Some(normal) = end.normal_form.clone() else {
            let why = format!("{} reaches no stack: {}", end.word, end.stack);
            return Ok(Judgement::law(false, why).with_witness(vec![end]));
        };
        let is_it = normal == said;
        let mut why = format!("the normal form of {} is {normal}", end.word);
        let mut named_so = true;
        if let (Some(name), true) = (&claim.name, is_it) {
            let found = self.catalog.named_form(&normal).map(|f| f.name.en.as_str());
            named_so = found == Some(name);
            why += &match found {
                Some(found) => format!(", which is {found}"),
                None => ", which has no name".to_owned(),
            };
        }
        let judgement = Judgement::law(is_it && named_so, why);
        Ok(if is_it {
            judgement
        } else {
            judgement.with_witness(vec![end])
        })
    }

    fn grades(&self, claim: &WordGrades) -> Result<Judgement, Diagnostic> {
        let normal = self.catalog.normalize(&Source::new("<word>", claim.word.as_str()))?;
        let Some(assessment) = self.catalog.assess(&normal) else {
            return Ok(Judgement::open(format!("{} reaches no stack", claim.word)));
        };
        let found = assessment.grades.to_string();
        let text = format!(
            "{} has {found} by the rules of grades and the reference figures",
            claim.word
        );
        if found == claim.are {
            return Ok(Judgement::new(Verdict::Supported, ReasonKind::For, text));
        }
        // A grade that is not known could be the one that is said; one that is known could not.
        let differs = found
            .split('-')
            .zip(claim.are.split('-'))
            .any(|(f, s)| f != s && f != "?");
        let verdict = if differs {
            Verdict::Contradicted
        } else {
            Verdict::Undetermined
        };
        Ok(Judgement::new(verdict, ReasonKind::of(verdict), text))
    }
}

fn combine(a: &Figure, b: &Figure, by: Combination) -> Figure {
    let least = a.central() <= b.central();
    match by {
        Combination::Sum => a.plus(b),
        Combination::Minimum => *(if least { a } else { b }),
        Combination::Maximum => *(if least { b } else { a }),
    }
}

fn same(a: &Figure, b: &Figure) -> bool {
    let upper = |f: &Figure| f.upper().map_or(f64::INFINITY, |(v, _)| v);
    let near = |a: f64, b: f64| a == b || (a - b).abs() < SAME_LATENCY;
    near(a.lower(), b.lower()) && near(upper(a), upper(b))
}
