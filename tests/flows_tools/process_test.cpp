#include "flows/process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "flows/interrupt.h"
#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/flows_tools/scoped_environment.h"
#include "tests/flows_tools/thrown.h"

namespace cimforge::flows {
namespace {

using base::ExitStatus;
using std::chrono::milliseconds;
using std::chrono::seconds;

ProcessRequest shell(const std::string& script, milliseconds limit = seconds(60)) {
  return {.arguments = {"/bin/sh", "-c", script}, .time_limit = limit};
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return std::distance(begin(entries), end(entries));
}

bool has_children() {
  return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD;
}

/// Whether a process runs; a zombie that waits for its parent does not.
bool runs(const std::string& process_id) {
  std::ifstream stat("/proc/" + process_id + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return static_cast<bool>(stat >> number >> name >> state) && state != "Z" && state != "X";
}

bool ends_soon(const std::string& process_id) {
  for (int i = 0; i < 500 && runs(process_id); ++i) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  return !runs(process_id);
}

}  // namespace

TEST_CASE("A program's output and exit status come back") {
  const ProcessResult result = run_process(shell("echo out; echo err >&2; exit 3"));
  CHECK(result.stdout_text == "out\n");
  CHECK(result.stderr_text == "err\n");
  CHECK(result.exit_code == 3);
  CHECK(result.signal == 0);
  CHECK_FALSE(result.succeeded());
  CHECK(result.elapsed_seconds > 0.0);
  CHECK(result.peak_memory_kib > 0);
  CHECK(run_process(shell("exit 0")).succeeded());
}

TEST_CASE("Arguments reach a program as they are, without a shell") {
  const ProcessResult result = run_process(
      {.arguments = {"printf", "%s|", "a b", "$HOME", "*", ""}, .time_limit = seconds(60)});
  CHECK(result.stdout_text == "a b|$HOME|*||");
}

TEST_CASE("A program runs in its folder with its environment and no input") {
  const base::TemporaryDirectory directory("cimforge-test");
  ProcessRequest request = shell("pwd; echo $CIMFORGE_TEST $LC_ALL; cat");
  request.working_directory = directory.path();
  request.environment = {{"CIMFORGE_TEST", "here"}};
  CHECK(run_process(request).stdout_text ==
        std::filesystem::canonical(directory.path()).string() + "\nhere C.UTF-8\n");
}

TEST_CASE("A large output on both streams is read whole") {
  const ProcessResult result = run_process(
      shell("head -c 5000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2"));
  CHECK(result.stdout_text.size() == 5'000'000);
  CHECK(result.stderr_text.size() == 3'000'000);
}

TEST_CASE("Output goes to files, one or two") {
  const base::TemporaryDirectory directory("cimforge-test");
  ProcessRequest request = shell("echo out; echo err >&2");
  request.stdout_file = directory.path() / "log";
  request.stderr_file = directory.path() / "log";
  const ProcessResult result = run_process(request);
  CHECK(result.stdout_text.empty());
  CHECK(base::read_file(directory.path() / "log") == "out\nerr\n");
  request.stderr_file.clear();
  CHECK(run_process(request).stderr_text == "err\n");
  CHECK(base::read_file(directory.path() / "log") == "out\n");
}

TEST_CASE("A program that prints without end is killed") {
  ProcessRequest request = shell("yes");
  request.output_limit = 100'000;
  const Thrown thrown = thrown_by([&] { run_process(request); });
  CHECK(thrown.status == ExitStatus::tool_failed);
  CHECK(thrown.says("more than 100000 bytes"));
  CHECK_FALSE(has_children());
}

TEST_CASE("At its time limit a program is killed with what it started") {
  const ProcessRequest request = shell("sleep 1000 & echo $!; wait", milliseconds(200));
  const ProcessResult result = run_process(request);
  CHECK(result.timed_out);
  CHECK_FALSE(result.succeeded());
  CHECK(result.elapsed_seconds < 30.0);
  CHECK(describe_end(request, result) == "killed after its time limit of 0.2 s");
  const std::string grandchild = last_lines(result.stdout_text, 1);
  REQUIRE_FALSE(grandchild.empty());
  CHECK(ends_soon(grandchild));
  CHECK_FALSE(has_children());
}

TEST_CASE("What a program leaves behind is killed and does not hold up its end") {
  const ProcessResult result = run_process(shell("sleep 1000 & echo $!"));
  CHECK(result.succeeded());
  CHECK(result.elapsed_seconds < 30.0);
  CHECK(ends_soon(last_lines(result.stdout_text, 1)));
}

TEST_CASE("A signal that ends a program is told") {
  const ProcessRequest request = shell("kill -SEGV $$");
  const ProcessResult result = run_process(request);
  CHECK(result.signal == SIGSEGV);
  CHECK(describe_end(request, result) == "killed by signal 11 (Segmentation fault)");
}

TEST_CASE("A missing program is a tool error, and so is a missing folder") {
  const auto run = [](const std::string& program) {
    return thrown_by([&] { run_process({.arguments = {program}, .time_limit = seconds(60)}); });
  };
  CHECK(run("no-such-program").status == ExitStatus::tool_failed);
  CHECK(run("no-such-program").message == "no-such-program is not found on PATH");
  CHECK(run("/no/such/program").says("/no/such/program"));
  CHECK(run("/etc/passwd").says("not an executable file"));

  ProcessRequest request = shell("true");
  request.working_directory = "/no/such/folder";
  CHECK(thrown_by([&] { run_process(request); }).says("/no/such/folder"));
  CHECK_FALSE(has_children());
}

TEST_CASE("A file that is no program is a tool error") {
  const base::TemporaryDirectory directory("cimforge-test");
  const std::filesystem::path file = directory.path() / "tool";
  base::write_file_atomically(file, "not a program");
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  const Thrown thrown =
      thrown_by([&] { run_process({.arguments = {file.string()}, .time_limit = seconds(60)}); });
  CHECK(thrown.status == ExitStatus::tool_failed);
  CHECK(thrown.says("Exec format error"));
}

TEST_CASE("A program is searched for on PATH, in its order") {
  const base::TemporaryDirectory directory("cimforge-test");
  const std::filesystem::path file = directory.path() / "true";
  base::write_file_atomically(file, "#!/bin/sh\nexit 7\n");
  const ScopedEnvironment path("PATH", "/no/such/folder::" + directory.path().string() + ":/bin");
  CHECK(find_program("true") == "/bin/true");
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  CHECK(find_program("true") == file);
  CHECK(run_process({.arguments = {"true"}, .time_limit = seconds(60)}).exit_code == 7);
  CHECK(find_program("no-such-program").empty());
}

TEST_CASE("A tool that fails throws how it ended and what it said") {
  const Thrown thrown = thrown_by([] { run_tool(shell("echo first; echo last >&2; exit 2")); });
  CHECK(thrown.status == ExitStatus::tool_failed);
  CHECK(thrown.message == "/bin/sh failed (exit status 2):\nlast");
  CHECK(thrown_by([] { run_tool(shell("echo only; exit 2")); }).says("only"));
  CHECK(run_tool(shell("echo fine")).stdout_text == "fine\n");
}

TEST_CASE("The last lines of a text leave out blank ones") {
  CHECK(last_lines("a\n\nb  \n\n c\n\n", 2) == "b\n c");
  CHECK(last_lines("a\nb", 9) == "a\nb");
  CHECK(last_lines("\n \n", 9).empty());
  CHECK(last_lines("", 9).empty());
}

TEST_CASE("An interrupt kills a running program and throws") {
  const base::TemporaryDirectory directory("cimforge-test");
  const std::filesystem::path file = directory.path() / "grandchild";
  ProcessRequest request = shell("sleep 1000 & echo $! > id.tmp; mv id.tmp grandchild; wait");
  request.working_directory = directory.path();
  std::thread other([&] {
    while (!std::filesystem::exists(file)) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    request_interrupt();
  });
  const Thrown thrown = thrown_by([&] { run_process(request); });
  other.join();
  CHECK(thrown.status == ExitStatus::interrupted);
  CHECK(thrown.message == "interrupted");
  CHECK(ends_soon(last_lines(base::read_file(file), 1)));
  CHECK_FALSE(has_children());
  CHECK(thrown_by([] { run_process(shell("true")); }).status == ExitStatus::interrupted);
  clear_interrupt();
  CHECK(run_process(shell("true")).succeeded());
}

TEST_CASE("A signal becomes an interrupt, in every thread that runs a program") {
  install_interrupt_handlers();
  const base::TemporaryDirectory directory("cimforge-test");
  std::vector<ExitStatus> statuses(4, ExitStatus::done);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < statuses.size(); ++t) {
    threads.emplace_back([&, t] {
      ProcessRequest request = shell("touch " + std::to_string(t) + "; sleep 1000");
      request.working_directory = directory.path();
      statuses[t] = thrown_by([&] { run_process(request); }).status;
    });
  }
  for (std::size_t t = 0; t < statuses.size(); ++t) {
    while (!std::filesystem::exists(directory.path() / std::to_string(t))) {
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  ::kill(::getpid(), SIGTERM);
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(interrupted());
  CHECK(statuses == std::vector<ExitStatus>(4, ExitStatus::interrupted));
  CHECK_THROWS_AS(throw_if_interrupted(), base::CommandError);
  clear_interrupt();
  CHECK_FALSE(interrupted());
  CHECK_FALSE(has_children());
}

TEST_CASE("Many programs at once leave no descriptors and no zombies") {
  interrupt_descriptor();  // opened once, for good
  const std::ptrdiff_t before = open_descriptors();
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&wrong, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string text = std::to_string(1000 * t + static_cast<std::size_t>(i));
        wrong[t] += run_process(shell("echo " + text)).stdout_text == text + "\n" ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(wrong == std::vector<int>(4, 0));
  CHECK(open_descriptors() == before);
  CHECK_FALSE(has_children());
}

TEST_CASE("A program inherits no descriptors of ours") {
  const std::ifstream file("/proc/self/status");
  const ProcessResult result =
      run_process({.arguments = {"ls", "/proc/self/fd"}, .time_limit = seconds(60)});
  CHECK(result.stdout_text == "0\n1\n2\n3\n");  // its three streams and the folder it lists
}

}  // namespace cimforge::flows
