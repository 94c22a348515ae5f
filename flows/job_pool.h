// Programs in parallel: argument vectors with time limits in, their ends out. What a regression
// runs its tests with.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "flows/process.h"

namespace cimforge::flows {

/// One program to run.
struct Job {
  std::vector<std::string> arguments;  ///< the program first
  std::chrono::milliseconds time_limit{0};
  std::map<std::string, std::string> environment{};  ///< added to our own
};

/// How it ended.
struct JobResult {
  bool started = false;  ///< false: `error` says why it could not be run or was not waited for
  ProcessResult process;
  std::string error;
  std::string end;  ///< `exit status 1`, `killed after its time limit of 5 s`; empty for success

  [[nodiscard]] bool succeeded() const { return started && process.succeeded(); }
};

/// Told each result as it comes, one at a time; `index` is the place of its job in the list.
using OnResult = std::function<void(std::size_t index, const JobResult& result)>;
/// Runs every job once, in their order of beginning, and returns when all have ended. An interrupt
/// ends those that run, and throws base::CommandError(interrupted); what `on_result` throws ends
/// them as well.
using JobRunner = std::function<void(const std::vector<Job>& jobs, const OnResult& on_result)>;

/// Runs jobs as processes of this machine, so many at once.
JobRunner local_runner(int processes);

}  // namespace cimforge::flows
