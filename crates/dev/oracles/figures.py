"""What `run` reports of cold starts and memory: the figures that plans predict from.

`run figures BINARY [ROUNDS]`. A module that prints one line, compiled code in the cache; the stacks take turns in an order that is
drawn anew for each round (with a fixed seed). Prints the median, least and greatest of each figure.
"""

import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

STACKS = ["W", "S∘W", "I∘C∘W", "I∘C∘S∘W"]
FIGURES = {"cold_start": ("ms", 1.0), "run_time": ("ms", 1.0), "memory": ("MB", 1e6)}


def module():
    """Writes `hello` and the end of a line."""

    def sized(content):
        return bytes([len(content)]) + content

    def section(number, *items):
        return bytes([number]) + sized(bytes([len(items)]) + b"".join(items))

    # fd_write(1, 0, 1, 24): one piece, at 8, of 6 bytes.
    start = bytes.fromhex("00" "4101410041014118" "1000" "1a" "0b")
    return b"\0asm\1\0\0\0" + b"".join([
        section(1, bytes.fromhex("60047f7f7f7f017f"), bytes.fromhex("600000")),
        section(2, sized(b"wasi_snapshot_preview1") + sized(b"fd_write") + b"\0\0"),
        section(3, b"\1"),
        section(5, b"\0\1"),
        section(7, sized(b"memory") + b"\2\0", sized(b"_start") + b"\0\1"),
        section(10, sized(start)),
        section(11, b"\0\x41\x00\x0b" + sized(bytes([8, 0, 0, 0, 6, 0, 0, 0]) + b"hello\n")),
    ])


def main(binary, rounds=300):
    seen = {stack: {name: [] for name in FIGURES} for stack in STACKS}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "hello.wasm"
        path.write_bytes(module())
        draw = random.Random(1)
        for number in range(int(rounds) + 1):
            for stack in draw.sample(STACKS, len(STACKS)):
                ran = subprocess.run(
                    [binary, "run", "--format", "json", stack, "--", path], stdin=subprocess.DEVNULL, capture_output=True, check=True
                )
                report = json.loads(ran.stdout)
                assert report["ok"] and report["stdout"] == "hello\n", report
                # The first fills the cache.
                for metric in report["metrics"] if number else []:
                    if metric["name"] in FIGURES:
                        seen[stack][metric["name"]].append(metric["value"])
    for stack, figures in seen.items():
        for name, (unit, divisor) in FIGURES.items():
            values = [value / divisor for value in figures[name]]
            print(f"{stack:<10} {name:<12} {statistics.median(values):.2f} {unit} ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main(*sys.argv[1:])
