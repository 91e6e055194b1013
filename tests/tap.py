# SPDX-License-Identifier: GPL-2.0-only
"""For each test program in Python: run its cases in order and report each in TAP.

A case is a function; its name is the name of the case. It fails by raising anything at all.
"""
import signal
import sys
import traceback


def skip_all(reason):
    """Say that nothing can be tested here, and end the program."""
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def run(cases, *arguments, make=None):
    """Run each case with `arguments`, or with what the context manager make() gives to each.

    Returns the exit status: 1 if a case failed.
    """
    failed = 0
    # Under nohup it is ignored, and so would those be that a case starts and ends with it.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        try:
            if make:
                with make() as argument:
                    case(argument, *arguments)
            else:
                case(*arguments)
            print(f"ok {number} - {case.__name__}", flush=True)
        except Exception:  # whatever went wrong, the cases after it still run
            failed += 1
            print(f"not ok {number} - {case.__name__}")
            print("# " + traceback.format_exc().rstrip().replace("\n", "\n# "), flush=True)
    return 1 if failed else 0
