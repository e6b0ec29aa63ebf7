"""Accounts: what opens them, what does not, and what an attacker can do to the people they belong to."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select, update

from storage.accounts import (
    Account,
    Role,
    account_from_provider,
    add_account,
    change_account,
    disable_account,
    end_sessions,
    find_account,
    find_session,
    start_session,
)
from storage.errors import WeakPassword, WrongAgency, WrongSealingKey
from storage.passwords import (
    FREE_TRIES,
    bucket_of,
    check_password,
    forget_failures,
    know_browser,
    note_failure,
    seconds_to_wait,
    set_password,
)
from storage.pending import MOST_TRIES, begin, end_pending, find_pending, note_try
from storage.records import Database
from storage.records.account_models import AccountTable, PendingSignInTable, SessionTable, SignInFailureTable
from storage.records.models import EventTable
from storage.scopes import Scope
from storage.sealing import Seals, is_sealed, kept_seals, seals_of
from storage.second_factor import enrol, new_secret, recovery_codes_left, seal_anew, take_code

PASSWORD = "cổng làng có ba cây đa"


SEALS = Seals((b"k" * 32,))


def somebody(database: Database, login: str = "hoa", roles: tuple[Role, ...] = (Role.CLERK,)) -> Account:
    with database.transaction() as session:
        account = add_account(session, login=login, name="Trần Hoa", roles=roles, agency="H23.16", agent="test")
        set_password(session, account.id, PASSWORD, agent="test")
    return account


def test_a_password_opens_its_account_and_no_other_does(database: Database) -> None:
    """Whoever guesses must learn nothing, not even which logins exist; accents typed apart are the same accents."""
    account = somebody(database)
    with database.transaction() as session:
        assert check_password(session, "hoa", PASSWORD) == account
        decomposed = "cổng làng có ba cây đa"
        assert check_password(session, "hoa", decomposed) == account
        assert check_password(session, "hoa", PASSWORD + "!") is None
        assert check_password(session, "nobody", PASSWORD) is None
        assert check_password(session, "hoa", "x" * 100_000) is None


def test_a_password_is_kept_as_argon2_alone(database: Database) -> None:
    """A stolen database must not hold what people use elsewhere too; events go to other systems."""
    account = somebody(database)
    with database.reading() as session:
        kept = session.get_one(AccountTable, account.id).password_hash or ""
        told = " ".join(str(event.detail) + event.agent for event in session.scalars(select(EventTable)))
    assert kept.startswith("$argon2id$")
    assert "cổng" not in kept + told


@pytest.mark.parametrize("weak", ["ngắn", "hoa-tran-1234", "a" * 40, "x" * 300])
def test_a_weak_password_is_refused_without_being_repeated(database: Database, weak: str) -> None:
    """A clerk with 123456 lets everybody in; the refusal may be logged."""
    account = somebody(database)
    with database.transaction() as session, pytest.raises(WeakPassword) as refused:
        set_password(session, account.id, weak, agent="test")
    assert weak not in str(refused.value)


def test_a_disabled_account_opens_nothing_and_is_signed_out(database: Database) -> None:
    """Somebody who left in anger still has a browser open."""
    account = somebody(database)
    with database.transaction() as session:
        token = start_session(session, account.id, agent="test")
        assert find_session(session, token) is not None
        disable_account(session, account.id, agent="test")
    with database.transaction() as session:
        assert find_session(session, token) is None
        assert check_password(session, "hoa", PASSWORD) is None


def test_sessions_end_when_idle_when_old_and_when_all_are_ended(database: Database) -> None:
    """A counter's PC is left alone at noon, and a stolen cookie must not open for ever."""
    account = somebody(database)
    for column, hours in (("seen_at", 2), ("expires_at", 0)):
        with database.transaction() as session:
            token = start_session(session, account.id, agent="test")
            then = datetime.now(UTC) - timedelta(hours=hours)
            session.execute(update(SessionTable).values({column: then}))
        with database.reading() as session:
            assert find_session(session, token) is None
    with database.transaction() as session:
        tokens = [start_session(session, account.id, agent="test") for _ in range(2)]
        end_sessions(session, account.id, agent="test")
    with database.reading() as session:
        assert [find_session(session, token) for token in tokens] == [None, None]


def test_a_new_password_ends_every_session(database: Database) -> None:
    """Who changes a password because it was seen wants the other one out."""
    account = somebody(database)
    with database.transaction() as session:
        token = start_session(session, account.id, agent="test")
        set_password(session, account.id, PASSWORD + " nữa", agent="test")
    with database.reading() as session:
        assert find_session(session, token) is None


