#include "tests/spec/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "generator/spec/keys.h"
#include "generator/spec/verilog_name.h"

namespace cimforge::spec {
namespace {

using Json = nlohmann::ordered_json;

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // clang++ 14 does not find it by itself

/// The default as a TOML literal; empty where there is none or it follows from other keys.
std::string fixed_default(const Key& key) {
  if (key.required || key.derived_default.set != nullptr) return {};
  return value_as_toml(key, MacroSpec{});
}

// JSON Schema.

Json identifier_schema() {
  Json forbidden = Json::array();
  for (const std::string_view keyword : verilog_keywords()) forbidden.push_back(keyword);
  return {
      {"type", "string"},
      {"pattern", "^[A-Za-z_][A-Za-z0-9_]*$"},
      {"maxLength", max_name_length},
      {"not",
       {{"anyOf", {{{"pattern", fmt::format("^{}", reserved_prefix)}}, {{"enum", forbidden}}}}}}};
}

Json value_schema(const Key& key) {
  return std::visit(
      Overloaded{[](const Identifier&) { return identifier_schema(); },
                 [](const Text&) -> Json {
                   return {{"type", "string"}, {"pattern", "^[^\\u0000-\\u001f\\u007f]{1,4096}$"}};
                 },
                 [](const Integer& value) -> Json {
                   return {{"type", "integer"}, {"minimum", value.min}, {"maximum", value.max}};
                 },
                 [](const Real& value) -> Json {
                   return {{"type", "number"}, {"minimum", value.min}, {"maximum", value.max}};
                 },
                 [](const Format&) -> Json {
                   Json names = Json::array();
                   for (const std::string& name : format_names()) names.push_back(name);
                   return {{"type", "string"}, {"enum", names}};
                 },
                 [](const Choice& value) -> Json {
                   return {{"type", "string"}, {"enum", value.names}};
                 }},
      key.value);
}

/// The Markdown of a meaning as plain text.
std::string plain(std::string_view markdown) {
  std::string text(markdown);
  std::erase(text, '`');
  return text;
}

Json key_schema(const Key& key) {
  Json schema;
  std::string description = plain(key.meaning);
  if (!key.unit.empty()) description += fmt::format(" Unit: {}.", key.unit);
  if (!key.limit.documentation.empty()) {
    description += fmt::format(" Limit: {}.", plain(key.limit.documentation));
  }
  if (key.derived_default.set != nullptr) {
    description += fmt::format(" Default: {}.", plain(key.derived_default.documentation));
  }
  schema["description"] = description;
  schema.update(value_schema(key));
  if (const std::string text = fixed_default(key); !text.empty()) {
    schema["default"] = Json::parse(text);  // strings and numbers are alike in TOML and JSON
  }
  return schema;
}

/// The object of one table, without the tables below the top level.
Json table_schema(std::string_view table) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Key& key : keys()) {
    if (key.table != table) continue;
    properties[std::string(key.name)] = key_schema(key);
    if (key.required) required.push_back(key.name);
  }
  Json schema{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

// Markdown.

std::string range_as_markdown(const Key& key) {
  std::string text = std::visit(
      Overloaded{[](const Identifier&) -> std::string { return "text"; },
                 [](const Text&) -> std::string { return "text"; },
                 [](const Integer& value) { return fmt::format("{} to {}", value.min, value.max); },
                 [](const Real& value) { return fmt::format("{} to {}", value.min, value.max); },
                 [](const Format&) -> std::string {
                   return "`\"int1\"` to `\"int16\"`, `\"uint1\"` to `\"uint16\"`, `\"bipolar\"`, "
                          "`\"ternary\"`";
                 },
                 [](const Choice& value) {
                   std::vector<std::string> names;
                   for (const char* name : value.names) {
                     names.push_back(fmt::format("`\"{}\"`", name));
                   }
                   return fmt::format("{}", fmt::join(names, ", "));
                 }},
      key.value);
  if (!key.limit.documentation.empty()) text += fmt::format("; {}", key.limit.documentation);
  return text;
}

std::string default_as_markdown(const Key& key) {
  if (key.required) return "required";
  if (key.derived_default.set != nullptr) return std::string(key.derived_default.documentation);
  return fmt::format("`{}`", fixed_default(key));
}

std::string table_as_markdown(std::string_view table) {
  std::string text =
      "| Key | Range | Unit | Default | Meaning |\n"
      "|---|---|---|---|---|\n";
  for (const Key& key : keys()) {
    if (key.table != table) continue;
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", key.name, range_as_markdown(key),
                        key.unit.empty() ? "-" : key.unit, default_as_markdown(key), key.meaning);
  }
  return text;
}

}  // namespace

std::string schema_as_json() {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"title", "cimforge specification"},
              {"description",
               "Specification of a compute-in-memory macro; see docs/specification.md. Written by "
               "tests/spec from generator/spec/keys.cpp."}};
  schema.update(table_schema(""));
  for (const std::string_view table : tables()) {
    const Json below = table_schema(table);
    schema["properties"][std::string(table)] = below;
    if (below.contains("required")) {
      const auto key = std::ranges::find_if(
          keys(), [&](const Key& each) { return each.table == table && each.required; });
      if (key->only.empty()) {
        schema["required"].push_back(table);
      } else {
        // Tables that some kinds of macro alone must have.
        Json kinds = Json::array();
        for (const Kind kind : key->only) kinds.push_back(to_string(kind));
        schema["allOf"].push_back({{"if", {{"properties", {{"kind", {{"enum", kinds}}}}}}},
                                   {"then", {{"required", Json::array({table})}}}});
      }
    }
  }
  // The one rule between keys that an editor can show: exact results keep every bit.
  Json& output = schema["properties"]["output"];
  output["if"] = {{"properties", {{"mode", {{"const", "exact"}}}}}};
  output["then"] = {{"properties", {{"shift", {{"const", 0}}}}}};
  return schema.dump(2) + "\n";
}

std::string tables_as_markdown() {
  std::string text = "### Top level\n\n" + table_as_markdown("");
  for (const std::string_view table : tables()) {
    text += fmt::format("\n### [{}]\n\n{}", table, table_as_markdown(table));
  }
  return text;
}

}  // namespace cimforge::spec
