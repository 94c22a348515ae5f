// March tests: sequences of reads and writes that are applied to every address of a memory, one
// element after the other (van de Goor, "Using March tests to test SRAMs", IEEE Design & Test 10
// (1993); docs/self_test.md).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cimforge::spec {

/// A read that expects the bit, or a write of it: the bit of a data background, or its inverse.
struct MarchOperation {
  bool is_read = false;
  bool bit = false;
  bool operator==(const MarchOperation&) const = default;
};

/// The order in which addresses are visited; `either` is done upwards.
enum class MarchOrder { either, up, down };

/// All operations at one address, then at the next one.
struct MarchElement {
  MarchOrder order = MarchOrder::either;
  std::vector<MarchOperation> operations;
  bool operator==(const MarchElement&) const = default;
};

using March = std::vector<MarchElement>;

/// Operations that a march test has at most, all elements together.
inline constexpr int most_march_operations = 64;

/// A march test of the literature.
struct NamedMarch {
  const char* name;
  const char* text;
  const char* source;
};
std::span<const NamedMarch> named_marches();

/// What is wrong with the text of a march test: what it must be, and why.
struct MarchMistake {
  std::string text;
};

/// The march test of that name, or with those elements: `b(w0); u(r0,w1); d(r1,w0); b(r0)`, where u
/// is upwards, d downwards and b either; braces around it, blanks and a last semicolon may be
/// there. Consistent: it begins with a write, has a read, and a read expects what was written last.
std::variant<March, MarchMistake> march_of(std::string_view text);

/// The elements as `march_of` reads them.
std::string to_text(const March& march);

/// Operations at one address, all elements together.
int operations_of(const March& march);

}  // namespace cimforge::spec
