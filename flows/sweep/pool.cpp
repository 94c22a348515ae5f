#include "flows/sweep/pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <deque>
#include <exception>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>

#include "flows/interrupt.h"
#include "flows/parallel.h"
#include "flows/process.h"
#include "flows/sweep/command.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::sweep {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::int64_t guessed_kib = 512 * 1024;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// A number of kibibytes behind a name, as /proc/meminfo has it.
std::optional<std::int64_t> number_behind(const fs::path& file, const std::string& name) {
  std::ifstream stream(file);
  for (std::string word; stream >> word;) {
    std::int64_t number = 0;
    if (word == name && stream >> number) return number;
  }
  return std::nullopt;
}

std::optional<std::int64_t> number_in(const fs::path& file) {
  std::ifstream stream(file);
  std::int64_t number = 0;
  if (stream >> number) return number;
  return std::nullopt;
}

/// Runs one task in `work`, an empty directory that is its own.
Record run_task(const Tasks& tasks, const Task& task, const PoolOptions& options,
                const fs::path& work, std::string& result) {
  const fs::path spec = work / "spec.toml";
  const fs::path json = work / "result.json";
  try {
    base::write_file_atomically(spec, tasks.specifications[task.specification]);
  } catch (const base::InputError& error) {
    throw base::ToolError(error.what());  // TMPDIR is no mistake in the sweep
  }
  std::error_code ignored;
  fs::remove(json, ignored);

  flows::ProcessRequest request;
  request.arguments.push_back(options.program.string());
  bool tells_jobs = false;
  for (const std::string& word : task.words) {
    request.arguments.push_back(word == "SPEC" ? spec.string() : word);
    tells_jobs = tells_jobs || word == "--jobs" || word.starts_with("--jobs=");
  }
  const auto info = std::ranges::find(command_table(), task.words.front(), &CommandInfo::name);
  if (info->takes_jobs && !tells_jobs) {
    request.arguments.insert(request.arguments.end(), {"--jobs", "1"});
  }
  request.arguments.insert(request.arguments.end(), {"--json", json.string()});
  request.time_limit = task.time_limit;
  request.working_directory = options.directory;
  const flows::ProcessResult process = flows::run_process(request);

  Record record;
  record.hash = task.hash;
  record.command = task.command;
  record.words = task.words;
  record.specification = tasks.specifications[task.specification];
  record.status = process.exit_code;
  record.signal = process.signal;
  record.timed_out = process.timed_out;
  record.seconds = process.elapsed_seconds;
  record.peak_memory_kib = process.peak_memory_kib;
  record.tools = task.tools;
  record.host = host_name();
  record.finished = utc_now();
  if (!record.succeeded()) {
    const std::string said = flows::last_lines(process.stderr_text, 20);
    record.message = said.empty() ? flows::last_lines(process.stdout_text, 20) : said;
    if (process.timed_out || process.signal != 0) {
      record.message = flows::describe_end(request, process) +
                       (record.message.empty() ? "" : "\n" + record.message);
    }
    // The failure is written out beside a copy of this name.
    for (std::size_t at; (at = record.message.find(spec.string())) != std::string::npos;) {
      record.message.replace(at, spec.string().size(), "spec.toml");
    }
  }
  if (fs::exists(json, ignored)) {
    result = base::read_file(json);
    try {
      record.figures = figures_of(ordered_json::parse(result));
    } catch (const nlohmann::json::exception&) {
      result.clear();  // a command that was killed while it wrote; its end says so
    }
  }
  return record;
}

/// What the threads share.
class Pool {
 public:
  Pool(const Tasks& tasks, const std::vector<std::size_t>& chosen, const Store& store,
       const PoolOptions& options, const std::function<void(const TaskEnd&)>& on_end)
      : tasks_(tasks),
        store_(store),
        options_(options),
        on_end_(on_end),
        waiting_(chosen.begin(), chosen.end()),
        memory_(options.memory_kib > 0 ? options.memory_kib : available_memory_kib() / 5 * 4) {}

