#include "flows/prove.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include "flows/elaborate.h"
#include "flows/float_cells.h"
#include "flows/near_memory_proof.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/parts.h"
#include "generator/spec/range.h"
#include "generator/spec/structure.h"

namespace cimforge::flows {
namespace {

constexpr const char* macro_netlist = "macro.json";
constexpr const char* top_netlist = "top.json";
constexpr const char* port_file = "cim_weight_port.v";

constexpr const char* fusion_file = "cim_column_fusion.v";
constexpr const char* transpose_file = "cim_weight_transpose.v";

/// Wires of the transposed view that are also proved with the slices as emitted, where Yosys looks
/// at each bit by itself.
constexpr std::int64_t most_wires = 1 << 15;

std::int64_t bank_bits_of(const spec::MacroSpec& spec) {
  return std::int64_t{1} * spec.rows * spec.columns * spec.weight.bits;
}

/// Whether the adders of fused columns are also proved with the slices as emitted: bits of the
/// results of a slice, at each level of the adders, which Yosys looks at one by one.
bool proves_fusion_as_emitted(const spec::MacroSpec& spec) {
  constexpr int most_lanes = 64;
  constexpr int most_bits = 1 << 13;
  const int fused = spec.precision.fused_columns;
  const int lanes = std::min(spec.columns, most_lanes);
  return fused > 1 && lanes * spec::output_width(spec) * fused <= most_bits;
}

/// The Verilog files of a list.
std::vector<std::filesystem::path> verilog_files(const std::filesystem::path& list) {
  std::vector<std::filesystem::path> files;
  std::istringstream lines(base::read_file(list));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(".v") && !line.starts_with("//")) {
      files.push_back(list.parent_path() / line);
    }
  }
  return files;
}

/// What synthesis reads, with the models of bitcells in the place of their black boxes.
std::vector<std::filesystem::path> files_to_prove(const std::filesystem::path& directory,
                                                  const spec::MacroSpec& spec) {
  std::vector<std::filesystem::path> files = verilog_files(directory / "synth.f");
  if (spec.storage != spec::Storage::bitcell) return files;
  const std::string prefix = spec.name + "_bitcell_column";
  const auto is_stub = [&](const std::filesystem::path& file) {
    const std::string name = file.stem().string();
    return name.starts_with(prefix) && name.ends_with("_stub");
  };
  std::erase_if(files, is_stub);
  for (const std::filesystem::path& file : verilog_files(directory / "sim.f")) {
    const std::string name = file.stem().string();
    constexpr std::array cells = {"cim_weight_bitcell", "cim_weight_banks", "cim_weight_latch"};
    if (name.starts_with(prefix) || std::ranges::find(cells, name) != cells.end()) {
      files.push_back(file);
    }
  }
  return files;
}

std::string quoted(const std::filesystem::path& path) {
  const std::string text = std::filesystem::absolute(path).string();
  if (text.find_first_of("\"\n\r") != std::string::npos) {
    throw base::InputError(
        fmt::format("{}: Yosys cannot read a path with a quote or a line break", text));
  }
  return "\"" + text + "\"";
}

std::string script_of(const std::vector<std::filesystem::path>& files, const RtlSource& rtl,
                      const spec::MacroSpec& spec) {
  std::string script;
  bool has_port = false;
  for (const std::filesystem::path& file : files) {
    has_port = has_port || file.filename() == port_file;
    script += fmt::format("read_verilog {}\n", quoted(file));
  }
  if (!has_port && !spec.weights_outside) {
    throw base::InputError(fmt::format("synth.f does not name {}", port_file));
  }
  // One column, or those that may hold one weight together.
  script += fmt::format("hierarchy -check -top {} -chparam LANES {}\n{}", rtl.top,
                        spec.precision.fused_columns, to_gates);
  script += fmt::format("write_json {}\n", macro_netlist);
  // The top with all its lanes; its cells are proved above.
  script += "design -reset\n";
  for (const std::filesystem::path& file : files) {
    const bool is_whole = file.stem() == rtl.top ||
                          (spec.precision.fused_columns > 1 && file.stem() == rtl.top + "_slice") ||
                          (file.filename() == fusion_file && proves_fusion_as_emitted(spec)) ||
                          (file.filename() == transpose_file && bank_bits_of(spec) <= most_wires);
    script += fmt::format("read_verilog {}{}\n", is_whole ? "" : "-lib ", quoted(file));
  }
  return script +
         fmt::format("hierarchy -check -top {}\n{}write_json {}\n", rtl.top, to_gates, top_netlist);
}

proof::ProofResult prove_digital(const RtlSource& rtl, const spec::MacroSpec& spec,
                                 const ProofRequest& request) {
  if (spec.adder_tree == spec::AdderTree::loop) {
    throw base::InputError(fmt::format(
        "{}: adder_tree = \"loop\" has no adder cells to prove: the synthesis tool makes them from "
        "the operator +; `cimforge verify` is the check of such a macro",
        spec.name));
  }
  const auto start = std::chrono::steady_clock::now();
  const base::TemporaryDirectory directory("cimforge-prove");
  run_yosys(script_of(files_to_prove(rtl.directory, spec), rtl, spec), directory.path(), rtl.top,
            request.time_limit);
  const proof::Netlists netlists{
      proof::read_design(base::read_file(directory.path() / macro_netlist), rtl.top),
      proof::read_design(base::read_file(directory.path() / top_netlist), rtl.top)};
  const double elaboration =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  proof::ProofResult result = proof::prove(spec, netlists);
  result.elaboration_seconds = elaboration;
  result.seconds += elaboration;
  return result;
}

}  // namespace

proof::ProofResult prove(const RtlSource& rtl, const spec::MacroSpec& spec,
                         const ProofRequest& request) {
  if (spec.kind == spec::Kind::near_memory) {
    return prove_near_memory(rtl, spec, request.cell_limit);
  }
  const spec::MacroSpec digital = spec::digital_part(spec);
  proof::ProofResult result =
      prove_digital({rtl.directory, digital.name, rtl.by_user}, digital, request);
  if (spec.kind == spec::Kind::floating && result.proved) {
    prove_float_cells(rtl, spec, {request.cell_limit, ""}, result);
  }
  return result;
}

}  // namespace cimforge::flows
