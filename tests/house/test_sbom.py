"""The bill of materials names all that is shipped."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_locked_package_is_listed_with_its_hashes_and_a_licence() -> None:
    tool = runpy.run_path(str(ROOT / "contrib/sbom.py"))
    lock = (ROOT / "requirements.lock").read_text()
    found = tool["document"](lock)
    listed = {one["name"]: one for one in found["components"]}
    assert len(listed) == sum(line[:1].isalpha() for line in lock.splitlines())
    assert {"sqlmodel", "tweepy", "apscheduler", "requests", "pytz"} <= listed.keys()
    for one in listed.values():
        [files] = one["externalReferences"]
        assert files["hashes"]
        assert all(len(each["content"]) == 64 for each in files["hashes"])
    assert {one for one in listed if tool["licence"](one) == "unknown"} == set()
