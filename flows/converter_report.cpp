// The section of the converters: transfer curve, INL, DNL, and what they are given.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "flows/converter_curve.h"
#include "flows/interrupt.h"
#include "flows/report_model.h"
#include "generator/picture/number.h"

namespace cimforge::flows {
namespace {

using picture::short_number;

constexpr std::size_t most_code_points = 512;
constexpr std::size_t most_curves = 64;

/// One point a code, or the range of several codes where there are many.
picture::Series code_series(const std::string& name, double first_code,
                            const std::vector<double>& values) {
  picture::Series series;
  series.name = name;
  const std::size_t block = (values.size() + most_code_points - 1) / most_code_points;
  series.style = block > 1 ? picture::SeriesStyle::band : picture::SeriesStyle::line;
  for (std::size_t i = 0; i < values.size(); i += block) {
    const auto part = std::span(values).subspan(i, std::min(block, values.size() - i));
    const auto [low, high] = std::ranges::minmax(part);
    series.x.push_back(first_code + static_cast<double>(i) + 0.5 * static_cast<double>(block - 1));
    series.y.push_back(mean_and_spread(part).mean);
    if (block == 1) continue;
    series.y_low.push_back(low);
    series.y_high.push_back(high);
  }
  return series;
}

picture::LineChart code_chart(const std::string& title, const std::string& what, double first_code,
                              const std::vector<std::vector<double>>& curves) {
  picture::LineChart chart;
  chart.title = title;
  chart.x = {.title = "Code"};
  double most = 0.5;
  for (const auto& curve : curves) {
    for (const double each : curve) most = std::max(most, 1.1 * std::abs(each));
  }
  chart.y = {.title = what, .unit = "LSB", .low = -most, .high = most};
  if (curves.size() > 1) {
    std::vector<double> low = curves.front();
    std::vector<double> high = curves.front();
    for (const auto& curve : curves) {
      for (std::size_t i = 0; i < low.size(); ++i) {
        low[i] = std::min(low[i], curve[i]);
        high[i] = std::max(high[i], curve[i]);
      }
    }
    const picture::Series lows = code_series("", first_code, low);
    const picture::Series highs = code_series("", first_code, high);
    picture::Series all;
    all.name = "range over the converters";
    all.style = picture::SeriesStyle::band;
    all.x = lows.x;
    all.y_low = lows.y_low.empty() ? lows.y : lows.y_low;
    all.y_high = highs.y_high.empty() ? highs.y : highs.y_high;
    chart.series.push_back(std::move(all));
  }
  chart.series.push_back(
      code_series(curves.size() > 1 ? "converter 0" : "", first_code, curves.front()));
  return chart;
}

picture::LineChart transfer_chart(const ConverterCurve& curve, int codes) {
  picture::LineChart chart;
  chart.title = "Transfer curve";
  const double last_code = curve.first_code + codes - 1;
  const double margin = std::max(1.0, 0.05 * codes);
  const double low = std::min<double>(curve.low_end, curve.first_code - 0.5) - margin;
  const double high = std::max(curve.high_end, last_code + 0.5) + margin;
  chart.x = {.title = "Input", .unit = "LSB", .low = low, .high = high};
  chart.y = {.title = "Code", .low = curve.first_code - margin, .high = last_code + margin};

  picture::Series ideal{"ideal", {low, high}, {low, high}};
  picture::Series converter{"converter 0", {low}, {static_cast<double>(curve.first_code)}};
  const std::size_t block = (curve.thresholds.size() + most_code_points - 1) / most_code_points;
  converter.style = block > 1 ? picture::SeriesStyle::line : picture::SeriesStyle::steps;
  for (std::size_t i = 0; i < curve.thresholds.size(); ++i) {
    if (i % block != 0 && i + 1 != curve.thresholds.size()) continue;
    converter.x.push_back(curve.thresholds[i]);
    converter.y.push_back(curve.first_code + static_cast<double>(i) + 1.0);
  }
  converter.x.push_back(high);
  converter.y.push_back(last_code);
  chart.series = {std::move(converter), std::move(ideal)};
  for (const double end : {curve.low_end, curve.high_end}) {
    chart.series.push_back({.name = end == curve.low_end ? "overflow" : "",
                            .x = {end, end},
                            .y = {*chart.y.low, *chart.y.high},
                            .style = picture::SeriesStyle::reference});
  }
  return chart;
}

/// Against the range: what is far inside uses few codes, what is outside is clipped.
picture::Figure inputs_figure(const MacroModel& model, const ConverterCurve& curve) {
  picture::Histogram chart;
  chart.title = "Inputs of the converters";
  chart.x = {.title = "Sum of a column of cells", .unit = "LSB"};
  chart.measure = picture::HistogramMeasure::share;
  chart.data_sets = {{"", model.converter_inputs}};
  const auto clipped = std::ranges::count_if(model.converter_inputs, [&](double each) {
    return each < curve.low_end || each >= curve.high_end;
  });
  const auto [low, high] = std::ranges::minmax(model.converter_inputs);
  return {chart,
          fmt::format("Sums without errors over random vectors, {} to {} LSB: {} % of the range of "
                      "the converters; {} % overflow.",
                      short_number(low), short_number(high),
                      picture::fixed(100.0 * (high - low) / (curve.high_end - curve.low_end), 0),
                      short_number(100.0 * static_cast<double>(clipped) /
                                   static_cast<double>(model.converter_inputs.size())))};
}

}  // namespace

void add_converter_section(picture::Page& page, const MacroModel& model,
                           const ReportRequest& request) {
  const analog::ConverterConfig& config = model.converter;
  picture::Section section;
  section.heading = "Converters";
  const bool differ = config.kind == analog::Kind::sar && config.mismatch != 0.0;
  const std::size_t count =
      differ ? std::min({model.converters, most_curves,
                         (std::size_t{1} << 18U) >> static_cast<unsigned>(config.bits)})
             : 1;
  std::vector<std::vector<double>> inl;
  std::vector<std::vector<double>> dnl;
  std::optional<ConverterCurve> first;
  double worst_inl = 0.0;
  double worst_dnl = 0.0;
  for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
    throw_if_interrupted();
    ConverterCurve curve = measure_curve(config, request.seed, static_cast<std::uint32_t>(i));
    for (const double each : curve.inl) worst_inl = std::max(worst_inl, std::abs(each));
    for (const double each : curve.dnl) worst_dnl = std::max(worst_dnl, std::abs(each));
    inl.push_back(curve.inl);
    dnl.push_back(curve.dnl);
    if (!first) first = std::move(curve);
  }

