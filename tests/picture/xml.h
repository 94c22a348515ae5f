// A strict reader of the XML that charts and pages are made of: enough to say whether a text is
// well-formed and to find what was drawn.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cimforge::picture {

/// An element; its attributes and texts have their references resolved.
struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  ///< its own, without that of its children
  std::vector<Element> children;

  /// The attribute; empty where there is none.
  [[nodiscard]] std::string at(const std::string& attribute) const;
  /// All elements below with this name and, in their list of classes, this class; "" is any.
  [[nodiscard]] std::vector<const Element*> all(std::string_view tag,
                                                std::string_view css_class = "") const;
};

/// What is not well-formed, and where.
class XmlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The root element. Throws XmlError.
Element parse_xml(std::string_view text);

}  // namespace cimforge::picture
