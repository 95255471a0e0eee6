# What the product says to people, in English. Every key is in the file of every language, with the same arguments.
# Names, codes and JSON are the same in every language.

## All commands

no-json = cannot write JSON: { $error }
no-output = cannot write to standard output: { $error }
unknown-language = `{ $value }` in STACKWRIGHT_LANG is no language of this program
unknown-language-help = `en` or `zh`
wrong-format = this format does not fit this command
wrong-format-help =
    `text` and `json` fit everywhere; `markdown` and `csv` fit `table`, `atlas` and `inspect`, `markdown` fits `plan` as well, `svg` fits `table` and `atlas`, `html` fits `atlas`, `sarif` and `junit` fit `inspect`
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
