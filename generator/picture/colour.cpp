#include "generator/picture/colour.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

namespace cimforge::picture {
namespace {

using Colour = std::array<int, 3>;

/// Viridis by S. van der Walt and N. Smith, at 17 even places: even in lightness, CC0.
/// https://bids.github.io/colormap/
constexpr std::array<Colour, 17> viridis = {{{0x44, 0x01, 0x54},
                                             {0x48, 0x18, 0x6a},
                                             {0x47, 0x2d, 0x7b},
                                             {0x42, 0x40, 0x86},
                                             {0x3b, 0x52, 0x8b},
                                             {0x33, 0x63, 0x8d},
                                             {0x2c, 0x72, 0x8e},
                                             {0x26, 0x82, 0x8e},
                                             {0x21, 0x91, 0x8c},
                                             {0x1f, 0xa0, 0x88},
                                             {0x28, 0xae, 0x80},
                                             {0x3f, 0xbc, 0x73},
                                             {0x5e, 0xc9, 0x62},
                                             {0x84, 0xd4, 0x4b},
                                             {0xad, 0xdc, 0x30},
                                             {0xd8, 0xe2, 0x19},
                                             {0xfd, 0xe7, 0x25}}};

/// RdBu with 11 classes, from blue to red, by Cynthia A. Brewer, Apache-2.0.
/// https://colorbrewer2.org/?type=diverging&scheme=RdBu&n=11
constexpr std::array<Colour, 11> blue_white_red = {{{0x05, 0x30, 0x61},
                                                    {0x21, 0x66, 0xac},
                                                    {0x43, 0x93, 0xc3},
                                                    {0x92, 0xc5, 0xde},
                                                    {0xd1, 0xe5, 0xf0},
                                                    {0xf7, 0xf7, 0xf7},
                                                    {0xfd, 0xdb, 0xc7},
                                                    {0xf4, 0xa5, 0x82},
                                                    {0xd6, 0x60, 0x4d},
                                                    {0xb2, 0x18, 0x2b},
                                                    {0x67, 0x00, 0x1f}}};

}  // namespace

std::string map_colour(ColourMap map, double share) {
  const std::span<const Colour> samples = map == ColourMap::sequential
                                              ? std::span<const Colour>(viridis)
                                              : std::span<const Colour>(blue_white_red);
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(samples.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), samples.size() - 2);
  const double part = place - static_cast<double>(below);
  const auto channel = [&](std::size_t i) {
    const int from = samples[below][i];
    const int to = samples[below + 1][i];
    return static_cast<int>(std::lround(from + part * (to - from)));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", channel(0), channel(1), channel(2));
}

}  // namespace cimforge::picture
