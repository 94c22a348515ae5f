// What is told of a logic macro: its ports, its page of `cimforge check`, its figures, its
// datasheet.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"

namespace cimforge::collateral {

/// Ports between those of the weight stream and those of the results.
std::vector<SignaturePort> logic_operation_ports(const plan::MacroPlan& plan);

std::string logic_figures_text(const plan::MacroPlan& plan);
nlohmann::ordered_json logic_json(const plan::MacroPlan& plan);

/// Of the datasheet: what stands before the ports, and what behind them.
std::string logic_introduction(const plan::MacroPlan& plan, const ModuleSignature& signature);
std::string logic_sections(const plan::MacroPlan& plan, const ModuleSignature& signature);

}  // namespace cimforge::collateral
