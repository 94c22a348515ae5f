// A value of an axis: what TOML has as integer, float, boolean or text.
#pragma once

#include <string>

#include "generator/spec/parse.h"

namespace cimforge::sweep {

using Value = spec::TomlValue;

/// As in a command line: `12`, `0.5`, `true`, `int8`.
std::string to_text(const Value& value);

}  // namespace cimforge::sweep
