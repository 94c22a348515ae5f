// What goes out with a hybrid macro: its page, figures and datasheet.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"

namespace cimforge::collateral {

std::string hybrid_figures_text(const plan::MacroPlan& plan);
nlohmann::ordered_json hybrid_json(const plan::MacroPlan& plan);
std::string hybrid_datasheet(const plan::MacroPlan& plan, const ModuleSignature& signature);

}  // namespace cimforge::collateral
