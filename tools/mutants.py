#!/usr/bin/env python3
"""Draws mutants of the rooms that compute, and says which tests notice them.

    cargo install --locked cargo-mutants          # names the mutants; nothing else of it is used
    tools/mutants.py --seed 7 --count 60          # draws, builds, runs; writes docs/MUTANTS.md

All mutants stand in one program: in a copy of the sources, every mutated function begins with a switch between its
body and its mutated bodies, which the environment variable TERRASIGHT_MUTANT throws. So there is one build, and then one
run of the tests for each mutant. A mutant is noticed when a test fails, or does not end in time. What cannot be
switched (constants, `const fn`, what does not compile) is left out and the next in the draw taken.

With --listed FILE the changes are those that the file names (tools/gradient_mutants.txt: the gradients that adapters learn by on
the CPU, most of them in macros, where cargo-mutants does not look), and the table is printed.
With --again the sample of the last draw is kept, and what was not noticed is tried again with the tests of today.
What is known of mutants that no test notices stands in tools/mutants_explained.json: those that compute the same as the
original ("equal"), and what it would take to notice the others ("unnoticed").
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The integration tests that reach each room, the quickest first; the library's own tests go before them.
TESTS = {
    "model": ["preparation_parity", "parity", "vectors", "segmentation", "embedding", "bad_checkpoints", "training", "cli"],
    "predict": ["parity", "locatability", "cli"],
    "train": ["training", "cli"],
    "dataset": ["dataset_index", "locatability", "cli"],
}
# Those that reach the gradients of adapters, for changes that a file names.
LISTED_TESTS = [("lib", ("model::",)), ("lib", ("train::",)), ("adapters", ())]
SWITCH = """
/// Whether this run is that of mutant `number`.
pub fn mutant(number: u32) -> bool {
    static CHOSEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    let chosen = || std::env::var("TERRASIGHT_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    *CHOSEN.get_or_init(chosen) == number
}
"""
# What stands for nothing when braces are looked for.
OPAQUE = re.compile(r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\'\\])\'', re.S)
MOST_MEMORY = 6 << 30
# A program that neither ends nor computes is waited for so many seconds.
MOST_WAITING = 900


def main() -> None:
    options = arguments()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    listed = listed_in(options.listed) if options.listed else every_mutant()
    sample = kept_sample(work, listed) if options.again else None
    if options.listed and sample is None:
        sample = listed
        for name in ("results.json", "left_out.json"):
            (work / name).write_text("{}" if name == "results.json" else "[]")
    if sample is None:
        order = sorted(listed, key=lambda m: m["name"])
        random.Random(options.seed).shuffle(order)
        sample, left_out = drawn(order, options.count, work)
        results = {}
        (work / "left_out.json").write_text(json.dumps(left_out))
    else:
        prepare(work, sample)
        results = json.loads((work / "results.json").read_text())
        results = {key: found for key, found in results.items() if found["test"]}
    (work / "sample.json").write_text(json.dumps(sample))
    binaries = ["adapters"] if options.listed else sorted({name for names in TESTS.values() for name in names})
    programs = build(work, binaries)
    limits = baseline(work, programs, ("model::", "train::") if options.listed else ())
    for number, mutant in enumerate(sample, 1):
        if str(number) in results:
            continue
        rest = LISTED_TESTS if options.listed else None
        results[str(number)] = found = noticed(work, programs, limits, number, mutant, rest)
        (work / "results.json").write_text(json.dumps(results))
        print(f"{number:3} {found['seconds']:6.1f} s  {found['test'] or 'NOT NOTICED':50} {mutant['name']}", flush=True)
    report(options, work, sample, results, listed)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--listed", type=Path, help="all changes that this file names, instead of a draw; the table is printed")
    parser.add_argument("--again", action="store_true", help="keep the sample of the last draw")
    parser.add_argument("--work", type=Path, default=ROOT / "target/mutants", help="folder for the copy and the results")
    return parser.parse_args()


# --- which mutants ---------------------------------------------------------------------------------------------------

def every_mutant() -> list:
    """All mutants that cargo-mutants names in the four rooms and that stand in a function."""
    rooms = [argument for room in TESTS for argument in ("--file", f"src/{room}/**")]
    out = subprocess.run(["cargo", "mutants", "--no-config", "--list", "--json", *rooms], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return [m for m in json.loads(out.stdout) if m.get("function")]


def listed_in(file: Path) -> list:
    """The changes that a file names: after a line `FILE FUNCTION` lines of four blanks and `FROM => TO`, each in the one function of
    that name in which it stands once."""
    found, wrong = [], []
    for line in file.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith("    "):
            source, function = line.split()
            text = (ROOT / source).read_text()
            continue
        old, new = parted(line[4:].replace("\\n", "\n"))
        begins = [m.start() for m in re.finditer(rf"\bfn {function}\b", text)]
        spans = [(begin, end_of(text, begin)) for begin in begins]
        inside = [(b, e) for b, e in spans if text[slice(*body_of(text, b, e))].count(old) == 1]
        if len(inside) != 1:
            wrong.append(f"{source} {function}: {old!r} stands in {len(inside)} functions")
            continue
        (begin, end), place = inside[0], lambda at: {"line": text.count("\n", 0, at) + 1, "column": at - text.rfind("\n", 0, at)}
        at = text.index(old, body_of(text, begin, end)[0])
        span = lambda low, high: {"start": place(low), "end": place(high)}
        found.append({
            "name": f"{source}: replace {' '.join(old.split())} with {' '.join(new.split()) or 'nothing'} in {function}",
            "file": source, "genre": "Listed", "replacement": new, "span": span(at, at + len(old)),
            "function": {"function_name": function, "span": span(begin, end)}, "diff": f"\n\n-{old}\n+{new}",
        })
    assert not wrong, "\n".join(wrong)
    return found


def parted(change: str) -> tuple:
    """What stands before and after the middle one of the arrows, since arms of a match have some too."""
    parts = change.split(" => ") if " => " in change else [change.removesuffix(" =>"), ""]
    middle = len(parts) // 2
    return " => ".join(parts[:middle]), " => ".join(parts[middle:]).rstrip()


def end_of(text: str, begin: int) -> int:
    """Where the function ends that begins at `begin`: with the braces that open outside of its parameters."""
    bare = OPAQUE.sub(lambda found: " " * len(found[0]), text[begin:])
    parentheses = depth = 0
    for at, letter in enumerate(bare):
        parentheses += {"(": 1, ")": -1}.get(letter, 0)
        if parentheses == 0 or depth:
            depth += {"{": 1, "}": -1}.get(letter, 0)
            if depth == 0 and letter == "}":
                return begin + at + 1
    raise ValueError(f"no end of {text[begin:][:80]!r}")


def identity(mutant: dict) -> tuple:
    """What a mutant is, wherever its line has gone."""
    changed = [line for line in mutant["diff"].splitlines()[2:] if line[:1] in "+-"]
    return (mutant["file"], mutant["function"]["function_name"], mutant["genre"], tuple(changed))


def kept_sample(work: Path, listed: list) -> list:
    now = {}
    for mutant in listed:
        now.setdefault(identity(mutant), mutant)
    sample = json.loads((work / "sample.json").read_text())
    gone = [m["name"] for m in sample if identity(m) not in now]
    assert not gone, f"the code of these has changed: {gone}"
    return [now[identity(m)] for m in sample]


def drawn(order: list, count: int, work: Path) -> tuple:
    """The first `count` of the order that compile, each in a function that none of the others encloses."""
    left_out = []
    while True:
        sample = []
        for mutant in order:
            if len(sample) == count:
                break
            if any(overlaps(mutant, other) for other in sample):
                left_out.append((mutant["name"], "a mutated function lies within another"))
            else:
                sample.append(mutant)
        prepare(work, sample)
        wrong = unviable(work, sample)
        left_out += [(m["name"], "does not compile") for m in wrong]
        gone = {name for name, _ in left_out}
        order = [m for m in order if m["name"] not in gone]
        if not wrong:
            return sample, left_out
        print(f"{len(wrong)} do not compile and are replaced", flush=True)


def overlaps(a: dict, b: dict) -> bool:
    first, second = (span_of(m["function"]["span"]) for m in (a, b))
    return a["file"] == b["file"] and first != second and first[0] < second[1] and second[0] < first[1]


def span_of(span: dict) -> tuple:
    return tuple((span[end]["line"], span[end]["column"]) for end in ("start", "end"))


# --- one program of all ----------------------------------------------------------------------------------------------

def prepare(work: Path, sample: list) -> None:
    """Writes the copy of the sources with the switches."""
    tree = work / "tree"
    tree.mkdir(exist_ok=True)
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode()
    texts = {}
    by_file = {}
    for number, mutant in enumerate(sample, 1):
        by_file.setdefault(mutant["file"], []).append((number, mutant))
    for name in filter(None, files.split("\0")):
        source, target = ROOT / name, tree / name
        if not source.is_file():
            continue
        data = source.read_bytes()
        if name in by_file:
            data = switched(data.decode(), by_file[name]).encode()
        if name == "src/lib.rs":
            data += SWITCH.encode()
        if not target.is_file() or target.read_bytes() != data:  # so that cargo builds no more than it must
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            shutil.copymode(source, target)


def switched(text: str, mutants: list) -> str:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    at = lambda place: starts[place["line"] - 1] + place["column"] - 1
    bodies = {}
    for number, mutant in mutants:
        span = mutant["function"]["span"]
        bodies.setdefault(body_of(text, at(span["start"]), at(span["end"])), []).append((number, mutant))
    for (begin, end), inside in sorted(bodies.items(), reverse=True):
        whole, arms = text[begin:end], ""
        for number, mutant in inside:
            low, high = at(mutant["span"]["start"]) - begin, at(mutant["span"]["end"]) - begin
            changed = whole[:low] + mutant["replacement"] + whole[high:]
            arms += f"if crate::mutant({number}) {{ /*<{number}*/ {changed} /*{number}>*/ }} else "
        text = f"{text[:begin]} {arms}{{ {whole} }} {text[end:]}"
    return text


def body_of(text: str, begin: int, end: int) -> tuple:
    """What stands between the braces of the function at `begin..end`."""
    bare = OPAQUE.sub(lambda found: " " * len(found[0]), text[begin:end])
    depth = 0
    for place in range(bare.rfind("}"), -1, -1):
        depth += {"}": 1, "{": -1}.get(bare[place], 0)
        if depth == 0:
            return begin + place + 1, begin + bare.rfind("}")
    raise ValueError(f"no body in {text[begin:end][:80]!r}")


def cargo(work: Path, *words: str):
    level = 'profile.release.package.terrasight.opt-level=1'
    command = ["cargo", *words, "--release", "--config", level, "--message-format", "json"]
    return subprocess.run(command, cwd=work / "tree", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def unviable(work: Path, sample: list) -> list:
    """The mutants at which the compiler stops."""
    out = cargo(work, "test", "--no-run", "--lib")
    wrong = set()
    for line in out.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") != "compiler-message" or message["message"]["level"] != "error":
            continue
        for span in message["message"]["spans"]:
            text = (work / "tree" / span["file_name"]).read_bytes()
            before = text[: span["byte_start"]].decode()
            opened = re.findall(r"/\*(?:<(\d+)|(\d+)>)\*/", before)
            if opened and opened[-1][0]:
                wrong.add(int(opened[-1][0]))
            elif span["is_primary"]:  # between two bodies: the switch itself is not possible here
                line_of = re.findall(r"/\*<(\d+)\*/", before[before.rfind("\nfn ") :])
                wrong.update(int(n) for n in line_of[-1:])
    if out.returncode and not wrong:
        raise SystemExit(f"the copy does not compile:\n{out.stderr[-4000:]}\n{out.stdout[-4000:]}")
    return [m for number, m in enumerate(sample, 1) if number in wrong]


def build(work: Path, binaries: list) -> dict:
    """The test programs by name."""
    targets = [word for name in binaries for word in ("--test", name)]
    out = cargo(work, "test", "--no-run", "--lib", *targets)
    if out.returncode:
        raise SystemExit(out.stderr[-6000:])
    messages = [json.loads(line) for line in out.stdout.splitlines()]
    made = [m for m in messages if m.get("reason") == "compiler-artifact" and m.get("executable") and m["profile"]["test"]]
    return {"lib" if "lib" in m["target"]["kind"] else m["target"]["name"]: m["executable"] for m in made}


# --- one run for each ------------------------------------------------------------------------------------------------

def run(work: Path, program: str, number: int, most_cpu: int, *words: str) -> tuple:
    """(the first test that fails, or nothing; seconds of processor time). What comes after that test is not run."""
    def bound():
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (most_cpu, most_cpu + 5))
        os.setpgid(0, 0)

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, TERRASIGHT_MUTANT=str(number), RUST_BACKTRACE="0")
    child = subprocess.Popen([program, "--test-threads=1", *words], cwd=work / "tree", env=environment, preexec_fn=bound,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    end = lambda: os.killpg(child.pid, signal.SIGKILL)
    patience = threading.Timer(MOST_WAITING, end)
    patience.start()
    begun, failed = "ends at once", None
    for line in child.stdout:
        name = re.match(r"test (\S+)(?: - should panic)? \.\.\. ", line)
        begun = name[1] if name else begun
        if re.search(r"\.\.\. .*FAILED$|^FAILED$", line.rstrip()):
            failed = begun
            end()
            break
    child.wait()
    patience.cancel()
    if child.returncode and not failed:  # it died in this test, or was ended in it
        failed = begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return failed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def baseline(work: Path, programs: dict, of_library: tuple) -> dict:
    """For each program how much processor time a mutant is given; of the library's tests these count, or all."""
    limits = {}
    for name, program in programs.items():
        failed, seconds = run(work, program, 0, 1200, *(of_library if name == "lib" else ()))
        print(f"without a mutant {name}: {seconds:.1f} s", flush=True)
        assert not failed, f"{name} fails without a mutant: {failed}"
        limits[name] = 20 + 3 * int(seconds)
    return limits


def noticed(work: Path, programs: dict, limits: dict, number: int, mutant: dict, rest: list | None) -> dict:
    parts = Path(mutant["file"]).with_suffix("").parts[1:]
    own = "::".join(parts[:-1] if parts[-1] == "mod" else parts) + "::"
    if rest is None:
        rest = [("lib", (parts[0] + "::",)), *((name, ()) for name in TESTS[parts[0]]), ("lib", ())]
    tried = [("lib", (own,)), *rest]
    total = 0.0
    for name, words in tried:
        failed, seconds = run(work, programs[name], number, limits[name], *words)
        total += seconds
        if failed:
            return {"test": f"{name}: {failed}", "seconds": total}
    return {"test": None, "seconds": total}


# --- what is said of it ----------------------------------------------------------------------------------------------

def report(options, work: Path, sample: list, results: dict, listed: list) -> None:
    if options.listed:
        listed, left_out = sample, []
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    explained = json.loads((ROOT / "tools/mutants_explained.json").read_text())
    left_out = json.loads((work / "left_out.json").read_text())
    rows, unnoticed, same = [], 0, 0
    for number, mutant in enumerate(sample, 1):
        test = results[str(number)]["test"]
        name = re.sub(r"^\S+ ", "", mutant["name"])
        key = f"{mutant['file']}: {name}"
        if test:
            said = f"`{test}`"
        elif key in explained["equal"]:
            said, same = f"computes the same: {explained['equal'][key]}", same + 1
        else:
            said, unnoticed = f"**none**: {explained['unnoticed'].get(key, '?')}", unnoticed + 1
        line = mutant["span"]["start"]["line"]
        change = f"`{name}`".replace("|", "\\|")
        rows.append(f"| {number} | `{mutant['file']}:{line}` | {change} | {said} |")
    reasons = ", ".join(f"{sum(r == reason for _, r in left_out)} ({reason})" for reason in sorted({r for _, r in left_out}))
    text = [
        "# Mutants", "",
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, commit {commit.stdout.strip()}, seed {options.seed}: of {len(listed)} mutants that cargo-mutants names in the rooms",
        f"`model`, `predict`, `train` and `dataset`, {len(sample)} were drawn (left out: {reasons or 'none'}). The default tests noticed",
        f"{len(sample) - unnoticed - same}; {unnoticed} were not noticed; {same} compute the same as the original. `tools/mutants.py` draws, builds and runs them.", "",
        "| | where | change | noticed by |", "|---|---|---|---|", *rows, "",
    ]
    if options.listed:
        print("\n".join(text[4:]))
    else:
        (ROOT / "docs/MUTANTS.md").write_text("\n".join(text))
    print(f"{unnoticed} of {len(sample)} not noticed, {same} the same as the original")


if __name__ == "__main__":
    main()
