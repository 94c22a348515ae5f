#include "model.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
/// Texts of tb/ that are compiled with a model: file name -> text.
const std::map<std::string, std::string>& model_sources();
}  // namespace cimforge::flows

namespace cimforge::benchmark {

namespace {

namespace fs = std::filesystem;
constexpr auto time_limit = std::chrono::minutes(30);

constexpr const char* common_flags =
    "-std=c++20 -fPIC -w -DVM_TRACE=0 -DVM_TRACE_FST=0 -DVM_TRACE_VCD=0 -DVM_COVERAGE=0 -DVM_SC=0";

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

const fs::path& verilator_include() {
  static const fs::path path = [] {
    std::string root =
        flows::run_tool({{flows::find_tool(flows::ToolId::verilator).path.string(), "--getenv",
                          "VERILATOR_ROOT"},
                         time_limit})
            .stdout_text;
    root.erase(root.find_last_not_of(" \n") + 1);
    return fs::path(root) / "include";
  }();
  return path;
}

void compile(const std::string& compiler, const std::string& flags, const fs::path& source,
             const fs::path& object) {
  std::vector<std::string> command = {compiler};
  for (const std::string& flag : words(fmt::format("{} {}", common_flags, flags))) {
    command.push_back(flag);
  }
  const fs::path& include = verilator_include();
  for (const std::string& word :
       {std::string("-I"), include.string(), std::string("-I"), (include / "vltstd").string(),
        std::string("-I"), object.parent_path().string(), std::string("-c"), source.string(),
        std::string("-o"), object.string()}) {
    command.push_back(word);
  }
  flows::ProcessRequest request{command, time_limit};
  request.environment = {{"CCACHE_DISABLE", "1"}};
  flows::run_tool(request);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The compilers that are installed, clang++ first.
std::vector<Toolchain> compilers() {
  std::vector<Toolchain> found;
  for (const flows::ToolId id : {flows::ToolId::clangxx, flows::ToolId::gxx}) {
    try {
      const flows::Tool tool = flows::find_tool(id);
      found.push_back({tool.path.string(), flows::tool_info(id).name, tool.version, ""});
    } catch (const base::ToolError&) {
      // The other one will do.
    }
  }
  if (found.empty()) throw base::ToolError("neither clang++ nor g++ is installed");
  return found;
}

/// Sources that include what Verilator wrote: one for what runs every cycle, one for the rest.
void group_sources(const fs::path& directory) {
  std::vector<std::string> fast;
  std::vector<std::string> slow;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".cpp" || !name.starts_with("Vmacro")) continue;
    const bool once =
        name.find("__Slow") != std::string::npos || name.find("__Syms") != std::string::npos;
    (once ? slow : fast).push_back(name);
  }
  for (auto* group : {&fast, &slow}) {
    std::sort(group->begin(), group->end());
    std::string text;
    for (const std::string& name : *group) text += fmt::format("#include \"{}\"\n", name);
    base::write_file_atomically(directory / (group == &fast ? "fast.cpp" : "slow.cpp"), text);
  }
}

class LoadedDut final : public tb::Dut {
 public:
  LoadedDut(cim_dut* dut, cim_dut_pins* pins, cim_dut_eval_fn* evaluate,
            cim_dut_error_fn* error, cim_dut_destroy_fn* destroy)
      : dut_(dut), pins_(pins), eval_(evaluate), error_(error), destroy_(destroy) {}
  ~LoadedDut() override { destroy_(dut_); }
  LoadedDut(const LoadedDut&) = delete;
  LoadedDut& operator=(const LoadedDut&) = delete;

  cim_dut_pins& pins() override { return *pins_; }
  void eval() override {
    if (eval_(dut_) != 0) throw tb::ModelError(error_(dut_));
  }

 private:
  cim_dut* dut_;
  cim_dut_pins* pins_;
  cim_dut_eval_fn* eval_;
  cim_dut_error_fn* error_;
  cim_dut_destroy_fn* destroy_;
};

}  // namespace

std::vector<Toolchain> all_toolchains() {
  std::vector<Toolchain> result;
  for (const Toolchain& compiler : compilers()) {
    for (const char* level : {"-Os", "-O2", "-O3"}) {
      Toolchain toolchain = compiler;
      toolchain.flags = fmt::format("{} -march=native", level);
      result.push_back(toolchain);
    }
  }
  return result;
}

std::vector<Toolchain> best_toolchains(Contender contender) {
  const bool is_emitted = contender == Contender::latch || contender == Contender::flop;
  const bool is_array =
      contender == Contender::array_loop || contender == Contender::array_countones;
  std::vector<Toolchain> result;
  for (const char* level : {"-O2", "-O3"}) {
    // Of the forms over the whole array now the one, now the other is faster.
    if (!is_array && (level == std::string("-O2")) != is_emitted) continue;
    Toolchain toolchain = compilers().front();
    toolchain.flags = fmt::format("{} -march=native", level);
    result.push_back(toolchain);
  }
  return result;
}

