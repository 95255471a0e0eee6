"""Time from starting a program to its end, for `true` under stacks and for what others have instead.

`run starts BINARY [ROUNDS]`. All contenders take turns, in an order that is drawn anew for each round (with a fixed seed), so that
what else the machine does meets all of them. Prints medians, and the ratios that are promised. Contenders that are not installed, or
do not work here, are left out and named.
"""

import json
import os
import pathlib
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIRST = "run W, to the first instruction"
FIRST_OTHER = "wasmtime, to the first instruction"
PODMAN = "podman run"
IMAGE = "localhost/starts:1"
VIEW = ["usr", "bin", "sbin", "lib", "lib64", "etc"]


def bundle(folder):
    """A bundle like those that the product writes: the same namespaces, view and limits, and `true`."""
    rootfs = folder / "rootfs"
    rootfs.mkdir(parents=True)
    mounts = [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]},
        {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"]},
    ]
    for name in ["proc", "dev", "tmp", "sys"]:
        (rootfs / name).mkdir()
    for name in VIEW:
        host = pathlib.Path("/") / name
        if host.is_symlink():
            (rootfs / name).symlink_to(host.readlink())
        elif host.is_dir():
            (rootfs / name).mkdir()
            options = ["rbind", "ro", "nosuid", "nodev"]
            mounts.append({"destination": str(host), "type": "bind", "source": str(host), "options": options})
    users = [{"containerID": 0, "hostID": 65534, "size": 1}]
    namespaces = ["pid", "network", "ipc", "uts", "mount", "user"]
    config = {
        "ociVersion": "1.0.2",
        "root": {"path": "rootfs", "readonly": True},
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["/usr/bin/true"],
            "env": ["PATH=/usr/bin"],
            "cwd": "/",
            "noNewPrivileges": True,
        },
        "mounts": mounts,
        "linux": {
            "namespaces": [{"type": kind} for kind in namespaces],
            "uidMappings": users,
            "gidMappings": users,
            "resources": {"memory": {"limit": 256 << 20}, "pids": {"limit": 64}},
        },
    }
    (folder / "config.json").write_text(json.dumps(config))
    for path in [folder, rootfs]:
        path.chmod(0o755)


def filters():
    """The product's refusals as programs for bubblewrap, one for each error."""
    data = json.loads((ROOT / "crates/drive/data/seccomp/commands.json").read_text())
    header = pathlib.Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h").read_text()
    numbers = {name: int(n) for name, n in re.findall(r"#define __NR_(\w+) (\d+)", header)}
    by_error = {}
    for group in data["groups"]:
        if group.get("architecture", "x86_64") == "x86_64":
            by_error.setdefault(group["errno"], []).extend(group["rules"])
    for error, rules in by_error.items():
        refuse = struct.pack("HBBI", 0x06, 0, 0, 0x50000 | error)
        program = struct.pack("HBBI", 0x20, 0, 0, 0)
        for rule in rules:
            number = numbers[rule["syscall"]]
            if "args" not in rule:
                program += struct.pack("HBBI", 0x15, 0, 1, number) + refuse
                continue
            [argument] = rule["args"]
            offset = 16 + 8 * argument["index"]
            mask = argument["op"]["masked_eq"] if argument["op"] != "eq" else 0xFFFFFFFF
            program += struct.pack("HBBI", 0x15, 0, 5, number) + struct.pack("HBBI", 0x20, 0, 0, offset)
            program += struct.pack("HBBI", 0x54, 0, 0, mask) + struct.pack("HBBI", 0x15, 0, 1, argument["val"])
            program += refuse + struct.pack("HBBI", 0x20, 0, 0, 0)
        yield program + struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)


