#include "flows/verilated_model.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#if defined(__SANITIZE_ADDRESS__)
#define CIMFORGE_HAS_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CIMFORGE_HAS_ADDRESS_SANITIZER
#endif
#endif
#ifdef CIMFORGE_HAS_ADDRESS_SANITIZER
#include <sanitizer/lsan_interface.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <system_error>

#include "flows/parallel.h"
#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"
#include "generator/spec/logic.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"
#include "tb/array_hooks.h"
#include "tb/codes.h"
#include "tb/dut.h"

namespace cimforge::flows {

/// Texts of tb/ that are compiled with a model: file name -> text.
const std::map<std::string, std::string>& model_sources();

namespace {

namespace fs = std::filesystem;

constexpr auto tool_time_limit = std::chrono::minutes(60);

/// What runs every cycle is optimised (docs/results.md has the choices); what runs once is only
/// compiled fast.
constexpr const char* fast_flags = "-O2";
constexpr const char* quick_flags = "-O0";
/// Of Verilator.
constexpr std::array runtime_sources = {"verilated.cpp", "verilated_threads.cpp",
                                        "verilated_dpi.cpp", "verilated_fst_c.cpp",
                                        "verilated_cov.cpp"};
constexpr const char* common_flags = "-std=c++20 -fPIC -w";

std::vector<std::string> split(const std::string& flags) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin < flags.size()) {
    const std::size_t end = std::min(flags.find(' ', begin), flags.size());
    if (end > begin) words.push_back(flags.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

fs::path verilator_include() {
  static const fs::path path = [] {
    const ProcessResult result =
        run_tool({{find_tool(ToolId::verilator).path.string(), "--getenv", "VERILATOR_ROOT"},
                  std::chrono::minutes(1)});
    std::string root = result.stdout_text;
    while (!root.empty() && (root.back() == '\n' || root.back() == ' ')) root.pop_back();
    const fs::path include = fs::path(root) / "include";
    if (!fs::exists(include / "verilated.cpp")) {
      throw base::ToolError("verilator: no verilated.cpp in " + include.string() +
                            ": install Debian's package verilator again");
    }
    return include;
  }();
  return path;
}

fs::path cache_directory() {
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && *xdg == '/') {
    return fs::path(xdg) / "cimforge";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return fs::path(home) / ".cache" / "cimforge";
  }
  return {};
}

/// Copies a file to its place in the cache, whole or not at all. False where it cannot be written.
bool keep_in_cache(const fs::path& fresh, const fs::path& place) {
  try {
    fs::create_directories(place.parent_path());
    constexpr std::size_t most_bytes = std::size_t{1} << 30U;
    base::write_file_atomically(place, base::read_file(fresh, most_bytes));
    return true;
  } catch (const base::CommandError& error) {
    if (error.status() == base::ExitStatus::interrupted) throw;
  } catch (const fs::filesystem_error&) {
  }
  return false;
}

/// Sizes and times of the headers and of the compiler: a distribution mends both under one version.
std::string stamps(const fs::path& compiler) {
  std::vector<fs::path> files = {fs::canonical(compiler)};
  for (const auto& entry : fs::directory_iterator(verilator_include())) {
    if (entry.path().extension() == ".h") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::string text;
  for (const fs::path& file : files) {
    text += fmt::format("{} {} {}\n", file.filename().string(), fs::file_size(file),
                        fs::last_write_time(file).time_since_epoch().count());
  }
  return text;
}

/// What of the tools decides whether something in the cache is good for them.
std::string tools_key(const std::string& more) {
  const Tool compiler = find_cxx_compiler();
  static const std::string stamp = stamps(compiler.path);
  return base::sha256(fmt::format("{}|{}|{}|{}|{}|{}|{}", stamp,
                                  find_tool(ToolId::verilator).version,
                                  verilator_include().string(), compiler.path.string(),
                                  compiler.version, common_flags, more))
      .substr(0, 16);
}

/// The headers that every model reads, compiled once for all with `flags`: reading them is most of
/// the time that a small model takes. Where the cache cannot be written they are read each time.
class CompiledHeaders {
 public:
  explicit CompiledHeaders(const std::string& flags) {
    const fs::path cache = cache_directory();
    if (cache.empty()) return;
    const std::string text =
        "#include \"verilated.h\"\n#include \"verilated_cov.h\"\n#include <cstring>\n"
        "#include <memory>\n#include <new>\n#include <string>\n";
    const std::string name = "headers-" + tools_key(flags + "|" + text);
    const Tool compiler = find_cxx_compiler();
    is_clang_ = compiler.id == ToolId::clangxx;
    header_ = cache / name / "headers.h";
    compiled_ = header_.string() + (is_clang_ ? ".pch" : ".gch");
    std::error_code ignored;
    if (fs::exists(compiled_, ignored)) return;
    try {
      // Where it stays: clang++ looks for the header under the name that it was compiled under.
      fs::create_directories(cache / name);
      // They are large; where they cannot stay, it is faster to read the headers each time.
      constexpr std::uintmax_t room = std::uintmax_t{200} << 20U;
      if (fs::space(cache).available < room) {
        compiled_.clear();
        return;
      }
      if (!fs::exists(header_)) base::write_file_atomically(header_, text);
      // What ccache takes for the contents of the compiled headers, which are large.
      base::write_file_atomically(compiled_.string() + ".sum", name + "\n");
      const base::TemporaryDirectory work("cimforge-headers-");
      const fs::path fresh = work.path() / "compiled";
      std::vector<std::string> command = {compiler.path.string()};
      for (const std::string& flag : split(common_flags)) command.push_back(flag);
      for (const std::string& flag : split(flags)) command.push_back(flag);
      // Two processes may both write the header: the same text with another time.
      if (is_clang_) command.insert(command.end(), {"-Xclang", "-fno-pch-timestamp"});
      command.insert(command.end(), {"-I", verilator_include().string(), "-x", "c++-header",
                                     header_.string(), "-o", fresh.string()});
      run_tool({command, tool_time_limit});
      if (!keep_in_cache(fresh, compiled_)) compiled_.clear();
    } catch (const base::CommandError& error) {
      if (error.status() == base::ExitStatus::interrupted) throw;
      compiled_.clear();
    } catch (const fs::filesystem_error&) {
      compiled_.clear();
    }
  }

  /// What makes the compiler use them; nothing where there are none.
  [[nodiscard]] std::vector<std::string> words() const {
    if (compiled_.empty()) return {};
    std::vector<std::string> words = {"-include", header_.string()};
    if (!is_clang_) words.insert(words.begin(), "-fpch-preprocess");  // for ccache
    return words;
  }

  /// They are of no use: made again the next time.
  void forget() const {
    std::error_code ignored;
    fs::remove(compiled_, ignored);
  }

 private:
  bool is_clang_ = false;
  fs::path header_;
  fs::path compiled_;
};

/// One compiler call: source -> object.
struct Compilation {
  fs::path source;
  fs::path object;
  std::string flags;
  std::string definitions = {};  ///< further flags, which the headers of a model do not look at
  bool is_of_model = false;      ///< reads the headers of a model first
};

/// Compiles, `jobs` at once, through ccache where there is one.
void compile(const std::vector<Compilation>& work, const std::vector<fs::path>& include,
             const fs::path& directory, int jobs) {
  const Tool compiler = find_cxx_compiler();
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  const fs::path ccache = find_program("ccache");
  if (!ccache.empty()) {
    command.push_back(ccache.string());
    // Models are built in directories of changing names; their texts do not depend on them. The
    // rest is what it asks for before it keeps what is compiled behind compiled headers.
    environment = {{"CCACHE_BASEDIR", directory.string()},
                   {"CCACHE_NOHASHDIR", "1"},
                   {"CCACHE_SLOPPINESS", "pch_defines,time_macros"},
                   {"CCACHE_PCH_EXTSUM", "1"}};
  }
  command.push_back(compiler.path.string());
  for (const std::string& flag : split(common_flags)) command.push_back(flag);
  for (const fs::path& path : include) {
    command.push_back("-I");
    command.push_back(path.string());
  }
  std::map<std::string, CompiledHeaders> headers;  // by their flags
  for (const Compilation& each : work) {
    if (each.is_of_model) headers.try_emplace(each.flags, each.flags);
  }

  parallel(work.size(), jobs, [&](std::size_t i) {
    const auto run = [&](const std::vector<std::string>& with) {
      std::vector<std::string> arguments = command;
      for (const std::string& flag : split(work[i].flags)) arguments.push_back(flag);
      arguments.insert(arguments.end(), with.begin(), with.end());
      for (const std::string& flag : split(work[i].definitions)) arguments.push_back(flag);
      arguments.insert(arguments.end(),
                       {"-c", work[i].source.string(), "-o", work[i].object.string()});
      ProcessRequest request{arguments, tool_time_limit, directory};
      request.environment = environment;
      run_tool(request);
    };
    const auto found = headers.find(work[i].flags);
    if (!work[i].is_of_model || found->second.words().empty()) return run({});
    try {
      run(found->second.words());
    } catch (const base::ToolError&) {
      // A compiler refuses headers that it compiled before an upgrade that left its version
      // alone.
      run({});
      found->second.forget();
    }
  });
}

/// The archive of the Verilator runtime: from the cache, or compiled into it. Where the cache
/// cannot be written it is compiled into `build`.
fs::path runtime_archive(const fs::path& build, int jobs) {
  const std::string key = tools_key(fmt::format("{}|{}", fmt::join(runtime_sources, " "),
                                                model_sources().at("runtime_hooks.cpp")));
  const std::string name = fmt::format("libcimforge_runtime-{}.a", key);
  const fs::path cache = cache_directory();
  std::error_code error;
  if (!cache.empty() && fs::exists(cache / name, error)) return cache / name;

  const fs::path work = build / "runtime";
  fs::create_directories(work);
  for (const char* file : {"runtime_hooks.cpp", "runtime_hooks.h"}) {
    base::write_file_atomically(work / file, model_sources().at(file));
  }
  const std::string flags = "-O2 -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL -DVL_USER_WARN";
  const fs::path include = verilator_include();
  std::vector<Compilation> sources;
  for (const char* file : runtime_sources) {
    sources.push_back({include / file, work / (std::string(file) + ".o"), flags});
  }
  sources.push_back({work / "runtime_hooks.cpp", work / "runtime_hooks.o", flags});
  compile(sources, {include, include / "vltstd", work}, work, jobs);

  std::vector<std::string> archive = {"ar", "rcs", (work / name).string()};
  for (const Compilation& each : sources) archive.push_back(each.object.string());
  run_tool({archive, tool_time_limit});
  const bool kept = !cache.empty() && keep_in_cache(work / name, cache / name);
  return (kept ? cache : work) / name;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void verilate(const RtlSource& rtl, const std::string& prefix, const ModelBuild& options,
              const fs::path& out) {
  std::vector<std::string> command = {find_tool(ToolId::verilator).path.string(),
                                      "--cc",
                                      "--prefix",
                                      "V" + prefix,
                                      "--top-module",
                                      rtl.top,
                                      "-O3",
                                      "--x-assign",
                                      "unique",
                                      "--x-initial",
                                      "unique",
                                      "-Wno-fatal",
                                      "-Wno-lint",
                                      "-Wno-style",
                                      "--Mdir",
                                      out.string(),
                                      "-f",
                                      "sim.f"};
  if (options.trace) command.insert(command.begin() + 2, {"--trace-fst", "--trace-structs"});
  if (options.synthesis_view) command.insert(command.begin() + 2, "-DSYNTHESIS");
  if (options.coverage) {
    command.insert(command.begin() + 2,
                   {"--coverage-line", "--coverage-toggle", "--coverage-max-width",
                    fmt::format("{}", options.toggle_width)});
  }
  ProcessRequest request{command, tool_time_limit, rtl.directory};
  const ProcessResult result = run_process(request);
  if (result.succeeded()) return;
  const std::string message =
      fmt::format("verilator rejects {} ({}):\n{}", (rtl.directory / "sim.f").string(),
                  describe_end(request, result), last_lines(result.stderr_text, 12));
  if (rtl.by_user && !result.timed_out && result.signal == 0) throw base::InputError(message);
  throw base::ToolError(message);
}

/// Two sources that include all that Verilator wrote: what runs often, and what runs once.
void group_sources(const fs::path& out, const std::string& prefix) {
  std::vector<std::string> fast;
  std::vector<std::string> slow;
  for (const auto& entry : fs::directory_iterator(out)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".cpp" || !name.starts_with("V" + prefix)) continue;
    const bool runs_once = name.find("__Slow") != std::string::npos ||
                           name.find("__Syms") != std::string::npos ||
                           name.find("__Trace") != std::string::npos;
    (runs_once ? slow : fast).push_back(name);
  }
  for (auto* group : {&fast, &slow}) {
    std::sort(group->begin(), group->end());
    std::string text;
    for (const std::string& name : *group) text += fmt::format("#include \"{}\"\n", name);
    base::write_file_atomically(out / (group == &fast ? "group_fast.cpp" : "group_slow.cpp"), text);
  }
}

/// Sums what the Duts of a model cover, each at its end.
class CoverageCollector {
 public:
  CoverageCollector(cim_dut_write_coverage_fn* write, fs::path directory)
      : write_(write), directory_(std::move(directory)) {}

  void collect(cim_dut* dut) {
    const fs::path file = directory_ / fmt::format("coverage-{}.dat", next_++);
    if (write_(dut, file.c_str()) != 0) return fail(file.string() + " cannot be written");
    try {
      const VerilatorCoverage found = VerilatorCoverage::parse(base::read_file(file), "coverage");
      const std::lock_guard lock(mutex_);
      sum_.add(found);
    } catch (const base::CommandError& error) {
      fail(error.what());
    }
    std::error_code ignored;
    fs::remove(file, ignored);
  }
  /// Throws ToolError where one could not be read: a sum that lacks something is wrong.
  [[nodiscard]] VerilatorCoverage sum() {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) throw base::ToolError("the coverage of the model is lost: " + failure_);
    return sum_;
  }

 private:
  void fail(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = reason;
  }

  cim_dut_write_coverage_fn* write_;
  fs::path directory_;
  std::atomic<unsigned> next_ = 0;
  std::mutex mutex_;  ///< guards what follows
  VerilatorCoverage sum_;
  std::string failure_;
};

class LibraryDut final : public tb::Dut {
 public:
  LibraryDut(cim_dut* dut, cim_dut_pins* pins_of_dut, cim_dut_eval_fn* eval_function,
             cim_dut_error_fn* error_function, cim_dut_destroy_fn* destroy_function,
             CoverageCollector* coverage)
      : dut_(dut),
        pins_(pins_of_dut),
        eval_(eval_function),
        error_(error_function),
        destroy_(destroy_function),
        coverage_(coverage) {}
  ~LibraryDut() override {
    if (coverage_ != nullptr) coverage_->collect(dut_);
    destroy_(dut_);
  }
  LibraryDut(const LibraryDut&) = delete;
  LibraryDut& operator=(const LibraryDut&) = delete;

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
  CoverageCollector* coverage_;  ///< or null
};

/// Bytes of a Verilated port: 1, 2, 4, 8, or words of 4.
std::uint32_t port_bytes(std::int64_t bits) {
  if (bits <= 8) return 1;
  if (bits <= 16) return 2;
  if (bits <= 32) return 4;
  if (bits <= 64) return 8;
  return static_cast<std::uint32_t>((bits + 31) / 32 * 4);
}

}  // namespace

namespace {
/// Whether `sim.f` names a file.
bool simulates(const RtlSource& rtl, const char* file) {
  std::error_code error;
  if (!fs::is_regular_file(rtl.directory / "sim.f", error)) return false;
  return base::read_file(rtl.directory / "sim.f").find(file) != std::string::npos;
}

}  // namespace

bool has_device_array(const RtlSource& rtl) {
  return simulates(rtl, "cim_analog_array_device.v");
}

bool has_faulty_storage(const RtlSource& rtl) {
  return simulates(rtl, "faulty_storage.v");
}

const std::string& faulty_storage_text() {
  return model_sources().at("faulty_storage.v");
}

ModelObjects compile_model(const RtlSource& rtl, const std::string& prefix,
                           const ModelBuild& options, const fs::path& build) {
  ModelObjects result;
  const Tool compiler = find_cxx_compiler();
  result.report.compiler = tool_info(compiler.id).name + std::string(" ") + compiler.version;
  result.report.flags =
      fmt::format("{} -march={}", options.optimised ? fast_flags : quick_flags, options.processor);

  const fs::path out = build / "model";
  auto start = std::chrono::steady_clock::now();
  verilate(rtl, prefix, options, out);
  result.report.verilate_seconds = seconds_since(start);

  start = std::chrono::steady_clock::now();
  group_sources(out, prefix);
  for (const char* file : {"adapter.cpp", "dut.h", "runtime_hooks.h"}) {
    base::write_file_atomically(out / file, model_sources().at(file));
  }
  const std::string trace = fmt::format(
      " -DVM_TRACE={0} -DVM_TRACE_FST={0} -DVM_TRACE_VCD=0 -DVM_SC=0", options.trace ? 1 : 0);
  const std::string coverage = fmt::format("-DVM_COVERAGE={}", options.coverage ? 1 : 0);
  const std::string adapter = fmt::format(
      "{0} -DCIM_MODEL=V{1} -DCIM_MODEL_HEADER=\"V{1}.h\" -DCIM_NAME(x)={1}_##x{2}{3}", coverage,
      prefix, options.trace ? " -DCIM_TRACE" : "", options.coverage ? " -DCIM_COVERAGE" : "");
  const std::string flags = result.report.flags + trace;
  std::vector<Compilation> work;
  if (options.optimised) {
    const std::string slow = fmt::format("{} -march={}{}", quick_flags, options.processor, trace);
    work = {{"group_fast.cpp", "group_fast.o", flags, coverage, true},
            {"group_slow.cpp", "group_slow.o", slow, coverage, true},
            {"adapter.cpp", "adapter.o", flags, adapter, true}};
  } else {
    base::write_file_atomically(out / "whole.cpp",
                                "#include \"group_fast.cpp\"\n#include \"group_slow.cpp\"\n"
                                "#include \"adapter.cpp\"\n");
    work = {{"whole.cpp", "whole.o", flags, adapter, true}};
  }
  for (const auto& [is_there, name] : {std::pair{has_device_array(rtl), "array_hooks"},
                                       std::pair{has_faulty_storage(rtl), "storage_hooks"}}) {
    if (!is_there) continue;
    const std::string source = fmt::format("{}.cpp", name);
    const std::string header = fmt::format("{}.h", name);
    base::write_file_atomically(out / source, model_sources().at(source));
    base::write_file_atomically(out / header, model_sources().at(header));
    work.push_back({source, fmt::format("{}.o", name), "-O2", adapter});
  }
  const fs::path include = verilator_include();
  try {
    compile(work, {".", include, include / "vltstd"}, out, options.jobs);
  } catch (const base::ToolError& error) {
    // Emitted RTL has every port that the adapter reads; edited RTL may have lost one.
    if (!rtl.by_user) throw;
    throw base::InputError(fmt::format("the RTL in {} does not have the ports of the contract: {}",
                                       rtl.directory.string(), error.what()));
  }
  for (const Compilation& each : work) result.objects.push_back(out / each.object);
  result.runtime = runtime_archive(build, options.jobs);
  result.report.compile_seconds = seconds_since(start);
  return result;
}

struct VerilatedModel::Library {
  base::TemporaryDirectory directory{"cimforge-model-"};
  void* handle = nullptr;
  cim_dut_create_fn* create = nullptr;
  cim_dut_pins_fn* pins = nullptr;
  cim_dut_eval_fn* eval = nullptr;
  cim_dut_error_fn* error = nullptr;
  cim_dut_destroy_fn* destroy = nullptr;
  cim_dut_storage_set_fn* storage_set = nullptr;
  std::unique_ptr<CoverageCollector> coverage;  ///< where the model counts
  BuildReport report;
  fs::path rtl;  ///< what it was made of
  /// Ports that a macro may lack, and the bytes that they must have.
  struct SidePort {
    const char* name;
    std::uint32_t cim_dut_pins::*bytes;
    std::uint32_t right;
  };
  std::vector<SidePort> side_ports;

