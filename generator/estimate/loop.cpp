#include "generator/estimate/loop.h"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace cimforge::estimate {
namespace {

std::uint64_t mask(int bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// Adds two numbers with a ripple of adders; returns the bits that the sum has.
std::uint64_t add_numbers(std::uint64_t a, std::uint64_t b, int bits, TreeCount& count) {
  const std::uint64_t both = a & b;
  if (both == 0) return a | b;
  const std::uint64_t above = ~mask(std::countr_zero(both) + 1);
  count.full_adders += std::popcount(both & above);
  count.half_adders += 1 + std::popcount((a ^ b) & above);
  const auto top = static_cast<int>(std::bit_width(a | b));
  return (a | b | std::uint64_t{1} << std::min(top, 63)) & mask(bits);
}

}  // namespace

TreeCount count_loop(const std::vector<std::uint64_t>& digits, int rows, int bits) {
  TreeCount of_row;
  std::uint64_t row = 0;
  for (const std::uint64_t digit : digits) row = add_numbers(row, digit, bits, of_row);
  TreeCount count;
  count.full_adders = of_row.full_adders * rows;
  count.half_adders = of_row.half_adders * rows;
  std::vector<std::uint64_t> numbers(static_cast<std::size_t>(rows), row);
  std::size_t first = 0;
  for (; numbers.size() - first > 2; first += 3) {
    const std::uint64_t a = numbers[first];
    const std::uint64_t b = numbers[first + 1];
    const std::uint64_t c = numbers[first + 2];
    const std::uint64_t all = a & b & c;
    const std::uint64_t two = (a & b) | (a & c) | (b & c);
    count.full_adders += std::popcount(all);
    count.half_adders += std::popcount(two & ~all);
    numbers.push_back((a | b | c) & mask(bits));
    numbers.push_back((two << 1) & mask(bits));
  }
  if (numbers.size() - first == 2) add_numbers(numbers[first], numbers[first + 1], bits, count);
  return count;
}

}  // namespace cimforge::estimate
