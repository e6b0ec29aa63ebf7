"""What can go wrong in remembering.

StorageError
├── StoreUnreachable     the object store is away or answers nonsense; try again later
├── StoreFull            no room for another object
├── ObjectMissing        nothing lies under that key
├── ObjectDiffers        other bytes than were given or expected
├── ObjectHeld           a legal hold or a lock is on it
├── WrongKey             a key that could leave the store
├── WrongStore           a store's address that cannot be understood
├── WrongAgency          what is no agency's code
├── RecordsUnreachable   the database is away; try again later
├── RecordsOutdated      the database is of another version of the program
├── AlreadyDisposed      bytes whose papers were destroyed when their time was over
├── UnderHold            a legal hold stands in the way
├── WrongDisposal        a list of disposal that cannot be decided or carried out so
├── WrongRetention       rules of retention that cannot be understood
├── NotEmpty             a place that a restore would have to overwrite
├── BackupDamaged        a backup that is not what was written
├── UnknownDocument, UnknownBatch, UnknownKey, UnknownWebhook, UnknownDelivery, UnknownAccount,
│                         UnknownRun, UnknownSample
├── WrongInspection      a sample that cannot be judged so, or by this person
├── DocumentChanged      somebody else made a newer version
├── WrongCorrection      no field, or no value of one
├── WrongMending         pages that cannot be moved so
├── WeakPassword         a password that is guessed first
├── WrongSealingKey      what is no key to seal secrets with
└── IndexError_: IndexBusy, IndexOutdated, IndexDamaged, QueryTooLong
"""

from __future__ import annotations


class StorageError(Exception):
    """Base of everything that `storage` raises on purpose. The message is the only argument, so it pickles."""


class StoreUnreachable(StorageError):
    """The object store does not answer, or answers with a server's fault."""


class StoreFull(StorageError):
    """No room for another object."""


class ObjectMissing(StorageError):
    """Nothing lies under that key."""


class ObjectDiffers(StorageError):
    """Other bytes than were given or expected; nothing was recorded."""


class ObjectHeld(StorageError):
    """A legal hold or a lock is on the object; it cannot be removed."""


class WrongKey(StorageError):
    """A key that could leave the store's folder."""


class WrongStore(StorageError):
    """A store's address that cannot be understood."""


class WrongAgency(StorageError):
    """What is no agency's code."""


class WrongSealingKey(StorageError):
    """What is no key to seal secrets with, or none at all."""


class RecordsUnreachable(StorageError):
    """The database does not answer."""


class RecordsOutdated(StorageError):
    """The database's tables are of another version of the program."""


class AlreadyDisposed(StorageError):
    """Bytes whose papers were destroyed when their time was over."""


class UnderHold(StorageError):
    """A legal hold stands in the way."""


class WrongDisposal(StorageError):
    """A list of disposal that cannot be decided or carried out so."""


class WrongRetention(StorageError):
    """Rules of retention that cannot be understood."""


class NotEmpty(StorageError):
    """A place that a restore would have to overwrite."""


class BackupDamaged(StorageError):
    """A backup that is not what was written."""


class UnknownDocument(StorageError):
    """No document, or more than one, begins with that id."""


class UnknownBatch(StorageError):
    """No batch has that id."""


class UnknownRun(StorageError):
    """No bulk run has that id."""


class UnknownSample(StorageError):
    """No sample has that number."""


class WrongInspection(StorageError):
    """A sample that cannot be judged so, or not by this person."""


class UnknownKey(StorageError):
    """No API key has that id."""


class UnknownWebhook(StorageError):
    """No webhook has that id."""


class UnknownDelivery(StorageError):
    """No delivery has that id."""


class UnknownAccount(StorageError):
    """No account has this id."""


class DocumentChanged(StorageError):
    """Somebody else made a newer version; nothing was written."""


class WrongMending(StorageError):
    """Pages that cannot be moved so: of another scan, of no paper, or none left."""


class WrongCorrection(StorageError):
    """What a person wrote is no field, or no value of it."""


class WeakPassword(StorageError):
    """A password that is guessed first; the message says what it lacks, never the password."""


class SearchError(StorageError):
    """Base of what the search index raises."""


class IndexBusy(SearchError):
    """Another process is writing to the index."""


class IndexOutdated(SearchError):
    """The index is of another format."""


class IndexDamaged(SearchError):
    """The index cannot be opened."""


class QueryTooLong(SearchError):
    """A query longer than any person types."""
