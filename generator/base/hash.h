// SHA-256, for specifications and emitted files.
#pragma once

#include <string>
#include <string_view>

namespace cimforge::base {

/// The SHA-256 of `text` as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view text);

}  // namespace cimforge::base
