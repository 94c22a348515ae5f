// Pictures of the point that a page begins with: its streams in time, and a small slice of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "flows/results_page/document.h"
#include "flows/results_page/results.h"

namespace cimforge::results_page {

/// The waves follow from the specification. The schematic is drawn by Yosys and netlistsvg; where
/// one of them is missing or fails, the reason says so and nothing is thrown. `program` is the
/// executable of cimforge: a build tree has a netlistsvg beside it.
Illustrations illustrate(const SweepResults& results, const std::filesystem::path& program);

/// netlistsvg: the one that CIMFORGE_NETLISTSVG names, else on PATH, else of the build tree; empty
/// where there is none.
std::filesystem::path find_netlistsvg(const std::filesystem::path& program);

/// What netlistsvg drew, made fit for a page: no style, no ids, no namespace of its own, so that
/// the page's style sheet colours it. Nothing where the text is no SVG.
std::optional<std::string> page_svg(const std::string& drawn);

/// `cim_full_adder` of a module that Yosys named after its parameters:
/// `$paramod\cim_full_adder\LANES=32'...`, `$paramod$HASH\cim_full_adder`.
std::string plain_module_name(const std::string& name);

}  // namespace cimforge::results_page
