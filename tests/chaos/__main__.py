"""`python -m tests.chaos`: the real daemon and desk, all networks, random faults, kill -9 at any instant.

Ends with 1 when anything was lost, doubled or told wrongly. `--seed` repeats the people's choices.
"""

import argparse
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from publisher.client.where import Socket
from tests.chaos import stage as stages
from tests.chaos import truth
from tests.chaos.counter import Counter
from tests.chaos.crowd import Crowd
from tests.chaos.known import DELIVERY
from tests.chaos.machine import Machine, run_daemon, run_desk
from tests.chaos.stage import NETWORKS, Stage
from tests.chaos.weather import Weather

LIFE = 1.6  # seconds that a daemon lives at most before it is killed
OPEN = 6.0  # and a desk, which takes longer to start
PATIENCE = 5.0  # seconds until people look again at what has not come to rest
DRAIN = 240.0  # seconds in which everything has to come to rest; a quiet machine takes ten


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--deliveries", type=int, default=500)
    parser.add_argument("--per-network", type=int, default=3, help="accounts on each network")
    parser.add_argument("--database", default="", help='a URL, or "postgresql" for one of its own')
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    return parser.parse_args()


def main() -> int:
    """Storm, calm, comparison, table."""
    asked = _arguments()
    print(f"seed {asked.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    sandbox, url = stages.start_sandbox()
    failed = True
    try:
        accounts = {f"{name}-{n}": name for name in NETWORKS for n in range(asked.per_network)}
        stage = stages.build(folder, url, _database(asked.database), accounts)
        failed = _run(stage, asked)
    finally:
        sandbox.terminate()
        sandbox.wait(10)
        if failed or asked.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder)
    return int(failed)


def _database(asked: str) -> str:
    if asked != "postgresql":
        return asked
    sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
    from world import postgres_url

    url = postgres_url()
    if url is None:
        raise SystemExit("no PostgreSQL: install the test extra, or set TEST_PG_URL")
    return url


def _run(stage: Stage, asked: argparse.Namespace) -> bool:
    dice, config = random.Random(asked.seed), stage.config
    desk = Counter(Socket(config.desk.socket))
    crowd = Crowd(stage, dice, list(config.accounts), desk=desk)
    weather = Weather(stage, dice)
    machines = Machine(run_daemon, config.file), Machine(run_desk, config.file)
    began = time.monotonic()
    _storm(crowd, weather, machines, asked)
    stormed = time.monotonic() - began
    weather.clear()
    left = _settle(crowd, machines)
    unclear = ("unknown", "accepted")
    people = sum(n for state, n in left.states.items() if state.split()[1] in unclear)
    found = _settle(crowd, machines, answering=True)
    problems = list(dict.fromkeys(left.violations + found.violations))
    problems += [said for one in machines for said in _ended(one)]
    _table(
        stage,
        crowd,
        machines,
        {
            "faults ordered": weather.ordered,
            **truth.outcomes(stage),
            "in a person's hands": people,
            "doubled": len({*left.doubles, *found.doubles}),
            "lost": len({*left.lost, *found.lost}),
            "wrong": len({*left.wrong, *found.wrong}),
            "storm seconds": round(stormed),
            "seconds in all": round(time.monotonic() - began),
        },
        found,
    )
    for problem in problems[:40]:
        print(f"  {problem}")
    return bool(problems)


def _storm(
    crowd: Crowd, weather: Weather, machines: Sequence[Machine], asked: argparse.Namespace
) -> None:
    """Kills keep pace with what people say: a busy machine takes longer over the same storm."""
    dice, fate = crowd.dice, random.Random(asked.seed)
    daemon, desk = machines
    share = asked.deliveries / max(asked.kills, 1)
    with (
        daemon.reaped(fate, LIFE, lambda: crowd.deliveries / share),
        desk.reaped(fate, OPEN, lambda: daemon.kills / 4),
    ):
        while daemon.kills < asked.kills or crowd.deliveries < asked.deliveries:
            if crowd.deliveries < share * (daemon.kills + 2):
                crowd.say()
            for act in dice.choices((crowd.meddle, weather.change, lambda: None), (3, 2, 2), k=3):
                act()
            time.sleep(dice.uniform(0.0, 0.12))


def _ended(machine: Machine) -> list[str]:
    """What is wrong with how it ended, once it is told to."""
    code, often = machine.stop(), machine.ended_alone
    wrong = [] if code == 0 else [f"wrong: the {machine.name} ended with {code}"]
    if often > machine.kills // 4 + 2:  # a start may meet the lock of the dead one
        wrong.append(f"wrong: the {machine.name} ended by itself {often} times")
    return wrong


def _settle(crowd: Crowd, machines: Sequence[Machine], *, answering: bool = False) -> truth.Found:
    """People do what is asked of them until nothing is wrong or open; else what is after `DRAIN`.

    What is on its way while we look is neither lost nor wrong yet, so that only what stays counts.
    """
    ends = time.monotonic() + DRAIN
    while True:
        _tend(machines)
        for act in (crowd.resume, crowd.free, crowd.approve_all, crowd.reconnect, crowd.moderate):
            with crowd.trying(act.__name__):
                act()
        if answering:
            crowd.answer(again=False)
        crowd.hurry()
        again = min(ends, time.monotonic() + PATIENCE)
        while not _idle(crowd) and time.monotonic() < again:
            _tend(machines)
            time.sleep(0.05)
        found = truth.compare(crowd.stage, crowd, settled=answering)
        if not found.violations or time.monotonic() > ends:
            return found


def _tend(machines: Sequence[Machine]) -> None:
    for one in machines:
        one.tend()


def _idle(crowd: Crowd) -> bool:
    """Nothing is in flight, and nothing is due."""
    with crowd.stage.app.store.read() as tx:
        busy = DELIVERY.c.state.in_(("claimed", "sending")) | (DELIVERY.c.wake_at <= tx.now)
        return tx.value(select(func.count()).select_from(DELIVERY).where(busy)) == 0


def _table(
    stage: Stage,
    crowd: Crowd,
    machines: Sequence[Machine],
    figures: dict[str, int],
    found: truth.Found,
) -> None:
    kind = stage.app.store.engine.dialect.name
    figures = {
        "deliveries": sum(found.states.values()),
        **{f"kill -9 of the {one.name}": one.kills for one in machines},
        **{f"the {one.name} ended alone": one.ended_alone for one in machines},
        "answers lost": sum(crowd.desk.lost.values()),
        **figures,
    }
    print(f"chaos on {kind}")
    for name, number in figures.items():
        print(f"  {name:<24}{number:>7}")
    print("  states:", ", ".join(f"{k} {v}" for k, v in sorted(found.states.items())))
    print("  people:", ", ".join(f"{k} {v}" for k, v in crowd.did.most_common()))
    print("  lost:", ", ".join(f"{k} {v}" for k, v in crowd.desk.lost.most_common()))
    print("  refused:", ", ".join(f"{k} {v}" for k, v in crowd.refused.most_common()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
