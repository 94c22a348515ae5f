// ModuleSignature: what the world outside needs to know of a macro's top module. Constraints, core
// file, manifest and datasheet are written from it.
#pragma once

#include <string>
#include <vector>

#include "generator/plan/plan.h"

namespace cimforge::collateral {

enum class Direction { input, output };
enum class Role { clock, reset, valid, ready, payload };

const char* to_string(Direction direction);
const char* to_string(Role role);

struct SignaturePort {
  std::string name;
  Direction direction = Direction::input;
  int width = 1;           ///< bits
  bool is_vector = false;  ///< declared with a range, of one bit too
  Role role = Role::payload;
  std::string stream;    ///< `weight`, `in`, `out`; empty for clock and reset
  std::string element;   ///< `row`, `column`: what a code belongs to; empty for a plain number
  int element_bits = 0;  ///< width of a code; code i at [i*element_bits +: element_bits]
  std::string meaning;   ///< one sentence without a full stop
};

struct ModuleSignature {
  std::string name;
  std::string clock;
  std::string reset;  ///< active low
  std::vector<SignaturePort> ports;
  int latency = 0;  ///< cycles from the edge that accepts a vector to that which sees its result
  int cycles_per_vector = 0;  ///< cycles between vectors at full rate
  int lanes = 0;              ///< default of the parameter LANES: columns of a slice

  /// The port of that name, which must be there.
  [[nodiscard]] const SignaturePort& port(const std::string& port_name) const;
};

/// The signature of the planned macro. Its ports are those of the lowered top module, in order
/// (tests/collateral).
ModuleSignature signature(const plan::MacroPlan& plan);

}  // namespace cimforge::collateral
