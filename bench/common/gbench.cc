// SPDX-License-Identifier: GPL-2.0-only
//
// The C wrapper over Google Benchmark (1.7.1). Every function that may allocate catches C++
// exceptions and returns -errno.

#include "gbench.h"

#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <new>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

// Lives on the stack of CBenchmark::Run(), one for each thread of a run.
struct gbench_state {
	benchmark::State &in;
	int64_t arg;
};

namespace
{

std::atomic<size_t> nr_failed;

// Run @body; no exception gets past this.
template <typename Body> int guarded(Body &&body) noexcept
{
	try {
		return body();
	} catch (const std::bad_alloc &) {
		return -ENOMEM;
	} catch (...) {
		return -EIO;
	}
}

bool options_valid(const struct gbench_options &o)
{
	if (o.iterations < 0 || o.min_time < 0 || o.repetitions < 0)
		return false;
	if (o.iterations && o.min_time > 0) // the library aborts on both
		return false;
	if (o.unit < GBENCH_NS || o.unit > GBENCH_S)
		return false;
	if (o.clock < GBENCH_CLOCK_CPU || o.clock > GBENCH_CLOCK_MANUAL)
		return false;
	if ((o.nr_args && !o.args) || (o.nr_threads && !o.threads))
		return false;
	for (size_t i = 0; i < o.nr_threads; i++)
		if (o.threads[i] < 1)
			return false;
	return true;
}

const benchmark::TimeUnit units[] = {benchmark::kNanosecond, benchmark::kMicrosecond,
				     benchmark::kMillisecond, benchmark::kSecond};

// A benchmark that is not registered yet, so that a failure half-way registers nothing.
class CBenchmark : public benchmark::internal::Benchmark
{
      public:
	CBenchmark(const char *name, gbench_fn fn, void *user)
	    : Benchmark(name), fn_(fn), user_(user)
	{
	}

	void Configure(const struct gbench_options &o)
	{
		Unit(units[o.unit]);
		if (o.clock == GBENCH_CLOCK_REAL)
			UseRealTime();
		else if (o.clock == GBENCH_CLOCK_MANUAL)
			UseManualTime();
		if (o.process_cpu)
			MeasureProcessCPUTime();
		if (o.iterations)
			Iterations(o.iterations);
		if (o.min_time > 0)
			MinTime(o.min_time);
		if (o.repetitions)
			Repetitions(o.repetitions);
		has_arg_ = o.nr_args > 0;
		for (size_t i = 0; i < o.nr_args; i++)
			Arg(o.args[i]);
		for (size_t i = 0; i < o.nr_threads; i++)
			Threads(o.threads[i]);
	}

	void Run(benchmark::State &state) override
	{
		struct gbench_state seen = {state, has_arg_ ? state.range(0) : 0};

		fn_(&seen, user_);
	}

      private:
	gbench_fn fn_;
	void *user_;
	bool has_arg_ = false;
};

using Run = benchmark::BenchmarkReporter::Run;

// The runs of each name, names in the order of their first run.
class Families
{
      public:
	void Add(const Run &run)
	{
		Run kept = run;

		// What the library appends to a name.
		for (std::string *part : {&kept.run_name.min_time, &kept.run_name.min_warmup_time,
					  &kept.run_name.iterations, &kept.run_name.repetitions,
					  &kept.run_name.time_type})
			part->clear();
		auto place = places_.emplace(kept.benchmark_name(), families_.size()).first;

		if (place->second == families_.size())
			families_.emplace_back();
		kept.family_index = place->second;
		kept.per_family_instance_index = 0;
		kept.repetition_index = families_[place->second].size();
		families_[place->second].push_back(std::move(kept));
	}

	std::string Json()
	{
		std::ostringstream text;
		benchmark::JSONReporter reporter;

		reporter.SetOutputStream(&text);
		reporter.SetErrorStream(&text);
		reporter.ReportContext({});
		for (std::vector<Run> &family : families_) {
			for (Run &run : family)
				run.repetitions = family.size();
			reporter.ReportRuns(family);
		}
		reporter.Finalize();
		return text.str();
	}

