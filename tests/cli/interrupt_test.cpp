// Ctrl-C and kill in the middle of the work.
#include <csignal>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "tests/catch.h"
#include "tests/cli/command.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

/// Waits until something is so, which the test requires.
void wait_for(const char* what, const std::function<bool()>& is_so) {
  const auto deadline = Clock::now() + std::chrono::minutes(5);
  while (!is_so() && Clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  INFO(what);
  REQUIRE(is_so());
}

/// Whether a file of this name is somewhere below a directory that others write to.
bool has_file(const fs::path& directory, const std::string& name) {
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(directory, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->path().filename() == name) return true;
  }
  return false;
}

/// Processes whose environment has this text.
int processes_with(const std::string& text) {
  int count = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    const std::string environment((std::istreambuf_iterator<char>(file)), {});
    if (environment.find(text) != std::string::npos) ++count;
  }
  return count;
}

/// cimforge at work in a thread, with temporary files in a directory of its own.
class Running {
 public:
  explicit Running(const std::vector<std::string>& arguments)
      : temporary_(here_.make_directory("tmp")) {
    // The shell tells its process id and becomes cimforge.
    flows::ProcessRequest request{
        {"/bin/sh", "-c", "echo $$ > \"$0\" && exec \"$@\"", here_("pid"), CIMFORGE_PROGRAM},
        kTimeLimit};
    request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
    request.environment["TMPDIR"] = temporary_;
    thread_ = std::thread([this, request] {
      try {
        result_ = flows::run_process(request);
      } catch (const std::exception& error) {
        result_.stderr_text = error.what();
        result_.exit_code = -1;
      }
    });
  }
  ~Running() {
    if (!thread_.joinable()) return;
    std::ifstream file(here_.path("pid"));
    pid_t id = 0;
    if (file >> id && id > 0) ::kill(id, SIGKILL);
    thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  [[nodiscard]] const std::string& temporary() const { return temporary_; }

  /// Sends the signal; the program must then end by itself, soon and cleanly, and say no more.
  void interrupt(int signal) {
    const flows::ProcessResult& result = end(signal);
    CHECK(result.stdout_text.empty());
    CHECK(result.stderr_text == "cimforge: interrupted\n");
  }

  /// The same for a command that tells what is finished.
  const flows::ProcessResult& end(int signal) {
    pid_t id = 0;
    std::ifstream(here_.path("pid")) >> id;
    REQUIRE(id > 0);
    const auto begin = Clock::now();
    REQUIRE(::kill(id, signal) == 0);
    thread_.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    INFO(result_.stderr_text);
    CHECK(seconds < 20);  // a fraction of one on an idle machine
    CHECK(result_.exit_code == 130);
    CHECK(fs::is_empty(temporary_));
    // What was killed may wait for a moment to be collected.
    wait_for("the end of its processes",
             [&] { return processes_with("TMPDIR=" + temporary_) == 0; });
    return result_;
  }

 private:
  Workspace here_;
  std::string temporary_;
  flows::ProcessResult result_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("Ctrl-C in a simulation") {
  const Workspace here;
  Running verify({"verify", here.write("spec.toml", small_spec()), "--vectors", "1000000000",
                  "--json", here("result.json")});
  wait_for("a simulation", [&] { return has_file(verify.temporary(), "model.so"); });
  verify.interrupt(SIGINT);
  CHECK_FALSE(fs::exists(here.path("result.json")));
}

TEST_CASE("a termination signal while tools run; the former output stays") {
  const Workspace here;
  const base::FileSet former = {{"cimforge-model.json", R"({"files": {"lib/libold.a": ""}})"},
                                {"lib/libold.a", "old"}};
  for (const auto& [name, text] : former) here.write("out/" + name, text);
  Running model({"model", CIMFORGE_EXAMPLES "/dcim_128x128_i8w8.toml", "-o", here("out")});
  wait_for("Verilator", [&] { return processes_with("TMPDIR=" + model.temporary()) > 1; });
  model.interrupt(SIGTERM);
  CHECK(files_in(here.path("out")) == former);
}

TEST_CASE("Ctrl-C in a regression keeps the results of what is finished") {
  const Workspace here;
  here.write("spec.toml", small_spec());
  const std::string list = here.write(
      "list.toml",
      "[[test]]\nname = \"short\"\ncommand = \"check\"\nspecification = \"spec.toml\"\n"
      "[[test]]\nname = \"long\"\nspecification = \"spec.toml\"\nvectors = 1000000000\n");
  Running regress({"regress", list, "-o", here("out"), "--jobs", "1", "--no-coverage"});
  wait_for("a simulation", [&] { return has_file(regress.temporary(), "model.so"); });
  const flows::ProcessResult& result = regress.end(SIGINT);
  CHECK_THAT(result.stdout_text, Catch::Matchers::Contains("1 of 2 runs: 1 passed"));
  const nlohmann::json report = read_json(here.path("out/results.json"));
  CHECK(report.at("complete") == false);
  CHECK(report.at("planned") == 2);
  CHECK(report.at("passed") == 1);
  CHECK(report.at("runs").size() == 1);
  CHECK(fs::exists(here.path("out/junit.xml")));
}

TEST_CASE("emit killed at any time leaves the old or the new output, whole") {
  const Workspace here;
  const std::string head = "name = \"m\"\nkind = \"digital\"\n[array]\nrows = ";
  const std::string tail = "\ncolumns = 64\n[operands]\ninput = \"int8\"\nweight = \"int8\"\n";
  const std::vector<std::string> specs = {here.write("a.toml", head + "96" + tail),
                                          here.write("b.toml", head + "127" + tail)};
  std::vector<base::FileSet> whole;
  double seconds = 0;
  for (const std::string& spec : specs) {
    seconds = succeed({"emit", spec, "-o", here("out")}).elapsed_seconds;
    whole.push_back(files_in(here.path("out")));
  }
  REQUIRE(whole[0] != whole[1]);

  constexpr unsigned seed = 7;
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> part(0.0, 1.2);
  std::size_t now = 1;
  int killed = 0;
  for (int i = 0; i < 20; ++i) {
    const std::size_t next = 1 - now;
    flows::ProcessRequest request{
        {CIMFORGE_PROGRAM, "emit", specs[next], "-o", here("out")},
        std::chrono::milliseconds(1 + static_cast<int>(1000 * seconds * part(random)))};
    const flows::ProcessResult result = flows::run_process(request);  // SIGKILL at its time limit
    if (result.timed_out) ++killed;
    const base::FileSet files = files_in(here.path("out"));
    const bool is_new = files == whole[next];
    INFO("run " << i << ", seed " << seed);
    REQUIRE((is_new || files == whole[now]));
    if (!result.timed_out) CHECK(is_new);
    if (is_new) now = next;
  }
  CHECK(killed > 0);
  succeed({"emit", specs[1 - now], "-o", here("out")});
  CHECK(files_in(here.path("out")) == whole[1 - now]);
}
