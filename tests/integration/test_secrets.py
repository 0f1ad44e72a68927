"""References and what they stand for; a value is never in what is said about it."""

import hashlib
import stat
from pathlib import Path

import pytest

from publisher import config, hidden
from publisher.errors import BadConfig
from publisher.networks.registry import REGISTRY, about
from publisher.roles import ROLES
from publisher.store import secrets
from publisher.store.secrets import MissingSecret, fingerprint, resolve, resolve_one

SHIPPED = Path(__file__).parents[2] / "config.toml"
CANARY = "canary-7f3a9e-value"


@pytest.fixture(autouse=True)
def forget():
    yield
    hidden._hidden.clear()
    hidden._lengths.clear()
    secrets._told.clear()


def private(path, content):
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_a_value_comes_from_the_environment_or_from_a_file(tmp_path):
    private(tmp_path / "token", b"from-a-file\r\n")
    absolute = private(tmp_path / "other", b" spaces stay \n")
    refs = {"a": "env:NAME", "b": "file:token", "c": f"file:{absolute}"}
    assert resolve(refs, tmp_path, {"NAME": "from-the-environment"}) == {
        "a": "from-the-environment",
        "b": "from-a-file",
        "c": " spaces stay ",
    }


def test_a_credential_of_systemd_is_found(tmp_path):
    private(tmp_path / "x-token", b"value-of-systemd")
    refs = {"a": "file:$CREDENTIALS_DIRECTORY/x-token"}
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert resolve(refs, Path("/nowhere"), env) == {"a": "value-of-systemd"}
    with pytest.raises(MissingSecret, match="set by systemd only"):
        resolve(refs, Path("/nowhere"), {})


def test_every_reference_that_fails_is_named_at_once(tmp_path):
    private(tmp_path / "good", CANARY.encode())
    private(tmp_path / "empty", b"\n")
    private(tmp_path / "binary", b"\xff\xfe" + CANARY.encode())
    private(tmp_path / "large", CANARY.encode() * 10_000)
    refs = {
        "good": "file:good",
        "unset": "env:NOT_SET",
        "absent": "file:absent",
        "empty": "file:empty",
        "binary": "file:binary",
        "large": "file:large",
        "folder": "file:.",
        "inline": CANARY,
    }
    with pytest.raises(MissingSecret) as caught:
        resolve(refs, tmp_path, {})
    assert isinstance(caught.value, BadConfig)
    said = caught.value.problems
    assert [problem.split(":")[0] for problem in said] == list(refs)[1:]
    assert "NOT_SET is not set" in said[0]
    assert "file:absent cannot be read: No such file" in said[1]
    assert CANARY not in str(caught.value)


def test_what_was_resolved_is_hidden_from_the_logs_but_a_user_name_is_not(tmp_path):
    env = {"PASSWORD": CANARY, "NAME": "publisher-bot"}
    refs = {"username": "env:NAME", "password": "env:PASSWORD"}
    resolve(refs, tmp_path, env, names=about("wordpress").names)
    said = hidden.redact(f"publisher-bot signs in with {CANARY}")
    assert said == f"publisher-bot signs in with {hidden.HIDDEN}"


def test_one_address_is_plain_or_a_reference(tmp_path):
    assert resolve_one("https://example.com/ping", tmp_path, {}) == "https://example.com/ping"
    assert resolve_one("env:PING", tmp_path, {"PING": CANARY}) == CANARY
    assert CANARY not in hidden.redact(CANARY)


