#include "tb/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "sim/golden.h"
#include "tb/bus_engine.h"
#include "tb/program.h"
#include "tb/random.h"

namespace cimforge::tb {
namespace {

using Clock = std::chrono::steady_clock;

/// How often the calling thread looks at progress and interrupts.
constexpr std::chrono::milliseconds kTick{20};

/// What one chunk came to; times count from its beginning.
struct ChunkResult {
  std::uint64_t vectors = 0;
  std::uint64_t mismatches = 0;
  std::uint64_t cycles = 0;
  std::uint64_t trace_time = 0;
  std::optional<Mismatch> first;
  Findings findings;
  std::optional<std::pair<int, int>> latency;
  std::optional<std::pair<int, int>> interval;
  SelfTestCycles self_test;
  std::optional<Coverage> coverage;
  FloatErrorParts errors;
  SumErrors sum_errors;
  bool ended_early = false;  ///< the model hung or stopped itself
};

/// Thrown in a worker to leave a chunk that is no longer wanted.
struct Abandoned {};

/// Widens `range` to hold `found`.
void widen(std::optional<std::pair<int, int>>& range,
           const std::optional<std::pair<int, int>>& found) {
  if (!found) return;
  if (!range) range = found;
  range->first = std::min(range->first, found->first);
  range->second = std::max(range->second, found->second);
}

/// Finds the rows that give a wrong result when they alone are not zero.
void find_wrong_rows(const spec::MacroSpec& spec, const DutFactory& factory,
                     const MismatchEvidence& evidence, const std::function<void()>& interrupt,
                     Mismatch& mismatch) {
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  sim::GoldenMacro golden(spec);
  write_stored(golden, mismatch.bank, evidence.weights);
  try {
    BusEngine engine(spec, factory.make(""), interrupt);
    engine.load_stored(mismatch.bank, evidence.weights);
    engine.set_mode(evidence.mode);
    engine.set_scales(evidence.scales);
    // Those of a bipolar format are never zero: rows are told by what is not their rest.
    const std::int32_t rest = spec.input.rest();
    std::vector<std::int32_t> input(rows, rest);
    std::vector<std::int64_t> got(columns);
    std::vector<std::int64_t> right(columns);
    const auto column = static_cast<std::size_t>(mismatch.column);
    for (std::size_t row = 0; row < rows; ++row) {
      if (evidence.input[row] == rest) continue;
      input[row] = evidence.input[row];
      engine.multiply(mismatch.bank, input, got);
      golden.multiply(mismatch.bank, evidence.mode, input, right, evidence.scales);
      const bool wrong = got[column] != right[column];
      input[row] = rest;
      if (!wrong) continue;
      ++mismatch.wrong_rows;
      if (!mismatch.row) mismatch.row = static_cast<int>(row);
    }
  } catch (const ModelError&) {
    // It does not even get as far; what is known stays as it is.
  }
}

/// Joins the threads that it is given, however its scope is left.
class Crew {
 public:
  explicit Crew(std::atomic<bool>& stop) : stop_(stop) {}
  ~Crew() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  void add(std::thread thread) { threads_.push_back(std::move(thread)); }

 private:
  std::atomic<bool>& stop_;
  std::vector<std::thread> threads_;
};

/// Chunks, the threads that run them and what they share.
class BenchRun {
 public:
  BenchRun(const spec::MacroSpec& spec, const DutFactory& factory, const BenchOptions& options)
      : spec_(spec),
        factory_(factory),
        options_(options),
        chunks_(plan_chunks(spec, options.vectors)),
        results_(chunks_.size()),
        total_(chunks_.back().first_vector + chunks_.back().vectors) {}

  BenchResult run() {
    const Clock::time_point begin = Clock::now();
    const auto jobs = static_cast<std::size_t>(std::max(options_.jobs, 1));
    if (jobs == 1 || !options_.trace_file.empty()) {
      run_here();
    } else {
      run_threads(std::min(jobs, chunks_.size()));
    }
    const std::chrono::duration<double> taken = Clock::now() - begin;
    BenchResult result = merge();
    result.seconds = taken.count();
    return result;
  }

 private:
  void run_here() {
    // With a trace all chunks share the model that writes it.
    std::unique_ptr<Dut> traced;
    if (!options_.trace_file.empty()) traced = factory_.make(options_.trace_file);
    Clock::time_point next_tick = Clock::now() + kTick;
    for (std::size_t index = 0; index < chunks_.size(); ++index) {
      const auto poll = [&](std::uint64_t compared) {
        if (options_.interrupt) options_.interrupt();
        if (Clock::now() < next_tick) return;
        next_tick = Clock::now() + kTick;
        tell_progress(chunks_[index].first_vector + compared);
      };
      const std::unique_ptr<Dut> fresh = traced ? nullptr : factory_.make("");
      run_one(index, traced ? *traced : *fresh, poll);
      if (results_[index].ended_early) break;
    }
  }

  void run_threads(std::size_t jobs) {
    Crew crew(stop_);
    working_ = jobs;
    for (std::size_t i = 0; i < jobs; ++i) {
      crew.add(std::thread([this] { work(); }));
    }
    std::unique_lock lock(mutex_);
    while (working_ > 0) {
      left_work_.wait_for(lock, kTick);
      lock.unlock();
      if (options_.interrupt) options_.interrupt();
      tell_progress(compared_);
      lock.lock();
    }
    if (error_) std::rethrow_exception(error_);
  }

