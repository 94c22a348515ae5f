// The keys of what keeps a macro right in the field: self-test, repair, error protection, scan.
#include <fmt/format.h>

#include "generator/spec/key_places.h"

namespace cimforge::spec {

namespace {

std::optional<std::string> scrubbing_violated(const MacroSpec& spec) {
  if (spec.protection.scrubbing == Scrubbing::never || spec.protection.code == Code::secded) {
    return std::nullopt;
  }
  return fmt::format("\"never\" with code \"{}\", which mends nothing (code = \"secded\" does)",
                     code_names.at(static_cast<std::size_t>(spec.protection.code)));
}

}  // namespace

std::vector<Key> test_keys() {
  const std::vector<Kind> digital_only = {Kind::digital};
  return {
      {.table = "self_test",
       .name = "march",
       .value = Text{place<&MacroSpec::self_test, &SelfTest::march>},
       .meaning = "March test of the storage that the macro runs by itself: a name, as `March C-`, "
                  "or the elements of one, as `b(w0); u(r0,w1); d(r1,w0); b(r0)` "
                  "(docs/self_test.md). `none`: there is none.",
       .only = digital_only},
      {.table = "self_test",
       .name = "backgrounds",
       .value = Integer{place<&MacroSpec::self_test, &SelfTest::backgrounds>, 1, 17},
       .unit = "patterns",
       .meaning = "Data backgrounds that the march test is run with, one after the other: all bits "
                  "alike, then neighbours of 1, 2, 4 ... bits different.",
       .only = digital_only},
      {.table = "self_test",
       .name = "compute_vectors",
       .value = Integer{place<&MacroSpec::self_test, &SelfTest::compute_vectors>, 0, 65536},
       .unit = "vectors",
       .meaning =
           "Pseudo-random vectors of the compute self-test, whose results are one signature. "
           "0: there is none.",
       .only = digital_only},

      {.table = "repair",
       .name = "spare_rows",
       .value = Integer{place<&MacroSpec::repair, &Repair::spare_rows>, 0, 16},
       .unit = "rows",
       .meaning = "Rows that can take the place of faulty ones (docs/repair.md).",
       .only = digital_only},
      {.table = "repair",
       .name = "spare_columns",
       .value = Integer{place<&MacroSpec::repair, &Repair::spare_columns>, 0, 16},
       .unit = "columns",
       .meaning = "Columns that can take the place of faulty ones.",
       .only = digital_only},

      {.table = "protection",
       .name = "code",
       .value = choice<&MacroSpec::protection, &Protection::code>(code_names),
       .meaning = "Check bits beside each stored weight: `parity` finds one wrong bit of them, "
                  "`secded` mends one and finds two (docs/protection.md).",
       .limit = {.documentation = "`none` with `transpose` or fused columns",
                 .needs = {"array.transpose", "precision.fused_columns"},
                 .violated = protection_violated},
       .only = digital_only},
      {.table = "protection",
       .name = "scrubbing",
       .value = choice<&MacroSpec::protection, &Protection::scrubbing>(scrubbing_names),
       .meaning = "`idle`: rows are read one after the other, and written again where a bit was "
                  "mended, whenever the weight port is free.",
       .limit = {.documentation = "`never` without a code that mends",
                 .needs = {"protection.code"},
                 .violated = scrubbing_violated},
       .only = digital_only},
      {.table = "protection",
       .name = "counter_bits",
       .value = Integer{place<&MacroSpec::protection, &Protection::counter_bits>, 1, 32},
       .unit = "bits",
       .meaning = "Width of the two error counters, which stop at their greatest value.",
       .only = digital_only},

      {.table = "scan",
       .name = "test_mode",
       .value = choice<&MacroSpec::test_mode>(test_mode_names),
       .meaning = "`pin`: a pin `test_mode_i` holds the clock gates open while scan chains shift "
                  "(docs/scan.md).",
       .only = digital_only},
  };
}

}  // namespace cimforge::spec
