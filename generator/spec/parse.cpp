#include "generator/spec/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <set>
#include <vector>

// Debian's tomlplusplus target sets TOML_HEADER_ONLY=0: the compiled library, with exceptions.
#include <toml++/toml.h>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"
#include "generator/spec/keys.h"
#include "generator/spec/verilog_name.h"

namespace cimforge::spec {
namespace {

constexpr std::size_t max_file_bytes = std::size_t{1} << 20;
/// toml++ frees nested tables by recursion: `a.a.a...` must not exhaust the stack.
constexpr std::ptrdiff_t max_dots = 4096;
/// Lines with TOML mistakes that are reported at once.
constexpr std::size_t max_syntax_mistakes = 20;

/// A specification while it is being read.
struct Reader {
  std::string file;
  MacroSpec spec;
  base::Diagnostics diagnostics;
  std::map<const Key*, base::SourceLocation> read;  ///< keys with a good value: its place
  std::set<const Key*> mentioned;                   ///< keys that the file has, rightly or not
  std::map<std::string_view, base::SourceLocation> tables;  ///< tables that the file has
  bool whole = true;  ///< false where lines that are not TOML were left out
};

base::SourceLocation location(const Reader& reader, const toml::source_position& position) {
  return {reader.file, static_cast<int>(position.line), static_cast<int>(position.column)};
}

base::SourceLocation location(const Reader& reader, const toml::node& node) {
  return location(reader, node.source().begin);
}

void complain(Reader& reader, std::string code, base::SourceLocation at, std::string message) {
  reader.diagnostics.push_back({std::move(code), std::move(at), std::move(message)});
}

/// `rows-out-of-range`: the stable code of a mistake in one key's value.
std::string code_of(const Key& key, std::string_view mistake) {
  std::string code = fmt::format("{}-{}", key.name, mistake);
  std::replace(code.begin(), code.end(), '_', '-');
  return code;
}

// ---------------------------------------------------------------------------------------------
// Text -> TOML. What TOML itself refuses is reported line by line: a line that is wrong by itself
// is left out and the rest is read, so that one missing quote does not hide the other mistakes.

/// The bounds of a line of `text`, without its end; `number` counts from 1.
std::optional<std::pair<std::size_t, std::size_t>> find_line(std::string_view text,
                                                             std::uint32_t number) {
  std::size_t begin = 0;
  for (; number > 1; --number) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return std::nullopt;
    ++begin;
  }
  return std::pair{begin, std::min(text.find('\n', begin), text.size())};
}

bool is_toml(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
    return true;
  } catch (const toml::parse_error&) {
    return false;
  }
}

/// toml++ says `Error while parsing string: reason`.
struct SyntaxMistake {
  std::string reason;
  std::string part;  ///< `string`; empty where toml++ names none
};

SyntaxMistake mistake_of(const toml::parse_error& error) {
  constexpr std::string_view prefix = "Error while parsing ";
  constexpr std::size_t longest = 200;
  const std::string text = base::on_one_line(error.description(), longest);
  const std::size_t colon = text.find(": ");
  if (!text.starts_with(prefix) || colon == std::string::npos) return {text, {}};
  return {text.substr(colon + 2), text.substr(prefix.size(), colon - prefix.size())};
}

/// Columns count characters, and bytes 10xxxxxx of UTF-8 begin none.
std::ptrdiff_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
}

/// The place of `latch` in `storage = latch`: a line whose value is one word without quotes.
struct BareWord {
  std::string_view key;
  std::string_view word;
};

std::optional<BareWord> find_bare_word(std::string_view line) {
  constexpr std::string_view blank = " \t";
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  const auto trimmed = [&](std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(blank), text.size());
    return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
  };
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view key = trimmed(line.substr(0, equals));
  const std::string_view word =
      trimmed(line.substr(equals + 1, line.find('#', equals) - equals - 1));
  const bool is_word = !word.empty() && !(word.front() >= '0' && word.front() <= '9') &&
                       word.find_first_not_of(letters) == std::string_view::npos;
  if (!is_word || key.empty() || key.find_first_not_of(letters) != std::string_view::npos)
    return std::nullopt;
  return BareWord{key, word};
}

