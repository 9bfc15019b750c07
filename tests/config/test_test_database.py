import pytest
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_tests_run_under_the_application_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (user,) = cursor.fetchone()

    assert user == settings.APP_DB_ROLE


@pytest.mark.django_db
def test_transactions_see_what_others_have_committed():
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        (isolation,) = cursor.fetchone()

    assert isolation == "read committed"


@pytest.mark.django_db
def test_an_acknowledged_commit_is_on_disk():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        (synchronous_commit,) = cursor.fetchone()

    assert synchronous_commit == "on"
