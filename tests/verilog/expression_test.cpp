#include "generator/verilog/expression.h"

#include "tests/catch.h"

namespace cimforge::verilog {
namespace {

const Expression a = id("a");
const Expression b = id("b");
const Expression c = id("c");

}  // namespace

TEST_CASE("leaves print as themselves", "[verilog]") {
  CHECK(print(a) == "a");
  CHECK(print(integer(12)) == "12");
  CHECK(print(integer(-3)) == "-3");
  CHECK(print(literal(4, 12)) == "4'd12");
  CHECK(print(literal_hex(16, 255)) == "16'h00ff");
  CHECK(print(literal_hex(1, 1)) == "1'h1");
  CHECK(print(literal_hex(5, 31)) == "5'h1f");
  CHECK(print(literal_hex(64, ~std::uint64_t{0})) == "64'hffffffffffffffff");
}

TEST_CASE("parentheses stand where precedence asks for them", "[verilog]") {
  CHECK(print(a + b * c) == "a + b * c");
  CHECK(print((a + b) * c) == "(a + b) * c");
  CHECK(print(a - b - c) == "a - b - c");
  CHECK(print(a - (b - c)) == "a - (b - c)");
  CHECK(print(a - (b + c)) == "a - (b + c)");
  CHECK(print(a + (b + c)) == "a + (b + c)");
  CHECK(print(a / b * c) == "a / b * c");
  CHECK(print(a / (b * c)) == "a / (b * c)");
  CHECK(print(a % b % c) == "a % b % c");
  CHECK(print(~a & b) == "~a & b");
  CHECK(print(~(a & b)) == "~(a & b)");
  CHECK(print(~~a) == "~~a");
  CHECK(print(a | b ^ c & a) == "a | b ^ c & a");
  CHECK(print(((a | b) ^ c) & a) == "((a | b) ^ c) & a");
  CHECK(print(shift_left(a + b, c)) == "a + b << c");
  CHECK(print(a + shift_left(b, c)) == "a + (b << c)");
  CHECK(print(shift_left(a, shift_left(b, c))) == "a << (b << c)");
  CHECK(print(not_equal(a & b, c)) == "(a & b) != c");
  CHECK(print(not_equal(a, b) & c) == "a != b & c");
  CHECK(print(less(a, b + c)) == "a < b + c");
  CHECK(print(less(less(a, b), c)) == "a < b < c");
  CHECK(print(less(a, less(b, c))) == "a < (b < c)");
}

TEST_CASE("a conditional binds last and to the right", "[verilog]") {
  CHECK(print(conditional(not_equal(a, b), a | b, c)) == "a != b ? a | b : c");
  CHECK(print(conditional(a, b, conditional(b, c, a))) == "a ? b : b ? c : a");
  CHECK(print(conditional(conditional(a, b, c), b, c)) == "(a ? b : c) ? b : c");
  CHECK(print(conditional(a, b, c) + c) == "(a ? b : c) + c");
  CHECK(print(~conditional(a, b, c)) == "~(a ? b : c)");
}

TEST_CASE("selects and braces hold any expression without parentheses", "[verilog]") {
  CHECK(print(select(a, b + c)) == "a[b + c]");
  CHECK(print(part(a, b * c, id("N"))) == "a[b * c +: N]");
  CHECK(print(concatenation({a | b, c, literal(1, 0)})) == "{a | b, c, 1'd0}");
  CHECK(print(replication(id("N"), a & b)) == "{N{a & b}}");
  CHECK(print(replication(integer(3) * id("N"), a)) == "{(3 * N){a}}");
  CHECK(print(~select(a, integer(0))) == "~a[0]");
}

TEST_CASE("decimal numbers are folded, sized ones are not", "[verilog]") {
  CHECK(print(integer(64) - integer(1)) == "63");
  CHECK(print(integer(2) + integer(3)) == "5");
  CHECK(print(integer(4) * integer(5)) == "20");
  CHECK(print(integer(1) * a) == "a");
  CHECK(print(a * integer(1)) == "a");
  CHECK(print(integer(2) * a) == "2 * a");
  CHECK(print(a * integer(0)) == "a * 0");
  CHECK(print(integer(4) * a - integer(1)) == "4 * a - 1");
  CHECK(print((integer(2) + integer(3)) * a) == "5 * a");
  CHECK(print(integer(1) - integer(2)) == "1 - 2");  // no negative ranges by accident
  CHECK(print(integer(7) / integer(2)) == "7 / 2");
  CHECK(print(literal(4, 1) + literal(4, 2)) == "4'd1 + 4'd2");
}

TEST_CASE("identifiers come in the order of the text", "[verilog]") {
  CHECK(identifiers(literal(4, 1)).empty());
  CHECK(identifiers(part(a, b * integer(2), c) + a) ==
        std::vector<std::string>{"a", "b", "c", "a"});
  CHECK(identifiers(conditional(a, replication(b, c), concatenation({c, b}))) ==
        std::vector<std::string>{"a", "b", "c", "c", "b"});
}

}  // namespace cimforge::verilog
