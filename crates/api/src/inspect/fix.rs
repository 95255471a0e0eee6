//! The smallest edits that close gaps, as a patch. Every edit is judged by inspecting what it gives, and taken back if it does
//! not help, or changes what another workload has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use similar::TextDiff;
use stackwright_inspect::{Inspector, Options, WorkloadReport, set};

use super::files::{Input, read_all};
use super::gap::{Edit, Gap, Verdict};
use super::judge::Judge;

/// Rounds of edits at most: some are seen to be needed only after others were made.
const ROUNDS: usize = 10;

/// What was changed, and what remains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// A unified diff of all files, which `git apply` and `patch -p1` take.
    pub patch: String,
    /// How many files it changes.
    pub files: usize,
    /// Workloads that suffice with it and did not before.
    pub closed: usize,
    /// Workloads that do not suffice even with it, with what they lack.
    pub open: Vec<(WorkloadReport, Gap)>,
}

/// What a workload lacks, and what it has.
type Answer = (Gap, WorkloadReport);

/// A file's text before and after.
type Texts = BTreeMap<PathBuf, (String, String)>;

/// Finds edits of files. `like` is an inspector that has read nothing, `judge` makes a judge that has judged nothing.
pub fn fix<'a>(
    inputs: &[Input],
    like: &Inspector<'_>,
    options: Options,
    threads: usize,
    judge: &dyn Fn() -> Judge<'a>,
) -> Fixed {
    let look = |texts: &Texts| {
        let mut inspector = like.fork();
        read_all(&mut inspector, inputs.iter().map(|i| replaced(i, texts)), threads);
        let mut inspection = inspector.inspection(options);
        let mut judge = judge();
        judge.know(inspection.classes());
        let answers: Vec<_> = inspection
            .workloads()
            .map(|w| (judge.judge(&w).unwrap_or_default(), w))
            .collect();
        answers
    };
    let first = look(&Texts::new());
    let mut hopeless = BTreeSet::new();
    let (texts, now) = loop {
        let (texts, now) = search(&first, &look, &hopeless);
        // A step that seemed to lead somewhere may have led nowhere: then nothing of that workload is changed.
        let pairs = first.iter().zip(&now).enumerate();
        let worse =
            pairs.filter(|(_, ((before, b), (after, a)))| b.declared != a.declared && lack(after) >= lack(before));
        let more: Vec<usize> = worse.map(|(i, _)| i).filter(|i| !hopeless.contains(i)).collect();
        if more.is_empty() {
            break (texts, now);
        }
        hopeless.extend(more);
    };
    let lacks = |answers: &[Answer]| answers.iter().filter(|(g, _)| g.verdict != Verdict::Holds).count();
    let (patch, files) = diff(&texts);
    Fixed {
        patch,
        files,
        closed: lacks(&first).saturating_sub(lacks(&now)),
        open: now
            .into_iter()
            .filter(|(g, _)| g.verdict != Verdict::Holds)
            .map(|(g, w)| (w, g))
            .collect(),
    }
}

/// Edits round by round, as long as each helps.
fn search(first: &[Answer], look: &dyn Fn(&Texts) -> Vec<Answer>, hopeless: &BTreeSet<usize>) -> (Texts, Vec<Answer>) {
    let mut texts = Texts::new();
    let mut now = first.to_vec();
    // Which list of edits is tried next: the first, the other one, none.
    let mut attempts: Vec<u8> = (0..now.len())
        .map(|i| if hopeless.contains(&i) { 2 } else { 0 })
        .collect();
    for _ in 0..ROUNDS {
        let (next, tried) = edited(&texts, &now, &mut attempts);
        if tried.is_empty() {
            break;
        }
        let then = look(&next);
        let useless: Vec<usize> = useless(&now, &then, &tried);
        if useless.is_empty() {
            (texts, now) = (next, then);
        }
        for (i, attempt) in attempts.iter_mut().enumerate() {
            match (useless.contains(&i), useless.is_empty() && tried.contains(&i)) {
                (true, _) => *attempt += 1,
                (false, true) => *attempt = 0,
                (false, false) => {}
            }
        }
    }
    (texts, now)
}

fn replaced(input: &Input, texts: &Texts) -> Input {
    match input {
        Input::File(path) => match texts.get(path) {
            Some((_, text)) => Input::Text(path.clone(), text.clone().into_bytes()),
            None => input.clone(),
        },
        _ => input.clone(),
    }
}