  ~Library() {
    if (handle != nullptr) dlclose(handle);
  }
};

VerilatedModel::VerilatedModel(const RtlSource& rtl, const spec::MacroSpec& spec,
                               const ModelBuild& options)
    : library_(std::make_unique<Library>()) {
  const fs::path build = library_->directory.path();
  const ModelObjects objects = compile_model(rtl, "macro_model", options, build);
  library_->report = objects.report;

  const fs::path shared = build / "model.so";
  std::vector<std::string> link = {find_cxx_compiler().path.string(), "-shared", "-o",
                                   shared.string()};
  for (const fs::path& object : objects.objects) link.push_back(object.string());
  link.insert(link.end(), {objects.runtime.string(), "-lz", "-lpthread", "-latomic"});
  run_tool({link, tool_time_limit});

  library_->handle = dlopen(shared.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_->handle == nullptr) {
    throw base::ToolError(fmt::format("the model does not load: {}", dlerror()));
  }
  const auto find = [&](auto*& function, const char* name) {
    void* symbol = dlsym(library_->handle, name);
    if (symbol == nullptr) throw base::ToolError(fmt::format("the model lacks {}", name));
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
  cim_dut_sizes_fn* sizes = nullptr;
  find(library_->create, "macro_model_create");
  find(library_->pins, "macro_model_pins");
  find(library_->eval, "macro_model_eval");
  find(library_->error, "macro_model_error");
  find(library_->destroy, "macro_model_destroy");
  find(sizes, "macro_model_sizes");

  if (options.coverage) {
    cim_dut_write_coverage_fn* write = nullptr;
    find(write, "macro_model_write_coverage");
    library_->coverage = std::make_unique<CoverageCollector>(write, build);
  }
  if (has_device_array(rtl)) {
    cim_dut_set_array_fn* set_array = nullptr;
    find(set_array, "macro_model_set_array");
    set_array(options.array);
  }
  if (has_faulty_storage(rtl)) {
    cim_dut_set_storage_fn* set_storage = nullptr;
    find(set_storage, "macro_model_set_storage");
    find(library_->storage_set, "macro_model_storage_set");
    set_storage(options.storage);
  }

  std::uint32_t weight = 0;
  std::uint32_t in = 0;
  std::uint32_t out = 0;
  sizes(&weight, &in, &out);
  const auto expect = [&](const char* port, std::uint32_t bytes, std::int64_t bits) {
    if (bytes != port_bytes(bits)) {
      throw base::InputError(fmt::format(
          "the RTL in {} is not of this specification: {} should have {} bits, and its {} bytes in "
          "the model are too {}",
          rtl.directory.string(), port, bits, bytes, bytes < port_bytes(bits) ? "few" : "many"));
    }
  };
  library_->rtl = rtl.directory;
  if (spec.kind == spec::Kind::logic) {
    expect("weight_data_i", weight, spec.columns);
    expect("in_data_i", in, spec.logic.operand_bits);
    expect("out_data_o", out, spec::logic_result_bits(spec));
    return;
  }
  const tb::Ports ports(spec);
  expect("weight_data_i", weight, std::int64_t{1} * spec.columns * ports.weight_field_bits);
  expect("in_data_i", in, std::int64_t{1} * spec.rows * spec.input.bits);
  expect("out_data_o", out, std::int64_t{1} * spec.columns * spec::output_width(spec));
  const auto side = [&](const char* name, std::uint32_t cim_dut_pins::*bytes,
                        const tb::Codes& codes) {
    const auto bits = static_cast<std::int64_t>(codes.port.bits());
    library_->side_ports.push_back({name, bytes, bits == 0 ? 0 : port_bytes(bits)});
  };
  side("weight_index_i", &cim_dut_pins::weight_index_bytes, ports.index_codes());
  side("weight_scale_i", &cim_dut_pins::weight_scale_bytes, ports.weight_scale_codes());
  side("weight_class_i", &cim_dut_pins::weight_class_bytes, ports.weight_class_codes());
  side("in_scale_i", &cim_dut_pins::in_scale_bytes, ports.input_scale_codes());
  const auto thresholds = static_cast<std::int64_t>(ports.thresholds().port.bits());
  library_->side_ports.push_back({"threshold_data_i", &cim_dut_pins::threshold_data_bytes,
                                  thresholds == 0 ? 0 : port_bytes(thresholds)});
}

VerilatedModel::~VerilatedModel() = default;

std::unique_ptr<tb::Dut> VerilatedModel::make(const std::string& trace_file) const {
#ifdef CIMFORGE_HAS_ADDRESS_SANITIZER
  // Verilated::catName of Verilator 5.006 keeps its last name for the life of the thread: nobody's
  // leak.
  const __lsan::ScopedDisabler no_leaks;
#endif
  cim_dut* dut = library_->create(trace_file.empty() ? nullptr : trace_file.c_str());
  if (dut == nullptr) {
    throw base::InputError(trace_file.empty() ? std::string("the model cannot be made")
                                              : "cannot write the trace " + trace_file);
  }
  auto made =
      std::make_unique<LibraryDut>(dut, library_->pins(dut), library_->eval, library_->error,
                                   library_->destroy, library_->coverage.get());
  for (const Library::SidePort& port : library_->side_ports) {
    const std::uint32_t has = made->pins().*port.bytes;
    if (has == port.right) continue;
    throw base::InputError(
        fmt::format("the RTL in {} is not of this specification: {} should have {} bytes in the "
                    "model, and has {}",
                    library_->rtl.string(), port.name, port.right, has));
  }
  return made;
}

const BuildReport& VerilatedModel::report() const {
  return library_->report;
}

VerilatorCoverage VerilatedModel::coverage() const {
  return library_->coverage ? library_->coverage->sum() : VerilatorCoverage();
}

cim_dut_storage_set_fn* VerilatedModel::storage_set() const {
  return library_->storage_set;
}

RtlSource user_rtl(const fs::path& directory, const spec::MacroSpec& spec) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw base::InputError(fmt::format("{}: not a directory", directory.string()));
  }
  if (!fs::is_regular_file(directory / "sim.f", error)) {
    throw base::InputError(
        fmt::format("{}: no sim.f in it; --rtl takes a directory written by `cimforge emit`",
                    directory.string()));
  }
  return {directory, spec.name, true};
}

}  // namespace cimforge::flows
