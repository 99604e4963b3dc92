"""A process that gives up."""

import signal

from structlog.testing import capture_logs

from skinapp.ops.replace import ask_to_be_replaced


def test_process_that_gives_up_says_why_and_ends_in_good_order():
    asked = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    try:
        with capture_logs() as lines:
            ask_to_be_replaced("cuda is lost")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert asked == [signal.SIGTERM]
    assert lines == [{"event": "process_gives_up", "reason": "cuda is lost", "log_level": "error"}]
