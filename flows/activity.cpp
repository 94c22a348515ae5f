#include "flows/activity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "flows/cell_models.h"
#include "flows/circuit_boxes.h"
#include "flows/circuit_dut.h"
#include "generator/base/exit_status.h"
#include "generator/spec/binary.h"
#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "sim/golden.h"
#include "sim/number.hpp"
#include "tb/bus_engine.h"
#include "tb/float_stimulus.h"
#include "tb/random.h"
#include "tb/structured.h"

namespace cimforge::flows {
namespace {

constexpr std::string_view weights_suffix = "_weights";

/// Modules that stand once for each column, or tile of fused columns: slices, what a floating macro
/// has behind them, and the weights of a transposable one.
bool is_of_a_column(const std::string& type) {
  return type.ends_with("_slice") || type.ends_with("_columns") || type.ends_with(weights_suffix);
}

/// An instance that is like one before it.
struct OtherColumn {
  std::string type;
  std::string path;  ///< of names from the top
  std::optional<std::size_t> index_in_top;
};

/// Goes through the hierarchy once: of the columns in a module the first, and all else.
class Columns {
 public:
  explicit Columns(const Netlist& netlist) : netlist_(netlist) { visit("", "", netlist.top, 1); }

  [[nodiscard]] const std::vector<Representative>& representatives() const { return parts_; }
  [[nodiscard]] const std::vector<OtherColumn>& others() const { return others_; }

 private:
  static std::string below(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "/" + name;
  }

  void visit(const std::string& path, const std::string& names, const std::string& type,
             std::int64_t instances) {
    parts_.push_back({{path, type}, instances});
    const NetlistModule& module = *netlist_.find(type);
    std::map<std::string, std::int64_t> counts;
    for (const NetlistInstance& each : module.instances) ++counts[each.type];
    std::set<std::string> done;
    // Columns are alike in the top and in the arrays of a floating macro. In a tile of fused
    // columns they differ, and behind a shell (self-test, spares) results of one may be its
    // neighbour's.
    const bool leaves_out = path.empty() || type.ends_with("_integer");
    for (std::size_t i = 0; i < module.instances.size(); ++i) {
      const NetlistInstance& each = module.instances[i];
      if (netlist_.find(each.type) == nullptr) continue;
      const bool is_column = leaves_out && is_of_a_column(each.type);
      const std::string name = below(names, each.name);
      if (is_column && !done.insert(each.type).second) {
        others_.push_back(
            {each.type, name, path.empty() ? std::optional<std::size_t>(i) : std::nullopt});
        continue;
      }
      visit(below(path, printed_instance(i)), name, each.type,
            is_column ? instances * counts.at(each.type) : instances);
    }
  }

