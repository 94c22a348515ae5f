// Words that reach every segment of the inverse normal distribution.
#pragma once

#include <cstdint>
#include <vector>

namespace cimforge::test {

/// The first and the last word of every segment that has one, from the far tail to the middle, all
/// positive. The tail 2m + 1 of a word m is odd; its leading one and the four bits behind it are
/// the segment.
inline std::vector<std::uint32_t> segment_words() {
  std::vector<std::uint32_t> words;
  for (int octave = 0; octave < 32; ++octave) {
    for (std::uint64_t segment = 16; segment < 32; ++segment) {
      const std::uint64_t low = (segment << octave) + 15;  // rounded up
      const std::uint64_t first = low / 16 | 1;
      const std::uint64_t last = ((((segment + 1) << octave) + 15) / 16 - 1 - 1) | 1;
      if (first > last || first * 16 >= (segment + 1) << octave) continue;
      words.push_back(static_cast<std::uint32_t>(first / 2));
      if (first != last) words.push_back(static_cast<std::uint32_t>(last / 2));
    }
  }
  return words;
}

}  // namespace cimforge::test
