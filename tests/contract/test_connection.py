"""What a failed exchange proves, decided by the mark in the connection: not written, or broken."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cast import NOW, TOOLS
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted import Server, raw, read_request, reply

from publisher.networks import Outbound, Tools
from publisher.networks.wire.connection import Deadlines
from publisher.networks.wire.http import Broken, NotWritten, Session, attempt, call
from publisher.words import code_of

Handler = Callable[[socket.socket, ssl.SSLContext, list[str]], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def tls_server(certificate: Path, handler: Handler) -> Iterator[tuple[str, list[str]]]:
    """Serves one connection; yields its address and the list of what was read in clear."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    read: list[str] = []

    def serve() -> None:
        with suppress(OSError):
            sock, _ = listening.accept()
            with sock:
                sock.settimeout(2)
                handler(sock, context, read)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/", read
    thread.join(3)


def answers(sock: socket.socket, context: ssl.SSLContext, read: list[str]) -> None:
    with context.wrap_socket(sock, server_side=True) as tls:
        read.append(read_request(tls).body.decode())
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def breaks_tls_after_reading(sock: socket.socket, context: ssl.SSLContext, read: list[str]) -> None:
    tls = context.wrap_socket(sock.dup(), server_side=True)
    read.append(read_request(tls).body.decode())
    sock.sendall(b"HTTP/1.1 500 in clear, where a TLS record should be\r\n\r\n")
    tls.close()


def drips_in_tls(sock: socket.socket, context: ssl.SSLContext, read: list[str]) -> None:
    with context.wrap_socket(sock, server_side=True) as tls:
        read.append(read_request(tls).body.decode())
        tls.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(40):
            tls.sendall(b"x")
            time.sleep(0.05)


def never_shakes_hands(sock: socket.socket, context: ssl.SSLContext, read: list[str]) -> None:
    sock.recv(65_536)
    with suppress(OSError):
        read.append(sock.recv(65_536).decode("latin-1"))


def post(url: str, certificate: Path | None, seconds: float = 30.0) -> object:
    """The answer, or the failure as a value."""
    tools = replace(TOOLS, outbound=Outbound(ca_file=str(certificate or "")))
    with Session(tools, deadline=time.monotonic() + seconds) as session:
        try:
            session.request("POST", url, data=b"the one request")
        except (NotWritten, Broken) as failure:
            return failure
        return session.answer


def test_over_tls_the_whole_request_arrives_and_the_answer_is_read(certificate):
    with tls_server(certificate, answers) as (url, read):
        assert post(url, certificate).status == 200
    assert read == ["the one request"]


@pytest.mark.hazard("H5")
def test_a_tls_error_after_the_request_was_read_is_broken_not_unsent(certificate):
    with tls_server(certificate, breaks_tls_after_reading) as (url, read):
        failure = post(url, certificate)
    assert isinstance(failure, Broken)
    assert "SSLError" in str(failure)
    assert read == ["the one request"]


@pytest.mark.hazard("H5")
def test_a_certificate_that_is_not_trusted_means_that_nothing_was_written(certificate):
    with tls_server(certificate, answers) as (url, read):
        failure = post(url, None)
    assert isinstance(failure, NotWritten)
    assert "SSLCertVerificationError" in str(failure)
    assert read == []


@pytest.mark.hazard("H5")
def test_the_deadline_ends_a_handshake_and_nothing_was_written(certificate):
    with tls_server(certificate, never_shakes_hands) as (url, read):
        began = time.monotonic()
        assert isinstance(post(url, certificate, 0.3), NotWritten)
        assert time.monotonic() - began < 0.9
    assert "the one request" not in "".join(read)


@pytest.mark.hazard("H5")
def test_the_deadline_ends_a_drip_inside_tls(certificate):
    with tls_server(certificate, drips_in_tls) as (url, read):
        began = time.monotonic()
        assert isinstance(post(url, certificate, 0.3), Broken)
        assert time.monotonic() - began < 0.9
    assert read == ["the one request"]


