//! Tiles: words of realizations with all that judging a plan needs of them, resolved once for each problem.

use std::collections::BTreeMap;

use stackwright_algebra::{Effect, Facet, OperatorId};
use stackwright_catalog::model::{Compose, Condition, InteractionEffect, Per, Realization, Scope, SharedBy};
use stackwright_spec::requirement::{Bound, GradeName};

use crate::amount::{Amount, Gauge};
use crate::bits::Bits;
use crate::metric::{self, Count, Reading, Verdict, passes};
use crate::problem::Problem;
use crate::rule::Rule;
use crate::space::Class;

/// The metrics of the front, each at process scope and for each instance.
pub(crate) const OBJECTIVES: [&str; 3] = ["cold_start", "memory", "request_latency"];

/// A word of a realization.
#[derive(Clone, Debug)]
pub(crate) struct Tile<'c> {
    pub word: &'c [OperatorId],
    pub realization: &'c Realization,
    pub facet: usize,
    pub costs: [Amount; 3],
    /// What it adds to each meter.
    pub gauges: Vec<Gauge>,
    /// Everything else of it that counts.
    pub traits: Traits,
}

/// What a tile, or the beginning of a plan, is apart from its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Traits {
    /// Letters.
    pub operators: usize,
    /// Refined letters.
    pub refinements: usize,
    /// Kernels; of a tile none, as how many it opens depends on where it stands.
    pub kernels: usize,
    /// Whether it is outermost or nowhere: instances share it.
    pub outermost: bool,
    /// Tokens it brings along: operators and technologies that others need or cannot stand.
    pub has: Bits,
    /// Tokens that it needs and does not bring along itself.
    pub needs: Bits,
    /// Tokens that it cannot stand.
    pub clashes: Bits,
    /// Conditions on the whole stack.
    pub whens: Bits,
    /// Items that it breaks for good.
    pub broken: Bits,
}

/// A figure that a rule judges.
pub(crate) struct Meter<'c> {
    /// The rule.
    pub item: usize,
    pub reading: Reading<'c>,
    pub compose: Compose,
    /// The bound; `None` for the latency grade, which judges the exact value.
    pub bound: Option<&'c Bound>,
}

impl Meter<'_> {
    /// Whether a plan with this figure so far fails whatever is added.
    pub fn is_exceeded(&self, gauge: &Gauge) -> bool {
        let Some(bound) = self.bound else { return false };
        self.compose == Compose::Sum
            && (gauge.unknown > 0 || (bound.comparator.is_upper() && !passes_above(gauge, bound)))
    }

    /// Whether a complete plan passes.
    pub fn passes(&self, gauge: &Gauge) -> bool {
        self.bound.is_none_or(|bound| passes(self.compose, gauge, bound))
    }
}

/// Whether the upper end of a figure fulfils the upper side of a bound.
fn passes_above(gauge: &Gauge, bound: &Bound) -> bool {
    // With the greatest lower end, only the upper side of the bound is asked.
    let reaching = Gauge {
        low: u64::MAX,
        ..*gauge
    };
    reaching.holds(bound)
}

/// All tiles of a problem.
pub(crate) struct Tiles<'c> {
    pub list: Vec<Tile<'c>>,
    pub meters: Vec<Meter<'c>>,
    /// Conditions of realizations on the whole stack.
    pub whens: Vec<&'c Condition>,
    /// For tokens that a rule asks for: the rule.
    pub wanted: BTreeMap<usize, usize>,
    /// Tokens of the platform, which every stack has.
    pub platform: Bits,
    /// The item of what realizations require.
    pub requirements: Option<usize>,
    /// The item of clashes.
    pub interactions: Option<usize>,
    /// Whether one runner enters all embedded layers.
    one_runner: bool,
    carried: Vec<bool>,
}

/// Tokens by what they stand for.
#[derive(Default)]
struct Tokens<'c> {
    numbers: BTreeMap<(Kind, &'c str), usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Operator,
    Wanted,
    Name,
}

impl<'c> Tokens<'c> {
    fn number(&mut self, kind: Kind, name: &'c str) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry((kind, name)).or_insert(next)
    }

    fn of(&self, kind: Kind, name: &str) -> Option<usize> {
        self.numbers.get(&(kind, name)).copied()
    }
}