      private:
	std::map<std::string, size_t> places_;
	std::vector<std::vector<Run>> families_;
};

// Hands each run to a C function, keeps it if asked to, and prints nothing.
class QuietReporter : public benchmark::BenchmarkReporter
{
      public:
	QuietReporter(gbench_report_fn report, void *user, Families *families)
	    : report_(report), user_(user), families_(families)
	{
	}

	bool ReportContext(const Context &) override
	{
		return true;
	}

	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs) {
			if (run.run_type != Run::RT_Iteration)
				continue;
			if (families_)
				families_->Add(run);
			if (!report_)
				continue;
			const std::string name = run.benchmark_name();
			struct gbench_report report = {};
			report.name = name.c_str();
			report.error = run.error_occurred ? run.error_message.c_str() : nullptr;
			report.iterations = run.iterations;
			report.real_seconds = run.real_accumulated_time;
			report.cpu_seconds = run.cpu_accumulated_time;
			report.internal = &run;
			report_(&report, user_);
		}
	}

      private:
	gbench_report_fn report_;
	void *user_;
	Families *families_;
};

int summarize(size_t matched, struct gbench_summary *summary)
{
	const size_t failed = nr_failed;

	if (summary) {
		summary->matched = matched;
		summary->failed = failed;
	}
	if (!matched)
		return -ENOENT;
	return failed ? -ECANCELED : 0;
}

// The library takes flags from the environment at start-up. Setting the defaults undoes them.
void undo_environment()
{
	char *program = program_invocation_name;
	char filter[] = "--benchmark_filter=";
	char repetitions[] = "--benchmark_repetitions=1";
	char interleaving[] = "--benchmark_enable_random_interleaving=false";
	char min_time[] = "--benchmark_min_time=0.5";
	char out[] = "--benchmark_out=";
	char list[] = "--benchmark_list_tests=false";
	char counters[] = "--benchmark_perf_counters=";
	char *argv[] = {program, filter, repetitions, interleaving, min_time,
			out,	 list,	 counters,    nullptr};
	int argc = sizeof(argv) / sizeof(argv[0]) - 1;

	benchmark::Initialize(&argc, argv);
}

} // namespace

extern "C" int gbench_init(int *argc, char **argv)
{
	return guarded([&] {
		benchmark::Initialize(argc, argv);
		return benchmark::ReportUnrecognizedArguments(*argc, argv) ? -EINVAL : 0;
	});
}

extern "C" int gbench_register(const char *name, gbench_fn fn, void *user,
			       const struct gbench_options *options)
{
	const struct gbench_options defaults = {};
	const struct gbench_options &o = options ? *options : defaults;

	if (!name || !name[0] || !fn || !options_valid(o))
		return -EINVAL;
	return guarded([&] {
		CBenchmark *made = new CBenchmark(name, fn, user);

		try {
			made->Configure(o);
		} catch (...) {
			delete made;
			throw;
		}
		// Takes ownership at once, so that a failure in it frees the benchmark too.
		benchmark::internal::RegisterBenchmarkInternal(made);
		return 0;
	});
}

extern "C" int gbench_run(struct gbench_summary *summary)
{
	nr_failed = 0;
	return guarded([&] { return summarize(benchmark::RunSpecifiedBenchmarks(), summary); });
}

static int run_quiet(gbench_report_fn report, void *user, char **json,
		     struct gbench_summary *summary)
{
	nr_failed = 0;
	return guarded([&] {
		Families families;
		QuietReporter reporter(report, user, json ? &families : nullptr);

		undo_environment();
		const size_t matched = benchmark::RunSpecifiedBenchmarks(&reporter, ".");

		if (json && matched) {
			*json = strdup(families.Json().c_str());
			if (!*json)
				return -ENOMEM;
		}
		return summarize(matched, summary);
	});
}

