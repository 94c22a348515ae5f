// The key of a logic macro.
#include <fmt/format.h>

#include <algorithm>

#include "generator/spec/key_places.h"

namespace cimforge::spec {
namespace {

std::optional<std::string> operand_bits_violated(const MacroSpec& spec) {
  if (spec.logic.operand_bits <= spec.rows) return std::nullopt;
  return fmt::format("between 1 and {} (bit i of a number stands in a row of its own; rows is {})",
                     spec.rows, spec.rows);
}

}  // namespace

Key operand_bits_key() {
  return {.table = "logic",
          .name = "operand_bits",
          .value = Integer{place<&MacroSpec::logic, &Logic::operand_bits>, 1, 32},
          .unit = "bits",
          .meaning =
              "Bits of the widest operand of a bit-serial operation, and of a key; an "
              "operation says how many of them it takes (docs/logic.md).",
          .limit = {.documentation = "at most `rows`",
                    .needs = {"kind", "array.rows"},
                    .violated = operand_bits_violated},
          .derived_default = {.documentation = "8, or `rows` where there are fewer",
                              .set =
                                  [](MacroSpec& spec) {
                                    spec.logic.operand_bits = std::min(8, spec.rows);
                                  }},
          .only = {Kind::logic}};
}

}  // namespace cimforge::spec
