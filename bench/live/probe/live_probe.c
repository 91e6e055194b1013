// SPDX-License-Identifier: GPL-2.0-only
/* Loads probe.bpf.c, tells it whom to watch, and adds up what the CPUs have counted. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "live/probe/live_probe.h"
#include "live/probe/probe_internal.h"
#include "probe.skel.h"

struct live_probe {
	struct probe_bpf *skel;
	int nr_cpus;
	struct probe_counts *counts; /* one for each possible CPU */
	struct probe_spins *spins;
	uint64_t missed; /* when armed */
};

/* libbpf hands its messages to a function without an argument of ours. */
static char libbpf_says[256];

static int note_message(enum libbpf_print_level level, const char *format, va_list ap)
{
	if (level == LIBBPF_WARN && !libbpf_says[0]) {
		vsnprintf(libbpf_says, sizeof(libbpf_says), format, ap);
		libbpf_says[strcspn(libbpf_says, "\n")] = '\0';
	}
	return 0;
}

/* The number of an event's arguments, besides the tracer's own. */
static int nr_arguments(const struct btf *kernel, const char *event)
{
	const struct btf_type *type;
	char name[64];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", event);
	id = btf__find_by_name_kind(kernel, name, BTF_KIND_TYPEDEF);
	type = id > 0 ? btf__type_by_id(kernel, id) : NULL;
	if (type)
		type = btf__type_by_id(kernel, type->type);
	if (type && btf_is_ptr(type))
		type = btf__type_by_id(kernel, type->type);
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : -1;
}

/* Where a per-CPU variable lies among the others, or -1. */
static int64_t percpu_offset(const struct btf *kernel, const char *name)
{
	int section = btf__find_by_name_kind(kernel, ".data..percpu", BTF_KIND_DATASEC);
	const struct btf_type *all = section > 0 ? btf__type_by_id(kernel, section) : NULL;

	for (int i = 0; all && i < btf_vlen(all); i++) {
		const struct btf_var_secinfo *var = btf_var_secinfos(all) + i;
		const struct btf_type *type = btf__type_by_id(kernel, var->type);

		if (!strcmp(btf__name_by_offset(kernel, type->name_off), name))
			return var->offset;
	}
	return -1;
}

static int64_t swap_behind_rq(const struct btf *kernel)
{
	int64_t rq = percpu_offset(kernel, "runqueues");
	int64_t swap = percpu_offset(kernel, "percpu_swap_cluster");

	return rq < 0 || swap < 0 ? 0 : swap - rq;
}

/* Leave out the programs that this kernel has no event for; some of the events must be there. */
static int choose_programs(struct probe_bpf *skel, const struct btf *kernel, bool functions,
			   char *err, size_t errlen)
{
	static const char *const optional[] = {"tlb_flush", "rss_stat"};
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, skel->obj)
	{
		const char *section = bpf_program__section_name(prog);
		const char *event = bpf_program__name(prog);
		bool needed = true;

		if (strncmp(section, "tp_btf/", strlen("tp_btf/"))) {
			if (strncmp(section, "iter/", strlen("iter/")) && !functions)
				bpf_program__set_autoload(prog, false);
			continue;
		}
		if (nr_arguments(kernel, event) >= 0)
			continue;
		for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
			needed = needed && strcmp(event, optional[i]);
		if (needed) {
			snprintf(err, errlen,
				 "this kernel has no event %s; the probe needs Linux 6.1 or newer",
				 event);
			return -EOPNOTSUPP;
		}
		bpf_program__set_autoload(prog, false);
	}
	return 0;
}

/* Some kernels have tracepoints, but do not let BPF programs attach to functions. */
static int load(struct probe_bpf **skel, const struct btf *kernel, bool functions, char *err,
		size_t errlen)
{
	int ret;

	libbpf_says[0] = '\0';
	*skel = probe_bpf__open();
	if (!*skel) {
		ret = -errno;
		snprintf(err, errlen, "the BPF probe does not open: %s", strerror(-ret));
		return ret;
	}
	ret = choose_programs(*skel, kernel, functions, err, errlen);
	if (ret)
		goto fail;
	(*skel)->rodata->mmap_lock_has_path = nr_arguments(kernel, "mmap_lock_released") > 2;
	/* The iterator gets its link when there is a process to look for. */
	bpf_program__set_autoattach((*skel)->progs.find_process, false);
	ret = probe_bpf__load(*skel);
	if (!ret)
		ret = probe_bpf__attach(*skel);
	if (ret == -EPERM)
		snprintf(err, errlen, "the BPF probe needs root (CAP_BPF, CAP_PERFMON)");
	else if (ret)
		snprintf(err, errlen, "the BPF probe does not load: %s",
			 libbpf_says[0] ? libbpf_says : strerror(-ret));
	if (!ret)
		return 0;
fail:
	probe_bpf__destroy(*skel);
	*skel = NULL;
	return ret;
}

