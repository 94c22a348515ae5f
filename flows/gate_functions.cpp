#include "flows/gate_functions.h"

#include <fmt/format.h>

#include <tuple>

#include "flows/liberty_function.h"

namespace cimforge::flows {

GateFunctions::GateFunctions(const std::vector<LibertyLibrary>& libraries) {
  const auto add = [this](const std::string& cell, const std::string& output,
                          const std::vector<std::string>& inputs, std::string_view function) {
    if (const auto table = truth_table(function, inputs)) {
      outputs_[cell + "/" + output] = {inputs, *table};
    }
  };
  for (const LibertyLibrary& library : libraries) {
    for (const LibertyCell& cell : library.cells) {
      if (cell.is_sequential() || !cell.clock_gate.empty()) continue;
      std::vector<std::string> inputs;
      for (const LibertyPin& pin : cell.pins) {
        if (pin.direction == "input") inputs.push_back(pin.name);
      }
      for (const LibertyPin& pin : cell.pins) {
        if (pin.direction == "output") add(cell.name, pin.name, inputs, pin.function);
      }
    }
  }
  // The gates of Yosys (techlibs/common/simcells.v), as they stand before a library is mapped to.
  const std::vector<std::string> one = {"A"}, two = {"A", "B"}, three = {"A", "B", "C"},
                                 four = {"A", "B", "C", "D"}, select = {"A", "B", "S"};
  for (const auto& [cell, inputs, function] :
       {std::tuple{"$_BUF_", one, "A"}, std::tuple{"$_NOT_", one, "!A"},
        std::tuple{"$_AND_", two, "A*B"}, std::tuple{"$_NAND_", two, "!(A*B)"},
        std::tuple{"$_OR_", two, "A+B"}, std::tuple{"$_NOR_", two, "!(A+B)"},
        std::tuple{"$_XOR_", two, "A^B"}, std::tuple{"$_XNOR_", two, "!(A^B)"},
        std::tuple{"$_ANDNOT_", two, "A*!B"}, std::tuple{"$_ORNOT_", two, "A+!B"},
        std::tuple{"$_MUX_", select, "(A*!S)+(B*S)"},
        std::tuple{"$_NMUX_", select, "!((A*!S)+(B*S))"},
        std::tuple{"$_AOI3_", three, "!((A*B)+C)"}, std::tuple{"$_OAI3_", three, "!((A+B)*C)"},
        std::tuple{"$_AOI4_", four, "!((A*B)+(C*D))"},
        std::tuple{"$_OAI4_", four, "!((A+B)*(C+D))"}}) {
    add(cell, "Y", inputs, function);
  }
  add("cim_full_adder", "sum_o", {"a_i", "b_i", "c_i"}, "a_i^b_i^c_i");
  add("cim_full_adder", "carry_o", {"a_i", "b_i", "c_i"}, "(a_i*b_i)+(c_i*(a_i+b_i))");
  add("cim_half_adder", "sum_o", {"a_i", "b_i"}, "a_i^b_i");
  add("cim_half_adder", "carry_o", {"a_i", "b_i"}, "a_i*b_i");
  add("cim_dual_half_adder", "sum_o", {"a_i", "b_i"}, "!(a_i^b_i)");
  add("cim_dual_half_adder", "carry_o", {"a_i", "b_i"}, "a_i+b_i");
}

const GateOutput* GateFunctions::find(std::string_view type, std::string_view output) const {
  if (type.starts_with("cim_")) type = type.substr(0, type.find("__"));
  const auto found = outputs_.find(fmt::format("{}/{}", type, output));
  return found == outputs_.end() ? nullptr : &found->second;
}

}  // namespace cimforge::flows
