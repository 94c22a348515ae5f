// The sections of an analog macro, by the model of its device, wires and converters.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "flows/report_model.h"
#include "generator/picture/number.h"
#include "generator/spec/parts.h"

namespace cimforge::flows {
namespace {

using picture::fixed;
using picture::short_number;

constexpr std::size_t most_levels_by_name = 16;
constexpr std::size_t most_stuck_rows = 16;
constexpr int histogram_bins = 96;

std::size_t size(int number) {
  return static_cast<std::size_t>(number);
}

/// Of the device: `Conductance` in µS, `Read current` in nA, or the share of a capacitor.
picture::Axis cell_axis(const device::Device& device) {
  const device::Family* family = device::find_family(device.family);
  const auto needs = [&](std::string_view name) {
    return family != nullptr && std::ranges::find(family->needs, name) != family->needs.end();
  };
  if (needs("g_min")) return {.title = "Conductance", .unit = "µS"};
  if (needs("i_min")) return {.title = "Read current", .unit = "nA"};
  return {.title = "Charge", .unit = "of a full capacitor"};
}

std::string time_name(const ModelLook& look) {
  return look.seconds == 0.0 ? "after programming" : "after " + duration_text(look.seconds);
}

// Cells

/// Even bins over all looks, so that their pictures can be compared.
std::vector<double> common_edges(const MacroModel& model) {
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();
  for (const ModelLook& each : model.looks) {
    const auto [least, most] = std::ranges::minmax(each.conductances);
    low = std::min(low, least);
    high = std::max(high, most);
  }
  const double margin = std::max(0.02 * (high - low), 0.02 * model.step);
  low = low - margin < 0.0 ? std::min(low, 0.0) : low - margin;
  high += margin;
  std::vector<double> edges;
  for (int i = 0; i <= histogram_bins; ++i) {
    edges.push_back(low + (high - low) * i / histogram_bins);
  }
  return edges;
}

/// Conductances by the level that was wanted.
std::vector<std::vector<double>> by_level(const MacroModel& model, const ModelLook& look) {
  std::vector<std::vector<double>> levels(size(model.levels));
  for (std::size_t i = 0; i < look.conductances.size(); ++i) {
    levels[size(model.wanted[i])].push_back(look.conductances[i]);
  }
  return levels;
}

/// The highest bin of level 0, and of all others, in per cent.
struct Peaks {
  double lowest_level = 0.0;
  double others = 0.0;
};

Peaks peaks_of(const MacroModel& model, const ModelLook& look, const std::vector<double>& edges) {
  Peaks peaks;
  const auto levels = by_level(model, look);
  const double width = edges[1] - edges[0];
  for (std::size_t level = 0; level < levels.size(); ++level) {
    std::vector<std::size_t> bins(edges.size(), 0);
    std::size_t most = 0;
    for (const double each : levels[level]) {
      const auto bin = static_cast<std::size_t>(std::max(0.0, (each - edges.front()) / width));
      most = std::max(most, ++bins[std::min(bin, bins.size() - 1)]);
    }
    if (most == 0) continue;
    const double share =
        100.0 * static_cast<double>(most) / static_cast<double>(levels[level].size());
    double& peak = level == 0 ? peaks.lowest_level : peaks.others;
    peak = std::max(peak, share);
  }
  return peaks;
}

/// The axis ends at `most` per cent.
picture::Figure level_histogram(const MacroModel& model, const ModelLook& look,
                                const std::vector<double>& edges, double most) {
  picture::Histogram chart;
  chart.title = "Cells " + time_name(look);
  chart.x = cell_axis(model.device);
  chart.y = {.title = "Share of the cells of a level", .low = 0.0, .high = most};
  chart.measure = picture::HistogramMeasure::share;
  chart.edges = edges;
  auto levels = by_level(model, look);
  for (std::size_t level = 0; level < levels.size(); ++level) {
    const bool has_name = levels.size() <= most_levels_by_name;
    chart.data_sets.push_back(
        {has_name ? fmt::format("level {}", level) : "", std::move(levels[level])});
  }
  const Peaks peaks = peaks_of(model, look, edges);
  return {chart, peaks.lowest_level > most ? fmt::format("Cut: a bin of level 0 holds {} %.",
                                                         fixed(peaks.lowest_level, 0))
                                           : ""};
}

/// Mean and spread of each level over time.
picture::Figure levels_over_time(const MacroModel& model) {
  picture::LineChart chart;
  chart.title = "Levels over time";
  chart.x = {
      .title = "Time since programming", .unit = "s", .scale = picture::AxisScale::logarithmic};
  chart.y = cell_axis(model.device);
  chart.y.low = 0.0;
  // Many bands hide each other.
  const bool has_bands = model.levels <= 8;
  chart.series.resize(size(model.levels));
  for (const ModelLook& each : model.looks) {
    if (each.seconds == 0.0) continue;
    const auto levels = by_level(model, each);
    for (std::size_t level = 0; level < levels.size(); ++level) {
      if (levels[level].empty()) continue;
      const MeanAndSpread of_level = mean_and_spread(levels[level]);
      picture::Series& series = chart.series[level];
      series.style = has_bands ? picture::SeriesStyle::band : picture::SeriesStyle::line;
      series.name = levels.size() <= most_levels_by_name ? fmt::format("level {}", level) : "";
      series.x.push_back(each.seconds);
      series.y.push_back(of_level.mean);
      series.y_low.push_back(of_level.mean - of_level.sigma);
      series.y_high.push_back(of_level.mean + of_level.sigma);
    }
  }
  return {chart, has_bands ? "Line: mean of the cells of a level. Band: one standard deviation to "
                             "each side."
                           : "Means of the cells of each level."};
}

std::string temperature_text(double celsius) {
  return fmt::format("{:g} °C", celsius);
}

void add_cells(picture::Page& page, const MacroModel& model, const ReportRequest& request) {
  picture::Section section;
  section.heading = "Cells";
  if (!model.why_nothing.empty()) {
    section.text = model.why_nothing;
    page.sections.push_back(std::move(section));
    return;
  }
  section.text = fmt::format(
      "{} of {}, {} levels, programmed with {} weights {}. Each level is drawn as a share of its "
      "own cells, at {}.",
      count_text(model.cells(), "cell"), model.device.name, model.levels,
      request.weights.empty() ? "random" : "given",
      model.is_verified ? fmt::format("and verified, by at most {} pulses a row",
                                      model.spec.analog.program_retries)
                        : "by one pulse a cell, without verification",
      temperature_text(model.celsius));
  if (model.is_verified) {
    section.text +=
        model.faults == 0
            ? " No cell was reported as wrong."
            : fmt::format(" {} reported as wrong.",
                          model.faults == 1 ? std::string("1 cell was")
                                            : count_text(model.faults, "cell") + " were");
  }
  const std::vector<double> edges = common_edges(model);
  // Many devices have a sharp lowest state: it must not flatten the others.
  Peaks peaks;
  for (const ModelLook& each : model.looks) {
    const Peaks now = peaks_of(model, each, edges);
    peaks.lowest_level = std::max(peaks.lowest_level, now.lowest_level);
    peaks.others = std::max(peaks.others, now.others);
  }
  const bool is_cut = peaks.others > 0.0 && peaks.lowest_level > 2.5 * peaks.others;
  const double highest = 1.1 * (is_cut ? peaks.others : std::max(peaks.lowest_level, peaks.others));
  if (!model.changes) {
    section.figures.push_back(level_histogram(model, model.looks.front(), edges, highest));
    if (model.looks.size() > 1) {
      section.text +=
          " The device has no parameter of drift or relaxation: its cells stay what "
          "they are, and one picture stands for all times.";
    }
  } else {
    std::size_t later = 0;
    for (const ModelLook& each : model.looks) {
      section.figures.push_back(level_histogram(model, each, edges, highest));
      later += each.seconds > 0.0 ? 1 : 0;
    }
    if (later > 1) section.figures.push_back(levels_over_time(model));
  }
  if (!model.why_not_later.empty()) {
    section.text +=
        fmt::format("\n\nOnly right after programming and at 25 °C: {}.", model.why_not_later);
  }
  page.sections.push_back(std::move(section));
}

// The array

picture::HeatMap map_of(const MacroModel& model, const std::string& title,
                        std::vector<double> values) {
  picture::HeatMap map;
  map.title = title;
  map.x_title = "Device column";
  map.y_title = "Row";
  map.rows = size(model.spec.rows);
  map.columns = size(model.device_columns);
  map.values = std::move(values);
  return map;
}

void add_array(picture::Page& page, const MacroModel& model, const plan::AnalogPlan& plan) {
  picture::Section section;
  section.heading = "Errors over the array";
  if (!model.why_nothing.empty()) {
    section.text = model.why_nothing;
    page.sections.push_back(std::move(section));
    return;
  }
  if (!model.has_wires) {
    section.text = "The wires of the specification have no resistance, so there is no IR drop.";
  } else {
    const spec::Analog& analog = model.spec.analog;
    section.text = fmt::format(
        "Wires of {:g} ohm from cell to cell in a row and {:g} ohm in a column, drivers of {:g} "
        "ohm at the left, sense nodes of {:g} ohm at the bottom.",
        analog.row_ohm, analog.column_ohm, analog.driver_ohm, analog.sense_ohm);
    std::vector<double> percent = model.wires;
    for (double& each : percent) each *= 100.0;
    double worst = 0.0;
    for (const double each : percent) {
      if (std::isfinite(each)) worst = std::min(worst, each);
    }
    picture::HeatMap map = map_of(model, "IR drop", percent);
    map.value = {.title = "Change", .unit = "%"};
    section.figures.push_back(
        {map, fmt::format("What wires change in the effective conductance of each cell, every row "
                          "driven, cells taken as linear. Cells near 0 are left out. Worst: {} %.",
                          fixed(worst, 2))});
  }

  std::vector<double> errors;
  double most = 0.0;
  std::size_t stuck = 0;
  picture::Table table;
  table.header = {"Row", "Device column", "Level wanted", "Level held"};
  std::vector<double> healthy;
  for (std::size_t i = 0; i < model.programmed.size(); ++i) {
    const double level = (model.programmed[i] - model.low) / model.step;
    errors.push_back(level - model.wanted[i]);
    if (model.stuck[i] == 0) {
      most = std::max(most, std::abs(errors.back()));
      healthy.push_back(errors.back());
    } else if (++stuck <= most_stuck_rows) {
      table.rows.push_back({fmt::format("{}", i / size(model.device_columns)),
                            fmt::format("{}", i % size(model.device_columns)),
                            fmt::format("{}", model.wanted[i]), fixed(level, 2)});
    }
  }
  picture::HeatMap map = map_of(model, "Error of programming", errors);
  map.colours = picture::ColourMap::diverging;
  map.reduction = picture::Reduction::extreme;
  map.value = {.title = "Error", .unit = "levels"};
  if (most > 0.0) {
    map.value.low = -most;
    map.value.high = most;
  }
  const MeanAndSpread of_healthy = mean_and_spread(healthy);
  section.figures.push_back(
      {map, fmt::format("Level held less level wanted. Mean {}, standard deviation {} levels{}.",
                        fixed(of_healthy.mean, 3), fixed(of_healthy.sigma, 3),
                        stuck == 0 ? std::string("; no cell is stuck")
                                   : fmt::format(" without the {}, which may lie beyond the scale",
                                                 count_text(stuck, "stuck cell")))});
  if (model.cells() > 0 && plan.devices == 2) {
    section.text += " Even device columns hold positive weights, odd ones negative.";
  }
  if (stuck > 0) {
    table.caption = stuck > table.rows.size()
                        ? fmt::format("The first {} of {} stuck cells", table.rows.size(), stuck)
                        : "Stuck cells";
    section.tables.push_back(std::move(table));
  }
  page.sections.push_back(std::move(section));
}

// Results

/// Bins around whole numbers, of all times together.
std::vector<double> error_edges(const MacroModel& model) {
  double low = 0.0;
  double high = 0.0;
  for (const ModelLook& each : model.looks) {
    for (const double error : each.errors) {
      low = std::min(low, error);
      high = std::max(high, error);
    }
  }
  const double width = std::ceil((high - low + 1.0) / histogram_bins);
  std::vector<double> edges = {low - 0.5 - width};
  while (edges.back() < high + 0.5 + width) edges.push_back(edges.back() + width);
  return edges;
}

/// A histogram as a line, so that several can lie over each other.
picture::Series error_shares(const ModelLook& look, const std::vector<double>& edges) {
  picture::Series series;
  series.name = time_name(look);
  series.style = picture::SeriesStyle::steps;
  series.x = edges;
  series.y.assign(edges.size(), 0.0);
  const double width = edges[1] - edges[0];
  const double share = 100.0 / static_cast<double>(look.errors.size());
  for (const double error : look.errors) {
    series.y[static_cast<std::size_t>((error - edges.front()) / width)] += share;
  }
  return series;
}

/// The spread of the errors over time, on one page with their shares.
picture::Figure errors_over_time(const MacroModel& model) {
  picture::LineChart chart;
  chart.title = "Errors over time";
  chart.x = {
      .title = "Time since programming", .unit = "s", .scale = picture::AxisScale::logarithmic};
  chart.y = {.title = "Error", .unit = "LSB"};
  picture::Series reset{.name = "ranges of reset", .style = picture::SeriesStyle::band};
  picture::Series calibrated{.name = "calibrated ranges", .style = picture::SeriesStyle::band};
  const auto add = [](picture::Series& series, double seconds, const MeanAndSpread& error) {
    series.x.push_back(seconds);
    series.y.push_back(error.mean);
    series.y_low.push_back(error.mean - error.sigma);
    series.y_high.push_back(error.mean + error.sigma);
  };
  for (const ModelLook& each : model.looks) {
    if (each.seconds == 0.0) continue;
    add(reset, each.seconds, mean_and_spread(each.errors));
    add(calibrated, each.seconds, each.calibrated);
  }
  chart.series = {std::move(reset), std::move(calibrated)};
  return {chart, "Line: mean. Band: one standard deviation to each side."};
}

void add_results(picture::Page& page, const MacroModel& model) {
  picture::Section section;
  section.heading = "Errors of results";
  if (!model.why_nothing.empty() || !model.why_no_results.empty()) {
    section.text = model.why_nothing.empty() ? model.why_no_results : model.why_nothing;
    page.sections.push_back(std::move(section));
    return;
  }
  section.text = fmt::format(
      "Results of the macro with all of its errors less the exact ones, in steps of the output, "
      "over {} uniform random vectors and {} columns at {}. The ranges of the converters are those "
      "of reset; calibrated means that each column has the finest range that holds its sums.",
      model.vectors, model.spec.columns, temperature_text(model.celsius));
  picture::LineChart chart;
  chart.title = "Errors of results";
  chart.x = {.title = "Analog result less exact result", .unit = "LSB"};
  chart.y = {.title = "Share", .unit = "%", .low = 0.0};
  const std::vector<double> edges = error_edges(model);
  picture::Table table;
  table.header = {"Time",
                  "Mean (LSB)",
                  "Standard deviation (LSB)",
                  "Calibrated (LSB)",
                  "Largest (LSB)",
                  "Exact",
                  "Within ±1 LSB",
                  "Clipped"};
  for (const ModelLook& each : model.looks) {
    const MeanAndSpread error = mean_and_spread(each.errors);
    double largest = 0.0;
    std::size_t exact = 0;
    std::size_t near = 0;
    for (const double value : each.errors) {
      if (std::abs(value) > std::abs(largest)) largest = value;
      exact += value == 0.0 ? 1U : 0U;
      near += std::abs(value) <= 1.0 ? 1U : 0U;
    }
    const auto share = [&](std::uint64_t count) {
      return fixed(100.0 * static_cast<double>(count) / static_cast<double>(each.errors.size()),
                   2) +
             " %";
    };
    table.rows.push_back({time_name(each), fixed(error.mean, 2), fixed(error.sigma, 2),
                          fixed(each.calibrated.sigma, 2), fixed(largest, 0), share(exact),
                          share(near), share(each.clipped)});
    chart.series.push_back(error_shares(each, edges));
  }
  section.figures.push_back({chart, edges[1] - edges[0] > 1.0
                                        ? fmt::format("Bins of {:g} LSB.", edges[1] - edges[0])
                                        : ""});
  const bool has_later = std::ranges::count_if(model.looks, [](const ModelLook& each) {
                           return each.seconds > 0.0;
                         }) > 1;
  if (has_later) section.figures.push_back(errors_over_time(model));
  section.tables.push_back(std::move(table));
  if (!model.why_not_later.empty()) {
    section.text +=
        fmt::format("\n\nOnly right after programming and at 25 °C: {}.", model.why_not_later);
  }
  page.sections.push_back(std::move(section));
}

// Facts

void add_device(picture::Page& page, const device::Device& device) {
  picture::Section section;
  section.heading = "Device";
  const device::Family* family = device::find_family(device.family);
  section.text = fmt::format("{} ({}): {}.", device.title.empty() ? device.name : device.title,
                             device.family, family == nullptr ? "" : family->meaning);
  const std::vector<std::string> missing = device.missing();
  if (!missing.empty()) {
    section.text += fmt::format(" Nobody knows its {}: what needs {} is not computed.",
                                fmt::join(missing, ", "), missing.size() == 1 ? "it" : "them");
  }
  picture::Table table;
  table.header = {"Parameter", "Value", "Unit", "Status", "Meaning", "Source"};
  for (const device::ParameterInfo& info : device::parameter_table()) {
    const auto found = device.parameters.find(info.name);
    if (found == device.parameters.end()) continue;
    const device::Parameter& parameter = found->second;
    constexpr std::size_t most_values = 6;
    std::string value;
    for (std::size_t i = 0; i < std::min(parameter.values.size(), most_values); ++i) {
      value += (i == 0 ? "" : ", ") + short_number(parameter.values[i]);
    }
    if (parameter.values.empty()) value = "–";
    if (parameter.values.size() > most_values) {
      value += fmt::format(", … ({} values)", parameter.values.size());
    }
    table.rows.push_back({std::string(info.name), value, std::string(info.unit),
                          std::string(device::to_string(parameter.status)),
                          std::string(info.meaning), parameter.source});
  }
  section.tables.push_back(std::move(table));
  page.sections.push_back(std::move(section));
}

void add_plan(picture::Page& page, const ReportSource& source) {
  picture::Section section;
  section.heading = "The plan";
  section.tables.push_back(
      plan_table(source, {{"cell_columns", "Columns of cells", ""},
                          {"cells", "Cells", ""},
                          {"slices", "Slices of a weight", ""},
                          {"devices_per_slice", "Devices of a slice", ""},
                          {"converters", "Converters", ""},
                          {"positions", "Conversions of a converter in a step", ""},
                          {"conversion_cycles", "Conversion", "cycles"},
                          {"steps", "Steps of a vector", ""},
                          {"digit_bits", "Input bits in a step", "bits"},
                          {"cycles_per_vector", "Cycles of a vector", "cycles"},
                          {"latency", "Latency", "cycles"},
                          {"row_program_cycles", "A row verified, at least", "cycles"},
                          {"sum_bits", "Largest sum of a column", "bits"},
                          {"acc_bits", "Accumulator", "bits"},
                          {"output_bits", "Result", "bits"},
                          {"macs_per_vector", "Multiply-accumulates of a vector", ""}}));
  page.sections.push_back(std::move(section));
}

}  // namespace

void add_analog_sections(picture::Page& page, const ReportSource& source,
                         const ReportRequest& request) {
  const spec::MacroSpec spec = spec::analog_part(source.spec);
  const plan::AnalogPlan plan = plan::plan_analog(spec, source.plan.value("output_bits", 1));
  const MacroModel model = make_model(source, plan, request);
  page.intro = fmt::format(
      "y[c] = sum over r of x[r] W[r][c], as exact as cells and converters are: {} of {} "
      "inputs times {} weights in {}. The pictures are of the device model "
      "(docs/analog_model.md), seed {}.",
      count_text(spec.rows, "row"), spec.input.name(), spec.weight.name(),
      count_text(spec.columns, "column"), request.seed);
  const double cycles = source.plan.value("cycles_per_vector", 1.0);
  page.facts = {
      {"Array", fmt::format("{} × {}", spec.rows, spec.columns)},
      {"Input × weight", fmt::format("{} × {}", spec.input.name(), spec.weight.name())},
      {fmt::format("Cells ({})", model.device.name),
       fmt::format("{} × {}", spec.rows, plan.cell_columns)},
      {"Converters", fmt::format("{} × {}, {}", plan.lanes, spec::to_string(spec.analog.adc),
                                 count_text(spec.analog.adc_bits, "bit"))},
      {"Result", count_text(source.plan.value("output_bits", 0), "bit")},
      {"Cycles per vector", plan_value(source, "cycles_per_vector")},
      {"At the clock", fmt::format("{:.3g} GMAC/s", 1.0 * spec.rows * spec.columns /
                                                        (cycles * spec.timing.clock_period_ns))},
  };
  add_cells(page, model, request);
  add_converter_section(page, model, request);
  add_array(page, model, plan);
  add_results(page, model);
  if (!request.accuracy.empty()) add_accuracy_section(page, request.accuracy);
  add_plan(page, source);
  add_device(page, model.device);
}

}  // namespace cimforge::flows
