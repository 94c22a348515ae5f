// Text of a user's file as it is shown in a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cimforge::base {

/// `text` on one line: control characters become `\xNN`, and what follows the first `longest` bytes
/// becomes `...`.
std::string on_one_line(std::string_view text, std::size_t longest = 60);

/// The same in double quotes.
std::string in_quotes(std::string_view text);

/// The same as it stands in a table of Markdown: nothing in it is markup.
std::string markdown_cell(std::string_view text, std::size_t longest = 300);

/// A word as a shell takes it: as it is, or in single quotes.
std::string shell_quoted(std::string_view word);

}  // namespace cimforge::base
