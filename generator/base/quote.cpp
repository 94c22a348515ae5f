#include "generator/base/quote.h"

#include <fmt/format.h>

namespace cimforge::base {

std::string on_one_line(std::string_view text, std::size_t longest) {
  std::size_t end = text.size();
  if (end > longest) {
    end = longest;
    // Never between the bytes of one UTF-8 character: 10xxxxxx continues it.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  }
  std::string shown;
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  return end < text.size() ? shown + "..." : shown;
}

std::string in_quotes(std::string_view text) {
  return '"' + on_one_line(text) + '"';
}

std::string markdown_cell(std::string_view text, std::size_t longest) {
  std::string cell;
  for (const char c : on_one_line(text, longest)) {
    if (c == '|' || c == '<' || c == '*' || c == '`' || c == '_') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace cimforge::base
