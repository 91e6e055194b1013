#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: taking the maple tree out of a kernel source works for tarballs of any compression
and for unpacked trees, is done once per source, and refuses what cannot be used with one line that
says why and what to do. Several sources become several engines, each under its own name, and a patched
file takes what it lacks from a whole source. Wrong looks like a traceback, a file too few, or an old file kept after
the source has changed.

usage: test_extract.py EXTRACT_PY
"""
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

import tap

FILES = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 99\nSUBLEVEL = 1\n",
    "lib/maple_tree.c": "/* first */\n",
    "lib/test_maple_tree.c": "/* tests */\n",
    "include/linux/maple_tree.h": "enum maple_status {\n};\n"
                                  "void *mas_find_range(struct ma_state *mas, unsigned long max);\n"
                                  "void *mas_find_range_rev(struct ma_state *mas, unsigned long m);\n"
                                  "int mas_preallocate(struct ma_state *mas, void *e, gfp_t gfp);\n"
                                  "int __mt_dup(struct maple_tree *mt, struct maple_tree *n);\n",
}
OLD = "int mas_preallocate(struct ma_state *mas, gfp_t gfp);\nint mas_find(struct ma_state *mas);\n"
ADVICE = "install the Debian package linux-source-6.12, or set -Dkernel_sources="


class Sandbox:
    """A folder with a source in it, a cache and a build folder of its own."""

    def __init__(self, root, **changes):
        self.root = root
        self.tree = os.path.join(root, "linux")
        self.out = os.path.join(root, "build")
        self.cache = os.path.join(root, "cache")
        for name, text in {**FILES, **changes}.items():
            if text is None:
                continue
            path = os.path.join(self.tree, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def pack(self, suffix):
        path = os.path.join(self.root, "linux.tar." + suffix)
        with tarfile.open(path, "w:" + suffix) as tar:
            tar.add(self.tree, "linux-source-6.99")
        return path

    def run(self, *args):
        return subprocess.run([sys.executable, sys.argv[1], *args], capture_output=True, text=True,
                              env=dict(os.environ, XDG_CACHE_HOME=self.cache), check=False)

    def extract(self, *specs):
        return self.run(self.out, *specs)

    def text(self, name, engine="kernel-6.99"):
        with open(os.path.join(self.out, engine, name), encoding="utf-8") as file:
            return file.read()


def good(sandbox, done):
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("kernel-6.99 6.99.1 "), done.stdout
    for name in FILES:
        if name != "Makefile":
            assert sandbox.text(name) == FILES[name], name


def refused(done, *words):
    assert done.returncode == 1, done
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words + (ADVICE,):
        assert word in done.stderr, (word, done.stderr)


def each_compression_is_read(root):
    tools = {"xz": "xz", "gz": "gzip", "bz2": "bzip2"}
    for suffix in (suffix for suffix, tool in tools.items() if shutil.which(tool)):
        sandbox = Sandbox(os.path.join(root, suffix))
        good(sandbox, sandbox.extract(sandbox.pack(suffix)))


def an_unpacked_tree_is_read(root):
    sandbox = Sandbox(root)
    good(sandbox, sandbox.extract(sandbox.tree))


def a_second_build_takes_the_kept_files(root):
    sandbox = Sandbox(root)
    tarball = sandbox.pack("gz")
    good(sandbox, sandbox.extract(tarball))
    before = os.stat(tarball)
    with open(tarball, "wb") as file:  # not a tarball any more, but looks the same from outside
        file.write(b"x" * before.st_size)
    os.utime(tarball, ns=(before.st_atime_ns, before.st_mtime_ns))
    sandbox.out = os.path.join(root, "another-build")
    good(sandbox, sandbox.extract(tarball))


def a_changed_source_is_read_anew(root):
    sandbox = Sandbox(root)
    good(sandbox, sandbox.extract(sandbox.pack("gz")))
    Sandbox(root, **{"lib/maple_tree.c": "/* second, and longer */\n"})
    done = sandbox.extract(sandbox.pack("gz"))
    assert done.returncode == 0, done.stderr
    assert sandbox.text("lib/maple_tree.c") == "/* second, and longer */\n"


def unchanged_files_are_left_alone(root):
    sandbox = Sandbox(root)
    sandbox.extract(sandbox.tree)
    path = os.path.join(sandbox.out, "kernel-6.99/lib/maple_tree.c")
    os.utime(path, (1, 1))
    sandbox.extract(sandbox.tree)
    assert os.stat(path).st_mtime == 1


def without_a_cache_it_still_works(root):
    sandbox = Sandbox(root)
    with open(sandbox.cache, "w", encoding="utf-8"):
        pass  # a file where the folder would be
    good(sandbox, sandbox.extract(sandbox.pack("gz")))


def a_missing_source_is_refused(root):
    sandbox = Sandbox(root)
    refused(sandbox.extract(os.path.join(root, "nothing.tar.xz")), "No such file")


def a_missing_package_is_reported(root):
    sandbox = Sandbox(root)
    os.environ["UMAPLE_KERNEL_SOURCES"] = os.path.join(root, "nothing")
    refused(sandbox.extract(""), f"no kernel source under {root}/nothing")
    shutil.copy(sandbox.pack("xz"), os.path.join(root, "linux-source-6.99.tar.xz"))
    os.environ["UMAPLE_KERNEL_SOURCES"] = root
    good(sandbox, sandbox.extract(""))
    del os.environ["UMAPLE_KERNEL_SOURCES"]


def a_file_that_is_no_tarball_is_refused(root):
    sandbox = Sandbox(root)
    path = os.path.join(root, "noise.tar.xz")
    with open(path, "wb") as file:
        file.write(b"\x00\x01noise" * 1000)
    refused(sandbox.extract(path), path)


def a_truncated_tarball_is_refused(root):
    sandbox = Sandbox(root)
    tarball = sandbox.pack("gz")
    os.truncate(tarball, os.path.getsize(tarball) // 2)
    refused(sandbox.extract(tarball), tarball)
    assert not os.path.exists(os.path.join(sandbox.out, "kernel-6.99/lib/maple_tree.c"))


def a_file_cut_in_its_middle_is_refused(root):
    noise = "".join(chr(33 + i * i * i % 90) for i in range(200000))
    sandbox = Sandbox(root, **{"lib/test_maple_tree.c": "/* " + noise + " */\n"})
    path = os.path.join(root, "cut.tar")
    with tarfile.open(path, "w:") as tar:
        for name in ("Makefile", "include", "lib/maple_tree.c", "lib/test_maple_tree.c"):
            tar.add(os.path.join(sandbox.tree, name), "linux-source-6.99/" + name)
    os.truncate(path, os.path.getsize(path) - 100000)
    refused(sandbox.extract(path), path)
    assert not os.path.exists(os.path.join(sandbox.out, "kernel-6.99/lib/test_maple_tree.c"))


def a_source_of_something_else_is_refused(root):
    sandbox = Sandbox(root, **{"lib/maple_tree.c": None})
    refused(sandbox.extract(sandbox.tree), "lib/maple_tree.c", "not a kernel source")
    refused(sandbox.extract(sandbox.pack("gz")), "lib/maple_tree.c", "not a kernel source")


def an_old_kernel_is_refused_with_what_it_lacks(root):
    sandbox = Sandbox(root, **{"include/linux/maple_tree.h": OLD,
                               "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 5\n"})
    refused(sandbox.extract(sandbox.tree), "Linux 6.1.5", "enum maple_status", "mas_find_range()",
            "mas_preallocate() with an entry", "6.8 or newer")


def patch_of(root, text):
    path = os.path.join(root, "patched")
    os.makedirs(os.path.join(path, "lib"))
    with open(os.path.join(path, "lib/maple_tree.c"), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def each_source_is_an_engine_of_its_name(root):
    sandbox = Sandbox(root)
    done = sandbox.extract("mine-2=" + sandbox.tree, sandbox.pack("gz"))
    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names == ["mine-2", "kernel-6.99"], names
    for name in names:
        assert sandbox.text("lib/maple_tree.c", name) == FILES["lib/maple_tree.c"]


def a_patched_file_takes_the_rest_from_the_whole_source(root):
    sandbox = Sandbox(root)
    patch = patch_of(root, "/* patched */\n")
    done = sandbox.extract("mine=" + patch, sandbox.tree)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "mine 6.99.1+ " + patch, done.stdout
    assert sandbox.text("lib/maple_tree.c", "mine") == "/* patched */\n"
    assert sandbox.text("include/linux/maple_tree.h", "mine") == FILES["include/linux/maple_tree.h"]
    assert sandbox.text("lib/maple_tree.c") == FILES["lib/maple_tree.c"]


def a_patch_alone_stands_beside_what_it_changes(root):
    sandbox = Sandbox(root)
    shutil.copy(sandbox.pack("xz"), os.path.join(root, "linux-source-6.99.tar.xz"))
    os.environ["UMAPLE_KERNEL_SOURCES"] = root
    done = sandbox.extract("mine=" + patch_of(root, "/* patched */\n"))
    del os.environ["UMAPLE_KERNEL_SOURCES"]
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["kernel", "mine"], done.stdout
    assert sandbox.text("lib/maple_tree.c", "kernel") == FILES["lib/maple_tree.c"]


def a_patch_without_a_whole_source_is_refused(root):
    sandbox = Sandbox(root)
    os.environ["UMAPLE_KERNEL_SOURCES"] = os.path.join(root, "nothing")
    refused(sandbox.extract("mine=" + patch_of(root, "")), "is a patch")
    del os.environ["UMAPLE_KERNEL_SOURCES"]


def bad_and_equal_names_are_refused(root):
    sandbox = Sandbox(root)
    for name in ("", "Mine", "7", "a b", "a" * 32):
        refused(sandbox.extract(name + "=" + sandbox.tree), f"'{name}' is no name for an engine")
    refused(sandbox.extract(sandbox.tree, sandbox.tree), "two engines are called kernel-6.99")
    refused(sandbox.extract("maple=" + sandbox.tree), "two engines are called maple")


def wrong_usage_exits_2(root):
    done = Sandbox(root).run("only-one")
    assert done.returncode == 2 and done.stderr.startswith("usage:"), done


TESTS = (each_compression_is_read, an_unpacked_tree_is_read, a_second_build_takes_the_kept_files,
         a_changed_source_is_read_anew, unchanged_files_are_left_alone,
         without_a_cache_it_still_works, a_missing_source_is_refused,
         a_missing_package_is_reported,
         a_file_that_is_no_tarball_is_refused, a_truncated_tarball_is_refused,
         a_file_cut_in_its_middle_is_refused,
         a_source_of_something_else_is_refused, an_old_kernel_is_refused_with_what_it_lacks,
         each_source_is_an_engine_of_its_name,
         a_patched_file_takes_the_rest_from_the_whole_source,
         a_patch_alone_stands_beside_what_it_changes,
         a_patch_without_a_whole_source_is_refused, bad_and_equal_names_are_refused,
         wrong_usage_exits_2)


if __name__ == "__main__":
    sys.exit(tap.run(TESTS, make=tempfile.TemporaryDirectory))
