#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: a program outside of this tree builds with the library and runs.

test_outside.py pkg-config|cmake|meson SOURCE BUILD

Right: each example prints what its .expected file has, built from a copy outside of the tree.
pkg-config and cmake use an installed library, meson builds it as a subproject and nothing else.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import tap


def run(*command, cwd=None, env=None):
    done = subprocess.run(command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout[-4000:]}"
    return done.stdout


class Outside:
    def __init__(self, source, build, folder):
        self.source, self.build = source, build
        self.examples = folder / "examples"
        self.destdir = folder / "root"
        shutil.copytree(source / "examples", self.examples)
        (self.examples / "meson.build").unlink()

    def install(self):
        """Install; returns the prefix and the library's folder."""
        run("meson", "install", "-C", self.build, "--no-rebuild", "--quiet", "--destdir",
            self.destdir)
        pc, = self.destdir.rglob("umaple.pc")
        prefix, = (line.split("=")[1] for line in pc.read_text().splitlines()
                   if line.startswith("prefix="))
        return self.destdir / prefix.lstrip("/"), pc.parent.parent

    def check(self, folder, libdir=None):
        env = dict(os.environ)
        if libdir:
            env["LD_LIBRARY_PATH"] = str(libdir)
        for expected in sorted(self.examples.glob("*.expected")):
            output = run(folder / expected.stem, env=env)
            assert output == expected.read_text(), f"{expected.stem}: {output}"


def examples_build_with_pkg_config(outside):
    prefix, libdir = outside.install()
    tool = f"pkg-config --define-variable=prefix={prefix}"
    env = dict(os.environ, PKG_CONFIG_PATH=str(libdir / "pkgconfig"), PKG_CONFIG=tool)
    assert str(prefix) in run(*tool.split(), "--cflags", "umaple", env=env)
    run("make", "-s", "-j2", cwd=outside.examples, env=env)
    outside.check(outside.examples, libdir)


def examples_build_with_cmake(outside):
    prefix, libdir = outside.install()
    build = outside.examples / "build"
    run("cmake", "-S", outside.examples, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
    assert str(prefix) in (build / "CMakeCache.txt").read_text()
    run("cmake", "--build", build, "-j2")
    outside.check(build)


def examples_build_with_a_subproject(outside):
    (outside.examples / "subprojects").mkdir()
    (outside.examples / "subprojects/umaple").symlink_to(outside.source)
    shutil.copy(outside.examples / "subproject/meson.build", outside.examples)
    build = outside.examples / "build"
    run("meson", "setup", "--force-fallback-for=umaple", build, outside.examples)
    run("ninja", "-j2", "-C", build)
    outside.check(build)
    built = {path.name for path in build.rglob("*") if os.access(path, os.X_OK) and path.is_file()}
    assert "reapbench" not in built, built
    made = set(path.name for path in build.rglob("*.a"))
    assert made and all(name.startswith("libumaple") for name in made), made


WAYS = {"pkg-config": (examples_build_with_pkg_config, ["make", "pkg-config"]),
        "cmake": (examples_build_with_cmake, ["cmake", "make"]),
        "meson": (examples_build_with_a_subproject, ["meson", "ninja"])}


def main():
    case, needed = WAYS[sys.argv[1]]
    source, build = map(pathlib.Path, sys.argv[2:])
    for program in needed:
        if not shutil.which(program):
            tap.skip_all(f"no {program} here")
    # The outer ninja's and meson's settings are not those of the programs outside.
    for name in ("MAKEFLAGS", "DESTDIR", "LD_LIBRARY_PATH"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        return tap.run([case], Outside(source, build, pathlib.Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
