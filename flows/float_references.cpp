#include "flows/float_references.h"

#include <fmt/format.h>

#include <regex>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace cimforge::flows {

/// File name -> text of the modules of proof/reference.
const std::map<std::string, std::string>& reference_cells();

namespace {

std::vector<std::string> names_in(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> names;
  for (auto found = std::sregex_iterator(text.begin(), text.end(), expression);
       found != std::sregex_iterator(); ++found) {
    names.push_back((*found)[1].str());
  }
  return names;
}

/// From `module` to the end of the ports, with another name.
std::string head_of(const std::string& reference, const std::string& name) {
  const std::size_t begin = reference.find("module ");
  std::string head = reference.substr(begin, reference.find(");", begin) + 2 - begin);
  const std::size_t first = std::string_view("module ").size();
  head.replace(first, head.find(' ', first) - first, name);
  return head;
}

}  // namespace

std::string text_of(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
  }
  return text;
}

std::string reference_of(const std::string& module) {
  return "reference_" + module.substr(std::string_view("cim_").size());
}

const std::string& reference_file(const std::string& name) {
  return reference_cells().at(name + ".v");
}

const std::string& reference_text(const std::string& module) {
  return reference_file(reference_of(module));
}

std::string with_parameters(std::string text, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    const std::regex given("(parameter " + name + "\\s*= )[^,\\n]+");
    text = std::regex_replace(text, given, fmt::format("$01{}", value),
                              std::regex_constants::format_first_only);
  }
  return text;
}

std::string in_ports_of(const std::string& reference, const std::string& name,
                        const std::string& inner, bool with_parameters, const Pins& others,
                        const std::string& items) {
  const std::string head = head_of(reference, name);
  const auto connect = [&](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& each : names) {
      const auto other = others.find(each);
      text += fmt::format("{}.{}({})", text.empty() ? "" : ", ", each,
                          other == others.end() ? each : other->second);
    }
    return text;
  };
  const std::string parameters =
      with_parameters ? fmt::format("#({}) ", connect(names_in(head, "parameter (\\w+)"))) : "";
  const std::string pins =
      connect(names_in(head, "(?:input|output)\\s+wire\\s+(?:\\[[^\\]]*\\])?\\s*(\\w+)"));
  return fmt::format("{}\n{}  {} {}u_inner ({});\nendmodule\n", head, items, inner, parameters,
                     pins);
}

std::string proved_cell(const std::string& module, const std::string& reference) {
  const std::string head = head_of(reference, module);
  std::smatch found;
  static const std::regex output("output\\s+wire\\s+(\\[[^\\]]*\\])\\s*(\\w+)");
  if (!std::regex_search(head, found, output)) throw std::logic_error("a reference without output");
  return in_ports_of(reference, module, reference_of(module), true, {{found[2].str(), "next"}},
                     fmt::format("  wire {0} next;\n  reg {0} loaded_q;\n"
                                 "  always @(posedge clk_i) if (load_i) loaded_q <= next;\n"
                                 "  assign {1} = loaded_q;\n",
                                 found[1].str(), found[2].str()));
}

}  // namespace cimforge::flows
