// What the gates of a netlist compute: combinational cells by the functions of their Liberty file,
// the gates of Yosys, and the adders of rtl/ that stand whole among them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "flows/liberty.h"

namespace cimforge::flows {

/// The function of one output over the inputs of its cell.
struct GateOutput {
  std::vector<std::string> inputs;
  std::uint64_t table = 0;  ///< as truth_table() gives it
};

class GateFunctions {
 public:
  explicit GateFunctions(const std::vector<LibertyLibrary>& libraries);

  /// Null where the pin is no output of a gate: of storage, a clock gate, another module.
  [[nodiscard]] const GateOutput* find(std::string_view type, std::string_view output) const;

 private:
  std::map<std::string, GateOutput, std::less<>> outputs_;
};

}  // namespace cimforge::flows
