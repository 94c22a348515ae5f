#include "flows/netlist_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "flows/cell_models.h"
#include "flows/circuit_simulator.h"
#include "flows/ppa.h"
#include "flows/untestable.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/plan/plan.h"
#include "generator/spec/self_test.h"
#include "sim/golden.h"
#include "sim/self_test.h"
#include "tb/codes.h"
#include "tb/random.h"

namespace cimforge::flows {
namespace {

/// Columns that the control keeps: every input of a slice is read by each of them.
constexpr int kept_columns = 2;
/// Cycles after which a transfer that is not taken will not be.
constexpr int patience = 20'000;

/// Runs the good circuit and writes down what a tester needs to do the same again: the values of
/// the macro's inputs in each half of a cycle, those of a column's, and what comes out.
class Recorder {
 public:
  Recorder(const Circuit& circuit, const std::vector<CircuitPort>& column)
      : circuit_(circuit), column_(column), simulator_(circuit) {
    for (const CircuitPort& port : circuit.ports) {
      if (port.is_input) {
        whole_.driven.insert(whole_.driven.end(), port.nets.begin(), port.nets.end());
      } else {
        outputs_.insert(outputs_.end(), port.nets.begin(), port.nets.end());
      }
    }
    simulator_.start({}, false);
    set("clk_i", 0);
    set("rst_ni", 0);
    half();
    for (int i = 0; i < 2; ++i) cycle();
    set("rst_ni", 1);
    cycle();
  }

  void set(const char* port, std::uint64_t value) {
    const CircuitPort* found = circuit_.port(port);
    if (found == nullptr) return;
    simulator_.set(found->nets, value);
  }
  void set(const char* port, const tb::PortValue& value) {
    const CircuitPort* found = circuit_.port(port);
    for (std::size_t bit = 0; bit < found->nets.size(); ++bit) {
      simulator_.set(found->nets[bit], ((value.data()[bit / 8] >> (bit % 8)) & 1) != 0);
    }
  }
  [[nodiscard]] std::uint64_t get(const char* port) const {
    const CircuitPort* found = circuit_.port(port);
    return found == nullptr ? 0 : simulator_.number(found->nets);
  }

  /// The result of a column, as the port has it now.
  [[nodiscard]] std::uint64_t result(std::size_t column, std::size_t bits) const {
    const CircuitPort* out = circuit_.port("out_data_o");
    return simulator_.number(std::span(out->nets).subspan(column * bits, bits));
  }

  /// A clock cycle that ends with a rising edge. Inputs were set in its low half.
  void cycle() {
    half();
    if (get("rst_ni") != 0) observe();
    set("clk_i", 1);
    half();
    set("clk_i", 0);
    half();
    ++cycles_;
  }

  /// Lets the inputs of the low half take effect, so that outputs can be read.
  void settle() { half(); }

  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
  [[nodiscard]] const std::vector<FlatNet>& outputs() const { return outputs_; }
  [[nodiscard]] RecordedTest whole() { return std::move(whole_); }

  /// The test of a column by itself, in terms of its own circuit.
  [[nodiscard]] RecordedTest column(const Circuit& of_column) {
    RecordedTest test;
    for (const CircuitPort& port : column_) {
      if (!port.is_input) continue;
      const CircuitPort* own = of_column.port(port.name);
      test.driven.insert(test.driven.end(), own->nets.begin(), own->nets.end());
    }
    test.steps = std::move(column_steps_);
    const CircuitPort* out = of_column.port("out_data_o");
    for (auto& [step, values] : column_results_) {
      test.observations.push_back({step, out->nets, std::move(values)});
    }
    return test;
  }

 private:
  [[nodiscard]] std::vector<bool> values_of(const std::vector<FlatNet>& nets) const {
    std::vector<bool> values;
    values.reserve(nets.size());
    for (const FlatNet net : nets) values.push_back((simulator_.value(net) & 1) != 0);
    return values;
  }

  void half() {
    simulator_.step();
    whole_.steps.push_back(values_of(whole_.driven));
    std::vector<bool> inputs;
    for (const CircuitPort& port : column_) {
      if (!port.is_input) continue;
      const std::vector<bool> values = values_of(port.nets);
      inputs.insert(inputs.end(), values.begin(), values.end());
    }
    column_steps_.push_back(std::move(inputs));
  }

