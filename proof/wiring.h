// A top module with its cells as boxes: what a proof says of their pins.
#pragma once

#include <functional>
#include <string>

#include "proof/flat.h"
#include "proof/functions.h"

namespace cimforge::proof {

/// A child of which `stays` is true is a box. Every check refutes the part "top".
class Wiring {
 public:
  Wiring(const Design& design, const std::function<bool(const Module&)>& stays);

 protected:
  Flat flat_;  // before what refers to it
  Functions at_;

  /// The only box of this module.
  const Module* find(const std::string& name, const Box*& which);
  /// The pin has to be `source`, called `name`.
  void require(const Box& box, const std::string& pin, const Nets& source, const std::string& name);
  /// The pin has to be an output of a box.
  void require(const Box& box, const std::string& pin, const Box& from, const std::string& output);
  /// The pin has to be a port of the top.
  void require_port(const Box& box, const std::string& pin, const std::string& port);
  /// A port of the top has to be an output of a box.
  void require_output(const std::string& port, const Box& from, const std::string& output);
};

}  // namespace cimforge::proof
