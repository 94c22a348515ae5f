// Text with positions -> MacroSpec.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "generator/base/diagnostic.h"
#include "generator/spec/spec.h"

namespace cimforge::spec {

/// Either a specification, or every mistake of the file.
struct ParseResult {
  std::optional<MacroSpec> spec;  ///< set if and only if `diagnostics` is empty
  base::Diagnostics diagnostics;
};

/// Parses and validates a specification. `file` is only the name that diagnostics carry.
ParseResult parse(std::string_view text, const std::string& file);

/// Reads and parses a file. Throws base::InputError with one line for each mistake.
MacroSpec load(const std::filesystem::path& path);

}  // namespace cimforge::spec
