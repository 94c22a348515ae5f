// Golden texts beside the tests, written anew with CIMFORGE_ACCEPT=1.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge::picture {

inline void check_golden(const std::string& text, const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(CIMFORGE_PICTURE_GOLDEN) / name;
  if (std::getenv("CIMFORGE_ACCEPT") != nullptr) base::write_file_atomically(path, text);
  INFO("to accept the new text of golden/" << name << ", run with CIMFORGE_ACCEPT=1");
  CHECK(base::read_file(path) == text);
}

}  // namespace cimforge::picture