  const Netlist& netlist_;
  std::vector<Representative> parts_;
  std::vector<OtherColumn> others_;
};

/// The columns that the macro really has in the run: those whose result bits the watched instance
/// drives.
std::vector<int> driven_columns(const Netlist& netlist, const std::set<std::size_t>& dropped,
                                int columns, int output_bits) {
  const NetlistModule& top = netlist.top_module();
  std::set<NetId> undriven;
  for (const std::size_t index : dropped) {
    for (const NetlistPin& pin : top.instances[index].pins) {
      const NetlistModule* child = netlist.find(top.instances[index].type);
      for (const NetlistPort& port : child->ports) {
        if (port.name == pin.port && !port.is_input) {
          undriven.insert(pin.bits.begin(), pin.bits.end());
        }
      }
    }
  }
  std::vector<int> driven;
  for (const NetlistPort& port : top.ports) {
    if (port.name != "out_data_o") continue;
    for (int column = 0; column < columns; ++column) {
      bool is_driven = true;
      for (int bit = 0; bit < output_bits; ++bit) {
        NetId net = port.bits[static_cast<std::size_t>(column * output_bits + bit)];
        if (const auto alias = top.aliases.find(net); alias != top.aliases.end()) {
          net = alias->second;
        }
        is_driven = is_driven && !undriven.contains(net);
      }
      if (is_driven) driven.push_back(column);
    }
  }
  return driven;
}

std::vector<std::int32_t> random_values(tb::Random& random, const spec::IntegerFormat& format,
                                        std::size_t count) {
  std::vector<std::int32_t> values(count);
  for (std::int32_t& value : values) {
    do {  // a bipolar one is not 0
      value = random.between(static_cast<int>(format.min()), static_cast<int>(format.max()));
    } while (!format.holds(value));
  }
  return values;
}

/// Clears the weights of a column that structured storage has no room for, in random rows.
void keep_structure(tb::Random& random, const spec::MacroSpec& spec,
                    std::vector<std::int32_t>& column) {
  const auto group = static_cast<std::size_t>(spec.sparsity.group);
  if (!spec.sparsity.is_structured()) return;
  for (std::size_t first = 0; first < column.size(); first += group) {
    std::vector<std::size_t> rows(group);
    std::iota(rows.begin(), rows.end(), first);
    random.shuffle(rows);
    for (auto i = static_cast<std::size_t>(spec.sparsity.nonzero); i < group; ++i) {
      column[rows[i]] = 0;
    }
  }
}

/// In the place of what is random: numbers as quantisers make them. Uniform codes of a floating
/// format have exponents that no data have.
void fill_gaussian(const spec::MacroSpec& spec, const Stimulus& stimulus, tb::Random& random,
                   tb::StoredWeights& weights, std::vector<std::int32_t>& inputs,
                   std::vector<std::int32_t>& scales) {
  tb::FloatStimulus source(spec, random);
  if (stimulus.given_weights.empty()) {
    weights = source.matrix(tb::FloatPattern::gaussian, 0, false);
  }
  const auto rows = static_cast<std::size_t>(spec.rows);
  const tb::Ports ports(spec);
  if (!stimulus.given_vectors.empty()) {
    // Codes alone are given: every scale is 1.
    scales.assign(inputs.size() / rows * ports.input_scale_codes().values.size(),
                  number::scale_bias);
    return;
  }
  tb::InputVector vector{0, ports.input_codes(), ports.mode, ports.input_scale_codes()};
  for (std::size_t first = 0; first < inputs.size(); first += rows) {
    source.fill_vector(tb::FloatPattern::gaussian, 0, vector);
    std::ranges::copy(vector.codes.values, inputs.begin() + static_cast<std::ptrdiff_t>(first));
    scales.insert(scales.end(), vector.scales.values.begin(), vector.scales.values.end());
  }
}

/// The codes of the columns that hold a weight, the lowest bits first.
void split_weight(const spec::MacroSpec& spec, std::int32_t weight, std::int32_t* columns,
                  int count) {
  const int bits = spec.weight.bits;
  for (int i = 0; i < count; ++i) {
    const std::int32_t code = (weight >> (i * bits)) & ((std::int32_t{1} << bits) - 1);
    const bool is_negative = spec.weight.is_signed && (code >> (bits - 1)) != 0;
    columns[i] = is_negative ? code - (std::int32_t{1} << bits) : code;
  }
}

/// The stored weights of a set, rows x columns. The watched instance has the columns of one tile,
/// and every other tile gets the same.
std::vector<std::int32_t> weights_of_set(const spec::MacroSpec& spec, const Stimulus& stimulus,
                                         const spec::Mode& mode, int set, tb::Random& random) {
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  const auto tile = static_cast<std::size_t>(spec.precision.fused_columns);
  const auto fused = static_cast<std::size_t>(mode.fused_columns);
  std::vector<std::vector<std::int32_t>> codes(tile, std::vector<std::int32_t>(rows));
  if (stimulus.given_weights.empty()) {
    for (std::vector<std::int32_t>& column : codes) {
      column = random_values(random, spec.weight, rows);
      keep_structure(random, spec, column);
    }
  } else {
    const std::size_t given = columns / fused;
    const std::size_t from =
        static_cast<std::size_t>(set) * given / static_cast<std::size_t>(stimulus.weight_sets);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t g = 0; g < tile / fused; ++g) {
        const std::size_t which = (from + g) % given;
        std::vector<std::int32_t> parts(fused);
        // A row of the matrix is a column of the transposed one.
        split_weight(
            spec,
            stimulus.given_weights[mode.transposed ? which * columns + row : row * given + which],
            parts.data(), mode.fused_columns);
        for (std::size_t i = 0; i < fused; ++i) codes[g * fused + i][row] = parts[i];
      }
    }
  }
  std::vector<std::int32_t> weights;
  weights.reserve(rows * columns);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      weights.push_back(mode.transposed ? codes[0][column] : codes[column % tile][row]);
    }
  }
  return weights;
}

