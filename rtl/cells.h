// The leaf cells of rtl/, written by hand in Verilog, as texts inside the program.
#pragma once

#include <map>
#include <string>

namespace cimforge::rtl {

/// File name (`cim_full_adder.v`) -> text. Every file holds one module with the file's name.
const std::map<std::string, std::string>& cells();

}  // namespace cimforge::rtl
