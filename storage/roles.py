"""What people are here for, and what each role may do."""

from __future__ import annotations

from enum import StrEnum

from storage.scopes import Scope


class Role(StrEnum):
    """What a person is here for; one may be several."""

    CLERK = "clerk"  #: brings papers in, reviews and mends them
    SECOND = "second"  #: looks at samples and lists of disposal, never at their own
    OPERATOR = "operator"  #: batches, failures, disks
    LEADER = "leader"  #: figures
    ADMINISTRATOR = "administrator"  #: accounts and keys


SCOPES: dict[Role, frozenset[Scope]] = {
    Role.CLERK: frozenset({Scope.SEARCH, Scope.READ, Scope.WRITE, Scope.REVIEW, Scope.PERSONAL}),
    Role.SECOND: frozenset({Scope.SEARCH, Scope.READ, Scope.REVIEW, Scope.PERSONAL}),
    Role.OPERATOR: frozenset({Scope.SEARCH, Scope.READ, Scope.WRITE, Scope.FIGURES}),
    Role.LEADER: frozenset({Scope.SEARCH, Scope.READ, Scope.FIGURES}),
    Role.ADMINISTRATOR: frozenset({Scope.FIGURES, Scope.ADMIN}),
}  # what each role may do, in the words of keys
