# SPDX-License-Identifier: GPL-2.0-only
# From lib/test_maple_tree.c, prints one KERNEL_TEST(name) for each function that
# maple_tree_seed() calls to test something, once each. The small helpers it calls between them,
# the tree's own calls and the benchmarks, which are switched off, are left out.
/maple_tree_seed\(void\)/ { inside = 1 }
inside && /^}/ { exit }
inside && /^\t[a-z_0-9]+\((&tree[,)]|\))/ {
	name = $0
	sub(/^\t/, "", name)
	sub(/\(.*/, "", name)
	if (name ~ /^(mt_|mtree_|bench_|rcu_|pr_)/ || name ~ /^check_(load|insert|dup_insert)$/)
		next
	if (!(name in seen))
		print "KERNEL_TEST(" name ")"
	seen[name] = 1
}
