// What stands for a column of bitcells in synthesis and layout, to be replaced by the real one:
// Liberty (setup of the bit lines to the word lines, delays to the stored bits, area) and LEF.
#pragma once

#include <string>

#include "generator/spec/spec.h"
#include "generator/verilog/module.h"

namespace cimforge::collateral {

/// `box` has the ports of one column, in the order word lines, bit lines, bank, stored bits.
std::string bitcell_liberty(const spec::MacroSpec& spec, const verilog::Module& box);
std::string bitcell_lef(const spec::MacroSpec& spec, const verilog::Module& box);

}  // namespace cimforge::collateral