  /// What a tester sees before a rising edge: payloads only where they are valid.
  void observe() {
    const bool valid = get("out_valid_o") != 0;
    RecordedTest::Observation seen{whole_.steps.size() - 1, {}, {}};
    for (const CircuitPort& port : circuit_.ports) {
      if (port.is_input || (!valid && port.name == "out_data_o")) continue;
      seen.nets.insert(seen.nets.end(), port.nets.begin(), port.nets.end());
    }
    seen.values = values_of(seen.nets);
    whole_.observations.push_back(std::move(seen));
    if (!valid) return;
    const auto out = std::ranges::find(column_, "out_data_o", &CircuitPort::name);
    column_results_.emplace_back(column_steps_.size() - 1, values_of(out->nets));
  }

  const Circuit& circuit_;
  const std::vector<CircuitPort>& column_;
  CircuitSimulator simulator_;
  RecordedTest whole_;
  std::vector<FlatNet> outputs_;
  std::vector<std::vector<bool>> column_steps_;
  std::vector<std::pair<std::size_t, std::vector<bool>>> column_results_;
  std::uint64_t cycles_ = 0;
};

/// The streams of a macro, at full rate, compared with the golden model.
class Streams {
 public:
  /// `stalls`: results wait in half of the cycles, so that the second entry of the output is used.
  Streams(Recorder& recorder, const spec::MacroSpec& spec, std::size_t columns, bool stalls)
      : recorder_(recorder), ports_(spec), golden_(spec), columns_(columns), stalls_(stalls) {}

  void write(int bank, int row, const std::vector<std::int32_t>& weights) {
    tb::Codes codes = ports_.weight_codes();
    tb::pack(weights, ports_.weight, codes.port);
    recorder_.set("weight_bank_i", static_cast<std::uint64_t>(bank));
    recorder_.set("weight_row_i", static_cast<std::uint64_t>(row));
    recorder_.set("weight_data_i", codes.port);
    transfer("weight_valid_i", "weight_ready_o");
    // Nothing but the transfer may count.
    for (std::uint64_t& word : codes.port.words()) word = ~word;
    codes.port.trim();
    recorder_.set("weight_data_i", codes.port);
    golden_.write_row(bank, row, weights);
  }

  void multiply(int bank, const std::vector<std::int32_t>& input) {
    tb::Codes codes = ports_.input_codes();
    tb::pack(input, ports_.input, codes.port);
    recorder_.set("in_bank_i", static_cast<std::uint64_t>(bank));
    recorder_.set("in_data_i", codes.port);
    expected_.push_back(golden_.multiply(bank, input));
    transfer("in_valid_i", "in_ready_o");
  }

  void drain() {
    for (int i = 0; seen_ < expected_.size(); ++i) {
      if (i == patience) fail();
      advance();
    }
  }

 private:
  [[noreturn]] static void fail() {
    throw base::ToolError("the mapped netlist does not do what the golden model does");
  }

  void transfer(const char* valid, const char* ready) {
    recorder_.set(valid, 1);
    for (int i = 0;; ++i) {
      if (i == patience) fail();
      const bool taken = advance(ready);
      if (taken) break;
    }
    recorder_.set(valid, 0);
  }

  /// A cycle; whether the stream with that ready moves in it.
  bool advance(const char* stream = nullptr) {
    const bool ready = !stalls_ || random_.once_in(2);
    recorder_.set("out_ready_i", ready ? 1 : 0);
    recorder_.settle();
    if (ready && recorder_.get("out_valid_o") != 0) compare();
    const bool moves = stream != nullptr && recorder_.get(stream) != 0;
    recorder_.cycle();
    return moves;
  }

  void compare() {
    if (seen_ >= expected_.size()) fail();
    const std::vector<std::int64_t>& right = expected_[seen_++];
    for (std::size_t column = 0; column < columns_; ++column) {
      const auto bits = static_cast<std::size_t>(ports_.output_bits);
      if (recorder_.result(column, bits) !=
          (static_cast<std::uint64_t>(right[column]) & (~std::uint64_t{0} >> (64 - bits)))) {
        fail();
      }
    }
  }

