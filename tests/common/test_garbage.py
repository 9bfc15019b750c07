"""The collector leaves out what was there before, as long as the work lasts."""

import gc

import pytest

from common.garbage import own_garbage_alone


def test_what_was_there_before_is_left_out_until_the_work_ends() -> None:
    with own_garbage_alone():
        inside = gc.get_freeze_count()

    assert inside > 0
    assert gc.get_freeze_count() == 0


def test_work_that_fails_gives_it_back_too() -> None:
    with pytest.raises(ZeroDivisionError), own_garbage_alone():
        raise ZeroDivisionError

    assert gc.get_freeze_count() == 0
