"""Every call of ours takes the configured way out: a proxy, authorities of the company's own."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cast import NOW, TOOLS
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted import read_request

from publisher.networks import Outbound, Tools
from publisher.networks.wire.http import Broken, NotWritten, attempt, call

HOST = "board.example"
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that no public authority signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(kind, form, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(private + signed.public_bytes(kind))
    return path


Handler = Callable[[socket.socket, list[bytes]], None]


@contextmanager
def proxy(handler: Handler) -> Iterator[tuple[str, list[bytes]]]:
    """Serves one connection; yields its address and what it read."""
    read: list[bytes] = []

    def serve() -> None:
        with suppress(OSError):
            sock, _ = listening.accept()
            with sock:
                sock.settimeout(5)
                handler(sock, read)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://us:hush@127.0.0.1:{listening.getsockname()[1]}", read
    thread.join(5)


def head(sock: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65_536)
    return data


def plain(sock: socket.socket, read: list[bytes]) -> None:
    read.append(head(sock))
    sock.sendall(FINE)


def tunnel(certificate: Path) -> Handler:
    def serve(sock: socket.socket, read: list[bytes]) -> None:
        read.append(head(sock))
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with context.wrap_socket(sock, server_side=True) as tls:
            seen = read_request(tls)
            assert seen is not None
            read.append(seen.body)
            tls.sendall(FINE)

    return serve


def refuses(sock: socket.socket, read: list[bytes]) -> None:
    read.append(head(sock))
    sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


def tools(way: str, authorities: Path | str = "") -> Tools:
    return Tools(lambda: NOW, time.monotonic, lambda _: b"", Outbound(way, str(authorities)))


def asked(url: str, with_: Tools, method: str = "POST") -> object:
    deadline = time.monotonic() + 10
    return attempt(lambda: call(method, url, data=b"the words", deadline=deadline, tools=with_))


def test_a_call_goes_to_the_proxy_with_its_password_and_no_name_is_looked_up_here() -> None:
    with proxy(plain) as (way, read):
        answer = asked(f"http://{HOST}/posts", tools(way))
    assert getattr(answer, "status", answer) == 200
    assert read[0].startswith(b"POST http://board.example/posts HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " in read[0]


def test_over_tls_the_proxy_sees_the_host_and_nothing_of_the_words(certificate: Path) -> None:
    with proxy(tunnel(certificate)) as (way, read):
        answer = asked(f"https://{HOST}/posts", tools(way, certificate))
    assert getattr(answer, "status", answer) == 200
    assert read[0].startswith(b"CONNECT board.example:443 ")
    assert read[1:] == [b"the words"]


def test_a_certificate_of_an_unknown_authority_is_refused_before_a_word_is_written(
    certificate: Path,
) -> None:
    with proxy(tunnel(certificate)) as (way, read):
        failure = asked(f"https://{HOST}/posts", tools(way))
    assert isinstance(failure, NotWritten)
    assert len(read) == 1


@pytest.mark.hazard("H5")
def test_a_proxy_that_refuses_has_let_nothing_out(certificate: Path) -> None:
    with proxy(refuses) as (way, read):
        failure = asked(f"https://{HOST}/posts", tools(way, certificate))
    assert isinstance(failure, NotWritten)
    assert "hush" not in str(failure)
    assert len(read) == 1


def test_a_proxy_that_is_not_there_has_let_nothing_out() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        way = f"http://us:hush@127.0.0.1:{sock.getsockname()[1]}"
    failure = asked(f"https://{HOST}/", tools(way))
    assert isinstance(failure, NotWritten)
    assert "hush" not in str(failure)


def test_this_machine_is_reached_without_the_proxy() -> None:
    with proxy(plain) as (way, read):
        here = way.replace("us:hush@", "")
        answer = asked(f"{here}/posts", tools("http://127.0.0.1:1"))
    assert getattr(answer, "status", answer) == 200
    assert read[0].startswith(b"POST /posts HTTP/1.1\r\n")


def test_neither_the_environment_nor_a_netrc_has_a_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login us password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    with proxy(plain) as (way, read):
        answer = asked(way.replace("us:hush@", "") + "/posts", TOOLS)
    assert not isinstance(answer, NotWritten | Broken)
    assert b"Authorization" not in read[0]


def test_nothing_but_the_careful_client_calls_out() -> None:
    """The sandbox stands for others; everything else goes through `networks.wire.http`."""
    root = Path(__file__).parents[2] / "publisher"
    found = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "sandbox" not in path.parts
        for verb in ("get", "head", "post", "put", "request", "Session")
        if f"requests.{verb}(" in path.read_text("utf-8")
    ]
    assert [name for name in found if name != "networks/wire/http.py"] == []
