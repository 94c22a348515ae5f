// The boolean functions of Liberty pins, as truth tables: cells are found by what they compute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::flows {

/// Most inputs of a function that is tabulated.
inline constexpr std::size_t most_function_inputs = 6;

/// Bit i is the value for the inputs whose binary number is i, the first of `inputs` the lowest bit.
/// Operators as in the Liberty manual: `!` before and `'` behind, `^`, then `*`, `&` or nothing, then `+` or
/// `|`; constants 0 and 1. Nothing where the text is no such expression, names another pin or has
/// more than most_function_inputs inputs.
std::optional<std::uint64_t> truth_table(std::string_view function,
                                         const std::vector<std::string>& inputs);

/// The table of a function of `inputs` inputs with every value inverted.
std::uint64_t inverted(std::uint64_t table, std::size_t inputs);

}  // namespace cimforge::flows
