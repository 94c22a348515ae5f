#include "flows/results_page/page.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "flows/results_page/page_files.h"
#include "generator/picture/text.h"

namespace cimforge::results_page {
namespace {

/// In the order of their imports.
constexpr std::array modules = {"dom.js",    "format.js",     "scale.js",          "data.js",
                                "table.js",  "charts_svg.js", "charts_echarts.js", "charts.js",
                                "filter.js", "waves.js",      "sweep.js",          "regression.js",
                                "main.js"};
constexpr const char* bundle = "echarts.js";

/// What ends a script, or begins a comment in one, cannot stand in JSON inside of HTML.
std::string without_tags(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

/// The template with each `{{name}}` replaced, in one pass: what is put in is not looked at.
std::string filled(std::string_view page,
                   const std::vector<std::pair<std::string_view, std::string>>& parts) {
  std::string text;
  for (;;) {
    const std::size_t begin = page.find("{{");
    text += page.substr(0, begin);
    if (begin == std::string_view::npos) return text;
    const std::size_t end = page.find("}}", begin);
    assert(end != std::string_view::npos);
    const std::string_view name = page.substr(begin + 2, end - begin - 2);
    for (const auto& [key, value] : parts) {
      if (key == name) text += value;
    }
    page.remove_prefix(end + 2);
  }
}

}  // namespace

bool has_bundled_charts() {
  return !chart_bundle().at(bundle).empty();
}

std::string joined(std::string_view module) {
  std::string text;
  while (!module.empty()) {
    const std::size_t end = std::min(module.find('\n'), module.size() - 1);
    std::string_view line = module.substr(0, end + 1);
    module.remove_prefix(end + 1);
    if (line.starts_with("import ")) continue;
    if (line.starts_with("export ")) line.remove_prefix(7);
    text += line;
  }
  return text;
}

std::string to_html(const nlohmann::ordered_json& document, Charts charts) {
  const std::map<std::string, std::string>& files = page_files();
  std::string script;
  for (const char* name : modules) script += joined(files.at(name)) + "\n";
  const bool is_sweep = document.at("kind") == "sweep";
  // What a tool printed need not be UTF-8.
  const std::string data =
      document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return filled(files.at("page.html"),
                {{"title", picture::escape(document.at("title").get<std::string>())},
                 {"kind", is_sweep ? "sweep" : "regression"},
                 {"style", files.at("style.css")},
                 {"data", without_tags(data)},
                 {"charts", charts == Charts::bundled ? chart_bundle().at(bundle) : std::string()},
                 {"script", script}});
}

}  // namespace cimforge::results_page
