#include "tests/random/random_spec.h"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <span>
#include <string_view>

#include "generator/device/device.h"
#include "generator/spec/floating.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"
#include "tb/codes.h"
#include "tb/program.h"
#include "tb/stimulus.h"

namespace cimforge::test {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // clang++ 14 does not find it by itself

using Value = Draft::Value;

/// Dice of one draft.
class Dice {
 public:
  explicit Dice(const rc::Random& random) : random_(random) {}
  /// 0 to count - 1.
  std::int64_t below(std::int64_t count) {
    return static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(count));
  }
  bool once_in(std::int64_t count) { return below(count) == 0; }
  double fraction() { return static_cast<double>(below(std::int64_t{1} << 32)) * 0x1p-32; }
  template <class List>
  const auto& one_of(const List& list) {
    return *(std::begin(list) + below(static_cast<std::int64_t>(std::size(list))));
  }

 private:
  rc::Random random_;
};

// ---------------------------------------------------------------------------------------------
// What the table of keys says.

std::size_t place_of(std::string_view path) {
  const auto keys = spec::keys();
  const auto found =
      std::ranges::find_if(keys, [&](const spec::Key& key) { return key.path() == path; });
  return static_cast<std::size_t>(found - keys.begin());
}

/// Texts that a key may be and that mean something; a key that is not here may be any text.
std::span<const std::string> known_texts(const spec::Key& key) {
  static const std::vector<std::string> devices = device::preset_names();
  // Not read by what the tests do, and so the place for characters that a text may have.
  static const std::vector<std::string> converters = {"ideal",
                                                      "adc.toml",
                                                      R"(a"b\c.toml)",
                                                      "*/ endmodule",
                                                      "`define x // $(y) {z} %d <&>",
                                                      "\xc3\xa4\xe2\x82\xac.toml"};
  static const std::vector<std::string> marches = {"none", "MATS+", "March C-",
                                                   "{ b(w1); d(r1,w0,r0); u(r0,w1); b(r1) }"};
  if (key.path() == "analog.device") return devices;
  if (key.path() == "self_test.march") return marches;
  if (key.path() == "analog.converter") return converters;
  return {};
}

std::string random_identifier(Dice& dice) {
  constexpr std::string_view first = "abcxyzABZ_";
  constexpr std::string_view rest = "abcxyzABZ_0179";
  constexpr const char* awkward[] = {"_",    "a__b",      "__",      "clk_i", "u_macro",
                                     "V",    "std",       "main",    "row",   "pending",
                                     "test", "lane",      "signed_", "x0",    "Top",
                                     "auto", "namespace", "delete",  "int8_t"};
  if (dice.once_in(3)) return dice.one_of(awkward);
  std::string name(1, dice.one_of(first));
  const std::int64_t length = dice.once_in(8) ? 64 : 1 + dice.below(12);
  while (static_cast<std::int64_t>(name.size()) < length) name += dice.one_of(rest);
  return name;
}

/// Corners, and else small numbers more often than large ones.
std::int64_t random_integer(const spec::Integer& range, Dice& dice) {
  const std::int64_t span = std::int64_t{1} + range.max - range.min;
  // A wide range is hardly ever drawn at its large end: such macros are cut down again, and what is
  // left of them is all rows or all columns.
  const bool anywhere = span <= 64 || dice.once_in(4);
  const std::int64_t corner = dice.below(12);
  if (corner == 0) return range.min;
  if (corner == 1 && anywhere) return range.max;
  if (corner == 2 && anywhere) return range.min + dice.below(span);
  const auto digits = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(span)));
  const std::int64_t exponent =
      std::min({dice.below(digits), dice.below(digits), dice.below(digits)});
  return std::min<std::int64_t>(range.max,
                                range.min + dice.below(std::int64_t{1} << (exponent + 1)));
}

