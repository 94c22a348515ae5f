// Expressions of plain Verilog-2005, as values. The printer sets parentheses from precedence.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cimforge::verilog {

struct ExpressionNode;

/// An immutable expression; cheap to copy.
class Expression {
 public:
  explicit Expression(std::shared_ptr<const ExpressionNode> node) : node_(std::move(node)) {}
  [[nodiscard]] const ExpressionNode& node() const { return *node_; }

 private:
  std::shared_ptr<const ExpressionNode> node_;
};

struct ExpressionNode {
  enum class Kind { identifier, text, select, part, concatenation, replication, unary, binary,
                    conditional };
  Kind kind = Kind::text;
  std::string text;  ///< identifier, literal or operator
  std::vector<Expression> operands;
};

Expression id(const std::string& name);                     ///< name
Expression integer(std::int64_t value);                     ///< 12, for parameters and ranges
Expression literal(int width, std::uint64_t value);         ///< 4'd12
Expression literal_hex(int width, std::uint64_t value);     ///< 16'h00ff
Expression select(const Expression& base, const Expression& index);  ///< base[index]
Expression part(const Expression& base, const Expression& low,
                const Expression& width);                   ///< base[low +: width]
Expression concatenation(std::vector<Expression> parts);    ///< {high, ..., low}
Expression replication(const Expression& count, const Expression& value);  ///< {count{value}}

Expression operator~(const Expression& a);
Expression operator&(const Expression& a, const Expression& b);
Expression operator|(const Expression& a, const Expression& b);
Expression operator^(const Expression& a, const Expression& b);
Expression operator+(const Expression& a, const Expression& b);
Expression operator-(const Expression& a, const Expression& b);
Expression operator*(const Expression& a, const Expression& b);
Expression operator/(const Expression& a, const Expression& b);
Expression operator%(const Expression& a, const Expression& b);
Expression shift_left(const Expression& a, const Expression& b);      ///< a << b
Expression less(const Expression& a, const Expression& b);            ///< a < b
Expression not_equal(const Expression& a, const Expression& b);       ///< a != b
Expression conditional(const Expression& condition, const Expression& yes,
                       const Expression& no);               ///< condition ? yes : no

/// The text of an expression.
std::string print(const Expression& expression);

/// Every identifier in the expression, in the order of the text, repeats kept.
std::vector<std::string> identifiers(const Expression& expression);

}  // namespace cimforge::verilog