  Recorder& recorder_;
  tb::Ports ports_;
  sim::GoldenMacro golden_;
  std::size_t columns_;
  bool stalls_;
  tb::Random random_{1};
  std::vector<std::vector<std::int64_t>> expected_;
  std::size_t seen_ = 0;
};

/// What is sent: weight sets, each with its vectors.
struct TestVectors {
  struct Set {
    std::vector<std::vector<std::int32_t>> weights;  ///< [bank * rows + row][column]
    std::vector<std::vector<std::int32_t>> vectors;  ///< banks take turns
  };
  std::vector<Set> sets;
  std::string name;
  /// As a tester may: results wait now and then, and rows of the sets after the first come while
  /// vectors are computed. Else everything comes in order, as fast as it is taken.
  bool is_irregular = true;
};

std::vector<std::int32_t> random_codes(tb::Random& random, std::size_t count,
                                       const spec::IntegerFormat& format) {
  std::vector<std::int32_t> codes(count);
  for (std::int32_t& code : codes) {
    do {
      code = random.between(static_cast<int>(format.min()), static_cast<int>(format.max()));
    } while (!format.holds(code));
  }
  return codes;
}

/// Sets of random weights come in pairs, the second with every bit of the first inverted: each
/// stored bit is 0 once, and 1 once.
TestVectors random_vectors(const NetlistFaultRequest& request, const spec::MacroSpec& spec) {
  tb::Random random(request.seed);
  TestVectors test;
  test.name = fmt::format("{} weight sets of {} random vectors, seed {}", request.weight_sets,
                          request.vectors, request.seed);
  const auto inverse = [&](std::int32_t code) {
    return spec.weight.is_bipolar
               ? -code
               : static_cast<std::int32_t>(spec.weight.max() + spec.weight.min()) - code;
  };
  for (int i = 0; i < request.weight_sets; ++i) {
    TestVectors::Set set;
    if (i % 2 == 0) {
      for (int row = 0; row < spec.banks * spec.rows; ++row) {
        set.weights.push_back(
            random_codes(random, static_cast<std::size_t>(spec.columns), spec.weight));
      }
    } else {
      set.weights = test.sets.back().weights;
      for (std::vector<std::int32_t>& row : set.weights) {
        for (std::int32_t& code : row) code = inverse(code);
      }
    }
    for (int vector = 0; vector < request.vectors; ++vector) {
      set.vectors.push_back(random_codes(random, static_cast<std::size_t>(spec.rows), spec.input));
    }
    test.sets.push_back(std::move(set));
  }
  return test;
}

/// What the macro's own compute self-test sends.
TestVectors own_vectors(const spec::MacroSpec& spec) {
  const sim::ComputeSelfTest own = sim::compute_self_test(spec);
  TestVectors test;
  test.name = fmt::format("compute self-test of {} x {} vectors", sim::compute_passes,
                          spec.self_test.compute_vectors);
  const auto part = [](const std::vector<std::vector<std::int32_t>>& all, int pass) {
    const auto size = static_cast<std::ptrdiff_t>(all.size() / sim::compute_passes);
    const auto begin = all.begin() + pass * size;
    return std::vector(begin, begin + size);
  };
  for (int pass = 0; pass < sim::compute_passes; ++pass) {
    test.sets.push_back({part(own.weights, pass), part(own.vectors, pass)});
  }
  test.is_irregular = false;
  return test;
}

/// `spec` is of the macro, or of its core, which may have more rows and columns: they rest.
void apply(const TestVectors& test, const spec::MacroSpec& spec, const spec::MacroSpec& core,
           std::size_t columns, Recorder& recorder) {
  Streams streams(recorder, core, columns, test.is_irregular);
  const auto padded = [](std::vector<std::int32_t> codes, int count,
                         const spec::IntegerFormat& format) {
    codes.resize(static_cast<std::size_t>(count), format.rest());
    return codes;
  };
  bool first = true;
  for (const TestVectors::Set& set : test.sets) {
    for (int row = 0; row < spec.banks * spec.rows; ++row) {
      const auto at = static_cast<std::size_t>(row);
      // A row that comes while its bank is read has to wait.
      if (test.is_irregular && !first && !set.vectors.empty()) {
        streams.multiply(row / spec.rows,
                         padded(set.vectors[at % set.vectors.size()], core.rows, core.input));
      }
      streams.write(row / spec.rows, row % spec.rows,
                    padded(set.weights[at], core.columns, core.weight));
    }
    int bank = 0;
    for (const std::vector<std::int32_t>& vector : set.vectors) {
      streams.multiply(bank, padded(vector, core.rows, core.input));
      bank = (bank + 1) % spec.banks;
    }
    streams.drain();
    first = false;
  }
}

/// Gates of a column that decide whether a register takes a value: those behind the inputs that say
/// so. All others are the tree: products, adders, correction, saturation.
std::vector<bool> register_selects(const Circuit& circuit) {
  std::vector<bool> is_behind(circuit.nets, false);
  for (const CircuitPort& port : circuit.ports) {
    const bool loads = port.name == "weight_load_i" || port.name == "accumulate_i" ||
                       port.name.starts_with("result_") || port.name.ends_with("_enable_i");
    if (!port.is_input || !loads) continue;
    for (const FlatNet net : port.nets) is_behind[net] = true;
  }
  // Elements come behind those that drive them.
  for (const CircuitElement& element : circuit.elements) {
    const bool any =
        std::ranges::any_of(element.inputs, [&](FlatNet net) { return is_behind[net]; });
    if (any && !element.is_latch) is_behind[element.output] = true;
  }
  std::vector<bool> result;
  for (const CircuitCell& cell : circuit.cells) {
    result.push_back(std::ranges::any_of(
        cell.pins, [&](const CircuitPin& pin) { return !pin.is_output && is_behind[pin.net]; }));
  }
  return result;
}

/// Counts groups by the kind of their first cell; the gates of a column in two kinds.
void add_up(const Circuit& circuit, const std::vector<FaultGroup>& groups, const char* part,
            bool is_column, std::vector<NetlistCoverage>& parts) {
  const std::array kinds = {is_column ? "tree" : "gates", "flip-flops", "latches",
                            "register selects"};
  const std::vector<bool> selects = register_selects(circuit);
  std::array<NetlistCoverage, kinds.size()> counts;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    counts[kind].part = part;
    counts[kind].cells = kinds[kind];
  }
  for (const FaultGroup& group : groups) {
    const CircuitCellKind kind = circuit.cells[group.first.cell].kind;
    const bool is_select = is_column && kind == CircuitCellKind::gate && selects[group.first.cell];
    NetlistCoverage& count = counts[is_select ? 3 : static_cast<std::size_t>(kind)];
    count.faults += group.count;
    ++count.groups;
    count.detected += group.state == FaultGroup::State::detected ? 1 : 0;
    count.untestable += group.state == FaultGroup::State::untestable ? 1 : 0;
    count.undetected += group.state == FaultGroup::State::undetected ? 1 : 0;
    count.undecided += group.state == FaultGroup::State::undecided ? 1 : 0;
    count.unsampled += group.state == FaultGroup::State::untried ? 1 : 0;
  }
  for (NetlistCoverage& count : counts) {
    if (count.groups > 0) parts.push_back(std::move(count));
  }
}

}  // namespace

