#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: the kernel's userspace tests can fail on our tree. They run on a tree that lies, and on
trees with a planted mistake, and each time the check that is for it has to notice. Wrong looks like a
broken tree that passes.

usage: test_user_tests_fail.py PROGRAM...
"""
import os
import subprocess
import sys

import tap


def start(program, test, broken=""):
    path, = [path for path in sys.argv[1:] if os.path.basename(path) == program]
    return subprocess.run([path, test], env=dict(os.environ, BROKEN_CALL=broken), timeout=120,
                          capture_output=True, text=True, errors="replace", check=False)


def run(program, test, broken=""):
    """The exit status, the names of the cases that failed, and what the checks said."""
    done = start(program, test, broken)
    return done.returncode, [line.split()[-1] for line in done.stdout.splitlines()
                             if line.startswith("not ok ")], done.stderr


def expect(test, broken, *checks):
    status, failed, said = run("broken_user_tests", test, broken)
    assert status == 1 and failed == [test], (status, failed, said)
    for check in checks:
        assert f"check failed in {check}\n" in said, said


def expect_planted(name, test, *signs):
    """What readers find in memory that is not theirs may also end the program."""
    status, _, said = run("user_tests_" + name, test)
    assert status != 0, said
    assert any(sign in said for sign in signs), (status, said)


def a_lost_erase_is_noticed():
    expect("check_erase_testset", "mtree_erase")


def a_store_that_check_locky_loses_is_noticed():
    expect("check_locky", "mas_store", "check_stored: mtree_load(mt, first) != stored")


def a_store_that_check_vma_modification_loses_is_noticed():
    expect("check_vma_modification", "mas_store_prealloc",
           "check_stored: mtree_load(mt, first) != stored")


def what_check_locky_did_not_store_is_noticed():
    expect("check_locky", "stray", "check_only: mas_find(&mas, ULONG_MAX)")


def what_check_vma_modification_did_not_store_is_noticed():
    expect("check_vma_modification", "stray", "check_only: mas.index != first")


def a_node_published_early_is_noticed():
    expect_planted("early_publish", "append_beside_readers", "check failed in rcu_loop: ")


def a_node_freed_without_a_grace_period_is_noticed():
    expect_planted("no_grace_period", "append_beside_readers", "check failed in rcu_loop: ",
                   "assertion failed")


def a_lost_gap_is_noticed():
    expect_planted("lost_gap", "check_rcu_simulated", "(I10)")


# By the test that has to notice.
CASES = {
    "check_erase_testset": [a_lost_erase_is_noticed],
    "check_rcu_simulated": [a_lost_gap_is_noticed],
    "append_beside_readers": [a_node_published_early_is_noticed,
                              a_node_freed_without_a_grace_period_is_noticed],
    "check_locky": [a_store_that_check_locky_loses_is_noticed,
                    what_check_locky_did_not_store_is_noticed],
    "check_vma_modification": [a_store_that_check_vma_modification_loses_is_noticed,
                               what_check_vma_modification_did_not_store_is_noticed],
}


def main():
    there = []

    def nothing_fails_if_nothing_is_broken():
        for test in there:
            status, failed, said = run("broken_user_tests", test)
            assert status == 0 and not failed, said

    cases = [nothing_fails_if_nothing_is_broken]
    for test, its_cases in CASES.items():
        if "# SKIP" in start("broken_user_tests", test).stdout:
            print(f"# left out, since this kernel source has no {test}: "
                  + ", ".join(case.__name__ for case in its_cases))
        else:
            there.append(test)
            cases += its_cases
    if not there:
        tap.skip_all("this kernel source has none of the functions")
    return tap.run(cases)


if __name__ == "__main__":
    sys.exit(main())
