"""The door's fixtures, for its clients."""

from tests.api.conftest import *  # noqa: F403
