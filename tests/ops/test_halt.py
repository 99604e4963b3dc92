from __future__ import annotations

import pytest
from gunicorn.errors import HaltServer

from skinapp.ops.halt import although_workers_refuse


def test_a_second_worker_that_refuses_does_not_end_the_stopping():
    refusing = [HaltServer("App failed to load.", 4), HaltServer("Worker failed to boot.", 3)]
    ways = []

    def stop(graceful: bool) -> None:
        if refusing:
            raise refusing.pop()
        ways.append(graceful)

    although_workers_refuse(stop, HaltServer)(False)
    assert ways == [False]


def test_what_else_goes_wrong_while_stopping_is_not_hidden():
    def stop(graceful: bool) -> None:
        raise OSError(graceful)

    with pytest.raises(OSError, match="True"):
        although_workers_refuse(stop, HaltServer)(True)
