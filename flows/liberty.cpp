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

double parse_number(const Reader& reader, std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    reader.fail(fmt::format("`{}` is not a number", text.substr(0, 40)));
  }
  return value;
}

/// The numbers of strings such as "0.1, 0.2", each times `scale`.
std::vector<float> parse_numbers(const Reader& reader, const std::vector<std::string_view>& strings,
                                 double scale) {
  std::vector<float> numbers;
  for (std::string_view text : strings) {
    while (true) {
      const auto is_blank = [](char c) { return is_space(c) || c == ',' || c == '\\'; };
      while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
      if (text.empty()) break;
      std::size_t end = 0;
      while (end < text.size() && !is_blank(text[end])) ++end;
      numbers.push_back(static_cast<float>(scale * parse_number(reader, text.substr(0, end))));
      text.remove_prefix(end);
    }
  }
  return numbers;
}

/// What a table's axes are, from its template.
struct TableTemplate {
  bool load_first = false;  ///< the first axis is the load of the output
  std::vector<std::string_view> index_1;
  std::vector<std::string_view> index_2;
};

/// The units of a library and its templates.
struct LibraryContext {
  double ns = 1.0;  ///< of its unit of time
  double pf = 1.0;  ///< of its unit of capacitance
  std::map<std::string, TableTemplate, std::less<>> templates;
  std::map<std::string, int, std::less<>> bus_bits;  ///< of the bus types
};

/// `1ns`, `10ps`, ... in ns.
double parse_time_unit(const Reader& reader, std::string_view text) {
  const std::size_t unit = std::min(text.find_first_not_of("0123456789. "), text.size());
  std::string_view digits = text.substr(0, unit);
  while (!digits.empty() && digits.back() == ' ') digits.remove_suffix(1);
  const double count = digits.empty() ? 1.0 : parse_number(reader, digits);
  const std::string_view name = text.substr(unit);
  if (name == "ps") return count * 1e-3;
  if (name == "ns") return count;
  if (name == "us") return count * 1e3;
  reader.fail(fmt::format("the time_unit `{}` is not in ps, ns or us", text));
}

/// `(1.0, pf)` or `(1, ff)` in pF.
double parse_load_unit(const Reader& reader, const std::vector<std::string_view>& arguments) {
  if (arguments.size() == 2) {
    const std::string_view unit = arguments[1];
    const double count = parse_number(reader, arguments[0]);
    if (unit == "pf" || unit == "pF" || unit == "PF") return count;
    if (unit == "ff" || unit == "fF" || unit == "FF") return count * 1e-3;
  }
  reader.fail("capacitive_load_unit is not a number and pf or ff");
}

/// A group `wire_load`.
struct WireLoad {
  double pf_per_length = 0.0;
  double slope = 0.0;
  std::map<int, double> lengths;  ///< by loads
};

WireLoad read_wire_load(Reader& reader, const LibraryContext& context) {
  WireLoad load;
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->is_group) {
      reader.skip_group();
    } else if (statement->name == "capacitance") {
      load.pf_per_length = context.pf * parse_number(reader, statement->value);
    } else if (statement->name == "slope") {
      load.slope = parse_number(reader, statement->value);
    } else if (statement->name == "fanout_length" && statement->arguments.size() >= 2) {
      load.lengths[static_cast<int>(parse_number(reader, statement->arguments[0]))] =
          parse_number(reader, statement->arguments[1]);
    }
  }
  return load;
}

void use_wire_load(const WireLoad& load, LibertyLibrary& library) {
  if (load.lengths.empty()) return;
  double length = 0.0;
  for (int loads = 1; loads <= load.lengths.rbegin()->first; ++loads) {
    const auto given = load.lengths.find(loads);
    length = given == load.lengths.end() ? length + load.slope : given->second;
    library.wire_pf.push_back(length * load.pf_per_length);
  }
  library.wire_slope_pf = load.slope * load.pf_per_length;
}

TableTemplate read_template(Reader& reader) {
  TableTemplate result;
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->is_group) {
      reader.skip_group();
    } else if (statement->name == "variable_1") {
      result.load_first = statement->value == "total_output_net_capacitance";
    } else if (statement->name == "index_1") {
      result.index_1 = statement->arguments;
    } else if (statement->name == "index_2") {
      result.index_2 = statement->arguments;
    }
  }
  return result;
}

