"""The desk's second way in, as real processes: over TCP nobody is a peer, and what is shown counts."""

import base64
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.x509.oid import NameOID
from installation import PUBLISHER, Installation, installed
from test_desk_process import ask, socket_of


def listening(folder: Path, *lines: str) -> Installation:
    """An installation whose desk listens over TCP as these lines of [desk] say."""
    found = installed(folder)
    config = folder / "config.toml"
    said = re.sub(r"^listen = .*\n", "", config.read_text(), flags=re.MULTILINE)
    config.write_text(said.replace("[desk]", "\n".join(["[desk]", *lines]), 1))
    return found


@contextmanager
def opened(place: Installation) -> Iterator[str]:
    """`publisher desk`; the address that it says."""
    with opened_with_log(place) as (said, _):
        yield said


@contextmanager
def opened_with_log(place: Installation) -> Iterator[tuple[str, IO[bytes]]]:
    """The same, and what it says after that."""
    with (place.folder / "desk.log").open("ab") as log:
        process = subprocess.Popen(
            [*PUBLISHER, "desk"],
            cwd=place.folder,
            env=place.env(""),
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        try:
            said = process.stdout.readline().decode().strip()
            found = re.search(r"https?://[^/\s]+", said)
            assert found, (place.folder / "desk.log").read_text()
            yield found[0], process.stdout
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait(30)
            process.stdout.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    found = listening(tmp_path_factory.mktemp("place"), 'listen = "127.0.0.1:0"')
    upgraded = found.run("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    return found


@pytest.fixture(scope="module")
def address(place: Installation) -> Iterator[str]:
    with opened(place) as said:
        yield said


def over_tcp(address: str, method: str, path: str, told: Any = None, **more: Any) -> Any:
    """Status, head and answer."""
    body = None if told is None else json.dumps(told)
    kind = {"Content-Type": "application/json"} if body else {}
    trusts = more.pop("trusts", None)
    where = urlsplit(address)
    if trusts:
        line: Any = http.client.HTTPSConnection(
            str(where.hostname), where.port, timeout=30, context=trusts
        )
    else:
        line = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
    with closing(line):
        line.request(method, path, body, {**kind, **more})
        answer = line.getresponse()
        return answer.status, answer.headers, json.loads(answer.read() or b"null")


def test_it_says_an_address_by_a_name(address: str) -> None:
    assert re.fullmatch(r"http://localhost:\d+", address)
    assert over_tcp(address, "GET", "/healthz")[0] == 200


def test_whoever_runs_it_is_nobody_over_tcp(address: str) -> None:
    """The very user whom the socket takes for anybody of the demonstration."""
    for head in ({}, {"Publisher-As": "ann"}, {"X-Forwarded-For": "127.0.0.1"}):
        status, _, said = over_tcp(address, "GET", "/api/v1/posts", **head)
        assert (status, said["code"]) == (401, "session.no_proof"), head


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\n",
        b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01\x00\x01\x00\x01",
    ],
    ids=["unknown", "TCP4", "binary"],
)
def test_what_a_proxy_says_before_the_request_makes_nobody_a_peer(
    address: str, line: bytes
) -> None:
    where = urlsplit(address)
    with socket.create_connection((str(where.hostname), where.port or 0), 30) as raw:
        request = b"GET /api/v1/posts HTTP/1.1\r\nHost: localhost\r\nPublisher-As: ann\r\n\r\n"
        raw.sendall(line + request)
        assert raw.makefile("rb").readline().startswith(b"HTTP/1.1 400")


def test_a_program_elsewhere_writes_with_a_token_that_was_made_at_the_socket(
    place: Installation, address: str
) -> None:
    told = {"name": "nightly", "scopes": ["write"]}
    status, made = ask(socket_of(place), "POST", "/api/v1/tokens", told, Publisher_As="ann")
    assert status == 201, made
    shown = {"Authorization": f"Bearer {made['secret']}"}
    post = {"text": "Written from elsewhere", "accounts": ["sandbox-x"], "at": "next"}
    status, _, written = over_tcp(address, "POST", "/api/v1/posts", post, **shown)
    assert (status, written["author"]) == (201, "ann")
    refused = ask(socket_of(place), "GET", "/api/v1/posts", Authorization=shown["Authorization"])
    assert (refused[0], refused[1]["code"]) == (403, "session.no_proof_here")
    where = f"/api/v1/tokens/{made['token']['id']}"
    assert ask(socket_of(place), "DELETE", where, Publisher_As="ann")[0] == 204
    assert over_tcp(address, "GET", "/api/v1/posts", **shown)[0] == 401


