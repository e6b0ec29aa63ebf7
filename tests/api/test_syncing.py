"""Dossiers are pushed to a portal that checks what it gets."""

from __future__ import annotations

import email
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import select, update

from api.app import PortalTarget
from api.door import PortalForm
from api.syncing import Syncer
from storage.outbox import MOST_ATTEMPTS
from storage.records import DossierRow
from storage.records.models import OutboxTable
from storage.scopes import Scope
from storage.webhooks import fan_out
from tests.api.house import DOSSIER, House, PaperText

PORTAL, LGSP = "portal", "lgsp"
SECRET = "s3cret"
MOMENT = re.compile(r"(\d{14})?")
#: What the portal's guide asks of a dossier: name → pattern of its value.
DOSSIER_FIELDS = {
    "MaHoSo": re.compile(r"[A-Z0-9.]{3,35}-(\d{6}|\d{8})-\d{4,7}"),
    "MaTTHC": re.compile(r"\d\.\d{6}.*"),
    "KenhThucHien": re.compile(r"[123]"),
    "TrangThaiHoSo": re.compile(r"10|[1-9]"),
    "LoaiDoiTuong": re.compile(r"[1-4]?"),
    "NgayTiepNhan": MOMENT,
    "NgayHenTra": MOMENT,
    "HoSoCoThanhPhanSoHoa": re.compile(r"[01]"),
    "SoGiayToChuHoSo": re.compile(r"\d{9,13}"),
    "TrichYeuHoSo": re.compile(r".{0,1000}", re.DOTALL),
}


@dataclass(slots=True)
class Portal:
    """The stand-in: gives tokens, checks dossiers, keeps those that are right."""

    base: str = ""
    kept: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)  #: statuses to answer pushes with before all is well
    tokens: int = 0
    files: dict[str, bytes] = field(default_factory=dict)  #: of 2026: IdTepTin → PDF
    calls: list[tuple[str, Any]] = field(default_factory=list)  #: of 2026: name, what was told
    torn: bool = False  #: files arrive with other bytes

    def called(self, name: str, headers: Message, body: bytes) -> dict[str, Any]:
        """The calls of 2026, checked."""
        if name == "UploadFile":
            form = email.message_from_bytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
            (part,) = form.get_payload()
            data = part.get_payload(decode=True) + (b"x" if self.torn else b"")
            given = f"tep-{len(self.files)}"
            self.files[given] = data
            return {"error_code": "0", "IdTepTin": given, "HashTepTin": hashlib.sha256(data).hexdigest()}
        told = json.loads(body)
        self.calls.append((name, told))
        self.faults += faults_of_call(name, told, self.files)
        return {"error_code": "1" if self.faults else "0", "message": ""}


def faults_of_call(name: str, told: Any, files: dict[str, bytes]) -> list[str]:
    """What is wrong with a call of 2026; files must be there before the dossier that names them."""
    if name == "CapNhatTienTrinh":
        return [] if 1 <= len(told) <= 10 and all(MOMENT.fullmatch(one["ThoiDiemXuLy"]) for one in told) else [name]
    if name == "CapNhatTrangThai":
        return [] if DOSSIER_FIELDS["TrangThaiHoSo"].fullmatch(told["TrangThaiHoSo"]) else [name]
    if name != "CreateDossier":
        return [name]
    wrong = [] if told["LoaiDoiTuong"] in ("0", "1", "2", "") else ["LoaiDoiTuong"]
    for one in (file for part in told["ThanhPhanHoSo"] for file in part["GiayToDinhKem"]):
        data = files.get(one["IdGiayTo"])
        if data is None or hashlib.sha256(data).hexdigest() != one["HashTepTin"]:
            wrong.append("GiayToDinhKem")
    return wrong


def faults_of(told: dict[str, Any]) -> list[str]:
    """What is wrong with a push."""
    file = told["HoSo"]
    wrong = [name for name, pattern in DOSSIER_FIELDS.items() if not pattern.fullmatch(str(file.get(name, "\x00")))]
    needed = {"TepDinhKemId", "TenTepDinhKem", "DuongDanTaiTepTin"}
    wrong += ["TaiLieuNop" for one in file["TaiLieuNop"] if not needed <= one.keys() or one["DuocSoHoa"] != 1]
    code = re.compile(rf"{re.escape(file['MaHoSo'])}-KQ\d+")
    results = file["DanhSachGiayToKetQua"]
    wrong += ["MaGiayToKetQua" for one in results if not code.fullmatch(one["MaGiayToKetQua"])]
    return wrong


