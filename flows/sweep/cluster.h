// A sweep in parts: scripts that any scheduler can run, and the engine for Slurm.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "flows/sweep/engine.h"

namespace cimforge::sweep {

struct ClusterOptions {
  std::filesystem::path program;
  std::filesystem::path file;  ///< of the sweep
  std::size_t tasks_per_part = 16;
  int jobs = 1;                          ///< processes of a part at once
  std::vector<std::string> words;        ///< further options of sbatch
  bool waits = true;                     ///< else the jobs are left alone once they are submitted
  std::chrono::milliseconds poll{1000};  ///< between two looks at the queue
};

/// The scripts of a sweep, in its directory.
struct Scripts {
  std::filesystem::path part;    ///< runs the part that its argument or the scheduler's index says
  std::filesystem::path reduce;  ///< sums up
  std::size_t parts = 0;
};

/// Writes part.sh and reduce.sh for the tasks that have no result, and parts.txt with a command a
/// part, for GNU parallel. At most 1000 parts: the least that schedulers allow in an array.
Scripts write_scripts(const Run& run, const ClusterOptions& options);

/// What to type for GNU parallel, a shell, LSF and SGE.
std::string how_to_run(const Scripts& scripts);

/// Submits the parts as a job array and the reduction behind it; waits for both, and submits what
/// was lost again, until every task has a result. An interrupt cancels the jobs. Calls `on_look`
/// with the number of tasks that have no result yet. Returns the numbers of the jobs. Throws
/// ToolError where Slurm is down, and where tasks are lost again and again; what has ended is kept.
std::vector<std::string> run_slurm(Run& run, const ClusterOptions& options,
                                   const std::function<void(std::size_t missing)>& on_look);

}  // namespace cimforge::sweep
