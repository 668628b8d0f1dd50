"""Ends the emulator when the program that started it is gone, even when that was killed and could end nothing itself."""

import os
import signal
import threading


def end_with_stdin():
    """The kernel closes the pipe with the parent. Lambda workers are in our process group, so one signal reaches them all."""
    threading.Thread(target=_wait_and_end, daemon=True, name="parent-watch").start()


def _wait_and_end():
    while os.read(0, 1024):  # not sys.stdin: its lock would disturb an ordinary end
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)  # the group is someone else's: only ourselves
