"""The contract: what it says is what the door does, on every route, with made-up input of all kinds."""

from __future__ import annotations

import json

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case

from api.access import Limiter
from storage.records import DossierRow
from storage.scopes import Scope
from tests.api.house import DOSSIER, House, PaperText, served

FILLED = dict.fromkeys(("scope", "agency", "limit", "accepted", "size", "reason", "seconds"), "x")
#: What no schema can say: cursors, the order of two days, what an address resolves to, a version seen before.
REFUSED = {
    "GET /v1/search": ("422",),
    "GET /v1/reports/kpi": ("422",),
    "POST /v1/webhooks": ("422",),
    "PATCH /v1/documents/{document_id}": ("412", "422", "428"),
}
EXAMPLES = 8  # of each kind for each route; sixty were run once


def test_the_contract_holds_on_every_route(house: House) -> None:
    """A generated client would meet answers that it was not made for, or a server's fault."""
    house.register(DossierRow(code=DOSSIER))
    (document,) = house.publish(PaperText(name="a", status="review"))
    there = {"document_id": document, "dossier_code": DOSSIER}
    key = house.key(*Scope)
    house.client.app.state.failures = Limiter(1_000_000)  # type: ignore[attr-defined]  # wrong keys are tried too
    with served(house) as base:
        contract = schemathesis.openapi.from_url(f"{base}/openapi.json")
        operations = [found.ok() for found in contract.get_all_operations()]
        assert len(operations) > 25
        accepted = contract.config.checks.positive_data_acceptance
        usual = list(accepted.expected_statuses)
        contract.config.checks.negative_data_rejection.expected_statuses += ["413", "414"]
        for operation in operations:
            accepted.expected_statuses = [*usual, *REFUSED.get(operation.label, ())]
            _holds(operation, base, key, there)


def _holds(operation: schemathesis.APIOperation, base: str, key: dict[str, str], there: dict[str, str]) -> None:
    """Made-up requests of one route, valid and invalid ones, and every check of their answers."""

    def of_what_is_there(case: Case) -> Case:
        case.path_parameters |= {name: value for name, value in there.items() if name in case.path_parameters}
        return case

    valid = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)

    @given(case=st.one_of(valid, valid.map(of_what_is_there), wrong))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
    )
    def check(case: Case) -> None:
        case.call_and_validate(base_url=base, headers=key)

    check()


def test_every_route_tells_its_problems_scope_and_examples(house: House) -> None:
    """An integrator would have to ask us."""
    described = house.client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, routes in described["paths"].items():
        for method, operation in routes.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["operationId"], where
            assert operation["responses"]["429"]["content"].keys() == {"application/problem+json"}, where
            if path not in ("/health", "/ready"):
                assert operation["security"] == [{"key": operation["security"][0]["key"]}], where
                assert len(operation["security"][0]["key"]) == 1, where
    names = json.dumps(described)
    assert "HTTPValidationError" not in names
    for name, model in described["components"]["schemas"].items():
        if name.endswith("Answer"):
            assert any("examples" in one for one in model["properties"].values()), name


def test_every_problem_code_is_one_of_the_listed(house: House) -> None:
    """Programs decide by codes; one without a text or a status would be a fault of its own."""
    from api.problems import Code, Problem, answer, status_of

    for code in Code:
        for accept in ("vi", "en"):
            told = answer(Problem(code, values=FILLED), accept_language=accept, correlation_id="x")
            assert json.loads(bytes(told.body))["code"] == code
            assert told.status_code == status_of(code) >= 400
