#include "generator/spec/march.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "generator/base/quote.h"

namespace cimforge::spec {
namespace {

constexpr std::array marches = {
    NamedMarch{"MATS+", "b(w0); u(r0,w1); d(r1,w0)", "Abadir and Reghbati 1983"},
    NamedMarch{"MATS++", "b(w0); u(r0,w1); d(r1,w0,r0)", "van de Goor 1991"},
    NamedMarch{"March X", "b(w0); u(r0,w1); d(r1,w0); b(r0)", "van de Goor 1991"},
    NamedMarch{"March Y", "b(w0); u(r0,w1,r1); d(r1,w0,r0); b(r0)", "van de Goor 1991"},
    NamedMarch{"March C-", "b(w0); u(r0,w1); u(r1,w0); d(r0,w1); d(r1,w0); b(r0)",
               "Marinescu 1982, van de Goor 1991"},
    NamedMarch{"March A", "b(w0); u(r0,w1,w0,w1); u(r1,w0,w1); d(r1,w0,w1,w0); d(r0,w1,w0)",
               "Suk and Reddy 1981"},
    NamedMarch{"March B", "b(w0); u(r0,w1,r1,w0,r0,w1); u(r1,w0,w1); d(r1,w0,w1,w0); d(r0,w1,w0)",
               "Suk and Reddy 1981"},
    NamedMarch{"March U", "b(w0); u(r0,w1,r1,w0); u(r0,w1); d(r1,w0,r0,w1); d(r1,w0)",
               "van de Goor and Gaydadjiev 1997"},
    NamedMarch{"March LR", "b(w0); d(r0,w1); u(r1,w0,r0,w1); u(r1,w0); u(r0,w1,r1,w0); u(r0)",
               "van de Goor, Gaydadjiev, Yarmolik and Mikitjuk 1996"},
    NamedMarch{"March SS",
               "b(w0); u(r0,r0,w0,r0,w1); u(r1,r1,w1,r1,w0); d(r0,r0,w0,r0,w1); "
               "d(r1,r1,w1,r1,w0); b(r0)",
               "Hamdioui, van de Goor and Rodgers 2002"},
};

/// Reads elements; the place of what it does not understand is told by what stands there.
class Reader {
 public:
  explicit Reader(std::string_view text) {
    for (const char c : text) {
      if (std::isspace(static_cast<unsigned char>(c)) == 0) text_ += c;
    }
  }

  std::variant<March, MarchMistake> read() {
    const bool braces = take('{');
    March march;
    while (at_ < text_.size() && text_[at_] != '}') {
      const std::optional<MarchElement> element = read_element();
      if (!element) return unreadable();
      march.push_back(*element);
      if (!take(';')) break;
    }
    if (braces && !take('}')) return unreadable();
    if (at_ < text_.size()) return unreadable();
    return march;
  }

 private:
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<MarchElement> read_element() {
    MarchElement element;
    if (take('u')) {
      element.order = MarchOrder::up;
    } else if (take('d')) {
      element.order = MarchOrder::down;
    } else if (!take('b')) {
      return std::nullopt;
    }
    if (!take('(')) return std::nullopt;
    do {
      MarchOperation operation;
      operation.is_read = take('r');
      if (!operation.is_read && !take('w')) return std::nullopt;
      operation.bit = take('1');
      if (!operation.bit && !take('0')) return std::nullopt;
      element.operations.push_back(operation);
    } while (take(','));
    if (!take(')')) return std::nullopt;
    return element;
  }

  [[nodiscard]] MarchMistake unreadable() const {
    std::string names;
    for (const NamedMarch& each : marches) names += fmt::format("\"{}\", ", each.name);
    const std::string rest = base::on_one_line(text_.substr(at_), 16);
    return {fmt::format(
        "\"none\", {}or elements like \"b(w0); u(r0,w1); d(r1,w0)\" ({} is no element: u, d or b, "
        "then r0, r1, w0 and w1 in parentheses)",
        names, rest.empty() ? "what ends too early" : fmt::format("\"{}\"", rest))};
  }

  std::string text_;
  std::size_t at_ = 0;
};

std::string to_text(const MarchElement& element) {
  constexpr std::array letters = {'b', 'u', 'd'};
  std::string text(1, letters.at(static_cast<std::size_t>(element.order)));
  char before = '(';
  for (const MarchOperation& each : element.operations) {
    text += before;
    text += each.is_read ? 'r' : 'w';
    text += each.bit ? '1' : '0';
    before = ',';
  }
  return text + ')';
}

std::optional<MarchMistake> inconsistency(const March& march) {
  if (operations_of(march) > most_march_operations) {
    return MarchMistake{fmt::format("at most {} operations at an address", most_march_operations)};
  }
  std::optional<bool> stored;
  bool reads = false;
  for (std::size_t i = 0; i < march.size(); ++i) {
    for (const MarchOperation& operation : march[i].operations) {
      if (!operation.is_read) {
        stored = operation.bit;
        continue;
      }
      reads = true;
      if (stored == operation.bit) continue;
      const std::string where = fmt::format("element {}, {},", i + 1, to_text(march[i]));
      if (!stored) {
        return MarchMistake{
            fmt::format("consistent: {} reads what nothing has written (begin with b(w0))", where)};
      }
      return MarchMistake{fmt::format("consistent: {} expects {} where {} was written last", where,
                                      operation.bit ? 1 : 0, *stored ? 1 : 0)};
    }
  }
  if (!reads) return MarchMistake{"a test: it has no read, and finds nothing"};
  return std::nullopt;
}

}  // namespace

std::span<const NamedMarch> named_marches() {
  return marches;
}

std::variant<March, MarchMistake> march_of(std::string_view text) {
  const auto named = std::ranges::find_if(
      marches, [&](const NamedMarch& each) { return std::string_view(each.name) == text; });
  std::variant<March, MarchMistake> read =
      Reader(named == marches.end() ? text : std::string_view(named->text)).read();
  if (const auto* march = std::get_if<March>(&read)) {
    if (const auto mistake = inconsistency(*march)) return *mistake;
  }
  return read;
}

std::string to_text(const March& march) {
  std::string text;
  for (const MarchElement& each : march) text += (text.empty() ? "" : "; ") + to_text(each);
  return text;
}

int operations_of(const March& march) {
  int count = 0;
  for (const MarchElement& each : march) count += static_cast<int>(each.operations.size());
  return count;
}

}  // namespace cimforge::spec
