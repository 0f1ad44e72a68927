"""What is shipped with Publisher, as CycloneDX 1.6 JSON, or each licence: contrib/sbom.py [--licences]

Of the packages that requirements.lock names and that are installed here, with the hashes that it pins.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def pinned(lock: str) -> Iterator[tuple[str, str, list[str]]]:
    """Name, version and the hashes of its files, of each package in a lock."""
    for block in re.split(r"\n(?=\S)", lock):
        if found := PINNED.match(block):
            yield found["name"], found["version"], HASH.findall(block)


def licence(name: str) -> str:
    """What the installed package says of its licence: an SPDX expression, a name, or "unknown"."""
    try:
        said = distribution(name).metadata
    except PackageNotFoundError:  # another system's
        return "not installed here"
    trove = [one for one in said.get_all("Classifier", []) if one.startswith("License ::")]
    named = trove[0].rpartition(":: ")[2] if trove else ""
    short = said.get("License", "").strip().partition("\n")[0]
    return said.get("License-Expression") or named or short[:60] or "unknown"


def component(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    """One package as CycloneDX has it."""
    purl = f"pkg:pypi/{name.lower()}@{version}"
    files = [{"alg": "SHA-256", "content": one} for one in hashes]
    found = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    references = [{"type": "distribution", "url": purl, "hashes": files}]
    said = licence(name)
    spdx = " OR " in said or " AND " in said
    licences = [{"expression": said} if spdx else {"license": {"name": said}}]
    return {**found, "licenses": licences, "externalReferences": references}


def document(lock: str) -> dict[str, Any]:
    """The whole bill of materials."""
    ours = {"type": "application", "bom-ref": "publisher", "name": "publisher"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**ours, "version": distribution("publisher").version}},
        "components": [component(*one) for one in pinned(lock)],
    }


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--licences", action="store_true", help="a line for each package instead")
    lock = (ROOT / "requirements.lock").read_text()
    if parser.parse_args().licences:
        sys.stdout.writelines(
            f"{name} {version}: {licence(name)}\n" for name, version, _ in pinned(lock)
        )
    else:
        json.dump(document(lock), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
