#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""extract.py DIR SPEC...: take the maple tree out of kernel sources.

SPEC is NAME=SOURCE or SOURCE. SOURCE is a tarball or an unpacked tree, or empty for the best
linux-source package under /usr/src (or under $UMAPLE_KERNEL_SOURCES). NAME is the engine's name;
without it, a source is called kernel-VERSION. A folder that has lib/maple_tree.c and no Makefile is
a patch of the first whole source, or of the installed one, which is then the engine 'kernel': what it
lacks comes from there.

DIR/NAME gets lib/maple_tree.c, lib/test_maple_tree.c, include/linux/maple_tree.h and, if it is there,
tools/testing/radix-tree/maple.c, as they stand in the source. Prints a line for each source: name,
version, and the source's path. If one is not usable, prints one line on stderr that says what to do,
and exits 1; wrong usage exits 2.

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
# Operations that were recorded from programs; a source without them gives none to replay.
OPTIONAL = ("tools/testing/radix-tree/maple.c",)
OLDEST = (6, 8)
# Names of engines go into file names, options and reports.
NAME = r"[a-z][a-z0-9._-]{0,30}"
TAKEN = ("maple",)
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
    for name in OPTIONAL:
        if os.path.exists(os.path.join(source, name)):
            os.makedirs(os.path.dirname(os.path.join(target, name)), exist_ok=True)
            shutil.copyfile(os.path.join(source, name), os.path.join(target, name))


def unpack(tarball, target):
    """tar stops reading at the last wanted file, near the end of a kernel."""
    command = ["tar", "-x", "-f", tarball, "-C", target, "--strip-components=1", "--occurrence=1",
               "--no-wildcards-match-slash", "--wildcards",
               *("*/" + name for name in FILES + OPTIONAL)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True,
                          env=dict(os.environ, LC_ALL="C"))
    missing = [name for name in FILES if not os.path.exists(os.path.join(target, name))]
    lines = [line for line in done.stderr.splitlines()
             if line.startswith("tar:") and "Not found" not in line and "Exiting with" not in line]
    # Status 2 with no other complaint: an optional file is not there.
    if missing or lines or done.returncode not in (0, 2):
        reason = lines[0] if lines else "not a kernel source"
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


def same(a, b):
    """Leaves files that have not changed alone, so that nothing is compiled anew."""
    try:
        with open(a, "rb") as left, open(b, "rb") as right:
            return left.read() == right.read()
    except FileNotFoundError:
        return False


def is_patch(source):
    return os.path.isdir(source) and not os.path.exists(os.path.join(source, "Makefile"))


def gather(source, scratch):
    """The folder in which the files of a whole source stand: the cache's, or scratch."""
    try:
        stat = os.stat(source)
    except OSError as error:
        raise Unusable(f"{source}: {error.strerror}")
    if os.path.isdir(source):
        copy_files(source, scratch)
        return scratch
    key = hashlib.sha256(f"{source} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                         "umaple", "kernel-2-" + key[:16])
    if all(os.path.exists(os.path.join(cache, name)) for name in FILES):
        return cache
    unpack(source, scratch)
    keep(scratch, cache)
    return scratch


def gather_patch(patch, base, scratch):
    """The files of the base, with those of the patch in their places."""
    folder = gather(base, scratch)
    if folder != scratch:
        shutil.copytree(folder, scratch, dirs_exist_ok=True)
    patched = [name for name in TREE if os.path.exists(os.path.join(patch, name))]
    if not patched:
        raise Unusable(f"{patch} has no {TREE[0]}: neither a kernel source nor a patch of one")
    for name in patched:
        shutil.copyfile(os.path.join(patch, name), os.path.join(scratch, name))


def provide(name, source, base, target):
    source = os.path.abspath(source)
    with tempfile.TemporaryDirectory() as scratch:
        folder = scratch
        if is_patch(source):
            gather_patch(source, base, scratch)
        else:
            folder = gather(source, scratch)
        check(folder, source)
        version = version_of(folder)
        name = name or "kernel-" + ".".join(version.split(".")[:2])
        for file in TREE + OPTIONAL:
            here, there = os.path.join(folder, file), os.path.join(target, name, file)
            if os.path.exists(here) and not same(here, there):
                os.makedirs(os.path.dirname(there), exist_ok=True)
                shutil.copyfile(here, there)
    return name, version + ("+" if is_patch(source) else ""), source


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


def parse(spec):
    """The name, which may be missing, and the source. What stands before "=" is a name, or a path
    in which the sign occurs."""
    name, equals, source = spec.partition("=")
    if not equals or "/" in name:
        return None, spec
    if not re.fullmatch(NAME, name):
        raise Unusable(f"'{name}' is no name for an engine: a small letter, then up to 30 small letters, "
                       "digits, dots, dashes and underscores")
    return name, source


def first_usable(name, candidates, base, target):
    reason = f"no kernel source under {searched()}"
    for candidate in candidates:
        try:
            return provide(name, candidate, base or candidate, target)
        except Unusable as error:
            reason = str(error)
    raise Unusable(reason)


def extract(target, specs):
    parsed = [parse(spec) for spec in specs]
    whole = [source for _, source in parsed if source and not is_patch(source)]
    base = (whole or installed() or [None])[0]
    if not whole and base and all(source for _, source in parsed):
        # Nothing but patches: what they change stands beside them.
        parsed.insert(0, ("kernel", base))
    found = []
    for name, source in parsed:
        if source and is_patch(source) and not base:
            raise Unusable(f"{source} is a patch, and there is no kernel source that it belongs to")
        entry = first_usable(name, [source] if source else installed(), base, target)
        if entry[0] in TAKEN + tuple(other[0] for other in found):
            raise Unusable(f"two engines are called {entry[0]}: give each source a name, NAME=SOURCE")
        found.append(entry)
    return found


def main():
    if len(sys.argv) < 3:
        print("usage: extract.py DIR SPEC...", file=sys.stderr)
        return 2
    try:
        found = extract(sys.argv[1], sys.argv[2:])
    except Unusable as error:
        print(f"{error} (install the Debian package linux-source-6.12, or set "
              "-Dkernel_sources=TARBALL_OR_TREE)", file=sys.stderr)
        return 1
    for entry in found:
        print(*entry)
    return 0


if __name__ == "__main__":
    sys.exit(main())
