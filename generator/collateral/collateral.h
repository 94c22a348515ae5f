// Everything that goes out with a macro: RTL, filelists, constraints, FuseSoC core, manifest and
// datasheet. What is written depends on the specification, the delays of the library that it is
// planned for, if any, and the version of cimforge alone.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "generator/base/file.h"
#include "generator/collateral/signature.h"
#include "generator/plan/plan.h"
#include "generator/spec/spec.h"

namespace cimforge::collateral {

/// The file that marks a directory as cimforge's; see base::write_directory_atomically.
inline constexpr const char* manifest_name = "manifest.json";

/// SHA-256 of the canonical text, which every output carries.
std::string specification_hash(const spec::MacroSpec& spec);

/// Comment at the top of the emitted files, without comment signs: version, hash and the whole
/// specification.
std::string banner(const spec::MacroSpec& spec);

/// The same in two lines, without the specification.
std::string short_banner(const spec::MacroSpec& spec);

/// The whole output directory: path relative to it -> text. The trees are planned in the delays of
/// a library where they are given. `beside` are files that the specification names, by the paths
/// that it has for them; they go out with it.
base::FileSet emit(const spec::MacroSpec& spec,
                   const std::optional<plan::LibraryDelays>& delays = std::nullopt,
                   const base::FileSet& beside = {});

/// What `cimforge check` prints: one page, with a newline at its end.
std::string check_text(const plan::MacroPlan& plan);

/// Every figure of the plan. The adder counts are null where the synthesis tool chooses the adders
/// (a loop).
nlohmann::ordered_json plan_json(const plan::MacroPlan& plan);

/// Every key of the specification, by table.
nlohmann::ordered_json specification_json(const spec::MacroSpec& spec);

/// The ports as in the signature.
nlohmann::ordered_json ports_json(const ModuleSignature& signature);

}  // namespace cimforge::collateral