/// Streams the stimulus through the model and compares the driven columns. Returns the vectors.
std::int64_t stream(const spec::MacroSpec& spec, std::unique_ptr<tb::Dut> dut,
                    const Stimulus& stimulus, const std::vector<int>& driven,
                    const std::function<void()>& interrupt) {
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  const spec::Mode mode = stimulus.mode.value_or(spec::mode_of(spec));
  const spec::IntegerFormat input = spec::has_precision(spec) ? spec::input_of(mode) : spec.input;
  tb::BusEngine engine(spec, std::move(dut), interrupt);
  engine.set_mode(mode);
  sim::GoldenMacro golden(spec);
  tb::Random random(stimulus.seed);
  std::int64_t vectors = 0;
  for (int set = 0; set < stimulus.weight_sets; ++set) {
    const std::vector<std::int32_t> weights = weights_of_set(spec, stimulus, mode, set, random);
    tb::StoredWeights stored = tb::stored_weights(spec, weights);
    std::vector<std::int32_t> inputs = stimulus.given_vectors;
    if (inputs.empty()) {
      inputs = random_values(random, input, rows * static_cast<std::size_t>(stimulus.vectors));
    }
    std::vector<std::int32_t> scales;
    if (spec.kind == spec::Kind::floating) {
      fill_gaussian(spec, stimulus, random, stored, inputs, scales);
    }
    if (spec::has_thresholds(spec)) {
      // The sums of the first vector: about as many results are 1 as 0.
      tb::write_stored(golden, 0, stored);
      stored.thresholds.resize(columns);
      golden.sums(0, std::span<const std::int32_t>(inputs).first(rows), stored.thresholds);
    }
    tb::write_stored(golden, 0, stored);
    engine.load_stored(0, stored);
    const std::size_t count = inputs.size() / rows;
    std::vector<std::int64_t> outputs(count * columns);
    std::vector<std::int64_t> expected(count * columns);
    engine.multiply(0, inputs, outputs, scales);
    golden.multiply(0, mode, inputs, expected, scales);
    for (std::size_t vector = 0; vector < count; ++vector) {
      for (const int c : driven) {
        const std::size_t at = vector * columns + static_cast<std::size_t>(c);
        if (outputs[at] != expected[at]) {
          throw base::CommandError(
              base::ExitStatus::check_failed,
              fmt::format("the mapped netlist of {} computes {} for column {}, not {} (vector {} "
                          "of weight set {}, seed {}): its power would mean nothing",
                          spec.name, outputs[at], c, expected[at], vector, set, stimulus.seed));
        }
      }
    }
    vectors += static_cast<std::int64_t>(count);
  }
  return vectors;
}

}  // namespace

std::vector<Representative> representatives(const Netlist& netlist) {
  return Columns(netlist).representatives();
}

Activity measure_activity(const spec::MacroSpec& spec, const Netlist& netlist,
                          const std::vector<LibertyLibrary>& libraries, const Stimulus& stimulus,
                          const std::function<void()>& interrupt) {
  // A transposed vector reads a row, one weight of each column: all of them are in the run, and the
  // first alone is counted.
  const bool reads_all_columns = stimulus.mode && stimulus.mode->transposed;
  const Columns columns(netlist);
  const NetlistModule& top = netlist.top_module();
  std::set<std::size_t> dropped;
  std::vector<std::string> without;
  for (const OtherColumn& other : columns.others()) {
    if (reads_all_columns && other.type.ends_with(weights_suffix)) continue;
    without.push_back(other.path);
    if (other.index_in_top) dropped.insert(*other.index_in_top);
  }

  const Circuit circuit =
      flatten(netlist, top.name, libraries, without, boxes_with_models(spec, netlist));
  const std::vector<std::unique_ptr<BoxModel>> boxes = make_boxes(spec, circuit);
  ToggleCount count;
  Activity activity;
  try {
    activity.vectors = stream(
        spec, std::make_unique<CircuitDut>(circuit, boxes, count), stimulus,
        driven_columns(netlist, dropped, spec.columns, static_cast<int>(spec::output_width(spec))),
        interrupt);
  } catch (const tb::ModelError& error) {
    throw base::CommandError(base::ExitStatus::check_failed,
                             fmt::format("the mapped netlist of {}: {}", spec.name, error.what()));
  }
  activity.cycles = count.cycles;
  for (const auto& box : boxes) activity.memory_reads += box->reads();
  if (activity.cycles <= 0) {
    throw base::ToolError(fmt::format("the activity of {} was not counted: no cycles", top.name));
  }
  for (const Representative& part : columns.representatives()) {
    const std::vector<FlatNet>& nets = circuit.modules.at(part.probe.path);
    std::vector<double>& toggles = activity.toggles[part.probe.path];
    toggles.reserve(nets.size());
    for (const FlatNet net : nets) {
      toggles.push_back(net == no_flat_net ? 0.0
                                           : static_cast<double>(count.toggles[net]) /
                                                 static_cast<double>(activity.cycles));
    }
  }
  return activity;
}

}  // namespace cimforge::flows
