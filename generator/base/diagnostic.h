// Diagnostics: what is wrong with a user's input, where, and what would be right. They are
// collected and returned, never thrown, so that all mistakes of a file are reported at once.
#pragma once

#include <string>
#include <vector>

namespace cimforge::base {

/// A place in a text: 1-based line and column; 0 where the whole file is meant.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One mistake. `code` is stable (`rows-out-of-range`); `message` names the offending value and
/// what would be right.
struct Diagnostic {
  std::string code;
  SourceLocation location;
  std::string message;
};

/// `file:line:column: error: message [code]`; without line and column where they are 0.
std::string to_string(const Diagnostic& diagnostic);

/// A list of diagnostics; empty means no mistakes.
using Diagnostics = std::vector<Diagnostic>;

/// Sorts by file, line and column; diagnostics of one place keep their order.
void sort_by_place(Diagnostics& diagnostics);

/// One line for each diagnostic, in the order of their places, without a trailing newline.
std::string to_string(const Diagnostics& diagnostics);

}  // namespace cimforge::base