  /// A thread: runs chunks as long as there are any.
  void work() {
    try {
      for (std::size_t index = next_++; index < chunks_.size(); index = next_++) {
        std::uint64_t told = 0;
        const auto poll = [&](std::uint64_t compared) {
          compared_ += compared - told;
          told = compared;
          if (stop_ || index > last_) throw Abandoned();
        };
        poll(0);
        const std::unique_ptr<Dut> dut = factory_.make("");
        run_one(index, *dut, poll);
        compared_ += results_[index].vectors - told;
        if (results_[index].ended_early) {
          std::size_t last = last_;
          while (index < last && !last_.compare_exchange_weak(last, index)) continue;
        }
      }
    } catch (const Abandoned&) {
      // The run is over, or ended before this chunk.
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      stop_ = true;
    }
    const std::lock_guard lock(mutex_);
    --working_;
    left_work_.notify_all();
  }

  void run_one(std::size_t index, Dut& dut,
               const std::function<void(std::uint64_t compared)>& poll) {
    const Chunk& chunk = chunks_[index];
    ChunkResult& result = results_[index];
    Random random(options_.seed, index);
    Driver driver(dut, spec_, random,
                  {options_.expected_latency, options_.expected_interval,
                   options_.expected_march_cycles, options_.expected_compute_cycles,
                   options_.expect_concurrent_update, chunk.first_vector, poll});
    try {
      run_chunk(chunk, spec_, driver, random);
    } catch (const Hang& hang) {
      driver.findings().add("hang", driver.cycles(), hang.what());
      result.ended_early = true;
    } catch (const ModelError& error) {
      driver.findings().add("model-error", driver.cycles(), error.what());
      result.ended_early = true;
    }
    const Scoreboard& scoreboard = driver.scoreboard();
    result.vectors = scoreboard.compared();
    result.mismatches = scoreboard.mismatches();
    result.cycles = driver.cycles();
    result.trace_time = driver.trace_time();
    result.findings = driver.findings();
    result.latency = driver.latency();
    result.interval = driver.interval();
    result.self_test = driver.self_test_cycles();
    result.coverage = driver.coverage();
    result.errors = scoreboard.errors();
    result.sum_errors = scoreboard.sum_errors();
    result.first = scoreboard.first();
    if (result.first) keep_evidence(index, scoreboard.evidence());
  }

  /// One mismatch is replayed: that of the first chunk which has any.
  void keep_evidence(std::size_t index, const MismatchEvidence& evidence) {
    const std::lock_guard lock(mutex_);
    if (index >= evidence_chunk_) return;
    evidence_chunk_ = index;
    evidence_ = evidence;
  }

  void tell_progress(std::uint64_t done) const {
    if (options_.progress) options_.progress(std::min(done, total_), total_);
  }

  /// Joins the chunks up to the first that ended early.
  BenchResult merge() {
    BenchResult merged;
    merged.seed = options_.seed;
    Findings findings;
    Coverage coverage(spec_);
    std::uint64_t trace_time = 0;
    if (spec_.kind == spec::Kind::floating) merged.errors.emplace();
    if (!spec_.approximation.is_exact()) merged.sum_errors.emplace();
    for (const ChunkResult& chunk : results_) {
      if (chunk.first && !merged.first_mismatch) {
        merged.first_mismatch = chunk.first;
        merged.first_mismatch->cycle += merged.cycles;
        merged.first_mismatch->trace_time += trace_time;
      }
      findings.append(chunk.findings, merged.cycles);
      coverage.merge(*chunk.coverage);
      widen(merged.latency, chunk.latency);
      widen(merged.interval, chunk.interval);
      if (chunk.self_test.march) merged.self_test.march = chunk.self_test.march;
      if (chunk.self_test.compute) merged.self_test.compute = chunk.self_test.compute;
      merged.vectors += chunk.vectors;
      merged.mismatches += chunk.mismatches;
      merged.cycles += chunk.cycles;
      trace_time += chunk.trace_time;
      if (merged.errors) {
        merged.errors->gaussian.merge(chunk.errors.gaussian);
        merged.errors->others.merge(chunk.errors.others);
      }
      if (merged.sum_errors) merged.sum_errors->merge(chunk.sum_errors);
      if (chunk.ended_early) break;
    }
    if (merged.sum_errors && options_.stated_error) {
      const auto [least, greatest] = *options_.stated_error;
      const SumErrors& found = *merged.sum_errors;
      if (found.least < least || found.greatest > greatest) {
        findings.add("error-bound", merged.cycles,
                     fmt::format("errors of sums are {} to {}, and {} to {} is stated", found.least,
                                 found.greatest, least, greatest));
      }
    }
    merged.findings = findings.all();
    merged.coverage = coverage.report();
    tell_progress(merged.vectors);
    if (merged.first_mismatch) {
      find_wrong_rows(spec_, factory_, evidence_, options_.interrupt, *merged.first_mismatch);
    }
    return merged;
  }

  const spec::MacroSpec& spec_;
  const DutFactory& factory_;
  const BenchOptions& options_;
  std::vector<Chunk> chunks_;
  std::vector<ChunkResult> results_;  ///< of each chunk; a thread writes only its own
  std::uint64_t total_;

  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> last_ = std::numeric_limits<std::size_t>::max();  ///< that ended early
  std::atomic<std::uint64_t> compared_ = 0;
  std::atomic<bool> stop_ = false;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable left_work_;
  std::size_t working_ = 0;
  std::exception_ptr error_;
  std::size_t evidence_chunk_ = std::numeric_limits<std::size_t>::max();
  MismatchEvidence evidence_;
};

}  // namespace

BenchResult run_bench(const spec::MacroSpec& spec, const DutFactory& factory,
                      const BenchOptions& options) {
  return BenchRun(spec, factory, options).run();
}

}  // namespace cimforge::tb
