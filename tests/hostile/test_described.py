"""The API keeps to its own description: requests made from the OpenAPI document, fitting ones and spoilt ones.

Never a 5xx; every refusal is a problem; every status is documented, and every answer is shaped as the document says.
The seed is fixed. The run says how many requests were made, and how they were answered; `HYPOTHESIS_PROFILE=explore`
makes eight times as many.
"""

from __future__ import annotations

import contextvars
import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from tests.hostile.conftest import Stranger

load_all_checks()
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = 40 if os.environ.get("HYPOTHESIS_PROFILE") == "explore" else 5
"""For every operation, in every way of asking."""
RUN = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_every_operation_answers_as_it_is_described(
    app: Flask, stranger: Stranger, company: dict[str, str], tell: Callable[[str], None]
) -> None:
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    described.config.generation.update(with_security_parameters=False)  # wrong keys have tests of their own
    operations = [found.ok() for found in described.get_all_operations()]
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for operation in operations:
        named = {one.name: company[one.name] for one in operation.path_parameters if one.name in company}
        for mode, path in (
            (GenerationMode.POSITIVE, named),
            (GenerationMode.POSITIVE, None),
            (GenerationMode.NEGATIVE, named),
        ):
            ask = operation.as_strategy(generation_mode=mode, path_parameters=path or None)
            try:
                _put(ask, stranger, seen, wrong)
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, operation.label  # nothing in it can be spoilt
    tell(f"{len(operations)} operations, {seen.total()} requests: {dict(sorted(seen.items()))}")
    assert not wrong, f"{len(wrong)} answers are not as described:\n" + "\n".join(wrong[:40])
    assert seen.total() > 2 * EXAMPLES * len(operations)
    assert {"200", "201", "404", "409", "422"} <= seen.keys(), "the requests reached too little"


def _put(ask: Any, stranger: Stranger, seen: Counter[str], wrong: list[str]) -> None:
    @seed(20260310)
    @RUN
    @given(case=ask)
    def put(case: Any) -> None:
        key = {"Authorization": stranger.headers["Authorization"]}
        answer = contextvars.Context().run(case.call, headers=key)
        seen[str(answer.status_code)] += 1
        try:
            case.validate_response(answer, checks=CHECKS, additional_checks=[refused_with_a_problem])
        except FailureGroup as failures:
            for one in failures.exceptions:
                said = f"{case.method} {case.formatted_path} → {answer.status_code}: {one}"
                wrong.append(said[:900])

    put()


def refused_with_a_problem(_context: Any, response: Any, _case: Any) -> None:
    """Check that a refusal is application/problem+json, and says the status it has."""
    if response.status_code < 400:
        return
    (kind,) = response.headers["content-type"]
    problem = json.loads(response.content)
    assert kind.startswith("application/problem+json"), kind
    assert problem["status"] == response.status_code
    assert {"type", "title", "detail"} <= problem.keys()
