// What a search found, as text, Markdown, CSV and JSON; and why the rest lost.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "flows/explore/search.h"

namespace cimforge::explore {

/// Why the best of a value is not as good as the best of all: the number of macros and what sets
/// it, or what of a macro takes more. Empty where it is as good.
std::string why(Aim aim, const System& loser, const System& winner);

/// The front and the table of values, for a terminal.
std::string to_text(const Goal& goal, const Result& result);
/// The same at length, with every loss.
std::string to_markdown(const Goal& goal, const Result& result);
/// One row a system of the front.
std::string to_csv(const Goal& goal, const Result& result);
/// docs/explore.md documents the keys.
nlohmann::ordered_json to_json(const Goal& goal, const Result& result);

/// Writes summary.md, summary.json, front.csv and specs/NN.toml, one for each system of the front,
/// whole or not at all. Takes a directory that is missing, empty, or an earlier output.
void write_output(const std::filesystem::path& directory, const Goal& goal, const Result& result,
                  const std::vector<spec::MacroSpec>& specifications);

}  // namespace cimforge::explore
