// What a failed proof says: which part, which bit, and a case in which it is wrong.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cimforge::proof {

struct Refutation {
  std::string part;                                         ///< what was to be proved
  std::string bit;                                          ///< a signal or a bit of the result
  std::string what;                                         ///< one sentence
  std::vector<std::pair<std::string, std::string>> values;  ///< signal or operand -> its value
  std::string expected;
  std::string got;
};

/// Ends a proof. Thrown by every check of this room and caught by prove().
struct Refuted {
  Refutation refutation;
};

}  // namespace cimforge::proof
