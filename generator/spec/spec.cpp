#include "generator/spec/spec.h"

#include <fmt/format.h>

#include <array>

#include "generator/spec/keys.h"

namespace cimforge::spec {

namespace {

constexpr std::array element_names = {"int",      "fp16",     "bf16",     "fp8_e4m3",
                                      "fp8_e5m2", "fp6_e3m2", "fp6_e2m3", "fp4_e2m1"};

}  // namespace

std::string IntegerFormat::name() const {
  if (is_bipolar) return "bipolar";
  if (is_ternary) return "ternary";
  if (element != Element::integer) {
    return fmt::format("{}{}", has_scale ? "mx" : "",
                       element_names.at(static_cast<std::size_t>(element)));
  }
  // The Microscaling formats have but one of integers; others are block floating point.
  if (has_scale) return bits == 8 ? "mxint8" : fmt::format("bfp{}", bits);
  return fmt::format("{}int{}", is_signed ? "" : "u", bits);
}

const char* to_string(Kind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}
const char* to_string(Bitcell cell) {
  return bitcell_names.at(static_cast<std::size_t>(cell));
}
const char* to_string(Storage storage) {
  return storage_names.at(static_cast<std::size_t>(storage));
}
const char* to_string(AdderTree tree) {
  return adder_tree_names.at(static_cast<std::size_t>(tree));
}
const char* to_string(OutputMode mode) {
  return output_mode_names.at(static_cast<std::size_t>(mode));
}

const char* to_string(Encoding encoding) {
  return encoding_names.at(static_cast<std::size_t>(encoding));
}
const char* to_string(Adc adc) {
  return adc_names.at(static_cast<std::size_t>(adc));
}
const char* to_string(ArrayModel model) {
  return array_model_names.at(static_cast<std::size_t>(model));
}

std::string to_toml(const MacroSpec& spec) {
  std::string text;
  std::string_view table;
  for (const Key& key : keys()) {
    if (!key.is_of(spec)) continue;
    if (key.table != table) {
      table = key.table;
      text += fmt::format("\n[{}]\n", table);
    }
    text += fmt::format("{} = {}\n", key.name, value_as_toml(key, spec));
  }
  return text;
}

}  // namespace cimforge::spec