void complain_about_syntax(Reader& reader, const toml::parse_error& error, std::string_view line) {
  const base::SourceLocation at = location(reader, error.source().begin);
  const auto [reason, part] = mistake_of(error);
  if (reason.find("utf-8") != std::string::npos) {
    complain(reader, "not-text", at, "not text in UTF-8: these bytes are no character");
  } else if (reason.starts_with("cannot redefine")) {
    complain(reader, "duplicate-key", at,
             fmt::format("{}: each key and each table is given once", reason));
  } else if (const auto bare = find_bare_word(line)) {
    complain(reader, "toml-syntax",
             {reader.file, at.line, static_cast<int>(bare->word.data() - line.data()) + 1},
             fmt::format("text needs quotes: {} = \"{}\"", base::on_one_line(bare->key),
                         base::on_one_line(bare->word)));
  } else if (part == "string" && reason.starts_with("unescaped control characters") &&
             at.column > count_characters(line)) {
    complain(reader, "toml-syntax", at, "not TOML: the string does not end in its line");
  } else {
    complain(reader, "toml-syntax", at,
             part.empty() ? fmt::format("not TOML: {}", reason)
                          : fmt::format("not TOML: {} (in the {})", reason, part));
  }
}

/// The document, without the lines that were complained about; nothing where it cannot be known
/// what the rest of the document means.
std::optional<toml::table> parse_toml(Reader& reader, std::string text) {
  if (text.size() > max_file_bytes) {
    complain(reader, "too-long", {reader.file, 0, 0},
             fmt::format("longer than {} bytes: this is no specification", max_file_bytes));
    return std::nullopt;
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string::npos) {
    const std::string_view before = std::string_view(text).substr(0, zero);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    complain(reader, "not-text", {reader.file, static_cast<int>(line), 1},
             "not text in UTF-8: there is a zero byte in this line");
    return std::nullopt;
  }
  if (std::count(text.begin(), text.end(), '.') > max_dots) {
    complain(reader, "toml-syntax", {reader.file, 0, 0},
             fmt::format("more than {} dots: names are nested too deeply", max_dots));
    return std::nullopt;
  }
  for (std::uint32_t last_line = 0;;) {
    try {
      return toml::parse(std::string_view(text));
    } catch (const toml::parse_error& error) {
      // A line that was left out is not to blame again: something before it never ended.
      if (error.source().begin.line <= last_line) return std::nullopt;
      last_line = error.source().begin.line;

      const auto bounds = find_line(text, error.source().begin.line);
      const auto [begin, end] = bounds.value_or(std::pair{text.size(), text.size()});
      std::string_view line = std::string_view(text).substr(begin, end - begin);
      if (line.ends_with('\r')) line.remove_suffix(1);
      complain_about_syntax(reader, error, line);

      const std::string& code = reader.diagnostics.back().code;
      const bool is_duplicate = code == "duplicate-key";
      const bool is_right_by_itself = is_toml(line);
      const std::size_t first = line.find_first_not_of(" \t");
      const bool is_header = first == std::string_view::npos || line[first] == '[';
      if (code == "not-text" || is_header || (is_right_by_itself && !is_duplicate) ||
          reader.diagnostics.size() == max_syntax_mistakes) {
        return std::nullopt;
      }
      if (!is_duplicate || !is_right_by_itself) reader.whole = false;
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(begin), line.size(), ' ');
    }
  }
}

// ---------------------------------------------------------------------------------------------
// TOML -> values.

