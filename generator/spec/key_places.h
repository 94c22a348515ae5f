// Places of keys in MacroSpec, for the rows of the table of keys.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "generator/spec/keys.h"

namespace cimforge::spec {

/// The member at the end of a path of members: `place<&MacroSpec::timing,
/// &Timing::input_delay_ns>`.
template <auto... members>
auto& place(MacroSpec& spec) {
  return (spec.*....*members);
}

/// A key whose value is one of an enumeration's.
template <auto... members>
Choice choice(std::span<const char* const> names) {
  using Enum = std::remove_cvref_t<decltype(place<members...>(std::declval<MacroSpec&>()))>;
  return {names,
          [](const MacroSpec& spec) {
            MacroSpec copy = spec;
            return static_cast<std::size_t>(place<members...>(copy));
          },
          [](MacroSpec& spec, std::size_t index) {
            place<members...>(spec) = static_cast<Enum>(index);
          }};
}

/// Rows of the table with a file of their own: [precision], [sparsity], [approximation], and what
/// joins [array] and [compute] with them.
Key transpose_key();
Key recoding_key();
std::vector<Key> option_keys();
/// [floating].
std::vector<Key> floating_keys();
/// What protection.code must be, where it does not go with another option.
std::optional<std::string> protection_violated(const MacroSpec& spec);
/// [self_test], [repair], [protection], [scan].
std::vector<Key> test_keys();
/// [logic].
Key operand_bits_key();
/// [output] of a floating macro.
Key result_format_key();
/// What a format must be in this kind of macro, where it is not: for both operands.
std::optional<std::string> floating_format_violated(const MacroSpec& spec,
                                                    const IntegerFormat& format);

}  // namespace cimforge::spec
