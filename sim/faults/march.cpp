#include "sim/faults/march.h"

#include <algorithm>
#include <bit>

namespace cimforge::sim {

WordBits background(int bits, int number, bool inverse) {
  WordBits word((static_cast<std::size_t>(bits) + 63) / 64);
  for (int bit = 0; bit < bits; ++bit) {
    const bool alternate = number > 0 && ((bit >> (number - 1)) & 1) != 0;
    if (alternate != inverse) {
      word[static_cast<std::size_t>(bit) / 64] |= std::uint64_t{1}
                                                  << (static_cast<unsigned>(bit) % 64);
    }
  }
  return word;
}

int all_backgrounds(int bits) {
  return 1 + static_cast<int>(std::bit_width(static_cast<unsigned>(bits - 1)));
}

bool march_fails(const spec::March& march, const StorageShape& shape, int backgrounds,
                 const StorageFault* fault, bool before) {
  FaultyArray array(shape, fault);
  array.fill(before);
  for (int number = 0; number < backgrounds; ++number) {
    const WordBits data[2] = {background(shape.bits, number, false),
                              background(shape.bits, number, true)};
    for (const spec::MarchElement& element : march) {
      for (int step = 0; step < shape.words; ++step) {
        const int word = element.order == spec::MarchOrder::down ? shape.words - 1 - step : step;
        for (const spec::MarchOperation& operation : element.operations) {
          const WordBits& expected = data[operation.bit ? 1 : 0];
          if (!operation.is_read) {
            array.write(word, expected);
          } else if (array.read(word) != expected) {
            return true;
          }
        }
      }
    }
  }
  return false;
}

bool march_detects(const spec::March& march, const StorageShape& shape, int backgrounds,
                   const StorageFault& fault) {
  return march_fails(march, shape, backgrounds, &fault, false) &&
         march_fails(march, shape, backgrounds, &fault, true);
}

bool march_covers(const spec::March& march, FaultClass kind, bool with_all_backgrounds) {
  constexpr StorageShape shape = {3, 2};
  const int backgrounds = with_all_backgrounds ? all_backgrounds(shape.bits) : 1;
  for (std::uint64_t i = 0; i < count_faults(kind, shape); ++i) {
    if (!march_detects(march, shape, backgrounds, fault_at(kind, shape, i))) return false;
  }
  return true;
}

}  // namespace cimforge::sim
