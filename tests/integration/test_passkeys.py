"""Passkeys: a device in software, as a browser speaks for it, and what nobody gains by its answers."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_bytes
from typing import Any

import cbor2
import pytest
from browsing import PASSWORD, Browser
from counter import Counter, counter
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from test_pages_sign_in import _light, changed, told
from test_service_access import code_of
from test_service_posts import problem
from test_two_people import restart

from publisher.clock import rfc3339
from publisher.service import waiting
from publisher.store.compare import differences

__all__ = ["_light", "counter"]

HERE = "http://localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Device:
    """Answers to what a browser at `origin` was asked. `flags`: what it says of whoever holds it."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    number: bytes = field(default_factory=lambda: token_bytes(32))
    origin: str = HERE
    flags: int = PRESENT | VERIFIED
    count: int = 0

    def makes(self, options: dict[str, Any]) -> dict[str, Any]:
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        held = bytes(16) + len(self.number).to_bytes(2) + self.number + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], ATTESTED) + held
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": text(self._said("webauthn.create", options)),
                "attestationObject": text(made),
            }
        )

    def uses(self, options: dict[str, Any]) -> dict[str, Any]:
        said, data = self._said("webauthn.get", options), self._data(options["rpId"])
        signed = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(said),
                "authenticatorData": text(data),
                "signature": text(signed),
            }
        )

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        asked = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(asked).encode()

    def _data(self, site: str, more: int = 0) -> bytes:
        flags = bytes([self.flags | more])
        return hashlib.sha256(site.encode()).digest() + flags + self.count.to_bytes(4)

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        named = text(self.number)
        return {"id": named, "rawId": named, "type": "public-key", "response": response}


def add(browser: Browser, device: Device, name: str = "phone") -> Any:
    options = browser.post("/passkeys/look").json()["options"]
    return browser.post("/passkeys", {"name": name, "credential": device.makes(options)})


def sign_in(browser: Browser, device: Device, path: str = "/session/passkey") -> Any:
    options = browser.post("/session/passkey/look").json()["options"]
    return browser.post(path, {"credential": device.uses(options)})


@pytest.fixture
def bo(counter: Counter) -> Browser:
    """Bo, an approver, has joined, and is signed in."""
    made = Browser(counter)
    made.join("bo")
    return made


def test_a_person_adds_a_passkey_and_signs_in_by_it_alone(counter: Counter, bo: Browser) -> None:
    device = Device()
    made = add(bo, device)
    assert made.status_code == 201, made.text
    assert bo.get("/passkeys").json() == [made.json()]
    other = bo.another()
    found = sign_in(other, device)
    assert found.status_code == 201, found.text
    assert (found.json()["person"], found.json()["passkeys"]) == ("bo", 1)
    post = counter.write("The fair opens")
    approved = other.post(f"/posts/{post['id']}/approve", {"seen": post["fingerprint"][:24]})
    assert approved.status_code == 200, approved.text
    signed = counter.get("/ledger?most=100", by="gus").json()
    assert {one["os_user"] for one in signed if one["verb"] == "sign in"} >= {'passkey "phone"'}
    assert ("bo", "passkey_added") in told(counter)
    assert differences(counter.world.app.store) == []


def test_what_a_browser_is_asked_names_this_site_and_a_verified_holder(bo: Browser) -> None:
    add(bo, Device())
    made = bo.post("/passkeys/look").json()["options"]
    assert made["rp"] == {"name": "Example", "id": "localhost"}
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert len(made["excludeCredentials"]) == 1
    used = bo.post("/session/passkey/look").json()["options"]
    assert (used["rpId"], used["userVerification"]) == ("localhost", "required")
    assert used.get("allowCredentials", []) == [], "nobody learns who has one"


def test_a_page_is_fresh_by_a_passkey_of_its_own_person_alone(
    counter: Counter, bo: Browser
) -> None:
    mine, theirs, cy = Device(), Device(), Browser(counter)
    cy.join("cy")
    add(bo, mine)
    add(cy, theirs)
    counter.world.clock.forward(minutes=10)
    asked = {"name": "nightly", "scopes": ["read"]}
    assert problem(bo.post("/tokens", asked), 403)["code"] == "session.fresh_proof"
    refused = sign_in(bo, theirs, "/session/passkey/fresh")
    assert problem(refused, 401)["code"] == "session.no_page"
    assert sign_in(bo, mine, "/session/passkey/fresh").status_code == 200
    assert bo.post("/tokens", asked).status_code == 201


def test_an_answer_is_good_once_and_not_for_long(counter: Counter, bo: Browser) -> None:
    device = Device()
    add(bo, device)
    options = bo.post("/session/passkey/look").json()["options"]
    seen = {"credential": device.uses(options)}
    assert bo.another().post("/session/passkey", seen).status_code == 201
    assert code_of(bo.another().post("/session/passkey", seen)) == "session.wrong"
    late = bo.post("/session/passkey/look").json()["options"]
    counter.seconds += waiting.PATIENCE
    said = {"credential": device.uses(late)}
    assert code_of(bo.another().post("/session/passkey", said)) == "session.wrong"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://evil.example"},
        {"origin": "https://localhost"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": 0},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"number": b"none that is known"},
        {"count": 7},
    ],
    ids=["site", "scheme", "not verified", "absent", "neither", "key", "unknown", "cloned"],
)
def test_an_answer_that_is_off_is_none(
    counter: Counter, bo: Browser, wrong: dict[str, Any]
) -> None:
    device = Device(count=7)
    assert add(bo, device).status_code == 201
    device.count = 8
    for name, value in wrong.items():
        setattr(device, name, value)
    assert code_of(sign_in(bo.another(), device)) == "session.wrong"


