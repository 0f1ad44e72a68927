"""`make tamper`: every trick on a world of its own; which the gate and `audit verify` find.

Exit 1 when a trick sends what nobody permitted, or when `verify` is silent about it.
"""

import sys
import tempfile
from pathlib import Path

from tests.tamper.stage import company, tried
from tests.tamper.tricks import tricks


def main(chosen: list[str]) -> int:
    """Print a line for each trick; how many were missed decides the exit code."""
    told = [one for one in tricks() if not chosen or any(part in one[0] for part in chosen)]
    usual, said = _try(None)
    print(f"untouched, this goes out: {', '.join(usual)}; verify says: {said or 'it holds'}")
    missed = int(bool(said) or not usual)
    for name, trick in told:
        out, said = _try(trick)
        forged = [words for words in out if words not in usual]
        doubled = len(out) > len(set(out))
        missed += bool(forged or doubled or not said)
        print(
            f"gate {'SENDS ' + str(forged) if forged or doubled else 'holds'} · verify "
            f"{'finds' if said else 'IS SILENT'} · {name}"
            f"{': ' + said[0][:90] if said else ''}"
        )
    print(
        f"{len(told)} tricks, {missed} missed. What remains: whoever can write the database and "
        "read the key, or, while no daemon runs, put the rows of what was sent back."
    )
    return 1 if missed else 0


def _try(trick):  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory(prefix="publisher-tamper-") as folder:
        world = company(Path(folder), None)
        try:
            return tried(world, trick)
        finally:
            world.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
