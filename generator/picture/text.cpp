#include "generator/picture/text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cimforge::picture {
namespace {

constexpr std::string_view replacement = "\ufffd";

/// The bytes of the character at the start of `text`; 0 where they are not UTF-8 (RFC 3629) or not
/// allowed in XML 1.0.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) {
    return (first >= 0x20 || first == '\t' || first == '\n' || first == '\r') ? 1 : 0;
  }
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return 0;
  std::uint32_t code = first & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least[bytes] || code > 0x10ffff || surrogate || code == 0xfffe || code == 0xffff) {
    return 0;
  }
  return bytes;
}

/// Calls `use` with each character, or with U+FFFD for a byte that is none.
template <typename Use>
void for_each_character(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    use(bytes == 0 ? replacement : text.substr(0, bytes));
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

/// Width in units of the font size. That of DejaVu Sans, the widest of the usual fonts: elsewhere
/// there is a little too much room.
double character_width(std::string_view character) {
  const char c = character[0];
  if (character.size() > 1) return character == "\u2026" ? 1.0 : 0.65;
  if (std::string_view("ijl'|I").find(c) != std::string_view::npos) return 0.29;
  if (std::string_view(" ftr.,:;!()[]/\\-").find(c) != std::string_view::npos) return 0.38;
  if (std::string_view("mMwW%@").find(c) != std::string_view::npos) return 0.93;
  if (c >= 'A' && c <= 'Z') return 0.71;
  return 0.62;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string result;
  for_each_character(text, [&](std::string_view character) {
    switch (character[0]) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      case '\r':
        result += "&#13;";
        break;
      default:
        result += character;
    }
  });
  return result;
}

double text_width(std::string_view text, double size) {
  double width = 0.0;
  for_each_character(text,
                     [&](std::string_view character) { width += character_width(character); });
  return width * size;
}

std::string shortened(const std::string& text, double size, double width) {
  if (text_width(text, size) <= width) return text;
  const double room = width - size;  // the ellipsis takes one
  std::string kept;
  double used = 0.0;
  bool full = false;
  for_each_character(text, [&](std::string_view character) {
    used += character_width(character) * size;
    full = full || used > room;
    if (!full) kept += character;
  });
  kept.erase(kept.find_last_not_of(' ') + 1);
  return kept + "\u2026";
}

std::vector<std::string> wrapped(const std::string& text, double size, double width,
                                 std::size_t most) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    const std::string longer = line.empty() ? word : line + ' ' + word;
    const bool last = lines.size() + 1 == most;
    if (last || line.empty() || text_width(longer, size) <= width) {
      line = longer;
    } else {
      lines.push_back(std::exchange(line, word));
    }
  }
  if (!line.empty()) lines.push_back(line);
  for (std::string& each : lines) each = shortened(each, size, width);
  return lines;
}

}  // namespace cimforge::picture
