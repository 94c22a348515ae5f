#include "tests/picture/xml.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace cimforge::picture {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Element document() {
    if (starts("<!DOCTYPE html>")) at_ += std::string_view("<!DOCTYPE html>").size();
    space();
    Element root = element();
    space();
    if (at_ != text_.size()) fail("text after the root element");
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw XmlError(what + " at byte " + std::to_string(at_) + ": " +
                   std::string(text_.substr(std::min(at_, text_.size()), 40)));
  }
  [[nodiscard]] bool starts(std::string_view what) const {
    return text_.substr(std::min(at_, text_.size())).starts_with(what);
  }
  char next() {
    if (at_ >= text_.size()) fail("the text ends");
    return text_[at_++];
  }
  void expect(std::string_view what) {
    if (!starts(what)) fail("no " + std::string(what));
    at_ += what.size();
  }
  void space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  std::string name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '-' || text_[at_] == ':')) {
      ++at_;
    }
    if (begin == at_ || std::isalpha(static_cast<unsigned char>(text_[begin])) == 0) {
      fail("no name");
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  /// One character or reference of an attribute or a text.
  std::string character() {
    static const std::map<std::string, std::string> references = {
        {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"#39", "'"}, {"#13", "\r"}};
    const char c = next();
    if (c == '<' || (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')) {
      --at_;
      fail("a character that must not stand here");
    }
    if (c != '&') return {c};
    const std::size_t end = text_.find(';', at_);
    const auto found = references.find(std::string(text_.substr(at_, end - at_)));
    if (end == std::string_view::npos || found == references.end()) fail("an unknown reference");
    at_ = end + 1;
    return found->second;
  }

  Element element() {
    expect("<");
    Element result;
    result.name = name();
    while (true) {
      const std::size_t before = at_;
      space();
      if (starts("/>")) {
        at_ += 2;
        return result;
      }
      if (starts(">")) break;
      if (before == at_) fail("no space before an attribute");
      const std::string key = name();
      expect("=\"");
      std::string value;
      while (!starts("\"")) value += character();
      expect("\"");
      if (!result.attributes.emplace(key, value).second) fail("an attribute twice: " + key);
    }
    expect(">");
    while (!starts("</")) {
      if (starts("<")) {
        result.children.push_back(element());
      } else {
        result.text += character();
      }
    }
    expect("</" + result.name + ">");
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void collect(const Element& element, std::string_view tag, std::string_view css_class,
             std::vector<const Element*>& found) {
  for (const Element& child : element.children) {
    const std::string classes = ' ' + child.at("class") + ' ';
    if (child.name == tag && (css_class.empty() || classes.find(' ' + std::string(css_class) +
                                                                ' ') != std::string::npos)) {
      found.push_back(&child);
    }
    collect(child, tag, css_class, found);
  }
}

}  // namespace

std::string Element::at(const std::string& attribute) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? "" : found->second;
}

std::vector<const Element*> Element::all(std::string_view tag, std::string_view css_class) const {
  std::vector<const Element*> found;
  collect(*this, tag, css_class, found);
  return found;
}

Element parse_xml(std::string_view text) {
  return Reader(text).document();
}

}  // namespace cimforge::picture
