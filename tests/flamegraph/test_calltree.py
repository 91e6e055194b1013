#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Description: calltree prints each function with its share of its caller, the heaviest first, and
functions that are left out are still counted. Expected tables are made by hand. Wrong is a
percentage of something else, an order that depends on the input's, or lines of one caller that do not add up.

usage: test_calltree.py FOLDER_OF_THE_FILTERS
"""
import re
import sys

import tap
from filters import good, refused

FOLDED = """\
oom_reaper;tlb_finish_mmu 200
oom_reaper;unmap_page_range 80
oom_reaper;unmap_page_range;__pte_offset_map_lock 420
oom_reaper;unmap_page_range;__pte_offset_map_lock;slowpath 0
oom_reaper;unmap_page_range;folio_remove_rmap_ptes 296
oom_reaper;unmap_page_range;put_page 2
oom_reaper;unmap_page_range;folio_mark_accessed 2
exit;unmap_page_range 1000
"""


def a_line_is_a_share_of_the_line_above_it():
    text = good("calltree", stdin=FOLDED)
    assert text == """\
|--50.00%-- exit
| |--100.00%-- unmap_page_range
|--50.00%-- oom_reaper
| |--80.00%-- unmap_page_range
| | |--10.00%-- [hit in function]
| | |--52.50%-- __pte_offset_map_lock
| | |--37.00%-- folio_remove_rmap_ptes
| | |--0.25%-- folio_mark_accessed
| | |--0.25%-- put_page
| |--20.00%-- tlb_finish_mmu
""", text


def the_order_of_the_input_does_not_matter():
    backwards = "".join(reversed(FOLDED.splitlines(True)))
    assert good("calltree", stdin=backwards) == good("calltree", stdin=FOLDED)


def shares_may_be_of_all():
    text = good("calltree", "--relative", "root", stdin=FOLDED)
    assert "| | |--21.00%-- __pte_offset_map_lock\n" in text, text
    assert good("calltree", "-R", "parent", stdin=FOLDED) == good("calltree", stdin=FOLDED)


def functions_that_are_left_out_are_counted():
    text = good("calltree", "--min", "0.2", "-c", "oom_reaper", stdin=FOLDED)
    assert "put_page" in text, text
    text = good("calltree", "--min", "0.201", "-c", "oom_reaper", stdin=FOLDED)
    assert text.splitlines()[1:6] == ["| |--80.00%-- unmap_page_range",
                                      "| | |--10.00%-- [hit in function]",
                                      "| | |--52.50%-- __pte_offset_map_lock",
                                      "| | |--37.00%-- folio_remove_rmap_ptes",
                                      "| | |--0.50%-- [others]"], text
    text = good("calltree", "--min", "0.5", "-c", "oom_reaper", stdin=FOLDED)
    assert "[others]" not in text, text


def no_deeper_than_asked():
    text = good("calltree", "--depth", "2", stdin=FOLDED)
    assert text == """\
|--50.00%-- exit
| |--100.00%-- unmap_page_range
|--50.00%-- oom_reaper
| |--80.00%-- unmap_page_range
| |--20.00%-- tlb_finish_mmu
""", text


def one_thread_and_one_function_can_be_asked_for():
    text = good("calltree", "--comm", "oom_reaper", "--root", "unmap_page_range", "--depth", "2",
                "--min", "1", stdin=FOLDED)
    assert text == """\