double random_real(const spec::Real& range, Dice& dice) {
  switch (dice.below(8)) {
    case 0:
      return range.min;
    case 1:
      return range.max;
    case 2:
      return std::clamp(0.1 + 0.2, range.min, range.max);  // of many digits
    default:
      break;
  }
  const double least = std::max(range.min, 1e-3);
  const double value = least * std::pow(range.max / least, dice.fraction() * dice.fraction());
  return std::clamp(std::round(value * 1000.0) / 1000.0, range.min, range.max);
}

/// int1 to int16, then uint1 to uint16; behind them bipolar and ternary, and the formats of
/// floating macros.
constexpr std::int64_t integer_formats = 32;
constexpr std::int64_t bipolar_format = integer_formats;
constexpr std::int64_t ternary_format = integer_formats + 1;
constexpr std::int64_t floating_formats = integer_formats + 2;

Value random_value(const spec::Key& key, Dice& dice) {
  return std::visit(
      Overloaded{[&](const spec::Identifier&) -> Value { return random_identifier(dice); },
                 [&](const spec::Text&) -> Value {
                   const auto known = known_texts(key);
                   if (!known.empty()) return dice.one_of(known);
                   return random_identifier(dice);
                 },
                 [&](const spec::Integer& value) -> Value { return random_integer(value, dice); },
                 [&](const spec::Real& value) -> Value { return random_real(value, dice); },
                 [&](const spec::Format&) -> Value {
                   // Few bits more often.
                   const std::int64_t most = integer_formats / 2;
                   const std::int64_t bits = dice.once_in(3) ? dice.below(most) : dice.below(6);
                   return dice.below(2) * most + bits;
                 },
                 [&](const spec::Choice& value) -> Value {
                   return dice.below(static_cast<std::int64_t>(value.names.size()));
                 }},
      key.value);
}

/// The smallest value of a key that must be given.
Value least_value(const spec::Key& key) {
  return std::visit(
      Overloaded{[](const spec::Identifier&) -> Value { return std::string("m"); },
                 [](const spec::Text&) -> Value { return std::string("m"); },
                 [](const spec::Integer& value) -> Value { return std::int64_t{value.min}; },
                 [](const spec::Real& value) -> Value { return value.min; },
                 [](const auto&) -> Value { return std::int64_t{0}; }},
      key.value);
}

std::string value_text(const spec::Key& key, const Value& value) {
  const auto quoted = [](std::string_view text) {
    std::string made = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') made += '\\';
      made += c;
    }
    return made + '"';
  };
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (const auto* real = std::get_if<double>(&value)) return spec::real_as_toml(*real);
  const std::int64_t number = std::get<std::int64_t>(value);
  const auto index = static_cast<std::size_t>(number);
  if (std::holds_alternative<spec::Format>(key.value)) return quoted(spec::format_names()[index]);
  if (const auto* choice = std::get_if<spec::Choice>(&key.value)) {
    return quoted(choice->names[index]);
  }
  return fmt::format("{}", number);
}

/// Keys of other kinds of macro and of other storage are left out.
void drop_other_kinds(Draft& draft) {
  spec::MacroSpec spec;
  spec.kind = static_cast<spec::Kind>(std::get<std::int64_t>(draft.values.at(place_of("kind"))));
  if (const auto storage = draft.values.find(place_of("array.storage"));
      storage != draft.values.end()) {
    spec.storage = static_cast<spec::Storage>(std::get<std::int64_t>(storage->second));
  }
  std::erase_if(draft.values,
                [&](const auto& each) { return !spec::keys()[each.first].is_of(spec); });
}

Draft least_draft(std::int64_t kind) {
  Draft draft;
  for (std::size_t i = 0; i < spec::keys().size(); ++i) {
    if (spec::keys()[i].required) draft.values[i] = least_value(spec::keys()[i]);
  }
  draft.values[place_of("kind")] = kind;
  if (static_cast<spec::Kind>(kind) == spec::Kind::floating) {
    draft.values[place_of("operands.weight")] = floating_formats;
  }
  // A hybrid macro stores high and low bits apart: int2.
  if (static_cast<spec::Kind>(kind) == spec::Kind::hybrid) {
    draft.values[place_of("operands.weight")] = std::int64_t{1};
  }
  return draft;
}

