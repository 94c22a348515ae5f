#include "flows/cycle_model.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/hash.h"
#include "generator/base/version.h"
#include "generator/spec/binary.h"
#include "generator/spec/floating.h"
#include "generator/spec/logic.h"
#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"
#include "sim/floating.h"
#include "tb/codes.h"

namespace cimforge::flows {

const std::map<std::string, std::string>& model_sources();

namespace {

namespace fs = std::filesystem;

std::string format_text(const number::Format& format) {
  return fmt::format(
      "{{.bits = {}, .exponent_bits = {}, .fraction_bits = {}, .bias = {}, .largest_exponent = {}, "
      ".has_infinity = {}, .has_nan = {}, .is_signed = {}, .point = {}, .has_scale = {}}}",
      format.bits, format.exponent_bits, format.fraction_bits, format.bias, format.largest_exponent,
      format.has_infinity, format.has_nan, format.is_signed, format.point, format.has_scale);
}

/// What only a floating macro has.
std::string floating_figures(const spec::MacroSpec& spec) {
  constexpr std::array rounding = {"truncate", "nearest_even", "sticky"};
  const tb::Ports ports(spec);
  const spec::ResultShape result = spec::result_shape(spec);
  const spec::AlignedOperand weight = spec::aligned_weight(spec);
  std::string text;
  const auto figure = [&](const char* name, int value) {
    text += fmt::format("  static constexpr int {} = {};\n", name, value);
  };
  const auto flag = [&](const char* name, bool value) {
    text += fmt::format("  static constexpr bool {} = {};\n", name, value);
  };
  const auto format = [&](const char* name, const number::Format& value) {
    text += fmt::format("  static constexpr cimforge::number::Format {}\n      {};\n", name,
                        format_text(value));
  };
  format("input_format", sim::number_format(spec.input));
  format("weight_format", sim::number_format(spec.weight));
  // Without bits: the sum and its exponent.
  const bool is_sum = spec.floating.result == spec::ResultFormat::integer;
  format("result_format",
         is_sum ? number::Format() : sim::result_number_format(spec.floating.result));
  figure("block_rows", spec.floating.block_rows);
  flag("weights_to_block", !weight.target && !spec::aligns_as_read(spec));
  flag("weights_aligned", spec.floating.align_weights_at == spec::WeightAligner::offline);
  figure("weight_guard_bits", weight.guard_bits);
  text += fmt::format(
      "  static constexpr cimforge::number::Rounding rounding = cimforge::number::Rounding::{};\n",
      rounding.at(static_cast<std::size_t>(spec.floating.rounding)));
  figure("weight_scale_bits", ports.weight_scale_bits);
  figure("weight_class_bits", ports.weight_class_bits);
  figure("integer_bits", ports.integer_bits);
  figure("sum_bits", result.sum_bits);
  figure("result_offset", result.offset);
  return text;
}

/// Where results are signs.
std::string threshold_figures(const spec::MacroSpec& spec) {
  const spec::IntegerFormat format = spec::threshold_format(spec);
  return fmt::format(
      "  static constexpr int threshold_bits = {};\n"
      "  static constexpr std::int64_t threshold_min = {};\n"
      "  static constexpr std::int64_t threshold_max = {};\n",
      format.bits, format.min(), format.max());
}

/// What the library exports.
std::string exported_functions(const std::string& name) {
  return fmt::format(R"(extern "C" {{
cim_dut* {0}_create(const char*);
cim_dut_pins* {0}_pins(cim_dut*);
int {0}_eval(cim_dut*);
const char* {0}_error(cim_dut*);
void {0}_destroy(cim_dut*);
}}
)",
                     name);
}

/// The same, as members of the figures.
std::string entry_points(const std::string& name) {
  return fmt::format(R"(  static cim_dut* create(const char* trace_file) {{ return {0}_create(trace_file); }}
  static cim_dut_pins* pins(cim_dut* dut) {{ return {0}_pins(dut); }}
  static int eval(cim_dut* dut) {{ return {0}_eval(dut); }}
  static const char* error(cim_dut* dut) {{ return {0}_error(dut); }}
  static void destroy(cim_dut* dut) {{ {0}_destroy(dut); }}
)",
                     name);
}

/// The header of the model of a logic macro.
std::string logic_header(const spec::MacroSpec& spec) {
  return fmt::format(
      R"(// The cycle model of {0}: logic in memory, {1} x {2} bits. Made by cimforge {3}.
#pragma once

#include "cimforge/logic_model.hpp"

{4}
namespace cimforge_models {{

struct {0}_figures {{
  static constexpr int rows = {1};
  static constexpr int columns = {2};
  static constexpr int operand_bits = {5};
  static constexpr int sum_bits = {6};
{7}}};

using {0} = cimforge::LogicModel<{0}_figures>;

}}  // namespace cimforge_models
)",
      spec.name, spec.rows, spec.columns, base::version(), exported_functions(spec.name),
      spec.logic.operand_bits, spec::logic_sum_bits(spec), entry_points(spec.name));
}

