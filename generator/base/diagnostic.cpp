#include "generator/base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace cimforge::base {

std::string to_string(const Diagnostic& diagnostic) {
  const SourceLocation& at = diagnostic.location;
  const std::string place =
      at.line == 0 ? at.file : fmt::format("{}:{}:{}", at.file, at.line, at.column);
  return fmt::format("{}: error: {} [{}]", place, diagnostic.message, diagnostic.code);
}

void sort_by_place(Diagnostics& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.location.file, a.location.line, a.location.column) <
                            std::tie(b.location.file, b.location.line, b.location.column);
                   });
}

std::string to_string(const Diagnostics& diagnostics) {
  Diagnostics sorted = diagnostics;
  sort_by_place(sorted);
  std::string text;
  for (const Diagnostic& diagnostic : sorted) {
    if (!text.empty()) text += '\n';
    text += to_string(diagnostic);
  }
  return text;
}

}  // namespace cimforge::base
