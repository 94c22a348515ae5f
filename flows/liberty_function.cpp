#include "flows/liberty_function.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace cimforge::flows {
namespace {

/// Every row of a table of n inputs.
std::uint64_t all_rows(std::size_t inputs) {
  return inputs == most_function_inputs ? ~std::uint64_t{0}
                                        : (std::uint64_t{1} << (std::size_t{1} << inputs)) - 1;
}

/// The table of input i: its value in each row.
std::uint64_t input_table(std::size_t input, std::size_t inputs) {
  std::uint64_t table = 0;
  for (std::size_t row = 0; row < (std::size_t{1} << inputs); ++row) {
    if (((row >> input) & 1U) != 0) table |= std::uint64_t{1} << row;
  }
  return table;
}

/// Recursive descent over whole tables. A mistake makes `ok` false and the rest does not matter.
class Evaluator {
 public:
  Evaluator(std::string_view text, const std::vector<std::string>& inputs)
      : text_(text), inputs_(inputs), all_(all_rows(inputs.size())) {}

  std::optional<std::uint64_t> run() {
    const std::uint64_t table = any();
    skip_blanks();
    if (!ok_ || position_ != text_.size()) return std::nullopt;
    return table;
  }

 private:
  static constexpr int most_depth = 200;

  void skip_blanks() {
    while (position_ < text_.size() &&
           std::isspace(static_cast<unsigned char>(text_[position_])) != 0) {
      ++position_;
    }
  }
  bool take(char c) {
    skip_blanks();
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  bool begins_operand() {
    skip_blanks();
    if (position_ >= text_.size()) return false;
    const char c = text_[position_];
    return c == '(' || c == '!' || is_word(c);
  }
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '[' || c == ']';
  }

  std::uint64_t any() {
    std::uint64_t table = all();
    while (ok_ && (take('|') || take('+'))) table |= all();
    return table;
  }
  std::uint64_t all() {
    std::uint64_t table = odd();
    while (ok_ && (take('&') || take('*') || begins_operand())) table &= odd();
    return table;
  }
  std::uint64_t odd() {
    std::uint64_t table = operand();
    while (ok_ && take('^')) table ^= operand();
    return table;
  }
  std::uint64_t operand() {
    if (++depth_ > most_depth) ok_ = false;
    if (!ok_) return 0;
    std::uint64_t table = 0;
    if (take('!')) {
      table = ~operand() & all_;
    } else if (take('(')) {
      table = any();
      if (!take(')')) ok_ = false;
    } else {
      table = word();
    }
    while (take('\'')) table = ~table & all_;
    --depth_;
    return table;
  }
  std::uint64_t word() {
    skip_blanks();
    const std::size_t begin = position_;
    while (position_ < text_.size() && is_word(text_[position_])) ++position_;
    const std::string_view name = text_.substr(begin, position_ - begin);
    const auto found = std::find(inputs_.begin(), inputs_.end(), name);
    if (found != inputs_.end()) {
      return input_table(static_cast<std::size_t>(found - inputs_.begin()), inputs_.size());
    }
    if (name == "0") return 0;
    if (name == "1") return all_;
    ok_ = false;
    return 0;
  }

  std::string_view text_;
  const std::vector<std::string>& inputs_;
  std::uint64_t all_;
  std::size_t position_ = 0;
  int depth_ = 0;
  bool ok_ = true;
};

}  // namespace

std::optional<std::uint64_t> truth_table(std::string_view function,
                                         const std::vector<std::string>& inputs) {
  if (inputs.size() > most_function_inputs) return std::nullopt;
  return Evaluator(function, inputs).run();
}

std::uint64_t inverted(std::uint64_t table, std::size_t inputs) {
  return ~table & all_rows(inputs);
}

}  // namespace cimforge::flows
