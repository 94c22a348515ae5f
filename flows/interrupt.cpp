#include "flows/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

/// Signals after which the program no longer waits for its loops to look.
constexpr int kSignalsThatInsist = 3;

std::atomic<int> requests{0};
std::atomic<int> pipe_read_end{-1};
std::atomic<int> pipe_write_end{-1};

static_assert(std::atomic<int>::is_always_lock_free, "used in a signal handler");

void open_pipe_once() {
  static const bool opened = [] {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
      throw base::ToolError("cannot open a pipe: too many open files");
    }
    pipe_read_end = ends[0];
    pipe_write_end = ends[1];
    return true;
  }();
  static_cast<void>(opened);
}

extern "C" void handle_signal(int /*signal*/) {
  const int saved_errno = errno;
  request_interrupt();
  if (requests.load() >= kSignalsThatInsist) {
    ::_exit(static_cast<int>(base::ExitStatus::interrupted));
  }
  errno = saved_errno;
}

}  // namespace

void install_interrupt_handlers() {
  open_pipe_once();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
      continue;
    }
    action = {};
    action.sa_handler = handle_signal;
    action.sa_flags = 0;  // a read that waits for a pipe ends
    ::sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
  }
}

bool interrupted() {
  return requests.load() > 0;
}

void throw_if_interrupted() {
  if (interrupted()) {
    throw base::CommandError(base::ExitStatus::interrupted, "interrupted");
  }
}

int interrupt_descriptor() {
  open_pipe_once();
  return pipe_read_end.load();
}

void request_interrupt() {
  requests.fetch_add(1);
  const int descriptor = pipe_write_end.load();
  if (descriptor >= 0) {
    // A full pipe is readable as well, so a failed write loses nothing.
    const char byte = '!';
    const ssize_t written = ::write(descriptor, &byte, 1);
    static_cast<void>(written);
  }
}

void clear_interrupt() {
  const int descriptor = pipe_read_end.load();
  char byte = 0;
  while (descriptor >= 0 && ::read(descriptor, &byte, 1) == 1) {
  }
  requests = 0;
}

}  // namespace cimforge::flows
