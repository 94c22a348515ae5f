#include "generator/verilog/module.h"

#include <regex>
#include <sstream>

namespace cimforge::verilog {

Interface interface_of(const Module& module) {
  Interface result{module.name, {}, {}};
  for (const Parameter& parameter : module.parameters) result.parameters.push_back(parameter.name);
  for (const Port& port : module.ports) result.ports.emplace_back(port.name, port.direction);
  return result;
}

Interface interface_of_text(const std::string& verilog) {
  static const std::regex module_line(R"(^module\s+(\w+))");
  static const std::regex parameter_line(R"(^\s*parameter\s+(?:\[[^\]]*\]\s*)?(\w+)\s*=)");
  static const std::regex port_line(
      R"(^\s*(input|output)\s+(?:wire|reg)\s+(?:\[[^\]]*\]\s*)?(\w+))");
  Interface result;
  std::istringstream lines(verilog);
  std::smatch match;
  for (std::string line; std::getline(lines, line) && line != ");";) {
    if (std::regex_search(line, match, module_line)) {
      result.name = match[1];
    } else if (std::regex_search(line, match, parameter_line)) {
      result.parameters.push_back(match[1]);
    } else if (std::regex_search(line, match, port_line)) {
      result.ports.emplace_back(match[2],
                                match[1] == "input" ? Direction::input : Direction::output);
    }
  }
  return result;
}

}  // namespace cimforge::verilog