def test_a_secret_that_everybody_can_read_is_told_once(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(secrets.log, "get", lambda _: type("L", (), {"warning": told_to(told)})())
    private(tmp_path / "private", b"value-one")
    private(tmp_path / "open", b"value-two").chmod(0o644)
    for _ in range(2):
        resolve({"a": "file:private", "b": "file:open"}, tmp_path, {})
    assert told == [str(tmp_path / "open")]


def told_to(told):
    return lambda _self, _event, file: told.append(file)


@pytest.mark.hazard("H23")
def test_a_fingerprint_tells_that_credentials_changed_and_not_what_they_are():
    first = fingerprint({"a": "one", "b": "two"})
    assert first == fingerprint({"b": "two", "a": "one"})
    others = [
        fingerprint({"a": "one", "b": "twO"}),
        fingerprint({"a": "two", "b": "one"}),
        fingerprint({"a": "one"}),
        fingerprint({"a": "one", "b": "two"}, key=b"another installation"),
    ]
    assert len({first, *others}) == 5
    assert first != hashlib.sha256(b'{"a":"one","b":"two"}').hexdigest()


def demonstration(tmp_path):
    (tmp_path / "config.toml").write_bytes(SHIPPED.read_bytes())
    return config.read(tmp_path / "config.toml", {})


def test_the_shipped_file_is_a_demonstration_that_works_at_once(tmp_path):
    settings = demonstration(tmp_path)
    assert sorted(s.network for s in settings.accounts.values()) == sorted(REGISTRY)
    at_any_hour = [name for name, s in settings.accounts.items() if s.calendar != "office"]
    assert at_any_hour == ["sandbox-board"]
    assert all(s.sandbox and s.active for s in settings.accounts.values())
    assert all(person.sample for person in settings.people.values())
    roles = [role for person in settings.people.values() for role in person.roles]
    assert sorted(roles) == sorted(ROLES)
    config.write_sandbox_credentials(settings)
    for setting in settings.accounts.values():
        values = resolve(setting.credentials, settings.folder, {})
        assert set(values) == {secret.name for secret in about(setting.network).secrets}
        seed = f"{setting.network}:{setting.id}".encode()
        assert setting.user_id == str(int(hashlib.sha256(seed).hexdigest()[:12], 16))
    blog = resolve(settings.accounts["sandbox-blog"].credentials, settings.folder, {})
    assert blog == {"username": "sandbox-blog", "password": "sandbox-sandbox-blog"}


def test_credentials_of_the_sandbox_are_private_and_are_never_overwritten(tmp_path):
    settings = demonstration(tmp_path)
    mine = tmp_path / "data" / "sandbox" / "sandbox-board.api_key"
    mine.parent.mkdir(parents=True)
    mine.write_text("my own")
    config.write_sandbox_credentials(settings)
    assert mine.read_text() == "my own"
    written = [path for path in mine.parent.iterdir() if path != mine]
    assert len(written) == sum(len(known.secrets) for known in REGISTRY.values()) - 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}


def test_every_line_of_the_shipped_examples_is_good_when_taken_into_use(tmp_path):
    text = SHIPPED.read_text("utf-8")
    example = [
        line.removeprefix("# ")
        for line in text.splitlines()
        if line.startswith(("# [", "# ")) and ("= " in line or line.startswith("# ["))
    ]
    start = example.index("[accounts.x-main]")
    people = example.index("[people.hanako]")
    account = "\n".join(line for line in example[start:people] if not line.startswith("#"))
    person = "\n".join(example[people : people + 8]).replace('"taro"', '"ann"')
    settings = config.load(f"{text}\n{account}\n{person}\n", tmp_path / "config.toml", {})
    real = settings.accounts["x-main"]
    assert (real.network, real.lang, real.options) == ("x", "ja", {"username": "example"})
    assert settings.people["hanako"].os_users == ("hyamada",)
    assert settings.people["hanako"].kept == ["approver on x-main", "author"]


def test_the_config_file_is_found_here_or_where_the_environment_says(tmp_path):
    with pytest.raises(BadConfig, match=r"There is no config\.toml here"):
        config.find(tmp_path, {})
    (tmp_path / "config.toml").write_text("")
    (tmp_path / "other.toml").write_text("")
    assert config.find(tmp_path, {}) == tmp_path / "config.toml"
    named = {"PUBLISHER_CONFIG": str(tmp_path / "other.toml")}
    assert config.find(tmp_path, named) == tmp_path / "other.toml"
    with pytest.raises(BadConfig, match="PUBLISHER_CONFIG names"):
        config.find(tmp_path, {"PUBLISHER_CONFIG": str(tmp_path / "no.toml")})


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_file_that_cannot_be_read_is_said_in_words(tmp_path, content):
    path = tmp_path / "config.toml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(BadConfig, match="cannot be read: "):
        config.read(path, {})
