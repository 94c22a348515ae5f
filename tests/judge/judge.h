// What an emitted macro is held to by other programs: tools that read it, and vectors that are
// played in two simulators and in the golden model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "generator/spec/spec.h"
#include "tb/macro_engine.h"
#include "tests/icarus/streams.h"

namespace cimforge::test {

/// What Verilator -Wall, Icarus -Wall and Yosys check -assert have to say about both descriptions
/// of the macro in `directory`; empty where they are content.
std::string lint_complaint(const spec::MacroSpec& spec, const std::filesystem::path& directory);

/// Results of the golden model, and of a macro behind its bus: [round][vector][column].
std::vector<std::int64_t> golden_results(const spec::MacroSpec& spec, const Traffic& traffic);
std::vector<std::int64_t> engine_results(const spec::MacroSpec& spec, tb::MacroEngine& engine,
                                         const Traffic& traffic);

/// Empty where `got` is `expected`, else the first difference.
std::string difference(const std::string& who, const std::vector<std::int64_t>& got,
                       const std::vector<std::int64_t>& expected, std::size_t columns);

}  // namespace cimforge::test
