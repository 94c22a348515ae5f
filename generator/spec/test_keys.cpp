// The keys of what keeps a macro right in the field: self-test, repair, error protection, scan.
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

#include "generator/spec/key_places.h"
#include "generator/spec/march.h"
#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "generator/spec/self_test.h"
#include "generator/spec/structure.h"

namespace cimforge::spec {
namespace {

/// Why no test reads the sums of a macro; nothing where it can.
std::optional<std::string> hidden_sums(const MacroSpec& spec) {
  if (spec.output_mode != OutputMode::sign) return std::nullopt;
  return "with output.mode \"sign\" (a test looks at the sums, which do not leave the macro: "
         "\"exact\" works)";
}

/// A row is read by a vector that is 1 there and 0 elsewhere: the result has to show the weight.
std::optional<std::string> march_violated(const MacroSpec& spec) {
  if (!spec.self_test.has_march()) return std::nullopt;
  const std::variant<March, MarchMistake> march = march_of(spec.self_test.march);
  if (const auto* mistake = std::get_if<MarchMistake>(&march)) return mistake->text;
  if (const auto hidden = hidden_sums(spec)) return "\"none\" " + *hidden;
  if (spec.input.is_bipolar || spec.weight.is_bipolar || spec.weight.is_ternary) {
    return "\"none\" with bipolar or ternary operands (a row is read by a vector that is 0 in all "
           "others, and every bit has to be written: integer formats work)";
  }
  if (spec.input.is_signed && spec.input.bits == 1) {
    return "\"none\" with inputs int1, which have no 1 to read a row with (uint1 works)";
  }
  if (spec.sparsity.is_structured()) {
    return "\"none\" with structured weights (an index has no reading: sparsity.group = 1, or "
           "self_test.compute_vectors, works)";
  }
  if (spec.protection.code == Code::secded) {
    return "\"none\" with protection.code \"secded\" (a wrong bit would be mended before the test "
           "reads it: \"parity\", or self_test.compute_vectors, works)";
  }
  if (spec.approximation.dropped_columns > 0) {
    return "\"none\" with approximation.dropped_columns (the lowest bits of a weight are not "
           "added, "
           "and cannot be read)";
  }
  if (spec.output_shift > 0)
    return "\"none\" with output.shift (low bits of a weight are not seen)";
  if (output_width(spec) < spec.weight.bits) {
    return fmt::format("\"none\" with results of {} bits (they have to hold a weight of {})",
                       output_width(spec), spec.weight.bits);
  }
  return std::nullopt;
}

std::optional<std::string> backgrounds_violated(const MacroSpec& spec) {
  const int backgrounds = spec.self_test.backgrounds;
  if (backgrounds == 1) return std::nullopt;
  if (!spec.self_test.has_march()) return "1 without a march test (self_test.march)";
  const int most = most_backgrounds(spec);
  if (backgrounds <= most) return std::nullopt;
  return fmt::format("between 1 and {} (a row has {} bits, and further backgrounds would repeat)",
                     most, row_bits(spec));
}

/// Products of a compute self-test, whose signature is computed when the macro is planned.
constexpr std::int64_t most_test_products = std::int64_t{1} << 33;

std::optional<std::string> compute_vectors_violated(const MacroSpec& spec) {
  if (spec.self_test.compute_vectors == 0) return std::nullopt;
  if (const auto hidden = hidden_sums(spec)) return "0 " + *hidden;
  if (spec.weight.is_ternary) {
    return "0 with ternary weights (a pseudo-random weight may be none; int2 works)";
  }
  const std::int64_t products = std::int64_t{1} * spec.rows * spec.columns;
  if (spec.self_test.compute_vectors <= most_test_products / products) return std::nullopt;
  return fmt::format(
      "at most {} with {} x {} weights (2^33 products are computed for the signature)",
      most_test_products / products, spec.rows, spec.columns);
}

/// A row or column that is not in use holds anything, and a replaced one is faulty: their check
/// bits would flag every result, or count.
constexpr const char* no_spares_with_check_bits =
    "0 with protection.code (the check bits of lines that are not in use would be told as errors)";

std::optional<std::string> spare_rows_violated(const MacroSpec& spec) {
  const int spares = spec.repair.spare_rows;
  if (spares == 0) return std::nullopt;
  if (spares > spec.rows) {
    return fmt::format("between 0 and {} (the array has so many rows)", spec.rows);
  }
  if (spec.rows + spares > 4096) {
    return fmt::format("between 0 and {} (4096 rows, with the spare ones, are the most)",
                       4096 - spec.rows);
  }
  if (spec.protection.code != Code::none) return no_spares_with_check_bits;
  if (spec.input.is_bipolar) {
    return "0 with bipolar inputs (a replaced row is switched off by an input of 0, which they do "
           "not have; spare_columns work)";
  }
  if (spec.transpose != Transpose::never) {
    return "0 with array.transpose (the array has as many rows as columns)";
  }
  if (spec.output_mode == OutputMode::sign) {
    return "0 with output.mode \"sign\" (thresholds are as wide as the sums of the rows that are "
           "counted; spare_columns work)";
  }
  if (has_precision(spec)) {
    return fmt::format(
        "0, or precision.mode \"fixed\" (the fields of a result are as wide as the sums of the "
        "rows "
        "that are counted, in every mode; spare_columns work{})",
        spec.precision.fused_columns > 1 ? " with fused_columns = 1" : "");
  }
  if (spec.sparsity.is_structured()) {
    return "0 with structured weights (a spare row would be in no group; spare_columns work)";
  }
  if (spec.approximation.or_rows > 1) {
    return "0 with approximation.or_rows (a spare row would be in another group, and the result "
           "another; spare_columns work)";
  }
  return std::nullopt;
}

std::optional<std::string> spare_columns_violated(const MacroSpec& spec) {
  const int spares = spec.repair.spare_columns;
  if (spares == 0) return std::nullopt;
  if (spares > spec.columns) {
    return fmt::format("between 0 and {} (the array has so many columns)", spec.columns);
  }
  if (spec.columns + spares > 4096) {
    return fmt::format("between 0 and {} (4096 columns, with the spare ones, are the most)",
                       4096 - spec.columns);
  }
  if (spec.protection.code != Code::none) return no_spares_with_check_bits;
  if (spec.transpose != Transpose::never) {
    return "0 with array.transpose (the array has as many rows as columns)";
  }
  if (spec.precision.fused_columns > 1) {
    return "0, or precision.fused_columns 1 (a spare column has no neighbours to be fused with)";
  }
  return std::nullopt;
}

std::optional<std::string> test_mode_violated(const MacroSpec& spec) {
  if (spec.test_mode == TestMode::none || spec.storage != Storage::flop ||
      spec.sparsity.zero_rows == ZeroRows::gate) {
    return std::nullopt;
  }
  return "\"none\" with array.storage \"flop\" (it has no clock gates, and is ready for scan as it "
         "is)";
}

}  // namespace

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
       .limit = {.documentation = "consistent; `none` where a result does not show a whole weight: "
                                  "inputs `int1` or `bipolar`, structured weights, dropped "
                                  "columns, a shift, results narrower than a weight, the sign",
                 .needs = {"operands.input", "operands.weight", "sparsity.group",
                           "approximation.dropped_columns", "output.mode", "output.bits",
                           "output.shift"},
                 .violated = march_violated},
       .only = digital_only},
      {.table = "self_test",
       .name = "backgrounds",
       .value = Integer{place<&MacroSpec::self_test, &SelfTest::backgrounds>, 1, 17},
       .unit = "patterns",
       .meaning = "Data backgrounds that the march test is run with, one after the other: all bits "
                  "alike, then neighbours of 1, 2, 4 ... bits different.",
       .limit = {.documentation = "at most 1 + log2 of the bits of a row",
                 .needs = {"self_test.march", "array.columns", "operands.weight"},
                 .violated = backgrounds_violated},
       .only = digital_only},
      {.table = "self_test",
       .name = "compute_vectors",
       .value = Integer{place<&MacroSpec::self_test, &SelfTest::compute_vectors>, 0, 65536},
       .unit = "vectors",
       .meaning =
           "Pseudo-random vectors of the compute self-test, whose results are one signature. "
           "0: there is none.",
       .limit = {.documentation = "at most 2^33 products; 0 with output mode `sign`",
                 .needs = {"array.rows", "array.columns", "operands.weight", "output.mode"},
                 .violated = compute_vectors_violated},
       .only = digital_only},

      {.table = "repair",
       .name = "spare_rows",
       .value = Integer{place<&MacroSpec::repair, &Repair::spare_rows>, 0, 16},
       .unit = "rows",
       .meaning = "Rows that can take the place of faulty ones (docs/repair.md).",
       .limit = {.documentation = "at most `rows`; 0 with output mode `sign`, `bipolar` inputs, "
                                  "`transpose`, run-time "
                                  "precision, structured weights, `or_rows` and check bits",
                 .needs = {"array.rows", "array.transpose", "operands.input", "precision.mode",
                           "sparsity.group", "approximation.or_rows", "protection.code"},
                 .violated = spare_rows_violated},
       .only = digital_only},
      {.table = "repair",
       .name = "spare_columns",
       .value = Integer{place<&MacroSpec::repair, &Repair::spare_columns>, 0, 16},
       .unit = "columns",
       .meaning = "Columns that can take the place of faulty ones.",
       .limit = {.documentation =
                     "at most `columns`; 0 with `transpose`, `fused_columns` and check "
                     "bits",
                 .needs = {"array.columns", "array.transpose", "precision.fused_columns",
                           "protection.code"},
                 .violated = spare_columns_violated},
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
       .limit = {.documentation = "`none` with flip-flops, which have no clock gates but those of "
                                  "`zero_rows` `gate`",
                 .needs = {"array.storage", "sparsity.zero_rows"},
                 .violated = test_mode_violated},
       .only = {Kind::digital, Kind::logic}},
  };
}

}  // namespace cimforge::spec
