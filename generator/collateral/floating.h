// What goes out with a floating macro: its page, figures and datasheet.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"

namespace cimforge::collateral {

std::string floating_figures_text(const plan::MacroPlan& plan);
nlohmann::ordered_json floating_json(const plan::MacroPlan& plan);
/// Sections of the datasheet before and behind the ports.
std::string floating_introduction(const plan::MacroPlan& plan, const ModuleSignature& signature);
std::string floating_sections(const plan::MacroPlan& plan, const ModuleSignature& signature);

/// `fp32`, or `integer of 40 bits`.
std::string result_name(const spec::MacroSpec& spec);

}  // namespace cimforge::collateral
