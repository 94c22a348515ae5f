#include "generator/spec/protection.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "generator/spec/structure.h"

namespace cimforge::spec {
namespace {

/// Columns of odd weight above 1: those of weight 1 belong to the check bits themselves.
int columns_for_data(int check_bits) {
  return (1 << (check_bits - 1)) - check_bits;
}

}  // namespace

int check_bits(Code code, int data_bits) {
  if (code == Code::none) return 0;
  if (code == Code::parity) return 1;
  int bits = 3;
  while (columns_for_data(bits) < data_bits) ++bits;
  return bits;
}

int check_bits(const MacroSpec& spec) {
  return check_bits(spec.protection.code, stored_bits(spec));
}

int word_bits(const MacroSpec& spec) {
  return stored_bits(spec) + check_bits(spec);
}

std::vector<std::uint32_t> check_columns(Code code, int data_bits) {
  const int checks = check_bits(code, data_bits);
  const auto wanted = static_cast<std::size_t>(data_bits);
  if (code != Code::secded) return std::vector<std::uint32_t>(wanted, code == Code::none ? 0 : 1);
  std::vector<std::uint32_t> chosen;
  std::vector<int> entered(static_cast<std::size_t>(checks), 0);
  for (int weight = 3; chosen.size() < wanted; weight += 2) {
    std::vector<std::uint32_t> left;
    for (std::uint32_t column = 0; column < std::uint32_t{1} << checks; ++column) {
      if (std::popcount(column) == weight) left.push_back(column);
    }
    // The next column is the one that enters the check bits with the fewest data bits yet.
    while (!left.empty() && chosen.size() < wanted) {
      const auto load = [&](std::uint32_t column) {
        int worst = 0;
        int sum = 0;
        for (int bit = 0; bit < checks; ++bit) {
          if ((column >> bit & 1U) == 0) continue;
          worst = std::max(worst, entered[static_cast<std::size_t>(bit)]);
          sum += entered[static_cast<std::size_t>(bit)];
        }
        return 256 * worst + sum;
      };
      const auto best = std::ranges::min_element(left, {}, load);
      for (int bit = 0; bit < checks; ++bit) {
        entered[static_cast<std::size_t>(bit)] += static_cast<int>(*best >> bit & 1U);
      }
      chosen.push_back(*best);
      left.erase(best);
    }
  }
  return chosen;
}

}  // namespace cimforge::spec
