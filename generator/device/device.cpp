#include "generator/device/device.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"
#include "generator/base/toml_reader.h"

namespace cimforge::device {

const std::map<std::string, std::string>& presets();

namespace {

constexpr std::size_t max_file_bytes = std::size_t{1} << 20;
constexpr std::array status_names = {"published", "fitted", "assumed", "required"};

/// A device while it is being read.
struct Reader {
  std::string file;
  base::Diagnostics& diagnostics;
  Device device;

  void complain(std::string code, const toml::node& node, std::string message) {
    complain(std::move(code), node.source().begin, std::move(message));
  }
  void complain(std::string code, const toml::source_position& at, std::string message) {
    diagnostics.push_back({std::move(code), place(at), std::move(message)});
  }
  [[nodiscard]] base::SourceLocation place(const toml::source_position& at) const {
    return {file, static_cast<int>(at.line), static_cast<int>(at.column)};
  }
};

/// `; did you mean 'levels'?`, or which names there are.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  const auto nearest = base::nearest_name(name, known);
  return nearest ? fmt::format("did you mean '{}'?", *nearest)
                 : fmt::format("known are {}", fmt::join(known, ", "));
}

void complain_about_unknown(Reader& reader, const toml::key& key, std::string_view where,
                            const std::vector<std::string_view>& known) {
  reader.complain("unknown-key", key.source().begin,
                  fmt::format("unknown key '{}' {}; {}", base::on_one_line(key.str()), where,
                              suggestion(key.str(), known)));
}

/// The text of a key; nothing, and a complaint, where it is something else.
std::optional<std::string> text_of(Reader& reader, const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto* text = node->as_string();
  if (text == nullptr || text->get().empty()) {
    reader.complain("wrong-type", *node, fmt::format("{} must be a text that is not empty", key));
    return std::nullopt;
  }
  return text->get();
}

/// Numbers of a key: a number, or an array of them.
std::optional<std::vector<double>> numbers_of(Reader& reader, const toml::node& node,
                                              std::string_view what) {
  std::vector<double> numbers;
  const auto add = [&](const toml::node& each) {
    const std::optional<double> number =
        each.is_number() ? each.value<double>() : std::optional<double>();
    if (number && std::isfinite(*number)) {
      numbers.push_back(*number);
      return true;
    }
    reader.complain("not-a-number", each, fmt::format("{} must be finite numbers", what));
    return false;
  };
  if (const auto* array = node.as_array()) {
    for (const toml::node& each : *array) {
      if (!add(each)) return std::nullopt;
    }
    return numbers;
  }
  return add(node) ? std::optional(numbers) : std::nullopt;
}

std::string range_text(double low, double high) {
  return fmt::format("{:g} to {:g}", low, high);
}

void read_values(Reader& reader, const ParameterInfo& info, const toml::node& node,
                 Parameter& parameter) {
  const auto numbers = numbers_of(reader, node, info.name);
  if (!numbers) return;
  if (numbers->size() < info.fewest || numbers->size() > info.most) {
    reader.complain(
        "wrong-count", node,
        fmt::format("{} must have {} numbers, got {}", info.name,
                    info.fewest == info.most ? fmt::format("{}", info.fewest)
                                             : fmt::format("{} to {}", info.fewest, info.most),
                    numbers->size()));
    return;
  }
  for (const double number : *numbers) {
    if (number >= info.least && number <= info.greatest) continue;
    reader.complain("impossible", node,
                    fmt::format("{} must be {} {}, got {:g}", info.name,
                                range_text(info.least, info.greatest), info.unit, number));
    return;
  }
  if (info.name == "levels" && std::floor(numbers->front()) != numbers->front()) {
    reader.complain("impossible", node, "levels must be a whole number");
    return;
  }
  parameter.values = *numbers;
}

void read_parameter(Reader& reader, const ParameterInfo& info, const toml::table& table) {
  for (const auto& [key, node] : table) {
    static const std::vector<std::string_view> known = {"value", "unit", "range", "status",
                                                        "source"};
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      complain_about_unknown(reader, key, fmt::format("in {}", info.name), known);
    }
  }
  Parameter parameter;
  parameter.low = info.least;
  parameter.high = info.greatest;
  parameter.location = reader.place(table.source().begin);
  // A parameter of the preset that this device starts from keeps what is not said again.
  if (const auto former = reader.device.parameters.find(info.name);
      former != reader.device.parameters.end()) {
    parameter.low = former->second.low;
    parameter.high = former->second.high;
  }
  if (const toml::node* range = table.get("range")) {
    const auto numbers = numbers_of(reader, *range, fmt::format("the range of {}", info.name));
    if (numbers && (numbers->size() != 2 || !((*numbers)[0] <= (*numbers)[1]))) {
      reader.complain(
          "wrong-range", *range,
          fmt::format("the range of {} must be two numbers, the lower first", info.name));
    } else if (numbers) {
      parameter.low = (*numbers)[0];
      parameter.high = (*numbers)[1];
    }
  }
  if (const toml::node* value = table.get("value")) {
    parameter.location = reader.place(value->source().begin);
    read_values(reader, info, *value, parameter);
    const bool is_single = info.most == 1;
    for (const double number : parameter.values) {
      if (!is_single || (number >= parameter.low && number <= parameter.high)) continue;
      reader.complain("outside-its-range", *value,
                      fmt::format("{} is {:g} {}, outside of its valid range {}", info.name, number,
                                  info.unit, range_text(parameter.low, parameter.high)));
    }
  }
  const std::optional<std::string> unit = text_of(reader, table, "unit");
  if (!unit && !table.contains("unit")) {
    reader.complain("no-unit", table,
                    fmt::format("{} has no unit; it is `{}`", info.name, info.unit));
  } else if (unit && *unit != info.unit) {
    reader.complain("wrong-unit", *table.get("unit"),
                    fmt::format("the unit of {} is `{}`, got `{}`", info.name, info.unit,
                                base::on_one_line(*unit)));
  }
  parameter.status = table.contains("value") ? Status::assumed : Status::required;
  if (const auto status = text_of(reader, table, "status")) {
    const auto found = std::find(status_names.begin(), status_names.end(), *status);
    if (found == status_names.end()) {
      reader.complain("unknown-value", *table.get("status"),
                      fmt::format("status must be one of {}, got {}", fmt::join(status_names, ", "),
                                  base::in_quotes(*status)));
    } else {
      parameter.status = static_cast<Status>(found - status_names.begin());
    }
  }
  if (const auto source = text_of(reader, table, "source")) {
    parameter.source = *source;
  } else if (!table.contains("source")) {
    reader.complain("no-source", table, fmt::format("{} does not say where it is from", info.name));
  }
  if (parameter.status == Status::required && table.contains("value")) {
    reader.complain("required-with-value", table,
                    fmt::format("{} has a value and the status `required`, which is for parameters "
                                "without one",
                                info.name));
  }
  if (parameter.status != Status::required && !table.contains("value")) {
    reader.complain(
        "no-value", table,
        fmt::format("{} has no value; where nobody knows it the status is `required`", info.name));
  }
  reader.device.parameters[std::string(info.name)] = std::move(parameter);
}

