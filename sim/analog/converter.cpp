#include "sim/analog/converter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/nearest_name.h"
#include "generator/base/quote.h"
#include "generator/base/toml_reader.h"
#include "sim/analog/cell_model.h"
#include "sim/noise/noise.h"

namespace cimforge::analog {
namespace {

constexpr std::array<std::string_view, 4> kKindNames = {"flash", "ramp", "sar", "time"};
constexpr int kMostShift = 62;
constexpr std::size_t kMostFileBytes = std::size_t{1} << 22U;  // two tables of 2^16 numbers

/// A file while it is being read.
struct Reader {
  const std::string& file;
  base::Diagnostics& diagnostics;
  const toml::table& root;

  void complain(std::string code, const toml::source_position& at, std::string message) {
    diagnostics.push_back({std::move(code),
                           {file, static_cast<int>(at.line), static_cast<int>(at.column)},
                           std::move(message)});
  }
  void complain(std::string code, const toml::node& node, std::string message) {
    complain(std::move(code), node.source().begin, std::move(message));
  }
  /// About a value that passed its own check.
  void complain_about(std::string_view key, std::string code, std::string message) {
    complain(std::move(code), *root.get(key), std::move(message));
  }
};

void read_kind(Reader& reader, ConverterConfig& config) {
  const toml::node* node = reader.root.get("kind");
  if (node == nullptr) {
    reader.complain(
        "no-kind", reader.root,
        fmt::format("the converter has no kind; it is one of {}", fmt::join(kKindNames, ", ")));
    return;
  }
  const auto* text = node->as_string();
  const auto kind = text != nullptr ? kind_of(text->get()) : std::nullopt;
  if (kind) {
    config.kind = *kind;
  } else if (text == nullptr) {
    reader.complain("wrong-type", *node, "kind must be a text");
  } else {
    const auto nearest = base::nearest_name(text->get(), kKindNames);
    reader.complain("unknown-value", *node,
                    fmt::format("kind must be one of {}, got {}{}", fmt::join(kKindNames, ", "),
                                base::in_quotes(text->get()),
                                nearest ? fmt::format("; did you mean '{}'?", *nearest) : ""));
  }
}

/// Whether the configuration has them; tables need to know.
bool read_bits(Reader& reader, ConverterConfig& config) {
  const toml::node* node = reader.root.get("bits");
  if (node == nullptr) {
    reader.complain("no-bits", reader.root,
                    fmt::format("the converter has no bits: {} to {}", kFewestBits, kMostBits));
    return false;
  }
  const auto* number = node->as_integer();
  if (number == nullptr) {
    reader.complain("wrong-type", *node, "bits must be a whole number");
    return false;
  }
  if (number->get() < kFewestBits || number->get() > kMostBits) {
    reader.complain(
        "bits-out-of-range", *node,
        fmt::format("bits must be {} to {}, got {}", kFewestBits, kMostBits, number->get()));
    return false;
  }
  config.bits = static_cast<int>(number->get());
  return true;
}

std::optional<double> finite_number(Reader& reader, const toml::node& node, std::string_view what) {
  const std::optional<double> number =
      node.is_number() ? node.value<double>() : std::optional<double>();
  if (number && std::isfinite(*number)) return number;
  reader.complain("not-a-number", node, fmt::format("{} must be a finite number", what));
  return std::nullopt;
}

/// Of a key that may be missing.
void read_number(Reader& reader, std::string_view key, double& value) {
  const toml::node* node = reader.root.get(key);
  if (node == nullptr) return;
  if (const auto number = finite_number(reader, *node, key)) value = *number;
}

void read_sigma(Reader& reader, std::string_view key, double& value) {
  read_number(reader, key, value);
  if (value >= 0.0) return;
  reader.complain_about(key, "negative-sigma",
                        fmt::format("{} is a standard deviation: 0 or more, got {:g}", key, value));
  value = 0.0;
}

/// A table of one number for each code.
std::vector<double> read_table(Reader& reader, std::string_view key, std::size_t codes) {
  const toml::node& node = *reader.root.get(key);
  const auto* array = node.as_array();
  if (array == nullptr) {
    reader.complain("wrong-type", node, fmt::format("{} must be an array of numbers", key));
    return {};
  }
  if (array->size() != codes) {
    reader.complain("wrong-count", node,
                    fmt::format("{} must have {} numbers, one for each code, got {}", key, codes,
                                array->size()));
    return {};
  }
  std::vector<double> table;
  for (std::size_t i = 0; i < codes; ++i) {
    const auto number = finite_number(reader, *array->get(i), fmt::format("{}[{}]", key, i));
    if (!number) return {};
    table.push_back(*number);
  }
  return table;
}

void read_tables(Reader& reader, ConverterConfig& config) {
  const auto codes = std::size_t{1} << static_cast<unsigned>(config.bits);
  const bool has_inl = reader.root.contains("inl");
  if (has_inl) config.inl = read_table(reader, "inl", codes);
  if (!reader.root.contains("dnl")) return;
  if (has_inl) {
    reader.complain_about("dnl", "two-tables", "inl and dnl tell the same: give one of them");
    return;
  }
  config.inl = read_table(reader, "dnl", codes);
  double sum = 0.0;
  for (double& each : config.inl) each = sum += each;
  if (!std::isfinite(sum)) {
    reader.complain_about("dnl", "not-a-number", "the sum of dnl must be a finite number");
  }
}

void read_root(Reader& reader, ConverterConfig& config) {
  static const std::vector<std::string_view> known = {
      "kind",  "bits", "signed", "gain_error", "offset",
      "noise", "inl",  "dnl",    "mismatch",   "loop_gain"};
  for (const auto& [key, node] : reader.root) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    const auto nearest = base::nearest_name(key.str(), known);
    reader.complain("unknown-key", key.source().begin,
                    fmt::format("unknown key '{}' of a converter; {}", base::on_one_line(key.str()),
                                nearest ? fmt::format("did you mean '{}'?", *nearest)
                                        : fmt::format("known are {}", fmt::join(known, ", "))));
  }
  read_kind(reader, config);
  const bool has_bits = read_bits(reader, config);
  if (const toml::node* node = reader.root.get("signed")) {
    if (const auto* flag = node->as_boolean()) {
      config.is_signed = flag->get();
    } else {
      reader.complain("wrong-type", *node, "signed must be true or false");
    }
  }
  read_number(reader, "gain_error", config.gain_error);
  if (!(config.gain_error > -1.0)) {
    reader.complain_about(
        "gain_error", "empty-range",
        fmt::format("gain_error must be more than -1: with {:g} no input reaches the higher codes",
                    config.gain_error));
  }
  read_number(reader, "offset", config.offset_lsb);
  read_sigma(reader, "noise", config.noise_lsb);
  read_sigma(reader, "mismatch", config.mismatch);
  read_number(reader, "loop_gain", config.loop_gain);
  if (!(config.loop_gain > 0.0)) {
    reader.complain_about("loop_gain", "impossible",
                          fmt::format("loop_gain must be more than 0, got {:g}", config.loop_gain));
  }
  for (const char* key : {"mismatch", "loop_gain"}) {
    if (!reader.root.contains(key) || config.kind == Kind::sar) continue;
    reader.complain_about(
        key, "not-of-this-kind",
        fmt::format("{} is of a sar; a {} has none", key, to_string(config.kind)));
  }
  if (has_bits) read_tables(reader, config);
}

void check(const ConverterConfig& config, std::uint32_t array, std::uint32_t index) {
  const auto demand = [](bool is_right, const std::string& what) {
    if (!is_right) throw base::InputError("a converter: " + what);
  };
  demand(config.bits >= kFewestBits && config.bits <= kMostBits,
         fmt::format("bits must be {} to {}, got {}", kFewestBits, kMostBits, config.bits));
  demand(std::isfinite(config.gain_error) && config.gain_error > -1.0,
         fmt::format("gain_error must be more than -1, got {}", config.gain_error));
  demand(std::isfinite(config.offset_lsb),
         fmt::format("offset must be finite, got {}", config.offset_lsb));
  for (const auto& [name, sigma] :
       {std::pair{"noise", config.noise_lsb}, std::pair{"mismatch", config.mismatch}}) {
    demand(std::isfinite(sigma) && sigma >= 0.0,
           fmt::format("{} must be 0 or more, got {}", name, sigma));
  }
  demand(config.loop_gain > 0.0,
         fmt::format("loop_gain must be more than 0, got {}", config.loop_gain));
  const std::size_t codes = std::size_t{1} << static_cast<unsigned>(config.bits);
  demand(config.inl.empty() || config.inl.size() == codes,
         fmt::format("inl must have {} numbers, got {}", codes, config.inl.size()));
  for (std::size_t i = 0; i < config.inl.size(); ++i) {
    demand(std::isfinite(config.inl[i]),
           fmt::format("inl[{}] must be finite, got {}", i, config.inl[i]));
  }
  demand(array < kMostArrays && index < kMostArrays,
         fmt::format("the numbers of the array and the converter must be below {}, got {} and {}",
                     kMostArrays, array, index));
}

std::uint32_t key_of(std::uint32_t array, Draw draw) {
  return kDraws * array + static_cast<std::uint32_t>(draw);
}

/// The code of a flash without INL: how many of i - 1/2 are <= e, i from 1 to most.
int nearest_code(double e, int most) {
  if (!(e >= 0.5)) return 0;
  if (e >= most - 0.5) return most;
  return static_cast<int>(e + 0.5);  // from 1/2 on no sum is rounded up to a whole number
}

}  // namespace

