#include <fmt/format.h>

#include <cassert>

#include "generator/collateral/collateral.h"
#include "generator/collateral/documents.h"
#include "generator/spec/keys.h"

namespace cimforge::collateral {
namespace {

/// Every `@KEY@` in the template replaced.
std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [key, value] : values) {
    const std::string mark = "@" + key + "@";
    for (std::size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + value.size())) {
      text.replace(at, mark.size(), value);
    }
  }
  return text;
}

/// The data ports of a direction as patterns of get_ports. A vector's bits are found with and
/// without brackets, as a netlist writer may leave them off where the vector has one bit.
std::string port_patterns(const ModuleSignature& signature, Direction direction) {
  std::string patterns;
  for (const SignaturePort& port : signature.ports) {
    if (port.direction != direction || port.role == Role::clock || port.role == Role::reset) {
      continue;
    }
    if (!patterns.empty()) patterns += ' ';
    patterns += port.name + (port.is_vector ? "*" : "");
  }
  return patterns;
}

}  // namespace

std::string sdc(const plan::MacroPlan& plan, const ModuleSignature& signature) {
  const spec::Timing& timing = plan.spec.timing;
  // The pages of the template know the clock and the reset by name.
  assert(signature.clock == "clk_i" && signature.reset == "rst_ni");
  std::string text = constraint_templates().at("macro.sdc.in");
  const bool has_latches =
      (plan.spec.kind == spec::Kind::digital || plan.logic || !plan.parts.empty()) &&
      plan.spec.storage != spec::Storage::flop;
  if (has_latches) text += constraint_templates().at("latch.sdc.in");
  // Why nothing reads a weight in the cycle in which it is written.
  const char* no_reader =
      plan.logic ? "no operation reads it in that\n"
                   "# cycle: what it needs of the row it gets from the registers that the row comes from"
                 : "no vector reads it in that cycle:\n"
                   "# the macro holds a vector of the same bank back until the write is over";
  return filled(std::move(text), {{"NO_READER", no_reader},
                                  {"DIGITAL", plan.floating        ? "u_integer_*/"
                                              : plan.shell         ? "u_core/"
                                              : plan.parts.empty() ? ""
                                                                   : "u_digital/"},
                                  {"BANNER", as_comment(banner(plan.spec), "#")},
                                  {"NAME", signature.name},
                                  {"CLOCK_PERIOD", spec::real_as_toml(timing.clock_period_ns)},
                                  {"INPUT_DELAY", spec::real_as_toml(timing.input_delay_ns)},
                                  {"OUTPUT_DELAY", spec::real_as_toml(timing.output_delay_ns)},
                                  {"INPUTS", port_patterns(signature, Direction::input)},
                                  {"OUTPUTS", port_patterns(signature, Direction::output)}});
}

}  // namespace cimforge::collateral