extern "C" int gbench_run_quiet(gbench_report_fn report, void *user, struct gbench_summary *summary)
{
	return run_quiet(report, user, nullptr, summary);
}

extern "C" int gbench_run_recorded(gbench_report_fn report, void *user, char **json,
				   struct gbench_summary *summary)
{
	*json = nullptr;
	return run_quiet(report, user, json, summary);
}

extern "C" int gbench_matches(const char *filter, const char *name)
{
	const bool turned = filter[0] == '-';

	return guarded([&] {
		try {
			const std::regex wanted(filter + turned, std::regex::ECMAScript);

			return int(std::regex_search(name, wanted) != turned);
		} catch (const std::regex_error &) {
			return -EINVAL;
		}
	});
}

extern "C" bool gbench_report_counter(const struct gbench_report *report, const char *name,
				      double *value)
{
	bool found = false;

	guarded([&] {
		auto run = static_cast<const benchmark::BenchmarkReporter::Run *>(report->internal);
		auto it = run->counters.find(name);

		if (it != run->counters.end()) {
			*value = it->second.value;
			found = true;
		}
		return 0;
	});
	return found;
}

extern "C" void gbench_clear(void)
{
	benchmark::ClearRegisteredBenchmarks();
}

extern "C" bool gbench_keep_running(struct gbench_state *state)
{
	return state->in.KeepRunning();
}

extern "C" bool gbench_keep_running_batch(struct gbench_state *state, int64_t n)
{
	return state->in.KeepRunningBatch(n);
}

extern "C" void gbench_set_iteration_time(struct gbench_state *state, double seconds)
{
	state->in.SetIterationTime(seconds);
}

extern "C" void gbench_pause_timing(struct gbench_state *state)
{
	state->in.PauseTiming();
}

extern "C" void gbench_resume_timing(struct gbench_state *state)
{
	state->in.ResumeTiming();
}

extern "C" int gbench_counter(struct gbench_state *state, const char *name, double value,
			      enum gbench_counter_kind kind)
{
	benchmark::Counter::Flags flags;

	switch (kind) {
	case GBENCH_COUNTER_PLAIN:
		flags = benchmark::Counter::kDefaults;
		break;
	case GBENCH_COUNTER_RATE:
		flags = benchmark::Counter::kIsRate;
		break;
	case GBENCH_COUNTER_AVERAGE:
		flags = benchmark::Counter::kAvgThreads;
		break;
	case GBENCH_COUNTER_PER_ITER:
		flags = benchmark::Counter::kAvgIterations;
		break;
	default:
		return -EINVAL;
	}
	if (!std::isfinite(value))
		return -EDOM;
	return guarded([&] {
		state->in.counters[name] = benchmark::Counter(value, flags);
		return 0;
	});
}

extern "C" int gbench_set_items_processed(struct gbench_state *state, int64_t items)
{
	return guarded([&] {
		state->in.SetItemsProcessed(items);
		return 0;
	});
}

extern "C" int gbench_set_label(struct gbench_state *state, const char *label)
{
	return guarded([&] {
		state->in.SetLabel(label);
		return 0;
	});
}

extern "C" void gbench_skip_with_error(struct gbench_state *state, const char *message)
{
	guarded([&] {
		if (!state->in.error_occurred())
			nr_failed++;
		state->in.SkipWithError(message);
		return 0;
	});
}

extern "C" int64_t gbench_arg(const struct gbench_state *state)
{
	return state->arg;
}

extern "C" int64_t gbench_iterations(const struct gbench_state *state)
{
	return state->in.iterations();
}

extern "C" int gbench_thread_index(const struct gbench_state *state)
{
	return state->in.thread_index();
}

extern "C" int gbench_threads(const struct gbench_state *state)
{
	return state->in.threads();
}
