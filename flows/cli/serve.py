"""`sohoa serve`: the HTTP door on this installation."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from api.app import Door, DoorSettings, PortalTarget, create_app, log_to_stderr
from api.oidc import OidcSettings
from api.portal_papers import PaperCodes
from flows.errors import WrongSettings, WrongUse
from flows.installation import Installation, opened
from flows.sampling import tell_decided
from flows.separators import write_separators
from flows.settings import ApiSettings, Settings, SignInSettings, config_dir, load_settings
from flows.uploads import UploadDigitiser
from ocr.rules import load_rules
from storage.errors import WrongSealingKey
from storage.sealing import Seals, kept_seals, seals_of
from storage.second_factor import seal_anew

IDLE_SECONDS = 75  # that a silent connection stays open: longer than proxies keep theirs (60), or they ask in vain
STARTED_SECONDS = 120  # that a process may be silent; a busy machine takes longer than uvicorn's 5 to start one,
# and each would be killed before it was there, for ever
SWITCH_SECONDS = 0.0005  # that a thread keeps the interpreter while others want it: an answer goes through some eight
# hands, and at Python's 5 ms each would wait so long for a search that is under way
STOP_SECONDS = 20  # that answers under way may take once the server is asked to stop


def serve(settings: Settings, out: Console) -> None:
    """Serve until stopped; answers under way are finished."""
    with opened(settings) as house:
        door = door_of(house)  # wrong settings are told here and once, not by each process
        _seal(door, out)
    log_to_stderr()
    out.print(f"listening on http://{settings.api.host}:{settings.api.port}")
    uvicorn.run(
        "flows.cli.serve:application",
        factory=True,
        workers=settings.api.processes,
        host=settings.api.host,
        port=settings.api.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_worker_healthcheck=STARTED_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def _seal(door: Door, out: Console) -> None:
    """Seal the secrets of codes with the newest key, so that an older one can be taken away."""
    with door.database.transaction() as session:
        sealed, lost = seal_anew(session, door.seals)
    if sealed:
        out.print(f"secrets of codes sealed with the newest key: {sealed}")
    if lost:
        out.print(f"secrets of codes that no key opens: {lost}; bring it back, or `sohoa accounts reset --codes`")


def application() -> FastAPI:
    """The application of one process, which has the installation to itself until it ends."""
    log_to_stderr()
    stack = ExitStack()
    app = create_app(door_of(stack.enter_context(opened(load_settings()))))
    app.state.opened = stack  # closed with the process: what it holds are connections
    _tuned()
    return app


def _tuned() -> None:
    """Let no answer wait for what Python does beside: see the constants."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # what was imported stays for good: to go through it takes a third of a second, within some answer


def door_of(house: Installation) -> Door:
    """The installation as the door sees it. Raises WrongSettings."""
    spool = house.data_dir / "spool"
    spool.mkdir(exist_ok=True)
    return Door(
        database=house.database,
        store=house.store,
        index=house.index,
        spool=spool,
        digitiser=UploadDigitiser(),
        seals=_seals(house),
        separators=_separators,
        sample_decided=partial(tell_decided, house),
        settings=_door_settings(house.settings.api, house.settings.sign_in),
    )


def _seals(house: Installation) -> Seals:
    keys = house.settings.sign_in.codes_keys.get_secret_value().split()
    try:
        return seals_of(keys) if keys else kept_seals(house.data_dir)
    except WrongSealingKey as error:
        raise WrongSettings(f"settings: sign_in.codes_keys: {error}") from error


def _separators(codes: Sequence[str | None], file: Path) -> int:
    """Sheets that open dossiers in piles, with the word that the province's rules know. Raises ValueError."""
    try:
        return write_separators(codes, load_rules(config_dir()).fields.grouping.separators[0], file)
    except WrongUse as error:
        raise ValueError(str(error)) from error


def _oidc(given: SignInSettings) -> OidcSettings | None:
    if not given.oidc_issuer:
        return None
    if not given.oidc_client_id:
        raise WrongSettings("settings: sign_in.oidc_client_id is missing; the provider's administrator tells it")
    return OidcSettings(
        issuer=given.oidc_issuer,
        client_id=given.oidc_client_id,
        client_secret=given.oidc_client_secret.get_secret_value(),
        audience=given.oidc_audience,
        scopes=given.oidc_scopes,
        roles_claim=given.oidc_roles_claim,
        roles=given.oidc_roles,
        agency_claim=given.oidc_agency_claim,
        whole_province=given.oidc_whole_province,
    )


def targets_of(given: ApiSettings) -> tuple[PortalTarget, ...]:
    """Where dossiers are pushed to."""
    return tuple(
        PortalTarget(
            name=name,
            url=told.url,
            form=told.form,
            token_url=told.token_url,
            client_id=told.client_id,
            client_secret=told.client_secret.get_secret_value(),
        )
        for name, told in (("portal", given.portal), ("lgsp", given.lgsp))
        if told.url
    )


def _paper_codes(given: ApiSettings) -> PaperCodes:
    codes = PaperCodes(template=given.paper_code, types=given.result_codes)
    try:
        codes.code(owner="1", type="1", number="1", ordinal=1)
    except (LookupError, ValueError, AttributeError) as error:
        raise WrongSettings(
            f"settings: api.paper_code: {given.paper_code}: it may have owner, type, number and nn in braces"
        ) from error
    return codes


def _door_settings(given: ApiSettings, people: SignInSettings) -> DoorSettings:
    try:
        networks = tuple(ip_network(network) for network in given.webhook_networks)
    except ValueError as error:
        raise WrongSettings(f"settings: api.webhook_networks: {error}; write them like 10.1.0.0/16") from error
    return DoorSettings(
        requests_per_minute=given.requests_per_minute,
        max_upload_bytes=int(given.max_upload_mib * 1024**2),
        link_seconds=given.link_seconds,
        confidential_types=given.confidential_types,
        webhook_networks=networks,
        public_url=given.public_url,
        targets=targets_of(given),
        paper_codes=_paper_codes(given),
        oidc=_oidc(people),
        local_accounts=people.local,
        codes_for=frozenset(people.codes_for),
    )
