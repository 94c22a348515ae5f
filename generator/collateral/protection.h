// What the documents of a macro say of its check bits (docs/protection.md).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "generator/plan/plan.h"

namespace cimforge::collateral {

/// `secded: 5 check bits beside each 8 bits; rows are scrubbed`
std::string protection_text(const plan::MacroPlan& plan);

/// The section of the datasheet.
std::string protection_section(const plan::MacroPlan& plan);

nlohmann::ordered_json protection_json(const plan::MacroPlan& plan);

}  // namespace cimforge::collateral
