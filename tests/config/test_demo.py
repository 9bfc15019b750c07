"""The demo as a person starts it, in a folder of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded import places, server

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def var():
    top = Path(tempfile.mkdtemp(prefix="regulars demo "))
    top.chmod(0o755)
    yield top
    server.stop(top)
    shutil.rmtree(places.place_under(top).home, ignore_errors=True)
    shutil.rmtree(top)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_demo(var, port, **more):
    settings = {
        "REGULARS_VAR": str(var),
        "STATIC_ROOT": str(var / "static"),
        "PORT": str(port),
        "DEMO_MEMBERS": "20",
        "DEMO_MONTHS": "2",
        "COMPRESS_STATIC": "false",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said_until(demo, words):
    """Read what the demo says until ``words`` come or it ends."""
    said = ""
    for line in demo.stdout:
        said += line
        if words in line:
            break
    return said


def lives(process):
    """Whether it still runs; an ended process may wait a while for its number to be freed."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def rows(var, query):
    host = str(places.place_under(var).socket)
    with psycopg.connect(host=host, user="postgres", dbname="regulars") as connection:
        return connection.execute(query).fetchone()[0]


def check_that_it_runs(demo, port):
    """Wait for the demo, look at it, and return the processes that belong to it."""
    said = said_until(demo, "Ctrl-C")
    address = f"http://127.0.0.1:{port}"
    assert address in said, said
    with urllib.request.urlopen(address + "/healthz") as answer:
        assert json.load(answer)["healthy"] is True
    started = psutil.Process(demo.pid).children(recursive=True)
    assert len(started) >= 3
    return started


def test_begins_anew_after_an_interrupted_loading_and_stops_all_it_started(var, free_port):
    members = "SELECT count(*) FROM members_member"
    demo = start_demo(var, free_port, DEMO_MEMBERS="300", DEMO_MONTHS="18")
    said_until(demo, "Loading")
    while not rows(var, members):
        assert demo.poll() is None
        time.sleep(0.2)
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=60)

    for end in (signal.SIGINT, signal.SIGTERM):
        demo = start_demo(var, free_port)
        try:
            started = check_that_it_runs(demo, free_port)
            # Those asked for, and the people of its stories.
            assert rows(var, members) == 20 + 7
        finally:
            demo.send_signal(end)
            demo.communicate(timeout=60)
        assert demo.returncode == 0
        assert not [process for process in started if lives(process)]
        assert not server.answers(var)


def test_a_used_port_is_one_clear_sentence(var, free_port):
    with socket.create_server(("127.0.0.1", free_port)):
        demo = start_demo(var, free_port)
        said, _ = demo.communicate(timeout=60)

    assert demo.returncode == 1
    assert said == (
        f"CommandError: Port {free_port} is in use by another program. Choose another:"
        f" PORT={free_port + 1} make demo\n"
    )


def test_says_which_ports_there_are(var):
    demo = start_demo(var, "eight")
    said, _ = demo.communicate(timeout=60)

    assert demo.returncode == 1
    assert said == "CommandError: PORT must be a number from 1024 to 65535, not eight.\n"
