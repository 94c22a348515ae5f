#include "generator/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "generator/base/exit_status.h"
#include "tests/catch.h"

namespace cimforge::base {
namespace {
namespace fs = std::filesystem;

const std::string manifest = "manifest.json";

/// The message of the InputError that `action` throws; empty where it throws none.
std::string input_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

/// Every file below `directory`: relative path -> text.
FileSet contents(const fs::path& directory) {
  FileSet files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_directory()) continue;
    files[entry.path().lexically_relative(directory).generic_string()] = read_file(entry.path());
  }
  return files;
}

/// The names in `directory`, hidden ones too.
std::vector<std::string> names(const fs::path& directory) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    found.push_back(entry.path().filename().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// An output of two files whose manifest names them, all marked with `mark`.
FileSet output(const std::string& mark) {
  return {{manifest, R"({"files": ["rtl/top.v", "sim.f"], "mark": ")" + mark + "\"}"},
          {"rtl/top.v", "module top; // " + mark + "\n"},
          {"sim.f", mark}};
}

/// Runs `action` in a child process that dies with it; the status of waitpid.
int in_child(const std::function<void()>& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      action();
      ::_exit(0);
    } catch (...) {
      ::_exit(100);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

/// From here on no file of this process may grow past `bytes`: a full disk, but for its name.
void limit_file_size(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace

TEST_CASE("a file is read whole") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path path = scratch.path() / "data";
  const std::string text = std::string("a\0b\r\n", 5) + std::string(200'000, 'x');
  write_file_atomically(path, text);
  CHECK(read_file(path) == text);
  CHECK(read_file(path, text.size()) == text);
  CHECK(input_error([&] { read_file(path, 100); }) == path.string() + ": longer than 100 bytes");
  CHECK(input_error([] { read_file("/dev/zero", 1000); }) == "/dev/zero: longer than 1000 bytes");
  CHECK(read_file("/dev/null").empty());
}

TEST_CASE("a file that cannot be read is one clear message") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path missing = scratch.path() / "missing";
  CHECK(input_error([&] { read_file(missing); }) ==
        missing.string() + ": No such file or directory");
  CHECK(input_error([&] { read_file(scratch.path()); }) ==
        scratch.path().string() + ": Is a directory");
  CHECK(input_error([] { read_file(""); }) == "(no name): No such file or directory");
  CHECK(input_error([] { read_file("/proc/version/below"); }) ==
        "/proc/version/below: Not a directory");
}

TEST_CASE("a file is replaced whole, keeps its mode and its links") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path path = scratch.path() / "result.json";
  write_file_atomically(path, "one");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("result.json", scratch.path() / "link");
  write_file_atomically(scratch.path() / "link", "two");
  CHECK(read_file(path) == "two");
  CHECK(fs::is_symlink(scratch.path() / "link"));
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  write_file_atomically(path, "");
  CHECK(read_file(path).empty());
  CHECK(names(scratch.path()) == std::vector<std::string>{"link", "result.json"});
}

TEST_CASE("a file is written into the current directory by its bare name") {
  const TemporaryDirectory scratch("cimforge-test");
  const int status = in_child([&] {
    fs::current_path(scratch.path());
    write_file_atomically("bare", "x");
  });
  CHECK(status == 0);
  CHECK(read_file(scratch.path() / "bare") == "x");
}

TEST_CASE("a file that cannot be written is one clear message") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path& root = scratch.path();
  write_file_atomically(root / "file", "old");
  const auto error = [](const fs::path& path) {
    return input_error([&] { write_file_atomically(path, "text"); });
  };
  CHECK(error(root / "none/file") == (root / "none/file").string() + ": No such file or directory");
  CHECK(error(root / "file/below") == (root / "file/below").string() + ": Not a directory");
  CHECK(error(root) == root.string() + ": Is a directory");
  CHECK(error(root / "new/") == (root / "new/").string() + ": Is a directory");
  CHECK(error("") == "(no name): No such file or directory");
  CHECK(error("/proc/cimforge") == "/proc/cimforge: No such file or directory");
  CHECK(error(root / std::string(300, 'n')).find("File name too long") != std::string::npos);
  fs::create_symlink("nowhere", root / "dangling");
  CHECK(error(root / "dangling") ==
        (root / "dangling").string() + ": the symbolic link leads nowhere");
  // No mistake of the input.
  CHECK_THROWS_AS(write_file_atomically("/dev/full", "text"), ToolError);
  CHECK_THROWS_WITH(write_file_atomically("/dev/full", "text"),
                    "/dev/full: No space left on device");
  CHECK(names(root) == std::vector<std::string>{"dangling", "file"});
}