impl<'c> Tiles<'c> {
    pub fn new(problem: &Problem<'c>) -> Self {
        let catalog = problem.catalog;
        let algebra = catalog.algebra();
        let item = |wanted: fn(&Rule<'_>) -> bool| problem.rules.iter().position(wanted);
        let mut tokens = Tokens::default();
        let mut wanted = BTreeMap::new();
        for (rule, asked) in problem.rules.iter().enumerate() {
            if let Rule::Include(id) = asked {
                wanted.insert(tokens.number(Kind::Wanted, algebra.symbol(*id)), rule);
            }
        }
        let requirements = item(|r| matches!(r, Rule::Requirements));
        let interactions = item(|r| matches!(r, Rule::Interactions));
        for realization in catalog.data().realizations.iter().filter(|_| requirements.is_some()) {
            for symbol in &realization.requires_operators {
                tokens.number(Kind::Operator, symbol);
            }
        }
        for interaction in catalog.interactions() {
            let counts = match interaction.effect {
                InteractionEffect::Requires => requirements.is_some(),
                _ => interactions.is_some() && interaction.is_fatal(),
            };
            if counts {
                tokens.number(Kind::Name, &interaction.subject);
                tokens.number(Kind::Name, &interaction.object);
            }
        }
        let platform = problem.requirement.platform.technologies(catalog);
        let mut tiles = Self {
            list: Vec::new(),
            platform: platform.iter().filter_map(|name| tokens.of(Kind::Name, name)).collect(),
            meters: meters(problem),
            whens: Vec::new(),
            wanted,
            requirements,
            interactions,
            one_runner: problem.rules.iter().any(|r| matches!(r, Rule::OneRunner)),
            carried: Vec::new(),
        };
        let kind = problem.requirement.workload_kind;
        let mut missing = problem.rules.len();
        let mut needs = BTreeMap::new();
        for (word, realization) in catalog.tiles().words(catalog) {
            let facet = |id: &OperatorId| algebra.operator(*id).map(|o| &o.effect).and_then(Effect::facet);
            let Some(first) = word.first().and_then(facet) else {
                continue;
            };
            if !word.iter().all(|id| facet(id) == Some(first)) {
                continue;
            }
            let traits = tiles.traits(problem, &tokens, word, realization, &mut |need| {
                *needs.entry(need).or_insert_with(|| {
                    missing += 1;
                    missing - 1
                })
            });
            let carries = realization.workloads.is_empty() || kind.is_none_or(|k| realization.workloads.contains(&k));
            tiles.carried.push(carries);
            tiles.list.push(Tile {
                word,
                realization,
                facet: Facet::ALL.iter().position(|f| *f == first).unwrap_or(0),
                costs: OBJECTIVES.map(|m| Reading::objective(m).amount(catalog, realization)),
                gauges: tiles.meters.iter().map(|m| m.part(problem, realization)).collect(),
                traits,
            });
        }
        tiles
    }

    fn traits<'n>(
        &mut self,
        problem: &Problem<'c>,
        tokens: &Tokens<'_>,
        word: &[OperatorId],
        realization: &'c Realization,
        missing: &mut dyn FnMut(&'c str) -> usize,
    ) -> Traits
    where
        'c: 'n,
    {
        let catalog = problem.catalog;
        let algebra = catalog.algebra();
        let names = || {
            let technologies = realization.technologies.iter().map(String::as_str);
            std::iter::once(realization.id.as_str()).chain(technologies)
        };
        let is = |name: &str| names().any(|n| n == name);
        let mut traits = Traits {
            operators: word.len(),
            outermost: self.requirements.is_some() && realization.shared_by != SharedBy::Instance,
            ..Traits::default()
        };
        for id in word {
            traits.refinements += usize::from(algebra.operator(*id).is_some_and(|o| o.refines.is_some()));
            let symbol = algebra.symbol(*id);
            for kind in [Kind::Operator, Kind::Wanted] {
                tokens.of(kind, symbol).into_iter().for_each(|t| traits.has.insert(t));
            }
        }
        let own = names().filter_map(|name| tokens.of(Kind::Name, name));
        own.for_each(|t| traits.has.insert(t));
        if self.requirements.is_some() {
            let symbols = problem.required_operators(realization);
            let needed = symbols.filter_map(|s| tokens.of(Kind::Operator, s));
            needed.for_each(|t| traits.needs.insert(t));
            if let Some(when) = &realization.when {
                let known = self.whens.iter().position(|w| *w == when);
                traits.whens.insert(known.unwrap_or_else(|| {
                    self.whens.push(when);
                    self.whens.len() - 1
                }));
            }
        }
        for interaction in catalog.interactions() {
            let (subject, object) = (is(&interaction.subject), is(&interaction.object));
            let ends = [&interaction.subject, &interaction.object].map(|n| tokens.of(Kind::Name, n));
            let [Some(a), Some(b)] = ends else { continue };
            if interaction.effect == InteractionEffect::Requires {
                if subject && self.requirements.is_some() {
                    traits.needs.insert(b);
                }
            } else if interaction.is_fatal()
                && let Some(item) = self.interactions
            {
                match (subject, object) {
                    (true, true) => traits.broken.insert(item),
                    (true, false) => traits.clashes.insert(b),
                    (false, true) => traits.clashes.insert(a),
                    (false, false) => {}
                }
            }
        }
        traits.needs = traits.needs.without(&traits.has);
        for (item, rule) in problem.rules.iter().enumerate() {
            let breaks = match rule {
                Rule::Exclude(id) => word.contains(id),
                Rule::Metric(bound) => {
                    bound.per == Per::Layer && metric::judge(catalog, &[realization], bound).verdict != Verdict::Holds
                }
                rule => problem.unfit(rule, realization).is_some(),
            };
            if breaks {
                traits.broken.insert(item);
            }
            if let (Rule::Host, Some(host)) = (rule, problem.host) {
                let technologies = realization.technologies.iter().filter_map(|id| catalog.technology(id));
                let lacking = technologies
                    .flat_map(|t| &t.needs)
                    .filter(|need| host.has(need) != Some(true));
                lacking.for_each(|need| traits.broken.insert(missing(need)));
            }
        }
        traits
    }

    /// The tiles, in classes of those that no context tells apart.
    pub fn classes(&self, asked: bool) -> Vec<Class<'c>> {
        let mut classes: Vec<Class<'c>> = Vec::new();
        let around = Facet::ALL.iter().position(|f| *f == Facet::Isolation).unwrap_or(0);
        let mut known = BTreeMap::new();
        for (index, (tile, carried)) in self.list.iter().zip(&self.carried).enumerate() {
            let embedded = (self.one_runner && tile.facet <= around).then_some(tile.realization.driver.is_some());
            let carries = (tile.facet == around && asked).then_some(*carried);
            let class = *known.entry((tile.word, embedded, carries)).or_insert_with(|| {
                classes.push(Class {
                    word: tile.word,
                    facet: tile.facet,
                    embedded,
                    carries,
                    tiles: Vec::new(),
                });
                classes.len() - 1
            });
            if let Some(class) = classes.get_mut(class) {
                class.tiles.push(index);
            }
        }
        classes
    }
}