// ---------------------------------------------------------------------------------------------
// Text and back.

struct Written {
  std::string text;
  std::map<int, std::size_t> key_of_line;
};

Written write(const Draft& draft) {
  Written written;
  std::string_view table;
  int line = 1;
  for (const auto& [place, value] : draft.values) {
    const spec::Key& key = spec::keys()[place];
    if (key.table != table) {
      table = key.table;
      written.text += fmt::format("\n[{}]\n", table);
      line += 2;
    }
    written.text += fmt::format("{} = {}\n", key.name, value_text(key, value));
    written.key_of_line[line++] = place;
  }
  return written;
}

/// The keys that the reader has something against; a place that is no key's is told as none.
struct Reading {
  std::optional<spec::MacroSpec> spec;
  std::set<std::size_t> wrong;
  bool wrong_elsewhere = false;
};

Reading read_again(const Draft& draft) {
  const Written written = write(draft);
  spec::ParseResult result = spec::parse(written.text, "random.toml");
  Reading reading{std::move(result.spec), {}, false};
  for (const base::Diagnostic& each : result.diagnostics) {
    const auto key = written.key_of_line.find(each.location.line);
    if (key == written.key_of_line.end()) {
      reading.wrong_elsewhere = true;
    } else {
      reading.wrong.insert(key->second);
    }
  }
  return reading;
}

// ---------------------------------------------------------------------------------------------
// Repair.

/// Leaves a key at its default, or where it must be given at its least value.
void leave_out(Draft& draft, std::size_t place) {
  const spec::Key& key = spec::keys()[place];
  if (key.required) {
    draft.values[place] = least_value(key);
  } else {
    draft.values.erase(place);
  }
}

/// Halves a number that makes macros large; false where the key has none, or it is at its least.
bool halve(Draft& draft, std::size_t place, const spec::MacroSpec& spec) {
  const spec::Key& key = spec::keys()[place];
  if (!key.is_of(spec)) return false;
  spec::MacroSpec values = spec;  // keys tell their members as places to write to
  if (const auto* integer = std::get_if<spec::Integer>(&key.value)) {
    const std::int64_t now = integer->member(values);
    if (now <= integer->min) return false;
    draft.values[place] = integer->min + (now - integer->min) / 2;
    return true;
  }
  if (const auto* format = std::get_if<spec::Format>(&key.value)) {
    const spec::IntegerFormat now = format->member(values);
    if (now.bits == 1 || !now.is_integer()) return false;
    const std::string half = spec::IntegerFormat{now.is_signed, now.bits / 2}.name();
    const auto names = spec::format_names();
    draft.values[place] = static_cast<std::int64_t>(std::ranges::find(names, half) - names.begin());
    return true;
  }
  return false;
}

/// What a transposable macro wants of others, or chance would hardly ever draw one.
void make_square(Draft& draft) {
  const auto transpose = draft.values.find(place_of("array.transpose"));
  if (transpose == draft.values.end() ||
      std::get<std::int64_t>(transpose->second) !=
          static_cast<std::int64_t>(spec::Transpose::per_vector)) {
    return;
  }
  draft.values[place_of("array.columns")] = draft.values.at(place_of("array.rows"));
  const auto storage = draft.values.find(place_of("array.storage"));
  if (storage != draft.values.end() && std::get<std::int64_t>(storage->second) ==
                                           static_cast<std::int64_t>(spec::Storage::bitcell)) {
    draft.values[place_of("array.bitcell")] =
        static_cast<std::int64_t>(spec::Bitcell::transposable_8t);
  }
}

/// An operand of a floating macro has an exponent or a scale, or both have.
void make_floating(Draft& draft, Dice& dice) {
  if (std::get<std::int64_t>(draft.values.at(place_of("kind"))) !=
      static_cast<std::int64_t>(spec::Kind::floating)) {
    return;
  }
  const auto is_floating = [&](const char* path) {
    return std::get<std::int64_t>(draft.values.at(place_of(path))) >= floating_formats;
  };
  if (is_floating("operands.input") || is_floating("operands.weight")) return;
  const auto count = static_cast<std::int64_t>(spec::format_names().size()) - floating_formats;
  const auto which = dice.below(3);
  if (which != 1) draft.values[place_of("operands.input")] = floating_formats + dice.below(count);
  if (which != 0) draft.values[place_of("operands.weight")] = floating_formats + dice.below(count);
}