TEST_CASE("devices and pipes are written to, never replaced") {
  write_file_atomically("/dev/null", "text");
  CHECK(fs::is_character_file("/dev/null"));

  const TemporaryDirectory scratch("cimforge-test");
  const fs::path log = scratch.path() / "log";
  const int status = in_child([&] {
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT, 0666);
    ::dup2(file, STDOUT_FILENO);
    std::fputs("before\n", stdout);
    write_file_atomically("/dev/stdout", "json\n");
    std::fputs("after\n", stdout);
    std::fflush(stdout);
  });
  CHECK(status == 0);
  CHECK(read_file(log) == "before\njson\nafter\n");
}

TEST_CASE("a regular file of a file system in memory is replaced") {
  if (!fs::is_directory("/dev/shm")) return;
  const fs::path file = fmt::format("/dev/shm/cimforge-test-{}", ::getpid());
  write_file_atomically(file, "first");
  write_file_atomically(file, "second");
  CHECK(read_file(file) == "second");
  fs::remove(file);
}

TEST_CASE("who waits for a pipe is ended by a signal") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path pipe = scratch.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0666) == 0);
  const int status = in_child([&] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, nullptr);
    ::ualarm(1000, 1000);
    try {
      read_file(pipe);
      ::_exit(1);
    } catch (const CommandError& error) {
      ::_exit(error.status() == ExitStatus::interrupted ? 0 : 2);
    }
  });
  CHECK(status == 0);
}

TEST_CASE("a full disk leaves the old file") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path path = scratch.path() / "file";
  write_file_atomically(path, "old");
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    limit_file_size(1000);
    const std::string error =
        input_error([&] { write_file_atomically(path, std::string(5000, 'x')); });
    ::_exit(error == path.string() + ": File too large" ? 0 : 1);
  });
  CHECK(status == 0);
  CHECK(read_file(path) == "old");
  CHECK(names(scratch.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("a directory is made, with its parents, and replaced") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path out = scratch.path() / "a/b/out";
  write_directory_atomically(out, output("one"), manifest);
  CHECK(contents(out) == output("one"));
  fs::permissions(out, fs::perms::owner_all);

  FileSet fewer = output("two");
  fewer.erase("sim.f");
  write_directory_atomically(out, fewer, manifest);
  CHECK(contents(out) == fewer);
  CHECK(fs::status(out).permissions() == fs::perms::owner_all);
  CHECK(names(scratch.path() / "a/b") == std::vector<std::string>{"out"});
}

TEST_CASE("a directory is found through slashes, dots and links") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path& root = scratch.path();
  write_directory_atomically(root / "out/", output("one"), manifest);
  CHECK(contents(root / "out") == output("one"));
  write_directory_atomically(root / "out/", output("two"), manifest);
  CHECK(contents(root / "out") == output("two"));
  write_directory_atomically(root / "out//../out/.", output("three"), manifest);
  CHECK(contents(root / "out") == output("three"));

  fs::create_directory_symlink("out", root / "link");
  write_directory_atomically(root / "link", output("four"), manifest);
  CHECK(fs::is_symlink(root / "link"));
  CHECK(contents(root / "out") == output("four"));

  fs::create_directory(root / "empty");
  write_directory_atomically(root / "empty", output("five"), manifest);
  CHECK(contents(root / "empty") == output("five"));
  const int status = in_child([&] {
    fs::current_path(root);
    write_directory_atomically("relative", output("six"), manifest);
    write_directory_atomically("relative", output("seven"), manifest);
  });
  CHECK(status == 0);
  CHECK(contents(root / "relative") == output("seven"));
  CHECK(names(root) == std::vector<std::string>{"empty", "link", "out", "relative"});
}