/// What a value is, for `got ...`: `the string "x"`, `an array`.
std::string described(const toml::node& node) {
  if (const auto* value = node.as_string()) return "the string " + base::in_quotes(value->get());
  if (const auto* value = node.as_integer()) return fmt::format("the integer {}", value->get());
  if (const auto* value = node.as_floating_point()) {
    return "the float " + real_as_toml(value->get());
  }
  if (const auto* value = node.as_boolean()) return fmt::format("the boolean {}", value->get());
  if (const auto* array = node.as_array()) {
    return array->is_array_of_tables() ? "an array of tables" : "an array";
  }
  if (node.is_table()) return "a table";
  return node.is_time() ? "a time" : node.is_date() ? "a date" : "a date and time";
}

void complain_about_type(Reader& reader, const Key& key, const toml::node& node) {
  complain(reader, code_of(key, "wrong-type"), location(reader, node),
           fmt::format("{} must be {}, got {}", key.name, wanted(key), described(node)));
}

template <class Number>
void complain_about_range(Reader& reader, const Key& key, const toml::node& node, Number min,
                          Number max, const std::string& got) {
  complain(reader, code_of(key, "out-of-range"), location(reader, node),
           fmt::format("{} must be between {} and {}, got {}", key.name, min, max, got));
}

void complain_about_value(Reader& reader, const Key& key, const toml::node& node,
                          std::string_view got) {
  constexpr std::string_view prefix = "a string, ";
  complain(reader, code_of(key, "unknown-value"), location(reader, node),
           fmt::format("{} must be {}, got {}", key.name, wanted(key).substr(prefix.size()),
                       base::in_quotes(got)));
}

// One function for each kind of value: puts it into the specification, or complains and is false.

bool read_value(Reader& reader, const Key& key, const Identifier& value, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return complain_about_type(reader, key, node), false;
  if (const auto complaint = complaint_about_name(text->get())) {
    return complain(reader, complaint->code, location(reader, node), complaint->message), false;
  }
  value.member(reader.spec) = text->get();
  return true;
}

