// What is told of a near-memory macro: its page of `cimforge check`, its figures, its datasheet.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"

namespace cimforge::collateral {

std::string near_memory_figures_text(const plan::MacroPlan& plan);
nlohmann::ordered_json near_memory_json(const plan::MacroPlan& plan);

/// Of the datasheet: what stands before the ports, and what behind them.
std::string near_memory_introduction(const plan::MacroPlan& plan, const ModuleSignature& signature);
std::string near_memory_sections(const plan::MacroPlan& plan, const ModuleSignature& signature);

}  // namespace cimforge::collateral