def clock_module():
    """A module that asks for the time as the first thing that it does, and writes it: eight bytes."""

    def sized(content):
        return bytes([len(content)]) + content

    def section(number, *items):
        return bytes([number]) + sized(bytes([len(items)]) + b"".join(items))

    def imported(name, kind):
        return sized(b"wasi_snapshot_preview1") + sized(name) + bytes([0, kind])

    types = ["60037f7e7f017f", "60047f7f7f7f017f", "600000"]
    # clock_time_get(realtime, 1, 16), fd_write(1, 8, 1, 32)
    start = bytes.fromhex("00" "4100420141101000" "1a" "41014108410141201001" "1a" "0b")
    return b"\0asm\1\0\0\0" + b"".join([
        section(1, *map(bytes.fromhex, types)),
        section(2, imported(b"clock_time_get", 0), imported(b"fd_write", 1)),
        section(3, b"\2"),
        section(5, b"\0\1"),
        section(7, sized(b"memory") + b"\2\0", sized(b"_start") + b"\0\2"),
        section(10, sized(start)),
        section(11, b"\0\x41\x08\x0b" + sized(bytes([16, 0, 0, 0, 8, 0, 0, 0]))),
    ])


def first_instruction(command):
    """Milliseconds from starting a command to the first thing that its module does."""
    since = time.time_ns()
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return (int.from_bytes(ended.stdout[:8], "little") - since) / 1e6 if ended.returncode == 0 else None


def contenders(binary, folder):
    bundle(folder / "bundle")
    run = [binary, "run"]
    hide = "umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\""
    crun = ["unshare", "-m", "sh", "-c", hide, "sh", "crun", "--root", str(folder / "crun"), "run"]
    bwrap = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    descriptors = []
    for number, program in enumerate(filters()):
        path = folder / f"filter{number}"
        path.write_bytes(program)
        descriptors.append(path)
    module = ROOT / "examples/edge-function/function.wasm"
    return {
        "true": lambda: ["true"],
        "runc run": lambda: ["runc", "--root", str(folder / "runc"), "run", "-b", str(folder / "bundle"), "a"],
        "crun run": lambda: [*crun, "-b", str(folder / "bundle"), "b"],
        "bwrap": lambda: [*bwrap, "true"],
        "bwrap, filter": lambda: (
            [*bwrap, *(word for d in descriptors for word in ("--add-seccomp-fd", d)), "true"]
        ),
        "unshare": lambda: ["unshare", "-fpmniu", "true"],
        "run ''": lambda: [*run, "", "--", "true"],
        "run S": lambda: [*run, "S", "--", "true"],
        "run Ns": lambda: [*run, "Ns", "--", "true"],
        "run C": lambda: [*run, "C", "--", "true"],
        "run C (runc)": lambda: [*run, "C", "--driver", "C=runc", "--", "true"],
        "run C (crun)": lambda: [*run, "C", "--driver", "C=crun", "--", "true"],
        "run Ns (bwrap)": lambda: [*run, "Ns", "--driver", "Ns=bubblewrap", "--", "true"],
        "run W": lambda: [*run, "W", "--", str(module)],
        "wasmtime": lambda: ["wasmtime", "run", "-C", "cache=y", str(module)],
        "wasmtime, compiled": lambda: ["wasmtime", "run", "--allow-precompiled", str(folder / "function.cwasm")],
        FIRST: lambda: [*run, "W", "--", str(folder / "clock.wasm")],
        FIRST_OTHER: lambda: ["wasmtime", "run", "-C", "cache=y", str(folder / "clock.wasm")],
        PODMAN: lambda: ["podman", "run", "--rm", "--network=none", "--pull=never", "--memory=256m", IMAGE],
    }


def podman(folder):
    """Has podman keep its own folder, and limits that any process may set, and gives it an image with `true`."""
    limits = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
    engine = f'[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\nevents_logger = "none"\ntmp_dir = "{folder}/tmp"\n'
    store = f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/store"\nrunroot = "{folder}/run"\n'
    folder.mkdir()
    for name, text in [("CONTAINERS_CONF", limits + engine), ("CONTAINERS_STORAGE_CONF", store)]:
        path = folder / f"{name.lower()}.conf"
        path.write_text(text)
        os.environ[name] = str(path)
    busybox = pathlib.Path(shutil.which("busybox") or "/bin/busybox")
    archive = folder / "root.tar"
    subprocess.run(["tar", "-C", busybox.parent, "-cf", archive, busybox.name], check=True)
    started = ["-c", 'ENTRYPOINT ["/busybox"]', "-c", 'CMD ["true"]', "-c", "USER 65534"]
    subprocess.run(["podman", "import", "-q", *started, archive, IMAGE], check=True, capture_output=True)


