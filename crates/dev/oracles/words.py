"""How fast words are normalised: the engine in process, the command on a stream, libsemigroups and Maude.

    run words

All contenders take turns on the same random words, and each one's median time for a word is printed with its ratio to the
engine's. Needs the release build of the command and of the `words` tool:
`cargo build --release -p stackwright-cli && cargo build --release -p stackwright-dev --bin words`.
"""

import statistics
import subprocess
import tempfile
import time

import maude
from rules import expand, load

TOOL = "target/release/words"
COMMAND = "target/release/stackwright"
ROUNDS = 7
# Words for the contenders in process; the stream gets each of them so many times.
WORDS = 5_000
REPEAT = 200


def maude_module(exported):
    """The exported rules as equations over an associative concatenation."""
    name = {symbol: f"op{symbol}" for symbol in exported["operators"]}

    def term(word):
        if word is None:
            return "zero"
        return " ".join(name[s] for s in word) or "none"

    lines = [
        "fmod STACKS is",
        "  sort Word .",
        "  ops none zero " + " ".join(name.values()) + " : -> Word .",
        "  op __ : Word Word -> Word [assoc id: none] .",
        "  var X : Word .",
        *(f"  eq {term(r['left'])} = {term(r['right'])} ." for r in exported["rules"]),
        "  ceq X zero = zero if X =/= none .",
        "  ceq zero X = zero if X =/= none .",
        "endfm",
    ]
    maude.init(advise=False)
    assert maude.input("\n".join(lines)), "Maude does not read the rules"
    module = maude.getModule("STACKS")
    return module, term


def stream(path, lines, form):
    def run():
        start = time.perf_counter()
        with open(path, "rb") as words:
            command = [COMMAND, "normalize", "-", "--format", form]
            subprocess.run(command, stdin=words, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - start) / lines * 1e9

    return run


def tool(what, text):
    def run():
        ran = subprocess.run([TOOL, "time", what], input=text, capture_output=True, check=True)
        return float(ran.stdout)

    return run


def calls(function, arguments):
    def run():
        start = time.perf_counter()
        for argument in arguments:
            function(argument)
        return (time.perf_counter() - start) / len(arguments) * 1e9

    return run


def main():
    exported, completion = load(COMMAND)
    letters = exported["presentation"]["letters"]
    module, term = maude_module(exported)
    print(f"nanoseconds for one word, median of {ROUNDS} rounds; ratio to the engine")
    for length in (4, 16, 64):
        text = subprocess.run([TOOL, "write", str(length), str(WORDS)], capture_output=True, check=True).stdout
        words = [expand(line.split("∘"), exported) for line in text.decode().splitlines()]
        strings = ["".join(letters[s] for s in word) for word in words]
        normal = [completion.reduce_no_run(s) for s in strings]
        terms = [term(word) for word in words]
        sample = module.parseTerm(terms[0])
        sample.reduce()

        def rewrite(text):
            parsed = module.parseTerm(text)
            parsed.reduce()

        def reduce_only(parsed):
            parsed.copy().reduce()

        with tempfile.NamedTemporaryFile() as file:
            for _ in range(REPEAT):
                file.write(text)
            file.flush()
            lines = WORDS * REPEAT
            contenders = {
                "engine, identifiers to identifiers": tool("identifiers", text),
                "engine, text to text": tool("text", text),
                "command, stream to text": stream(file.name, lines, "text"),
                "command, stream to JSON": stream(file.name, lines, "json"),
                "libsemigroups from Python": calls(completion.reduce_no_run, strings),
                "  the call alone: a normal form of one letter": calls(completion.reduce_no_run, [letters["C"]] * WORDS),
                "Maude from Python, parsing and reducing": calls(rewrite, terms[:500]),
                "  reducing alone": calls(reduce_only, [module.parseTerm(t) for t in terms[:500]]),
            }
            times = {name: [] for name in contenders}
            for _ in range(ROUNDS):
                for name, run in contenders.items():
                    times[name].append(run())
        medians = {name: statistics.median(t) for name, t in times.items()}
        engine = medians["engine, identifiers to identifiers"]
        assert len(normal) == WORDS
        print(f"\n{length} letters")
        for name, nanoseconds in medians.items():
            rate = f"{1e3 / nanoseconds:8.2f} M words/s"
            print(f"  {name:<48} {nanoseconds:10.1f} ns {rate} {nanoseconds / engine:9.1f}")


if __name__ == "__main__":
    main()