DelayTable read_table(Reader& reader, const Statement& group, const LibraryContext& context) {
  TableTemplate axes;
  if (!group.arguments.empty()) {
    const auto found = context.templates.find(group.arguments.front());
    if (found != context.templates.end()) axes = found->second;
  }
  std::vector<std::string_view> values;
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->is_group) {
      reader.skip_group();
    } else if (statement->name == "index_1") {
      axes.index_1 = statement->arguments;
    } else if (statement->name == "index_2") {
      axes.index_2 = statement->arguments;
    } else if (statement->name == "values") {
      values = statement->arguments;
    }
  }
  DelayTable table;
  const std::vector<float> numbers = parse_numbers(reader, values, context.ns);
  auto first = parse_numbers(reader, axes.index_1, axes.load_first ? context.pf : context.ns);
  auto second = parse_numbers(reader, axes.index_2, axes.load_first ? context.ns : context.pf);
  if (numbers.size() == 1) {
    first.assign(1, 0.0F);
    second.assign(1, 0.0F);
  }
  if (first.empty()) first.assign(1, 0.0F);
  if (second.empty()) second.assign(1, 0.0F);
  if (numbers.size() != first.size() * second.size()) {
    reader.fail(fmt::format("a table of {} x {} has {} values", first.size(), second.size(),
                            numbers.size()));
  }
  if (!axes.load_first) return {first, second, numbers};
  std::vector<float> transposed(numbers.size());
  for (std::size_t load = 0; load < first.size(); ++load) {
    for (std::size_t slew = 0; slew < second.size(); ++slew) {
      transposed[slew * first.size() + load] = numbers[load * second.size() + slew];
    }
  }
  return {second, first, transposed};
}

/// A group `timing`: nothing where it is a check or the way of an asynchronous or three-state pin.
std::vector<TimingArc> read_timing(Reader& reader, const LibraryContext& context) {
  TimingArc arc;
  std::string_view type = "combinational";
  std::string_view from;
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->is_group) {
      DelayTable* table = statement->name == "cell_rise"         ? &arc.rise
                          : statement->name == "cell_fall"       ? &arc.fall
                          : statement->name == "rise_transition" ? &arc.rise_slew
                          : statement->name == "fall_transition" ? &arc.fall_slew
                                                                 : nullptr;
      if (table != nullptr) {
        *table = read_table(reader, *statement, context);
      } else {
        reader.skip_group();
      }
    } else if (statement->name == "related_pin") {
      from = statement->value;
    } else if (statement->name == "timing_type") {
      type = statement->value;
    } else if (statement->name == "timing_sense") {
      arc.sense = statement->value == "positive_unate"   ? ArcSense::positive
                  : statement->value == "negative_unate" ? ArcSense::negative
                                                         : ArcSense::both;
    }
  }
  arc.from_clock = type == "rising_edge" || type == "falling_edge";
  if (!arc.from_clock && type != "combinational") return {};
  std::vector<TimingArc> arcs;
  while (!from.empty()) {  // several pins may share a group
    const std::size_t end = std::min(from.find(' '), from.size());
    if (end > 0) {
      arcs.push_back(arc);
      arcs.back().from = from.substr(0, end);
    }
    from.remove_prefix(std::min(end + 1, from.size()));
  }
  return arcs;
}

/// The width in a group `type`.
int read_bus_bits(Reader& reader) {
  int bits = 1;
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->is_group) {
      reader.skip_group();
    } else if (statement->name == "bit_width") {
      const double width = parse_number(reader, statement->value);
      if (!(width >= 1.0 && width <= 1e6)) reader.fail("a bus has 1 to 1000000 bits");
      bits = static_cast<int>(width);
    }
  }
  return bits;
}

/// `clock_gate_enable_pin` -> `enable`; empty for other attributes.
std::string_view gate_role(std::string_view attribute) {
  constexpr std::string_view head = "clock_gate_";
  constexpr std::string_view tail = "_pin";
  if (!attribute.starts_with(head) || !attribute.ends_with(tail)) return {};
  return attribute.substr(head.size(), attribute.size() - head.size() - tail.size());
}

