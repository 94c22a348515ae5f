// What others build against: the cycle model of `cimforge model` and the installed project.
#include <algorithm>
#include <set>
#include <sstream>

#include "tests/catch.h"
#include "tests/cli/command.h"

namespace {

using namespace cimforge;
using namespace cimforge::tests;

/// Configures and builds a project against packages below `prefixes`.
void build(const std::string& source, const std::string& binary, const std::string& prefixes,
           const std::string& flags = "") {
  run({CIMFORGE_CMAKE, "-S", source, "-B", binary, "-G", "Ninja",
       "-DCMAKE_CXX_COMPILER=" CIMFORGE_CXX, "-DCMAKE_PREFIX_PATH=" + prefixes,
       "-DCMAKE_CXX_FLAGS=" + flags});
  run({CIMFORGE_CMAKE, "--build", binary});
}

/// The symbols of C++ or C that an archive defines for other objects to see.
std::set<std::string> symbols_of(const std::string& archive) {
  std::istringstream lines(run({"nm", "-gC", "--defined-only", archive}).stdout_text);
  std::set<std::string> symbols;
  for (std::string line; std::getline(lines, line);) {
    // address, a letter, the name
    if (line.size() > 19 && line[16] == ' ' && line[18] == ' ') symbols.insert(line.substr(19));
  }
  return symbols;
}

constexpr const char* kTwoModelsCmake = R"(cmake_minimum_required(VERSION 3.25)
project(two LANGUAGES CXX)
find_package(tiny REQUIRED)
find_package(wide REQUIRED)
add_executable(two main.cpp)
target_link_libraries(two PRIVATE cimforge_models::tiny cimforge_models::wide)
)";

constexpr const char* kTwoModels = R"(#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <tiny.hpp>
#include <wide.hpp>

void require(bool right, const char* what) {
  if (right) return;
  std::printf("wrong: %s\n", what);
  std::exit(1);
}

template <class Work>
void refused(Work work, const char* what) {
  try {
    work();
  } catch (const std::invalid_argument&) {
    return;
  }
  require(false, what);
}

template <class Model>
void multiply(int lowest, int highest) {
  const int rows = Model::rows;
  const int columns = Model::columns;
  Model model;
  unsigned state = 1;
  const auto value = [&](int least, int most) {
    state = state * 1664525 + 1013904223;
    return least + static_cast<int>((state >> 16) % static_cast<unsigned>(most - least + 1));
  };
  for (int bank = 0; bank < Model::banks; ++bank) {
    std::vector<std::int32_t> w(rows * columns), x(5 * rows);
    for (auto& each : w) each = value(-2, 1);
    for (auto& each : x) each = value(lowest, highest);
    model.load_weights(w, bank);
    const auto before = model.cycles();
    const auto y = model.run(x, bank);
    require(model.cycles() > before, "cycles");
    require(y.size() == static_cast<std::size_t>(5 * columns), "results");
    for (int v = 0; v < 5; ++v) {
      for (int c = 0; c < columns; ++c) {
        std::int64_t sum = 0;
        for (int r = 0; r < rows; ++r) sum += std::int64_t{1} * x[v * rows + r] * w[r * columns + c];
        require(y[v * columns + c] == sum, "product");
      }
    }
  }
}

int main(int, char** arguments) {
  using cimforge_models::tiny;
  using cimforge_models::wide;
  // In both orders, two of a kind at once.
  for (int i = 0; i < 3; ++i) {
    tiny first;
    wide second;
    multiply<tiny>(-4, 3);
    multiply<wide>(0, 31);
    multiply<tiny>(-4, 3);
  }
  tiny model;
  refused([&] { model.load_weights(std::vector<std::int32_t>(11)); }, "11 weights");
  refused([&] { model.load_weights(std::vector<std::int32_t>(13)); }, "13 weights");
  refused([&] { model.load_weights(std::vector<std::int32_t>{}); }, "no weights");
  refused([&] { model.load_weights(std::vector<std::int32_t>(12, 2)); }, "a weight too large");
  refused([&] { model.load_weights(std::vector<std::int32_t>(12), 2); }, "bank 2");
  refused([&] { model.load_weights(std::vector<std::int32_t>(12), -1); }, "bank -1");
  refused([&] { model.run(std::vector<std::int32_t>(5)); }, "5 inputs");
  refused([&] { model.run(std::vector<std::int32_t>(4, 4)); }, "an input too large");
  refused([&] { model.run(std::vector<std::int32_t>(4), 2); }, "an input of bank 2");
  require(model.run(std::vector<std::int32_t>{}).empty(), "no vectors");
  {
    wide traced(arguments[1]);  // built with --trace
    traced.run(std::vector<std::int32_t>(wide::rows, 1));
  }
  require(std::ifstream(arguments[1], std::ios::ate).tellg() > 100, "the trace");
  try {
    wide nowhere("/nonexistent/trace.fst");
    require(false, "a trace in no directory");
  } catch (const std::runtime_error&) {
  }
  std::puts("right");
}
)";

}  // namespace