/// Sums that leave out columns, which want room for them.
void draw_approximation(Draft& draft, Dice& dice) {
  for (const char* path :
       {"array.transpose", "compute.recoding", "precision.mode", "precision.fused_columns",
        "output.mode", "output.bits", "output.shift", "sparsity.nonzero", "sparsity.group"}) {
    draft.values.erase(place_of(path));
  }
  const std::int64_t input_bits = 2 + dice.below(4);
  draft.values[place_of("kind")] = static_cast<std::int64_t>(spec::Kind::digital);
  draft.values[place_of("operands.input")] = input_bits - 1;
  draft.values[place_of("operands.weight")] = 1 + dice.below(4);
  draft.values[place_of("compute.input_bits_per_cycle")] = input_bits;
  draft.values[place_of("approximation.dropped_columns")] = 1 + dice.below(input_bits);
}

/// Operands of a binary network, and often signs for results.
void draw_binary(Draft& draft, Dice& dice) {
  for (const char* path :
       {"array.transpose", "compute.recoding", "precision.mode", "precision.fused_columns",
        "output.mode", "output.bits", "output.shift", "sparsity.nonzero", "sparsity.group",
        "approximation.or_rows", "approximation.dropped_columns"}) {
    draft.values.erase(place_of(path));
  }
  draft.values[place_of("kind")] = static_cast<std::int64_t>(spec::Kind::digital);
  const bool bipolar_input = dice.once_in(2);
  const std::int64_t sign = bipolar_input && dice.once_in(3) ? dice.below(5) : bipolar_format;
  draft.values[place_of("operands.weight")] = dice.once_in(2) ? ternary_format : sign;
  if (bipolar_input) draft.values[place_of("operands.input")] = bipolar_format;
  if (dice.once_in(2)) {
    draft.values[place_of("output.mode")] = static_cast<std::int64_t>(spec::OutputMode::sign);
  }
}

/// Products are aligned where weights are aligned as they are read, and both have exponents.
void draw_products(Draft& draft, Dice& dice) {
  constexpr std::int64_t with_exponents = 12;  // the first of the formats
  for (const char* path : {"floating.input_guard_bits", "floating.align_weights_to"}) {
    draft.values.erase(place_of(path));
  }
  for (const char* path : {"operands.input", "operands.weight"}) {
    draft.values[place_of(path)] = floating_formats + dice.below(with_exponents);
  }
  draft.values[place_of("kind")] = static_cast<std::int64_t>(spec::Kind::floating);
  draft.values[place_of("array.storage")] =
      static_cast<std::int64_t>(dice.once_in(2) ? spec::Storage::latch : spec::Storage::flop);
  draft.values[place_of("floating.align_weights_at")] =
      static_cast<std::int64_t>(spec::WeightAligner::read);
  draft.values[place_of("floating.align_inputs_to")] =
      static_cast<std::int64_t>(spec::InputTarget::product);
}

/// Until the reader takes it: keys that are wrong are drawn again, and left out if that does not
/// help.
bool make_valid(Draft& draft, Dice& dice) {
  constexpr int most_rounds = 40;
  constexpr int redrawn_rounds = 4;
  for (int round = 0; round < most_rounds; ++round) {
    make_square(draft);
    make_floating(draft, dice);
    const Reading reading = read_again(draft);
    if (reading.spec) return true;
    for (const std::size_t place : reading.wrong) {
      if (round < redrawn_rounds) {
        draft.values[place] = random_value(spec::keys()[place], dice);
      } else {
        leave_out(draft, place);
      }
    }
    // The default of a key that is not given does not go with one that is.
    if (reading.wrong_elsewhere) {
      auto any = draft.values.begin();
      std::advance(any, dice.below(static_cast<std::int64_t>(draft.values.size())));
      leave_out(draft, any->first);
    }
    drop_other_kinds(draft);
  }
  return false;
}

