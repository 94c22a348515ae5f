#include "generator/picture/text.h"

#include <clocale>
#include <cmath>
#include <limits>

#include "generator/picture/number.h"
#include "tests/catch.h"

namespace cimforge::picture {
namespace {

TEST_CASE("Texts are escaped, and what is no text is replaced") {
  CHECK(escape("a < b & \"c\" > 'd'") == "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
  CHECK(escape("µ 10⁻⁶ ≤ 😀") == "µ 10⁻⁶ ≤ 😀");
  const std::string replaced = "\ufffd";
  CHECK(escape(std::string("a\0b\x1b", 4)) == "a" + replaced + "b" + replaced);
  CHECK(escape("\xff") == replaced);
  CHECK(escape("\xc0\xaf") == replaced + replaced);                 // longer than needed
  CHECK(escape("\xed\xa0\x80") == replaced + replaced + replaced);  // half of a pair
  CHECK(escape("\xef\xbf\xbf") == replaced + replaced + replaced);  // U+FFFF
  CHECK(escape("\xe2\x82") == replaced + replaced);                 // cut off
}

TEST_CASE("Texts are cut and broken to a width") {
  CHECK(shortened("short", 12.0, 100.0) == "short");
  const std::string cut = shortened("much longer than the room", 12.0, 60.0);
  CHECK(cut.ends_with("…"));
  CHECK(text_width(cut, 12.0) <= 60.0);
  CHECK(wrapped("", 12.0, 100.0, 2).empty());
  CHECK(wrapped("one two three", 12.0, 54.0, 3) == std::vector<std::string>{"one two", "three"});
  const auto lines = wrapped("one two three four five six", 12.0, 54.0, 2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].starts_with("three"));
  CHECK(lines[1].ends_with("…"));
}

TEST_CASE("Numbers are the same texts in every locale") {
  const auto check = [] {
    CHECK(coordinate(12.34) == "12.3");
    CHECK(coordinate(-0.04) == "0");
    CHECK(coordinate(100.0) == "100");
    CHECK(coordinate(1e30) == "20000");
    CHECK(fixed(-0.5, 2) == "−0.50");
    CHECK(fixed(-0.001, 1) == "0.0");
    CHECK(short_number(0.125) == "0.125");
    CHECK(short_number(-1234.5678) == "−1235");
    CHECK(short_number(3.2e-9) == "3.2×10⁻⁹");
    CHECK(short_number(1e12) == "1×10¹²");
    CHECK(short_number(0.0) == "0");
    CHECK(short_number(std::nan("")) == "not a number");
    CHECK(counted(1, "value") == "1 value");
    CHECK(counted(0, "value") == "0 values");
  };
  check();
  if (std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr) check();
  std::setlocale(LC_ALL, "C");
  CHECK_FALSE(drawable(std::numeric_limits<double>::infinity()));
  CHECK_FALSE(drawable(std::numeric_limits<double>::max()));
  CHECK(drawable(0.0));
}

}  // namespace
}  // namespace cimforge::picture
