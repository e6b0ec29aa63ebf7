"""A real OIDC provider for the tests: Keycloak's distribution from Maven Central, pinned, started on loopback.

    python -m tests.keycloak build      # what `make setup-tests` calls: fetched once, kept in the cache folder

Its realm lives in memory and is the same at every start. Tests never skip for want of it: they fail.
"""

# ruff: noqa: T201  (its command speaks to who runs `make`)

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

from tests.fetching import fetched_once, kept
from tests.services import ServiceMissing, _dies_with_us, folder_of_this_process, free_port

VERSION = "26.0.8"  # runs on Debian 12's Java 17
START_SECONDS = 240.0  # on a busy machine; 20 on a quiet one
ANSWER_SECONDS = 60.0  # its first answers compile half of it
REALM = "tinh"
CLIENT, SECRET, AUDIENCE = "sohoa", "only-for-tests", "sohoa-api"
PASSWORD = "mat-khau-chi-de-thu"
ADMIN = "quan-tri-thu"
#: login → (family name, given name, the provider's roles, agency or none)
PEOPLE: Mapping[str, tuple[str, str, list[str], str | None]] = {
    "hoa": ("Trần", "Hoa", ["can-bo-so-hoa"], "H23.16"),
    "an": ("Lê", "An", ["lanh-dao"], "TOAN-TINH"),
    "khach": ("Vũ", "Khách", [], "H23.16"),
    "mo-coi": ("Đỗ", "Côi", ["can-bo-so-hoa"], None),
}


def _mapper(name: str, kind: str, **config: str) -> dict[str, Any]:
    both = {"id.token.claim": "true", "access.token.claim": "true", "jsonType.label": "String"}
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": both | config}


def _realm() -> dict[str, Any]:
    profile = {"attributes": [{"name": name} for name in ("username", "email", "firstName", "lastName")]}
    profile["unmanagedAttributePolicy"] = "ENABLED"  # type: ignore[assignment]
    people = [
        {
            "username": login,
            "enabled": True,
            "email": f"{login}@tinh.example",
            "emailVerified": True,
            "lastName": family,
            "firstName": given,
            "attributes": {"agency": [agency]} if agency else {},
            "credentials": [{"type": "password", "value": PASSWORD}],
            "realmRoles": roles,
        }
        for login, (family, given, roles, agency) in PEOPLE.items()
    ]
    audience = {"included.custom.audience": AUDIENCE, "id.token.claim": "false"}
    client = {
        "clientId": CLIENT,
        "secret": SECRET,
        "protocol": "openid-connect",
        "publicClient": False,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": True,
        "redirectUris": ["http://127.0.0.1/login/back"],  # on any port of loopback (RFC 8252)
        "attributes": {"pkce.code.challenge.method": "S256"},  # a code without its verifier is refused
        "protocolMappers": [
            _mapper("roles", "oidc-usermodel-realm-role-mapper", **{"claim.name": "roles", "multivalued": "true"}),
            _mapper(
                "agency", "oidc-usermodel-attribute-mapper", **{"user.attribute": "agency", "claim.name": "agency"}
            ),
            _mapper("audience", "oidc-audience-mapper", **audience),
        ],
    }
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "roles": {"realm": [{"name": "can-bo-so-hoa"}, {"name": "lanh-dao"}]},
        "components": {
            "org.keycloak.userprofile.UserProfileProvider": [
                {
                    "providerId": "declarative-user-profile",
                    "config": {"kc.user.profile.config": [json.dumps(profile)]},
                }
            ]
        },
        "clients": [client],
        "users": people,
    }


def _home() -> Path:
    return kept(f"keycloak-{VERSION}")


def build() -> None:
    """Fetch it and bind it to its database; a second time takes no time."""
    home = _home()
    fetched_once(home, _fetch)
    print(f"Keycloak {VERSION}: {home}")