def start(command):
    """Runs a command; files in it are handed over as descriptors. Returns milliseconds, or None if it fails."""
    files, words = [], []
    for word in command:
        if isinstance(word, pathlib.Path):
            files.append(open(word, "rb"))
            words.append(str(files[-1].fileno()))
        else:
            words.append(word)
    since = time.perf_counter_ns()
    ended = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[file.fileno() for file in files],
    )
    took = (time.perf_counter_ns() - since) / 1e6
    for file in files:
        file.close()
    return took if ended.returncode == 0 else None


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    own = pathlib.Path(sys.executable).parent
    os.environ["PATH"] = f"{own}:{os.environ['PATH']}:/usr/sbin"
    # The package starts its program by Python, which is not what is to be measured, and does not mark it as one.
    for program in own.parent.glob("lib/python*/site-packages/wasmtime_cli/**/wasmtime"):
        program.chmod(0o755)
        os.environ["PATH"] = f"{program.parent}:{os.environ['PATH']}"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="starts"))
    folder.chmod(0o755)
    (folder / "clock.wasm").write_bytes(clock_module())
    stored = False
    try:
        if shutil.which("wasmtime"):
            module = ROOT / "examples/edge-function/function.wasm"
            subprocess.run(["wasmtime", "compile", "-o", folder / "function.cwasm", module], check=True)
        names = contenders(binary, folder)
        try:
            podman(folder / "podman")
            stored = True
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"left out: {PODMAN}: {error}")
            del names[PODMAN]
        works = {}
        for name, command in names.items():
            try:
                if start(command()) is None:
                    print(f"left out: {name} does not work here")
                    continue
            except FileNotFoundError:
                print(f"left out: {name} is not installed")
                continue
            works[name] = command
        times = {name: [] for name in works}
        order = random.Random(1)
        for _ in range(rounds):
            for name in order.sample(list(works), len(works)):
                measured = first_instruction if name in (FIRST, FIRST_OTHER) else start
                times[name].append(measured(works[name]()))
        failed = {name: sum(t is None for t in taken) for name, taken in times.items()}
        median = {name: statistics.median(t for t in taken if t is not None) for name, taken in times.items()}
        print(f"\nmedians of {rounds} rounds, milliseconds")
        for name, value in median.items():
            taken = sorted(t for t in times[name] if t is not None)
            spread = f"{taken[len(taken) // 4]:.2f} to {taken[3 * len(taken) // 4]:.2f}"
            print(f"  {name:<36} {value:8.2f}   {spread}   {failed[name] or ''}")
        print()

        def kept(what, value, bound, unit=""):
            verdict = "kept" if value <= bound else "NOT kept"
            print(f"  {what:<48} {value:.2f}{unit} (bound {bound}{unit}) {verdict}")

        def ratio(what, left, right, bound):
            if left in median and right in median:
                kept(what, median[left] / median[right], bound)

        if {"run C (runc)", "runc run"} <= median.keys():
            kept("run C by runc, above runc run", median["run C (runc)"] - median["runc run"], 3, " ms")
        ratio("embedded container / crun run", "run C", "crun run", 1)
        ratio("run S / bwrap with the same filter", "run S", "bwrap, filter", 1.2)
        if FIRST in median:
            kept(FIRST, median[FIRST], 5, " ms")
        if {"run W", "wasmtime"} <= median.keys():
            print(f"  {'run W / wasmtime with its cache':<48} {median['run W'] / median['wasmtime']:.2f}")
    finally:
        # Layers are mounted below the store until it is told otherwise.
        if stored:
            subprocess.run(["podman", "rmi", "--all", "--force"], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


main()
