#include "flows/sweep/axis_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"
#include "generator/spec/keys.h"

namespace cimforge::sweep {
namespace {

constexpr std::size_t most_values = 1'000'000;  // of one axis

std::optional<Value> value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return Value(text->get());
  if (const auto* number = node.as_integer()) return Value(number->get());
  if (const auto* number = node.as_floating_point()) return Value(number->get());
  if (const auto* flag = node.as_boolean()) return Value(flag->get());
  return std::nullopt;
}

}  // namespace

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.size() <= 60 && (name.front() < '0' || name.front() > '9') &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

const std::vector<std::string>& key_paths() {
  static const std::vector<std::string> paths = [] {
    std::vector<std::string> made;
    for (const spec::Key& key : spec::keys()) made.push_back(key.path());
    return made;
  }();
  return paths;
}

std::string AxisReader::name_of_file() const {
  using nlohmann::json;
  const std::string quoted =
      json(path_.stem().string()).dump(-1, ' ', false, json::error_handler_t::replace);
  return base::on_one_line(json::parse(quoted).get<std::string>());
}

std::string AxisReader::read_specification(const toml::table& root) {
  std::string specification;
  const toml::node* node = root.get("specification");
  if (node == nullptr) {
    complain("missing-key",
             "missing key 'specification': the file, or the table, that the axes change");
  } else if (const toml::table* table = node->as_table()) {
    std::ostringstream text;
    text << *table;
    specification = text.str();
  } else if (const auto* name = node->as_string()) {
    try {
      specification = base::read_file(path_.parent_path() / name->get(), 1U << 20U);
      static_cast<void>(toml::parse(std::string_view(specification)));
    } catch (const base::InputError& mistake) {
      complain(*node, "specification-not-read", mistake.what());
    } catch (const toml::parse_error& mistake) {
      complain(*node, "specification-not-read",
               fmt::format("{}:{}:{}: not TOML: {}", name->get(), mistake.source().begin.line,
                           mistake.source().begin.column,
                           base::on_one_line(mistake.description(), 200)));
    }
  } else {
    complain(*node, "specification-wrong-type",
             "specification must be the name of a file, or a table [specification]");
  }
  return specification;
}

std::vector<Axis> AxisReader::read_axes(const toml::table& root, Variables variables,
                                        std::set<std::string>& names) {
  std::vector<Axis> axes;
  for (const toml::table* table : tables(root.get("axis"), "axis")) {
    const std::size_t before = mistakes();
    check_keys(*table, {"key", "keys", "values", "range"}, "in [[axis]]");
    Axis axis;
    axis.names = names_of(*table, variables, names);
    if (mistakes() > before || axis.names.empty()) continue;
    const toml::node* values = table->get("values");
    const toml::node* range = table->get("range");
    if ((values == nullptr) == (range == nullptr)) {
      complain(*table, "axis-without-values", "an axis has either values or a range");
    } else if (values != nullptr) {
      read_values(*values, axis);
    } else {
      read_range(*range, axis);
    }
    if (mistakes() == before) axes.push_back(std::move(axis));
  }
  return axes;
}

/// The names of an axis, each known and given once.
std::vector<std::string> AxisReader::names_of(const toml::table& table, Variables variables,
                                              std::set<std::string>& all) {
  std::vector<std::string> names;
  const toml::node* one = table.get("key");
  const toml::node* several = table.get("keys");
  if ((one == nullptr) == (several == nullptr)) {
    complain(table, "axis-without-key",
             "an axis has either key, a name, or keys, several that change together");
    return names;
  }
  const auto add = [&](const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) {
      complain(node, "key-wrong-type", "a key is a text such as \"array.rows\"");
      return;
    }
    const std::vector<std::string_view> known(key_paths().begin(), key_paths().end());
    const std::string& name = text->get();
    const bool may_be = variables == Variables::allowed && is_variable_name(name);
    if (spec::find_key(name) == nullptr && !may_be) {
      const auto near = base::nearest_name(name, known);
      complain(node, "key-unknown",
               fmt::format("{} is no key of a specification{}", base::in_quotes(name),
                           near ? fmt::format("; did you mean '{}'?", *near)
                           : variables == Variables::allowed
                               ? "; a variable of commands has letters, digits and _"
                               : ""));
    } else if (name == "name") {
      complain(node, "key-unknown", "the name of the macro is the same in all points");
    } else if (!all.insert(name).second) {
      complain(node, "key-repeated", fmt::format("{} has an axis already", name));
    } else {
      names.push_back(name);
    }
  };
  if (one != nullptr) {
    add(*one);
  } else if (const toml::array* array = several->as_array(); array && !array->empty()) {
    for (const toml::node& node : *array) add(node);
  } else {
    complain(*several, "keys-wrong-type", "keys must be an array of names");
  }
  return names;
}

