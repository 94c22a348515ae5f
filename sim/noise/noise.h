// The one source of noise of analog macros. Each draw is a pure function of its key, so that runs
// agree bit for bit on any number of threads, in any order, and with rtl/behavioural/cim_noise.v.
// Needs the standard library alone: it is included beside Verilated models. See docs/noise.md.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

#include "sim/noise/normal_table.h"

namespace cimforge::noise {

/// 128 random bits: four words, each of which makes one draw.
using Words = std::array<std::uint32_t, 4>;

/// What names four draws: `seed` the run, `array` the array and the kind of noise, `cell` the
/// device, `event` the occasion (an MVM). Draws that differ in one of them are independent.
struct Key {
  std::uint64_t seed = 0;
  std::uint32_t array = 0;
  std::uint32_t cell = 0;
  std::uint64_t event = 0;
};

/// The multipliers and Weyl steps (golden ratio; root of three, less one) of Philox4x32.
inline constexpr std::uint64_t kPhiloxEven = 0xD2511F53;
inline constexpr std::uint64_t kPhiloxOdd = 0xCD9E8D57;
inline constexpr std::uint32_t kPhiloxStep0 = 0x9E3779B9;
inline constexpr std::uint32_t kPhiloxStep1 = 0xBB67AE85;

/// Philox4x32-10, words with the lowest first: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel
/// random numbers: as easy as 1, 2, 3", SC 2011. A bijection of the counter for each key.
constexpr Words philox(Words counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t even = kPhiloxEven * counter[0];
    const std::uint64_t odd = kPhiloxOdd * counter[2];
    counter = {static_cast<std::uint32_t>(odd >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(odd),
               static_cast<std::uint32_t>(even >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(even)};
    key[0] += kPhiloxStep0;
    key[1] += kPhiloxStep1;
  }
  return counter;
}

/// The four words of a key.
constexpr Words words(const Key& key) {
  return philox({static_cast<std::uint32_t>(key.event), static_cast<std::uint32_t>(key.event >> 32),
                 key.cell, key.array},
                {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
}

/// Fraction bits of a Gaussian's code.
inline constexpr int kFractionBits = 20;

/// A standard Gaussian as an integer in units of 2^-20; 24 bits signed, at most 6.338 sigma. The
/// top bit is the sign, the others m the tail probability p = (2m + 1) / 2^33. Error against the
/// exact quantile of p below 2.4e-6; inverting the word's top bit negates the result.
constexpr std::int32_t gaussian_code(std::uint32_t word) {
  static_assert(std::numeric_limits<double>::is_iec559);
  // The double of 2m + 1 has its octave in the exponent, the segment in the next four bits and t
  // below. Faster than to count zeros, for which x86 has an instruction with a false dependency.
  const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(word << 1 | 1));
  const NormalSegment& segment = kNormalTable[(bits >> 48) - (1023 << 4)];
  const std::uint64_t t = bits >> 16 & 0xFFFFFFFF;  // in units of 2^-32
  const std::uint64_t slope = segment.slope - (t * segment.curve >> 32);
  const auto magnitude =
      static_cast<std::int32_t>((segment.value - (t * slope >> 32) + 128) >> 8);  // rounded
  const std::int32_t sign = -static_cast<std::int32_t>(word >> 31);
  return (magnitude ^ sign) - sign;
}

/// A standard Gaussian: the same value as a floating number, exact in float too.
constexpr double gaussian(std::uint32_t word) {
  return gaussian_code(word) * (1.0 / (1 << kFractionBits));
}

/// Uniform in (0, 1), never 0 or 1: the middle of one of 2^32 equal parts.
constexpr double uniform(std::uint32_t word) {
  return (word + 0.5) * 0x1p-32;
}

/// Log-normal: exp of a Gaussian of `sigma` (natural logarithm) times `median`. In C++ alone; its
/// last bits are those of std::exp.
inline double log_normal(std::uint32_t word, double median, double sigma) {
  return median * std::exp(sigma * gaussian(word));
}

namespace detail {

inline constexpr std::size_t kBatch = 16;
using Batch = std::array<std::array<std::uint32_t, kBatch>, 4>;  ///< [word][cell]

/// words() of kBatch cells from key.cell on. The cells are innermost: compilers make vectors of
/// these loops.
constexpr void batch_words(const Key& key, Batch& batch) {
  auto& [c0, c1, c2, c3] = batch;
  for (std::size_t i = 0; i < kBatch; ++i) {
    c0[i] = static_cast<std::uint32_t>(key.event);
    c1[i] = static_cast<std::uint32_t>(key.event >> 32);
    c2[i] = key.cell + static_cast<std::uint32_t>(i);
    c3[i] = key.array;
  }
  auto k0 = static_cast<std::uint32_t>(key.seed);
  auto k1 = static_cast<std::uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      const std::uint64_t even = kPhiloxEven * c0[i];
      const std::uint64_t odd = kPhiloxOdd * c2[i];
      c0[i] = static_cast<std::uint32_t>(odd >> 32) ^ c1[i] ^ k0;
      c1[i] = static_cast<std::uint32_t>(odd);
      c2[i] = static_cast<std::uint32_t>(even >> 32) ^ c3[i] ^ k1;
      c3[i] = static_cast<std::uint32_t>(even);
    }
    k0 += kPhiloxStep0;
    k1 += kPhiloxStep1;
  }
}

}  // namespace detail

/// One Gaussian for each of many cells at one event, at a quarter of the price of single cells: the
/// four words of a key serve four neighbours. values[i] is gaussian(words(k)[i % 4]), k being `key`
/// with the cell key.cell + i / 4. Number is double, float or, for codes, std::int32_t.
template <typename Number>
constexpr void fill_gaussians(Key key, std::span<Number> values) {
  static_assert(std::is_floating_point_v<Number> || std::is_same_v<Number, std::int32_t>);
  detail::Batch batch;  // batch_words fills it
  while (!values.empty()) {
    detail::batch_words(key, batch);
    const std::size_t count = std::min(4 * detail::kBatch, values.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t word = batch[i % 4][i / 4];
      if constexpr (std::is_floating_point_v<Number>) {
        values[i] = static_cast<Number>(gaussian(word));
      } else {
        values[i] = gaussian_code(word);
      }
    }
    values = values.subspan(count);
    key.cell += static_cast<std::uint32_t>(detail::kBatch);
  }
}

}  // namespace cimforge::noise