double NetlistCoverage::coverage() const {
  const std::uint64_t of = groups - untestable - unsampled;
  return of == 0 ? 1.0 : static_cast<double>(detected) / static_cast<double>(of);
}

double NetlistFaultResult::tree_coverage() const {
  const auto tree = std::ranges::find(parts, "tree", &NetlistCoverage::cells);
  return tree == parts.end() ? 1.0 : tree->coverage();
}

namespace {

/// The streams of a test have weights, vectors and results, and nothing beside them.
void require_plain(const spec::MacroSpec& spec) {
  const char* what = spec.kind != spec::Kind::digital                    ? "no digital macro"
                     : spec.storage == spec::Storage::bitcell            ? "bitcells"
                     : spec.transpose != spec::Transpose::never          ? "a transposed view"
                     : spec.precision.mode != spec::PrecisionMode::fixed ? "run-time precision"
                     : spec.sparsity.is_structured()                     ? "structured weights"
                     : spec.output_mode == spec::OutputMode::sign        ? "results that are signs"
                     : spec.protection.code != spec::Code::none          ? "check bits"
                                                                         : nullptr;
  if (what == nullptr) return;
  throw base::InputError(
      fmt::format("{}: stuck-at faults are simulated in digital macros with latches or flip-flops "
                  "and the plain streams of weights, vectors and results; this one has {}",
                  spec.name, what));
}

}  // namespace

