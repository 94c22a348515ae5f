// Texts in XML, and how much room they take.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::picture {

/// `text` for the content or an attribute of an XML element. A character that XML cannot hold and a
/// byte that is not UTF-8 become U+FFFD.
std::string escape(std::string_view text);

/// About the width of a text in a sans-serif font of this size.
double text_width(std::string_view text, double size);

/// The text, or its beginning and an ellipsis where it is wider than `width`.
std::string shortened(const std::string& text, double size, double width);

/// Lines of at most `width`, broken at spaces; at most `most`, the last one shortened.
std::vector<std::string> wrapped(const std::string& text, double size, double width,
                                 std::size_t most);

}  // namespace cimforge::picture
