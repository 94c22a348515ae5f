#include "generator/plan/protection.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "generator/spec/protection.h"
#include "generator/spec/structure.h"

namespace cimforge::plan {
namespace {

/// Levels of a tree of gates with two inputs.
int levels(int inputs) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(inputs) - 1));
}

/// The fewest bits in which `syndrome` differs from each of the others, and of these the ones with
/// the fewest zeros, each of which is an inverter.
std::uint32_t least_match(std::uint32_t syndrome, const std::vector<std::uint32_t>& others,
                          int bits) {
  std::uint32_t best = (std::uint32_t{1} << bits) - 1;
  const auto cost = [&](std::uint32_t mask) {
    return 8 * std::popcount(mask) + std::popcount(mask & ~syndrome);
  };
  for (std::uint32_t mask = 1; mask < std::uint32_t{1} << bits; ++mask) {
    const bool tells = std::ranges::none_of(
        others, [&](std::uint32_t other) { return ((other ^ syndrome) & mask) == 0; });
    if (tells && cost(mask) < cost(best)) best = mask;
  }
  return best;
}

}  // namespace

int ProtectionPlan::delay(const AdderDelays& delays) const {
  // Parity does not stand in the way of the data.
  if (matches.empty()) return 0;
  int most_entered = 0;
  for (int check = 0; check < check_bits; ++check) {
    const auto entered = std::ranges::count_if(
        columns, [&](std::uint32_t column) { return (column >> check & 1U) != 0; });
    most_entered = std::max(most_entered, static_cast<int>(entered));
  }
  int most_matched = 1;
  for (const std::uint32_t match : matches)
    most_matched = std::max(most_matched, std::popcount(match));
  return (levels(most_entered + 1) + 1) * delays.half_sum + levels(most_matched) * delays.product;
}

ProtectionPlan plan_protection(const spec::MacroSpec& spec) {
  ProtectionPlan plan;
  plan.data_bits = spec::stored_bits(spec);
  plan.check_bits = spec::check_bits(spec);
  plan.columns = spec::check_columns(spec.protection.code, plan.data_bits);
  if (!spec::mends(spec)) return plan;
  for (std::size_t bit = 0; bit < plan.columns.size(); ++bit) {
    std::vector<std::uint32_t> others = {0};
    for (int check = 0; check < plan.check_bits; ++check)
      others.push_back(std::uint32_t{1} << check);
    for (std::size_t other = 0; other < plan.columns.size(); ++other) {
      if (other != bit) others.push_back(plan.columns[other]);
    }
    plan.matches.push_back(least_match(plan.columns[bit], others, plan.check_bits));
  }
  return plan;
}

}  // namespace cimforge::plan