NetlistFaultResult measure_netlist_faults(const NetlistFaultRequest& request) {
  require_plain(request.spec);
  const spec::MacroSpec spec = spec::core_part(request.spec);
  const base::TemporaryDirectory emitted("cimforge-core-");
  const bool is_core = spec::has_shell(request.spec);
  if (is_core) {
    for (const auto& [path, text] : collateral::emit(spec)) {
      std::filesystem::create_directories((emitted.path() / path).parent_path());
      base::write_file_atomically(emitted.path() / path, text);
    }
  }
  const std::filesystem::path rtl = is_core ? emitted.path() : request.rtl;
  const AreaResult mapped = mapped_area(spec, rtl, request.liberty);
  const Netlist netlist = parse_netlist(mapped.netlist, spec.name);
  const std::vector<LibertyLibrary> libraries =
      read_libraries(macro_liberty(spec, rtl, request.liberty));

  // The slices of one lane, in the order of the columns.
  const std::string slice = spec.name + "_slice";
  std::vector<std::string> slices;
  for (const NetlistInstance& instance : netlist.top_module().instances) {
    if (instance.type == slice) slices.push_back(instance.name);
  }
  if (slices.empty()) {
    throw base::InputError(fmt::format(
        "{}: stuck-at faults are simulated in digital macros whose columns are slices", spec.name));
  }
  const auto number = [](const std::string& name) {
    const std::size_t at = name.find('[');
    return at == std::string::npos ? 0 : std::stoi(name.substr(at + 1));
  };
  std::ranges::sort(slices, {}, number);
  const std::size_t columns = std::min<std::size_t>(kept_columns, slices.size());
  const std::vector<std::string> without(slices.begin() + static_cast<std::ptrdiff_t>(columns),
                                         slices.end());
  const Circuit whole = flatten(netlist, spec.name, libraries, without);
  const Circuit column = flatten(netlist, slice, libraries);

  const TestVectors test = request.own_test && request.spec.self_test.compute_vectors > 0
                               ? own_vectors(request.spec)
                               : random_vectors(request, request.spec);
  Recorder recorder(whole, whole.parts.at(slices.front()));
  apply(test, request.spec, spec, columns, recorder);

  const plan::MacroPlan plan = plan::plan(spec);
  NetlistFaultResult result;
  result.test = test.name;
  for (const TestVectors::Set& set : test.sets) result.vectors += set.vectors.size();
  result.cycles = recorder.cycles();
  const auto measure = [&](const Circuit& circuit, const RecordedTest& recorded,
                           const std::vector<FlatNet>& observed, std::vector<FaultGroup> groups,
                           const char* part, const std::vector<FaultGroup>& left_out = {}) {
    FaultRun run;
    run.interrupt = request.interrupt;
    if (request.progress) {
      run.progress = [&](std::size_t done, std::size_t total) {
        request.progress(part, done, total);
      };
    }
    simulate_stuck_at(circuit, recorded, groups, run);
    prove_untestable(circuit, observed, groups, request.proof_limit, request.interrupt);
    if (&circuit == &column && plan.steps > 1 && spec.pipeline_stages == 0 && !plan.skipping) {
      prove_untestable_in_vectors(circuit, {.steps = plan.steps}, groups, request.proof_limit,
                                  request.interrupt);
    }
    groups.insert(groups.end(), left_out.begin(), left_out.end());
    add_up(circuit, groups, part, &circuit == &column, result.parts);
    constexpr std::size_t most_examples = 20;
    for (const FaultGroup& group : groups) {
      if (group.state != FaultGroup::State::undetected &&
          group.state != FaultGroup::State::undecided) {
        continue;
      }
      if (result.examples.size() == most_examples) break;
      result.examples.push_back(fmt::format("{}: {}", part, to_text(circuit, group.first)));
    }
  };
  const std::vector<FlatNet> results = column.port("out_data_o")->nets;
  measure(column, recorder.column(column), results, stuck_at_groups(column, results), "column");
  if (!request.with_control) return result;

  const std::vector<FlatNet> outputs = recorder.outputs();
  std::vector<FaultGroup> groups = stuck_at_groups(whole, outputs);
  std::erase_if(groups, [&](const FaultGroup& group) {
    return whole.cells[group.first.cell].module != spec.name;
  });
  tb::Random random(request.seed, 1);
  std::vector<FaultGroup> left_out;
  if (request.samples > 0 && request.samples < groups.size()) {
    random.shuffle(groups);
    left_out.assign(groups.begin() + static_cast<std::ptrdiff_t>(request.samples), groups.end());
    groups.resize(request.samples);
  }
  measure(whole, recorder.whole(), outputs, std::move(groups), "control", left_out);
  return result;
}

}  // namespace cimforge::flows
