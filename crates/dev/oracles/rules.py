"""Checks the exported rules with libsemigroups: they are confluent, and give the normal forms that the command gives.

    run rules BINARY [WORDS]
"""

import json
import random
import subprocess
import sys

from libsemigroups_pybind11 import (
    KnuthBendix,
    Presentation,
    ReportGuard,
    congruence_kind,
    presentation,
)


def load(binary):
    """The exported rules as they are, and in a Knuth-Bendix completion that has not run."""
    text = subprocess.run(
        [binary, "catalog", "export", "--rules", "--format", "json"], check=True, capture_output=True
    ).stdout
    exported = json.loads(text)
    form = exported["presentation"]
    presented = Presentation(form["alphabet"])
    presented.contains_empty_word(True)
    for left, right in form["rules"]:
        presentation.add_rule(presented, left, right)
    return exported, KnuthBendix(congruence_kind.twosided, presented)


def expand(word, exported):
    """A word without macros."""
    return [letter for symbol in word for letter in exported["macros"].get(symbol, [symbol])]


def main():
    binary = sys.argv[1]
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    exported, completion = load(binary)
    form = exported["presentation"]
    rules = len(form["rules"])
    guard = ReportGuard(False)  # no progress on the terminal while this lives
    assert completion.confluent(), "the rules are not confluent"
    del guard
    assert completion.number_of_active_rules() == rules, "some rules are redundant"

    symbols = exported["operators"] + list(exported["macros"])
    # Letters after which most others have no place are rare, so that most words reach a stack.
    weights = [1 if s in ("W", "We", "V", "F", "Cc", "Kc") else 8 for s in symbols]
    draw = random.Random(7)
    typed = zero = beyond = 0
    while typed < wanted:
        words = [draw.choices(symbols, weights, k=draw.randint(0, 24)) for _ in range(20_000)]
        lines = "\n".join("∘".join(w) or "∅" for w in words)
        ran = subprocess.run([binary, "normalize", "-", "--format", "json"], input=lines.encode(), capture_output=True)
        assert ran.returncode == 2, ran.stderr.decode()
        answers = ran.stdout.decode().splitlines()
        assert len(answers) == len(words)
        for word, line in zip(words, answers):
            answer = json.loads(line)
            letters = expand(word, exported)
            reduced = completion.reduce_no_run("".join(form["letters"][s] for s in letters))
            if "error" not in answer:
                typed += 1
                normal = "".join(form["letters"][s] for s in answer["normal_form"])
                assert reduced == normal, f"{word}: {reduced} against {normal}"
            elif reduced == form["zero"]:
                zero += 1
            else:
                # What the rules leave to the bounds.
                assert "nest" in answer["error"]["message"], f"{word}: {reduced} against {answer}"
                beyond += 1
    assert zero > 0 and beyond > 0
    print(
        f"{rules} rules are confluent; {typed} well-typed words have the same normal forms, "
        f"{zero} go to the zero, {beyond} nest too deep"
    )


if __name__ == "__main__":
    main()
