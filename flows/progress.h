// A progress bar on a terminal: how much is done, at what rate, and the time left. Silent where the
// stream is a pipe or a file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace cimforge::flows {

/// One line of `width` characters at most:
///   mnist_mlp [#####..........]  33 % 18480/56000 vectors, 9240/s, 4 s left
/// and, where any failed, `, 2 failed` behind it.
std::string progress_line(std::string_view label, std::string_view unit, std::uint64_t done,
                          std::uint64_t total, double seconds, std::size_t width,
                          std::uint64_t failed = 0);

/// Draws over one line, at most ten times a second, and wipes it when the object goes.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Now = std::function<Time()>;

  /// `label` begins the line, `unit` names what is counted.
  Progress(std::string label, std::string unit, std::FILE* stream = stderr,
           Now now = std::chrono::steady_clock::now);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, std::uint64_t total, std::uint64_t failed = 0);

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }

  /// Removes the line from the terminal.
  void clear();

 private:
  std::string label_;
  std::string unit_;
  std::FILE* stream_;
  bool is_terminal_;
  bool is_drawn_ = false;
  Now now_;
  Time start_;
  Time next_;  ///< not drawn again before
};

}  // namespace cimforge::flows