|--100.00%-- unmap_page_range
| |--10.00%-- [hit in function]
| |--52.50%-- __pte_offset_map_lock
| |--37.00%-- folio_remove_rmap_ptes
""", text
    refused("calltree", "--root", "nothing", stdin=FOLDED, words=("'nothing'",))
    refused("calltree", "-c", "kswapd0", stdin=FOLDED, words=("'kswapd0'",))


def the_share_of_one_function_is_counted_once_per_stack():
    assert good("calltree", "-c", "oom_reaper", "--root", "unmap_page_range", "--share",
                "__pte_offset_map_lock", stdin=FOLDED) == "52.50\n"
    assert good("calltree", "-s", "unmap_page_range", stdin=FOLDED) == "90.00\n"
    assert good("calltree", "--share", "nothing", stdin=FOLDED) == "0.00\n"
    assert good("calltree", "--share", "f", stdin="a;f;g;f 3\na;g;f 1\na;ff 4\n") == "50.00\n"
    refused("calltree", "--root", "nothing", "--share", "exit", stdin=FOLDED, words=("'nothing'",))


def the_lines_under_one_caller_add_up():
    lines = "".join(f"f{i % 3};g{i % 7};h{i % 11};k{i} {i % 13}\n" for i in range(500))
    sums = {}
    path = []
    for line in good("calltree", "--min", "0", stdin=lines).splitlines():
        bars, share, name = re.fullmatch(r"((?:\| )*)\|--([\d.]+)%-- (.*)", line).groups()
        del path[len(bars) // 2:]
        sums[tuple(path)] = sums.get(tuple(path), 0) + float(share)
        path.append(name)
    assert len(sums) > 30, sums
    for caller, total in sums.items():
        assert abs(total - 100) < 0.5, (caller, total)


def functions_have_the_names_of_the_wanted_kernel():
    newer = "oom_reaper;zap_vma_for_reaping;__zap_vma_range;swap_put_entries_direct 3\n" \
            "oom_reaper;zap_vma_for_reaping;__zap_vma_range_[k];own 1\n"
    text = good("calltree", "--names", "6.12", "--depth", "3", stdin=newer)
    assert text == """\
|--100.00%-- oom_reaper
| |--100.00%-- zap_vma_for_reaping
| | |--75.00%-- unmap_page_range
| | |--25.00%-- unmap_page_range_[k]
""", text
    # The wanted names are also those that --root and --share take.
    assert good("calltree", "-n", "6.12", "--root", "unmap_page_range", "--share",
                "free_swap_and_cache_nr", stdin=newer) == "100.00\n"
    refused("calltree", "-n", "7.3", "--root", "unmap_page_range", stdin=newer,
            words=("'unmap_page_range'",))
    ours = "oom_reaper;reap_vma;unmap_page_range;free_swap_and_cache_nr 1\n"
    assert "zap_vma_for_reaping\n| | |--100.00%-- __zap_vma_range\n" in \
        good("calltree", "--names", "7.3", stdin=ours)
    assert good("calltree", "--names", "6.12", stdin=ours) == good("calltree", stdin=ours)


def deep_stacks_need_no_recursion():
    text = good("calltree", "--depth", "1", stdin=";".join(["f"] * 200000) + " 1\n")
    assert text == "|--100.00%-- f\n"


def weights_up_to_2_to_the_63_are_exact():
    assert good("calltree", stdin=f"a {(1 << 62) + 1}\nb {(1 << 62) - 1}\n") == \
        "|--50.00%-- a\n|--50.00%-- b\n"


def bad_input_and_usage_are_refused():
    refused("calltree", stdin="", words=("standard input: there are no stacks",))
    refused("calltree", stdin="a;b\n", words=("standard input:1:", "fold"))
    refused("calltree", stdin="a 0\n", words=("all weights are 0",))
    for option, value in (("--min", "-1"), ("--min", "101"), ("--min", "x"), ("--depth", "0"),
                          ("--depth", "x"), ("--relative", "mother"), ("--relative", ""),
                          ("--names", "6.18"), ("--names", "")):
        refused("calltree", option, value, stdin=FOLDED, status=2, words=(option, f"'{value}'"))
    refused("calltree", "a", "b", status=2, words=("one file",))
    refused("calltree", "--nonsense", status=2, words=("--nonsense",))


CASES = (a_line_is_a_share_of_the_line_above_it, the_order_of_the_input_does_not_matter,
         shares_may_be_of_all, functions_that_are_left_out_are_counted, no_deeper_than_asked,
         one_thread_and_one_function_can_be_asked_for,
         the_share_of_one_function_is_counted_once_per_stack, the_lines_under_one_caller_add_up,
         functions_have_the_names_of_the_wanted_kernel, deep_stacks_need_no_recursion, weights_up_to_2_to_the_63_are_exact,
         bad_input_and_usage_are_refused)

if __name__ == "__main__":
    sys.exit(tap.run(CASES))