bool make_affordable(Draft& draft, const CostLimits& limits, Dice& dice) {
  constexpr int most_rounds = 400;
  std::optional<spec::MacroSpec> spec = read(draft);
  for (int round = 0; spec && round < most_rounds; ++round) {
    if (is_affordable(*spec, limits)) return true;
    Draft smaller = draft;
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < spec::keys().size(); ++place) {
      if (Draft half = draft; halve(half, place, *spec)) places.push_back(place);
    }
    if (places.empty()) {
      // One weight, and formats that have no halves: the bench has all of their codes, which it has
      // not of two rows.
      smaller.values[place_of("array.rows")] = std::int64_t{2};
    } else {
      halve(smaller, dice.one_of(places), *spec);
    }
    // A half may be too small for what other keys are: they follow.
    if (!make_valid(smaller, dice)) continue;
    draft = std::move(smaller);
    spec = read(draft);
  }
  return false;
}

/// N:M structured weights go with few of the other values: a draft has all three of these keys, and
/// nothing that is refused beside them, or hardly ever a structure.
void draw_structure(Draft& draft, Dice& dice) {
  const std::int64_t group = 2 + dice.below(15);
  for (const char* path :
       {"array.transpose", "compute.recoding", "compute.rows_per_block", "precision.mode",
        "precision.fused_columns", "approximation.or_rows", "approximation.dropped_columns"}) {
    draft.values.erase(place_of(path));
  }
  draft.values[place_of("kind")] = static_cast<std::int64_t>(spec::Kind::digital);
  draft.values[place_of("sparsity.group")] = group;
  draft.values[place_of("sparsity.nonzero")] = 1 + dice.below(group - 1);
  draft.values[place_of("array.rows")] =
      group * (1 + dice.below(std::max<std::int64_t>(1, 32 / group)));
}

/// Run-time precision with fused columns, which wants much of other keys, too.
void draw_precision(Draft& draft, Dice& dice) {
  for (const char* path :
       {"array.transpose", "compute.recoding", "compute.input_bits_per_cycle", "output.mode",
        "sparsity.zero_planes", "sparsity.zero_rows", "sparsity.nonzero", "sparsity.group",
        "approximation.or_rows", "approximation.dropped_columns"}) {
    draft.values.erase(place_of(path));
  }
  const std::int64_t fused = std::int64_t{1} << dice.below(5);
  const auto most =
      static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(16 / fused)));
  const std::int64_t bits = std::int64_t{1} << dice.below(most);
  draft.values[place_of("kind")] = static_cast<std::int64_t>(spec::Kind::digital);
  draft.values[place_of("precision.mode")] =
      static_cast<std::int64_t>(spec::PrecisionMode::per_vector);
  draft.values[place_of("precision.fused_columns")] = fused;
  draft.values[place_of("operands.weight")] = bits - 1;
  draft.values[place_of("array.columns")] = fused * (1 + dice.below(3));
}

