// What a Verilated model does in place of ending the program.
#pragma once

#include <string>

namespace cimforge_runtime {

/// Thrown out of eval() where the model stops itself.
struct Stopped {
  std::string reason;
};

}  // namespace cimforge_runtime
