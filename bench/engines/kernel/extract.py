#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""extract.py SOURCE DIR: take the maple tree out of a kernel source.

SOURCE is a tarball, an unpacked tree, or empty for the best linux-source package under /usr/src (or
under $UMAPLE_KERNEL_SOURCES).
DIR gets lib/maple_tree.c, lib/test_maple_tree.c and include/linux/maple_tree.h as they stand in the
source. Prints the kernel's version and the source's path on one line. If there is no usable source,
prints one line on stderr that says what to do, and exits 1; wrong usage exits 2.

Finding four files in a tarball takes ten seconds, so what was found is kept in
$XDG_CACHE_HOME/umaple (~/.cache/umaple) under the source's path, size and time of change; every
build folder copies from there. Without a writable cache, each build folder unpacks for itself.
"""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

TREE = ("lib/maple_tree.c", "lib/test_maple_tree.c", "include/linux/maple_tree.h")
FILES = TREE + ("Makefile",)
OLDEST = (6, 8)
# Calls the project relies on, and where each is declared.
NEEDED = (
    ("enum maple_status", r"\benum\s+maple_status\b"),
    ("mas_find_range()", r"\bmas_find_range\s*\("),
    ("mas_find_range_rev()", r"\bmas_find_range_rev\s*\("),
    ("mas_preallocate() with an entry", r"\bmas_preallocate\s*\([^,)]*,[^,)]*,[^,)]*\)"),
    ("__mt_dup()", r"\b__mt_dup\s*\("),
)


class Unusable(Exception):
    pass


def searched():
    return os.environ.get("UMAPLE_KERNEL_SOURCES") or "/usr/src"


def installed():
    """The default sources, best first: 6.12, on which everything is tested, then newer ones."""
    found = []
    for path in glob.glob(os.path.join(glob.escape(searched()), "linux-source-[0-9]*.tar*")):
        match = re.match(r"linux-source-(\d+)\.(\d+)\.tar", os.path.basename(path))
        if match:
            version = (int(match[1]), int(match[2]))
            if version >= OLDEST:
                found.append((version == (6, 12), version, path))
    return [path for _, _, path in sorted(found, reverse=True)]


def copy_files(source, target):
    for name in FILES:
        try:
            os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
            shutil.copyfile(os.path.join(source, name), os.path.join(target, name))
        except FileNotFoundError:
            raise Unusable(f"{source} has no {name}: not a kernel source")


def unpack(tarball, target):
    """tar stops reading at the last wanted file, about halfway through a kernel."""
    command = ["tar", "-x", "-f", tarball, "-C", target, "--strip-components=1", "--occurrence=1",
               "--no-wildcards-match-slash", "--wildcards"] + ["*/" + name for name in FILES]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True,
                          env=dict(os.environ, LC_ALL="C"))
    missing = [name for name in FILES if not os.path.exists(os.path.join(target, name))]
    if missing or done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("tar:")]
        reason = lines[0] if lines and "Not found" not in lines[0] else "not a kernel source"
        raise Unusable(f"{tarball} gave no {', '.join(missing) or 'whole files'}: {reason}")


def version_of(folder):
    with open(os.path.join(folder, "Makefile"), encoding="utf-8", errors="replace") as makefile:
        parts = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL)\s*=\s*(\d+)", makefile.read(), re.M))
    return ".".join(parts.get(key, "?") for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))


def check(folder, source):
    text = ""
    for name in TREE:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            text += file.read()
    lacking = [what for what, pattern in NEEDED if not re.search(pattern, text)]
    if lacking:
        raise Unusable(f"{source} (Linux {version_of(folder)}) lacks {', '.join(lacking)}; "
                       "6.8 or newer is needed, 6.12 is tested")
    if re.search(r"\bkmem_cache_alloc_from_sheaf\s*\(", text):
        raise Unusable(f"{source} (Linux {version_of(folder)}) allocates nodes through slab sheaves, "
                       "for which there is no shim; use 6.12")


def same(a, b):
    """Leaves files that have not changed alone, so that nothing is compiled anew."""
    try:
        with open(a, "rb") as left, open(b, "rb") as right:
            return left.read() == right.read()
    except FileNotFoundError:
        return False


def provide(source, target):
    source = os.path.abspath(source)
    try:
        stat = os.stat(source)
    except OSError as error:
        raise Unusable(f"{source}: {error.strerror}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = scratch
        if os.path.isdir(source):
            copy_files(source, scratch)
        else:
            key = hashlib.sha256(f"{source} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()
            cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                                 "umaple", "kernel-" + key[:16])
            if all(os.path.exists(os.path.join(cache, name)) for name in FILES):
                folder = cache
            else:
                unpack(source, scratch)
                keep(scratch, cache)
        check(folder, source)
        for name in TREE:
            here, there = os.path.join(folder, name), os.path.join(target, name)
            if not same(here, there):
                os.makedirs(os.path.dirname(there), exist_ok=True)
                shutil.copyfile(here, there)
        print(version_of(folder), source)


def keep(scratch, cache):
    """A rename makes the whole set appear at once, also when two builds do this together."""
    try:
        os.makedirs(os.path.dirname(cache), exist_ok=True)
        fresh = tempfile.mkdtemp(dir=os.path.dirname(cache))
        try:
            shutil.copytree(scratch, fresh, dirs_exist_ok=True)
            if os.path.isdir(cache):
                shutil.rmtree(cache, ignore_errors=True)
            os.rename(fresh, cache)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError:
        pass  # no cache, or another build was first: this build has its files


def main():
    if len(sys.argv) != 3:
        print("usage: extract.py SOURCE DIR", file=sys.stderr)
        return 2
    source, target = sys.argv[1:]
    candidates = [source] if source else installed()
    reason = f"no kernel source under {searched()}"
    for candidate in candidates:
        try:
            provide(candidate, target)
            return 0
        except Unusable as error:
            reason = str(error)
    print(f"{reason} (install the Debian package linux-source-6.12, or set "
          "-Dkernel_source=TARBALL_OR_TREE)", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