static unsigned int nr_nodes(void)
{
	unsigned int nodes = 1;
	char path[64];

	for (unsigned int i = 1; i < PROBE_NODES; i++) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u", i);
		if (!access(path, F_OK))
			nodes = i + 1;
	}
	return nodes;
}

int live_probe_open(struct live_probe **result, char *err, size_t errlen)
{
	struct live_probe *probe = calloc(1, sizeof(*probe));
	libbpf_print_fn_t before;
	struct btf *kernel = NULL;
	int ret;

	*result = NULL;
	if (!probe) {
		snprintf(err, errlen, "no memory for the BPF probe");
		return -ENOMEM;
	}
	before = libbpf_set_print(note_message);
	ret = libbpf_num_possible_cpus();
	if (ret < 0) {
		snprintf(err, errlen, "the number of CPUs is unknown: %s", strerror(-ret));
		goto fail;
	}
	probe->nr_cpus = ret;
	probe->counts = calloc(probe->nr_cpus, sizeof(*probe->counts));
	probe->spins = calloc(probe->nr_cpus, sizeof(*probe->spins));
	if (!probe->counts || !probe->spins) {
		snprintf(err, errlen, "no memory for the BPF probe");
		ret = -ENOMEM;
		goto fail;
	}
	kernel = btf__load_vmlinux_btf();
	if (!kernel) {
		snprintf(err, errlen, "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)");
		ret = -EOPNOTSUPP;
		goto fail;
	}
	ret = load(&probe->skel, kernel, true, err, errlen);
	if (ret)
		ret = load(&probe->skel, kernel, false, err, errlen);
	if (ret)
		goto fail;
	probe->skel->data->watch.nr_nodes = nr_nodes();
	probe->skel->data->watch.swap_behind_rq = swap_behind_rq(kernel);
	btf__free(kernel);
	libbpf_set_print(before);
	*result = probe;
	return 0;
fail:
	btf__free(kernel);
	libbpf_set_print(before);
	live_probe_close(probe);
	return ret;
}

static void disarm(struct live_probe *probe)
{
	struct probe_watch *watch = &probe->skel->data->watch;

	for (int role = 0; role < NR_LIVE_ROLES; role++)
		__atomic_store_n(&watch->tgid[role], PROBE_NOBODY, __ATOMIC_SEQ_CST);
	__atomic_store_n(&watch->mm, 0, __ATOMIC_SEQ_CST);
}

static int empty_map(const struct bpf_map *map, size_t key_size)
{
	char key[sizeof(struct probe_sleeper)];
	int fd = bpf_map__fd(map), ret;

	if (key_size > sizeof(key))
		return -EINVAL;
	while (!(ret = bpf_map_get_next_key(fd, NULL, key))) {
		ret = bpf_map_delete_elem(fd, key);
		if (ret && ret != -ENOENT)
			return ret;
	}
	return ret == -ENOENT ? 0 : ret;
}

/* Events that came while another program of ours ran on that CPU, since the probe was opened. */
static uint64_t missed(const struct live_probe *probe)
{
	struct bpf_program *prog;
	uint64_t sum = 0;

	bpf_object__for_each_program(prog, probe->skel->obj)
	{
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);

		if (!bpf_program__autoload(prog) ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size))
			continue;
		sum += info.recursion_misses;
	}
	return sum;
}

static int forget(struct live_probe *probe)
{
	struct probe_watch *watch = &probe->skel->data->watch;
	struct probe_bpf *skel = probe->skel;
	const __u32 zero = 0;
	int ret;

	memset(&skel->bss->seen, 0, sizeof(skel->bss->seen));
	memset(&watch->ptl, 0, sizeof(watch->ptl));
	memset(&watch->clusters, 0, sizeof(watch->clusters));
	watch->ptl.element = 1;
	watch->clusters.element = 1;
	memset(probe->counts, 0, probe->nr_cpus * sizeof(*probe->counts));
	memset(probe->spins, 0, probe->nr_cpus * sizeof(*probe->spins));
	ret = bpf_map_update_elem(bpf_map__fd(skel->maps.counts), &zero, probe->counts, BPF_ANY);
	if (!ret)
		ret = bpf_map_update_elem(bpf_map__fd(skel->maps.spins), &zero, probe->spins,
					  BPF_ANY);
	if (!ret)
		ret = empty_map(skel->maps.known, sizeof(__u64));
	if (!ret)
		ret = empty_map(skel->maps.sleeps, sizeof(struct probe_sleeper));
	return ret;
}

