// What the documents say of run-time precision.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "generator/plan/plan.h"

namespace cimforge::collateral {

/// The line of `check` on results, and its section on the modes.
std::string precision_results(const plan::MacroPlan& plan);
std::string precision_text(const plan::MacroPlan& plan);
/// Figures of the plan.
nlohmann::ordered_json precision_json(const plan::MacroPlan& plan);
/// A section of the datasheet.
std::string precision_section(const plan::MacroPlan& plan);

}  // namespace cimforge::collateral
