#include "flows/sweep/cluster.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <system_error>

#include "flows/interrupt.h"
#include "flows/process.h"
#include "generator/base/exit_status.h"
#include "generator/base/quote.h"

namespace cimforge::sweep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_parts = 1000;
/// Submissions without a single new result before it is given up.
constexpr int most_vain_attempts = 3;
/// A controller that restarts is waited for.
constexpr std::chrono::minutes patience{10};
constexpr std::chrono::minutes tool_time_limit{2};

/// A path as a word of a shell.
std::string word(const fs::path& path) {
  return base::shell_quoted(path.string());
}

fs::path whole_path(const fs::path& path) {
  return fs::absolute(path).lexically_normal();
}

flows::ProcessResult run(std::vector<std::string> words) {
  return flows::run_process({std::move(words), tool_time_limit});
}

/// Submits a script; the number of its job. Throws ToolError.
std::string submit(std::vector<std::string> words) {
  words.insert(words.begin(), {"sbatch", "--parsable"});
  const flows::ProcessResult result = run(words);
  if (!result.succeeded()) {
    throw base::ToolError("sbatch: nothing was submitted: " +
                          flows::last_lines(result.stderr_text, 3));
  }
  // `12;cluster` where there are several clusters.
  return result.stdout_text.substr(0, result.stdout_text.find_first_of(";\n"));
}

void cancel(const std::vector<std::string>& jobs) {
  std::vector<std::string> words = {"scancel"};
  words.insert(words.end(), jobs.begin(), jobs.end());
  // Without our own interrupt, which would end this too.
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  static_cast<void>(std::system((line + " >/dev/null 2>&1").c_str()));  // NOLINT: plain numbers
}

enum class Queue { has_jobs, is_empty, is_down };

Queue look_at_queue(const std::vector<std::string>& jobs) {
  const flows::ProcessResult result =
      run({"squeue", "--noheader", "--format=%i", fmt::format("--jobs={}", fmt::join(jobs, ","))});
  if (result.succeeded()) {
    return result.stdout_text.find_first_not_of(" \n") == std::string::npos ? Queue::is_empty
                                                                            : Queue::has_jobs;
  }
  // A job that ended long ago is not known any more.
  return result.stderr_text.find("Invalid job id") != std::string::npos ? Queue::is_empty
                                                                        : Queue::is_down;
}

/// Until the time has passed or an interrupt comes.
void wait(std::chrono::milliseconds time) {
  pollfd descriptor{flows::interrupt_descriptor(), POLLIN, 0};
  ::poll(&descriptor, 1, static_cast<int>(time.count()));
  flows::throw_if_interrupted();
}

/// Cancels the jobs unless it is told that they have ended.
class Jobs {
 public:
  explicit Jobs(std::vector<std::string> numbers) : numbers_(std::move(numbers)) {}
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;
  ~Jobs() {
    if (flows::interrupted()) cancel(numbers_);
  }
  [[nodiscard]] const std::vector<std::string>& numbers() const { return numbers_; }

 private:
  std::vector<std::string> numbers_;
};

}  // namespace

Scripts write_scripts(const Run& run, const ClusterOptions& options) {
  const std::size_t missing = run.missing().size();
  const std::size_t per_part = std::max<std::size_t>(options.tasks_per_part, 1);
  Scripts scripts;
  scripts.parts = std::clamp<std::size_t>((missing + per_part - 1) / per_part, 1, most_parts);
  const fs::path directory = whole_path(run.store().directory());
  const std::string command = fmt::format("{} sweep {} -o {}{}", word(whole_path(options.program)),
                                          word(whole_path(options.file)), word(directory),
                                          run.screened() ? " --estimate" : "");
  const std::string here = word(fs::current_path());
  run.store().write(
      "part.sh",
      fmt::format(
          "#!/bin/sh\n"
          "# Runs a part of {} parts, counted from 0: the argument, or the index that Slurm "
          "(from 0), LSF or SGE (from 1) sets.\n"
          "cd {} || exit 3\n"
          "if [ $# -gt 0 ]; then part=$1\n"
          "elif [ -n \"$SLURM_ARRAY_TASK_ID\" ]; then part=$SLURM_ARRAY_TASK_ID\n"
          "elif [ -n \"$LSB_JOBINDEX\" ]; then part=$((LSB_JOBINDEX - 1))\n"
          "elif [ -n \"$SGE_TASK_ID\" ]; then part=$((SGE_TASK_ID - 1))\n"
          "else echo \"part.sh: which part?\" >&2; exit 2\n"
          "fi\n"
          "exec {} --part \"$part/{}\" --jobs {}\n",
          scripts.parts, here, command, scripts.parts, options.jobs));
  run.store().write("reduce.sh",
                    fmt::format("#!/bin/sh\n# Sums up what the parts found.\ncd {} || exit 3\n"
                                "exec {} --reduce\n",
                                here, command));
  scripts.part = directory / "part.sh";
  scripts.reduce = directory / "reduce.sh";
  std::string lines;
  for (std::size_t i = 0; i < scripts.parts; ++i) {
    lines += fmt::format("sh {} {}\n", word(scripts.part), i);
  }
  run.store().write("parts.txt", lines);
  return scripts;
}