std::string_view to_string(Kind kind) {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

std::optional<Kind> kind_of(std::string_view name) {
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<Kind>(found - kKindNames.begin());
}

ConverterConfig parse_converter(std::string_view text, const std::string& file,
                                base::Diagnostics& diagnostics) {
  ConverterConfig config;
  if (const auto root = base::parse_toml(text, file, "converter", diagnostics)) {
    Reader reader{file, diagnostics, *root};
    read_root(reader, config);
  }
  base::sort_by_place(diagnostics);
  return config;
}

ConverterConfig load_converter(const std::string& file) {
  base::Diagnostics diagnostics;
  ConverterConfig config =
      parse_converter(base::read_file(file, kMostFileBytes), file, diagnostics);
  if (!diagnostics.empty()) throw base::InputError(base::to_string(diagnostics));
  return config;
}

int conversion_cycles(Kind kind, int bits) {
  switch (kind) {
    case Kind::flash:
      return 1;
    case Kind::sar:
      return bits;
    case Kind::ramp:
    case Kind::time:
      break;
  }
  return 1 << bits;
}

Converter::Converter(ConverterConfig config, std::uint64_t seed, std::uint32_t array,
                     std::uint32_t index)
    : config_(std::move(config)),
      seed_(seed),
      noise_array_(key_of(array, Draw::comparator)),
      index_(index) {
  check(config_, array, index);
  codes_ = 1 << config_.bits;
  if (config_.kind != Kind::sar) {
    // The code counts thresholds: their order does not matter, and sorted they are searched.
    for (std::size_t i = 1; i < config_.inl.size(); ++i) {
      thresholds_.push_back(static_cast<double>(i) - 0.5 + config_.inl[i]);
    }
    std::ranges::sort(thresholds_);
    return;
  }
  double sum = 0.0;
  for (int bit = 0; bit < config_.bits; ++bit) {
    double capacitor = std::exp2(bit);
    if (config_.mismatch != 0.0) {
      const noise::Key key{seed_, key_of(array, Draw::capacitor_mismatch),
                           32 * index + static_cast<std::uint32_t>(bit), 0};
      capacitor += config_.mismatch * std::exp2(bit / 2.0) * noise::gaussian(words(key)[0]);
    }
    weights_.push_back(std::max(0.0, capacitor));
    sum += weights_.back();
  }
  if (!(sum > 0.0)) {
    throw base::InputError(
        fmt::format("a converter: with a mismatch of {:g} it has no capacitor", config_.mismatch));
  }
  for (double& each : weights_) each = each * (codes_ - 1) / sum / (1.0 + 1.0 / config_.loop_gain);
}

int Converter::count_thresholds(double e) const {
  if (thresholds_.empty()) return nearest_code(e, codes_ - 1);
  return static_cast<int>(std::ranges::upper_bound(thresholds_, e) - thresholds_.begin());
}

int Converter::approximate(double e) const {
  if (!config_.inl.empty()) {
    e -= config_.inl[static_cast<std::size_t>(nearest_code(e, codes_ - 1))];
  }
  int code = 0;
  double kept = 0.0;
  for (std::size_t bit = weights_.size(); bit-- > 0;) {
    if (kept + weights_[bit] - 0.5 > e) continue;
    kept += weights_[bit];
    code |= 1 << bit;
  }
  return code;
}

int Converter::convert(double x_in_product_units, int range_shift, bool& overflow) {
  if (!std::isfinite(x_in_product_units) || range_shift < 0 || range_shift > kMostShift) {
    throw base::InputError(fmt::format(
        "a conversion: the input must be finite and the range shift 0 to {}, got {} and {}",
        kMostShift, x_in_product_units, range_shift));
  }
  const int bottom = config_.is_signed ? codes_ / 2 : 0;
  const double x = std::ldexp(x_in_product_units, -range_shift) + bottom;
  double e = x * (1.0 + config_.gain_error) + config_.offset_lsb;
  if (config_.noise_lsb != 0.0) {
    const noise::Key key{seed_, noise_array_, index_, conversions_};
    e += config_.noise_lsb * noise::gaussian(words(key)[0]);
  }
  ++conversions_;
  overflow = e < -0.5 || e >= codes_ - 0.5;
  if (overflow) return (e < 0.0 ? 0 : codes_ - 1) - bottom;
  return (config_.kind == Kind::sar ? approximate(e) : count_thresholds(e)) - bottom;
}

}  // namespace cimforge::analog
