#include "cli/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

#include "flows/adder_delays.h"
#include "flows/analog_engine.h"
#include "flows/ppa.h"
#include "generator/base/exit_status.h"
#include "generator/collateral/collateral.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"

namespace cimforge::cli {

spec::MacroSpec load_specification(const std::filesystem::path& file) {
  spec::MacroSpec spec = spec::load(file);
  if (!spec::has_array(spec)) return spec;
  const device::Device device = flows::analog_device(spec, file);
  const int levels = 1 << spec.analog.cell_bits;
  if (device.has("levels") && device.value("levels") < levels) {
    throw base::InputError(fmt::format("{}: cell_bits {} are {} levels, and the device {} has {:g}",
                                       file.string(), spec.analog.cell_bits, levels, device.name,
                                       device.value("levels")));
  }
  return spec;
}

namespace fs = std::filesystem;

void add_spec(CLI::App& command, std::string& path) {
  command.add_option("SPEC", path, "Specification of the macro (TOML; docs/specification.md)")
      ->required();
}

void add_json(CLI::App& command, std::string& path) {
  command.add_option("--json", path, "Write the result as JSON to FILE as well")->type_name("FILE");
}

void add_rtl(CLI::App& command, std::string& path) {
  command
      .add_option("--rtl", path,
                  "Use the RTL in DIR, an earlier output of `cimforge emit`, perhaps edited by "
                  "hand, in place of a fresh one")
      ->type_name("DIR");
}

void give(const std::string& text, const nlohmann::ordered_json& json, const std::string& path) {
  fmt::print("{}{}", text, text.empty() || text.back() == '\n' ? "" : "\n");
  std::fflush(stdout);
  if (!path.empty()) base::write_file_atomically(path, json_text(json, 2) + "\n");
}

std::string json_text(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<plan::LibraryDelays> library_delays(const spec::MacroSpec& spec,
                                                  const std::vector<std::string>& liberty) {
  return flows::adder_delays(flows::load_cell_library(flows::liberty_files(liberty)),
                             spec.adder_tree);
}

Rtl rtl_for(const spec::MacroSpec& spec, const std::string& user_directory,
            const std::optional<plan::LibraryDelays>& delays) {
  if (!user_directory.empty()) return {nullptr, flows::user_rtl(user_directory, spec)};
  Rtl rtl;
  rtl.directory = std::make_unique<base::TemporaryDirectory>("cimforge-rtl-");
  for (const auto& [path, text] : collateral::emit(spec, delays)) {
    const fs::path file = rtl.directory->path() / path;
    fs::create_directories(file.parent_path());
    base::write_file_atomically(file, text);
  }
  rtl.source = {rtl.directory->path(), spec.name, false};
  return rtl;
}

void require_writable(const std::string& file) {
  if (file.empty()) return;
  std::error_code error;
  if (fs::is_directory(file, error)) {
    throw base::InputError(fmt::format("{}: cannot be written: it is a directory", file));
  }
  const fs::path parent = fs::absolute(file).parent_path();
  if (!fs::is_directory(parent, error) || ::access(parent.c_str(), W_OK) != 0) {
    throw base::InputError(
        fmt::format("{}: cannot be written: {} is {}", file, parent.string(),
                    fs::is_directory(parent, error) ? "not writable" : "not a directory"));
  }
}

void require_output(const std::string& directory, const char* manifest) {
  if (directory.empty()) throw base::InputError("(no name): No such file or directory");
  std::error_code error;
  const fs::path path = fs::absolute(directory).lexically_normal();
  if (fs::is_directory(path, error)) {
    base::check_replaceable(directory, manifest);
    return;
  }
  fs::path above = path;
  while (above.has_relative_path() && !fs::exists(above, error)) above = above.parent_path();
  if (!fs::is_directory(above, error)) {
    throw base::InputError(
        fmt::format("{}: cannot be written: {} is not a directory", directory, above.string()));
  }
}

int default_jobs() {
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 16U));
}

std::filesystem::path this_program() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw base::ToolError("the path of this program is not known: " + error.message());
  return path;
}

}  // namespace cimforge::cli
