// Programs: run without a shell, with a time limit, and killed with everything they started at the
// time-out or on an interrupt. Several threads may run programs at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::flows {

struct ProcessRequest {
  /// The program, as a path or a name to be found on PATH, and its arguments.
  std::vector<std::string> arguments;
  /// Wall-clock time after which the program is killed; must be positive.
  std::chrono::milliseconds time_limit{0};
  /// Where it runs; empty: here.
  std::filesystem::path working_directory{};
  /// Added to our own environment, which LC_ALL=C.UTF-8 has joined before: messages are parsed.
  std::map<std::string, std::string> environment{};
  /// Files that take the output; empty: kept in memory. Both may name the same file.
  std::filesystem::path stdout_file{};
  std::filesystem::path stderr_file{};
  /// A program that prints more bytes than this to memory is killed.
  std::size_t output_limit = std::size_t{256} << 20U;
};

struct ProcessResult {
  int exit_code = 0;  ///< meaningful where it ended by itself
  int signal = 0;     ///< the signal that ended it, or 0
  bool timed_out = false;
  std::string stdout_text;
  std::string stderr_text;
  double elapsed_seconds = 0.0;
  /// The largest resident size among the program and the children it waited for. Linux counts the
  /// size of the caller at the start too, so a small program seems as large as the caller.
  std::int64_t peak_memory_kib = 0;

  [[nodiscard]] bool succeeded() const { return exit_code == 0 && signal == 0 && !timed_out; }
};

/// Runs a program to its end with nothing on its standard input. Processes that it leaves behind in
/// its process group are killed. Throws ToolError where it cannot be started or prints without end,
/// CommandError(interrupted) on an interrupt.
ProcessResult run_process(const ProcessRequest& request);

/// How a program failed: `exit status 2`, `killed by signal 11 (Segmentation fault)`, `killed after
/// its time limit of 5 s`.
std::string describe_end(const ProcessRequest& request, const ProcessResult& result);

/// Runs a program that must succeed. Throws ToolError with how it ended and the last lines that it
/// printed, on standard error or else on standard output.
ProcessResult run_tool(const ProcessRequest& request);

/// The last `count` lines that are not blank.
std::string last_lines(std::string_view text, std::size_t count);

/// Where a program is: `name` itself where it holds a slash, else the first on PATH; empty where
/// there is none that can be executed.
std::filesystem::path find_program(const std::string& name);

}  // namespace cimforge::flows
