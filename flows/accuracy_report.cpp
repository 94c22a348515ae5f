// The section of what cimforge study found: accuracy of a network over time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "flows/report_model.h"
#include "generator/picture/number.h"

namespace cimforge::flows {
namespace {

using Json = nlohmann::json;
using picture::fixed;

/// In per cent.
struct Accuracy {
  double mean = 0.0;
  double sigma = 0.0;
};

/// Of one temperature: device -> seconds -> accuracy.
using Lines = std::map<std::string, std::map<double, Accuracy>>;

double percent(const JsonFile& study, const Json& in, const char* name) {
  const double value = study.number(in, name);
  if (!(value >= 0.0 && value <= 1.0)) {
    study.refuse(fmt::format("'{}' is a share from 0 to 1, got {}", name, value));
  }
  return 100.0 * value;
}

/// Over the seeds, where a case tells them one by one.
double sigma_of(const JsonFile& study, const Json& point) {
  if (study.find(point, "accuracies") == nullptr) return 0.0;
  std::vector<double> values;
  for (const Json& each : study.array(point, "accuracies")) {
    if (!each.is_number()) study.refuse("'accuracies' are numbers");
    values.push_back(100.0 * each.get<double>());
  }
  const auto count = static_cast<double>(values.size());
  return values.size() < 2 ? 0.0 : mean_and_spread(values).sigma * std::sqrt(count / (count - 1.0));
}

picture::Figure accuracy_figure(double celsius, const Lines& lines, double digital) {
  picture::LineChart chart;
  chart.title = fmt::format("Accuracy at {:g} °C", celsius);
  chart.x = {
      .title = "Time since programming", .unit = "s", .scale = picture::AxisScale::logarithmic};
  chart.y = {.title = "Accuracy", .unit = "%", .high = 100.0};
  double low = 0.0;
  double high = 0.0;
  bool has_zero = false;
  for (const auto& [device, accuracies] : lines) {
    for (const auto& [seconds, accuracy] : accuracies) {
      has_zero = has_zero || seconds == 0.0;
      if (seconds > 0.0) low = low > 0.0 ? std::min(low, seconds) : seconds;
      high = std::max(high, seconds);
    }
  }
  // A logarithmic axis has no 0: programming stands left of the first time.
  const double zero = low > 0.0 ? low / 10.0 : 1.0;
  for (const auto& [device, accuracies] : lines) {
    picture::Series series;
    series.name = device;
    double most_sigma = 0.0;
    for (const auto& [seconds, accuracy] : accuracies) {
      series.x.push_back(seconds == 0.0 ? zero : seconds);
      series.y.push_back(accuracy.mean);
      series.y_low.push_back(accuracy.mean - accuracy.sigma);
      series.y_high.push_back(std::min(100.0, accuracy.mean + accuracy.sigma));
      most_sigma = std::max(most_sigma, accuracy.sigma);
    }
    series.style = series.x.size() > 1 && most_sigma > 0.0 ? picture::SeriesStyle::band
                                                           : picture::SeriesStyle::line_points;
    chart.series.push_back(std::move(series));
  }
  chart.series.push_back({.name = "digital",
                          .x = {has_zero ? zero : low, std::max(high, zero)},
                          .y = {digital, digital},
                          .style = picture::SeriesStyle::reference});
  return {chart, has_zero ? fmt::format("Right after programming is drawn at {} s.",
                                        picture::short_number(zero))
                          : ""};
}

}  // namespace

void add_accuracy_section(picture::Page& page, const std::filesystem::path& file) {
  const JsonFile study(file, "cimforge study");
  const Json& root = study.root();
  const Json& points = root.is_array() ? root : study.array(root, "cases");
  picture::Section section;
  section.heading = "Accuracy over time";
  section.text =
      "Share of right answers of a network on the macro, as `cimforge study` found it. A "
      "band is one standard deviation of the seeds to each side.";
  picture::Table table;
  table.header = {"Device", "Time", "Temperature", "Accuracy", "Standard deviation", "Digital"};
  std::map<double, Lines> temperatures;
  double digital = 0.0;
  std::vector<std::string> left_out;
  for (const Json& point : points) {
    if (!point.is_object()) study.refuse("a case is not an object");
    const std::string device = study.text(point, "device");
    const Json* needs = study.find(point, "needs");
    if (needs != nullptr && needs->is_string()) {
      const std::string why = fmt::format("{} {}", device, needs->get<std::string>());
      if (std::ranges::find(left_out, why) == left_out.end()) left_out.push_back(why);
      continue;
    }
    const Accuracy accuracy{percent(study, point, "accuracy"), sigma_of(study, point)};
    digital = percent(study, root.is_array() ? point : root, "digital_accuracy");
    const std::string exact = fixed(digital, 2) + " %";
    const std::string mean = fixed(accuracy.mean, 2) + " %";
    const std::string sigma = fixed(accuracy.sigma, 2) + " %";
    const Json* ideal = study.find(point, "ideal");
    if (ideal != nullptr && ideal->is_boolean() && ideal->get<bool>()) {
      table.rows.push_back({device, "without errors of cells", "–", mean, sigma, exact});
      continue;
    }
    const double seconds = study.number(point, "seconds");
    const double celsius = study.number(point, "celsius");
    if (!(seconds >= 0.0)) study.refuse(fmt::format("'seconds' is 0 or more, got {}", seconds));
    temperatures[celsius][device][seconds] = accuracy;
    table.rows.push_back({device, seconds == 0.0 ? "programming" : duration_text(seconds),
                          fmt::format("{:g} °C", celsius), mean, sigma, exact});
  }
  for (const auto& [celsius, lines] : temperatures) {
    section.figures.push_back(accuracy_figure(celsius, lines, digital));
  }
  if (!left_out.empty()) {
    section.text += fmt::format("\n\nNot run: {}.", fmt::join(left_out, "; "));
  }
  section.tables.push_back(std::move(table));
  page.sections.push_back(std::move(section));
}

}  // namespace cimforge::flows