std::string how_to_run(const Scripts& scripts) {
  const std::string part = word(scripts.part);
  return fmt::format(
      "{0} parts\n"
      "  GNU parallel  parallel --jobs 8 < {1}; sh {2}\n"
      "  a shell       sh {1}; sh {2}\n"
      "  LSF           bsub -J 'sweep[1-{0}]' sh {3}; bsub -w 'ended(sweep)' sh {2}\n"
      "  SGE           qsub -N sweep -t 1-{0} {3}; qsub -hold_jid sweep {2}",
      scripts.parts, word(scripts.part.parent_path() / "parts.txt"), word(scripts.reduce), part);
}

std::vector<std::string> run_slurm(Run& run, const ClusterOptions& options,
                                   const std::function<void(std::size_t)>& on_look) {
  std::vector<std::string> all;
  int vain = 0;
  std::size_t missing = run.missing().size();
  while (missing > 0) {
    const Scripts scripts = write_scripts(run, options);
    const fs::path logs = whole_path(run.store().directory()) / "slurm";
    std::error_code ignored;
    fs::create_directories(logs, ignored);
    std::vector<std::string> words = {fmt::format("--array=0-{}", scripts.parts - 1),
                                      "--requeue",
                                      "--open-mode=append",
                                      fmt::format("--cpus-per-task={}", options.jobs),
                                      "--job-name=cimforge-" + run.sweep().name,
                                      fmt::format("--output={}", (logs / "%A_%a.out").string())};
    words.insert(words.end(), options.words.begin(), options.words.end());
    words.push_back(scripts.part.string());
    const std::string array = submit(words);
    const std::string reduction = submit(
        {"--dependency=afterany:" + array, "--requeue", "--open-mode=append",
         "--job-name=cimforge-" + run.sweep().name + "-reduce",
         fmt::format("--output={}", (logs / "%j_reduce.out").string()), scripts.reduce.string()});
    all.insert(all.end(), {array, reduction});
    if (!options.waits) return all;

    const Jobs jobs({array, reduction});
    Clock::time_point seen = Clock::now();
    for (;;) {
      wait(options.poll);
      const Queue queue = look_at_queue(jobs.numbers());
      static_cast<void>(run.look(false));
      on_look(run.missing().size());
      if (queue == Queue::is_empty) break;
      if (queue == Queue::has_jobs) {
        seen = Clock::now();
      } else if (Clock::now() - seen > patience) {
        throw base::ToolError(fmt::format(
            "squeue: the controller does not answer; the jobs {} may go on, and the same command "
            "takes their results",
            fmt::join(jobs.numbers(), " and ")));
      }
    }
    const std::size_t left = run.missing().size();
    vain = left < missing ? 0 : vain + 1;
    if (left > 0 && vain == most_vain_attempts) {
      throw base::ToolError(fmt::format(
          "{} tasks have no result after {} submissions without a new one; {} has what the jobs "
          "said (nodes with another cimforge or other tools make results of their own)",
          left, vain, logs.string()));
    }
    missing = left;
  }
  return all;
}

}  // namespace cimforge::sweep
