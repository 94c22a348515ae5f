#include "flows/fault_report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace cimforge::flows {
namespace {

/// Rounded down: 100 % is all of them.
std::string percent(double share) {
  return fmt::format("{:.2f} %", std::floor(share * 1e4) / 1e2);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : percent(static_cast<double>(part) / static_cast<double>(whole));
}

std::string march_text(const StorageFaultResult& result) {
  std::string text =
      fmt::format("Storage, march test {}{}, {}, {} cycles:\n", result.march,
                  result.backgrounds > 1 ? fmt::format(", {} backgrounds", result.backgrounds) : "",
                  result.own_test ? "run by the macro itself" : "through the ports", result.cycles);
  text += fmt::format("  {:<38} {:>10} {:>7} {:>9} {:>9} {:>9}  {}\n", "class", "faults", "tried",
                      "predicted", "detected", "coverage", "claim");
  for (const StorageCoverage& each : result.classes) {
    text += fmt::format(
        "  {:<38} {:>10} {:>7} {:>9} {:>9} {:>9}  {}\n",
        fmt::format("{} ({})", sim::short_name(each.kind), sim::long_name(each.kind)), each.faults,
        each.tried, each.predicted, each.detected, percent(each.detected, each.tried),
        each.differ > 0   ? fmt::format("WRONG for {}: {}", each.differ, each.first_different)
        : each.is_covered ? "all"
                          : "none");
  }
  return text;
}

std::string storage_text(const StorageFaultResult& result) {
  std::string text = result.has_march ? march_text(result) : "";
  const UpsetReport& upsets = result.upsets;
  if (upsets.upsets > 0) {
    text += fmt::format(
        "Single-event upsets during traffic: {}; {} masked, {} mended, {} flagged, {} wrong "
        "results without a word\n",
        upsets.upsets, upsets.masked, upsets.mended, upsets.flagged, upsets.silent);
  }
  return text;
}

std::string netlist_text(const NetlistFaultResult& result) {
  std::string text = fmt::format("Stuck-at faults of the mapped netlist, {}, {} cycles:\n",
                                 result.test, result.cycles);
  text += fmt::format("  {:<26} {:>8} {:>8} {:>9} {:>11} {:>10} {:>10} {:>9} {:>9}\n", "part",
                      "faults", "groups", "detected", "untestable", "undetected", "undecided",
                      "not tried", "coverage");
  for (const NetlistCoverage& each : result.parts) {
    text += fmt::format("  {:<26} {:>8} {:>8} {:>9} {:>11} {:>10} {:>10} {:>9} {:>9}\n",
                        each.part + ", " + each.cells, each.faults, each.groups, each.detected,
                        each.untestable, each.undetected, each.undecided, each.unsampled,
                        percent(each.coverage()));
  }
  text += fmt::format("  Tree of a column: {} of the testable faults\n",
                      percent(result.tree_coverage()));
  return text;
}

}  // namespace

bool FaultReport::passed() const {
  return (!storage || storage->passed()) &&
         (!netlist || netlist->tree_coverage() >= least_tree_coverage);
}

std::string to_text(const FaultReport& report) {
  std::string text = report.name + ":\n";
  if (report.storage) text += storage_text(*report.storage);
  if (report.netlist) text += netlist_text(*report.netlist);
  if (report.storage && !report.storage->passed()) {
    text += "FAILED: the macro does not find what the march test finds by interpretation\n";
  }
  if (report.netlist && report.netlist->tree_coverage() < least_tree_coverage) {
    text += fmt::format("FAILED: {} of the testable faults of the tree are found, less than {}\n",
                        percent(report.netlist->tree_coverage()), percent(least_tree_coverage));
    for (const std::string& example : report.netlist->examples) text += "  " + example + "\n";
  }
  if (report.passed()) text += "passed\n";
  return text;
}

nlohmann::ordered_json to_json(const FaultReport& report) {
  nlohmann::ordered_json json;
  json["passed"] = report.passed();
  json["storage"] = nullptr;
  json["upsets"] = nullptr;
  json["netlist"] = nullptr;
  if (report.storage) {
    const StorageFaultResult& storage = *report.storage;
    nlohmann::ordered_json classes = nlohmann::ordered_json::array();
    for (const StorageCoverage& each : storage.classes) {
      classes.push_back({{"class", sim::short_name(each.kind)},
                         {"faults", each.faults},
                         {"tried", each.tried},
                         {"predicted", each.predicted},
                         {"detected", each.detected},
                         {"missed", each.missed},
                         {"differ", each.differ},
                         {"claimed", each.is_covered}});
    }
    json["storage"] = {{"march", storage.march},
                       {"backgrounds", storage.backgrounds},
                       {"own_test", storage.own_test},
                       {"cycles", storage.cycles},
                       {"classes", std::move(classes)}};
    json["upsets"] = {{"upsets", storage.upsets.upsets},
                      {"masked", storage.upsets.masked},
                      {"mended", storage.upsets.mended},
                      {"flagged", storage.upsets.flagged},
                      {"silent", storage.upsets.silent}};
  }
  if (report.netlist) {
    const NetlistFaultResult& netlist = *report.netlist;
    nlohmann::ordered_json parts = nlohmann::ordered_json::array();
    for (const NetlistCoverage& each : netlist.parts) {
      parts.push_back({{"part", each.part},
                       {"cells", each.cells},
                       {"faults", each.faults},
                       {"groups", each.groups},
                       {"detected", each.detected},
                       {"untestable", each.untestable},
                       {"undetected", each.undetected},
                       {"undecided", each.undecided},
                       {"not_tried", each.unsampled},
                       {"coverage", each.coverage()}});
    }
    json["netlist"] = {{"test", netlist.test},      {"vectors", netlist.vectors},
                       {"cycles", netlist.cycles},  {"tree_coverage", netlist.tree_coverage()},
                       {"parts", std::move(parts)}, {"undetected", netlist.examples}};
  }
  return json;
}

}  // namespace cimforge::flows
