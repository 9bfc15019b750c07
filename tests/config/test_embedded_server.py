"""Real servers, each in a folder of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded import base, places, priority, server

pytestmark = pytest.mark.slow


def postmaster_pid(var):
    return int((places.place_under(var).data / "postmaster.pid").read_text().split("\n")[0])


def kill_hard(var):
    """Kill the server as a power cut would, and wait until it is gone."""
    postmaster = psutil.Process(postmaster_pid(var))
    postmaster.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while postmaster.is_running() and postmaster.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def command(var, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "config.embedded", *arguments],
        env={"PATH": os.environ["PATH"], "REGULARS_VAR": str(var), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_starts_once_and_stops(make_var):
    var = make_var()

    outcomes = [server.start(var), server.start(var), server.answers(var)]
    ends = [server.stop(var), server.stop(var), server.answers(var)]

    assert outcomes == [True, False, True]
    assert ends == [True, False, False]


def test_keeps_its_data_over_a_restart(make_var):
    var = make_var()
    server.start(var)
    address = {"host": str(places.place_under(var).socket), "user": "postgres"}
    with psycopg.connect(dbname="regulars", **address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

    server.stop(var)
    server.start(var)

    with psycopg.connect(dbname="regulars", **address) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_runs_in_a_folder_with_spaces_and_chinese_letters(make_var):
    var = make_var("my shop's 店铺, new")

    assert server.start(var)
    assert server.answers(var)


def test_runs_with_a_locale_that_the_machine_does_not_have(make_var):
    var = make_var()

    process = command(var, "start", LANG="zh_CN.UTF-8", LC_ALL="xx_XX.UTF-8")
    said, _ = process.communicate(timeout=60)

    assert (process.returncode, said) == (0, "started\n")


def test_comes_back_after_a_kill(make_var):
    var = make_var()
    server.start(var)

    kill_hard(var)

    assert server.start(var)
    assert server.answers(var)


def test_comes_back_when_the_number_of_the_killed_process_is_somebody_elses(make_var):
    var = make_var()
    server.start(var)
    kill_hard(var)
    files = places.place_under(var).data / "postmaster.pid", places.place_under(var).socket
    pid_file, lock_file = files[0], files[1] / ".s.PGSQL.5432.lock"
    for file in (pid_file, lock_file):
        lines = file.read_text().split("\n")
        file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    assert server.start(var)
    assert server.answers(var)


def test_starts_once_when_many_ask_at_the_same_moment(make_var):
    var = make_var()

    processes = [command(var, "start") for _ in range(4)]
    said = sorted(process.communicate(timeout=60)[0] for process in processes)

    assert said == ["already running\n"] * 3 + ["started\n"]


def test_keeps_the_socket_in_a_closed_folder_when_the_path_is_too_long(make_var):
    var = make_var("a" * 60 + "/" + "b" * 60)

    server.start(var)

    socket = places.place_under(var).socket
    assert socket.parent == Path("/tmp")
    assert socket.stat().st_mode & 0o777 == 0o700
    assert server.answers(var)


def test_refuses_a_socket_folder_that_others_may_enter(make_var):
    var = make_var("a" * 60 + "/" + "b" * 60)
    server.start(var)
    server.stop(var)
    places.place_under(var).socket.chmod(0o777)

    with pytest.raises(server.EmbeddedServerError, match="is open to other users"):
        server.start(var)

    assert not server.answers(var)


def test_runs_where_other_users_may_not_walk_and_leaves_it_closed(make_var):
    var = make_var(mode=0o700)

    server.start(var)

    assert server.answers(var)
    assert var.parent.stat().st_mode & 0o777 == 0o700


def test_listens_on_no_network_address(make_var):
    var = make_var()

    server.start(var)

    listening = psutil.Process(postmaster_pid(var)).net_connections(kind="inet")
    assert listening == []


def test_the_first_connection_starts_the_server(make_var, settings):
    var = make_var()
    settings.VAR_DIR = var
    host = str(places.place_under(var).socket)
    wrapper = base.DatabaseWrapper({"NAME": "regulars", "OPTIONS": {}, "TIME_ZONE": None})

    connection = wrapper.get_new_connection(
        {"dbname": "regulars", "user": "postgres", "host": host, "port": "5432"}
    )

    assert connection.execute("SELECT 1").fetchone() == (1,)
    connection.close()


def test_a_worker_and_its_server_process_keep_to_one_processor(make_var):
    var = make_var()
    code = (
        "import django, os, psutil; django.setup();"
        "from django.db import connection; connection.ensure_connection();"
        "server = psutil.Process(connection.connection.info.backend_pid);"
        "print(*os.sched_getaffinity(0)); print(*server.cpu_affinity())"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "REGULARS_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "APP_DB_ROLE": "",
    }
    said = {
        gives_way: subprocess.run(
            [sys.executable, "-c", code],
            env=environment | {"GIVES_WAY": gives_way},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for gives_way in ("true", "false")
    }

    every = " ".join(str(number) for number in sorted(os.sched_getaffinity(0)))
    last = str(max(os.sched_getaffinity(0)))
    assert said == {"true": f"{last}\n{last}\n", "false": f"{every}\n{every}\n"}


def test_a_process_that_may_not_be_moved_stays_where_it_is(monkeypatch):
    class Foreign(psutil.Process):
        def cpu_affinity(self, cpus=None):
            raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(priority.psutil, "Process", Foreign)
    before = os.sched_getaffinity(0)

    priority.give_way(os.getpid())

    assert os.sched_getaffinity(0) == before


def test_a_broken_server_is_an_ordinary_database_error(make_var, settings):
    var = make_var("a" * 60 + "/" + "b" * 60)
    settings.VAR_DIR = var
    server.start(var)
    server.stop(var)
    places.place_under(var).socket.chmod(0o777)
    wrapper = base.DatabaseWrapper({"NAME": "regulars", "OPTIONS": {}, "TIME_ZONE": None})

    with pytest.raises(psycopg.OperationalError, match="is open to other users"):
        wrapper.get_new_connection({"dbname": "regulars", "host": "/nowhere"})
