#include "flows/near_memory_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "flows/elaborate.h"
#include "flows/float_references.h"
#include "flows/float_workbench.h"
#include "proof/leaf.h"
#include "proof/leaves.h"
#include "proof/near_memory.h"

namespace cimforge::flows {
namespace {

using proof::Net;
using proof::Nets;

constexpr const char* unit_module = "cim_near_mac";
constexpr const char* input_module = "cim_near_input";

/// The multiplexer of the input costs Yosys more than it does the same for more rows.
constexpr int most_input_rows = 256;

/// Addresses are products in the 32 bits of an integer, most of which are 0.
constexpr const char* narrow_products =
    "proc -noopt\n"
    "opt_clean\n"
    "opt_expr\n"
    "wreduce t:$mul\n";

/// Inputs of a unit but for its clock, in the order of both networks.
constexpr std::array unit_inputs = {"accumulate_i", "first_i",     "input_i", "weights_i",
                                    "load_i",       "load_skid_i", "move_i"};

/// A register, by its name in a refutation and in the netlist.
struct State {
  const char* name;
  Nets nets;
};

/// A unit as a network: its registers are inputs, and what they take is an output.
class UnitNetwork {
 public:
  /// `skid` is the wire of the second entry, where there is one. Throws proof::Refuted for a
  /// register that a unit does not have, or that moves with another clock.
  UnitNetwork(const proof::Design& design, const proof::NearMemoryUnit& unit,
              const std::string& skid)
      : leaf_(design, design.modules.at(design.top), unit_module) {
    const auto width = [&](const char* name) {
      return static_cast<std::size_t>(unit.reference.at(name));
    };
    states_.push_back({"acc", leaf_.nets("acc_q", width("ACC_BITS"))});
    states_.push_back({"results", leaf_.nets("results_o", width("OUTPUT_BITS"))});
    if (unit.reference.at("SKID") != 0) {
      states_.push_back({"second_entry", leaf_.nets(skid, width("OUTPUT_BITS"))});
    }
    check_ports(unit);
    names_.resize(static_cast<std::size_t>(leaf_.flat().nets));
    find_names();
  }

  /// Nets that nothing drives: an unknown value of the Verilog, which may be any.
  std::size_t unknowns() const { return unknown_.size(); }

  /// In BLIF, with so many unknown values.
  std::string text(std::size_t unknowns) const {
    std::string inputs;
    std::string outputs;
    std::string body;
    for (const std::string& name : inputs_) inputs += " " + name;
    for (std::size_t i = 0; i < unknowns; ++i) inputs += fmt::format(" unknown[{}]", i);
    for (const State& state : states_) {
      for (std::size_t bit = 0; bit < state.nets.size(); ++bit) {
        const std::string output = fmt::format("next_{}[{}]", state.name, bit);
        outputs += " " + output;
        body += fmt::format(".names {} {}\n1 1\n",
                            name(leaf_.at.register_at(state.nets[bit])->data), output);
      }
    }
    for (const proof::Gate& gate : leaf_.flat().gates) {
      body += fmt::format(".names {} {} {} {}\n", name(gate.inputs[0]), name(gate.inputs[1]),
                          name(gate.inputs[2]), name(gate.output));
      for (unsigned row = 0; row < 8; ++row) {
        if ((gate.table >> row & 1U) == 0) continue;
        body += fmt::format("{}{}{} 1\n", row & 1U, row >> 1U & 1U, row >> 2U & 1U);
      }
    }
    return fmt::format(".model unit\n.inputs{}\n.outputs{}\n.names zero\n.names one\n1\n{}.end\n",
                       inputs, outputs, body);
  }

 private:
  void check_ports(const proof::NearMemoryUnit& unit) const {
    const auto width = [&](const char* name) {
      return static_cast<std::size_t>(unit.reference.at(name));
    };
    for (const char* input : unit_inputs) {
      const std::string_view port = input;
      static_cast<void>(leaf_.nets(input, port == "input_i"     ? width("INPUT_BITS")
                                          : port == "weights_i" ? width("WEIGHT_BITS")
                                                                : 1));
    }
  }

  void find_names() {
    const auto give = [&](const char* name, const Nets& nets) {
      for (std::size_t bit = 0; bit < nets.size(); ++bit) {
        if (nets[bit] < 2) leaf_.at.refute(name, "it never changes", name, "a constant");
        names_[static_cast<std::size_t>(nets[bit])] = fmt::format("{}[{}]", name, bit);
        inputs_.push_back(names_[static_cast<std::size_t>(nets[bit])]);
      }
    };
    for (const char* input : unit_inputs) give(input, leaf_.flat().port(input));
    std::size_t bits = 0;
    for (const State& state : states_) {
      for (const Net net : state.nets) {
        // Without an enable: the netlist has that in front of the data.
        if (leaf_.flip_flop(net).enable >= 0) leaf_.at.refute(state.name, "it has an enable");
      }
      give(state.name, state.nets);
      bits += state.nets.size();
    }
    if (leaf_.flat().registers.size() != bits) {
      leaf_.at.refute("registers", "a unit has others than those of its sum and its results",
                      fmt::format("{} bits", bits),
                      fmt::format("{} bits", leaf_.flat().registers.size()));
    }
    for (const proof::Gate& gate : leaf_.flat().gates) {
      name_net(gate.output);
    }
    const auto note = [&](Net net) {
      if (net < 2 || !names_[static_cast<std::size_t>(net)].empty()) return;
      names_[static_cast<std::size_t>(net)] = fmt::format("unknown[{}]", unknown_.size());
      unknown_.push_back(net);
    };
    for (const proof::Gate& gate : leaf_.flat().gates) {
      for (const Net net : gate.inputs) note(net);
    }
    for (const proof::Register& each : leaf_.flat().registers) note(each.data);
  }

