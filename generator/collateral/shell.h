// What a macro that tests or repairs itself has more in its ports and documents.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"

namespace cimforge::collateral {

std::vector<SignaturePort> shell_ports(const plan::MacroPlan& plan);

/// Rows of `cimforge check`: a name and a text.
std::vector<std::pair<std::string, std::string>> shell_figures(const plan::MacroPlan& plan);

nlohmann::ordered_json shell_json(const plan::MacroPlan& plan);

/// The sections "Self-test" and "Repair" of the datasheet.
std::string shell_sections(const plan::MacroPlan& plan);

}  // namespace cimforge::collateral