TEST_CASE("two cycle models in one program of somebody else's") {
  const Workspace here;
  const std::string wide =
      "name = \"wide\"\nkind = \"digital\"\n[array]\nrows = 37\ncolumns = 70\n"
      "storage = \"flop\"\n[operands]\ninput = \"uint5\"\nweight = \"int2\"\n";
  succeed({"model", here.write("tiny.toml", small_spec()), "-o", here("tiny"), "--json",
           here("model.json")});
  succeed({"model", here.write("wide.toml", wide), "-o", here("wide"), "--trace"});
  const nlohmann::json report = read_json(here.path("model.json"));
  CHECK(report.at("name") == "tiny");
  CHECK(report.at("files").size() == files_in(here.path("tiny")).size());

  // Each name belongs to one model; both may have the same of the library's and the runtime's.
  const std::set<std::string> first = symbols_of(here("tiny/lib/libtiny.a"));
  const std::set<std::string> second = symbols_of(here("wide/lib/libwide.a"));
  CHECK(first.contains("tiny_create"));
  for (const std::string& symbol : first) {
    const auto has = [&](const char* part) { return symbol.find(part) != std::string::npos; };
    if (has("std::") || has("__clang") || has("__gnu") || has("Verilated") || has("Vl") ||
        has("cimforge_runtime") || has("DW.ref") || has("operator")) {
      continue;
    }
    INFO(symbol);
    CHECK_FALSE(second.contains(symbol));
  }

  here.write("project/CMakeLists.txt", kTwoModelsCmake);
  here.write("project/main.cpp", kTwoModels);
  build(here("project"), here("build"), here("tiny") + ";" + here("wide"));
  CHECK(run({here("build/two"), here("trace.fst")}).stdout_text == "right\n");
}

TEST_CASE("examples/cycle_model builds outside the tree and is right") {
  const Workspace here;
  for (const auto& [name, text] : files_in(CIMFORGE_EXAMPLES "/cycle_model")) {
    here.write("example/" + name, text);
  }
  succeed({"model", here("example/matvec_16x8.toml"), "-o", here("example/model")});
  // The example looks for the model beside it or where CMAKE_PREFIX_PATH says.
  build(here("example"), here("build"), here("example/model"));
  const std::string text = run({here("build/matvec")}).stdout_text;
  CHECK_THAT(text, Catch::Matchers::Contains("all right"));
  CHECK_THAT(text, Catch::Matchers::Contains("cycles"));

  // The same model, byte for byte; what was not made by cimforge is not replaced.
  const base::FileSet before = files_in(here.path("example/model"));
  succeed({"model", here("example/matvec_16x8.toml"), "-o", here("example/model")});
  CHECK(files_in(here.path("example/model")) == before);
}

TEST_CASE("examples/logic asks a table in a logic macro, and is right") {
  const Workspace here;
  for (const auto& [name, text] : files_in(CIMFORGE_EXAMPLES "/logic")) {
    here.write("example/" + name, text);
  }
  succeed({"model", here("example/table_48x256.toml"), "-o", here("example/model")});
  build(here("example"), here("build"), here("example/model"));
  const std::string text = run({here("build/query"), here("example/readings.csv")}).stdout_text;
  CHECK_THAT(text, Catch::Matchers::Contains("all right"));
  CHECK_THAT(text, Catch::Matchers::Contains("1000 records: 80 cycles to load"));
}

TEST_CASE("the installed project: its libraries and its program, away from the source") {
  const Workspace here;
  const std::string prefix = here("prefix");
  run({CIMFORGE_CMAKE, "--install", CIMFORGE_BUILD, "--prefix", prefix});

  here.write("project/CMakeLists.txt", R"(cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C CXX)
find_package(cimforge 0.1 REQUIRED)
add_executable(user main.cpp)
target_link_libraries(user PRIVATE cimforge::lower cimforge::sim)
)");
  here.write("project/main.cpp", R"(#include <cstdio>

#include "generator/lower/lower.h"
#include "generator/plan/plan.h"
#include "sim/golden.h"

int main() {
  cimforge::spec::MacroSpec spec;
  spec.name = "mine";
  spec.rows = 2;
  spec.columns = 1;
  const auto rtl = cimforge::lower::lower(cimforge::plan::plan(spec));
  cimforge::sim::GoldenMacro golden(spec);
  golden.write_row(0, 0, std::vector<std::int32_t>{3});
  golden.write_row(0, 1, std::vector<std::int32_t>{-2});
  const auto y = golden.multiply(0, std::vector<std::int32_t>{5, 7});
  std::printf("%s %d\n", rtl.top.c_str(), static_cast<int>(y.at(0)));
}
)");
  build(here("project"), here("build"), prefix, CIMFORGE_CONSUMER_FLAGS);
  CHECK(run({here("build/user")}).stdout_text == "mine 1\n");

  // No file of the installation names the source or the build directory.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(prefix)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".cmake" && extension != ".h" && extension != ".hpp") continue;
    INFO(entry.path());
    CHECK_THAT(base::read_file(entry.path()), !Catch::Matchers::Contains(CIMFORGE_BUILD));
  }
  const std::string program = prefix + "/bin/cimforge";
  const std::string spec = here.write("elsewhere/spec.toml", small_spec());
  const std::string elsewhere = here("elsewhere");
  run({program, "emit", "spec.toml", "-o", "out"}, elsewhere);
  run({program, "verify", "spec.toml", "--rtl", "out", "--vectors", "10"}, elsewhere);
}

