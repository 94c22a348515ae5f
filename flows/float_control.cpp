#include "flows/float_control.h"

#include <fmt/format.h>

#include <regex>
#include <set>

namespace cimforge::flows {
namespace {

constexpr const char* control = float_control;
constexpr const char* control_rules = "float_control_rules";

/// What the rules of proof/reference/float_control_rules.v say, bit by bit.
proof::Refutation broken_rule(const FloatWorkbench& bench, const std::string& prepare,
                              const Parameters& parameters, std::chrono::milliseconds limit) {
  static const std::vector<const char*> rules = {
      "a vector is sent that is none, or taken without being accepted",
      "a row is sent that is none, or taken without being accepted",
      "vectors are sent in another order",
      "a result is given with what another vector took along",
      "what a vector takes along is not stored one cycle after it is sent, for its bank",
      "a vector or a row is sent with another bank",
      "a vector goes before a row of its bank that came before it, or with it",
      "a row goes before, or with, a vector of its bank that came before it",
      "a result is shown that is none, or one is not taken where there is room",
      "with a vector or a row in front of a ready array nothing moves",
      "a vector reads weights of another bank, or before a row that came before it is there"};
  const std::string said = bench.abc(prepare + "pdr\n", control, parameters, limit).stdout_text;
  static const std::regex line("Output (\\d+) of miter .* was asserted in frame (\\d+)");
  std::smatch found;
  proof::Refutation refutation{control, "bad_o", "breaks a rule", {}, "no rule broken", "broken"};
  if (!std::regex_search(said, found, line)) return refutation;
  refutation.bit = fmt::format("bad_o[{}]", found[1].str());
  refutation.what = rules.at(std::stoul(found[1].str()));
  refutation.values.emplace_back("cycles after reset", found[2].str());
  for (const auto& [name, value] : parameters) {
    refutation.values.emplace_back(name, std::to_string(value));
  }
  return refutation;
}

/// Each ready is a function of registers and of the array's readies.
void check_ready(const FloatWorkbench& bench, const Parameters& parameters) {
  std::string text = fmt::format("read_verilog {}\nhierarchy -check -top {}",
                                 quoted(bench.file_of(control)), control);
  for (const auto& [name, value] : parameters) text += fmt::format(" -chparam {} {}", name, value);
  bench.yosys(text + "\nproc\nopt_clean\nopt_expr\nopt_clean\nwrite_json control.json\n");
  const proof::Design design = bench.read_netlist("control.json", control);
  const proof::Module& module = design.modules.at(design.top);
  std::set<proof::Net> forbidden;
  for (const char* port :
       {"in_valid_i", "in_bank_i", "weight_valid_i", "weight_bank_i", "out_ready_i"}) {
    const proof::Nets& bits = module.port(port)->bits;
    forbidden.insert(bits.begin(), bits.end());
  }
  std::map<proof::Net, const proof::Cell*> driver;
  for (const proof::Cell& cell : module.cells) {
    if (!cell.pins.contains("Y")) continue;
    for (const proof::Net net : cell.pins.at("Y")) driver[net] = &cell;
  }
  for (const char* ready : {"in_ready_o", "weight_ready_o"}) {
    std::set<proof::Net> seen;
    proof::Nets open = module.port(ready)->bits;
    while (!open.empty()) {
      const proof::Net net = open.back();
      open.pop_back();
      if (!seen.insert(net).second) continue;
      if (forbidden.contains(net)) {
        throw Unproved{{control, ready, "depends on more than state", {}, "state", "an input"}};
      }
      const auto found = driver.find(net);
      if (found == driver.end()) continue;
      for (const auto& [pin, nets] : found->second->pins) {
        if (pin != "Y") open.insert(open.end(), nets.begin(), nets.end());
      }
    }
  }
}

}  // namespace

proof::ProvedPart prove_float_control(const FloatWorkbench& bench, const Parameters& parameters,
                                      std::chrono::milliseconds limit) {
  const auto start = std::chrono::steady_clock::now();
  bench.write("rules.v", with_parameters(reference_file(control_rules), parameters));
  bench.yosys(
      fmt::format("read_verilog rules.v {}\n"
                  "hierarchy -check -top {}\n"
                  "proc\nflatten\nopt_clean\nopt_expr\nasync2sync\nopt_clean\ntechmap\nopt_clean\n"
                  "dffunmap\nsetundef -undriven -zero\naigmap\nopt_clean\n"
                  "write_aiger -zinit rules.aig\n",
                  quoted(bench.file_of(control)), control_rules));
  check_ready(bench, parameters);
  const std::string prepare = "read_aiger rules.aig\nscorr\ndc2\n";
  const std::string said =
      bench.abc(prepare + "orpos\npdr\nprint_status\n", control, parameters, limit).stdout_text;
  if (said.find("Status = 1") != std::string::npos) {
    return {"control around the array",
            fmt::format("{}: its rules hold in every state after reset, by property-directed "
                        "reachability ({})",
                        control, text_of(parameters)),
            seconds_since(start)};
  }
  if (said.find("Status = 0") == std::string::npos) undecided(control, parameters, limit);
  throw Unproved{broken_rule(bench, prepare, parameters, limit)};
}

}  // namespace cimforge::flows
