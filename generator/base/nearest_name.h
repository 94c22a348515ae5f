// The known name that a mistyped one was meant to be.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cimforge::base {

/// The fewest insertions, deletions, replacements and swaps of neighbours that make `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name nearest to `name`, if it is near enough to be meant: a third of the letters may
/// differ, or one name may be a part of the other. Case and `-` for `_` do not count.
std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> known);

}  // namespace cimforge::base
