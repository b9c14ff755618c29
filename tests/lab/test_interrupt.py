"""The first signal is a request, the second one does what it always did."""

import os
import signal
import threading
import time

import pytest

from aejax.lab.run import interrupt


def send(signum):
    """To this process; Python acts on it in the main thread, a little later."""
    os.kill(os.getpid(), signum)
    time.sleep(0.2)


@pytest.fixture(autouse=True)
def known_handlers():
    """Those of a fresh interpreter, whatever other tests of this process left."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("signum", interrupt.SIGNALS)
def test_the_first_signal_is_noted(signum):
    before = signal.getsignal(signum)
    with interrupt.graceful() as request:
        assert request.signum is None
        send(signum)
        assert request.signum == signum
    assert signal.getsignal(signum) is before


def test_what_is_ignored_stays_ignored():
    """As `nohup` asks."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interrupt.graceful() as request:
            send(signal.SIGTERM)
            assert request.signum is None
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_second_signal_interrupts():
    with pytest.raises(KeyboardInterrupt), interrupt.graceful() as request:
        send(signal.SIGINT)
        assert request.signum == signal.SIGINT
        send(signal.SIGINT)


def test_handlers_return_after_an_error():
    before = [signal.getsignal(number) for number in interrupt.SIGNALS]
    with pytest.raises(ZeroDivisionError), interrupt.graceful():
        _ = 1 / 0
    assert [signal.getsignal(number) for number in interrupt.SIGNALS] == before


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal here")
def test_between_trainings_a_signal_ends_with_its_number():
    with pytest.raises(interrupt.Ended) as end, interrupt.ending():
        send(signal.SIGHUP)
    assert end.value.signum == signal.SIGHUP
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal here")
def test_during_trainings_it_is_a_request_all_the_same():
    """And the second one is the system's own, which needs no Python to act."""
    with interrupt.ending():
        with interrupt.graceful() as request:
            send(signal.SIGHUP)
            assert request.signum == signal.SIGHUP
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL
        with pytest.raises(interrupt.Ended):
            send(signal.SIGHUP)


def test_a_stop_says_where_and_how_to_go_on():
    stop = interrupt.Stopped(signal.SIGTERM, 40)
    assert stop.signum == 15
    assert "SIGTERM at step 40" in str(stop)
    assert "same command continues" in str(stop)


def test_a_sweep_may_run_in_a_thread():
    """There Python can handle no signals, and the run goes without."""
    found = []

    def work():
        with interrupt.graceful() as request:
            found.append(request.signum)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [None]
