#include "flows/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "flows/interrupt.h"
#include "generator/base/exit_status.h"

namespace cimforge::flows {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How often a child is looked at while its output is silent.
constexpr milliseconds kTick{20};
/// The same once it has closed its output: it is about to end.
constexpr milliseconds kShortTick{2};
/// How long output is awaited from a pipe that some escaped grandchild keeps open.
constexpr milliseconds kDrainLimit{200};

/// A file descriptor that is closed when the object goes.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      value_ = std::exchange(other.value_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] bool is_open() const { return value_ >= 0; }
  void close() {
    if (value_ >= 0) {
      ::close(std::exchange(value_, -1));
    }
  }

 private:
  int value_ = -1;
};

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

std::string error_text(int error_number) {
  return std::error_code(error_number, std::generic_category()).message();
}

/// The same file under a number above those of the standard streams, which the child assigns; we
/// may have been started with some of them closed.
Descriptor above_standard_streams(Descriptor descriptor) {
  if (descriptor.get() > STDERR_FILENO) {
    return descriptor;
  }
  Descriptor moved(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved.is_open()) {
    throw base::ToolError(fmt::format("cannot open a descriptor: {}", error_text(errno)));
  }
  return moved;
}

Pipe open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw base::ToolError(fmt::format("cannot open a pipe: {}", error_text(errno)));
  }
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  return {above_standard_streams(std::move(read_end)),
          above_standard_streams(std::move(write_end))};
}

Descriptor open_file(const std::filesystem::path& path, int flags) {
  Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!descriptor.is_open()) {
    throw base::ToolError(fmt::format("cannot open {}: {}", path.string(), error_text(errno)));
  }
  return above_standard_streams(std::move(descriptor));
}

/// One of the two output streams: a pipe that is read into `text`, or a file of the user's.
struct Output {
  Descriptor read_end;   ///< open while the pipe is; never for a file
  Descriptor write_end;  ///< the child's end
  std::string text;
};

Output open_output(const std::filesystem::path& file, bool append) {
  Output output;
  if (file.empty()) {
    Pipe pipe = open_pipe();
    output.read_end = std::move(pipe.read_end);
    output.write_end = std::move(pipe.write_end);
  } else {
    output.write_end = open_file(file, O_WRONLY | O_CREAT | O_APPEND | (append ? 0 : O_TRUNC));
  }
  return output;
}

/// Our environment with the additions, as `NAME=value`.
std::vector<std::string> make_environment(const std::map<std::string, std::string>& additions) {
  std::map<std::string, std::string> values{{"LC_ALL", "C.UTF-8"}};
  for (const auto& [name, value] : additions) {
    values[name] = value;
  }
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!values.contains(std::string(text.substr(0, text.find('='))))) {
      entries.emplace_back(text);
    }
  }
  for (const auto& [name, value] : values) {
    entries.push_back(name + "=" + value);
  }
  return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// Everything that the child needs between fork and exec, made ready before the fork: only
/// async-signal-safe calls are allowed there.
struct Launch {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* working_directory;  ///< or null
  int input;
  int output;
  int error;
  int report;  ///< takes the errno of the step that failed
  pid_t parent;
};

[[noreturn]] void run_child(const Launch& launch) {
  ::setpgid(0, 0);
  struct sigaction default_action {};
  default_action.sa_handler = SIG_DFL;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    ::sigaction(signal, &default_action, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // A tool does not outlive a cimforge that was killed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool ready =
      ::getppid() == launch.parent && ::dup2(launch.input, STDIN_FILENO) >= 0 &&
      ::dup2(launch.output, STDOUT_FILENO) >= 0 && ::dup2(launch.error, STDERR_FILENO) >= 0 &&
      (launch.working_directory == nullptr || ::chdir(launch.working_directory) == 0);
  if (ready) {
    // Streams of the standard library are opened without O_CLOEXEC.
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(launch.program, launch.arguments, launch.environment);
  }
  const int error_number = errno;
  const ssize_t written = ::write(launch.report, &error_number, sizeof error_number);
  static_cast<void>(written);
  ::_exit(127);
}

/// A running child in a process group of its own; killed with its group and reaped when the object
/// goes.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (id_ > 0) {
      kill_group();
      reap();
    }
  }

  void kill_group() const { ::kill(-id_, SIGKILL); }

  /// Whether it has ended; it stays a zombie, so that its number names its group until reap().
  [[nodiscard]] bool has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == id_;
  }

  struct End {
    int status = 0;
    rusage usage{};
  };
  /// Waits for its end.
  End reap() {
    End end;
    while (::wait4(id_, &end.status, 0, &end.usage) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return end;
  }

 private:
  pid_t id_;
};