  const int shift = model.spec.analog.adc_range;
  const double largest = static_cast<double>(model.spec.rows) *
                         ((1 << model.spec.input_bits_per_cycle) - 1) * (model.levels - 1);
  section.text = fmt::format(
      "{}: {}, {}{}, {}. After reset 1 LSB is {} of the lowest bits, and the "
      "largest sum of a column is {:.6g} LSB. Inputs beyond the dashed lines overflow.",
      count_text(model.converters, "converter"), analog::to_string(config.kind),
      count_text(config.bits, "bit"), config.is_signed ? ", signed" : "",
      model.spec.analog.converter == "ideal" ? "ideal" : "errors of " + model.spec.analog.converter,
      count_text(std::size_t{1} << static_cast<unsigned>(shift), "product"),
      largest / std::exp2(shift));
  if (config.noise_lsb != 0.0) {
    section.text += fmt::format(" Noise of the comparator, {:g} LSB, is left out of these curves.",
                                config.noise_lsb);
  }
  section.figures.push_back({transfer_chart(*first, 1 << config.bits), ""});
  const double bottom = first->first_code;
  section.figures.push_back(
      {code_chart("Integral nonlinearity", "INL", bottom + 1, inl),
       fmt::format("Start of each code against the line through the first and the last one. Worst: "
                   "{} LSB.",
                   short_number(worst_inl))});
  if (config.bits > 1) {
    section.figures.push_back(
        {code_chart("Differential nonlinearity", "DNL", bottom + 1, dnl),
         fmt::format("Width of each code against the mean; −1 is a missing code. Worst: {} LSB.",
                     short_number(worst_dnl))});
  }
  if (!model.converter_inputs.empty()) section.figures.push_back(inputs_figure(model, *first));
  const std::string first_one = differ ? ", converter 0" : "";
  const std::string worst =
      differ ? fmt::format("Worst of {}: ", count_text(count, "converter")) : "";
  picture::Table table;
  table.header = {"Figure", "Value", "Unit"};
  table.rows = {{"Gain error" + first_one, short_number(100.0 * first->gain_error), "%"},
                {"Offset" + first_one, short_number(first->offset), "LSB"},
                {"Comparator noise", short_number(config.noise_lsb), "LSB"},
                {worst + "INL", short_number(worst_inl), "LSB"},
                {worst + "DNL", short_number(worst_dnl), "LSB"}};
  section.tables.push_back(std::move(table));
  page.sections.push_back(std::move(section));
}

}  // namespace cimforge::flows
