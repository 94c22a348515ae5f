// The bench's source of randomness: the same numbers for the same seed on every machine.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cimforge::tb {

/// xoshiro256** by Blackman and Vigna, seeded through splitmix64 as its authors advise.
class Random {
 public:
  /// Each `stream` of a seed has numbers of its own.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) {
    std::uint64_t mixer = seed;
    mixer = split_mix(mixer) ^ (stream * 0xd1342543de82ef95U);
    for (std::uint64_t& word : state_) word = split_mix(mixer);
  }

  std::uint64_t word() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// 0 to bound - 1; `bound` is 1 to 2^32.
  std::uint32_t below(std::uint64_t bound) {
    return static_cast<std::uint32_t>(((word() >> 32) * bound) >> 32);
  }
  int index(int bound) { return static_cast<int>(below(static_cast<std::uint64_t>(bound))); }
  int between(int first, int last) { return first + index(last - first + 1); }
  /// True once in `n` times.
  bool once_in(std::uint32_t n) { return below(n) == 0; }

  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t left = items.size(); left > 1; --left) {
      std::swap(items[left - 1], items[below(left)]);
    }
  }

 private:
  static std::uint64_t split_mix(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace cimforge::tb
