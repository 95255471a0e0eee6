# What the product says to people, in English. Every key is in the file of every language, with the same arguments.
# Names, codes and JSON are the same in every language.

## All commands

no-json = cannot write JSON: { $error }
no-output = cannot write to standard output: { $error }
unknown-language = `{ $value }` in STACKWRIGHT_LANG is no language of this program
unknown-language-help = `en` or `zh`
wrong-format = this format does not fit this command
wrong-format-help =
    `text` and `json` fit everywhere; `markdown` and `csv` fit `table`, `atlas` and `inspect`, `markdown` fits `plan` as well, `svg` fits `table`, `atlas` and `compare`, `html` fits `atlas` and `compare`, `mermaid` and `dot` fit `atlas`, `sarif` and `junit` fit `inspect`
did-you-mean = did you mean `{ $name }`?

## Figures

by-definition = by definition
without = without { $parts }

## grade

latency = latency
security = security
observability = observability
grade-by-reference = by reference figures
grade-no-figures = no default realization with reference figures covers this stack
grade-realized-by = realized by
grade-reference = reference figures
grade-better = better evidence

## normalize

step-applied = stays
step-moved = moves past { $by }, as { $law }
step-absorbed = is absorbed by { $by }, as { $law }
step-refined = refines { $by }, as { $law }
step-completed = with { $by } makes a whole, as { $law }
step-expanded = stands for a word: { $law }
normal-form = normal form: { $word }

## doctor

doctor-host = Linux { $kernel } on { $architecture }
yes = yes
no = no
doctor-operators = operators that `run` can put in force here
doctor-nothing = nothing here

## laws

laws-left = left
laws-right = right
laws-no-stack = no stack
laws-left-ill-typed = the left side describes no stack: { $error }
laws-right-ill-typed = the right side describes no stack: { $error }
laws-both-ill-typed = neither side describes a stack: { $left }; { $right }
laws-reach = the left side reaches [{ $left }], the right side [{ $right }]
laws-because = because { $witness }
laws-everywhere = and so in every context, as equality is a congruence

## explain

explain-unknown-code = unknown diagnostic code `{ $code }`
explain-lists-codes = `stackwright explain` lists all codes
explain-mended = mended:

## atlas and compare

atlas-formats = { $formats } fit it
atlas-planner = what the planner says
atlas-asked = asked for “{ $text }”
atlas-plans = it plans { $plans }
atlas-not-understood = it did not understand { $words }
atlas-agrees = { $word }, which is recommended, is among the best plans
atlas-disagrees = { $word }, which is recommended, is not among them:
atlas-exported = { $count } files written to { $folder }
atlas-no-path = nothing leads from { $from } to { $to }
atlas-needs-host = of its host
atlas-needs-before = before it
atlas-needs-others = other technologies
atlas-needs-nothing = nothing is known that { $name } needs
atlas-inside-said = documents say that these can run on { $name }: { $list }
atlas-inside-both = { $name }: documents and algebra agree that it can
atlas-inside-documents = { $name }: documents say so, but by the algebra none of its operators stands inside
atlas-inside-algebra = { $name }: the documents do not say so, by the algebra it can
atlas-inside-neither = { $name }: neither says so
placed-inside = { $inner } stands inside { $outer }, and not the other way round
placed-either = { $inner } can stand inside { $outer } or around it: these are two stacks
placed-beside = { $inner } and { $outer } stand beside each other: the order makes no difference
placed-absorbed = { $outer } has all that { $inner } would add
placed-refused = { $inner } cannot stand inside { $outer }
atlas-layer-agrees = { $said }: the algebra agrees
atlas-layer-disagrees = { $said }: the algebra disagrees
atlas-layer-but = but { $placed }
atlas-layers = { $count } statements, the algebra disagrees with { $disagree }
compare-disagreements = where evidence disagrees
compare-disagrees = { $subject }, { $dimension }: { $said } is said; { $evidence }
compare-claims = what documents claim of it
compare-usage = when to use which

## atlas align

