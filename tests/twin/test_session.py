"""A session borrows its process for a while and gives it back as it was."""

import os
from contextlib import chdir

import pytest

from local.session import session

pytestmark = pytest.mark.twin


def test_afterwards_no_variable_of_the_functions_is_left_in_this_process(tmp_path):
    before = dict(os.environ)

    with chdir(tmp_path), session(live=False) as running:
        assert os.environ["AWS_ENDPOINT_URL"] == running.twin.environment["AWS_ENDPOINT_URL"]

    assert dict(os.environ) == before
