#include "flows/liberty.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/hash.h"

namespace cimforge::flows {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/// A statement of Liberty: `name : value ;`, `name (arguments) ;` or `name (arguments) { ... }`.
struct Statement {
  std::string_view name;
  std::vector<std::string_view> arguments;
  std::string_view value;
  std::size_t begin = 0;  ///< offset of its name
  bool is_group = false;  ///< the reader stands behind its `{`
};

/// Reads the statements of a Liberty text one after the other.
class Reader {
 public:
  Reader(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

  /// The next statement of the group in which the reader stands; nothing where that group ends, or
  /// at the end of the text outside all groups.
  std::optional<Statement> next() {
    skip_blanks_and_semicolons();
    if (at_end()) {
      if (depth_ > 0) {
        fail("the file is truncated: it ends inside a group");
      }
      return std::nullopt;
    }
    if (peek() == '}') {
      if (depth_ == 0) {
        fail("`}` without `{`");
      }
      ++position_;
      --depth_;
      return std::nullopt;
    }
    Statement statement;
    statement.begin = position_;
    statement.name = word();
    skip_blanks();
    if (!at_end() && peek() == ':') {
      ++position_;
      statement.value = value();
      return statement;
    }
    if (at_end() || peek() != '(') {
      fail(fmt::format("`:` or `(` is expected after `{}`", statement.name));
    }
    statement.arguments = arguments();
    skip_blanks();
    if (!at_end() && peek() == '{') {
      ++position_;
      ++depth_;
      statement.is_group = true;
    }
    return statement;
  }

  /// Goes behind the end of the group in which the reader stands.
  void skip_group() {
    const int outer = depth_ - 1;
    while (depth_ > outer) {
      next();
    }
  }

  /// The offset behind what was read.
  [[nodiscard]] std::size_t position() const { return position_; }

  [[noreturn]] void fail(const std::string& message) const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(position_, text_.size()));
    const auto line = std::count(text_.begin(), end, '\n') + 1;
    throw base::InputError(fmt::format("{}:{}: {}", file_, line, message));
  }

 private:
  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] char peek() const { return text_[position_]; }
  [[nodiscard]] bool starts_with(std::string_view prefix) const {
    return text_.substr(position_, prefix.size()) == prefix;
  }

  /// Spaces, newlines, continued lines and comments.
  void skip_blanks() {
    while (!at_end()) {
      if (is_space(peek()) || peek() == '\\') {
        ++position_;
      } else if (starts_with("/*")) {
        const std::size_t end = text_.find("*/", position_ + 2);
        if (end == std::string_view::npos) {
          fail("the file is truncated: it ends inside a comment");
        }
        position_ = end + 2;
      } else if (starts_with("//")) {
        position_ = std::min(text_.find('\n', position_), text_.size());
      } else {
        return;
      }
    }
  }

  void skip_blanks_and_semicolons() {
    skip_blanks();
    while (!at_end() && peek() == ';') {
      ++position_;
      skip_blanks();
    }
  }

  /// The text of a string in quotes, without them.
  std::string_view quoted() {
    const std::size_t begin = ++position_;
    while (!at_end() && peek() != '"') {
      position_ += peek() == '\\' ? 2U : 1U;
    }
    if (at_end()) {
      fail("the file is truncated: it ends inside a string");
    }
    return text_.substr(begin, position_++ - begin);
  }

  std::string_view word() {
    if (peek() == '"') {
      return quoted();
    }
    const std::size_t begin = position_;
    while (!at_end() && !is_space(peek()) &&
           std::string_view(":;,(){}\"").find(peek()) == std::string_view::npos) {
      ++position_;
    }
    if (position_ == begin) {
      fail(fmt::format("`{}` is not expected here", peek()));
    }
    return text_.substr(begin, position_ - begin);
  }

  /// The value of an attribute: to the semicolon, or to the end of the line where that is missing.
  std::string_view value() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\\' || peek() == '\r' ||
                         peek() == '\n')) {
      ++position_;
    }
    if (at_end()) {
      fail("the file is truncated: it ends inside an attribute");
    }
    if (peek() == '"') {
      return quoted();
    }
    const std::size_t begin = position_;
    while (!at_end() && peek() != ';' && peek() != '\n' && peek() != '}' && !starts_with("/*")) {
      ++position_;
    }
    std::string_view text = text_.substr(begin, position_ - begin);
    while (!text.empty() && is_space(text.back())) {
      text.remove_suffix(1);
    }
    return text;
  }

  /// The words between parentheses.
  std::vector<std::string_view> arguments() {
    std::vector<std::string_view> words;
    ++position_;
    while (true) {
      skip_blanks();
      if (at_end()) {
        fail("the file is truncated: it ends inside parentheses");
      }
      if (peek() == ')') {
        ++position_;
        return words;
      }
      if (peek() == ',') {
        ++position_;
      } else if (peek() == ':' || peek() == '(') {
        ++position_;  // an index range or an expression: not used here
      } else {
        words.push_back(word());
      }
    }
  }

  std::string_view text_;
  std::string file_;
  std::size_t position_ = 0;
  int depth_ = 0;
};

std::string first_argument(const Reader& reader, const Statement& statement) {
  if (statement.arguments.empty()) {
    reader.fail(fmt::format("`{}` has no name", statement.name));
  }
  return std::string(statement.arguments.front());
}