@contextmanager
def a_portal(*refusals: int) -> Iterator[Portal]:
    """A real server on loopback."""
    portal = Portal(refusals=list(refusals))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/token":
                asked = parse_qs(body.decode())
                right = asked["client_secret"] == [SECRET] and asked["grant_type"] == ["client_credentials"]
                portal.tokens += 1
                self._answer(200 if right else 401, {"access_token": f"t{portal.tokens}", "expires_in": 3600})
            elif self.headers["Authorization"] != f"Bearer t{portal.tokens}":
                self._answer(401, {})
            elif portal.refusals:
                self._answer(portal.refusals.pop(0), {"error_code": "-1", "message": "Nguyễn Văn A"})
            elif self.path.startswith("/2026/"):
                self._answer(200, portal.called(self.path.removeprefix("/2026/"), self.headers, body))
            else:
                told = json.loads(body)
                portal.faults += faults_of(told)
                portal.kept.append(told)
                self._answer(200, {"error_code": "0" if not portal.faults else "1", "message": ""})

        def _answer(self, status: int, told: dict[str, Any]) -> None:
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    portal.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def a_syncer(
    house: House, portal: Portal, secret: str = SECRET, *, name: str = PORTAL, form: PortalForm = "sync"
) -> Syncer:
    """What pushes from a house to a portal."""
    target = PortalTarget(
        name=name,
        form=form,
        url=f"{portal.base}/{'push' if form == 'sync' else form}",
        token_url=f"{portal.base}/token",
        client_id="sohoa",
        client_secret=secret,
    )
    return Syncer(house.door, target)


def a_finished_dossier(house: House, *topics: str) -> None:
    """A dossier with a component and a result, waiting in the outbox."""
    house.register(
        DossierRow(
            code=DOSSIER,
            procedure_code="1.004199",
            owner_name="Nguyễn Văn A",
            owner_id="001085012345",
            received_on=date(2023, 7, 12),
            status=10,
            channel=1,
        )
    )
    house.publish(
        PaperText(name="form", type="DON", issued_on=date(2023, 7, 1)),
        PaperText(name="result", issued_on=date(2023, 7, 20)),
    )
    with house.door.database.transaction() as session:
        fan_out(session, also=topics or (PORTAL,))


def due_now(house: House) -> None:
    """Let all pauses be over."""
    with house.door.database.transaction() as session:
        session.execute(update(OutboxTable).values(not_before=datetime.now(UTC) - timedelta(seconds=1)))


def states(house: House, topic: str = PORTAL) -> list[tuple[str, str | None]]:
    """State and error of what is pushed, oldest first."""
    with house.door.database.reading() as session:
        rows = session.scalars(select(OutboxTable).where(OutboxTable.topic == topic).order_by(OutboxTable.id))
        return [(row.state, row.error) for row in rows]


def test_a_dossier_is_pushed_as_the_portal_wants_it(house_of_pair: House) -> None:
    """The portal would refuse every dossier of the province, or take wrong ones."""
    a_finished_dossier(house_of_pair)
    with a_portal() as portal:
        assert a_syncer(house_of_pair, portal).sync() == 2
    assert portal.faults == []
    assert portal.tokens == 1
    assert [one["HoSo"]["MaHoSo"] for one in portal.kept] == [DOSSIER, DOSSIER]
    assert portal.kept[0]["HoSo"]["SoGiayToChuHoSo"] == "001085012345"
    assert states(house_of_pair) == [("done", None), ("done", None)]


