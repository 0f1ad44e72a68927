"""Whatever is sent to the service: an answer that its description names, and never a fault of ours."""

import os
from typing import Any

import pytest
import schemathesis
from counter import Counter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from test_service_rights import OPERATIONS, PEOPLE, STREAMS, everybody
from world import World

from publisher.service.app import API

__all__ = ["everybody"]

# A shape that is right may still name no account there is, or a time that has gone.
MEANS = schemathesis.checks.positive_data_acceptance
EXAMPLES = 40 if os.environ.get("CI") else 10  # of each operation


@pytest.fixture(scope="module")
def described(everybody: World) -> Any:
    """The service as its own description tells of it, over a company of one post."""
    counter = Counter(everybody)
    counter.write()
    return schemathesis.openapi.from_asgi(f"{API}/openapi.json", counter.answer)


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - STREAMS))
def test_no_request_gets_an_answer_that_is_not_described(described: Any, operation: str) -> None:
    method, path = OPERATIONS[operation]
    asked = described[path][method]
    cases = st.one_of(asked.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @given(case=cases, person=st.sampled_from(sorted(PEOPLE)))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def any_request(case: schemathesis.Case, person: str) -> None:
        head = {**(case.headers or {}), "Publisher-As": person}
        case.call_and_validate(headers=head, excluded_checks=[MEANS])

    any_request()
