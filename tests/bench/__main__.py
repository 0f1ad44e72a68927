"""`make bench`: every figure beside the bare database and APScheduler, as ratios in one run.

The machine's noise is in each figure: compare within one run. `--quick` takes a minute.
"""

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench import api, audit, burst, commands, lives, scheduler, waiting
from tests.chaos.stage import start_sandbox

GAP = 44  # width of the first column
COMPILED = "importing is most of it, and counts more where the processor is shared"


@dataclass(frozen=True)
class Size:
    """How much of everything; `far` waiting in the far future, `near` to compare with."""

    near: int = 1000
    far: int = 1_000_000
    posts: int = 300
    lives: int = 1000
    burst: int = 1000
    idle: float = 20.0
    history: int = 1_000_000


QUICK = Size(near=1000, far=100_000, posts=60, lives=300, burst=200, idle=5.0, history=50_000)


@dataclass
class Line:
    """One row of the table. `met` None: there is no goal. `note` is printed when it is missed."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None
    note: str = ""


def main() -> int:
    """Measure, print; 0 whatever comes out: a figure is not a test."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fast look with smaller numbers")
    size = QUICK if parser.parse_args().quick else Size()
    began, load = time.monotonic(), os.getloadavg()[0]
    sandbox, url = start_sandbox()
    lines: list[Line] = []
    try:
        for part in (_commands, _api, _waiting, _lives, _burst, _audit):
            print(f"\n… {part.__doc__}", flush=True)
            measured = part(url, size)
            _print(measured)
            lines += measured
    finally:
        sandbox.terminate()
        sandbox.wait()
    _print_missed(lines)
    taken = time.monotonic() - began
    print(
        f"\n{taken:.0f} s on {os.cpu_count()} cores; load before {load:.1f} (0 is a quiet machine)"
    )
    return 0


def _commands(url: str, size: Size) -> list[Line]:
    """whole commands, in seconds of processor time"""
    found = commands.measure(url, size.near)
    more = found.help - found.bare
    return [
        Line("typer alone, --help", f"{found.bare:.3f} s"),
        Line("publisher --help", f"{found.help:.3f} s"),
        Line("  more than typer alone", f"{more:.3f} s", "≤ 0.05 s", more <= 0.05, COMPILED),
        *(
            Line(f"publisher {name}", f"{taken:.3f} s", "≤ 0.25 s", taken <= 0.25, COMPILED)
            for name, taken in found.commands.items()
        ),
    ]


def _api(url: str, size: Size) -> list[Line]:
    """the desk over its socket: answers with many posts stored, releases while people ask"""
    found = api.measure(url, size.far, size.posts)
    quiet, busy = _at(found.quiet, 99), _at(found.busy, 99)
    load, most = found.load, max(quiet * 1.5, quiet + 10)
    asked = len(load.answered) + len(load.failed)
    return [
        *(
            Line(f"{name}, {size.far:,} stored", _p95(taken), "p95 ≤ 50 ms", _at(taken, 95) <= 50)
            for name, taken in found.answers.items()
        ),
        Line(f"  the index of words alone, {api.HALL:,} match", _p95(found.bare)),
        Line("late, nobody at the desk", _both(found.quiet)),
        Line(f"late, {api.RATE} requests a second", _both(found.busy)),
        Line(
            "  p99 over its p99",
            f"{busy / quiet:.2f}, {busy - quiet:+.1f} ms",
            "≤ 1.5, +10ms",
            busy <= most,
            "desk, daemon and clients share the cores",
        ),
        Line(
            "  answers meanwhile",
            f"{_p95(sorted(load.answered))}; {len(load.failed)} of {asked} failed",
        ),
    ]


def _p95(values: Sequence[float]) -> str:
    return f"p50 {_at(values, 50):.1f}  p95 {_at(values, 95):.1f} ms"


def _waiting(url: str, size: Size) -> list[Line]:
    """lateness, queuing, memory and idling with few and with many deliveries waiting"""
    few, many = waiting.measure(url, (size.near, size.far), posts=size.posts, idle=size.idle)
    few_theirs = scheduler.lateness(size.near, size.posts, waiting.APART)
    many_theirs = scheduler.lateness(size.far, size.posts, waiting.APART)
    near, far = f"{size.near:,}", f"{size.far:,}"
    return [
        *_late(f"late, {near} waiting, null network", few),
        *_late(f"late, {far} waiting, null network", many),
        _ratio("  second over first, p50", _at(many.late, 50), _at(few.late, 50)),
        _ratio("  second over first, p99", _at(many.late, 99), _at(few.late, 99)),
        Line(
            f"late, {near} waiting, sandbox over HTTP",
            _both(few.http),
            "p99 < 50 ms",
            _at(few.http, 99) < 50,
            "sandbox, daemon and clients share the cores",
        ),
        Line(f"  APScheduler, {near} jobs stored", _both(few_theirs)),
        Line(f"  APScheduler, {far} jobs stored", _both(many_theirs)),
        Line(f"queuing a post, {near} waiting", f"p50 {_at(few.queuing, 50):.1f} ms"),
        Line(f"queuing a post, {far} waiting", f"p50 {_at(many.queuing, 50):.1f} ms"),
        _ratio("  second over first", _at(many.queuing, 50), _at(few.queuing, 50)),
        Line(
            "  APScheduler, one add_job", f"p50 {_at(scheduler.queuing(size.near, 100), 50):.1f} ms"
        ),
        Line(f"memory, {near} waiting", f"{few.memory:.0f} MB"),
        Line(f"memory, {far} waiting", f"{many.memory:.0f} MB"),
        _ratio("  second over first", many.memory, few.memory),
        Line("idle, share of a core, few", f"{few.idle:.2%}", "< 0.5 %", few.idle < 0.005),
        Line("idle, share of a core, many", f"{many.idle:.2%}", "< 0.5 %", many.idle < 0.005),
    ]