  void name_net(Net net) { names_[static_cast<std::size_t>(net)] = fmt::format("net{}", net); }

  std::string name(Net net) const {
    return net == 0 ? "zero" : net == 1 ? "one" : names_[static_cast<std::size_t>(net)];
  }

  proof::Leaf leaf_;
  std::vector<State> states_;
  std::vector<std::string> names_;  ///< by net
  std::vector<std::string> inputs_;
  Nets unknown_;
};

class NearMemoryProof {
 public:
  NearMemoryProof(const RtlSource& rtl, const spec::MacroSpec& spec,
                  std::chrono::milliseconds limit)
      : spec_(spec), limit_(limit), bench_(rtl) {}

  proof::ProofResult prove() {
    const auto start = std::chrono::steady_clock::now();
    const proof::NearMemoryNetlists netlists = elaborate();
    const double elaboration = seconds_since(start);
    proof::NearMemoryUnit unit;
    proof::ProofResult result = proof::prove_near_memory(spec_, netlists, unit);
    if (result.proved) prove_unit(unit, result);
    result.elaboration_seconds = elaboration;
    result.seconds = seconds_since(start);
    return result;
  }

 private:
  proof::NearMemoryNetlists elaborate() const {
    const int rows = std::min(spec_.rows, most_input_rows);
    std::string script;
    for (const auto& [module, file] : bench_.files()) {
      const bool is_box = module == unit_module || module == input_module;
      script += fmt::format("read_verilog {}{}\n", is_box ? "-lib " : "", quoted(file));
    }
    script += fmt::format("hierarchy -check -top {}\n{}{}write_json macro.json\n", spec_.name,
                          narrow_products, to_gates);
    script += fmt::format(
        "design -reset\nread_verilog {}\n"
        "hierarchy -check -top {} -chparam ROWS {} -chparam ROW_BITS {} -chparam BITS {}\n{}{}"
        "write_json input.json\n",
        quoted(bench_.file_of(input_module)), input_module, rows, proof::address_bits(rows),
        spec_.input.bits, narrow_products, to_gates);
    bench_.yosys(script);
    return {bench_.read_netlist("macro.json", spec_.name),
            bench_.read_netlist("input.json", input_module), rows};
  }

  /// Yosys commands that give a unit or its reference as gates, without enables, and with the bits
  /// of a sum that no result takes. The operator * is a sum of shifted rows: the form in which the
  /// prover finds the reference again.
  static std::string gates_of(const std::string& files, const std::string& module,
                              const Parameters& parameters, const char* netlist) {
    std::string values;
    for (const auto& [name, value] : parameters) values += fmt::format(" -set {} {}", name, value);
    return fmt::format(
        "read_verilog {}\nchparam{} {}\nhierarchy -check -top {}\nproc -noopt\n"
        "setattr -set keep 1 w:acc_q\nopt_clean\n"
        "opt_expr\nopt_clean\ntechmap -map product_of_rows.v\ntechmap\nopt_clean\n"
        "write_json {}\n",
        files, values, module, module, netlist);
  }

  void prove_unit(const proof::NearMemoryUnit& unit, proof::ProofResult& result) const {
    const auto start = std::chrono::steady_clock::now();
    const std::string reference = reference_of(unit_module);
    try {
      bench_.write("reference.v", reference_text(unit_module));
      bench_.write("product_of_rows.v", reference_file("product_of_rows"));
      bench_.yosys(
          gates_of(quoted(bench_.file_of(unit_module)), unit_module, unit.given, "unit.json") +
          "design -reset\n" + gates_of("reference.v", reference, unit.reference, "reference.json"));
      const proof::Design given = bench_.read_netlist("unit.json", unit_module);
      const proof::Design expected = bench_.read_netlist("reference.json", reference);
      const UnitNetwork given_network(given, unit, "g_skid.skid_q");
      const UnitNetwork reference_network(expected, unit, "skid_q");
      const std::size_t unknowns = std::max(given_network.unknowns(), reference_network.unknowns());
      bench_.write("given.blif", given_network.text(unknowns));
      bench_.write("reference.blif", reference_network.text(unknowns));
      bench_.check_equivalent(unit_module, unit.given, limit_);
    } catch (const proof::Refuted& refuted) {
      result.counterexample = refuted.refutation;
    } catch (const Unproved& unproved) {
      result.counterexample = unproved.refutation;
      // What is unknown is told where it makes the difference.
      std::erase_if(result.counterexample->values, [](const auto& value) {
        return value.first == "unknown" && value.second.find('1', 2) == std::string::npos;
      });
    }
    result.proved = !result.counterexample;
    if (!result.proved) return;
    result.parts.push_back(
        {"multiply-accumulate unit",
         fmt::format("{}: next sum and results equivalent to the reference by SAT, all inputs and "
                     "states, * as a sum of shifted rows ({})",
                     unit_module, text_of(unit.given)),
         seconds_since(start)});
  }

  const spec::MacroSpec& spec_;
  std::chrono::milliseconds limit_;
  FloatWorkbench bench_;
};

}  // namespace

proof::ProofResult prove_near_memory(const RtlSource& rtl, const spec::MacroSpec& spec,
                                     std::chrono::milliseconds limit) {
  return NearMemoryProof(rtl, spec, limit).prove();
}

}  // namespace cimforge::flows
