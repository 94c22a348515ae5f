// Colours that readers with any colour vision can tell apart. Those of series are in chart.css.
#pragma once

#include <cstddef>
#include <string>

#include "generator/picture/chart.h"

namespace cimforge::picture {

/// Series have this many colours; then they begin again, with dashed lines.
inline constexpr std::size_t series_colours = 8;

/// The colour of a map at `share` of its way, 0 to 1, as `#rrggbb`.
std::string map_colour(ColourMap map, double share);

}  // namespace cimforge::picture
