"""Passkeys: what a browser is asked, and whether its answer is right (W3C Web Authentication, level 2)."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

# The library is imported where it is needed: it takes half a second, and the daemon never needs it.


@dataclass(frozen=True)
class Site:
    """Where a browser stands: the name that passkeys are bound to, and the addresses of our pages."""

    name: str
    origins: Collection[str]


@dataclass(frozen=True)
class Asks:
    """What a browser answers to: the challenge (base64url), at this site."""

    site: Site
    challenge: str


@dataclass(frozen=True)
class Made:
    """A new passkey, as the device says it; base64url."""

    credential: str
    key: str
    count: int


def to_make(
    asks: Asks, company: str, person: tuple[str, str], known: Collection[str]
) -> dict[str, Any]:
    """What a browser is asked to make one. `person`: name, and what they are called; `known`: theirs."""
    from webauthn import generate_registration_options, helpers  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    name, display = person
    options = generate_registration_options(
        rp_id=asks.site.name,
        rp_name=company,
        user_name=name,
        user_id=hashlib.sha256(name.encode()).digest(),
        user_display_name=display,
        challenge=_raw(asks.challenge),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=_raw(one)) for one in known],
    )
    found: dict[str, Any] = helpers.options_to_json_dict(options)
    return found


def to_use(asks: Asks) -> dict[str, Any]:
    """What a browser is asked to use one; whose, it says itself."""
    from webauthn import generate_authentication_options, helpers  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = generate_authentication_options(
        rp_id=asks.site.name,
        challenge=_raw(asks.challenge),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    found: dict[str, Any] = helpers.options_to_json_dict(options)
    return found


def made(asks: Asks, answer: Mapping[str, Any]) -> Made | None:
    """The passkey of a browser's answer; None for what is no answer to that.

    A device that did not ask for a finger, a face or a number would prove only that somebody has it.
    """
    from webauthn import verify_registration_response  # noqa: PLC0415

    with suppress(Exception):  # whatever somebody sends
        found = verify_registration_response(
            credential=dict(answer),
            expected_challenge=_raw(asks.challenge),
            expected_rp_id=asks.site.name,
            expected_origin=list(asks.site.origins),
            require_user_verification=True,
        )
        named, key = _text(found.credential_id), _text(found.credential_public_key)
        return Made(named, key, found.sign_count)
    return None


def used(asks: Asks, answer: Mapping[str, Any], kept: Made) -> int | None:
    """The device's count after this use of what is kept; None for what is no answer to that."""
    from webauthn import verify_authentication_response  # noqa: PLC0415

    with suppress(Exception):  # whatever somebody sends
        found = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=_raw(asks.challenge),
            expected_rp_id=asks.site.name,
            expected_origin=list(asks.site.origins),
            credential_public_key=_raw(kept.key),
            credential_current_sign_count=kept.count,
            require_user_verification=True,
        )
        if _text(found.credential_id) == kept.credential:
            return found.new_sign_count
    return None


def challenge_of(answer: Mapping[str, Any]) -> str:
    """What an answer says that it was asked; "" where it says nothing that can be read."""
    with suppress(Exception):  # whatever somebody sends
        return str(json.loads(_raw(answer["response"]["clientDataJSON"]))["challenge"])
    return ""


def credential_of(answer: Mapping[str, Any]) -> str:
    """By which name the device calls the passkey of an answer; "" for none, and for what no row keeps."""
    found = answer.get("id")
    return found if isinstance(found, str) and found.isascii() and found.isprintable() else ""


def _raw(said: str) -> bytes:
    return urlsafe_b64decode(said + "=" * (-len(said) % 4))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
