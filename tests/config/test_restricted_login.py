"""The production set-up of docs/deploy.md: one login owns the tables, another one serves."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from config.embedded import places, server

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
# The statements of docs/deploy.md, run by the server's administrator.
LOGINS = [
    "CREATE ROLE regulars_owner LOGIN PASSWORD '…'",
    "CREATE ROLE regulars_app NOLOGIN",
    "GRANT regulars_app TO regulars_owner",
    "CREATE ROLE regulars_web LOGIN PASSWORD '…' IN ROLE regulars_app",
    "CREATE DATABASE regulars OWNER regulars_owner",
]


@dataclass
class Shop:
    """A server of one's own, set up by some of those statements."""

    var: Path

    def connect(self, user, dbname="regulars"):
        host = places.place_under(self.var).socket
        return psycopg.connect(host=str(host), user=user, dbname=dbname, autocommit=True)

    def set_up(self, statements):
        server.start(self.var)
        with self.connect("postgres", "postgres") as administrator:
            for statement in ["DROP DATABASE regulars", *statements]:
                administrator.execute(statement)

    def manage(self, user, *command, **more):
        host = quote(str(places.place_under(self.var).socket), safe="")
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "REGULARS_VAR": str(self.var),
                "DATABASE_URL": f"postgresql://{user}@{host}/regulars",
                **more,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def shop(make_var_for_all):
    shop = Shop(make_var_for_all())
    shop.set_up(LOGINS)
    shop.manage("regulars_owner", "migrate", "--verbosity", "0")
    return shop


@pytest.mark.parametrize("statement", LOGINS)
def test_the_docs_say_the_same(statement):
    assert statement + ";" in (ROOT / "docs" / "deploy.md").read_text()


def test_the_serving_login_takes_on_the_applications_role(shop):
    ask = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user')"

    done = shop.manage(
        "regulars_web", "shell", "--no-imports", "-c", f"{ask}; print(*k.fetchone())"
    )

    assert done.stdout == "regulars_app\n"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_movement SET amount = amount",
        "DELETE FROM ledger_txn",
        "UPDATE ledger_wallet SET balance = 0",
        "TRUNCATE ledger_movement",
        "ALTER TABLE ledger_movement DISABLE TRIGGER USER",
        "SET ROLE regulars_owner",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_serving_login_cannot_touch_history_even_outside_its_role(shop, statement):
    with shop.connect("regulars_web") as attacker:
        attacker.execute("RESET ROLE")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attacker.execute(statement)


def test_a_missing_role_that_the_owner_may_not_make_is_a_warning(shop):
    done = shop.manage("regulars_owner", "migrate", "--verbosity", "0", APP_DB_ROLE="nobody_yet")

    assert "triggers alone" in done.stderr
