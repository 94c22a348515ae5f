#include "flows/ppa.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <sstream>
#include <string_view>
#include <tuple>
#include <utility>

#include "flows/cell_models.h"
#include "flows/circuit_boxes.h"
#include "flows/netlist.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"
#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"
#include "generator/spec/parts.h"
#include "generator/spec/precision.h"
#include "generator/spec/structure.h"

namespace cimforge::flows {
namespace {

/// The frequency that everything is told at: the specification's, or the highest there is.
double frequency_of(const spec::MacroSpec& spec, const TimingResult& timing) {
  constexpr double mhz_ns = 1000.0;
  return std::min(mhz_ns / spec.timing.clock_period_ns, timing.fmax_mhz);
}

/// The area of all trees, and the least that it could be. The first is unknown where adders are not
/// kept apart from the rest of the logic: in a loop, and where ABC has made them fast.
std::pair<std::optional<double>, std::optional<double>> tree_areas(const spec::MacroSpec& spec,
                                                                   const AreaResult& area) {
  if (spec.kind != spec::Kind::digital) return {};
  std::optional<double> trees;
  for (const AdderMappingReport& report : area.adders) {
    for (const ModuleArea& module : area.modules) {
      if (module.name != report.module) continue;
      trees = trees.value_or(0.0) + report.tree_um2 * static_cast<double>(module.instances);
    }
  }
  if (spec.adder_tree == spec::AdderTree::loop) trees.reset();
  const plan::MacroPlan plan = plan::plan(spec);
  std::optional<double> bound =
      tree_bound_um2(area.adder_cells, plan.full_adder_bound(), plan.heap_bits_per_column(),
                     plan.inverted_heap_bits_per_column());
  if (bound) *bound *= spec.columns;
  return {trees, bound};
}

/// Adds what the memory takes to be read, with vectors back to back.
void add_memory(const spec::MacroSpec& spec, const Activity& activity, PowerResult& power) {
  const double reads_per_vector =
      static_cast<double>(activity.memory_reads) / static_cast<double>(activity.vectors);
  const double vectors_per_us =
      power.frequency_mhz / collateral::signature(plan::plan(spec)).cycles_per_vector;
  constexpr double mw = 1e-3;  // a pJ in each us is a uW
  power.memory_mw = spec.memory.read_energy_pj * reads_per_vector * vectors_per_us * mw;
  power.power_mw += *power.memory_mw;
  power.left_out = "what the memory leaks";
}

double area_of_cell(const std::vector<LibertyLibrary>& libraries, const std::string& name) {
  for (const LibertyCell& cell : libraries.front().cells) {
    if (cell.name == name) return cell.area.value_or(0.0);
  }
  return 0.0;
}

}  // namespace

namespace {

std::vector<std::filesystem::path> files_of(const std::filesystem::path& filelist) {
  std::istringstream lines(base::read_file(filelist));
  std::vector<std::filesystem::path> files;
  for (std::string line; std::getline(lines, line);) {
    if (const auto comment = line.find("//"); comment != std::string::npos) line.resize(comment);
    std::istringstream words(line);
    for (std::string word; words >> word;) files.push_back(filelist.parent_path() / word);
  }
  if (files.empty()) {
    throw base::InputError(fmt::format("{}: names no file", filelist.string()));
  }
  return files;
}

}  // namespace

std::vector<std::filesystem::path> synthesis_files(const std::filesystem::path& directory) {
  return files_of(directory / "synth.f");
}

std::vector<std::filesystem::path> liberty_files(const std::vector<std::string>& named) {
  if (named.empty()) return {default_liberty()};
  return {named.begin(), named.end()};
}

std::vector<std::filesystem::path> box_liberty(const spec::MacroSpec& spec,
                                               const std::filesystem::path& rtl) {
  std::vector<std::filesystem::path> files;
  if (spec::has_black_box(spec)) {
    files.push_back(rtl / "array" / (spec::black_box_module(spec) + ".lib"));
  }
  if (spec::has_bitcells(spec)) {
    // One for each shape of block: those that synth.f has stubs of.
    const std::string prefix = spec::digital_part(spec).name + "_bitcell_column";
    for (const std::filesystem::path& file : synthesis_files(rtl)) {
      std::string name = file.stem().string();
      if (!name.starts_with(prefix) || !name.ends_with("_stub")) continue;
      name.resize(name.size() - std::string_view("_stub").size());
      files.push_back(rtl / "array" / (name + ".lib"));
    }
  }
  return files;
}

std::set<std::string> cells_of_libraries(const std::vector<std::filesystem::path>& liberty) {
  std::set<std::string> names;
  for (const LibertyLibrary& library : read_libraries(liberty)) {
    for (const LibertyCell& cell : library.cells) names.insert(cell.name);
  }
  return names;
}

std::string box_without_area(const std::vector<std::filesystem::path>& box_liberty) {
  for (const LibertyLibrary& library : read_libraries(box_liberty)) {
    for (const LibertyCell& cell : library.cells) {
      if (cell.area.value_or(0.0) == 0.0) return cell.name;
    }
  }
  return {};
}

std::vector<std::filesystem::path> macro_liberty(const spec::MacroSpec& spec,
                                                 const std::filesystem::path& rtl,
                                                 const std::vector<std::string>& named) {
  std::vector<std::filesystem::path> files = liberty_files(named);
  const std::vector<std::filesystem::path> boxes = box_liberty(spec, rtl);
  files.insert(files.end(), boxes.begin(), boxes.end());
  return files;
}

namespace {

AreaRequest area_request(const spec::MacroSpec& spec,
                         const std::vector<std::filesystem::path>& verilog,
                         const std::vector<std::filesystem::path>& liberty) {
  AreaRequest request;
  request.verilog = verilog;
  request.top = spec.name;
  const bool has_lanes = spec::digital_part(spec).kind == spec::Kind::digital;
  if (!has_lanes) request.parameters.clear();
  // Columns that may be fused are one tile.
  if (has_lanes) request.parameters["LANES"] = spec.precision.fused_columns;
  request.liberty = liberty;
  request.keep_netlist = true;
  request.goal = mapping_goal(spec.adder_tree);
  return request;
}

/// What a flip-flop of a digital macro does, by the net that it drives.
std::string register_class(const std::string& path) {
  // Inside a shell of self-tests and spares the macro is `u_core`.
  constexpr std::string_view core = "u_core/";
  std::string_view net = path;
  if (net.starts_with(core)) net.remove_prefix(core.size());
  if (net.find("weight_q") != std::string_view::npos) return "storage";
  if (net.find("u_accumulator.g_bit") != std::string_view::npos) return "accumulator";
  if (net.starts_with("g_slice")) return "column";
  if (net.starts_with("u_input") || net.starts_with("u_sequencer.bank_o")) return "operands";
  if (net.starts_with("u_sequencer.first") || net.starts_with("u_feed") ||
      net.starts_with("u_offset")) {
    return "first step";
  }
  if (net.starts_with("u_weight_port")) return "weight port";
  return "control";
}

/// Files of emitted RTL that are simulated and not synthesised: the model of an array.
std::vector<std::filesystem::path> model_files(const std::filesystem::path& rtl) {
  std::vector<std::filesystem::path> files = files_of(rtl / "sim.f");
  const std::vector<std::filesystem::path> synthesised = synthesis_files(rtl);
  std::erase_if(files, [&](const std::filesystem::path& file) {
    return std::ranges::find(synthesised, file) != synthesised.end();
  });
  return files;
}

}  // namespace

AreaResult mapped_area(const spec::MacroSpec& spec, const std::filesystem::path& rtl,
                       const std::vector<std::string>& liberty) {
  return measure_area(area_request(spec, synthesis_files(rtl), macro_liberty(spec, rtl, liberty)));
}

RtlSource mapped_rtl(const spec::MacroSpec& spec, const std::filesystem::path& rtl,
                     const std::vector<std::string>& liberty, const std::filesystem::path& output) {
  const AreaResult mapped = mapped_area(spec, rtl, liberty);
  return gate_level_rtl(parse_netlist(mapped.netlist, spec.name),
                        read_libraries(macro_liberty(spec, rtl, liberty)), output,
                        model_files(rtl));
}

std::optional<Efficiency> efficiency_of(const spec::MacroSpec& spec, const spec::Mode& mode,
                                        const PpaResult& result) {
  // A logic macro has no multiply-accumulates.
  if (!result.timing || spec.kind == spec::Kind::logic) return std::nullopt;
  Efficiency efficiency;
  efficiency.frequency_mhz = frequency_of(spec, *result.timing);
  efficiency.meets_constraints = efficiency.frequency_mhz >= 1000.0 / spec.timing.clock_period_ns;
  efficiency.cycles_per_mvm =
      collateral::signature(plan::plan(spec)).cycles_per_vector - spec::cycles_saved(spec, mode);
  const double operations = 2.0 * spec::stored_rows(spec) * spec.columns / mode.fused_columns;
  if (spec.sparsity.zero_planes == spec::ZeroPlanes::skip && result.power &&
      result.power->vectors > 0) {
    efficiency.mean_cycles_per_mvm =
        static_cast<double>(result.power->cycles) / static_cast<double>(result.power->vectors);
  }
  const double mvms_per_second =
      efficiency.frequency_mhz * 1e6 /
      efficiency.mean_cycles_per_mvm.value_or(static_cast<double>(efficiency.cycles_per_mvm));
  efficiency.tops = operations * mvms_per_second / 1e12;
  constexpr double um2_in_mm2 = 1e6;
  if (result.area.area_um2 > 0.0 && result.area.left_out.empty()) {
    efficiency.tops_per_mm2 = efficiency.tops / (result.area.area_um2 / um2_in_mm2);
  }
  if (result.power && result.power->power_mw > 0.0) {
    const double watts = result.power->power_mw / 1e3;
    efficiency.energy_per_mvm_pj = watts / mvms_per_second * 1e12;
    efficiency.tops_per_watt = efficiency.tops / watts;
  }
  return efficiency;
}

PpaResult measure_ppa(const PpaRequest& request) {
  const spec::MacroSpec& spec = request.spec;
  PpaResult result;
  result.name = spec.name;
  result.specification_sha256 = base::sha256(spec::to_toml(spec));
  const spec::Mode mode = request.stimulus.mode.value_or(spec::mode_of(spec));
  result.operands = spec::has_precision(spec) ? spec::name_of(spec, mode)
                                              : spec.input.name() + " x " + spec.weight.name();
  if (mode.transposed) result.operands += ", transposed";
  result.rows = spec.rows;
  result.columns = spec.columns;

  AreaRequest area = area_request(spec, request.verilog, request.liberty);
  area.left_out = request.left_out;
  result.area = measure_area(area);
  std::tie(result.tree_area_um2, result.tree_bound_um2) = tree_areas(spec, result.area);
  if (!request.with_timing) return result;

  const std::vector<LibertyLibrary> libraries = read_libraries(request.liberty);
  const std::string clock = collateral::signature(plan::plan(spec)).clock;
  Netlist netlist = parse_netlist(result.area.netlist, spec.name);
  FanoutReport buffers;
  if (const auto buffer = choose_buffer(libraries, request.liberty)) {
    buffers.cell = buffer->name;
    buffers.count = buffer_fanout(netlist, *buffer, most_loads_of_a_net, outputs_of(libraries),
                                  clock, clock_pins_of(libraries));
    buffers.area_um2 = static_cast<double>(buffers.count) * area_of_cell(libraries, buffer->name);
  }

  TimingRequest timing;
  timing.liberty = request.liberty;
  timing.constraints = request.constraints;
  timing.clock_port = clock;
  timing.clock_period_ns = spec.timing.clock_period_ns;
  if (spec.kind == spec::Kind::digital) timing.register_class = register_class;
  std::vector<Representative> parts;
  std::future<Activity> activity;
  if (request.with_power) {
    parts = representatives(netlist);
    for (const Representative& part : parts) timing.probes.push_back(part.probe);
    // OpenSTA and the simulation need nothing of each other.
    activity = std::async(std::launch::async, [&] {
      return measure_activity(spec, netlist, libraries, request.stimulus, request.interrupt);
    });
  }
  result.timing = measure_timing(netlist, timing);
  result.timing->buffers = buffers;
  if (request.with_power) {
    const Activity measured = activity.get();
    result.power =
        add_up_power(netlist, libraries, parts, *result.timing, measured,
                     frequency_of(spec, *result.timing), boxes_with_models(spec, netlist));
    if (spec.kind == spec::Kind::near_memory) add_memory(spec, measured, *result.power);
    if (spec::has_bitcells(spec)) result.power->left_out = "what bitcells leak";
    result.power->seed = request.stimulus.seed;
    result.power->is_given =
        !request.stimulus.given_vectors.empty() || !request.stimulus.given_weights.empty();
  }
  result.efficiency = efficiency_of(spec, mode, result);
  return result;
}

}  // namespace cimforge::flows