align-aligned = aligned
align-drifted = drifted
align-missing = missing
align-unverifiable = unverifiable
align-quotation = quotation
align-definition = definition
align-citation = citation
align-link = link
align-counts = { $aligned } aligned, { $drifted } drifted, { $missing } missing, { $unverifiable } unverifiable; `atlas align CONCEPT` says why
align-concept = concept
align-authority = authority
align-title = title
align-verdict = verdict
align-said = said
align-place = { $basis }, { $document }, line { $line }
align-found = found
align-as-of = as of { $date }
align-undated = of no stated day
align-read = read { $date }: { $copy }
align-now = now
align-gone = nothing is there (HTTP { $status })
align-unseen = no copy of it was read
align-unreachable = the address does not answer: { $why }
align-difference = difference
align-similarity = similarity
align-snapshot = snapshot
align-still = is still what the authority says
align-no-longer = is no longer what the authority says
align-words-of = words of
align-address = address
align-instead = instead
align-version = version
align-note = note
align-projects = projects
align-since = since { $date }
align-as-of-source = as of { $date }; { $source }, { $address }
align-looking = asking { $address }
align-unknown-concept = there is no concept `{ $name }` with references
align-concepts = there are { $names }

## atlas decide

decide-step-1 = requirements
decide-step-2 = scenario
decide-step-3 = comparison of concepts
decide-step-4 = selection
decide-step-5 = check by authorities
decide-nothing = nothing
decide-stars = stars of the decision matrix for { $dimensions }
decide-no-dimension = nothing that is required is a row of the decision matrix
decide-concepts = the tree leads to { $concepts }
decide-plan = plan { $plan }
decide-with = with { $technologies }
decide-in-plan = { $concept }: by { $operators }
decide-not-in-plan = { $concept }: not in the plan, as nothing that is required needs it
decide-also = also optimal: { $plan }
decide-conflict = no plan: these cannot all hold
decide-nearest = nearest
decide-references = references: { $aligned } aligned, { $drifted } drifted, { $missing } missing, { $unverifiable } unverifiable; `atlas align { $concept }` says why
decide-wrote = wrote { $path }
decide-prompt-one = one of them:
decide-prompt-several = some of them, with commas between; Enter for none:
decide-prompt-default = one of them; Enter for { $default }:
decide-after = after { $answer }
decide-here = here
decide-no-input = cannot read standard input: { $error }
decide-no-flag = `{ $text }` answers no question
decide-no-flag-help = write `--answer QUESTION=ANSWER`; `stackwright atlas decide --list` lists both
decide-no-answers = this is no list of answers
decide-no-answers-help = write `QUESTION: ANSWER` or `QUESTION: [ANSWER, ANSWER]`; `stackwright atlas decide --list` lists both
decide-no-question = there is no question `{ $question }`
decide-elsewhere = the question `{ $question }` is asked after { $answer } only
decide-no-answer = `{ $answer }` is no answer to `{ $question }`
decide-one = `{ $question }` takes one answer
decide-there-are = there are { $names }
decide-unanswered = the question `{ $question }` is not answered
decide-unanswered-help = answer it with `--answer { $question }=…`, one of { $answers }

## run