bool read_value(Reader& reader, const Key& key, const Text& value, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return complain_about_type(reader, key, node), false;
  const std::string& content = text->get();
  const bool is_plain = std::all_of(content.begin(), content.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
  if (content.empty() || content.size() > 4096 || !is_plain) {
    return complain_about_value(reader, key, node, content), false;
  }
  value.member(reader.spec) = content;
  return true;
}

bool read_value(Reader& reader, const Key& key, const Integer& value, const toml::node& node) {
  const auto* number = node.as_integer();
  if (number == nullptr) return complain_about_type(reader, key, node), false;
  if (number->get() < value.min || number->get() > value.max) {
    complain_about_range(reader, key, node, value.min, value.max, fmt::format("{}", number->get()));
    return false;
  }
  value.member(reader.spec) = static_cast<int>(number->get());
  return true;
}

bool read_value(Reader& reader, const Key& key, const Real& value, const toml::node& node) {
  const std::optional<double> number =
      node.is_number() ? node.value<double>() : std::optional<double>();
  if (!number) return complain_about_type(reader, key, node), false;
  if (!(*number >= value.min && *number <= value.max)) {  // also where it is not a number
    complain_about_range(reader, key, node, value.min, value.max, fmt::format("{}", *number));
    return false;
  }
  value.member(reader.spec) = *number + 0.0;  // 0.0 for -0.0
  return true;
}

bool read_value(Reader& reader, const Key& key, const Format& value, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return complain_about_type(reader, key, node), false;
  const std::optional<IntegerFormat> format = format_named(text->get());
  if (!format) return complain_about_value(reader, key, node, text->get()), false;
  value.member(reader.spec) = *format;
  return true;
}

bool read_value(Reader& reader, const Key& key, const Choice& value, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return complain_about_type(reader, key, node), false;
  const auto found = std::find(value.names.begin(), value.names.end(), text->get());
  if (found == value.names.end()) {
    return complain_about_value(reader, key, node, text->get()), false;
  }
  value.set(reader.spec, static_cast<std::size_t>(found - value.names.begin()));
  return true;
}

void read_key(Reader& reader, const Key& key, const toml::node& node) {
  reader.mentioned.insert(&key);
  const bool good = std::visit(
      [&](const auto& value) { return read_value(reader, key, value, node); }, key.value);
  if (good) reader.read[&key] = location(reader, node);
}

// ---------------------------------------------------------------------------------------------
// Names that are not known. One that is near to a known name is taken for it, so that the mistakes
// in its value are reported too and the known one is not missed.

std::vector<std::string_view> key_names(std::string_view table) {
  std::vector<std::string_view> names;
  for (const Key& key : keys()) {
    if (key.table == table) names.push_back(key.name);
  }
  return names;
}

const Key* key_of(std::string_view table, std::string_view name) {
  const auto found = std::find_if(keys().begin(), keys().end(), [&](const Key& key) {
    return key.table == table && key.name == name;
  });
  return found == keys().end() ? nullptr : &*found;
}

/// `in [array]`, or `outside the tables`.
std::string place_of(std::string_view table) {
  return table.empty() ? "outside the tables" : fmt::format("in [{}]", table);
}

void read_unknown_key(Reader& reader, std::string_view table, const toml::key& name,
                      const toml::node& node) {
  const std::vector<std::string_view> here = key_names(table);
  std::string advice;
  const Key* meant = nullptr;
  if (const auto near = base::nearest_name(name.str(), here)) {
    meant = key_of(table, *near);
    advice = fmt::format("did you mean '{}'?", *near);
  }
  for (const Key& key : keys()) {  // the right name in the wrong table
    if (meant == nullptr && key.name == name.str()) {
      meant = &key;
      advice = fmt::format("it belongs {}", place_of(key.table));
    }
  }
  if (meant == nullptr) {
    advice = table.empty() ? fmt::format("there are {} and the tables [{}]", fmt::join(here, ", "),
                                         fmt::join(tables(), "], ["))
                           : fmt::format("there are {}", fmt::join(here, ", "));
  }
  complain(reader, "unknown-key", location(reader, name.source().begin),
           fmt::format("unknown key '{}' {}; {}", base::on_one_line(name.str()), place_of(table),
                       advice));
  if (meant != nullptr && !reader.mentioned.contains(meant)) read_key(reader, *meant, node);
}

/// Reads the keys of one table; `table` is empty for the top level.
void read_keys(Reader& reader, std::string_view table, const toml::table& content) {
  for (const Key& key : keys()) {
    if (key.table != table) continue;
    if (const toml::node* node = content.get(key.name)) read_key(reader, key, *node);
  }
}

void read_table(Reader& reader, std::string_view table, const toml::node& node) {
  reader.tables[table] = location(reader, node);
  if (const toml::table* content = node.as_table()) return read_keys(reader, table, *content);
  for (const Key& key : keys()) {
    if (key.table == table) reader.mentioned.insert(&key);  // not missing as well
  }
  complain(reader, "table-wrong-type", location(reader, node),
           fmt::format("{0} must be a table, [{0}], got {1}", table, described(node)));
}

void read_unknown_keys(Reader& reader, std::string_view table, const toml::node& node) {
  const toml::table* content = node.as_table();
  if (content == nullptr) return;
  for (const auto& [name, value] : *content) {
    if (key_of(table, name.str()) == nullptr) read_unknown_key(reader, table, name, value);
  }
}

void read_unknown_table(Reader& reader, const toml::key& name, const toml::node& node) {
  const auto near = base::nearest_name(name.str(), tables());
  complain(reader, "unknown-table", location(reader, name.source().begin),
           fmt::format("unknown table [{}]; {}", base::on_one_line(name.str()),
                       near ? fmt::format("did you mean [{}]?", *near)
                            : fmt::format("there are [{}]", fmt::join(tables(), "], ["))));
  if (near && !reader.tables.contains(*near)) {
    read_table(reader, *near, node);
    read_unknown_keys(reader, *near, node);
  }
}

void read_document(Reader& reader, const toml::table& root) {
  read_keys(reader, "", root);
  for (const std::string_view table : tables()) {
    if (const toml::node* node = root.get(table)) read_table(reader, table, *node);
  }
  for (const std::string_view table : tables()) {
    if (const toml::node* node = root.get(table)) read_unknown_keys(reader, table, *node);
  }
  for (const auto& [name, node] : root) {
    const bool is_known = key_of("", name.str()) != nullptr ||
                          std::find(tables().begin(), tables().end(), name.str()) != tables().end();
    if (is_known) continue;
    const auto* array = node.as_array();
    if (node.is_table() || (array != nullptr && array->is_array_of_tables())) {
      read_unknown_table(reader, name, node);
    } else {
      read_unknown_key(reader, "", name, node);
    }
  }
}

// ---------------------------------------------------------------------------------------------
// What needs several keys.

void complain_about_missing_keys(Reader& reader) {
  for (const Key& key : keys()) {
    if (!key.required || reader.mentioned.contains(&key)) continue;
    if (reader.read.contains(find_key("kind")) && !key.is_of(reader.spec.kind)) continue;
    const auto table = reader.tables.find(key.table);
    complain(reader, "missing-key",
             table == reader.tables.end() ? base::SourceLocation{reader.file, 1, 1} : table->second,
             fmt::format("missing key '{}' {}: {}", key.name, place_of(key.table), wanted(key)));
  }
}

/// True where the key's value is known, given or default.
bool is_settled(const Reader& reader, const Key* key) {
  return reader.read.contains(key) || ((!key->required || !key->is_of(reader.spec.kind)) &&
                                       reader.whole && !reader.mentioned.contains(key));
}

void set_derived_defaults(Reader& reader) {
  for (const Key& key : keys()) {
    if (key.derived_default.set != nullptr && !reader.mentioned.contains(&key) &&
        key.is_of(reader.spec)) {
      key.derived_default.set(reader.spec);
    }
  }
}

/// What the kind of macro says of operands that it has no keys for.
void set_operands_of_kind(MacroSpec& spec) {
  if (spec.kind != Kind::logic) return;
  spec.weight = {false, 1};
  spec.input = {false, 1};
}

/// Keys that another kind of macro has.
void complain_about_other_kinds(Reader& reader) {
  if (!reader.read.contains(find_key("kind"))) return;
  for (const auto& [key, at] : reader.read) {
    if (key->is_of(reader.spec.kind)) continue;
    std::string kinds;
    for (const Kind kind : key->only) {
      kinds += fmt::format("{}\"{}\"", kinds.empty() ? "" : " or ", to_string(kind));
    }
    complain(reader, "key-of-another-kind", at,
             fmt::format("'{}' is a key of kind {}; this macro is of kind \"{}\"", key->path(),
                         kinds, to_string(reader.spec.kind)));
  }
}

/// Keys that a macro has whose weights are kept in something else.
void complain_about_other_storages(Reader& reader) {
  if (!is_settled(reader, find_key("kind")) || !is_settled(reader, find_key("array.storage"))) {
    return;
  }
  for (const auto& [key, at] : reader.read) {
    if (!key->is_of(reader.spec.kind) || key->is_of(reader.spec)) continue;
    std::string storages;
    for (const Storage storage : key->only_with) {
      storages += fmt::format("{}\"{}\"", storages.empty() ? "" : " or ", to_string(storage));
    }
    complain(reader, "key-of-another-storage", at,
             fmt::format("'{}' is a key of storage {}; that of this macro is \"{}\"", key->path(),
                         storages, to_string(reader.spec.storage)));
  }
}

/// Where a mistake in a default is told: at the table of the key, if the file has it.
base::SourceLocation place_of_default(const Reader& reader, const Key& key) {
  const auto table = reader.tables.find(key.table);
  return table == reader.tables.end() ? base::SourceLocation{reader.file, 1, 1} : table->second;
}

void check_limits(Reader& reader) {
  for (const Key& key : keys()) {
    if (key.limit.violated == nullptr || !key.is_of(reader.spec)) continue;
    const auto read = reader.read.find(&key);
    const bool given = read != reader.read.end();
    // A default too may not go with the keys that are given; a derived one goes with those that
    // it follows from.
    if (!given && (!is_settled(reader, &key) || key.derived_default.set != nullptr)) continue;
    const auto& needs = key.limit.needs;
    if (!std::all_of(needs.begin(), needs.end(),
                     [&](std::string_view path) { return is_settled(reader, find_key(path)); })) {
      continue;
    }
    const auto must_be = key.limit.violated(reader.spec);
    if (!must_be) continue;
    complain(reader, code_of(key, "out-of-range"),
             given ? read->second : place_of_default(reader, key),
             fmt::format("{} must be {}, got {}{}", key.name, *must_be,
                         value_as_toml(key, reader.spec), given ? "" : ", its default"));
  }
}

ParseResult result_of(Reader reader) {
  base::sort_by_place(reader.diagnostics);
  ParseResult result;
  result.diagnostics = std::move(reader.diagnostics);
  if (result.diagnostics.empty()) result.spec = std::move(reader.spec);
  return result;
}

/// What needs several keys, once all of them are read.
ParseResult finish(Reader reader) {
  if (reader.whole) complain_about_missing_keys(reader);
  set_operands_of_kind(reader.spec);
  set_derived_defaults(reader);
  complain_about_other_kinds(reader);
  complain_about_other_storages(reader);
  check_limits(reader);
  return result_of(std::move(reader));
}

}  // namespace

