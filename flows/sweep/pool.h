// The local engine: tasks as processes, as many at once as processors and memory allow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flows/sweep/store.h"
#include "flows/sweep/task.h"

namespace cimforge::sweep {

/// Memory that running tasks may need. A task counts with the most that one of its command has
/// taken so far; before the first has ended, with a guess.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::int64_t kib) : total_(kib) {}

  /// Whether a task of the command may start beside those that run; it counts as running if so. A
  /// task alone always may.
  bool start(const std::string& command);
  /// The same for a task that wants all of it.
  bool start_alone();
  /// What it took, or nothing where that is not known.
  void end(const std::string& command, std::optional<std::int64_t> peak_kib);

 private:
  [[nodiscard]] std::int64_t expected(const std::string& command) const;

  std::int64_t total_;
  std::int64_t reserved_ = 0;
  std::size_t running_ = 0;
  bool alone_ = false;
  std::map<std::string, std::int64_t> peaks_;
  std::map<std::string, std::vector<std::int64_t>> reservations_;
};

/// Memory that is free on this machine, in KiB, and within the limit of its control group.
std::int64_t available_memory_kib();

struct PoolOptions {
  std::filesystem::path program;    ///< the executable of cimforge
  std::filesystem::path directory;  ///< where commands run
  int jobs = 1;
  std::int64_t memory_kib = 0;  ///< 0: four fifths of what is free at the start
};

/// What happened to a task.
struct TaskEnd {
  std::size_t task = 0;
  bool was_kept = false;  ///< its result was there before, or another process made it
  Record record;
};

/// Runs those of the tasks that have no result in the store, and calls `on_end` for every one of
/// `chosen`, from one thread at a time. A task that another process works on is left to it and
/// waited for. Throws CommandError(interrupted) on an interrupt, ToolError where the disk is full;
/// what has ended is kept.
void run_tasks(const Tasks& tasks, const std::vector<std::size_t>& chosen, const Store& store,
               const PoolOptions& options, const std::function<void(const TaskEnd&)>& on_end);

}  // namespace cimforge::sweep
