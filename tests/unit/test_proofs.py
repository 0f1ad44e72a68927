"""Secrets that people hold: told from all other text by how they look, and from each other."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.store.proofs import KINDS, PREFIXES, hashed, kind_of, made


@pytest.mark.parametrize("what", KINDS)
def test_a_secret_says_what_it_is(what):
    secret = made(what)
    assert secret.startswith(PREFIXES[what])
    assert kind_of(secret) == what
    assert made(what) != secret


def test_the_prefixes_tell_the_kinds_apart():
    assert len(set(PREFIXES.values())) == len(KINDS) == len(PREFIXES)


@given(at=st.integers(8, 56), letter=st.sampled_from(string.ascii_letters + string.digits))
def test_with_one_letter_wrong_it_is_none(at, letter):
    secret = made("token")
    mistyped = secret[:at] + letter + secret[at + 1 :]
    assert (kind_of(mistyped) == "token") == (mistyped == secret)


@given(st.text())
def test_no_other_text_is_taken_for_one(text):
    assert kind_of(text) is None
    assert kind_of(f"pub_tok_{text}") is None


@pytest.mark.parametrize("around", ["{} ", " {}", "{}\n", "{}0", "Bearer {}"])
def test_it_is_the_whole_of_what_is_shown(around):
    assert kind_of(around.format(made("token"))) is None


def test_what_is_kept_is_a_sha256():
    assert len(hashed(made("token"))) == 64
