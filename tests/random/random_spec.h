// Random specifications over the whole table of keys: drawn, made valid, and made smaller. What a
// key may be is asked of its row in the table and of the reader, so that a new key is drawn from
// the day on which it has a row.
#pragma once

#include <rapidcheck/Gen.h>
#include <rapidcheck/Random.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "generator/spec/keys.h"

namespace cimforge::test {

/// Whether drafts have the key: logic macros have no operands, which drafts are about
/// (tests/logic).
inline bool is_drawn(const spec::Key& key) {
  return key.only != std::vector{spec::Kind::logic};
}

/// A specification as it is written: values of some keys; the others have their defaults. A format
/// and a choice are kept as their place in the list of names.
struct Draft {
  using Value = std::variant<std::int64_t, double, std::string>;
  std::map<std::size_t, Value> values;  ///< place in spec::keys() -> value

  bool operator==(const Draft&) const = default;
};

/// The text, one key a line.
std::string to_toml(const Draft& draft);

/// What the reader makes of it; nothing where it has complaints.
std::optional<spec::MacroSpec> read(const Draft& draft);

/// How large a macro may be: the one place that bounds what a run costs.
struct CostLimits {
  std::int64_t products = 0;  ///< bit products of a step and bits of storage
  std::int64_t work = 0;      ///< cycles of a bench, times the bits that change in each
  std::uint64_t vectors = 100;
};

/// A specification that takes some seconds on a free core, and one that may take half a minute:
/// Icarus takes the square of what a macro has. 320 of them are an hour of one core.
inline constexpr CostLimits small_macros{2000, 15'000'000, 60};
inline constexpr CostLimits nightly_macros{2500, 20'000'000, 100};

bool is_affordable(const spec::MacroSpec& spec, const CostLimits& limits);

/// How often a draft had to be mended before the reader took it.
struct Repairs {
  std::size_t drafts = 0;
  std::size_t invalid = 0;   ///< drafts with mistakes as they were first drawn
  std::size_t given_up = 0;  ///< drafts that were replaced by the least specification
};

/// Draws valid and affordable drafts. Shrinks leave keys out, then make values smaller, and are all
/// valid; `repairs` counts where it is given, and must outlive the generator.
rc::Gen<Draft> arbitrary_draft(const CostLimits& limits, Repairs* repairs = nullptr);

/// What is wrong with a draft; empty where nothing is.
using Judge = std::function<std::string(const Draft&)>;

struct Shrunk {
  Draft draft;
  std::string complaint;
  std::size_t tried = 0;  ///< drafts that were judged on the way
};

/// The smallest failing draft that is found below one that fails with `complaint`; ends early where
/// `may_go_on` is false.
Shrunk shrink(
    const rc::Shrinkable<Draft>& failing, std::string complaint, const Judge& judge,
    const std::function<bool()>& may_go_on = [] { return true; });

}  // namespace cimforge::test
