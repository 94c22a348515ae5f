// What goes out with an analog macro: its further ports, its page and datasheet, and what stands
// for the array in synthesis.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"
#include "generator/verilog/module.h"

namespace cimforge::collateral {

/// The ports that only a macro with an array has, in the order of the top module.
std::vector<SignaturePort> array_ports(const plan::MacroPlan& plan);

/// Of the datasheet of a macro with an array: ports, programming, registers, use.
std::string sections_of_array(const plan::MacroPlan& plan, const ModuleSignature& signature);

std::string analog_figures_text(const plan::MacroPlan& plan);
nlohmann::ordered_json analog_json(const plan::MacroPlan& plan);
std::string analog_datasheet(const plan::MacroPlan& plan, const ModuleSignature& signature);

/// What a specification says of the part that is a black box in synthesis: an array, or the memory
/// of a near-memory macro.
struct BlackBox {
  std::string what;  ///< `array of cells`
  double area_um2 = 0.0;
  double setup_ns = 0.0;
  double output_ns = 0.0;
};
BlackBox black_box(const spec::MacroSpec& spec);

/// A black box with the ports of the array's module: Verilog, Liberty (setup, hold and
/// clock-to-output arcs, area) and LEF, to be replaced by those of the real array.
std::string array_stub(const plan::MacroPlan& plan, const verilog::Module& array,
                       const std::string& banner);
std::string array_liberty(const plan::MacroPlan& plan, const verilog::Module& array);
std::string array_lef(const plan::MacroPlan& plan, const verilog::Module& array);

/// The empty module of any black box; `what` it is, for its comment.
std::string black_box_stub(const verilog::Module& box, const std::string& what,
                           const std::string& banner);
/// The outline of a black box of that area with its pins; `note` stands above it.
std::string black_box_lef(const verilog::Module& box, double area_um2, const std::string& note = "");

}  // namespace cimforge::collateral