def test_who_guesses_from_elsewhere_waits_and_the_clerk_does_not(database: Database) -> None:
    """Ten wrong passwords by anybody must not keep a clerk from her work; ten thousand must not be tried."""
    account = somebody(database)
    with database.transaction() as session:
        browser = know_browser(session, account.id, None)
        stranger = bucket_of(session, "hoa", "some other cookie")
        for _ in range(FREE_TRIES):
            assert seconds_to_wait(session, stranger) == 0
            note_failure(session, stranger, account_id=account.id, why="password")
        first = seconds_to_wait(session, stranger)
        note_failure(session, stranger, account_id=account.id, why="password")
        assert 0 < first < seconds_to_wait(session, stranger) <= 15 * 60
        own = bucket_of(session, "hoa", browser)
        assert own != stranger
        assert seconds_to_wait(session, own) == 0
        assert bucket_of(session, "other", browser) != own  # the cookie of one is nothing to another
        forget_failures(session, stranger)
        assert seconds_to_wait(session, stranger) == 0


def test_failures_are_forgotten_after_a_day(database: Database) -> None:
    """A wait must end by itself: on Monday nobody remembers Friday's typing."""
    with database.transaction() as session:
        bucket = bucket_of(session, "nobody", None)
        for _ in range(FREE_TRIES + 5):
            note_failure(session, bucket, account_id=None, why="password")
        session.execute(update(SignInFailureTable).values(last_at=datetime.now(UTC) - timedelta(hours=25)))
        session.expire_all()
        assert seconds_to_wait(session, bucket) == 0


def test_a_code_opens_once(database: Database) -> None:
    """Whoever looked over a shoulder has thirty seconds in which the same code would open again."""
    account = somebody(database)
    secret = new_secret()
    with database.transaction() as session:
        assert enrol(session, account.id, secret, "000000", seals=SEALS, agent="test") is None
        assert enrol(session, account.id, secret, pyotp.TOTP(secret).now(), seals=SEALS, agent="test")
        assert not take_code(session, account.id, pyotp.TOTP(secret).now(), seals=SEALS)  # the one of the enrolment
        session.execute(update(AccountTable).values(totp_last=0))
        assert take_code(session, account.id, pyotp.TOTP(secret).now(), seals=SEALS)
        assert not take_code(session, account.id, pyotp.TOTP(secret).now(), seals=SEALS)
        assert not take_code(session, account.id, "", seals=SEALS)


def test_two_who_hold_the_same_code_are_not_both_let_in(database: Database) -> None:
    """A man in the middle sends the code at the very moment that the clerk does."""
    account = somebody(database)
    secret = new_secret()
    with database.transaction() as session:
        enrol(session, account.id, secret, pyotp.TOTP(secret).now(), seals=SEALS, agent="test")
        session.execute(update(AccountTable).values(totp_last=0))
    code, opened, begun = pyotp.TOTP(secret).now(), [], threading.Barrier(2)

    def enter() -> None:
        begun.wait()
        with database.transaction() as session:
            opened.append(take_code(session, account.id, code, seals=SEALS))

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(opened) == [False, True]


def test_recovery_codes_open_once_each_and_for_their_account_alone(database: Database) -> None:
    """A telephone is lost on the day of the report; a sheet of codes is found by a colleague."""
    account, other = somebody(database), somebody(database, "lan")
    secret = new_secret()
    with database.transaction() as session:
        codes = enrol(session, account.id, secret, pyotp.TOTP(secret).now(), seals=SEALS, agent="test") or []
        enrol(session, other.id, secret, pyotp.TOTP(secret).now(), seals=SEALS, agent="test")
        assert all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", code) for code in codes)
        assert not take_code(session, other.id, codes[0], seals=SEALS)
        assert take_code(session, account.id, codes[0].upper().replace("-", " "), seals=SEALS)
        assert not take_code(session, account.id, codes[0], seals=SEALS)
        assert recovery_codes_left(session, account.id) == len(codes) - 1


