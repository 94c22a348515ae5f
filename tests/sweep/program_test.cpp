// `cimforge sweep` as a user runs it.
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "generator/base/file.h"
#include "tests/catch.h"
#include "tests/cli/command.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;
namespace fs = std::filesystem;

constexpr const char* rows_4_to_64 =
    "specification = \"tiny.toml\"\n"
    "[[axis]]\nkey = \"array.rows\"\nrange = { first = 4, last = 64, factor = 2 }\n"
    "[[command]]\nrun = \"check\"\n"
    "[[objective]]\nleast = \"check.full_adders_per_column\"\n";

/// Runs a sweep, which must succeed; it says a line for each run on standard error.
flows::ProcessResult sweep_succeeds(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "sweep");
  flows::ProcessResult result = cimforge::tests::cimforge(arguments);
  INFO(result.stdout_text << result.stderr_text);
  REQUIRE(result.exit_code == 0);
  return result;
}

std::size_t records_in(const fs::path& directory) {
  if (!fs::exists(directory / "results")) return 0;
  const base::FileSet files = files_in(directory / "results");
  return static_cast<std::size_t>(std::ranges::count_if(files, [](const auto& file) {
    return file.first.ends_with(".json") && !file.first.ends_with(".result.json");
  }));
}

/// A file system in memory of so many bytes; gone with the object.
class SmallDisk {
 public:
  SmallDisk(std::string place, const char* size) : place_(std::move(place)) {
    is_there_ =
        ::mount("none", place_.c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0;
    if (!is_there_) WARN("no tmpfs may be mounted here: not tested");
  }
  ~SmallDisk() {
    if (is_there_) ::umount(place_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool is_there() const { return is_there_; }

 private:
  std::string place_;
  bool is_there_ = false;
};

}  // namespace

TEST_CASE("a sweep is run, summed up, and repeats nothing") {
  const Workspace here;
  here.write("tiny.toml", small_spec());
  const std::string file = here.write("rows.toml", rows_4_to_64);
  sweep_succeeds({file, "-o", here("out"), "--json", here("a.json")});
  const auto first = read_json(here.path("a.json"));
  CHECK(first.at("points") == 5);
  CHECK(first.at("done") == 5);
  CHECK(first.at("kept") == 0);
  CHECK(records_in(here.path("out")) == 5);
  const std::string csv = base::read_file(here.path("out/points.csv"));
  CHECK(std::ranges::count(csv, '\n') == 6);
  CHECK(read_json(here.path("out/summary.json")).at("points")[0].at("best") == true);

  const flows::ProcessResult again =
      sweep_succeeds({file, "-o", here("out"), "--json", here("b.json"), "--json-lines"});
  CHECK(read_json(here.path("b.json")).at("kept") == 5);
  CHECK(std::ranges::count(again.stdout_text, '\n') == 1);  // nothing ran

  // A wider axis runs what is new; a record that was cut short is made again.
  edit(file, "last = 64", "last = 128");
  const base::FileSet files = files_in(here.path("out/results"));
  const auto record = std::ranges::find_if(files, [](const auto& each) {
    return each.first.ends_with(".json") && !each.first.ends_with(".result.json");
  });
  here.write("out/results/" + record->first, record->second.substr(0, 100));
  const flows::ProcessResult wider =
      sweep_succeeds({file, "-o", here("out"), "--json", here("c.json")});
  CHECK_THAT(wider.stderr_text, Catch::Contains("cut short"));
  CHECK(read_json(here.path("c.json")).at("kept") == 4);
  CHECK(records_in(here.path("out")) == 6);
}

TEST_CASE("a failing point is a result, and exit status 1 says so") {
  const Workspace here;
  here.write("tiny.toml", small_spec());
  const std::string file = here.write(
      "s.toml",
      "specification = \"tiny.toml\"\n[[axis]]\nkey = \"array.rows\"\nvalues = [4, 5, 100000]\n"
      "[[command]]\nrun = \"scan --no-such-option\"\n[[command]]\nrun = \"check\"\n");
  const flows::ProcessResult result =
      cimforge::tests::cimforge({"sweep", file, "-o", here("out"), "--json", here("a.json")});
  CHECK(result.exit_code == 1);
  const auto json = read_json(here.path("a.json"));
  CHECK(json.at("failed") == 2);
  CHECK(json.at("refused") == 1);
  CHECK(json.at("done") == 0);
  std::size_t failures = 0;
  for (const auto& entry : fs::directory_iterator(here.path("out/failures"))) {
    ++failures;
    CHECK_THAT(base::read_file(entry.path() / "output.txt"), Catch::Contains("--no-such-option"));
    CHECK(fs::exists(entry.path() / "spec.toml"));
  }
  CHECK(failures == 2);
  // Points that are no macro may be left out.
  here.write("s.toml",
             "invalid = \"skip\"\nspecification = \"tiny.toml\"\n[[axis]]\nkey = "
             "\"array.rows\"\nvalues = [4, 100000]\n[[command]]\nrun = \"check\"\n");
  sweep_succeeds({file, "-o", here("out")});
}

TEST_CASE("parts and the reduction make what one run makes") {
  const Workspace here;
  here.write("tiny.toml", small_spec());
  const std::string file = here.write("rows.toml", rows_4_to_64);
  const std::string scripts =
      sweep_succeeds({file, "-o", here("out"), "--engine", "export", "--tasks-per-part", "2"})
          .stdout_text;
  CHECK_THAT(scripts, Catch::StartsWith("3 parts"));
  CHECK(records_in(here.path("out")) == 0);
  run({"sh", here("out/part.sh"), "0"});
  CHECK(records_in(here.path("out")) == 2);
  // The schedulers count from 0 or 1 in variables of their own.
  run({"env", "LSB_JOBINDEX=2", "sh", here("out/part.sh")});
  CHECK(records_in(here.path("out")) == 4);
  run({"env", "SLURM_ARRAY_TASK_ID=2", "sh", here("out/part.sh")});
  CHECK(records_in(here.path("out")) == 5);
  run({"sh", here("out/reduce.sh")});
  sweep_succeeds({file, "-o", here("one")});
  CHECK(std::ranges::count(base::read_file(here.path("out/parts.txt")), '\n') == 3);
  CHECK(base::read_file(here.path("out/summary.md")) ==
        base::read_file(here.path("one/summary.md")));
}

TEST_CASE("bad sweeps are told in a line each") {
  const Workspace here;
  here.write("tiny.toml", small_spec());
  const std::string file = here.write("s.toml", rows_4_to_64);
  edit(file, "array.rows", "array.row");
  refuse(2, {"sweep", file}, {"s.toml:3:7: error: ", "did you mean 'array.rows'?"});
  refuse(2, {"sweep", here("none.toml")}, {"none.toml"});
  const std::string constrained =
      here.write("c.toml", std::string("constraints = [\"array.rows > 99\"]\n") + rows_4_to_64);
  refuse(2, {"sweep", constrained}, {"the constraints leave none of 5 points"});
  here.write("mine/thesis.tex", "text");
  here.write("r.toml", rows_4_to_64);
  refuse(2, {"sweep", here("r.toml"), "-o", here("mine")}, {"mine", "no directory of results"});
  refuse(2, {"sweep", here("r.toml"), "-o", here("out"), "--part", "3/3"}, {"--part is I/N"});
}

TEST_CASE("a Slurm that is not there is told, and nothing is lost") {
  const Workspace here;
  here.write("tiny.toml", small_spec());
  const std::string file = here.write("rows.toml", rows_4_to_64);
  const std::string bin = here.make_directory("bin");
  here.write("bin/sbatch",
             "#!/bin/sh\necho 'sbatch: error: Unable to contact slurm controller' >&2\nexit 1\n");
  fs::permissions(here.path("bin/sbatch"), fs::perms::owner_all);
  refuse(3, {"sweep", file, "-o", here("out"), "--engine", "slurm"}, {"Unable to contact"},
         {{"PATH", bin + ":" + std::getenv("PATH")}});
  sweep_succeeds({file, "-o", here("out")});
}

TEST_CASE("a full disk is told, what was kept stays, and the sweep goes on where there is room") {
  const Workspace here;
  const std::string disk = here.make_directory("disk");
  const SmallDisk mounted(disk, "64k");
  if (!mounted.is_there()) return;
  here.write("tiny.toml", small_spec());
  const std::string file = here.write("rows.toml", rows_4_to_64);
  edit(file, "range = { first = 4, last = 64, factor = 2 }", "range = { first = 1, last = 100 }");
  const flows::ProcessResult full = cimforge::tests::cimforge({"sweep", file, "-o", disk + "/out"});
  CHECK(full.exit_code == 3);
  CHECK_THAT(full.stderr_text, Catch::Contains("No space left on device"));
  const std::size_t kept = records_in(fs::path(disk) / "out");
  CHECK(kept > 0);
  CHECK(kept < 100);
  CHECK(::mount("none", disk.c_str(), "tmpfs", MS_REMOUNT, "size=16m") == 0);
  sweep_succeeds({file, "-o", disk + "/out", "--json", here("a.json")});
  CHECK(read_json(here.path("a.json")).at("kept") >= kept);
  CHECK(read_json(here.path("a.json")).at("done") == 100);
}

TEST_CASE("a full place for temporary files is no failure of a point") {
  const Workspace here;
  const std::string disk = here.make_directory("disk");
  const SmallDisk mounted(disk, "8k");
  if (!mounted.is_there()) return;
  here.write("tiny.toml", small_spec());
  const std::string file = here.write("rows.toml", rows_4_to_64);
  const flows::ProcessResult full = cimforge::tests::cimforge(
      {"sweep", file, "-o", here("out"), "--jobs", "2"}, {{"TMPDIR", disk}});
  CHECK(full.exit_code != 0);
  CHECK(full.exit_code != 2);
  sweep_succeeds({file, "-o", here("out"), "--retry-failed"});
}

TEST_CASE("a standard output that cannot be written is told") {
  const Workspace here;
  const std::string spec = here.write("tiny.toml", small_spec());
  run({"sh", "-c", "\"$0\" check \"$1\" >/dev/full; test $? = 3", CIMFORGE_PROGRAM, spec});
}

TEST_CASE("the example sweeps are read") {
  for (const auto& entry : fs::directory_iterator(fs::path(CIMFORGE_EXAMPLES) / "sweeps")) {
    if (entry.path().extension() != ".toml") continue;
    const Workspace here;
    sweep_succeeds({entry.path().string(), "-o", here("out"), "--engine", "export"});
  }
}