TEST_CASE("a cycle model of bipolar operands takes +1 and -1") {
  const Workspace here;
  const std::string spec =
      "name = \"signs\"\nkind = \"analog\"\n[array]\nrows = 9\ncolumns = 3\n[operands]\n"
      "input = \"bipolar\"\nweight = \"bipolar\"\n[analog]\nadc = \"time\"\nadc_bits = 4\n";
  succeed({"model", here.write("signs.toml", spec), "-o", here("signs")});
  here.write("main.cpp", R"(#include <cstdio>
#include <signs.hpp>
int main() {
  cimforge_models::signs model;
  std::vector<std::int32_t> w(27), x(5 * 9);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = i * 7 % 5 < 2 ? 1 : -1;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i * 11 % 7 < 4 ? 1 : -1;
  model.load_weights(w);
  const auto y = model.run(x);
  for (int v = 0; v < 5; ++v) {
    for (int c = 0; c < 3; ++c) {
      int sum = 0;
      for (int r = 0; r < 9; ++r) sum += x[v * 9 + r] * w[r * 3 + c];
      if (y[v * 3 + c] != sum) return 1;
    }
  }
  for (const bool weights : {false, true}) {
    try {
      if (weights) model.load_weights(std::vector<std::int32_t>(27, 0));
      if (!weights) model.run(std::vector<std::int32_t>(9, 0));
      return 2;
    } catch (const std::invalid_argument&) {
    }
  }
  std::puts("right");
}
)");
  run({CIMFORGE_CXX, "-std=c++20", here("main.cpp"), "-I" + here("signs/include"),
       here("signs/lib/libsigns.a"), here("signs/lib/libcimforge_runtime.a"), "-lz", "-lpthread",
       "-latomic", "-o", here("main")});
  CHECK(run({here("main")}).stdout_text == "right\n");
}

TEST_CASE("a cycle model of ternary weights takes thresholds and gives signs") {
  const Workspace here;
  const std::string spec =
      "name = \"signs\"\nkind = \"digital\"\n[array]\nrows = 9\ncolumns = 3\nbanks = 2\n"
      "[operands]\ninput = \"bipolar\"\nweight = \"ternary\"\n[output]\nmode = \"sign\"\n";
  succeed({"model", here.write("signs.toml", spec), "-o", here("signs")});
  here.write("main.cpp", R"(#include <cstdio>
#include <signs.hpp>
int main() {
  cimforge_models::signs model;
  std::vector<std::int32_t> w(27), x(5 * 9);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<int>(i * 7 % 3) - 1;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i * 11 % 7 < 4 ? 1 : -1;
  for (const int bank : {1, 0}) {
    model.load_weights(w, bank);
    const std::vector<std::int64_t> t = {bank - 1, 2, -9};
    model.load_thresholds(t, bank);
    const auto y = model.run(x, bank);
    for (int v = 0; v < 5; ++v) {
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int r = 0; r < 9; ++r) sum += x[v * 9 + r] * w[r * 3 + c];
        if (y[v * 3 + c] != (sum >= t[c] ? 1 : 0)) return 1;
      }
    }
  }
  for (const std::int64_t wrong : {-17, 16}) {
    try {
      model.load_thresholds(std::vector<std::int64_t>{0, 0, wrong});
      return 2;
    } catch (const std::invalid_argument&) {
    }
  }
  std::puts("right");
}
)");
  run({CIMFORGE_CXX, "-std=c++20", here("main.cpp"), "-I" + here("signs/include"),
       here("signs/lib/libsigns.a"), here("signs/lib/libcimforge_runtime.a"), "-lz", "-lpthread",
       "-latomic", "-o", here("main")});
  CHECK(run({here("main")}).stdout_text == "right\n");
}
