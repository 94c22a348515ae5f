// Golden texts: files beside the tests that hold what the code is to print. With CIMFORGE_ACCEPT=1
// in the environment a test writes them instead of comparing.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "generator/base/file.h"
#include "tests/catch.h"

namespace cimforge::spec {

inline void check_golden(const std::filesystem::path& path, const std::string& text) {
  if (std::getenv("CIMFORGE_ACCEPT") != nullptr) base::write_file_atomically(path, text);
  INFO("to accept the new text of " << path.string() << ", run with CIMFORGE_ACCEPT=1");
  CHECK(base::read_file(path) == text);
}

}  // namespace cimforge::spec