void read_parameters(Reader& reader, const toml::table& table) {
  std::vector<std::string_view> known;
  for (const ParameterInfo& info : parameter_table()) known.push_back(info.name);
  for (const auto& [key, node] : table) {
    const ParameterInfo* info = find_parameter(key.str());
    if (info == nullptr) {
      const auto nearest = base::nearest_name(key.str(), known);
      reader.complain(
          "unknown-parameter", key.source().begin,
          fmt::format("unknown parameter '{}'; {}", base::on_one_line(key.str()),
                      nearest ? fmt::format("did you mean '{}'?", *nearest)
                              : std::string("`cimforge devices --parameters` lists them")));
    } else if (!node.is_table()) {
      reader.complain(
          "wrong-type", node,
          fmt::format("{} must be a table with value, unit, status and source", info->name));
    } else {
      read_parameter(reader, *info, *node.as_table());
    }
  }
}

/// What has to hold between parameters.
void check_together(Reader& reader, const toml::table& root) {
  const Device& device = reader.device;
  const auto complain = [&](std::string code, std::string_view parameter, std::string message) {
    reader.diagnostics.push_back(
        {std::move(code), device.parameters.find(parameter)->second.location, std::move(message)});
  };
  for (const auto& [low, high] : {std::pair{"g_min", "g_max"}, std::pair{"i_min", "i_max"},
                                  std::pair{"resistance_p", "resistance_ap"}}) {
    if (device.has(low) && device.has(high) && device.value(low) >= device.value(high)) {
      complain("on-below-off", high,
               fmt::format("{} must be greater than {}: {:g} against {:g}", high, low,
                           device.value(high), device.value(low)));
    }
  }
  for (const char* polynomial : {"program_polynomial", "relax_polynomials"}) {
    if (device.has(polynomial) && !device.has("program_scale")) {
      complain("no-scale", polynomial, fmt::format("{} needs program_scale", polynomial));
    }
  }
  if (device.has("program_scale") && device.value("program_scale") <= 0.0) {
    complain("impossible", "program_scale", "program_scale must be more than 0");
  }
  if (device.has("relax_times") != device.has("relax_polynomials")) {
    complain("no-pair", device.has("relax_times") ? "relax_times" : "relax_polynomials",
             "relax_times and relax_polynomials belong together");
  } else if (device.has("relax_times")) {
    const auto& times = device.values("relax_times");
    if (device.values("relax_polynomials").size() % times.size() != 0) {
      complain(
          "wrong-count", "relax_polynomials",
          fmt::format("relax_polynomials must be {} polynomials of the same length", times.size()));
    }
    if (!std::is_sorted(times.begin(), times.end(), std::less_equal<>())) {
      complain("wrong-order", "relax_times", "relax_times must grow");
    }
  }
  const Family* family = find_family(device.family);
  if (family == nullptr) return;
  for (const std::string_view need : family->needs) {
    if (device.parameters.contains(need)) continue;
    reader.complain(
        "no-parameter", root,
        fmt::format("a device of the family {} needs the parameter {}", family->name, need));
  }
}