def test_a_signing_in_under_way_ends_after_some_tries_and_minutes(database: Database) -> None:
    """Half of the way in must not be a place from where codes are guessed."""
    account = somebody(database)
    with database.transaction() as session:
        token = begin(session, account_id=account.id, state={"next": "/"})
        assert find_pending(session, token) is not None
        assert find_pending(session, "another") is None
        for _ in range(MOST_TRIES):
            note_try(session, token)
        session.expire_all()
        assert find_pending(session, token) is None
        late = begin(session, account_id=None, state={})
        session.execute(update(PendingSignInTable).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        session.expire_all()
        assert find_pending(session, late) is None
        assert end_pending(session, late)
        assert not end_pending(session, late)


def test_roles_give_the_scopes_of_keys_and_change_at_once(database: Database) -> None:
    """A clerk who moves to another agency must not see the old one's papers until the evening."""
    account = somebody(database, roles=(Role.LEADER,))
    with database.transaction() as session:
        token = start_session(session, account.id, agent="test")
        change_account(session, account.id, name="Hoa", roles=[Role.CLERK], agency="H23.17", agent="test")
    with database.reading() as session:
        found = find_session(session, token)
    assert found is not None
    assert found[0].agency_code == "H23.17"
    assert Scope.FIGURES not in found[0].scopes
    assert Scope.REVIEW in found[0].scopes


def test_who_comes_from_a_provider_keeps_one_account(database: Database) -> None:
    """One person twice is two histories; another provider may give the same number to somebody else."""
    told = {"issuer": "https://sso.example", "subject": "17", "name": "Hoa"}
    with database.transaction() as session:
        first = account_from_provider(session, **told, roles=[Role.CLERK], agency="H23.16")
        again = account_from_provider(session, **told, roles=[Role.LEADER], agency=None)
        other = account_from_provider(session, **told | {"issuer": "https://b.example"}, roles=[], agency="H23")
        assert again.id == first.id != other.id
        assert find_account(session, first.id).roles == {Role.LEADER}
        with pytest.raises(WrongAgency):
            account_from_provider(session, **told, roles=[], agency="../etc")


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_secrets_of_codes_stand_sealed_in_the_records(database: Database) -> None:
    """A copy of the database on a lost disk would make every administrator's codes."""
    account = somebody(database)
    with database.transaction() as session:
        assert enrol(session, account.id, SECRET, pyotp.TOTP(SECRET).now(), seals=SEALS, agent="test")
        kept = session.get_one(AccountTable, account.id).totp_secret or ""
    assert SECRET not in kept
    assert is_sealed(kept)
    assert SEALS.open(kept, of=account.id) == SECRET
    assert SEALS.open(kept, of="another") is None  # moved to another account it is none
    assert Seals((b"x" * 32,)).open(kept, of=account.id) is None
    assert SEALS.open(kept[:-2] + "AA", of=account.id) is None


def test_keys_of_codes_are_changed_without_anybody_enrolling_anew(database: Database) -> None:
    """A key that left with an administrator must be worth nothing, and forty telephones must go on."""
    older, lost = somebody(database), somebody(database, "lan")
    plain = somebody(database, "mai")
    new = Seals((b"n" * 32, *SEALS.keys))
    with database.transaction() as session:
        enrol(session, older.id, SECRET, pyotp.TOTP(SECRET).now(), seals=SEALS, agent="test")
        session.get_one(AccountTable, lost.id).totp_secret = Seals((b"l" * 32,)).seal(SECRET, of=lost.id)
        session.get_one(AccountTable, plain.id).totp_secret = SECRET  # from before there were seals
        session.execute(update(AccountTable).values(totp_last=0))
        assert take_code(session, plain.id, pyotp.TOTP(SECRET).now(), seals=new)
        assert not take_code(session, lost.id, pyotp.TOTP(SECRET).now(), seals=new)
        assert seal_anew(session, new) == (2, 1)
        assert seal_anew(session, new) == (0, 1)
        session.execute(update(AccountTable).values(totp_last=0))
        alone = Seals(new.keys[:1])
        assert take_code(session, older.id, pyotp.TOTP(SECRET).now(), seals=alone)
        assert take_code(session, plain.id, pyotp.TOTP(SECRET).now(), seals=alone)


def test_the_key_is_made_once_for_its_owner_alone_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    """A key made anew at each start would lock everybody out in the morning."""
    first = kept_seals(tmp_path)
    assert kept_seals(tmp_path) == first
    assert (tmp_path / "codes.key").stat().st_mode & 0o777 == 0o600
    assert "codes" not in repr(first)
    for wrong in ([], ["short"], ["*" * 44]):
        with pytest.raises(WrongSealingKey, match="openssl rand"):
            seals_of(wrong)
