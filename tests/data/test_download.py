"""Downloads: originals that arrive, and hosts that fail within seconds."""

import contextlib
import functools
import gzip
import http.server
import socket
import threading

import pytest

from aejax import data
from aejax.data.tfds import network, official, places
from aejax.errors import UserError


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    """This machine is asked directly, whatever proxy is set."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_originals_are_downloaded(originals, tmp_path, monkeypatch):
    for file in originals.folder.iterdir():
        if file.suffix != ".gz":
            file.with_name(f"{file.name}.gz").write_bytes(
                gzip.compress(file.read_bytes())
            )
    handler = functools.partial(Quiet, directory=originals.folder)
    with served(handler) as url:
        monkeypatch.setattr(official.MNIST, "URL", url)
        images, _ = data.load("mnist", "test", tmp_path)
    assert {x.tobytes() for x in images} == {
        x.tobytes() for x in originals.images["t10k"]
    }
    assert data.describe("mnist", tmp_path)["origin"].startswith("downloaded")


def test_a_failing_server_is_asked_a_few_times_only(tmp_path, monkeypatch):
    asked = []

    class Failing(Quiet):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(503)

    with served(Failing) as url:
        monkeypatch.setattr(official.MNIST, "URL", url)
        with pytest.raises(UserError, match=r"cannot be downloaded.*Ways to get it"):
            data.prepare("mnist", tmp_path)
    assert 0 < max(map(asked.count, asked)) <= 3
    assert not places.is_prepared(tmp_path / "mnist" / "3.0.1")


def test_a_silent_host_is_given_up(monkeypatch):
    monkeypatch.setattr(network, "_CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(data.UnavailableError, match="cannot be reached"):
            network.require_reachable([url])


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(handler):
    """The URL of a server on this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