Draft draw(const rc::Random& random, const CostLimits& limits, Repairs* repairs) {
  Dice dice(random);
  Draft draft;
  // Some drafts say little, some nearly everything.
  constexpr std::int64_t percents[] = {15, 50, 90};
  const std::int64_t percent = dice.one_of(percents);
  const auto keys = spec::keys();
  for (std::size_t place = 0; place < keys.size(); ++place) {
    if (!keys[place].required && dice.below(100) >= percent) continue;
    if (!is_drawn(keys[place])) continue;
    draft.values[place] = random_value(keys[place], dice);
  }
  // Logic macros have no operands, which these drafts are about: tests/logic runs them.
  if (Value& kind = draft.values.at(place_of("kind"));
      kind == Value(static_cast<std::int64_t>(spec::Kind::logic))) {
    kind = static_cast<std::int64_t>(spec::Kind::digital);
  }
  if (dice.once_in(8)) {
    draw_structure(draft, dice);
  } else if (dice.once_in(10)) {
    draw_precision(draft, dice);
  } else if (dice.once_in(20)) {
    draw_products(draft, dice);
  } else if (dice.once_in(20)) {
    draw_approximation(draft, dice);
  } else if (dice.once_in(8)) {
    draw_binary(draft, dice);
  }
  make_floating(draft, dice);
  const Value digital = static_cast<std::int64_t>(spec::Kind::digital);
  if (draft.values.at(place_of("kind")) != digital && dice.once_in(3)) {
    // Kept where the macro can have it: not every kind does.
    Draft special = draft;
    const Value format = bipolar_format;
    const auto is_format = [&](std::size_t place) {
      return std::holds_alternative<spec::Format>(keys[place].value);
    };
    for (std::size_t place = 0; place < keys.size(); ++place) {
      if (is_format(place)) special.values[place] = format;
    }
    drop_other_kinds(special);
    const bool is_kept =
        make_valid(special, dice) && std::ranges::all_of(special.values, [&](const auto& each) {
          return !is_format(each.first) || each.second == format;
        });
    if (is_kept) draft = special;
  }
  drop_other_kinds(draft);
  if (repairs != nullptr) {
    ++repairs->drafts;
    if (!read(draft)) ++repairs->invalid;
  }
  if (make_valid(draft, dice) && make_affordable(draft, limits, dice)) return draft;
  if (repairs != nullptr) ++repairs->given_up;
  return least_draft(std::get<std::int64_t>(draft.values.at(place_of("kind"))));
}

// ---------------------------------------------------------------------------------------------
// Smaller ones.

/// Values of a key that are smaller than the one it has, the smallest first.
std::vector<Value> smaller_values(const spec::Key& key, const Value& now) {
  std::vector<Value> smaller;
  const auto add_below = [&](std::int64_t least, std::int64_t value, std::int64_t offset) {
    for (std::int64_t distance = value - least; distance > 0; distance /= 2) {
      smaller.emplace_back(offset + value - distance);
    }
  };
  if (const auto* integer = std::get_if<spec::Integer>(&key.value)) {
    add_below(integer->min, std::get<std::int64_t>(now), 0);
  } else if (std::holds_alternative<spec::Format>(key.value)) {
    constexpr std::int64_t half = integer_formats / 2;
    const std::int64_t value = std::get<std::int64_t>(now);
    if (value >= integer_formats) {
      smaller.emplace_back(std::int64_t{0});
      add_below(floating_formats, value, 0);
      return smaller;
    }
    if (value >= half) smaller.emplace_back(value - half);  // the signed one
    add_below(0, value % half, value / half * half);
  } else if (std::holds_alternative<spec::Choice>(key.value)) {
    for (std::int64_t each = 0; each < std::get<std::int64_t>(now); ++each) {
      smaller.emplace_back(each);
    }
  } else if (std::holds_alternative<spec::Identifier>(key.value)) {
    if (const Value least = least_value(key); now != least) smaller.push_back(least);
  }
  return smaller;
}

std::vector<Draft> smaller_drafts(const Draft& draft) {
  std::vector<Draft> drafts;
  const auto add = [&](Draft smaller) {
    if (smaller != draft && read(smaller)) drafts.push_back(std::move(smaller));
  };
  Draft bare = draft;
  std::erase_if(bare.values, [](const auto& each) { return !spec::keys()[each.first].required; });
  add(std::move(bare));
  // Formats that operands have together are left together.
  Draft integers = draft;
  for (auto& [place, value] : integers.values) {
    const spec::Key& key = spec::keys()[place];
    if (std::holds_alternative<spec::Format>(key.value)) value = least_value(key);
  }
  add(std::move(integers));
  // Where exponents do not matter, the macro of integers.
  Draft digital = draft;
  for (auto& [place, value] : digital.values) {
    const spec::Key& key = spec::keys()[place];
    if (std::holds_alternative<spec::Format>(key.value)) value = integer_formats / 2 - 1;
  }
  Value& kind = digital.values.at(place_of("kind"));
  if (kind == Value(static_cast<std::int64_t>(spec::Kind::floating))) {
    kind = static_cast<std::int64_t>(spec::Kind::digital);
    drop_other_kinds(digital);
    add(std::move(digital));
  }
  for (const auto& [place, value] : draft.values) {
    if (spec::keys()[place].required) continue;
    Draft without = draft;
    without.values.erase(place);
    add(std::move(without));
  }
  for (const auto& [place, value] : draft.values) {
    for (const Value& each : smaller_values(spec::keys()[place], value)) {
      Draft smaller = draft;
      smaller.values[place] = each;
      drop_other_kinds(smaller);
      add(std::move(smaller));
    }
  }
  return drafts;
}

}  // namespace