Runtime::Runtime(const fs::path& work) : archive_(work / "runtime.a") {
  const std::string compiler = compilers().front().compiler;
  for (const char* file : {"runtime_hooks.cpp", "runtime_hooks.h"}) {
    base::write_file_atomically(work / file, flows::model_sources().at(file));
  }
  const std::string flags =
      "-O2 -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL -DVL_USER_WARN";
  const fs::path& include = verilator_include();
  std::vector<std::string> command = {"ar", "rcs", archive_.string()};
  for (const fs::path& source : {include / "verilated.cpp", include / "verilated_threads.cpp",
                                 work / "runtime_hooks.cpp"}) {
    const fs::path object = work / (source.stem().string() + ".o");
    compile(compiler, flags, source, object);
    command.push_back(object.string());
  }
  flows::run_tool({command, time_limit});
}

Verilated verilate(const Form& form, const fs::path& directory) {
  fs::create_directories(directory);
  for (const auto& [name, text] : form.files) base::write_file_atomically(directory / name, text);
  for (const char* file : {"adapter.cpp", "dut.h", "runtime_hooks.h"}) {
    base::write_file_atomically(directory / file, flows::model_sources().at(file));
  }
  std::vector<std::string> command = {
      flows::find_tool(flows::ToolId::verilator).path.string(), "--cc", "--prefix", "Vmacro",
      "--top-module", form.top, "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert",
      "-Wno-fatal", "-Wno-lint", "-Wno-style", "--Mdir", "."};
  command.insert(command.end(), form.options.begin(), form.options.end());
  command.insert(command.end(), form.order.begin(), form.order.end());
  const auto start = std::chrono::steady_clock::now();
  flows::run_tool({command, time_limit, directory});
  Verilated result{form, directory, seconds_since(start)};
  group_sources(directory);
  return result;
}

Model::Model(const Verilated& verilated, const Toolchain& toolchain, const Runtime& runtime)
    : form_(verilated.form), toolchain_(toolchain) {
  const fs::path& directory = verilated.directory;
  const auto start = std::chrono::steady_clock::now();
  std::exception_ptr failure;
  std::thread slow([&] {
    try {
      compile(toolchain.compiler, "-O0", directory / "slow.cpp", directory / "slow.o");
      compile(toolchain.compiler,
              "-O2 -DCIM_MODEL=Vmacro -DCIM_MODEL_HEADER=\"Vmacro.h\" -DCIM_NAME(x)=bench_##x",
              directory / "adapter.cpp", directory / "adapter.o");
    } catch (...) {
      failure = std::current_exception();
    }
  });
  std::exception_ptr fast_failure;
  try {
    compile(toolchain.compiler, toolchain.flags, directory / "fast.cpp", directory / "fast.o");
  } catch (...) {
    fast_failure = std::current_exception();
  }
  slow.join();
  if (fast_failure) std::rethrow_exception(fast_failure);
  if (failure) std::rethrow_exception(failure);

  const std::string tag = toolchain.name + toolchain.flags.substr(0, toolchain.flags.find(' '));
  const fs::path shared = directory / fmt::format("model_{}.so", tag);
  flows::run_tool({{toolchain.compiler, "-shared", "-Wl,-Bsymbolic", "-o", shared.string(),
                    (directory / "fast.o").string(), (directory / "slow.o").string(),
                    (directory / "adapter.o").string(), runtime.archive().string(), "-lpthread",
                    "-latomic"},
                   time_limit});
  build_seconds_ = verilated.seconds + seconds_since(start);

  library_ = dlopen(shared.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) throw base::ToolError(fmt::format("{}", dlerror()));
  const auto find = [&](auto*& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library_, name));
    if (function == nullptr) throw base::ToolError(fmt::format("the model lacks {}", name));
  };
  cim_dut_sizes_fn* sizes = nullptr;
  find(create_, "bench_create");
  find(pins_, "bench_pins");
  find(eval_, "bench_eval");
  find(error_, "bench_error");
  find(destroy_, "bench_destroy");
  find(sizes, "bench_sizes");
  std::uint32_t weight_data = 0;
  std::uint32_t in_data = 0;
  std::uint32_t out_data = 0;
  sizes(&weight_data, &in_data, &out_data);
  in_data_bytes_ = in_data;
}

Model::~Model() {
  if (library_ != nullptr) dlclose(library_);
}

std::unique_ptr<tb::Dut> Model::make(const std::string&) const {
  cim_dut* dut = create_(nullptr);
  if (dut == nullptr) throw base::ToolError("the model cannot be made");
  return std::make_unique<LoadedDut>(dut, pins_(dut), eval_, error_, destroy_);
}

}  // namespace cimforge::benchmark
