// The sections of a near-memory macro.
#include <fmt/format.h>

#include "flows/report_sections.h"

namespace cimforge::flows {

void add_near_memory_sections(picture::Page& page, const ReportSource& source) {
  const spec::MacroSpec& spec = source.spec;
  const double cycles = source.plan.value("cycles_per_vector", 1.0);
  page.intro = fmt::format(
      "y[c] = sum over r of x[r] W[r][c], exactly: {} of {} inputs times {} weights in {}, fetched "
      "from a memory row by row, one a cycle.",
      count_text(spec.rows, "row"), spec.input.name(), spec.weight.name(),
      count_text(spec.columns, "column"));
  page.facts = {
      {"Weights", fmt::format("{} × {}", spec.rows, spec.columns)},
      {"Input × weight", fmt::format("{} × {}", spec.input.name(), spec.weight.name())},
      {"Result", count_text(source.plan.value("output_bits", 0), "bit")},
      {"Cycles per vector", plan_value(source, "cycles_per_vector")},
      {"Latency", plan_value(source, "latency") + " cycles"},
      {"At the clock", fmt::format("{:.4g} GMAC/s", 1.0 * spec.rows * spec.columns /
                                                        (cycles * spec.timing.clock_period_ns))},
  };
  picture::Section plan;
  plan.heading = "The plan";
  plan.text = "The memory, and what every column has beside it.";
  plan.tables.push_back(
      plan_table(source, {{"memory_words", "Words of the memory", ""},
                          {"memory_word_bits", "A word: one row of weights", "bits"},
                          {"cycles_per_vector", "Cycles of a vector", "cycles"},
                          {"latency", "Latency", "cycles"},
                          {"acc_bits", "Accumulator", "bits"},
                          {"output_bits", "Result", "bits"},
                          {"storage_bits", "Weight storage", "bits"},
                          {"macs_per_vector", "Multiply-accumulates of a vector", ""}}));
  page.sections.push_back(std::move(plan));
}

}  // namespace cimforge::flows
