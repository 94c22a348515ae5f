#include "proof/wiring.h"

#include <fmt/format.h>

namespace cimforge::proof {

Wiring::Wiring(const Design& design, const std::function<bool(const Module&)>& stays)
    : flat_(flatten(design, design.modules.at(design.top), stays)), at_(flat_, "top") {}

const Module* Wiring::find(const std::string& name, const Box*& which) {
  for (const Box& box : flat_.boxes) {
    if (box.module->name != name) continue;
    if (which != nullptr) at_.refute(box.path, "there are two of them");
    which = &box;
  }
  if (which == nullptr) at_.refute(name, "there is none");
  return which->module;
}

void Wiring::require(const Box& box, const std::string& pin, const Nets& source,
                     const std::string& name) {
  at_.require(at_(box.pin(pin)), at_(source), box.path + "." + pin,
              fmt::format("it has to be {}", name));
}

void Wiring::require(const Box& box, const std::string& pin, const Box& from,
                     const std::string& output) {
  require(box, pin, from.pin(output), from.path + "." + output);
}

void Wiring::require_port(const Box& box, const std::string& pin, const std::string& port) {
  require(box, pin, flat_.port(port), port);
}

void Wiring::require_output(const std::string& port, const Box& from, const std::string& output) {
  at_.require(at_(flat_.port(port)), at_(from.pin(output)), port,
              fmt::format("it has to be {}.{}", from.path, output));
}

}  // namespace cimforge::proof
