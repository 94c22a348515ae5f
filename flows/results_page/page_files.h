// The files of the folder `page`, as texts in the program. Made by cimforge_embed().
#pragma once

#include <map>
#include <string>

namespace cimforge::results_page {

/// `page.html`, `style.css`, the modules of the script.
const std::map<std::string, std::string>& page_files();

/// `echarts.js`: the plotting library as one script, empty where the program was built without npm.
const std::map<std::string, std::string>& chart_bundle();

}  // namespace cimforge::results_page