/// How much a workload lacks: less is better.
fn lack(gap: &Gap) -> (usize, usize) {
    let open = gap.shortfalls.iter().filter(|s| s.accepted.is_none());
    let (fails, unknown): (Vec<_>, Vec<_>) = open.partition(|s| s.verdict == Verdict::Fails);
    (fails.len(), unknown.len())
}

/// The tried workloads whose edits did not help, and those whose edits may have changed what others have.
fn useless(before: &[Answer], after: &[Answer], tried: &BTreeSet<usize>) -> Vec<usize> {
    if before.len() != after.len() {
        return tried.iter().copied().collect();
    }
    let pairs = before.iter().zip(after).enumerate();
    let disturbed: BTreeSet<&str> = pairs
        .filter(|(i, ((_, b), (_, a)))| {
            !tried.contains(i) && (&b.operators, &b.declared) != (&a.operators, &a.declared)
        })
        .map(|(_, ((_, b), _))| b.file.as_str())
        .collect();
    let helped = |i: &usize| match (before.get(*i), after.get(*i)) {
        (Some((b, w)), Some((a, v))) => {
            let (old, new) = (lack(b), lack(a));
            // What is declared now may be brought into effect by a further edit.
            let step = old.0 + old.1 >= new.0 + new.1
                && v.declared.len() > w.declared.len()
                && w.declared.iter().all(|o| v.declared.contains(o));
            (new < old || step) && !disturbed.contains(w.file.as_str())
        }
        _ => false,
    };
    tried.iter().copied().filter(|i| !helped(i)).collect()
}

/// The texts with the edits that are next for each workload, and which workloads have any.
fn edited(texts: &Texts, now: &[Answer], attempts: &mut [u8]) -> (Texts, BTreeSet<usize>) {
    let mut next = texts.clone();
    let mut tried = BTreeSet::new();
    // From the last to the first, so that places before an edit stay what they are.
    let mut order: Vec<usize> = (0..now.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(now.get(*i).map(|(_, w)| (w.file.clone(), w.spec.max(w.metadata)))));
    for i in order {
        let (Some((gap, workload)), Some(attempt)) = (now.get(i), attempts.get_mut(i)) else {
            continue;
        };
        while gap.verdict != Verdict::Holds && *attempt < 2 {
            let edits = if *attempt == 0 { &gap.edits } else { &gap.instead };
            if apply(&mut next, Path::new(&workload.file), edits) {
                tried.insert(i);
                break;
            }
            *attempt += 1;
        }
    }
    (next, tried)
}

/// Applies edits to a file, and says whether any changed it.
fn apply(texts: &mut Texts, path: &Path, edits: &[Edit]) -> bool {
    let read = || String::from_utf8(fs::read(path).ok()?).ok();
    let Some(mut text) = texts.get(path).map(|(_, text)| text.clone()).or_else(read) else {
        return false;
    };
    let before = text.clone();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|e| std::cmp::Reverse(e.base));
    for edit in edits {
        let Some(base) = edit.base else { continue };
        let keys: Vec<&str> = edit.keys.iter().map(String::as_str).collect();
        if let Some(changed) = set(&text, base, &keys, &edit.value) {
            text = changed;
        }
    }
    if text == before {
        return false;
    }
    let original = texts.get(path).map_or(before, |(original, _)| original.clone());
    texts.insert(path.to_owned(), (original, text));
    true
}

fn diff(texts: &Texts) -> (String, usize) {
    let mut patch = String::new();
    let changed = texts.iter().filter(|(_, (before, after))| before != after);
    let mut files = 0;
    for (path, (before, after)) in changed {
        let name = shown(path);
        let diff = TextDiff::from_lines(before, after);
        let mut unified = diff.unified_diff();
        patch += &unified.header(&format!("a/{name}"), &format!("b/{name}")).to_string();
        files += 1;
    }
    (patch, files)
}

/// A path as a patch names it: from the folder in which it is applied.
fn shown(path: &Path) -> String {
    let here = env::current_dir().ok();
    let relative = here.as_deref().and_then(|h| path.strip_prefix(h).ok()).unwrap_or(path);
    let relative = relative
        .strip_prefix("./")
        .or_else(|_| relative.strip_prefix("/"))
        .unwrap_or(relative);
    relative.to_string_lossy().into_owned()
}
