// The version of cimforge.
#pragma once

#include <string_view>

namespace cimforge::base {

/// `MAJOR.MINOR.PATCH`, from CMakeLists.txt.
std::string_view version();

}  // namespace cimforge::base