def test_a_portal_that_is_down_or_refuses_gets_it_later(house: House) -> None:
    """A day of maintenance at the other side would lose a day of dossiers."""
    a_finished_dossier(house)
    with a_portal(503, 503, 200, 200) as portal:
        syncer = a_syncer(house, portal)
        assert syncer.sync() == 0
        assert states(house) == [("waiting", "status 503")] * 2
        assert syncer.sync() == 0, "the pause is kept"
        due_now(house)
        assert syncer.sync() == 0
        assert states(house) == [("waiting", "error_code -1")] * 2, "its message may name people"
        due_now(house)
        assert syncer.sync() == 2
    assert states(house) == [("done", None)] * 2


def test_what_is_refused_for_a_day_is_dead_and_seen(house: House) -> None:
    """Nobody would learn that a dossier never arrived."""
    a_finished_dossier(house)
    with a_portal() as portal:
        syncer = a_syncer(house, portal, secret="wrong")
        for _ in range(MOST_ATTEMPTS):
            due_now(house)
            syncer.sync()
    assert states(house) == [("dead", "no token (status 401)")] * 2
    metrics = house.client.get("/metrics", headers=house.key(Scope.FIGURES)).text
    assert 'sohoa_outbox{topic="portal",state="dead"} 2' in metrics


def test_a_token_that_was_taken_back_is_asked_for_again(house: House) -> None:
    """Everything would be refused until somebody restarts the server."""
    a_finished_dossier(house)
    with a_portal() as portal:
        syncer = a_syncer(house, portal)
        syncer.sync()
        portal.tokens += 1  # the other side forgot the token that it gave
        with house.door.database.transaction() as session:
            session.execute(update(OutboxTable).where(OutboxTable.topic == PORTAL).values(state="waiting"))
        for _ in range(2):
            due_now(house)
            syncer.sync()
        assert states(house) == [("done", None)] * 2


def test_doubtful_and_secret_papers_are_not_pushed(house: House) -> None:
    """A misread code would put a stranger's paper into a citizen's store."""
    house.register(DossierRow(code=DOSSIER))
    house.publish(PaperText(name="doubt", accepted=False, status="review"), PaperText(name="b", dossier=None))
    with house.door.database.transaction() as session:
        fan_out(session, also=(PORTAL,))
    with a_portal() as portal:
        a_syncer(house, portal).sync()
    assert portal.kept == []
    assert {state for state, _ in states(house)} == {"done"}


def test_the_calls_of_2026_send_files_before_the_dossier_that_names_them(house_of_pair: House) -> None:
    """The portal's new interface would have a dossier whose papers nobody can open."""
    a_finished_dossier(house_of_pair)
    with a_portal() as portal:
        assert a_syncer(house_of_pair, portal, form="2026").sync() == 2
    assert portal.faults == []
    assert [name for name, _ in portal.calls[:3]] == ["CreateDossier", "CapNhatTienTrinh", "CapNhatTrangThai"]
    told = portal.calls[0][1]
    assert (told["MaHoSo"], told["LoaiDoiTuong"]) == (DOSSIER, "0")
    (component,) = told["ThanhPhanHoSo"]
    assert component["GiayToDinhKem"][0]["IdGiayTo"] in portal.files
    assert portal.calls[2][1]["TrangThaiHoSo"] == "10"
    assert states(house_of_pair) == [("done", None)] * 2


def test_a_file_that_arrives_changed_is_not_named_in_a_dossier(house: House) -> None:
    """A citizen's store would hold a paper that is not the one that was digitised."""
    a_finished_dossier(house)
    with a_portal() as portal:
        portal.torn = True
        assert a_syncer(house, portal, form="2026").sync() == 0
    assert portal.calls == []
    assert states(house) == [("waiting", "UploadFile: another HashTepTin than the file's")] * 2


def test_the_provinces_platform_is_told_while_the_portal_is_down(house: House) -> None:
    """Each has its own outbox: a week of the portal's maintenance must not stop the province."""
    a_finished_dossier(house, PORTAL, LGSP)
    with a_portal(503, 503) as portal, a_portal() as lgsp:
        assert a_syncer(house, portal).sync() == 0
        assert a_syncer(house, lgsp, name=LGSP).sync() == 2
    assert (portal.kept, len(lgsp.kept), lgsp.faults) == ([], 2, [])
    assert states(house) == [("waiting", "status 503")] * 2
    assert states(house, LGSP) == [("done", None)] * 2
