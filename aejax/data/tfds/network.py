"""Downloads that fail within seconds where they cannot succeed."""

import contextlib
import logging
import re
import threading
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import requests
from tensorflow_datasets.core.download import downloader

from aejax.data.errors import UnavailableError

_CONNECT_SECONDS = 5.0
# Looking up a name has no time limit of its own, so the whole attempt gets one.
_ATTEMPT_SECONDS = 8.0
_RETRIES = 2

_CONNECTION = re.compile(r"^(<.*?>|HTTPS?Connection\(.*?\)): ")

_KINDS = (
    (requests.exceptions.ProxyError, "the proxy fails"),
    (requests.exceptions.SSLError, "no secure connection"),
    (requests.exceptions.Timeout, "no answer"),
)


def require_reachable(urls: Iterable[str]) -> None:
    """Finds out within seconds whether the hosts answer at all, proxies included.

    Any answer of HTTP counts. Without this, a host behind a silent firewall costs
    minutes, as TFDS connects without a time limit.

    Raises:
      UnavailableError: if a host does not answer; says why.
    """
    one_per_host = {urlsplit(url).netloc: url for url in urls}
    for host, url in one_per_host.items():
        problem = _problem(url)
        if problem:
            raise UnavailableError(f"{host} cannot be reached: {problem}")


def reason(error: BaseException) -> str:
    """Why a request failed, in one line: the innermost cause, without its wrapping."""
    kind = ""
    for known, words in _KINDS:
        if isinstance(error, known):
            kind = words
            break
    inner: BaseException = error
    for _ in range(8):
        found = getattr(inner, "reason", None)
        if not isinstance(found, BaseException):
            found = next((a for a in inner.args if isinstance(a, BaseException)), None)
        if found is None:
            break
        inner = found
    words = str(getattr(inner, "strerror", None) or inner) or type(inner).__name__
    # urllib3 begins with the connection object.
    words = _CONNECTION.sub("", " ".join(words.split()))
    return f"{kind} ({words})" if kind else words


@contextlib.contextmanager
def few_retries() -> Iterator[None]:
    """TFDS gives up after 2 instead of 10 retries, which take up to 204 s."""
    before, log = downloader.MAX_RETRIES, logging.getLogger("urllib3")
    downloader.MAX_RETRIES, level = _RETRIES, log.level
    log.setLevel(logging.ERROR)  # The last failure is reported, once.
    try:
        yield
    finally:
        downloader.MAX_RETRIES = before
        log.setLevel(level)


def _problem(url: str) -> str:
    """Why a host does not answer; "" where it does."""
    found: list[str] = []

    def ask() -> None:
        try:
            requests.head(url, timeout=_CONNECT_SECONDS)
            found.append("")
        except Exception as error:  # A wrong proxy or certificate file: any type.
            found.append(reason(error))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_ATTEMPT_SECONDS)
    return found[0] if found else f"no answer within {_ATTEMPT_SECONDS:g} s"