/// Starts the program; throws where exec fails.
pid_t start(const ProcessRequest& request, const std::filesystem::path& program, Output& output,
            Output& error) {
  std::vector<std::string> arguments = request.arguments;
  std::vector<std::string> environment = make_environment(request.environment);
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const Descriptor null_input = open_file("/dev/null", O_RDONLY);
  Pipe report = open_pipe();
  const Launch launch{
      program.c_str(),
      argument_pointers.data(),
      environment_pointers.data(),
      request.working_directory.empty() ? nullptr : request.working_directory.c_str(),
      null_input.get(),
      output.write_end.get(),
      error.write_end.get(),
      report.write_end.get(),
      ::getpid()};

  // No signal may reach our handlers in the child before exec.
  sigset_t all;
  sigset_t former;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &former);
  const pid_t id = ::fork();
  if (id == 0) {
    run_child(launch);
  }
  const int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
  if (id < 0) {
    throw base::ToolError(
        fmt::format("cannot start {}: {}", program.string(), error_text(fork_error)));
  }
  ::setpgid(id, id);  // also done by the child: whoever is first
  output.write_end.close();
  error.write_end.close();
  report.write_end.close();

  int exec_error = 0;
  ssize_t count = 0;
  do {
    count = ::read(report.read_end.get(), &exec_error, sizeof exec_error);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    Child(id).reap();
    const bool lacks_directory = !request.working_directory.empty() &&
                                 !std::filesystem::is_directory(request.working_directory);
    throw base::ToolError(
        lacks_directory
            ? fmt::format("cannot run {} in {}: {}", program.string(),
                          request.working_directory.string(), error_text(exec_error))
            : fmt::format("cannot run {}: {}", program.string(), error_text(exec_error)));
  }
  return id;
}

/// Takes what the pipe holds; closes it at its end.
void read_some(Output& output) {
  std::array<char, 65536> buffer;  // NOLINT: filled by read
  const ssize_t count = ::read(output.read_end.get(), buffer.data(), buffer.size());
  if (count > 0) {
    output.text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    output.read_end.close();
  }
}

/// Waits until a pipe has output or is closed, an interrupt comes, or the time is over.
void wait_and_read(Output& output, Output& error, milliseconds time) {
  std::array<pollfd, 3> polled{pollfd{interrupt_descriptor(), POLLIN, 0},
                               pollfd{output.read_end.get(), POLLIN, 0},
                               pollfd{error.read_end.get(), POLLIN, 0}};
  const auto timeout = static_cast<int>(std::max<milliseconds::rep>(time.count(), 0));
  if (::poll(polled.data(), polled.size(), timeout) <= 0) {
    return;
  }
  if (polled[1].revents != 0) {
    read_some(output);
  }
  if (polled[2].revents != 0) {
    read_some(error);
  }
}

milliseconds time_until(Clock::time_point moment) {
  // Rounded up, so that a poll does not return just before the moment and spin.
  return std::chrono::ceil<milliseconds>(moment - Clock::now());
}

std::filesystem::path resolve_program(const std::string& name) {
  const std::filesystem::path program = find_program(name);
  if (program.empty()) {
    throw base::ToolError(name.find('/') == std::string::npos
                              ? fmt::format("{} is not found on PATH", name)
                              : fmt::format("cannot run {}: it is not an executable file", name));
  }
  return std::filesystem::absolute(program);
}

}  // namespace

