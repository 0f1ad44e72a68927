"""The locks agree with each other, and the bill of materials names all that is shipped."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\\\]+)", re.MULTILINE)
NAMED = re.compile(r"^[A-Za-z0-9._-]+")


def pinned(lock: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / lock).read_text()))


def test_what_runs_is_locked_without_what_builds() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = {NAMED.match(one)[0].lower() for one in named}
    runs, builds = pinned("requirements.lock"), pinned("requirements-build.lock")
    assert wanted <= set(runs)
    only_builds = {"hatchling", "editables", "trove-classifiers", "pathspec", "pluggy"}
    assert only_builds <= set(builds)
    assert not only_builds & set(runs)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock"])
def test_what_is_tried_is_what_runs_and_builds(lock: str) -> None:
    assert pinned(lock).items() <= pinned("requirements-test.lock").items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock"])
def test_the_container_takes_each_lock_where_it_belongs(lock: str) -> None:
    text = (ROOT / "Containerfile").read_text()
    into = {"requirements.lock": "/opt/publisher/", "requirements-build.lock": "/build/"}[lock]
    [line] = [one for one in text.splitlines() if f"-r {lock} " in f"{one} "]
    assert into in line
    assert "--require-hashes" in line
    assert "uninstall --yes hatchling" not in text


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