def test_a_program_elsewhere_signs_in_and_signs_out(place: Installation, address: str) -> None:
    status, _, begun = over_tcp(address, "POST", "/api/v1/login", {"name": "laptop"})
    assert status == 201, begun
    shown = {"Authorization": f"Bearer {begun['device_code']}"}
    assert over_tcp(address, "GET", "/api/v1/posts", **shown)[0] == 401
    code = {"code": begun["user_code"]}
    said = ask(socket_of(place), "POST", "/api/v1/login/approve", code, Publisher_As="ann")
    assert said[1]["place"] == "127.0.0.1"
    assert over_tcp(address, "GET", "/api/v1/posts", **shown)[0] == 200
    _, _, held = over_tcp(address, "GET", "/api/v1/sessions", **shown)
    [mine] = [one["id"] for one in held["items"] if one["mine"]]
    assert over_tcp(address, "DELETE", f"/api/v1/sessions/{mine}", **shown)[0] == 204
    assert over_tcp(address, "GET", "/api/v1/posts", **shown)[0] == 401


def test_who_listens_hears_nothing_any_more_once_their_token_is_ended(
    place: Installation, address: str
) -> None:
    told = {"name": "listener", "scopes": ["read"]}
    _, made = ask(socket_of(place), "POST", "/api/v1/tokens", told, Publisher_As="ann")
    where = urlsplit(address)
    with closing(http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)) as line:
        head = {"Authorization": f"Bearer {made['secret']}"}
        line.request("GET", "/api/v1/events", headers=head)
        stream = line.getresponse()
        assert stream.readline() == b": here\n"
        token = f"/api/v1/tokens/{made['token']['id']}"
        assert ask(socket_of(place), "DELETE", token, Publisher_As="ann")[0] == 204
        stream.read()  # it ends
    assert "Traceback" not in (place.folder / "desk.log").read_text()


def test_what_is_no_proof_is_logged_and_what_is_shown_stands_in_no_log(
    place: Installation, address: str
) -> None:
    for secret in ("pub_tok_secret-in-the-head", "pub_ses_secret-in-the-head"):
        over_tcp(address, "GET", "/api/v1/posts", Authorization=f"Bearer {secret}")
    said = (place.folder / "desk.log").read_text()
    assert "secret-in-the-head" not in said
    [failed, *_] = [one for one in map(json.loads, said.splitlines()) if "no proof" in one["event"]]
    assert (failed["address"], failed["path"]) == ("127.0.0.1", "/api/v1/posts")


