#include "flows/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace cimforge::flows {
namespace {

constexpr std::chrono::milliseconds kInterval{100};

/// `4 s`, `2 min 05 s`, `3 h 20 min`.
std::string duration_text(double seconds) {
  if (seconds >= 1e8) return "years";
  const auto total = static_cast<std::uint64_t>(std::ceil(seconds));
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{} min {:02} s", total / 60, total % 60);
  return fmt::format("{} h {:02} min", total / 3600, total % 3600 / 60);
}

/// Characters in a line of the terminal behind `stream`.
std::size_t terminal_width(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string progress_line(std::string_view label, std::string_view unit, std::uint64_t done,
                          std::uint64_t total, double seconds, std::size_t width,
                          std::uint64_t failed) {
  done = std::min(done, total);
  const double part = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1.0;
  std::string numbers =
      fmt::format(" {:3} % {}/{} {}", static_cast<int>(100.0 * part), done, total, unit);
  if (done > 0 && seconds > 0.0) {
    const double rate = static_cast<double>(done) / seconds;
    numbers += fmt::format(", {:.{}f}/s, {} left", rate, rate < 10.0 ? 1 : 0,
                           duration_text(static_cast<double>(total - done) / rate));
  }
  if (failed > 0) numbers += fmt::format(", {} failed", failed);

  // The bar takes the room that is left, if there is enough for one.
  constexpr std::size_t smallest = 8;
  constexpr std::size_t largest = 40;
  const std::size_t used = label.size() + numbers.size() + 3;  // a space and two brackets
  std::string line(label);
  if (width >= used + smallest) {
    const std::size_t bar = std::min(width - used, largest);
    const auto full = static_cast<std::size_t>(part * static_cast<double>(bar));
    line += fmt::format(" [{}{}]", std::string(full, '#'), std::string(bar - full, '.'));
  }
  line += numbers;
  return line.substr(0, width);
}

Progress::Progress(std::string label, std::string unit, std::FILE* stream, Now now)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      stream_(stream),
      is_terminal_(isatty(fileno(stream)) != 0),
      now_(std::move(now)),
      start_(now_()),
      next_(start_ + kInterval) {}  // short work draws nothing

Progress::~Progress() {
  clear();
}

void Progress::update(std::uint64_t done, std::uint64_t total, std::uint64_t failed) {
  if (!is_terminal_) return;
  const Time now = now_();
  if (now < next_) return;
  next_ = now + kInterval;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  // One character less than the terminal has: the last one would wrap. \x1b[K wipes what follows.
  const std::string line =
      progress_line(label_, unit_, done, total, seconds,
                    std::max<std::size_t>(terminal_width(stream_), 2) - 1, failed);
  // Standard functions, not fmt's: they do not throw where a terminal has gone.
  std::fputs(("\r" + line + "\x1b[K").c_str(), stream_);
  std::fflush(stream_);
  is_drawn_ = true;
}

void Progress::clear() {
  if (!is_drawn_) return;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
  is_drawn_ = false;
}

}  // namespace cimforge::flows