note = note
warning = warning
error = error
run-degraded = running with whatever layers this host can give (--degraded)
run-nothing = nothing to run under { $what }
run-nothing-help = name a module: `stackwright run { $what } -- module.wasm`; a bundle is a path with a `/`
run-no-variable = `{ $text }` does not set a variable
run-no-variable-help = write `--env NAME=VALUE`
run-no-grant = `{ $text }` is not a grant
run-no-grant-help = write `--grant HOST:/GUEST`, with `:rw` at the end to let the workload write
run-no-driver = `{ $text }` does not choose a driver
run-no-driver-help = write `--driver OPERATOR=DRIVER`, such as `--driver C=runc`
run-serve-command = only modules answer requests, under W with S, I or I∘C around it
run-serve-command-help = for example `run --serve S∘W -- module.wasm` or `run --serve I∘C∘S∘W -- module.wasm`
run-cluster-option = { $option } is not for bundles for clusters
run-cluster-option-help = their documents say it, or podman has no place for it; `--time-limit`, `--output-limit`, `--env`, `--degraded`, `--keep`, `--detach` and arguments can be given
image-roots-removed = { $count } unpacked root file systems removed
image-no-roots = there is no folder for unpacked images: neither XDG_CACHE_HOME nor HOME is set
image-no-roots-help = name one with STACKWRIGHT_STATE
run-in-force = in force
run-not-in-force = NOT in force
run-predicted = predicted { $value }
run-exited = ended with exit code { $code }
run-trapped = trapped (exit code { $code }): { $message }
run-timed-out = killed at its time limit (exit code { $code })
run-output-limit = killed at its output limit (exit code { $code })
run-out-of-memory = killed at its memory limit (exit code { $code })
run-unhealthy = ended by a probe (exit code { $code }): { $why }
run-no-port = `{ $text }` is no port to publish
run-no-port-help = write `[[ADDRESS:]HOST_PORT:]PORT`, for example `8080:80`; only TCP is carried
run-no-probe = `{ $option } { $text }` is no probe
run-no-probe-help = write `tcp:PORT`, `http:PORT/PATH` or `exec:COMMAND`, after settings that end with a comma each, for example `every=5s,failures=2,http:8080/ready`
run-signalled = ended by signal { $signal } (exit code { $code })

## laws of all operators

laws-idempotence = idempotence
laws-commutation = commutation
laws-others-commute = all other { $count } pairs commute everywhere
laws-refinement = refinement: gives all that the other gives, and more of the same kind
laws-whole = part and whole
laws-absorption = absorption
laws-holds-everywhere = everywhere
laws-holds-where = where
laws-holds-nowhere = nowhere
laws-witness = after { $context }: { $left } and { $right }

## table

table-legend = row∘column as its normal form; · describes no stack. Laws, grades and reasons: --format json, csv or svg
table-title = Composition of operators: row∘column

## catalog

catalog-builtin = the built-in catalogue
catalog-files = { $files ->
        [one] { $files } file
       *[other] { $files } files
    }
catalog-overlay = { $files ->
        [one] { $files } file
       *[other] { $files } files
    } of { $names } over the built-in catalogue
catalog-well = all is well
catalog-warnings = { $count ->
        [one] { $count } warning
       *[other] { $count } warnings
    }
catalog-counts = { $operators } operators, { $technologies } technologies, { $realizations } realizations, { $interactions } interactions, { $evidence } evidence records
catalog-proved = equality is a congruence: proved by { $equations } equations and { $pairs } pairs of states in { $milliseconds } ms
catalog-hash = catalogue { $hash }
catalog-overlay-hash = overlay { $name } { $hash }
catalog-automaton = automaton: { $domains } local states of a domain, { $states } states, { $transitions } transitions; { $marks } sets of marks; built in { $milliseconds } ms
catalog-principle = the stack must { $demand }, as { $because }
catalog-taken-for = { $word } is { $meaning }

## emit, verify, ps

wrote-files = wrote { $count ->
        [one] { $count } file
       *[other] { $count } files
    } to { $folder }
emit-image = { $stack } for { $name }, { $digest }
emit-written = written to { $folder }
verify-planned = planned
verify-found = found
verify-mutants = { $count } mutants refused
verify-cases = { $count } cases of tests as expected
verify-documents = { $count } documents checked
verify-ok = ok
verify-not-ok = not ok
stats-run = { $id }  processor { $processor }  memory { $memory }, at most { $peak }  tasks { $tasks }  read { $read }  written { $written }
stats-unknown = unknown
ps-ready = ready
ps-not-ready = not ready
ps-code = with code { $code }

## plan