impl Meter<'_> {
    fn part(&self, problem: &Problem<'_>, realization: &Realization) -> Gauge {
        match self.bound {
            Some(_) => self.reading.extend(problem.catalog, &self.start(problem), realization),
            None => {
                let sum = problem.catalog.rules().latency_metrics().iter();
                let amount = sum.fold(Amount::default(), |sum, m| {
                    sum.plus(Reading::objective(m).amount(problem.catalog, realization))
                });
                Gauge {
                    unknown: amount.unknown,
                    low: amount.known,
                    high: amount.known,
                    strict: false,
                }
            }
        }
    }

    /// The figure of no realization.
    pub fn start(&self, problem: &Problem<'_>) -> Gauge {
        match self.bound {
            Some(_) => self.reading.start(problem.catalog),
            None => Gauge::ZERO,
        }
    }

    /// What two parts are together.
    pub fn join(&self, a: &Gauge, b: &Gauge) -> Gauge {
        match self.compose {
            Compose::Sum => a.plus(b),
            Compose::Least => a.least(b),
        }
    }

    /// Whether one figure is at least as good as another whatever is added to both.
    pub fn is_as_good(&self, a: &Gauge, b: &Gauge) -> bool {
        match self.bound {
            Some(bound) => a.is_as_good(b, bound.comparator),
            None => a == b,
        }
    }
}

fn meters<'c>(problem: &Problem<'c>) -> Vec<Meter<'c>> {
    let rules = problem.rules.iter().enumerate();
    rules
        .filter_map(|(item, rule)| match rule {
            Rule::Metric(constraint) if constraint.per == Per::Stack => Some(Meter {
                item,
                reading: Reading::of(constraint),
                compose: Reading::of(constraint).compose(problem.catalog),
                bound: Some(&constraint.bound),
            }),
            Rule::Grade(grade) if grade.grade == GradeName::Latency => Some(Meter {
                item,
                reading: Reading {
                    metric: "",
                    scope: Scope::Process,
                    count: Count::PerInstance,
                },
                compose: Compose::Sum,
                bound: None,
            }),
            _ => None,
        })
        .collect()
}
