#include "generator/verilog/expression.h"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace cimforge::verilog {
namespace {

using Kind = ExpressionNode::Kind;

Expression make(Kind kind, std::string text, std::vector<Expression> operands = {}) {
  return Expression(std::make_shared<const ExpressionNode>(
      ExpressionNode{kind, std::move(text), std::move(operands)}));
}

/// The value of a plain decimal number.
std::optional<std::int64_t> decimal(const Expression& expression) {
  const ExpressionNode& node = expression.node();
  if (node.kind != Kind::text || node.text.empty() ||
      node.text.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return std::stoll(node.text);
}

/// Numbers are folded, so that a range reads [63:0] and not [64 - 1:0].
Expression binary(const char* operation, const Expression& a, const Expression& b) {
  const auto x = decimal(a);
  const auto y = decimal(b);
  if (x && y) {
    switch (operation[0]) {
      case '+':
        return integer(*x + *y);
      case '-':
        if (*x >= *y) return integer(*x - *y);
        break;
      case '*':
        return integer(*x * *y);
      default:
        break;
    }
  }
  if (operation[0] == '*' && x == 1) return b;
  if (operation[0] == '*' && y == 1) return a;
  return make(Kind::binary, operation, {a, b});
}

/// Higher binds tighter; IEEE 1364-2005, table 5-4.
int precedence(const ExpressionNode& node) {
  static const std::map<std::string, int> of_binary = {
      {"*", 10}, {"/", 10}, {"%", 10}, {"+", 9}, {"-", 9}, {"<<", 8}, {"<", 7},
      {"!=", 6}, {"&", 5},  {"^", 4}, {"|", 3}};
  switch (node.kind) {
    case Kind::binary:
      return of_binary.at(node.text);
    case Kind::conditional:
      return 1;
    case Kind::unary:
      return 11;
    default:
      return 12;
  }
}

/// `minimum` is the precedence below which parentheses are needed.
std::string print_in(const Expression& expression, int minimum) {
  const ExpressionNode& node = expression.node();
  const int own = precedence(node);
  const auto operand = [&](std::size_t i, int least) {
    return print_in(node.operands[i], least);
  };
  std::string text;
  switch (node.kind) {
    case Kind::identifier:
    case Kind::text:
      text = node.text;
      break;
    case Kind::select:
      text = fmt::format("{}[{}]", operand(0, 12), operand(1, 0));
      break;
    case Kind::part:
      text = fmt::format("{}[{} +: {}]", operand(0, 12), operand(1, 0), operand(2, 0));
      break;
    case Kind::concatenation:
      for (std::size_t i = 0; i < node.operands.size(); ++i) {
        text += (i == 0 ? "" : ", ") + operand(i, 0);
      }
      text = "{" + text + "}";
      break;
    case Kind::replication:
      text = fmt::format("{{{}{{{}}}}}", operand(0, 12), operand(1, 0));
      break;
    case Kind::unary:
      text = node.text + operand(0, own);
      break;
    case Kind::binary:
      text = fmt::format("{} {} {}", operand(0, own), node.text, operand(1, own + 1));
      break;
    case Kind::conditional:
      text = fmt::format("{} ? {} : {}", operand(0, own + 1), operand(1, own), operand(2, own));
      break;
  }
  return own < minimum ? "(" + text + ")" : text;
}

}  // namespace

Expression id(const std::string& name) { return make(Kind::identifier, name); }
Expression integer(std::int64_t value) { return make(Kind::text, std::to_string(value)); }
Expression literal(int width, std::uint64_t value) {
  return make(Kind::text, fmt::format("{}'d{}", width, value));
}
Expression literal_hex(int width, std::uint64_t value) {
  return make(Kind::text, fmt::format("{}'h{:0{}x}", width, value, (width + 3) / 4));
}
Expression select(const Expression& base, const Expression& index) {
  return make(Kind::select, "", {base, index});
}
Expression part(const Expression& base, const Expression& low, const Expression& width) {
  return make(Kind::part, "", {base, low, width});
}
Expression concatenation(std::vector<Expression> parts) {
  return make(Kind::concatenation, "", std::move(parts));
}
Expression replication(const Expression& count, const Expression& value) {
  return make(Kind::replication, "", {count, value});
}

Expression operator~(const Expression& a) { return make(Kind::unary, "~", {a}); }
Expression operator&(const Expression& a, const Expression& b) { return binary("&", a, b); }
Expression operator|(const Expression& a, const Expression& b) { return binary("|", a, b); }
Expression operator^(const Expression& a, const Expression& b) { return binary("^", a, b); }
Expression operator+(const Expression& a, const Expression& b) { return binary("+", a, b); }
Expression operator-(const Expression& a, const Expression& b) { return binary("-", a, b); }
Expression operator*(const Expression& a, const Expression& b) { return binary("*", a, b); }
Expression operator/(const Expression& a, const Expression& b) { return binary("/", a, b); }
Expression operator%(const Expression& a, const Expression& b) { return binary("%", a, b); }
Expression shift_left(const Expression& a, const Expression& b) { return binary("<<", a, b); }
Expression less(const Expression& a, const Expression& b) { return binary("<", a, b); }
Expression not_equal(const Expression& a, const Expression& b) { return binary("!=", a, b); }
Expression conditional(const Expression& condition, const Expression& yes, const Expression& no) {
  return make(Kind::conditional, "", {condition, yes, no});
}

std::string print(const Expression& expression) { return print_in(expression, 0); }

std::vector<std::string> identifiers(const Expression& expression) {
  const ExpressionNode& node = expression.node();
  if (node.kind == Kind::identifier) return {node.text};
  std::vector<std::string> names;
  for (const Expression& operand : node.operands) {
    for (std::string& name : identifiers(operand)) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace cimforge::verilog