ParseResult parse(std::string_view text, const std::string& file) {
  Reader reader;
  reader.file = file;
  const auto root = parse_toml(reader, std::string(text));
  if (!root) return result_of(std::move(reader));
  if (root->empty() && reader.whole) {
    std::vector<std::string> required;
    for (const Key& key : keys()) {
      if (key.required) required.push_back(key.path());
    }
    complain(reader, "empty-specification", {file, 1, 1},
             fmt::format("the specification is empty; it needs {}", fmt::join(required, ", ")));
    return result_of(std::move(reader));
  }
  read_document(reader, *root);
  return finish(std::move(reader));
}

struct Variants::State {
  Reader reader;  ///< that has read all but the keys that change
  std::vector<const Key*> keys;
};

Variants::Variants(std::string_view text, const std::vector<std::string>& keys)
    : state_(std::make_unique<State>()) {
  auto root = parse_toml(state_->reader, std::string(text));
  if (!root || !state_->reader.whole) {
    throw base::InputError(base::to_string(state_->reader.diagnostics));
  }
  for (const std::string& path : keys) {
    const Key* key = find_key(path);
    assert(key != nullptr);
    state_->keys.push_back(key);
    toml::table* table = &*root;
    if (!key->table.empty()) {
      toml::node* node = root->get(key->table);
      table = node == nullptr ? nullptr : node->as_table();
    }
    if (table != nullptr) table->erase(key->name);
  }
  read_document(state_->reader, *root);
}
Variants::Variants(Variants&&) noexcept = default;
Variants& Variants::operator=(Variants&&) noexcept = default;
Variants::~Variants() = default;

const base::Diagnostics& Variants::mistakes() const {
  return state_->reader.diagnostics;
}

ParseResult Variants::with(std::span<const TomlValue> values, const std::string& name) const {
  assert(values.size() == state_->keys.size());
  Reader reader = state_->reader;
  reader.file = name;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::visit([&](const auto& plain) { read_key(reader, *state_->keys[i], toml::value{plain}); },
               values[i]);
  }
  return finish(std::move(reader));
}

MacroSpec load(const std::filesystem::path& path) {
  ParseResult result = parse(base::read_file(path, max_file_bytes), path.string());
  if (!result.spec) throw base::InputError(base::to_string(result.diagnostics));
  return std::move(*result.spec);
}

}  // namespace cimforge::spec
