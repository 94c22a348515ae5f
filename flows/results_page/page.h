// One HTML file that shows a directory of results, with data, style and script in it: nothing is
// loaded, and it works from a disk.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace cimforge::results_page {

enum class Charts {
  bundled,  ///< ECharts, where the program was built with it
  plain,    ///< SVG by the page's own script
};

/// Whether the program was built with ECharts.
bool has_bundled_charts();

/// The page of a document (document.h).
std::string to_html(const nlohmann::ordered_json& document, Charts charts = Charts::bundled);

/// Modules of JavaScript as one script: lines of `import` go, and the word `export`. An import
/// stands on one line, and a name in two modules is a mistake that the tests find.
std::string joined(std::string_view module);

}  // namespace cimforge::results_page
