"""Lambda workers closer to Lambda: an environment of their own, and an untouched `https`."""

import os
import subprocess
import types

from ministack.core import lambda_runtime

KEPT = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "TZ"})

# In ministack's Node worker this call turns every https request to 127.0.0.1 into plain http, and so would break calls to clusters on this
# machine. SDK clients need it no more: they follow AWS_ENDPOINT_URL.
PATCHING_CALL = "      patchAwsSdk();\n"

# An error while a module loads never reaches the function's log, and a person would look at an empty one. Here each invocation
# fails with it, and that is logged.
LOADING_FAILED = """        _realStdoutWrite(JSON.stringify({
          status: "error", error: e.message
        }) + "\\n");
      }
      return;
"""
TELL_LATER = """        handlerFn = async () => { throw e; };
        _realStdoutWrite(JSON.stringify({ status: "ready", cold: true }) + "\\n");
      }
      return;
"""


def install():
    lambda_runtime.subprocess = types.SimpleNamespace(**{**vars(subprocess), "Popen": _popen_with_clean_environment})
    script = _replaced(lambda_runtime._NODEJS_WORKER_SCRIPT, PATCHING_CALL, "")
    lambda_runtime._NODEJS_WORKER_SCRIPT = _replaced(script, LOADING_FAILED, TELL_LATER)


def _popen_with_clean_environment(*args, env=None, **options):
    """ministack hands each worker everything in the emulator's own environment.

    A function's variable that happens to equal one of ours is not lost: the worker also gets its variables in its first message.
    """
    clean = {name: value for name, value in (env or {}).items() if name in KEPT or os.environ.get(name) != value}
    return subprocess.Popen(*args, env=clean, **options)


def _replaced(script, old, new):
    if script.count(old) != 1:
        raise SystemExit(f"this ministack is not the pinned version (see requirements.txt): its Node worker lacks\n{old}")
    return script.replace(old, new)