double parse_area(const Reader& reader, std::string_view text) {
  double area = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), area);
  if (error != std::errc() || end != text.data() + text.size() || area < 0.0) {
    reader.fail(fmt::format("the area `{}` is not a number of um2", text));
  }
  return area;
}

LibertyPin read_pin(Reader& reader, std::string name) {
  LibertyPin pin{std::move(name), {}, {}};
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->is_group) {
      reader.skip_group();
    } else if (statement->name == "direction") {
      pin.direction = statement->value;
    } else if (statement->name == "function") {
      pin.function = statement->value;
    }
  }
  return pin;
}

/// A group `ff`, `latch`, `ff_bank` or `latch_bank`.
void read_storage(Reader& reader, const Statement& group, LibertyCell& cell) {
  if (!group.arguments.empty()) {
    cell.state = group.arguments[0];
  }
  if (group.arguments.size() > 1) {
    cell.inverted_state = group.arguments[1];
  }
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->is_group) {
      reader.skip_group();
    } else {
      cell.storage.emplace(statement->name, statement->value);
    }
  }
}

CellKind storage_kind(std::string_view group) {
  if (group == "ff") {
    return CellKind::flip_flop;
  }
  if (group == "latch") {
    return CellKind::latch;
  }
  return group == "ff_bank" || group == "latch_bank" || group == "statetable"
             ? CellKind::other_sequential
             : CellKind::combinational;
}

bool marks_special(const Statement& statement) {
  constexpr std::array<std::string_view, 4> kFlags{"dont_use", "is_isolation_cell",
                                                   "is_level_shifter", "always_on"};
  constexpr std::array<std::string_view, 2> kTypes{"retention_cell", "switch_cell_type"};
  return std::find(kTypes.begin(), kTypes.end(), statement.name) != kTypes.end() ||
         (statement.value == "true" &&
          std::find(kFlags.begin(), kFlags.end(), statement.name) != kFlags.end());
}

LibertyCell read_cell(Reader& reader, const Statement& group) {
  LibertyCell cell{.name = first_argument(reader, group), .area = std::nullopt};
  cell.begin = group.begin;
  while (const std::optional<Statement> statement = reader.next()) {
    if (!statement->is_group) {
      if (statement->name == "area") {
        cell.area = parse_area(reader, statement->value);
      } else if (marks_special(*statement)) {
        cell.is_special = true;
      }
      continue;
    }
    const CellKind kind = storage_kind(statement->name);
    if (statement->name == "pin") {
      cell.pins.push_back(read_pin(reader, first_argument(reader, *statement)));
    } else if (kind != CellKind::combinational) {
      cell.kind = kind;
      read_storage(reader, *statement, cell);
    } else {
      reader.skip_group();
    }
  }
  cell.end = reader.position();
  return cell;
}

}  // namespace

LibertyLibrary parse_liberty(std::string_view text, const std::string& file) {
  if (text.substr(0, 2) == "\x1f\x8b") {
    throw base::InputError(fmt::format("{}: the Liberty file is compressed: unpack it", file));
  }
  if (std::all_of(text.begin(), text.end(), is_space)) {
    throw base::InputError(fmt::format("{}: the Liberty file is empty", file));
  }
  Reader reader(text, file);
  std::optional<LibertyLibrary> library;
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->name != "library" || !statement->is_group || library) {
      reader.fail(fmt::format("a Liberty file holds one group `library`, not `{}`",
                              statement->name.substr(0, 40)));
    }
    library = LibertyLibrary{first_argument(reader, *statement), file, base::sha256(text), {}};
    while (const std::optional<Statement> part = reader.next()) {
      if (part->is_group && part->name == "cell") {
        library->cells.push_back(read_cell(reader, *part));
      } else if (part->is_group) {
        reader.skip_group();
      }
    }
  }
  if (!library || library->cells.empty()) {
    throw base::InputError(fmt::format("{}: the Liberty file has no cells", file));
  }
  return *std::move(library);
}

LibertyLibrary read_liberty(const std::filesystem::path& path) {
  return parse_liberty(base::read_file(path), path.string());
}

std::string without_special_cells(std::string_view text, const LibertyLibrary& library) {
  std::string rest;
  std::size_t position = 0;
  for (const LibertyCell& cell : library.cells) {
    if (cell.is_special) {
      rest += text.substr(position, cell.begin - position);
      position = cell.end;
    }
  }
  return rest.append(text.substr(position));
}

std::map<std::string, double> parse_lef_areas(std::string_view text) {
  std::vector<std::string> words;
  std::map<std::string, double> areas;
  std::string macro;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, std::min(newline, text.find('#')));
    text.remove_prefix(std::min(newline + 1, text.size()));
    words.clear();
    while (true) {
      line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
      if (line.empty()) {
        break;
      }
      const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
      words.emplace_back(line.substr(0, end));
      line.remove_prefix(end);
    }
    // MACRO name ... SIZE width BY height ; ... END name
    if (words.size() >= 2 && words[0] == "MACRO") {
      macro = words[1];
    } else if (words.size() >= 2 && words[0] == "END" && words[1] == macro) {
      macro.clear();
    } else if (words.size() >= 4 && words[0] == "SIZE" && words[2] == "BY" && !macro.empty()) {
      areas[macro] =
          std::strtod(words[1].c_str(), nullptr) * std::strtod(words[3].c_str(), nullptr);
    }
  }
  return areas;
}

}  // namespace cimforge::flows
