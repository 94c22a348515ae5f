// The sections of a digital macro, and what `cimforge ppa` measured.
#include <fmt/format.h>

#include <algorithm>

#include "flows/report_sections.h"
#include "generator/base/exit_status.h"
#include "generator/collateral/collateral.h"

namespace cimforge::flows {
namespace {

using Json = nlohmann::json;

/// Bars of one chart; what there is beyond is one bar.
constexpr std::size_t most_bars = 14;

/// One series of bars; a figure that the plan does not have is left out.
picture::Figure bars_of_plan(const ReportSource& source, const std::string& title,
                             const std::string& unit, const std::vector<PlanFigure>& figures) {
  picture::BarChart chart;
  chart.title = title;
  chart.y = {.title = unit, .low = 0.0};
  chart.series = {{}};
  for (const PlanFigure& each : figures) {
    const auto found = source.plan.find(each.key);
    if (found == source.plan.end() || !found->is_number()) continue;
    chart.categories.emplace_back(each.name);
    chart.series.front().values.push_back(found->get<double>());
  }
  return {chart, ""};
}

struct Bar {
  std::string name;
  double value = 0.0;
};

/// The largest ones first.
picture::BarChart largest_first(std::vector<Bar> bars) {
  std::ranges::stable_sort(bars, [](const Bar& a, const Bar& b) { return a.value > b.value; });
  if (bars.size() > most_bars) {
    Bar others{fmt::format("{} others", bars.size() - most_bars + 1), 0.0};
    for (std::size_t i = most_bars - 1; i < bars.size(); ++i) others.value += bars[i].value;
    bars.resize(most_bars - 1);
    bars.push_back(others);
  }
  picture::BarChart chart;
  chart.series = {{}};
  for (const Bar& each : bars) {
    chart.categories.push_back(each.name);
    chart.series.front().values.push_back(each.value);
  }
  return chart;
}

/// `<name>_block16` is known by its end.
std::string module_name(std::string name, const std::string& macro) {
  if (name == macro) return "top";
  if (name.starts_with(macro + "_")) name.erase(0, macro.size() + 1);
  if (name.starts_with("cim_")) name.erase(0, 4);
  return name;
}

/// The end of a long path, which tells the register.
std::string end_of(const std::string& path) {
  constexpr std::size_t longest = 36;
  return path.size() <= longest ? path : "…" + path.substr(path.size() - longest);
}

void add_area(picture::Page& page, const ReportSource& source, const JsonFile& ppa) {
  const Json& root = ppa.root();
  const double area = ppa.number(root, "area_um2");
  page.facts.push_back({"Area", fmt::format("{:.4g} mm²", area * 1e-6)});
  picture::Section section;
  section.heading = "Area";
  section.text = fmt::format(
      "Cells of the mapped netlist, {:.4g} mm² together, of which {:.3g} % are registers and "
      "latches. A bar is the cells that stand in a module itself, times its instances.",
      area * 1e-6, area > 0.0 ? 100.0 * ppa.number(root, "sequential_area_um2") / area : 0.0);
  picture::Table table;
  table.header = {"Module", "Instances", "Own area (µm²)", "Together (µm²)", "Share"};
  std::vector<Bar> bars;
  for (const Json& module : ppa.array(root, "modules")) {
    const std::string name = ppa.text(module, "name");
    const double instances = ppa.number(module, "instances");
    const double own = ppa.number(module, "own_area_um2");
    if (own * instances <= 0.0) continue;
    bars.push_back({module_name(name, source.spec.name), own * instances});
    table.rows.push_back({name, fmt::format("{:.0f}", instances), fmt::format("{:.1f}", own),
                          fmt::format("{:.1f}", own * instances),
                          fmt::format("{:.1f} %", 100.0 * own * instances / area)});
  }
  picture::BarChart chart = largest_first(std::move(bars));
  chart.title = "Area by module";
  const bool is_large = area > 1e5;
  if (is_large) {
    for (double& each : chart.series.front().values) each *= 1e-6;
  }
  chart.y = {.title = "Area", .unit = is_large ? "mm²" : "µm²", .low = 0.0};
  section.figures.push_back({chart, ""});
  section.tables.push_back(std::move(table));
  page.sections.push_back(std::move(section));
}

void add_timing(picture::Page& page, const JsonFile& ppa) {
  const Json& root = ppa.root();
  const double fmax = ppa.number(root, "fmax_mhz");
  page.facts.push_back({"Highest clock", fmt::format("{:.4g} MHz", fmax)});
  picture::Section section;
  section.heading = "Timing";
  const Json* timing = ppa.find(root, "timing");
  section.text = fmt::format(
      "Paths between registers allow {:.4g} MHz. The clock of the constraints has a period of "
      "{:g} ns; a negative slack misses it. Each group is shown by its worst path.",
      fmax, ppa.number(*timing, "clock_period_ns"));
  picture::BarChart slack;
  slack.title = "Slack by path group";
  slack.y = {.title = "Slack", .unit = "ns"};
  slack.series = {{}};
  picture::Table table;
  table.header = {"Group", "From", "To", "Cells", "Delay (ns)", "Available (ns)", "Slack (ns)"};
  const auto add = [&](const Json& path, const std::string& group) {
    slack.categories.push_back(group);
    slack.series.front().values.push_back(ppa.number(path, "slack_ns"));
    table.rows.push_back({group, end_of(ppa.text(path, "launching")),
                          end_of(ppa.text(path, "capturing")),
                          fmt::format("{:.0f}", ppa.number(path, "cells")),
                          fmt::format("{:.3f}", ppa.number(path, "delay_ns")),
                          fmt::format("{:.3f}", ppa.number(path, "available_ns")),
                          fmt::format("{:.3f}", ppa.number(path, "slack_ns"))});
  };
  for (const Json& path : ppa.array(*timing, "setup_paths")) add(path, ppa.text(path, "kind"));
  if (const Json* hold = ppa.find(*timing, "hold_path")) {
    add(*hold, "hold: " + ppa.text(*hold, "kind"));
  }
  section.figures.push_back({slack, ""});
  section.tables.push_back(std::move(table));
  page.sections.push_back(std::move(section));
}

void add_power(picture::Page& page, const ReportSource& source, const JsonFile& ppa) {
  const Json& root = ppa.root();
  const double total = ppa.number(root, "power_mw");
  page.facts.push_back({"Power", fmt::format("{:.4g} mW", total)});
  const Json& power = *ppa.find(root, "power");
  picture::Section section;
  section.heading = "Power";
  section.text = fmt::format(
      "{:.4g} mW at {:.4g} MHz with {} vectors, by the activity of the simulated netlist. A net "
      "changes {:.3g} times a cycle.",
      total, ppa.number(power, "frequency_mhz"), ppa.text(power, "stimulus"),
      ppa.number(power, "mean_activity"));
  if (const Json* left_out = ppa.find(power, "left_out")) {
    section.text += fmt::format(" It is without {}.", left_out->get<std::string>());
  }
  picture::BarChart kinds;
  kinds.title = "Power by kind";
  kinds.y = {.title = "Power", .unit = "mW", .low = 0.0};
  kinds.series = {{}};
  for (const auto& [key, name] :
       {std::pair{"internal_mw", "inside of cells"}, std::pair{"switching_mw", "loads"},
        std::pair{"leakage_mw", "leakage"}}) {
    const Json* value = ppa.find(power, key);
    if (value == nullptr || !value->is_number()) {
      section.text += fmt::format(" The library does not tell {}.", name);
      continue;
    }
    kinds.categories.emplace_back(name);
    kinds.series.front().values.push_back(value->get<double>());
  }
  const Json* memory = ppa.find(power, "memory_mw");
  if (memory != nullptr && memory->is_number()) {
    kinds.categories.emplace_back("memory");
    kinds.series.front().values.push_back(memory->get<double>());
  }
  section.figures.push_back({kinds, ""});
  std::vector<Bar> bars;
  if (memory != nullptr && memory->is_number()) bars.push_back({"memory", memory->get<double>()});
  for (const Json& module : ppa.array(power, "modules")) {
    bars.push_back(
        {module_name(ppa.text(module, "name"), source.spec.name), ppa.number(module, "power_mw")});
  }
  picture::BarChart modules = largest_first(std::move(bars));
  modules.title = "Power by module";
  modules.y = {.title = "Power", .unit = "mW", .low = 0.0};
  section.figures.push_back({modules, "Own cells of all instances."});
  page.sections.push_back(std::move(section));
}

}  // namespace

void add_digital_sections(picture::Page& page, const ReportSource& source) {
  const spec::MacroSpec& spec = source.spec;
  const double cycles = source.plan.value("cycles_per_vector", 1.0);
  page.intro = fmt::format(
      "y[c] = sum over r of x[r] W[r][c], exactly: {} of {} inputs times {} weights in {}. "
      "{} of each input a cycle; weights are kept in {}.",
      count_text(spec.rows, "row"), spec.input.name(), spec.weight.name(),
      count_text(spec.columns, "column"), count_text(spec.input_bits_per_cycle, "bit"),
      spec.storage == spec::Storage::latch  ? "latches"
      : spec.storage == spec::Storage::flop ? "flip-flops"
                                            : "bitcells");
  page.facts = {
      {"Array", fmt::format("{} × {}", spec.rows, spec.columns)},
      {"Input × weight", fmt::format("{} × {}", spec.input.name(), spec.weight.name())},
      {"Result", count_text(source.plan.value("output_bits", 0), "bit")},
      {"Adder tree", spec::to_string(spec.adder_tree)},
      {"Cycles per vector", plan_value(source, "cycles_per_vector")},
      {"Latency", plan_value(source, "latency") + " cycles"},
      {"At the clock", fmt::format("{:.4g} GMAC/s", 1.0 * spec.rows * spec.columns /
                                                        (cycles * spec.timing.clock_period_ns))},
  };
  picture::Section plan;
  plan.heading = "The plan";
  plan.text = "Cells that the arithmetic and the control of the macro are made of.";
  if (spec.adder_tree == spec::AdderTree::loop) {
    plan.text += " The adder tree is a loop: the synthesis tool chooses its adders.";
  }
  plan.figures.push_back(bars_of_plan(source, "Adders of a column", "Cells",
                                      {{"products_per_column", "products", ""},
                                       {"full_adders_per_column", "full adders", ""},
                                       {"half_adders_per_column", "half adders", ""},
                                       {"full_adder_bound", "least full adders", ""}}));
  plan.figures.back().caption =
      "Least full adders: what any compressor tree needs for this heap of bits.";
  plan.figures.push_back(bars_of_plan(source, "Registers of a column", "Bits",
                                      {{"pipeline_bits_per_column", "pipeline", ""},
                                       {"accumulator_bits_per_column", "accumulator", ""},
                                       {"output_register_bits_per_column", "output", ""},
                                       {"write_buffer_bits_per_column", "write buffer", ""}}));
  plan.figures.back().caption =
      fmt::format("Beside them {} bits of weights and {} of the input, which all columns share.",
                  plan_value(source, "storage_bits"), plan_value(source, "input_register_bits"));
  plan.tables.push_back(
      plan_table(source, {{"steps", "Steps of a vector", "cycles"},
                          {"digit_bits", "Input bits in a step", "bits"},
                          {"latency", "Latency", "cycles"},
                          {"slices", "Slices of columns", ""},
                          {"lanes", "Columns of a slice", ""},
                          {"sum_bits", "Sum of a step", "bits"},
                          {"acc_bits", "Accumulator", "bits"},
                          {"output_bits", "Result", "bits"},
                          {"products_per_column", "Products in a column", ""},
                          {"full_adders_per_column", "Full adders in a column", ""},
                          {"half_adders_per_column", "Half adders in a column", ""},
                          {"full_adder_bound", "Least full adders of any tree", ""},
                          {"tree_depth", "Depth of the tree", "unit delays"},
                          {"input_register_bits", "Input registers", "bits"},
                          {"storage_bits", "Weight storage", "bits"},
                          {"macs_per_vector", "Multiply-accumulates of a vector", ""}}));
  page.sections.push_back(std::move(plan));
}

void add_ppa_sections(picture::Page& page, const ReportSource& source,
                      const std::filesystem::path& file) {
  const JsonFile ppa(file, "cimforge ppa");
  if (ppa.text(ppa.root(), "specification_sha256") != collateral::specification_hash(source.spec)) {
    throw base::InputError(fmt::format("{}: it is of another specification, of the macro {}",
                                       file.string(), ppa.text(ppa.root(), "name")));
  }
  add_area(page, source, ppa);
  if (ppa.find(ppa.root(), "timing") != nullptr) add_timing(page, ppa);
  if (ppa.find(ppa.root(), "power") != nullptr) add_power(page, source, ppa);
}

}  // namespace cimforge::flows
