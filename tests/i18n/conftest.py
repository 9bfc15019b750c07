"""A Chinese reader."""

import pytest
from django.utils import translation


@pytest.fixture
def chinese():
    with translation.override("zh-hans"):
        yield