/// The header of one model: its figures and the type to use.
std::string header(const spec::MacroSpec& spec) {
  if (spec.kind == spec::Kind::logic) return logic_header(spec);
  const std::string functions = exported_functions(spec.name);
  return fmt::format(
      R"(// The cycle model of {0}: {1} x {2} {3} weights, {4} inputs. Made by cimforge {5}.
#pragma once

#include "cimforge/{21}.hpp"

{6}
namespace cimforge_models {{

struct {0}_figures {{
  static constexpr int rows = {1};
  static constexpr int columns = {2};
  static constexpr int banks = {7};
  static constexpr int weight_bits = {8};
  static constexpr int weight_min = {9};
  static constexpr int weight_max = {10};
  static constexpr int input_bits = {11};
  static constexpr int input_min = {12};
  static constexpr int input_max = {13};
  static constexpr int output_bits = {14};
  static constexpr bool output_signed = {15};
  static constexpr int nonzero = {16};
  static constexpr int group = {17};
  static constexpr int index_bits = {18};
{19}{20}{23}}};

using {0} = cimforge::{22}<{0}_figures>;

}}  // namespace cimforge_models
)",
      spec.name, spec.rows, spec.columns, spec.weight.name(), spec.input.name(), base::version(),
      functions, spec.banks, tb::Ports(spec).weight_field_bits, spec.weight.min(),
      spec.weight.max(), spec.input.bits, spec.input.min(), spec.input.max(),
      spec::output_width(spec), spec::output_is_signed(spec), spec.sparsity.nonzero,
      spec.sparsity.group, spec::index_bits(spec),
      spec.transpose == spec::Transpose::never ? ""
                                               : "  static constexpr bool transposable = true;\n",
      spec::has_precision(spec) ? fmt::format("  static constexpr int most_fused_columns = {};\n",
                                              spec.precision.fused_columns)
      : spec::has_thresholds(spec)        ? threshold_figures(spec)
      : spec.kind == spec::Kind::floating ? floating_figures(spec)
                                          : "",
      spec.kind == spec::Kind::floating ? "float_model" : "cycle_model",
      spec.kind == spec::Kind::floating ? "FloatModel" : "CycleModel", entry_points(spec.name));
}

std::string cmake_config(const std::string& name) {
  return fmt::format(R"(# find_package({0}) gives the target cimforge_models::{0}.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(ZLIB)
get_filename_component(_prefix "${{CMAKE_CURRENT_LIST_DIR}}/../../.." ABSOLUTE)
if(NOT TARGET cimforge_models::runtime)
  add_library(cimforge_models::runtime STATIC IMPORTED)
  set_target_properties(cimforge_models::runtime PROPERTIES
    IMPORTED_LOCATION "${{_prefix}}/lib/libcimforge_runtime.a"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;ZLIB::ZLIB;atomic")
endif()
if(NOT TARGET cimforge_models::{0})
  add_library(cimforge_models::{0} STATIC IMPORTED)
  set_target_properties(cimforge_models::{0} PROPERTIES
    IMPORTED_LOCATION "${{_prefix}}/lib/lib{0}.a"
    INTERFACE_INCLUDE_DIRECTORIES "${{_prefix}}/include"
    INTERFACE_COMPILE_FEATURES cxx_std_20
    INTERFACE_LINK_LIBRARIES cimforge_models::runtime)
endif()
unset(_prefix)
)",
                     name);
}

}  // namespace

base::FileSet cycle_model_files(const spec::MacroSpec& spec, const RtlSource& rtl,
                                const ModelBuild& options) {
  const base::TemporaryDirectory build("cimforge-model-");
  const ModelObjects objects = compile_model(rtl, spec.name, options, build.path());
  const fs::path archive = build.path() / "model.a";
  // D: no dates and no user names, so that the same model gives the same bytes.
  std::vector<std::string> command = {"ar", "rcsD", archive.string()};
  for (const fs::path& object : objects.objects) command.push_back(object.string());
  run_tool({command, std::chrono::minutes(10)});

  base::FileSet files;
  files["lib/lib" + spec.name + ".a"] = base::read_file(archive);
  files["lib/libcimforge_runtime.a"] = base::read_file(objects.runtime);
  files["include/" + spec.name + ".hpp"] = header(spec);
  const char* typed = spec.kind == spec::Kind::logic ? "logic_model.hpp" : "cycle_model.hpp";
  files[fmt::format("include/cimforge/{}", typed)] = model_sources().at(typed);
  if (spec.kind == spec::Kind::floating) {
    files["include/cimforge/float_model.hpp"] = model_sources().at("float_model.hpp");
    files["include/cimforge/number.hpp"] = model_sources().at("number.hpp");
  }
  files["include/cimforge/dut.h"] = model_sources().at("dut.h");
  files[fmt::format("lib/cmake/{0}/{0}-config.cmake", spec.name)] = cmake_config(spec.name);

  nlohmann::ordered_json manifest;
  manifest["cimforge"] = base::version();
  manifest["specification_sha256"] = base::sha256(spec::to_toml(spec));
  manifest["trace"] = options.trace;
  manifest["tools"] = {{"verilator", find_tool(ToolId::verilator).version},
                       {"compiler", objects.report.compiler}};
  manifest["flags"] = objects.report.flags;
  for (const auto& [path, content] : files) manifest["files"][path] = base::sha256(content);
  files[cycle_model_manifest] = manifest.dump(2) + "\n";
  return files;
}

}  // namespace cimforge::flows