plan-for = { $requirement } for { $target }
plan-judged = judged by
plan-stability = how stable the order is
plan-others = also optimal
plan-more = and { $count } more (--top)
plan-why-not = why not { $stack }
plan-rejected = rejected
plan-complete = the front is complete
plan-more-optimal = there are more optimal plans than are listed
plan-incomplete = the front is not complete, the search reached its limit; no plan is below { $start } ms cold start, { $memory } MB memory, { $request } ms for each request
plan-searched = { $found } optimal of { $all } combinations of a stack and realizations ({ $labels } labels): { $complete }
plan-plan = plan { $stack }
plan-nodes = runs on nodes of
plan-why = why
plan-binding = binding
plan-gives-up = better elsewhere
plan-figures = figures
plan-risks = risks
plan-nor = nor can
plan-more-sets = these are not all such sets
plan-nothing-else = nothing else
plan-and = { $before }, and { $change }
plan-opens = { $changes } opens { $stack } ({ $realizations })
plan-weight-between = weight of { $preference } from { $from } to { $to }; beyond, { $other } is first
plan-weight-any = weight of { $preference }: any
plan-weight-from = weight of { $preference } from { $from }; below, { $other } is first
plan-first-other = with { $preference } before all else, { $other } would be first
plan-first-same = with { $preference } before all else, the same plan is first
plan-no-workload = the requirement names no file of a workload, and a bundle needs one
plan-looking = looking at this host
plan-no-host = { $path } is not what `doctor --format json` writes: { $error }
plan-no-host-help = write it with `stackwright doctor --format json`
plan-understood = understood
plan-implied = { $meaning } (implied)
plan-not-understood = not understood
plan-assumed = taken for granted
plan-overridden = said otherwise
plan-not-judged = understood, but plans are not judged by it

## atlas claims

claims-unknown = there is no claim `{ $id }`
claims-all = `stackwright atlas claims` lists all
claims-supported = supported
claims-contradicted = contradicted
claims-undetermined = undetermined
claims-law = law
claims-for = for
claims-against = against
claims-open = open
claims-besides = besides
claims-place = { $document }, section { $section }, line { $line }
claims-counts = { $supported } supported, { $contradicted } contradicted, { $undetermined } undetermined; `atlas claims ID` says why
claims-columns = | verdict | claim | text | because | instead |

## help and errors of the command line

help-usage = Usage:
help-commands = Commands
help-command = COMMAND
help-options = Options
help-global = Global options
help-arguments = Arguments
help-default = default: { $values }
help-possible = possible values: { $values }
line-error = error: 
line-unknown = unknown argument `{ $argument }`
line-no-command = there is no command `{ $command }`
line-wants-command = a command is missing
line-missing = these are missing: { $arguments }
line-no-value = `{ $argument }` takes a value
line-value = `{ $value }` is no value of `{ $argument }`
line-invalid = `{ $value }` is no value of `{ $argument }`: { $why }
line-conflict = `{ $argument }` cannot be used with `{ $other }`
line-number = `{ $argument }` has the wrong number of values
line-more = `--help` says more

## inspect

inspect-workloads = { $count ->
        [one] { $count } workload
       *[other] { $count } workloads
    }
inspect-declared = declared, but not in effect: { $operators }
inspect-assumed = assumed ({ $about }): { $what }; settle: { $settle }
inspect-unknown = unknown ({ $about }): { $what }; settle: { $settle }
inspect-lacks = lacks
inspect-not-assured = not assured
inspect-let-pass = let pass
inspect-set = set { $path }: { $value }  ({ $why })
inspect-objects = objects that carry an operator themselves
inspect-read-by = { $count ->
        [one] { $count } object, read by { $reader }
       *[other] { $count } objects, read by { $reader }
    }
inspect-counts = { $files ->
        [one] { $files } file
       *[other] { $files } files
    }: { $documents ->
        [one] { $documents } document
       *[other] { $documents } documents
    }, { $workloads ->
        [one] { $workloads } workload
       *[other] { $workloads } workloads
    }, { $policies ->
        [one] { $policies } policy object
       *[other] { $policies } policy objects
    }, { $errors ->
        [one] { $errors } error
       *[other] { $errors } errors
    }
inspect-weakened = { $count ->
        [one] { $count } workload has less than it declares
       *[other] { $count } workloads have less than it declares
    }
inspect-enough = { $enough } of { $workloads } have what is required
inspect-nothing = { $count } documents carry nothing: { $named }
inspect-nothing-more = { $count } documents carry nothing: { $named } and { $more } other kinds
inspect-no-object = { $count } are no objects of a kind
