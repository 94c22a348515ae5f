#include "flows/sweep/expression.h"

#include <fmt/format.h>
#include <muParser.h>

#include <cmath>
#include <map>

#include "generator/base/exit_status.h"
#include "generator/base/quote.h"
#include "generator/spec/keys.h"

namespace cimforge::sweep {
namespace {

constexpr const char* name_letters =
    "0123456789_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::size_t longest = 10'000;

bool is_key(const std::string& name) {
  return spec::find_key(name) != nullptr;
}

bool ends_with(const std::string& name, std::string_view end) {
  return name.size() > end.size() && name.ends_with(end);
}

/// Whether a text has an equals sign that is not of ==, !=, <= or >=, outside of quotes.
bool assigns(const std::string& text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '=') {
      if (i + 1 < text.size() && text[i + 1] == '=') {
        ++i;
      } else if (i == 0 || std::string_view("!<>").find(text[i - 1]) == std::string_view::npos) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

/// Texts are numbers here, the same one for the same text.
struct Expression::Parser {
  mu::Parser parser;
  std::map<std::string, double> variables;
  std::map<std::string, double, std::less<>> texts;

  double number_of(const std::string& text) {
    // Far from the numbers that people compare with.
    return texts.try_emplace(text, -1e15 - static_cast<double>(texts.size())).first->second;
  }

  /// The text with each quoted part replaced by its number.
  std::string without_texts(const std::string& text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
      const char quote = text[at];
      if (quote != '\'' && quote != '"') {
        result += text[at++];
        continue;
      }
      const std::size_t end = text.find(quote, at + 1);
      if (end == std::string::npos) {
        throw base::InputError(
            fmt::format("{}: a quote {} does not end", base::in_quotes(text), quote));
      }
      result += fmt::format("({:.0f})", number_of(text.substr(at + 1, end - at - 1)));
      at = end + 1;
    }
    return result;
  }
};

Expression::Expression(const std::string& text) : text_(text), parser_(std::make_unique<Parser>()) {
  if (text.size() > longest) throw base::InputError("an expression is too long");
  try {
    mu::Parser& parser = parser_->parser;
    parser.DefineNameChars(name_letters);
    parser.SetExpr(parser_->without_texts(text));
    for (const auto& [name, unused] : parser.GetUsedVar()) names_.push_back(name);
    for (const std::string& name : names_) parser.DefineVar(name, &parser_->variables[name]);
    int results = 0;
    static_cast<void>(parser.Eval(results));  // finds what is no expression
    if (results != 1) {
      throw base::InputError(
          fmt::format("{}: one value is expected, not {} with commas: && joins conditions",
                      base::in_quotes(text), results));
    }
    if (assigns(text)) {
      throw base::InputError(
          fmt::format("{}: = gives a value to nothing here; == compares", base::in_quotes(text)));
    }
  } catch (const mu::ParserError& mistake) {
    throw base::InputError(
        fmt::format("{}: {}", base::in_quotes(text), base::on_one_line(mistake.GetMsg(), 200)));
  }
}

Expression::Expression(Expression&&) noexcept = default;
Expression::~Expression() = default;

std::optional<double> Expression::evaluate(
    const std::function<std::optional<Value>(const std::string&)>& value) {
  for (const std::string& name : names_) {
    const std::optional<Value> found = value(key_of_name(name));
    if (!found) return std::nullopt;
    double number = 0.0;
    const bool is_part = key_of_name(name) != name;
    if (is_part && !std::holds_alternative<std::string>(*found)) return std::nullopt;
    if (const auto* text = std::get_if<std::string>(&*found)) {
      const bool bits = ends_with(name, ".bits");
      if (is_part) {
        const auto format = spec::format_named(*text);
        if (!format) return std::nullopt;
        number = bits ? format->bits : (format->is_signed ? 1.0 : 0.0);
      } else {
        number = parser_->number_of(*text);
      }
    } else if (const auto* flag = std::get_if<bool>(&*found)) {
      number = *flag ? 1.0 : 0.0;
    } else if (const auto* real = std::get_if<double>(&*found)) {
      number = *real;
    } else {
      number = static_cast<double>(std::get<std::int64_t>(*found));
    }
    parser_->variables[name] = number;
  }
  try {
    return parser_->parser.Eval();
  } catch (const mu::ParserError& mistake) {
    throw base::InputError(
        fmt::format("{}: {}", base::in_quotes(text_), base::on_one_line(mistake.GetMsg(), 200)));
  }
}

std::string key_of_name(const std::string& name) {
  // `output.bits` is a key itself.
  if (is_key(name)) return name;
  for (const std::string_view end : {".bits", ".signed"}) {
    if (ends_with(name, end)) return name.substr(0, name.size() - end.size());
  }
  return name;
}

}  // namespace cimforge::sweep