void read_root(Reader& reader, const toml::table& root) {
  static const std::vector<std::string_view> known = {"name", "title", "family", "base",
                                                      "parameters"};
  for (const auto& [key, node] : root) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      complain_about_unknown(reader, key, "of a device", known);
    }
  }
  if (const auto base_name = text_of(reader, root, "base")) {
    const auto found = presets().find(*base_name + ".toml");
    if (found == presets().end()) {
      const std::vector<std::string> names = preset_names();
      reader.complain("unknown-base", *root.get("base"),
                      fmt::format("there is no preset {}; {}", base::in_quotes(*base_name),
                                  suggestion(*base_name, {names.begin(), names.end()})));
    } else {
      base::Diagnostics none;
      reader.device = parse(found->second, found->first, none);
    }
  }
  if (const auto name = text_of(reader, root, "name")) {
    reader.device.name = *name;
  } else if (!root.contains("name")) {
    reader.complain("no-name", root, "the device has no name");
  }
  if (const auto title = text_of(reader, root, "title")) reader.device.title = *title;
  if (const auto family = text_of(reader, root, "family")) {
    reader.device.family = *family;
    if (find_family(*family) == nullptr) {
      std::vector<std::string_view> names;
      for (const Family& each : family_table()) names.push_back(each.name);
      reader.complain("unknown-family", *root.get("family"),
                      fmt::format("there is no family {}; {}", base::in_quotes(*family),
                                  suggestion(*family, names)));
    }
  } else if (reader.device.family.empty() && !root.contains("family")) {
    reader.complain("no-family", root, "the device has no family");
  }
  if (const toml::node* parameters = root.get("parameters")) {
    if (const auto* table = parameters->as_table()) {
      read_parameters(reader, *table);
    } else {
      reader.complain("wrong-type", *parameters, "parameters must be a table");
    }
  }
  check_together(reader, root);
}

}  // namespace

std::string_view to_string(Status status) {
  return status_names.at(static_cast<std::size_t>(status));
}

bool Device::has(std::string_view parameter) const {
  const auto found = parameters.find(parameter);
  return found != parameters.end() && !found->second.values.empty();
}

const std::vector<double>& Device::values(std::string_view parameter) const {
  if (!has(parameter)) {
    throw base::InputError(fmt::format(
        "the device {} has no value for {}: give it in a device file with base = \"{}\"", name,
        parameter, name));
  }
  return parameters.find(parameter)->second.values;
}

double Device::value(std::string_view parameter) const {
  return values(parameter).front();
}

std::vector<std::string> Device::missing() const {
  std::vector<std::string> names;
  for (const auto& [key, parameter] : parameters) {
    if (parameter.values.empty()) names.push_back(key);
  }
  return names;
}

Device parse(std::string_view text, const std::string& file, base::Diagnostics& diagnostics) {
  Reader reader{file, diagnostics, {}};
  if (const auto root = base::parse_toml(text, file, "device", diagnostics)) {
    read_root(reader, *root);
  }
  base::sort_by_place(diagnostics);
  return std::move(reader.device);
}

Device load(const std::string& name_or_file) {
  std::string text;
  std::string file = name_or_file;
  if (name_or_file.ends_with(".toml")) {
    text = base::read_file(name_or_file, max_file_bytes);
  } else {
    const auto found = presets().find(name_or_file + ".toml");
    if (found == presets().end()) {
      const std::vector<std::string> names = preset_names();
      throw base::InputError(fmt::format(
          "there is no device {}; {}; a file of your own ends in .toml",
          base::in_quotes(name_or_file), suggestion(name_or_file, {names.begin(), names.end()})));
    }
    text = found->second;
    file = found->first;
  }
  base::Diagnostics diagnostics;
  Device device = parse(text, file, diagnostics);
  if (!diagnostics.empty()) throw base::InputError(base::to_string(diagnostics));
  return device;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& [file, text] : presets()) {
    names.push_back(file.substr(0, file.size() - std::string_view(".toml").size()));
  }
  return names;
}

}  // namespace cimforge::device
