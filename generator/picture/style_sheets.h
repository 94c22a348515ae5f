// The style sheets beside this file, as texts in the program.
#pragma once

#include <map>
#include <string>

namespace cimforge::picture {

/// `chart.css` and `page.css` -> their texts. Made by cimforge_embed().
const std::map<std::string, std::string>& style_sheets();

}  // namespace cimforge::picture
