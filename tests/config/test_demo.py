"""The demo as a person starts it, in a folder of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import psutil
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


def start_demo(var, port):
    settings = {
        "REGULARS_VAR": str(var),
        "STATIC_ROOT": str(var / "static"),
        "PORT": str(port),
        "DEMO_MEMBERS": "20",
        "DEMO_MONTHS": "2",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "config.demo"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
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


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_starts_everything_and_stops_all_it_started(var, free_port, end):
    demo = start_demo(var, free_port)
    try:
        said = said_until(demo, "Ctrl-C")
        address = f"http://127.0.0.1:{free_port}"
        assert address in said, said
        with urllib.request.urlopen(address + "/healthz") as answer:
            assert json.load(answer)["healthy"] is True
        started = psutil.Process(demo.pid).children(recursive=True)
        assert len(started) >= 3
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
        f"Port {free_port} is in use by another program. Choose another:"
        f" PORT={free_port + 1} make demo\n"
    )


def test_says_which_ports_there_are(var):
    demo = start_demo(var, "eight")
    said, _ = demo.communicate(timeout=60)

    assert (demo.returncode, said) == (1, "PORT must be a number from 1024 to 65535, not eight.\n")