/* Let the kernel visit a process in our PID namespace; the program notes all about it. */
static int find(struct live_probe *probe, pid_t pid, enum live_role role)
{
	struct probe_watch *watch = &probe->skel->data->watch;
	union bpf_iter_link_info which = {.task = {.pid = pid}};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &which,
		    .link_info_len = sizeof(which));
	struct bpf_link *link;
	char nothing[64];
	ssize_t got;
	int fd, ret;

	if (pid <= 0)
		return -ESRCH;
	watch->looking_for = role;
	watch->found[role] = PROBE_NOBODY;
	link = bpf_program__attach_iter(probe->skel->progs.find_process, &opts);
	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	ret = fd < 0 ? fd : 0;
	if (!ret) {
		do
			got = read(fd, nothing, sizeof(nothing));
		while (got > 0 || (got < 0 && errno == EINTR));
		ret = got < 0 ? -errno : 0;
		close(fd);
	}
	bpf_link__destroy(link);
	if (!ret && watch->found[role] == PROBE_NOBODY)
		ret = -ESRCH;
	return ret;
}

int live_probe_arm(struct live_probe *probe, pid_t victim, pid_t reaper)
{
	struct probe_watch *watch = &probe->skel->data->watch;
	int ret;

	disarm(probe);
	if (victim == reaper)
		return -ESRCH;
	ret = forget(probe);
	if (!ret)
		ret = find(probe, victim, LIVE_EXIT);
	watch->found[LIVE_REAPER] = PROBE_NOBODY;
	if (!ret && reaper)
		ret = find(probe, reaper, LIVE_REAPER);
	if (ret) {
		disarm(probe);
		return ret;
	}
	probe->missed = missed(probe);
	for (int role = 0; role < NR_LIVE_ROLES; role++)
		__atomic_store_n(&watch->tgid[role], watch->found[role], __ATOMIC_SEQ_CST);
	return 0;
}

static void add_cpu(struct live_figures *figures, const struct probe_counts *cpu)
{
	for (int role = 0; role < NR_LIVE_ROLES; role++) {
		for (int class = 0; class < NR_LIVE_CLASSES; class ++) {
			const struct probe_waits *waits = &cpu->lock[role][class];
			struct live_lock *lock = &figures->lock[class];

			lock->contended[role] += waits->contended;
			lock->wait_ns[role] += waits->wait_ns;
			if (waits->wait_max_ns > lock->wait_max_ns[role])
				lock->wait_max_ns[role] = waits->wait_max_ns;
		}
	}
}

static void add_pages(struct live_figures *figures, const struct live_probe *probe)
{
	for (int role = 0; role < NR_LIVE_ROLES; role++) {
		int64_t pages = 0;

		for (int cpu = 0; cpu < probe->nr_cpus; cpu++)
			pages += probe->counts[cpu].pages[role];
		figures->pages[role] = pages > 0 ? pages : 0;
	}
}

int live_probe_read(struct live_probe *probe, struct live_figures *figures)
{
	const struct probe_seen *seen = &probe->skel->bss->seen;
	const __u32 zero = 0;
	int ret;

	disarm(probe);
	memset(figures, 0, sizeof(*figures));
	ret = bpf_map_lookup_elem(bpf_map__fd(probe->skel->maps.counts), &zero, probe->counts);
	if (ret)
		return ret;
	for (int cpu = 0; cpu < probe->nr_cpus; cpu++)
		add_cpu(figures, &probe->counts[cpu]);
	add_pages(figures, probe);
	figures->exit_mmap_start_ns = seen->exit_start;
	figures->exit_mmap_end_ns = seen->exit_end;
	if (seen->exit_start && seen->exit_end)
		figures->exit_mmap_ns = seen->exit_end - seen->exit_start;
	if (seen->exit_start && seen->unmap_end)
		figures->unmap_vmas_ns = seen->unmap_end - seen->exit_start;
	figures->reap_start_ns = seen->reap_start;
	figures->reap_end_ns = seen->reap_end;
	figures->reap_ns = seen->reap_ns;
	figures->tlb_ipis = seen->ipis;
	if (seen->exit_start)
		figures->tlb_ipis_detached = seen->ipis - seen->ipis_attached;
	for (int role = 0; role < NR_LIVE_ROLES; role++)
		figures->unmap_ns[role] = seen->unmap_ns[role];
	figures->missed = missed(probe) - probe->missed;
	return 0;
}

void live_probe_close(struct live_probe *probe)
{
	if (!probe)
		return;
	probe_bpf__destroy(probe->skel);
	free(probe->counts);
	free(probe->spins);
	free(probe);
}