/// A group `pin`, or `bus` of pins that are alike.
LibertyPin read_pin(Reader& reader, std::string name, const LibraryContext& context) {
  LibertyPin pin{.name = std::move(name)};
  while (const std::optional<Statement> statement = reader.next()) {
    if (statement->is_group && statement->name == "timing") {
      for (TimingArc& arc : read_timing(reader, context)) pin.arcs.push_back(std::move(arc));
    } else if (statement->is_group) {
      reader.skip_group();
    } else if (statement->name == "bus_type") {
      const auto type = context.bus_bits.find(statement->value);
      if (type == context.bus_bits.end()) {
        reader.fail(fmt::format("the bus {} has a type that is not declared", pin.name));
      }
      pin.bus_bits = type->second;
    } else if (statement->name == "direction") {
      pin.direction = statement->value;
    } else if (statement->name == "function") {
      pin.function = statement->value;
    } else if (statement->name == "capacitance") {
      pin.capacitance_pf = context.pf * parse_number(reader, statement->value);
    } else if (statement->name == "rise_capacitance") {
      pin.rise_capacitance_pf = context.pf * parse_number(reader, statement->value);
    } else if (statement->name == "fall_capacitance") {
      pin.fall_capacitance_pf = context.pf * parse_number(reader, statement->value);
    } else if (statement->name == "clock") {
      pin.is_clock = statement->value == "true";
    } else if (statement->value == "true" && !gate_role(statement->name).empty()) {
      pin.gate_role = gate_role(statement->name);
    }
  }
  if (pin.rise_capacitance_pf == 0.0) pin.rise_capacitance_pf = pin.capacitance_pf;
  if (pin.fall_capacitance_pf == 0.0) pin.fall_capacitance_pf = pin.capacitance_pf;
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

LibertyCell read_cell(Reader& reader, const Statement& group, const LibraryContext& context) {
  LibertyCell cell{.name = first_argument(reader, group), .area = std::nullopt};
  cell.begin = group.begin;
  while (const std::optional<Statement> statement = reader.next()) {
    if (!statement->is_group) {
      if (statement->name == "area") {
        cell.area = parse_area(reader, statement->value);
      } else if (statement->name == "clock_gating_integrated_cell") {
        cell.clock_gate = statement->value;
      } else if (marks_special(*statement)) {
        cell.is_special = true;
      }
      continue;
    }
    const CellKind kind = storage_kind(statement->name);
    if (statement->name == "pin") {
      cell.pins.push_back(read_pin(reader, first_argument(reader, *statement), context));
    } else if (statement->name == "bus") {
      // One without a type has no width of its own, only pins.
      LibertyPin bus = read_pin(reader, first_argument(reader, *statement), context);
      if (bus.bus_bits > 0) cell.pins.push_back(std::move(bus));
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
    std::map<std::string, WireLoad, std::less<>> wire_loads;
    std::string_view default_wire_load;
    LibraryContext context;
    while (const std::optional<Statement> part = reader.next()) {
      if (part->is_group && part->name == "cell") {
        library->cells.push_back(read_cell(reader, *part, context));
      } else if (part->is_group && part->name == "type") {
        context.bus_bits[first_argument(reader, *part)] = read_bus_bits(reader);
      } else if (part->is_group && part->name == "lu_table_template") {
        context.templates[first_argument(reader, *part)] = read_template(reader);
      } else if (part->is_group && part->name == "wire_load") {
        const std::string wire_load = first_argument(reader, *part);
        wire_loads[wire_load] = read_wire_load(reader, context);
      } else if (part->name == "default_wire_load") {
        default_wire_load = part->value;
      } else if (part->name == "time_unit") {
        context.ns = parse_time_unit(reader, part->value);
      } else if (part->name == "capacitive_load_unit") {
        context.pf = parse_load_unit(reader, part->arguments);
      } else if (part->is_group) {
        reader.skip_group();
      }
    }
    const auto model = wire_loads.find(default_wire_load);
    if (model != wire_loads.end()) use_wire_load(model->second, *library);
  }
  if (!library || library->cells.empty()) {
    throw base::InputError(fmt::format("{}: the Liberty file has no cells", file));
  }
  return *std::move(library);
}

std::string LibertyCell::gate_pin(std::string_view role) const {
  const auto found = std::ranges::find(pins, role, &LibertyPin::gate_role);
  return found == pins.end() ? std::string() : found->name;
}

std::string LibertyCell::clock_pin() const {
  const auto found = storage.find(kind == CellKind::flip_flop ? "clocked_on" : "enable");
  if (!is_sequential() || found == storage.end()) return {};
  std::string pin = found->second;
  std::erase_if(pin,
                [](char c) { return c == '!' || c == '\'' || c == '(' || c == ')' || c == ' '; });
  const bool is_pin = std::ranges::find(pins, pin, &LibertyPin::name) != pins.end();
  return is_pin ? pin : std::string();
}

double DelayTable::at(double slew_ns, double load_pf) const {
  if (values.empty()) return 0.0;
  // The interval of an axis and the place in it; outside, that of the outermost interval.
  const auto locate = [](const std::vector<float>& axis, double x) {
    if (axis.size() < 2) return std::pair{std::size_t{0}, 0.0};
    std::size_t i = 1;
    while (i + 1 < axis.size() && x > static_cast<double>(axis[i])) ++i;
    const double low = static_cast<double>(axis[i - 1]);
    const double high = static_cast<double>(axis[i]);
    return std::pair{i - 1, high > low ? (x - low) / (high - low) : 0.0};
  };
  const auto [row, y] = locate(slews_ns, slew_ns);
  const auto [column, x] = locate(loads_pf, load_pf);
  const std::size_t width = loads_pf.size();
  const auto value = [&](std::size_t r, std::size_t c) {
    return static_cast<double>(values[r * width + c]);
  };
  const std::size_t next_row = slews_ns.size() < 2 ? row : row + 1;
  const std::size_t next_column = width < 2 ? column : column + 1;
  return (1 - y) * ((1 - x) * value(row, column) + x * value(row, next_column)) +
         y * ((1 - x) * value(next_row, column) + x * value(next_row, next_column));
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
