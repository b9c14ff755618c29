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


def test_a_failing_proxy_shows_its_reason(tmp_path, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    for name in ("no_proxy", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with served(Quiet) as url:  # It is no proxy, and answers 501 to CONNECT.
        monkeypatch.setenv("HTTPS_PROXY", url)
        with pytest.raises(
            UserError, match=r"cannot be reached: the proxy fails"
        ) as no:
            network.require_reachable(["https://data.example/file"])
    assert "501" in str(no.value)
    assert "\n" not in str(no.value)


def test_a_connection_that_is_not_secure_shows_its_reason(monkeypatch):
    class NoTls(Quiet):
        def handle(self):
            self.request.recv(1)  # Something else than TLS answers.
            self.request.sendall(b"HTTP/1.0 400 no\r\n\r\n")

    says = pytest.raises(UserError, match=r"reached: no secure connection \(.*SSL")
    with served(NoTls) as url, says:
        network.require_reachable([url.replace("http:", "https:")])


def test_a_missing_certificate_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "no.pem"))
    with pytest.raises(UserError, match=r"cannot be reached: .*no\.pem"):
        network.require_reachable(["https://127.0.0.1:9/"])


def test_the_stand_in_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(official.MNIST, "URL", "http://127.0.0.1:9/")
    note = data.resolve(None, tmp_path).note
    assert "refused" in note
    assert "\n" not in note