  void run() {
    const auto count = std::min(static_cast<std::size_t>(std::max(options_.jobs, 1)),
                                std::max<std::size_t>(waiting_.size(), 1));
    flows::parallel(count, static_cast<int>(count), [this](std::size_t) { work(); });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void work() {
    try {
      const base::TemporaryDirectory directory("cimforge-sweep-");
      while (const std::optional<std::size_t> task = next()) {
        try_task(*task, directory.path());
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  /// Takes a task; nothing where none is left, or the sweep fails.
  std::optional<std::size_t> next() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (failure_) return std::nullopt;
      flows::throw_if_interrupted();
      if (!waiting_.empty()) {
        const std::size_t task = waiting_.front();
        waiting_.pop_front();
        return task;
      }
      if (elsewhere_.empty()) return std::nullopt;
      // Only tasks that others work on are left: looked at again now and then.
      waiting_.swap(elsewhere_);
      lock.unlock();
      wait_a_moment();
      lock.lock();
    }
  }

  /// A tenth of a second, or until an interrupt.
  static void wait_a_moment() {
    pollfd descriptor{flows::interrupt_descriptor(), POLLIN, 0};
    ::poll(&descriptor, 1, 100);
  }

  void try_task(std::size_t index, const fs::path& work) {
    const Task& task = tasks_.tasks[index];
    std::optional<Store::Claim> claim = store_.claim(task.hash);
    if (!claim) {
      const std::lock_guard lock(mutex_);
      elsewhere_.push_back(index);
      return;
    }
    // Another process may have made it since it was chosen.
    if (std::optional<Record> kept = store_.find(task.hash, nullptr)) {
      report({index, true, std::move(*kept)});
      return;
    }
    wait_for_memory(task.words.front());
    std::optional<std::int64_t> peak;
    std::string result;
    Record record;
    try {
      record = run_task(tasks_, task, options_, work, result);
      peak = record.peak_memory_kib;
    } catch (...) {
      end_memory(task.words.front(), peak);
      throw;
    }
    end_memory(task.words.front(), peak);
    if (record.status == static_cast<int>(base::ExitStatus::interrupted)) {
      flows::throw_if_interrupted();  // Ctrl-C reaches the whole group
    }
    if (record.signal == SIGKILL && !record.timed_out) {
      // The kernel ends what needs more memory than there is: once more, with nothing beside it.
      wait_to_be_alone();
      try {
        record = run_task(tasks_, task, options_, work, result);
      } catch (...) {
        end_memory(task.words.front(), {});
        throw;
      }
      end_memory(task.words.front(), record.peak_memory_kib);
    }
    store_.keep(record, result);
    report({index, false, std::move(record)});
  }

  void report(const TaskEnd& end) {
    const std::lock_guard lock(mutex_);
    on_end_(end);
  }

  void wait_for_memory(const std::string& command) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ != nullptr || memory_.start(command); });
    if (failure_) throw base::CommandError(base::ExitStatus::interrupted, "interrupted");
  }

  void wait_to_be_alone() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ != nullptr || memory_.start_alone(); });
    if (failure_) throw base::CommandError(base::ExitStatus::interrupted, "interrupted");
  }

  void end_memory(const std::string& command, std::optional<std::int64_t> peak) {
    const std::lock_guard lock(mutex_);
    memory_.end(command, peak);
    changed_.notify_all();
  }

  const Tasks& tasks_;
  const Store& store_;
  const PoolOptions& options_;
  const std::function<void(const TaskEnd&)>& on_end_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::size_t> waiting_;
  std::deque<std::size_t> elsewhere_;  ///< other processes work on these
  MemoryBudget memory_;
  std::exception_ptr failure_;
};

}  // namespace

std::int64_t MemoryBudget::expected(const std::string& command) const {
  const auto at = peaks_.find(command);
  return at == peaks_.end() ? guessed_kib : at->second;
}

bool MemoryBudget::start(const std::string& command) {
  const std::int64_t needs = expected(command);
  if (running_ > 0 && reserved_ + needs > total_) return false;
  ++running_;
  reserved_ += needs;
  reservations_[command].push_back(needs);
  return true;
}

bool MemoryBudget::start_alone() {
  if (running_ > 0) return false;
  ++running_;
  reserved_ += total_;
  alone_ = true;
  return true;
}

void MemoryBudget::end(const std::string& command, std::optional<std::int64_t> peak_kib) {
  --running_;
  if (alone_) {
    alone_ = false;
    reserved_ -= total_;
  } else {
    std::vector<std::int64_t>& reserved = reservations_[command];
    reserved_ -= reserved.back();
    reserved.pop_back();
  }
  if (peak_kib) peaks_[command] = std::max(peaks_[command], *peak_kib);
}

std::int64_t available_memory_kib() {
  std::int64_t available =
      number_behind("/proc/meminfo", "MemAvailable:").value_or(std::int64_t{4} << 20U);
  const auto limit = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  if (limit && used && *limit > *used) available = std::min(available, (*limit - *used) / 1024);
  return available;
}

void run_tasks(const Tasks& tasks, const std::vector<std::size_t>& chosen, const Store& store,
               const PoolOptions& options, const std::function<void(const TaskEnd&)>& on_end) {
  Pool(tasks, chosen, store, options, on_end).run();
}

}  // namespace cimforge::sweep
