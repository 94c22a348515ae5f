// What `cimforge ppa` found, as text, JSON and Markdown.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "flows/ppa.h"

namespace cimforge::flows {

/// Tables of modules and cells, then area, timing, power and what follows from them.
std::string to_text(const PpaResult& result);

/// Keys: name, specification_sha256, operands, rows, columns, area_um2, sequential_area_um2, cells,
/// modules, tools, library; with the timing critical_path_ns, fmax_mhz, timing, tops, tops_per_mm2,
/// efficiency; with the power power_mw, energy_per_mvm_pj, tops_per_watt, power; tree_area_um2 and
/// tree_bound_um2 where they are known. No path and no time of day.
nlohmann::ordered_json to_json(const PpaResult& result);

/// Two tables for a document or a pull request.
std::string to_markdown(const PpaResult& result);

}  // namespace cimforge::flows
