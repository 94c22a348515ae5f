#include "generator/device/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cimforge::device {
namespace {

std::string values_text(const Parameter& parameter) {
  if (parameter.values.empty()) return "?";
  std::vector<std::string> texts;
  for (const double value : parameter.values) texts.push_back(fmt::format("{:.6g}", value));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string range_text(const ParameterInfo& info, const Parameter& parameter) {
  if (parameter.low == info.least && parameter.high == info.greatest) return "";
  return fmt::format("{:g} to {:g}", parameter.low, parameter.high);
}

/// The span of states of a device, in the quantity that it has.
std::string span_text(const Device& device) {
  for (const auto& [low, high, unit] :
       {std::tuple{"g_min", "g_max", "uS"}, std::tuple{"i_min", "i_max", "nA"},
        std::tuple{"resistance_p", "resistance_ap", "ohm"}}) {
    if (!device.parameters.contains(low)) continue;
    if (!device.has(low) || !device.has(high)) return fmt::format("? {}", unit);
    return fmt::format("{:g} to {:g} {}", device.value(low), device.value(high), unit);
  }
  return "-";
}

}  // namespace

std::string list_text(const std::vector<Device>& devices) {
  std::size_t name = 6, family = 6, span = 6;
  for (const Device& device : devices) {
    name = std::max(name, device.name.size());
    family = std::max(family, device.family.size());
    span = std::max(span, span_text(device).size());
  }
  std::string text = fmt::format("{:{}}  {:{}}  {:{}}  {:>6}  {}\n", "device", name, "family",
                                 family, "states", span, "levels", "title");
  for (const Device& device : devices) {
    text += fmt::format("{:{}}  {:{}}  {:{}}  {:>6}  {}\n", device.name, name, device.family,
                        family, span_text(device), span,
                        device.has("levels") ? fmt::format("{:g}", device.value("levels")) : "-",
                        device.title);
    if (const auto missing = device.missing(); !missing.empty()) {
      text += fmt::format("{:{}}  to be given: {}\n", "", name, fmt::join(missing, ", "));
    }
  }
  return text;
}

std::string to_text(const Device& device) {
  std::string text = fmt::format("{}: {}\n", device.name, device.title);
  if (const Family* family = find_family(device.family)) {
    text += fmt::format("family      {}, {}\n", family->name, family->meaning);
  }
  // In the order of the table, which is that of the effects.
  for (const ParameterInfo& info : parameter_table()) {
    const auto found = device.parameters.find(info.name);
    if (found == device.parameters.end()) continue;
    const Parameter& parameter = found->second;
    text += fmt::format("\n{}\n  value     {}{}\n", info.name, values_text(parameter),
                        info.unit == "1" ? std::string() : fmt::format(" {}", info.unit));
    if (const std::string range = range_text(info, parameter); !range.empty()) {
      text += fmt::format("  range     {}\n", range);
    }
    text += fmt::format("  status    {}\n  source    {}\n  meaning   {}: {}\n",
                        to_string(parameter.status), parameter.source, info.effect, info.meaning);
  }
  return text;
}

std::string parameters_text() {
  std::string text;
  for (const ParameterInfo& info : parameter_table()) {
    text +=
        fmt::format("{:<24} {:<8} {:<12} {}\n", info.name, info.unit, info.effect, info.meaning);
  }
  return text;
}

nlohmann::ordered_json to_json(const Device& device) {
  nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
  for (const ParameterInfo& info : parameter_table()) {
    const auto found = device.parameters.find(info.name);
    if (found == device.parameters.end()) continue;
    const Parameter& parameter = found->second;
    nlohmann::ordered_json value = nullptr;
    if (!parameter.values.empty()) {
      if (info.most == 1) {
        value = parameter.values.front();
      } else {
        value = parameter.values;
      }
    }
    parameters[std::string(info.name)] = {{"value", value},
                                          {"unit", info.unit},
                                          {"range", {parameter.low, parameter.high}},
                                          {"status", to_string(parameter.status)},
                                          {"source", parameter.source},
                                          {"effect", info.effect},
                                          {"meaning", info.meaning}};
  }
  return {{"name", device.name},
          {"title", device.title},
          {"family", device.family},
          {"missing", device.missing()},
          {"parameters", parameters}};
}

}  // namespace cimforge::device