TEST_CASE("a user's own files are never deleted") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path out = scratch.path() / "out";
  const auto error = [&] {
    return input_error([&] { write_directory_atomically(out, output("new"), manifest); });
  };

  fs::create_directory(out);
  write_file_atomically(out / "thesis.tex", "years");
  CHECK(error() == out.string() +
                       ": not an earlier output (it has no manifest.json) and not empty; name "
                       "another directory");
  write_file_atomically(out / manifest, R"({"name": "a web application"})");
  CHECK(error() == out.string() +
                       ": thesis.tex in it is not part of an earlier output; move it away or name "
                       "another directory");
  CHECK(read_file(out / "thesis.tex") == "years");

  fs::remove_all(out);
  write_directory_atomically(out, output("old"), manifest);
  fs::create_directory(out / "notes");
  CHECK(error().empty());  // an empty directory holds nothing of the user's
  fs::create_directory(out / "rtl/mine");
  write_file_atomically(out / "rtl/mine/top.v", "mine");
  CHECK(error() == out.string() +
                       ": rtl/mine/top.v in it is not part of an earlier output; move it away or "
                       "name another directory");
  CHECK(read_file(out / "rtl/mine/top.v") == "mine");
  CHECK(names(scratch.path()) == std::vector<std::string>{"out"});
}

TEST_CASE("the current directory and those above it are not replaced") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path out = scratch.path() / "out";
  write_directory_atomically(out, output("old"), manifest);
  for (const auto& [here, given] :
       {std::pair{"out", "."}, std::pair{"out/rtl", ".."}, std::pair{"out/rtl", "../../out"}}) {
    const int status = in_child([&, here = here, given = given] {
      fs::current_path(scratch.path() / here);
      const std::string error =
          input_error([&] { write_directory_atomically(given, output("new"), manifest); });
      const bool right =
          error == std::string(given) +
                       ": the current directory cannot be replaced; name a directory below or "
                       "beside it";
      ::_exit(right ? 0 : 1);
    });
    CHECK(status == 0);
  }
  CHECK(contents(out) == output("old"));
}

TEST_CASE("a directory that cannot be written is one clear message") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path& root = scratch.path();
  write_file_atomically(root / "file", "text");
  fs::create_symlink("nowhere", root / "dangling");
  fs::create_symlink("loop", root / "loop");
  const auto error = [](const fs::path& path) {
    return input_error([&] { write_directory_atomically(path, output("new"), manifest); });
  };
  CHECK(error(root / "file") == (root / "file").string() + ": Not a directory");
  CHECK(error(root / "file/out") == (root / "file/out").string() + ": Not a directory");
  CHECK(error(root / "file/a/b/out") == (root / "file/a/b/out").string() + ": Not a directory");
  CHECK(error("") == "(no name): No such file or directory");
  CHECK(error("/proc/cimforge") == "/proc/cimforge: No such file or directory");
  CHECK(error("/proc/cimforge/out") == "/proc/cimforge/out: No such file or directory");
  CHECK(error(root / "dangling") ==
        (root / "dangling").string() + ": the symbolic link leads nowhere");
  CHECK(error(root / "loop").find("Too many levels of symbolic links") != std::string::npos);
  CHECK(error(root / std::string(300, 'n')).find("File name too long") != std::string::npos);
  CHECK(names(root) == std::vector<std::string>{"dangling", "file", "loop"});
}

TEST_CASE("a failure on the way leaves the former directory and nothing else") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path out = scratch.path() / "out";
  write_directory_atomically(out, output("old"), manifest);

  FileSet impossible = output("new");
  impossible["rtl/" + std::string(300, 'n')] = "the name is too long";
  const std::string too_long =
      input_error([&] { write_directory_atomically(out, impossible, manifest); });
  CHECK(too_long.find("File name too long") != std::string::npos);
  CHECK(contents(out) == output("old"));

  FileSet clash = output("new");
  clash["sim.f/below"] = "sim.f is a file";
  CHECK(input_error([&] { write_directory_atomically(out, clash, manifest); }) ==
        (out / "sim.f/below").string() + ": Not a directory");
  CHECK(contents(out) == output("old"));

  const int status = in_child([&] {  // a full disk
    std::signal(SIGXFSZ, SIG_IGN);
    limit_file_size(1000);
    FileSet large = output("new");
    large["rtl/top.v"] = std::string(5000, 'x');
    const std::string error =
        input_error([&] { write_directory_atomically(out, large, manifest); });
    ::_exit(error == (out / "rtl/top.v").string() + ": File too large" ? 0 : 1);
  });
  CHECK(status == 0);
  CHECK(contents(out) == output("old"));
  CHECK(names(scratch.path()) == std::vector<std::string>{"out"});

  const fs::path below = scratch.path() / "a/b/out";
  CHECK_FALSE(
      input_error([&] { write_directory_atomically(below, impossible, manifest); }).empty());
  CHECK_FALSE(fs::exists(scratch.path() / "a"));  // the parents made for it have gone again
}