def test_a_name_that_nobody_knows_means_that_nothing_was_written(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert isinstance(post("http://nowhere.example/", None), NotWritten)


@pytest.mark.parametrize("url", ["http://a..b/", "http://", "nonsense", "http://[::1", "ftp://a/"])
def test_an_address_that_is_none_means_that_nothing_was_written(url):
    assert isinstance(post(url, None), NotWritten)


def test_a_second_address_is_tried_when_the_first_refuses(monkeypatch):
    real = socket.getaddrinfo
    with Server() as server, socket.create_server(("127.0.0.1", 0)) as free:
        port = int(server.url.rpartition(":")[2])
        dead = ("127.0.0.1", free.getsockname()[1])
        free.close()
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        both = [(*kind, dead), (*kind, ("127.0.0.1", port))]
        server.play(reply(200, {}))
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **named: both if host == "two" else real(host, *rest, **named),
        )
        assert post(f"http://two:{port}/", None).status == 200


def test_a_session_makes_one_request_and_no_second():
    with Server() as server, Session(TOOLS, deadline=time.monotonic() + 30) as session:
        server.play(reply(200, {}))
        session.request("POST", server.url)
        with pytest.raises(RuntimeError):
            session.request("POST", server.url)
        assert len(server.seen) == 1


def test_a_proxy_in_the_environment_is_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Server() as server:
        server.play(reply(200, {}))
        assert post(server.url, None).status == 200


@pytest.mark.hazard("H4")
def test_the_time_is_looked_at_after_connecting_and_before_the_first_byte():
    moments = iter([NOW + timedelta(seconds=1)])
    tools = Tools(now=lambda: next(moments), monotonic=time.monotonic, media=lambda _: b"")
    with Server() as server:
        server.play(reply(200, {}))
        late = attempt(
            lambda: call(
                "POST",
                server.url,
                deadline=time.monotonic() + 30,
                not_after=NOW + timedelta(seconds=1),
                tools=tools,
            )
        )
    assert isinstance(late, NotWritten)
    assert next(moments, None) is None  # it was asked exactly once
    assert not server.seen


def test_a_deadline_that_passes_while_connecting_means_that_nothing_was_written():
    moments = iter([0.0, 0.0, 0.0, 10.0])
    tools = Tools(now=lambda: NOW, monotonic=lambda: next(moments), media=lambda _: b"")
    with Server() as server:
        server.play(reply(200, {}))
        late = attempt(lambda: call("POST", server.url, deadline=3.0, tools=tools))
    assert isinstance(late, NotWritten)
    assert next(moments, None) is None  # looked at again after connecting
    assert not server.seen


def test_an_endless_answer_is_not_read_to_its_end():
    with Server() as server:
        server.play(raw(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 5_100_000 + b"{}"))
        failure = post(server.url, None)
    assert isinstance(failure, Broken)
    assert code_of(str(failure)) == "network.long_answer"


def test_head_and_body_leave_in_one_write(monkeypatch):
    written = []
    real = HTTPConnection.send

    def send(connection: HTTPConnection, data: bytes) -> None:
        written.append(bytes(data))
        real(connection, data)

    monkeypatch.setattr(HTTPConnection, "send", send)
    with Server() as server:
        server.play(reply(200, {}))
        assert post(server.url, None).status == 200
    assert len(written) == 1
    assert written[0].endswith(b"\r\n\r\nthe one request")


class Watched:
    """In place of a connection: whether its time was up."""

    def __init__(self) -> None:
        self._cut = threading.Event()
        self.shut = self._cut.set

    def cut(self, seconds: float = 30) -> bool:
        return self._cut.wait(seconds)


@pytest.mark.hazard("H5")
def test_one_thread_keeps_every_deadline_whichever_is_first():
    deadlines = Deadlines()
    late, ended, soon, at_once = (Watched() for _ in range(4))
    deadlines.add(late, 3600)
    deadlines.add(ended, 0.1)
    deadlines.remove(ended)
    deadlines.add(soon, 0.05)
    assert soon.cut()
    deadlines.add(at_once, -1)
    assert at_once.cut()
    assert not ended.cut(0.15)
    assert not late.cut(0)
    assert deadlines._ends.keys() == {late}
