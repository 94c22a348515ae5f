// The generator of specifications itself: it covers the table of keys, hardly ever has to mend, and
// shrinks planted faults to the smallest specification that shows them.
#include "tests/random/random_spec.h"

#include <fmt/format.h>

#include <set>

#include "generator/spec/parse.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

using test::Draft;

rc::Shrinkable<Draft> drawn(std::uint64_t seed, test::Repairs* repairs = nullptr) {
  return test::arbitrary_draft(test::small_macros, repairs)(rc::Random(seed));
}

/// Of a key: what drafts gave it.
struct Seen {
  std::set<std::string> values;
  std::size_t given = 0;
  std::size_t left_out = 0;
};

}  // namespace

TEST_CASE("drafts cover every key, every choice and the ends of every range") {
  test::Repairs repairs;
  std::map<std::size_t, Seen> seen;
  const auto keys = spec::keys();
  constexpr std::uint64_t drafts = 2500;
  for (std::uint64_t seed = 0; seed < drafts; ++seed) {
    const Draft draft = drawn(seed, &repairs).value();
    const std::optional<spec::MacroSpec> spec = test::read(draft);
    INFO(seed << "\n" << test::to_toml(draft));
    REQUIRE(spec);
    REQUIRE(test::is_affordable(*spec, test::small_macros));
    for (std::size_t place = 0; place < keys.size(); ++place) {
      if (!keys[place].is_of(*spec)) continue;
      Seen& key = seen[place];
      ++(draft.values.contains(place) ? key.given : key.left_out);
      key.values.insert(spec::value_as_toml(keys[place], *spec));
    }
  }
  for (std::size_t place = 0; place < keys.size(); ++place) {
    const spec::Key& key = keys[place];
    if (!test::is_drawn(key)) continue;
    INFO(key.path());
    const Seen& all = seen[place];
    CHECK(all.given > drafts / 100);
    if (!key.required) CHECK(all.left_out > drafts / 100);
    if (const auto* choice = std::get_if<spec::Choice>(&key.value)) {
      const std::size_t not_drawn = key.path() == "kind" ? 1 : 0;  // logic
      CHECK(all.values.size() == choice->names.size() - not_drawn);
    }
    if (const auto* integer = std::get_if<spec::Integer>(&key.value)) {
      CHECK(all.values.contains(std::to_string(integer->min)));
      // Other keys leave few values of these to the small macros that are drawn.
      const bool is_narrow = key.table == "precision" || key.table == "approximation" ||
                             key.table == "floating" || key.table == "self_test";
      CHECK(static_cast<int>(all.values.size()) >
            (is_narrow ? 1 : std::min(4, integer->max - integer->min)));
    }
    if (std::holds_alternative<spec::Format>(key.value)) {
      // Ternary is a format of weights; no weight of a macro this small has every other one.
      CHECK(all.values.size() >= spec::format_names().size() - 1);
    }
  }
  UNSCOPED_INFO(fmt::format("{} of {} were mended, {} were given up", repairs.invalid,
                            repairs.drafts, repairs.given_up));
  CHECK(repairs.given_up < drafts / 100);
}

TEST_CASE("a seed gives the same draft again, and another seed another") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CHECK(drawn(seed).value() == drawn(seed).value());
    CHECK(drawn(seed).value() != drawn(seed + 1).value());
  }
}

TEST_CASE("planted faults shrink to the smallest specification") {
  struct Planted {
    const char* what;
    bool (*fails)(const spec::MacroSpec&);
    const char* smallest;
  };
  const Planted planted = GENERATE(
      Planted{"five rows of flip-flops",
              [](const spec::MacroSpec& spec) {
                return spec.kind == spec::Kind::digital && spec.rows >= 5 &&
                       spec.storage == spec::Storage::flop;
              },
              "name = \"m\"\nkind = \"digital\"\n\n[array]\nrows = 5\ncolumns = 1\n"
              "storage = \"flop\"\n\n[operands]\ninput = \"int1\"\nweight = \"int1\"\n"},
      Planted{"a digit of three bits",
              [](const spec::MacroSpec& spec) { return spec.input_bits_per_cycle >= 3; },
              "name = \"m\"\nkind = \"digital\"\n\n[array]\nrows = 1\ncolumns = 1\n\n"
              "[operands]\ninput = \"int3\"\nweight = \"int1\"\n\n"
              "[compute]\ninput_bits_per_cycle = 3\n"},
      Planted{"shared ramp converters",
              [](const spec::MacroSpec& spec) {
                return spec.kind == spec::Kind::analog && spec.analog.adc >= spec::Adc::ramp &&
                       spec.columns > 1;
              },
              "name = \"m\"\nkind = \"analog\"\n\n[array]\nrows = 1\ncolumns = 2\n\n"
              "[operands]\ninput = \"int1\"\nweight = \"int1\"\n\n[analog]\nadc = \"ramp\"\n"},
      Planted{"truncated results of flip-flops",
              [](const spec::MacroSpec& spec) {
                return spec.output_mode == spec::OutputMode::truncate && spec.weight.bits >= 2 &&
                       spec.storage == spec::Storage::flop;
              },
              "name = \"m\"\nkind = \"digital\"\n\n[array]\nrows = 1\ncolumns = 1\n"
              "storage = \"flop\"\n\n[operands]\ninput = \"int1\"\nweight = \"int2\"\n\n"
              "[output]\nmode = \"truncate\"\n"});
  const test::Judge judge = [&](const Draft& draft) {
    return std::string(planted.fails(*test::read(draft)) ? planted.what : "");
  };
  int found = 0;
  for (std::uint64_t seed = 0; seed < 3000 && found < 5; ++seed) {
    const rc::Shrinkable<Draft> draft = drawn(seed);
    const std::string complaint = judge(draft.value());
    if (complaint.empty()) continue;
    ++found;
    const test::Shrunk shrunk = test::shrink(draft, complaint, judge);
    INFO("seed " << seed << ", " << shrunk.tried << " tried\n" << test::to_toml(draft.value()));
    CHECK(test::to_toml(shrunk.draft) == planted.smallest);
    CHECK(shrunk.complaint == planted.what);
  }
  CHECK(found == 5);
}

TEST_CASE("shrinking ends where it may not go on") {
  const rc::Shrinkable<Draft> draft = drawn(1);
  int left = 3;
  const test::Shrunk shrunk = test::shrink(
      draft, "wrong", [](const Draft&) { return std::string("wrong"); },
      [&] { return left-- > 0; });
  CHECK(shrunk.tried == 3);
}

}  // namespace cimforge