TEST_CASE("killed in the middle of a file, the former directory stays and the next call works") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path out = scratch.path() / "out";
  write_directory_atomically(out, output("old"), manifest);
  FileSet large = output("new");
  large["rtl/top.v"] = std::string(5000, 'x');
  const int status = in_child([&] {
    limit_file_size(1000);  // SIGXFSZ kills the child inside write()
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGXFSZ, SIG_DFL);
    write_directory_atomically(out, large, manifest);
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGXFSZ);
  CHECK(contents(out) == output("old"));
  write_directory_atomically(out, large, manifest);
  CHECK(contents(out) == large);
}

TEST_CASE("killed anywhere, the directory holds one whole output") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path out = scratch.path() / "out";
  write_directory_atomically(out, output("even"), manifest);
  for (int round = 0; round < 40; ++round) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      for (int turn = 0;; ++turn) {
        write_directory_atomically(out, output(turn % 2 == 0 ? "odd" : "even"), manifest);
        if (::write(pipe[1], "x", 1) != 1) ::_exit(1);
      }
    }
    // The parent kills the child somewhere in the call that follows the bytes it reads.
    std::array<char, 1> byte{};
    for (int turn = 0; turn <= round % 3; ++turn) REQUIRE(::read(pipe[0], byte.data(), 1) == 1);
    for (int spin = 0; spin < round * 100; ++spin) ::getppid();  // a short while
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
    const FileSet found = contents(out);
    INFO("round " << round);
    CHECK((found == output("odd") || found == output("even")));
  }
  write_directory_atomically(out, output("last"), manifest);
  CHECK(contents(out) == output("last"));
}

TEST_CASE("two processes that write one directory leave one whole output") {
  const TemporaryDirectory scratch("cimforge-test");
  const fs::path out = scratch.path() / "out";
  write_directory_atomically(out, output("0"), manifest);
  std::vector<pid_t> children;
  for (const std::string mark : {"1", "2"}) {
    const pid_t child = ::fork();
    if (child == 0) {
      int failures = 0;
      for (int turn = 0; turn < 20; ++turn) {
        // A directory that the other removes while this one looks into it is a plain error.
        if (!input_error([&] { write_directory_atomically(out, output(mark), manifest); }).empty())
          ++failures;
      }
      ::_exit(failures < 20 ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  const FileSet found = contents(out);
  CHECK((found == output("1") || found == output("2")));
}

TEST_CASE("a temporary directory goes with its object") {
  fs::path first;
  {
    const TemporaryDirectory one("cimforge-test");
    const TemporaryDirectory two("cimforge-test");
    first = one.path();
    CHECK(one.path() != two.path());
    CHECK(fs::is_directory(one.path()));
    CHECK(one.path().filename().string().starts_with("cimforge-test."));
    write_directory_atomically(one.path() / "a/b", output("x"), manifest);
  }
  CHECK_FALSE(fs::exists(first));
}

TEST_CASE("no place for temporary files is a failure of the machine") {
  const int status = in_child([] {
    ::setenv("TMPDIR", "/nowhere/at/all", 1);
    try {
      const TemporaryDirectory directory("cimforge-test");
    } catch (const ToolError& error) {
      ::_exit(std::string(error.what()).starts_with("no directory for temporary files") ? 0 : 1);
    }
    ::_exit(2);
  });
  CHECK(status == 0);
}

}  // namespace cimforge::base