def certificate(folder: Path) -> ssl.SSLContext:
    """desk.pem and desk.key of a machine that is called localhost; trusts them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "desk.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "desk.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "desk.key").chmod(0o600)
    return ssl.create_default_context(cafile=str(folder / "desk.pem"))


def test_with_a_certificate_it_speaks_tls_over_tcp_and_its_socket_is_as_before(
    tmp_path: Path,
) -> None:
    files = ('certificate = "desk.pem"', 'key = "desk.key"')
    place = listening(tmp_path, 'listen = "0.0.0.0:0"', *files, 'hosts = ["localhost"]')
    trusts = certificate(tmp_path)
    assert place.run("db", "upgrade").returncode == 0
    with opened(place) as address:
        assert address.startswith("https://localhost:")
        status, head, _ = over_tcp(address, "GET", "/healthz", trusts=trusts)
        assert (status, "max-age" in head["Strict-Transport-Security"]) == (200, True)
        with pytest.raises((OSError, http.client.HTTPException)):
            over_tcp(address.replace("https", "http"), "GET", "/healthz")
        assert ask(socket_of(place), "GET", "/api/v1/posts", Publisher_As="ann")[0] == 200
        assert negotiated(address, trusts, ssl.TLSVersion.TLSv1_3)[1] == "TLSv1.3"
        name, version = negotiated(address, trusts, ssl.TLSVersion.TLSv1_2)
        assert version == "TLSv1.2"
        assert name.startswith("ECDHE-")
        assert "GCM" in name or "CHACHA20" in name


def negotiated(address: str, trusts: ssl.SSLContext, newest: ssl.TLSVersion) -> tuple[str, str]:
    """The cipher, and the version of TLS, with a client that knows none newer."""
    trusts.maximum_version = newest
    where = urlsplit(address)
    with (
        socket.create_connection((str(where.hostname), where.port or 0), 30) as raw,
        trusts.wrap_socket(raw, server_hostname=where.hostname) as line,
    ):
        cipher = line.cipher()
        assert cipher is not None
        return cipher[0], str(line.version())


def test_in_the_open_it_does_not_start(tmp_path: Path) -> None:
    place = listening(tmp_path, 'listen = "0.0.0.0:0"')
    for command in (("desk",), ("config", "check")):
        refused = place.run(*command)
        assert refused.returncode == 4
        assert "would be readable on the way" in refused.stderr


def test_a_certificate_that_is_none_keeps_it_from_starting(tmp_path: Path) -> None:
    files = ('certificate = "desk.pem"', 'key = "desk.key"')
    place = listening(tmp_path, 'listen = "127.0.0.1:0"', *files)
    for name in ("desk.pem", "desk.key"):
        (tmp_path / name).write_text("none")
    assert place.run("db", "upgrade").returncode == 0
    refused = place.run("desk")
    assert refused.returncode == 1
    assert "cannot be used" in refused.stderr


def test_where_somebody_else_listens_it_does_not_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = listening(tmp_path, f'listen = "127.0.0.1:{other.getsockname()[1]}"')
        assert place.run("db", "upgrade").returncode == 0
        refused = place.run("desk")
    assert refused.returncode == 1
    assert "cannot listen on 127.0.0.1" in refused.stderr


def test_the_first_administrator_gets_in_by_a_link_that_the_desk_says_once(tmp_path: Path) -> None:
    """From nobody at all to a person in a browser, who is known also after a restart."""
    place = listening(tmp_path, 'listen = "127.0.0.1:0"')
    with (tmp_path / "config.toml").open("a") as config:
        config.write('\n[people.hana]\nname = "Hana"\nroles = ["admin"]\n')
    assert place.run("db", "upgrade").returncode == 0
    with opened_with_log(place) as (address, lines):
        found = re.search(r"http://localhost:\d+/join#(pub_inv_\w+)", lines.readline().decode())
        assert found
        invite = {"invite": found[1]}
        ours = {"Sec-Fetch-Site": "same-origin"}
        api = "/api/v1"
        offered = over_tcp(address, "POST", f"{api}/join/look", invite, **ours)[2]["offered"]
        told = {**invite, "password": "seven grey herons wading", "code": code_now(offered["seed"])}
        status, head, said = over_tcp(address, "POST", f"{api}/join", told, **ours)
        assert (status, said["person"], len(said["recovery_codes"])) == (201, "hana", 10)
        cookie = {**ours, "Cookie": head["Set-Cookie"].partition(";")[0]}
        assert over_tcp(address, "GET", f"{api}/session", **cookie)[2]["person"] == "hana"
        status, _, made = over_tcp(address, "POST", f"{api}/invites", {"person": "ann"}, **cookie)
        assert status == 201
        assert made["link"].endswith(f"/join#{made['secret']}")
    with opened_with_log(place) as (address, lines):
        assert over_tcp(address, "GET", f"{api}/session", **cookie)[0] == 200
        assert over_tcp(address, "DELETE", f"{api}/session", **cookie)[0] == 204
        assert over_tcp(address, "GET", f"{api}/session", **cookie)[0] == 401
        os.set_blocking(lines.fileno(), False)
        assert not lines.readline(), "nobody else is invited"
    logged = (tmp_path / "desk.log").read_text()
    assert not {"pub_", "herons", offered["seed"]} & set(re.findall(r"pub_|herons|\w{32}", logged))


def code_now(seed: str) -> str:
    step = int(datetime.now(UTC).timestamp()) // 30
    return HOTP(base64.b32decode(seed), 6, hashes.SHA1()).generate(step).decode()
