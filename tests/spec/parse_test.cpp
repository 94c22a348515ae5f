#include "generator/spec/parse.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/keys.h"
#include "generator/spec/verilog_name.h"
#include "tests/catch.h"

namespace cimforge::spec {
namespace {
namespace fs = std::filesystem;

const std::string minimal =
    "name = \"sample\"\n"
    "kind = \"digital\"\n"
    "\n"
    "[array]\n"
    "rows = 64\n"
    "columns = 32\n"
    "\n"
    "[operands]\n"
    "input = \"int4\"\n"
    "weight = \"uint3\"\n";

/// All that is wrong with `text`, as the user sees it.
std::string mistakes(std::string_view text) {
  return base::to_string(parse(text, "m.toml").diagnostics);
}

/// What load() says of a file that is wrong.
std::string load_error(const fs::path& path) {
  try {
    static_cast<void>(load(path));
  } catch (const base::InputError& error) {
    return error.what();
  }
  return {};
}

std::string repeated(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("a minimal specification takes the documented defaults") {
  const ParseResult result = parse(minimal, "m.toml");
  REQUIRE(result.spec);
  MacroSpec expected;
  expected.name = "sample";
  expected.columns = 32;
  expected.weight = {false, 3};
  CHECK(*result.spec == expected);
  CHECK(result.spec->timing == Timing{10.0, 2.0, 2.0});
}

TEST_CASE("delays that are left out are a fifth of the clock period") {
  const auto timing = [](const std::string& text) {
    const ParseResult result = parse(minimal + "[timing]\n" + text, "m.toml");
    REQUIRE(result.spec);
    return result.spec->timing;
  };
  CHECK(timing("clock_period_ns = 1") == Timing{1.0, 0.2, 0.2});
  CHECK(timing("clock_period_ns = 0.7\ninput_delay_ns = 0.1") == Timing{0.7, 0.1, 0.14});
  CHECK(timing("clock_period_ns = 0.001") == Timing{0.001, 0.0, 0.0});
  CHECK(timing("clock_period_ns = 0.0025") == Timing{0.0025, 0.001, 0.001});
  CHECK(timing("output_delay_ns = -0.0") == Timing{10.0, 2.0, 0.0});
}

TEST_CASE("every format is read") {
  for (const std::string& name : format_names()) {
    const std::optional<IntegerFormat> format = format_named(name);
    REQUIRE(format);
    CHECK(format->name() == name);
  }
  CHECK(format_names().size() ==
        32 + 2 + 12 + 15);  // bipolar, ternary, floating point, bfp2 to bfp16
  for (const char* name : {"", "int", "int0", "int17", "int04", "Int4", " int4", "uint", "sint4"}) {
    CHECK_FALSE(format_named(name));
  }
}

TEST_CASE("line ends, a byte order mark and a missing last newline do not matter") {
  const ParseResult plain = parse(minimal, "m.toml");
  std::string windows;
  for (const char c : minimal) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  for (const std::string& text : {windows, "\xef\xbb\xbf" + minimal,
                                  minimal.substr(0, minimal.size() - 1), "\n\n" + minimal}) {
    CHECK(mistakes(text).empty());
    CHECK(parse(text, "m.toml").spec == plain.spec);
  }
  windows.replace(windows.find("64"), 2, "0");
  CHECK(mistakes(windows) ==
        "m.toml:5:8: error: rows must be between 1 and 4096, got 0 [rows-out-of-range]");
  windows.replace(windows.find("32"), 2, "x");
  CHECK(mistakes(windows) ==
        "m.toml:5:8: error: rows must be between 1 and 4096, got 0 [rows-out-of-range]\n"
        "m.toml:6:11: error: text needs quotes: columns = \"x\" [toml-syntax]");
}

TEST_CASE("an empty file is one mistake") {
  const std::string empty =
      "m.toml:1:1: error: the specification is empty; it needs name, kind, array.rows, "
      "array.columns, operands.input, operands.weight [empty-specification]";
  CHECK(mistakes("") == empty);
  CHECK(mistakes(" \n\t\n") == empty);
  CHECK(mistakes("\xef\xbb\xbf") == empty);
}

TEST_CASE("what is not text is one mistake") {
  using std::string_literals::operator""s;
  const std::string zero =
      ": error: not text in UTF-8: there is a zero byte in this line [not-text]";
  const std::string broken = ": error: not text in UTF-8: these bytes are no character [not-text]";
  CHECK(mistakes("\0\0\0"s) == "m.toml:1:1" + zero);
  CHECK(mistakes(minimal + "x = \"\0\""s) == "m.toml:11:1" + zero);
  CHECK(mistakes("\x7f"
                 "ELF\x02\x01\x01\0\0"s) == "m.toml:1:1" + zero);
  CHECK(mistakes("\xff\xfen\0a\0"s) == "m.toml:1:1" + zero);  // UTF-16
  CHECK(mistakes("name = \"a\xff\"\n") == "m.toml:1:9" + broken);
  CHECK(mistakes("\x80") == "m.toml:1:1" + broken);
  CHECK(mistakes("name = \"\xc3") == "m.toml:1:8" + broken);
  CHECK(mistakes("a = 1\nb = \"\xed\xa0\x80\"\n") == "m.toml:2:5" + broken);  // a surrogate
}

TEST_CASE("text that never ends is one mistake") {
  CHECK(mistakes("name = \"\"\"abc\nrows = 3\n") ==
        "m.toml:2:10: error: not TOML: encountered end-of-file (in the string) [toml-syntax]");
  CHECK(mistakes(minimal + "[output]\nbits = [1, 2,\n") ==
        "m.toml:12:15: error: not TOML: encountered end-of-file (in the array) [toml-syntax]");
}

TEST_CASE("text that is nested or long beyond reason is one mistake") {
  CHECK(mistakes(repeated("a.", 100'000) + "a = 1\n") ==
        "m.toml: error: more than 4096 dots: names are nested too deeply [toml-syntax]");
  CHECK(mistakes(std::string(2'000'000, '#')) ==
        "m.toml: error: longer than 1048576 bytes: this is no specification [too-long]");
  CHECK(mistakes("x = " + std::string(100'000, '['))
            .starts_with(
                "m.toml:1:261: error: not TOML: exceeded maximum nested value depth of 256"));
  CHECK(mistakes(repeated("a.", 4000) + "a = 1\n" + minimal) ==
        "m.toml:1:1: error: unknown table [a]; there are [array], [operands], [compute], "
        "[precision], [sparsity], [approximation], [analog], [hybrid], [memory], [logic], "
        "[floating], [output], [self_test], [repair], [protection], [scan], "
        "[timing] [unknown-table]");
  CHECK(mistakes(repeated("x = {x = ", 255) + "1" + repeated("}", 255)).size() < 2000);
  CHECK(mistakes(repeated("rows = 064\n", 1000)).size() < 4000);  // not a thousand lines
}

TEST_CASE("every keyword is refused as a name, and names near them are not") {
  const std::span<const std::string_view> keywords = verilog_keywords();
  CHECK(keywords.size() == 248);  // IEEE 1800-2017, annex B
  CHECK(std::is_sorted(keywords.begin(), keywords.end()));
  for (const std::string_view keyword : keywords) {
    const auto complaint = complaint_about_name(keyword);
    REQUIRE(complaint);
    CHECK(complaint->code == "name-keyword");
    CHECK_FALSE(complaint_about_name(std::string(keyword) + "_x"));
  }
  CHECK(complaint_about_name("macro\n"));  // `$` of some regular expressions lets it pass
  CHECK_FALSE(complaint_about_name("Module"));
  CHECK_FALSE(complaint_about_name("_"));
  CHECK_FALSE(complaint_about_name("cim"));
  CHECK_FALSE(complaint_about_name("CIM_x"));
  CHECK_FALSE(complaint_about_name(std::string(64, 'a')));
}

TEST_CASE("load reads a file and says all its mistakes") {
  const base::TemporaryDirectory scratch("cimforge-test");
  const fs::path path = scratch.path() / "m.toml";
  base::write_file_atomically(path, minimal);
  CHECK(load(path).columns == 32);
  base::write_file_atomically(
      path, "name = \"module\"\n" + minimal.substr(minimal.find('\n') + 1) + "rows = 3\n");
  CHECK(load_error(path) ==
        path.string() +
            ":1:8: error: name must not be a keyword of Verilog or SystemVerilog, got \"module\" "
            "[name-keyword]\n" +
            path.string() +
            ":11:1: error: unknown key 'rows' in [operands]; it belongs in [array] [unknown-key]");

  CHECK(load_error(scratch.path() / "none.toml") ==
        (scratch.path() / "none.toml").string() + ": No such file or directory");
  CHECK(load_error(scratch.path()) == scratch.path().string() + ": Is a directory");
  CHECK(load_error("/dev/zero") == "/dev/zero: longer than 1048576 bytes");
}

TEST_CASE("no mutation of a specification crashes the parser, and each is judged") {
  const std::uint32_t seed = 4711;
  std::mt19937 random(seed);
  const auto below = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  const std::vector<std::string> pieces{"[",  "]",   "{",    "}",  "\"", "'",   "\"\"\"", "=",
                                        ".",  ",",   "\n",   "\r", "#",  "-",   "\\",     "\xff",
                                        "[[", "]]",  "1e9",  "0x", "\t", "nan", "true",   "rows",
                                        "é",  "\\u", "1979", ":",  "_",  "+",   "int4",   "\x01"};
  const std::string full = minimal +
                           "[compute]\ninput_bits_per_cycle = 2\n[output]\nmode = \"saturate\"\n"
                           "bits = 9\nshift = 1\n[timing]\nclock_period_ns = 2.5\n";
  for (int i = 0; i < 5000; ++i) {
    std::string text = full;
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
      const std::size_t at = below(text.size());
      switch (below(3)) {
        case 0:
          text.insert(at, pieces[below(pieces.size())]);
          break;
        case 1:
          text.erase(at, 1 + below(5));
          break;
        default:
          text.replace(at, 1, pieces[below(pieces.size())]);
      }
    }
    INFO("seed " << seed << ", mutation " << i << ":\n" << text);
    const ParseResult result = parse(text, "m.toml");
    CHECK(result.spec.has_value() == result.diagnostics.empty());
    CHECK(result.diagnostics.size() < 40);
    std::set<std::string> seen;
    for (const base::Diagnostic& diagnostic : result.diagnostics) {
      CHECK(diagnostic.location.line >= 1);
      CHECK(diagnostic.location.column >= 1);
      CHECK(diagnostic.message.find('\n') == std::string::npos);
      CHECK(seen.insert(base::to_string(diagnostic)).second);
    }
    if (result.spec) {
      const ParseResult again = parse(to_toml(*result.spec), "m.toml");
      CHECK(again.spec == result.spec);
    }
  }
}

}  // namespace cimforge::spec