void AxisReader::read_values(const toml::node& node, Axis& axis) {
  const toml::array* array = node.as_array();
  if (array == nullptr || array->empty()) {
    complain(node, "axis-without-values",
             fmt::format("the axis {} has no values: values must be an array with one at least",
                         fmt::join(axis.names, ", ")));
    return;
  }
  std::set<std::string> seen;
  for (const toml::node& element : *array) {
    std::vector<Value> row;
    if (axis.names.size() == 1) {
      if (auto value = value_of(element)) row.push_back(std::move(*value));
    } else if (const toml::array* inner = element.as_array()) {
      for (const toml::node& each : *inner) {
        if (auto value = value_of(each)) row.push_back(std::move(*value));
      }
    }
    if (row.size() != axis.names.size()) {
      complain(element, "values-wrong-type",
               axis.names.size() == 1 ? "a value is an integer, a float, a boolean or a text"
                                      : fmt::format("a value of {} keys is an array of {} values",
                                                    axis.names.size(), axis.names.size()));
      continue;
    }
    std::string text;
    for (const Value& value : row) text += fmt::format("{}:{}\n", value.index(), to_text(value));
    if (!seen.insert(text).second) {
      complain(element, "values-repeated", "this value is in the axis already");
      continue;
    }
    axis.values.push_back(std::move(row));
  }
}

void AxisReader::read_range(const toml::node& node, Axis& axis) {
  const toml::table* table = node.as_table();
  if (table == nullptr || axis.names.size() != 1) {
    complain(node, "range-wrong-type",
             "a range is { first = 8, last = 64, step = 8 }, or factor in place of step, of one "
             "key");
    return;
  }
  check_keys(*table, {"first", "last", "step", "factor"}, "in a range");
  const toml::node* first = table->get("first");
  const toml::node* last = table->get("last");
  const toml::node* step = table->get("step");
  const toml::node* factor = table->get("factor");
  // Past this a double skips integers.
  constexpr double largest = 9007199254740992.0;  // 2^53
  const auto is_number = [](const toml::node* each) {
    if (each == nullptr) return true;
    const std::optional<double> value = each->is_number() ? each->value<double>() : std::nullopt;
    return value && std::abs(*value) < largest;
  };
  if (first == nullptr || last == nullptr || (step != nullptr && factor != nullptr) ||
      !is_number(first) || !is_number(last) || !is_number(step) || !is_number(factor)) {
    complain(node, "range-wrong-type",
             "a range has the numbers first and last, and step or factor (else a step of 1), each "
             "below 2^53");
    return;
  }
  const bool integers = first->is_integer() && (step == nullptr || step->is_integer()) &&
                        (factor == nullptr || factor->is_integer());
  const double from = *first->value<double>();
  const double to = *last->value<double>();
  const double by = step != nullptr ? *step->value<double>() : 1.0;
  const double times = factor != nullptr ? *factor->value<double>() : 0.0;
  const bool goes_up = factor != nullptr ? times > 1.0 && from > 0.0 : by > 0.0;
  if (!goes_up) {
    complain(node, "range-out-of-range",
             "a step is more than 0; a factor is more than 1, and first then more than 0");
    return;
  }
  // A step of 0.1 has no exact value: the last one counts within a millionth of a step.
  const double slack = factor != nullptr ? to * 1e-9 : by * 1e-6;
  for (std::size_t i = 0;; ++i) {
    const double value = factor != nullptr ? from * std::pow(times, static_cast<double>(i))
                                           : from + by * static_cast<double>(i);
    if (value > to + slack) break;
    if (i == most_values) {
      complain(node, "range-out-of-range",
               fmt::format("a range has at most {} values", most_values));
      return;
    }
    axis.values.push_back({integers ? Value(std::llround(value)) : Value(value)});
  }
  if (axis.values.empty()) {
    complain(node, "axis-without-values",
             fmt::format("the axis {} has no values: last is less than first", axis.names[0]));
  }
}

}  // namespace cimforge::sweep
