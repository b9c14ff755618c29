"""Downloads that fail within seconds where they cannot succeed."""

import contextlib
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


def require_reachable(urls: Iterable[str]) -> None:
    """Finds out within seconds whether the hosts answer at all, proxies included.

    Any answer of HTTP counts. Without this, a host behind a silent firewall costs
    minutes, as TFDS connects without a time limit.

    Raises:
      UnavailableError: if a host does not answer.
    """
    one_per_host = {urlsplit(url).netloc: url for url in urls}
    for host, url in one_per_host.items():
        if not _answers(url):
            raise UnavailableError(f"{host} cannot be reached")


@contextlib.contextmanager
def few_retries() -> Iterator[None]:
    """TFDS gives up after 2 instead of 10 retries, which take up to 204 s."""
    before = downloader.MAX_RETRIES
    downloader.MAX_RETRIES = _RETRIES
    try:
        yield
    finally:
        downloader.MAX_RETRIES = before


def _answers(url: str) -> bool:
    answered = threading.Event()

    def ask() -> None:
        with contextlib.suppress(requests.RequestException):
            requests.head(url, timeout=_CONNECT_SECONDS)
            answered.set()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_ATTEMPT_SECONDS)
    return answered.is_set()