ProcessResult run_process(const ProcessRequest& request) {
  assert(!request.arguments.empty() && request.time_limit.count() > 0);
  throw_if_interrupted();
  const std::filesystem::path program = resolve_program(request.arguments.front());
  const bool one_file = !request.stdout_file.empty() && request.stdout_file == request.stderr_file;
  Output output = open_output(request.stdout_file, false);
  Output error = open_output(request.stderr_file, one_file);

  const Clock::time_point begin = Clock::now();
  const Clock::time_point deadline = begin + request.time_limit;
  Child child(start(request, program, output, error));
  ProcessResult result;
  while (!child.has_ended()) {
    throw_if_interrupted();
    if (Clock::now() >= deadline) {
      result.timed_out = true;
      child.kill_group();
      break;
    }
    const bool is_open = output.read_end.is_open() || error.read_end.is_open();
    wait_and_read(output, error, std::min(time_until(deadline), is_open ? kTick : kShortTick));
    if (output.text.size() > request.output_limit || error.text.size() > request.output_limit) {
      throw base::ToolError(fmt::format("{} was killed: it printed more than {} bytes",
                                        request.arguments.front(), request.output_limit));
    }
  }
  child.kill_group();  // what it left behind
  const Clock::time_point drain_end = Clock::now() + kDrainLimit;
  while ((output.read_end.is_open() || error.read_end.is_open()) && Clock::now() < drain_end &&
         !interrupted()) {
    wait_and_read(output, error, time_until(drain_end));
  }
  const Child::End end = child.reap();
  throw_if_interrupted();

  result.exit_code = WIFEXITED(end.status) ? WEXITSTATUS(end.status) : 0;
  result.signal = WIFSIGNALED(end.status) ? WTERMSIG(end.status) : 0;
  result.elapsed_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  result.peak_memory_kib = end.usage.ru_maxrss;
  result.stdout_text = std::move(output.text);
  result.stderr_text = std::move(error.text);
  return result;
}

std::string describe_end(const ProcessRequest& request, const ProcessResult& result) {
  if (result.timed_out) {
    return fmt::format("killed after its time limit of {:g} s",
                       std::chrono::duration<double>(request.time_limit).count());
  }
  if (result.signal != 0) {
    const char* name = ::sigdescr_np(result.signal);
    return fmt::format("killed by signal {} ({})", result.signal,
                       name == nullptr ? "unknown" : name);
  }
  return fmt::format("exit status {}", result.exit_code);
}

ProcessResult run_tool(const ProcessRequest& request) {
  constexpr std::size_t kLines = 20;
  ProcessResult result = run_process(request);
  if (!result.succeeded()) {
    std::string lines = last_lines(result.stderr_text, kLines);
    if (lines.empty()) {
      lines = last_lines(result.stdout_text, kLines);
    }
    throw base::ToolError(fmt::format("{} failed ({}){}{}", request.arguments.front(),
                                      describe_end(request, result), lines.empty() ? "" : ":\n",
                                      lines));
  }
  return result;
}

std::string last_lines(std::string_view text, std::size_t count) {
  std::vector<std::string_view> lines;
  std::size_t end = text.size();
  while (end > 0 && lines.size() < count) {
    const std::size_t newline = text.rfind('\n', end - 1);
    const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    std::string_view line = text.substr(begin, end - begin);
    line = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
    if (!line.empty()) {
      lines.push_back(line);
    }
    end = begin == 0 ? 0 : begin - 1;
  }
  std::reverse(lines.begin(), lines.end());
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::filesystem::path find_program(const std::string& name) {
  const auto is_executable = [](const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    return is_executable(name) ? std::filesystem::path(name) : std::filesystem::path();
  }
  const char* path_variable = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): only read
  std::string_view rest = path_variable == nullptr ? "" : path_variable;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::filesystem::path candidate = std::filesystem::path(rest.substr(0, colon)) / name;
    if (colon > 0 && is_executable(candidate)) {
      return candidate;
    }
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return {};
}

}  // namespace cimforge::flows
