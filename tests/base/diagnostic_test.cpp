#include "generator/base/diagnostic.h"

#include "generator/base/exit_status.h"
#include "generator/base/version.h"
#include "tests/catch.h"

namespace cimforge::base {
namespace {

// Member by member: g++ 12 at -O3 warns of its own nested initialisers (maybe-uninitialized).
Diagnostic diagnostic(const char* code, const char* file, int line, int column,
                      const char* message) {
  Diagnostic made;
  made.code = code;
  made.location.file = file;
  made.location.line = line;
  made.location.column = column;
  made.message = message;
  return made;
}

}  // namespace

TEST_CASE("a diagnostic names place, mistake and code") {
  CHECK(to_string(diagnostic("rows-out-of-range", "macro.toml", 7, 8,
                             "rows must be between 1 and 4096, got 0")) ==
        "macro.toml:7:8: error: rows must be between 1 and 4096, got 0 [rows-out-of-range]");
  CHECK(to_string(diagnostic("not-text", "macro.toml", 0, 0, "not text")) ==
        "macro.toml: error: not text [not-text]");
}

TEST_CASE("diagnostics are printed in the order of their places") {
  const Diagnostics diagnostics{
      diagnostic("c", "f", 10, 1, "third"), diagnostic("b", "f", 9, 12, "second"),
      diagnostic("a", "f", 9, 2, "first"), diagnostic("d", "f", 10, 1, "fourth"),
      diagnostic("w", "f", 0, 0, "whole file")};
  CHECK(to_string(diagnostics) ==
        "f: error: whole file [w]\n"
        "f:9:2: error: first [a]\n"
        "f:9:12: error: second [b]\n"
        "f:10:1: error: third [c]\n"
        "f:10:1: error: fourth [d]");
  CHECK(to_string(Diagnostics{}).empty());
}

TEST_CASE("errors carry the exit status of the design") {
  CHECK(static_cast<int>(InputError("x").status()) == 2);
  CHECK(static_cast<int>(ToolError("x").status()) == 3);
  CHECK(std::string(InputError("what").what()) == "what");
}

TEST_CASE("the version is the project's") {
  CHECK(version() == CIMFORGE_VERSION);
}

}  // namespace cimforge::base
