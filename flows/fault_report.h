// What fault injection found, as tables and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "flows/netlist_faults.h"
#include "flows/storage_faults.h"

namespace cimforge::flows {

/// Of the testable stuck-at faults of a column's tree, what a compute test must find.
inline constexpr double least_tree_coverage = 0.99;

struct FaultReport {
  std::string name;
  std::optional<StorageFaultResult> storage;
  std::optional<NetlistFaultResult> netlist;

  [[nodiscard]] bool passed() const;
};

/// Tables for a terminal, the verdict last.
std::string to_text(const FaultReport& report);
/// Keys: passed, storage (or null), upsets, netlist (or null).
nlohmann::ordered_json to_json(const FaultReport& report);

}  // namespace cimforge::flows
