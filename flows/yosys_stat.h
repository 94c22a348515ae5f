// What Yosys' `stat` prints, which differs from version to version: read here and nowhere else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cimforge::flows {

struct StatModule {
  std::map<std::string, std::int64_t> cells_by_type;  ///< its own cells; instances of modules too
  /// The area of its own library cells; nothing where Yosys prints none, as it does for 0.
  std::optional<double> area_um2;
};

struct YosysStat {
  std::map<std::string, StatModule> modules;  ///< by name, without the leading backslash
  std::optional<double> top_area_um2;         ///< of the whole hierarchy, where there is one
};

/// Joins the output of `stat -json`, which counts cells, and of `stat -liberty FILE`, which has the
/// areas. Tested on captured output of Yosys 0.23 and 0.55. Throws base::ToolError that names the
/// version where the text is of another shape.
YosysStat parse_stat(std::string_view yosys_version, std::string_view json_output,
                     std::string_view area_output);

}  // namespace cimforge::flows
