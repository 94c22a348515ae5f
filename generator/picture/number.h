// Numbers as texts, the same in every locale.
#pragma once

#include <cstddef>
#include <string>

namespace cimforge::picture {

/// Whether a value can be drawn: finite, and far enough from the largest double that differences
/// and margins are finite too.
bool drawable(double value);

/// A place on the page: at most one decimal (0.1 unit), `-` as in SVG.
std::string coordinate(double value);

/// With this many decimals and a minus sign for readers (U+2212).
std::string fixed(double value, int decimals);

/// At most four significant digits, for readers: `0.125`, `12.5`, `3.2×10⁻⁹`.
std::string short_number(double value);

/// `10⁻⁶`
std::string power_of_ten(int exponent);

/// `1 value`, `3 values`
std::string counted(std::size_t count, const std::string& noun);

}  // namespace cimforge::picture