def _late(what: str, found: waiting.Waiting) -> list[Line]:
    """As a multiple of one bare commit on the same disk in the same minutes: disks differ."""
    ratio = _at(found.late, 99) / _at(found.commit, 99)
    before, after = found.worst
    return [
        Line(what, _both(found.late)),
        Line("  one bare commit meanwhile", _both(found.commit)),
        Line("  p99 over its p99", f"{ratio:.1f}", "≤ 3", ratio <= 3, "other load counts in full"),
        Line("  the latest 1 %", f"{before:.1f} ms to begin, {after:.1f} ms to judge and commit"),
    ]


def _lives(url: str, size: Size) -> list[Line]:
    """whole lives per second beside the bare database"""
    found = lives.measure(url, size.lives)
    single, grouped = found.ours / found.bare_single, found.ours / found.bare
    return [
        Line("lives per second, null network", f"{found.ours:.0f} (groups of {found.group:.0f})"),
        Line("  bare database, each life its own commits", f"{found.bare_single:.0f}"),
        Line("  share of it", f"{single:.0%}", "≥ 50 %", single >= 0.5),
        Line("  bare database in the same groups", f"{found.bare:.0f}"),
        Line(
            "  share of it",
            f"{grouped:.0%}",
            "≥ 40 %",
            grouped >= 0.4,
            "what is left is Python: building statements, judging, hashing, not the database",
        ),
    ]


def _burst(url: str, size: Size) -> list[Line]:
    """one instant, one delivery for each of many accounts, over HTTP"""
    ours = burst.measure(url, size.burst)
    theirs = scheduler.burst(size.burst, f"{url}/board/posts.json", burst.PATIENCE)
    goal = ours.arrived == size.burst and ours.last <= 3
    said = f"{ours.arrived} of {size.burst}, half in {ours.half:.1f} s, all in {ours.last:.1f} s"
    return [
        Line(
            f"{size.burst} due at one instant, over HTTP",
            said,
            "all, ≤ 3 s",
            goal,
            "sandbox, daemon and clients share the cores",
        ),
        Line(
            "  APScheduler, job per post, bare request",
            f"{theirs.ran} ran, {theirs.lost} lost, last in {theirs.seconds:.1f} s",
        ),
    ]


def _audit(url: str, size: Size) -> list[Line]:
    """the history walked: all of it, and what is new, beside reading and hashing its bytes"""
    found = audit.measure(url, size.history)
    each = found.whole / found.rows * 1_000_000
    return [
        Line(f"audit verify, {found.rows:,} rows", f"{found.whole:.1f} s"),
        Line(
            "  for a million rows",
            f"{each:.0f} s",
            "< 60 s",
            each < 60,
            "other load counts in full",
        ),
        Line("  times the bytes read and hashed", f"{found.whole / found.bare:.1f}"),
        Line("  --new, one row in a thousand is new", f"{found.since:.2f} s"),
    ]


def _ratio(what: str, second: float, first: float) -> Line:
    ratio = second / first
    return Line(what, f"{ratio:.2f}", "≤ 1.2", ratio <= 1.2, "noise of both runs is in it")


def _at(values: Sequence[float], percent: int) -> float:
    return values[min(len(values) * percent // 100, len(values) - 1)]


def _both(values: Sequence[float]) -> str:
    return f"p50 {_at(values, 50):.1f}  p99 {_at(values, 99):.1f} ms"


def _print(lines: Sequence[Line]) -> None:
    for line in lines:
        mark = "" if line.met is None else ("met" if line.met else "MISSED")
        print(f"{line.what:{GAP}}  {line.figure:44}  {line.goal:12}  {mark}".rstrip(), flush=True)


def _print_missed(lines: Sequence[Line]) -> None:
    print()
    missed = [line for line in lines if line.met is False and line.note]
    for line in missed:
        print(f"missed: {line.what.strip()} ({line.figure}): {line.note}")


if __name__ == "__main__":
    raise SystemExit(main())