std::string to_toml(const Draft& draft) {
  return write(draft).text;
}

std::optional<spec::MacroSpec> read(const Draft& draft) {
  return spec::parse(to_toml(draft), "random.toml").spec;
}

bool is_affordable(const spec::MacroSpec& spec, const CostLimits& limits) {
  // Icarus takes long for the many converters of a wide array, even of one row.
  const int rows = spec::has_array(spec) ? spec.rows + 16 : spec.rows;
  std::int64_t weights = std::int64_t{1} * rows * spec.columns * spec.weight.bits;
  // Behind each block of each column stand the cells of its exponent and its part of the sum.
  constexpr std::int64_t bits_of_a_block = 48;
  if (spec.kind == spec::Kind::floating) {
    weights += bits_of_a_block * spec.columns * spec::blocks_of(spec);
  }
  if (std::max(weights * spec.banks, weights * spec.input_bits_per_cycle) > limits.products) {
    return false;
  }
  const tb::Ports ports(spec);
  const std::vector<tb::Chunk> chunks = tb::plan_chunks(spec, limits.vectors);
  const auto vectors =
      static_cast<std::int64_t>(chunks.back().first_vector + chunks.back().vectors);
  // Banks are loaded at the corners, after resets and where random traffic writes.
  constexpr std::int64_t other_loads = 24;
  const std::vector<tb::CornerStep> steps = tb::corner_steps(spec);
  const std::int64_t loads =
      std::ranges::count(steps, tb::CornerStep::Kind::weights, &tb::CornerStep::kind) +
      other_loads * spec.banks;
  // A row of an analog macro gets one pulse between two readings.
  const std::int64_t row_cycles =
      spec::has_array(spec) ? 4 * std::int64_t{ports.cycles_per_vector} + spec.analog.pulse_cycles
                            : 1;
  const std::int64_t cycles = vectors * ports.cycles_per_vector + loads * spec.rows * row_cycles;
  // An evaluation takes some time of its own.
  constexpr std::int64_t bits_of_an_evaluation = 32;
  const std::int64_t bits =
      bits_of_an_evaluation + spec.columns * spec.weight.bits + spec.rows * spec.input.bits;
  return cycles <= limits.work / bits;
}

rc::Gen<Draft> arbitrary_draft(const CostLimits& limits, Repairs* repairs) {
  return rc::Gen<Draft>([=](const rc::Random& random, int) {
    return rc::shrinkable::shrinkRecur(draw(random, limits, repairs), [](const Draft& draft) {
      return rc::seq::fromContainer(smaller_drafts(draft));
    });
  });
}

Shrunk shrink(const rc::Shrinkable<Draft>& failing, std::string complaint, const Judge& judge,
              const std::function<bool()>& may_go_on) {
  Shrunk shrunk{failing.value(), std::move(complaint), 0};
  rc::Seq<rc::Shrinkable<Draft>> candidates = failing.shrinks();
  while (may_go_on()) {
    const rc::Maybe<rc::Shrinkable<Draft>> next = candidates.next();
    if (!next) break;
    ++shrunk.tried;
    const Draft smaller = next->value();
    std::string found = judge(smaller);
    if (found.empty()) continue;
    shrunk.draft = smaller;
    shrunk.complaint = std::move(found);
    candidates = next->shrinks();
  }
  return shrunk;
}

}  // namespace cimforge::test
