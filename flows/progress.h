// A progress bar on a terminal: how much is done, at what rate, and the time left. Silent where the
// stream is a pipe or a file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace cimforge::flows {

/// One line of `width` characters at most:
///   mnist_mlp [#####..........]  33 % 18480/56000 vectors, 9240/s, 4 s left
std::string progress_line(std::string_view label, std::string_view unit, std::uint64_t done,
                          std::uint64_t total, double seconds, std::size_t width);

/// Draws over one line, at most ten times a second, and wipes it when the object goes.
class Progress {
 public:
  /// `label` begins the line, `unit` names what is counted.
  Progress(std::string label, std::string unit, std::FILE* stream = stderr);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, std::uint64_t total);

  /// Removes the line from the terminal.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string label_;
  std::string unit_;
  std::FILE* stream_;
  bool is_terminal_;
  bool is_drawn_ = false;
  Clock::time_point start_;
  Clock::time_point next_;  ///< not drawn again before
};

}  // namespace cimforge::flows
