// A value of an axis: what TOML has as integer, float, boolean or text.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace cimforge::sweep {

using Value = std::variant<std::int64_t, double, bool, std::string>;

/// As in a command line: `12`, `0.5`, `true`, `int8`.
std::string to_text(const Value& value);

}  // namespace cimforge::sweep
