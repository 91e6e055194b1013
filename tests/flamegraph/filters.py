# SPDX-License-Identifier: GPL-2.0-only
"""Start the filters that stand in the folder named first on the command line."""
import os
import subprocess
import sys


def run(name, *args, stdin=b"", **more):
    """Run a filter; text may be given as str. Returns subprocess.CompletedProcess of bytes."""
    stdin = stdin.encode() if isinstance(stdin, str) else stdin
    return subprocess.run([os.path.join(sys.argv[1], name), *args], input=stdin,
                          capture_output=True, check=False, timeout=120, **more)


def brief(done):
    """What to say of a run that went wrong."""
    return done.args, done.returncode, done.stdout[:300], done.stderr[:1000]


def good(name, *args, stdin=b"", **more):
    """The output, as text, of a filter that must succeed and say nothing."""
    done = run(name, *args, stdin=stdin, **more)
    assert done.returncode == 0 and done.stderr == b"", brief(done)
    return done.stdout.decode()


def refused(name, *args, stdin=b"", status=1, words=(), **more):
    """A filter must fail with this status, one line that has these words in it, and no output."""
    done = run(name, *args, stdin=stdin, **more)
    said = done.stderr.decode()
    assert done.returncode == status, brief(done)
    assert done.stdout == b"", brief(done)
    assert said.count("\n") == 1 and said.startswith(name + ": "), said
    for word in words:
        assert word in said, (word, said)
