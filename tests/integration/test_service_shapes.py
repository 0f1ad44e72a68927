"""Whatever is sent to the service: an answer that its description names, and never a fault of ours."""

import os
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from counter import Counter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from test_service_rights import OPERATIONS, PEOPLE, STREAMS, everybody
from world import World

from publisher.roles import SCOPES
from publisher.service.app import API

__all__ = ["everybody"]

# A shape that is right may still name no account there is, or a time that has gone.
MEANS = schemathesis.checks.positive_data_acceptance
EXAMPLES = 40 if os.environ.get("CI") else 10  # of each operation


@dataclass
class Described:
    """The service as its own description tells of it, and each way to be known there, with its head."""

    ways: dict[str, tuple[Counter, dict[str, str]]]
    now: Counter
    schema: Any = None

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        await self.now.answer(scope, receive, send)


@pytest.fixture(scope="module")
def described(everybody: World) -> Described:
    """Over a company of one post. A person of each role at the socket, and over TCP by a token and by a
    sign-in; and nobody.
    """
    counter = Counter(everybody)
    counter.write()
    ways = {person: (counter, {"Publisher-As": person}) for person in sorted(PEOPLE)}
    for person in sorted(PEOPLE):
        token, login = counter.token(*SCOPES, by=person, name="shapes"), counter.login(by=person)
        ways[f"{person}'s token"] = token, {**token._head, "Host": "localhost"}
        ways[f"{person}'s login"] = login, {**login._head, "Host": "localhost"}
        counter.seconds += 600
    ways["nobody"] = counter.over_tcp(), {"Host": "localhost"}
    found = Described(ways, counter)
    found.schema = schemathesis.openapi.from_asgi(f"{API}/openapi.json", found.answer)
    return found


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - STREAMS))
def test_no_request_gets_an_answer_that_is_not_described(
    described: Described, operation: str
) -> None:
    method, path = OPERATIONS[operation]
    asked = described.schema[path][method]
    cases = st.one_of(asked.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @given(case=cases, way=st.sampled_from(sorted(described.ways)))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def any_request(case: schemathesis.Case, way: str) -> None:
        described.now, head = described.ways[way]
        sent = {**(case.headers or {}), **head}
        case.call_and_validate(headers=sent, excluded_checks=[MEANS])

    any_request()