def _fetch(home: Path) -> None:
    for name in ("mvn", "java"):
        if shutil.which(name) is None:
            raise ServiceMissing(f"{name} is missing; run `make setup-tests`")
    print(f"Fetching Keycloak {VERSION} from Maven Central (150 MB)")
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        got = Path(folder)
        artifact = f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
        plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
        subprocess.run(["mvn", "-q", "-B", f"{plugin}:get", artifact, "-Dtransitive=false"], check=True)
        copy = [f"{plugin}:copy", artifact, f"-DoutputDirectory={got}"]
        subprocess.run(["mvn", "-q", "-B", *copy], check=True)
        with zipfile.ZipFile(got / f"keycloak-quarkus-dist-{VERSION}.zip") as archive:
            archive.extractall(got)
        coming = got / f"keycloak-{VERSION}"
        (coming / "bin" / "kc.sh").chmod(0o755)
        subprocess.run([coming / "bin" / "kc.sh", "build", "--db=dev-mem"], check=True, stdout=subprocess.DEVNULL)
        coming.rename(home)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keycloak:
    """A provider that runs."""

    address: str

    @property
    def issuer(self) -> str:
        """As its tokens name it."""
        return f"{self.address}/realms/{REALM}"

    def tokens(self, login: str) -> dict[str, str]:
        """Access and ID token of somebody, had without a browser."""
        form = {
            "grant_type": "password",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "username": login,
            "password": PASSWORD,
            "scope": "openid",
        }
        told: dict[str, str] = self._ask(f"{self.issuer}/protocol/openid-connect/token", form)
        return told

    def change_keys(self) -> None:
        """Sign with a new key from now on; the old one stays published."""
        form = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": PASSWORD}
        token = self._ask(f"{self.address}/realms/master/protocol/openid-connect/token", form)["access_token"]
        new = {
            "name": f"key-{time.monotonic_ns()}",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "config": {"priority": ["1000"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"]},
        }
        answer = urllib3.request(
            "POST",
            f"{self.address}/admin/realms/{REALM}/components",
            json=new,
            headers={"Authorization": f"Bearer {token}"},
            timeout=ANSWER_SECONDS,
        )
        assert answer.status == 201, answer.data

    def _ask(self, url: str, form: Mapping[str, str]) -> Any:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = urllib3.request("POST", url, body=urlencode(form), headers=kind, timeout=ANSWER_SECONDS)
        assert answer.status == 200, answer.data
        return answer.json()


@contextmanager
def keycloak() -> Iterator[Keycloak]:
    """Start it and wait until the realm answers."""
    if not _home().exists():
        raise ServiceMissing("Keycloak was not fetched; run `make setup-tests`")
    folder = folder_of_this_process()
    imported = _home() / "data" / "import"
    imported.mkdir(parents=True, exist_ok=True)
    coming = folder / "realm.json"
    coming.write_text(json.dumps(_realm()))
    shutil.move(coming, imported / f"{REALM}.json")
    port, log = free_port(), folder / "keycloak.log"
    environment = os.environ | {
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx400m",
        "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1",
    }
    options = ("--http-enabled=true", "--hostname-strict=false", "--http-host=127.0.0.1", f"--http-port={port}")
    command = [_home() / "bin" / "kc.sh", "start", "--optimized", "--import-realm", *options]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, preexec_fn=_dies_with_us(signal.SIGKILL)
        )
    provider = Keycloak(address=f"http://127.0.0.1:{port}")
    try:
        _wait(provider, process, log)
        yield provider
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(provider: Keycloak, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            found = urllib3.request(
                "GET", f"{provider.issuer}/.well-known/openid-configuration", retries=False, timeout=5.0
            )
        except HTTPError:
            time.sleep(0.5)
            continue
        if found.status == 200:
            return
        time.sleep(0.5)
    raise ServiceMissing(f"Keycloak did not start:\n{log.read_text(errors='replace')[-2000:]}")


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit(__doc__)
    build()
