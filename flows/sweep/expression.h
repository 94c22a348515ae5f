// Arithmetic and comparisons over named values: constraints and objectives of a sweep. The
// arithmetic is muParser's (https://beltoforion.de/en/muparser): + - * / ^ < <= == != >= > && || ?:
// and functions such as min, max, log2, abs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flows/sweep/value.h"

namespace cimforge::sweep {

/// Names may have dots. A text stands in quotes and is equal to itself alone: `array.storage ==
/// 'flop'`. A format also has `.bits` and `.signed`: `operands.input.bits`.
class Expression {
 public:
  /// Throws base::InputError where the text is no expression.
  explicit Expression(const std::string& text);
  Expression(Expression&&) noexcept;
  ~Expression();

  /// The names that it reads.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  /// Its value; nothing where a name has none. Throws base::InputError where it cannot be computed.
  std::optional<double> evaluate(
      const std::function<std::optional<Value>(const std::string&)>& value);

 private:
  struct Parser;
  std::string text_;
  std::vector<std::string> names_;
  std::unique_ptr<Parser> parser_;
};

/// `operands.input` of `operands.input.bits`: the key or axis that a name reads.
std::string key_of_name(const std::string& name);

}  // namespace cimforge::sweep
