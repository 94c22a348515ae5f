// The sections of a logic macro.
#include <fmt/format.h>

#include "flows/report_sections.h"

namespace cimforge::flows {

void add_logic_sections(picture::Page& page, const ReportSource& source) {
  const spec::MacroSpec& spec = source.spec;
  page.intro = fmt::format(
      "An array of {} and {} of one bit. In each cycle an operation reads two rows and writes one; "
      "a "
      "number stands in a column, bit over bit, and what is done to it is done in all columns at "
      "once.",
      count_text(spec.rows, "row"), count_text(spec.columns, "column"));
  page.facts = {
      {"Array", fmt::format("{} × {} bits", spec.rows, spec.columns)},
      {"Operands", fmt::format("1 to {} bits", spec.logic.operand_bits)},
      {"Result", count_text(source.plan.value("result_bits", 0), "bit")},
      {"At the clock",
       fmt::format("{:.4g} G additions/s",
                   spec.columns / (spec.logic.operand_bits * spec.timing.clock_period_ns))},
  };
  picture::Section cycles;
  cycles.heading = "Cycles";
  cycles.text = fmt::format("Cycles of each operation on numbers of {}, in all columns at once.",
                            count_text(spec.logic.operand_bits, "bit"));
  picture::BarChart chart;
  chart.title = "Cycles of an operation";
  chart.y = {.title = "Cycles", .low = 0.0};
  chart.series = {{}};
  const auto found = source.plan.find("cycles");
  if (found != source.plan.end() && found->is_object()) {
    for (const auto& [name, value] : found->items()) {
      if (name == "NOTHING" || !value.is_number()) continue;
      chart.categories.push_back(name);
      chart.series.front().values.push_back(value.get<double>());
    }
  }
  cycles.figures.push_back({chart, ""});
  page.sections.push_back(std::move(cycles));

  picture::Section plan;
  plan.heading = "The plan";
  plan.text = "What all columns share, and the results.";
  plan.tables.push_back(plan_table(source, {{"storage_bits", "Cells", "bits"},
                                            {"slices", "Slices", ""},
                                            {"key_bits", "Widest operand, and key", "bits"},
                                            {"sum_bits", "Sum over the columns", "bits"},
                                            {"result_bits", "Result", "bits"},
                                            {"latency", "Latency of READ", "cycles"}}));
  page.sections.push_back(std::move(plan));
}

}  // namespace cimforge::flows
