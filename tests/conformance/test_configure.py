#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: configuring a build on a machine without a kernel source. Right is a build without
that engine and one line that says why; a source that was named and is not there is an error.

usage: test_configure.py SOURCE_ROOT
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import tap


def setup(root, *options, sources="nothing"):
    """Configure in root/build, with another folder in the place of /usr/src."""
    environment = dict(os.environ, UMAPLE_KERNEL_SOURCES=os.path.join(root, sources))
    return subprocess.run(["meson", "setup", "--werror", os.path.join(root, "build"), sys.argv[1],
                           *options], capture_output=True, text=True, env=environment, check=False)


def targets(root):
    done = subprocess.run(["meson", "introspect", "--targets", os.path.join(root, "build")],
                          capture_output=True, text=True, check=True)
    return {target["name"] for target in json.loads(done.stdout)}


def without_a_source_the_engine_is_left_out(root):
    done = setup(root)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stdout.splitlines() if "without the kernel's tree: " in line]
    assert len(said) == 1 and "no kernel source under " in said[0], said
    assert "install the Debian package linux-source-6.12" in said[0], said
    names = targets(root)
    assert {"reapbench", "maplebench", "engine_maple", "torture-ops"} <= names, names
    # These are about the kernel that runs.
    running = {"kernel_thaw", "test_kernel_thaw", "test_vs_kernel_maple"}
    assert not [name for name in names - running if "kernel" in name], names


def a_source_that_is_named_must_be_there(root):
    done = setup(root, "-Dkernel_sources=/nowhere/linux.tar.xz")
    assert done.returncode == 1, done
    assert "ERROR: Problem encountered: kernel_sources: /nowhere/linux.tar.xz: No such file" in \
        done.stdout, done.stdout


TESTS = (without_a_source_the_engine_is_left_out, a_source_that_is_named_must_be_there)

if not shutil.which("meson"):
    tap.skip_all("no meson here")
sys.exit(tap.run(TESTS, make=tempfile.TemporaryDirectory))
