"""Files over HTTP: whole, in ranges, by link, and never more than may be seen."""

from __future__ import annotations

import base64
import hashlib
import urllib.request

from storage.scopes import Scope
from tests.api.house import AGENCY, CITIZEN, OTHER_DOSSIER, House, PaperText
from tests.conftest import EMBEDDED


def test_a_file_comes_whole_with_its_hash(house_of_pair: House) -> None:
    """A receiver could not tell a cut file from a whole one."""
    (document,) = house_of_pair.publish(PaperText(name="a"))
    key = house_of_pair.key(Scope.READ, Scope.PERSONAL)
    told = house_of_pair.client.get(f"/v1/documents/{document}", headers=key).json()
    for file in told["files"]:
        answer = house_of_pair.client.get(file["href"], headers=key)
        digest = hashlib.sha256(answer.content)
        assert digest.hexdigest() == file["sha256"] == answer.headers["ETag"].strip('"')
        assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        assert int(answer.headers["Content-Length"]) == file["size"]
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{document}-')
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_ranges_are_served_as_asked(house_of_pair: House) -> None:
    """A viewer that opens page 900 would fetch the nine hundred before it."""
    (document,) = house_of_pair.publish(PaperText(name="a"))
    key = house_of_pair.key(Scope.READ)
    address = f"/v1/documents/{document}/pdf"
    whole = house_of_pair.client.get(address, headers=key)
    size, tag = len(whole.content), whole.headers["ETag"]
    for asked, part in (
        ("bytes=0-9", whole.content[:10]),
        ("bytes=100-199", whole.content[100:200]),
        ("bytes=100-", whole.content[100:]),
        ("bytes=-7", whole.content[-7:]),
        ("bytes=5-999999", whole.content[5:]),
    ):
        answer = house_of_pair.client.get(address, headers={**key, "Range": asked, "If-Range": tag})
        assert (answer.status_code, answer.content) == (206, part), asked
        assert answer.headers["Content-Range"].endswith(f"/{size}")
    for asked in ("bytes=5-2", "lines=1-2", "bytes=0-1,4-5", "bytes=-", "bytes=x-y"):
        assert house_of_pair.client.get(address, headers={**key, "Range": asked}).status_code == 200, asked
    beyond = house_of_pair.client.get(address, headers={**key, "Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    other = house_of_pair.client.get(address, headers={**key, "Range": "bytes=0-9", "If-Range": '"x"'})
    assert other.status_code == 200
    assert house_of_pair.client.get(address, headers={**key, "If-None-Match": tag}).status_code == 304
    head = house_of_pair.client.head(address, headers=key)
    assert (head.status_code, head.content, int(head.headers["Content-Length"])) == (200, b"", size)


def test_a_link_opens_the_file_in_the_store(house_of_pair: House, pair: object) -> None:
    """Large files would all go through this one process."""
    (document,) = house_of_pair.publish(PaperText(name="a"))
    address = f"/v1/documents/{document}/pdf"
    answer = house_of_pair.client.get(
        address, params={"link": "true"}, headers=house_of_pair.key(Scope.READ), follow_redirects=False
    )
    if getattr(pair, "name", "") == EMBEDDED:
        assert answer.status_code == 200  # a folder has no links
        return
    assert answer.status_code == 307
    with urllib.request.urlopen(answer.headers["Location"], timeout=10) as fetched:  # noqa: S310  (ours)
        content = fetched.read()
    assert content == house_of_pair.client.get(address, headers=house_of_pair.key(Scope.READ)).content


def test_text_and_alto_are_masked_without_the_scope(house: House) -> None:
    """The text file would hold what the fields hide."""
    (document,) = house.publish(PaperText(name="a", text=f"Số định danh cá nhân: {CITIZEN}"))
    for part in ("text", "alto"):
        masked = house.client.get(f"/v1/documents/{document}/{part}", headers=house.key(Scope.READ))
        assert "*********345" in masked.text
        assert CITIZEN not in masked.text
        again = {**house.key(Scope.READ), "If-None-Match": masked.headers["ETag"]}
        assert house.client.get(f"/v1/documents/{document}/{part}", headers=again).status_code == 304
        whole = house.client.get(f"/v1/documents/{document}/{part}", headers=house.key(Scope.READ, Scope.PERSONAL))
        assert CITIZEN in whole.text


def test_the_original_comes_as_it_was_scanned(house: House) -> None:
    """The archive must be able to give back what it was given."""
    (document,) = house.publish(PaperText(name="a"), scan=b"the very bytes")
    answer = house.client.get(f"/v1/documents/{document}/original", headers=house.key(Scope.READ))
    assert answer.content == b"the very bytes"


def test_the_original_is_withheld_where_it_shows_a_paper_out_of_sight(house: House) -> None:
    """A pile scanned in one go holds another department's paper, or a secret one, on its next page."""
    mixed, _ = house.publish(PaperText(name="a"), PaperText(name="b", dossier=OTHER_DOSSIER), scan=b"1")
    secret, _ = house.publish(PaperText(name="c"), PaperText(name="d", status="held"), scan=b"2")
    everything, ours = house.key(*Scope), house.key(*Scope, agency=AGENCY)
    assert house.client.get(f"/v1/documents/{mixed}/original", headers=everything).status_code == 200
    assert house.client.get(f"/v1/documents/{mixed}/original", headers=ours).status_code == 404
    assert house.client.get(f"/v1/documents/{mixed}/pdf", headers=ours).status_code == 200
    assert house.client.get(f"/v1/documents/{secret}/original", headers=everything).status_code == 404