@pytest.mark.parametrize("wrong", [{"origin": "http://evil.example"}, {"flags": PRESENT}])
def test_a_passkey_of_another_site_or_of_nobody_in_particular_is_not_added(
    bo: Browser, wrong: dict[str, Any]
) -> None:
    refused = add(bo, Device(**wrong))
    assert problem(refused, 422)["code"] == "passkey.none"
    assert bo.get("/passkeys").json() == []


def test_one_device_is_one_person(counter: Counter, bo: Browser) -> None:
    device, cy = Device(), Browser(counter)
    cy.join("cy")
    assert add(bo, device).status_code == 201
    assert problem(add(cy, device), 409)["code"] == "passkey.known"


def test_adding_one_takes_a_fresh_proof(counter: Counter, bo: Browser) -> None:
    counter.world.clock.forward(minutes=10)
    assert problem(bo.post("/passkeys/look"), 403)["code"] == "session.fresh_proof"
    refused = bo.post("/passkeys", {"name": "phone", "credential": {}})
    assert problem(refused, 403)["code"] == "session.fresh_proof"


@pytest.mark.parametrize("by", ["bo", "gus"])
def test_a_passkey_is_ended_by_its_person_or_an_administrator(
    counter: Counter, bo: Browser, by: str
) -> None:
    device = Device()
    number = add(bo, device).json()["id"]
    refused = counter.ask("DELETE", f"/passkeys/{number}", by="ann")
    assert problem(refused, 404)["code"] == "access.none_such"
    assert counter.ask("DELETE", f"/passkeys/{number}", by=by).status_code == 204
    assert code_of(sign_in(bo.another(), device)) == "session.wrong"
    assert ("bo", "passkey_ended") in told(counter)
    assert differences(counter.world.app.store) == []


def test_whoever_leaves_or_is_invited_anew_has_no_passkey_any_more(
    counter: Counter, bo: Browser
) -> None:
    first, second = Device(), Device()
    add(bo, first)
    bo.join("bo")
    assert code_of(sign_in(bo.another(), first)) == "session.wrong"
    add(bo, second)
    restart(counter.world, ('[people.bo]\nname = "bo"\nroles = ["approver"]\nsample = true\n', ""))
    assert code_of(sign_in(bo.another(), second)) == "session.wrong"
    assert differences(counter.world.app.store) == []


def test_a_passkey_that_was_put_in_by_hand_is_none(counter: Counter, bo: Browser) -> None:
    device, cy = Device(), Browser(counter)
    cy.join("cy")
    add(cy, device)
    changed(counter, "UPDATE passkey SET person = 'bo'")
    assert code_of(sign_in(bo.another(), device)) == "session.wrong"


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": 7},
        {"id": None, "response": []},
        {"id": "a", "response": {"clientDataJSON": "!"}},
        {"id": "a", "response": {"clientDataJSON": text(b"[" * 3_000)}},
        {"id": "a", "response": {"clientDataJSON": text(b'{"challenge": 7}')}},
        {"id": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")},
    ],
)
def test_whatever_somebody_sends_is_no_fault_of_ours(
    bo: Browser, credential: dict[str, Any]
) -> None:
    assert code_of(bo.another().post("/session/passkey", {"credential": credential})) == (
        "session.wrong"
    )
    refused = bo.post("/passkeys", {"name": "phone", "credential": credential})
    assert problem(refused, 422)["code"] == "passkey.none"


def test_a_password_alone_is_not_enough_where_there_is_a_passkey(
    counter: Counter, bo: Browser
) -> None:
    add(bo, Device())
    assert code_of(bo.another().sign_in("bo", "", PASSWORD)) == "session.wrong"


@pytest.mark.parametrize("name", ["\\ud800", "a\\u0000b"])
def test_a_name_that_no_database_keeps_is_of_no_passkey(bo: Browser, name: str) -> None:
    here = bo.another()
    asked = here.post("/session/passkey/look").json()["options"]["challenge"]
    said = text(json.dumps({"challenge": asked}).encode())
    body = f'{{"credential": {{"id": "{name}", "response": {{"clientDataJSON": "{said}"}}}}}}'
    head = {"Content-Type": "application/json"}
    assert code_of(here.ask("POST", "/session/passkey", content=body, headers=head)) == (
        "session.wrong"
    )


def test_a_deputy_who_has_a_passkey_does_not_act_for_others_by_a_password_alone(
    counter: Counter,
) -> None:
    ann = Browser(counter)
    ann.join("ann", factor=False)
    device = Device()
    add(ann, device)
    day = {"name": "ann", "end": rfc3339(counter.world.clock.at + timedelta(days=1))}
    assert counter.post("/people/deputy", day, by="bo").status_code == 201
    alone = ann.another()
    assert code_of(alone.sign_in("ann", "")) == "password.passkey_first"
    assert sign_in(alone, device).status_code == 201
