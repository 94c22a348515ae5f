// The section of what cimforge study found: accuracy of a network over time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
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

picture::Figure accuracy_figure(double celsius, const Lines& lines, double digital, double least) {
  picture::LineChart chart;
  chart.title = fmt::format("Accuracy at {:g} °C", celsius);
  chart.x = {
      .title = "Time since programming", .unit = "s", .scale = picture::AxisScale::logarithmic};
  chart.y = {.title = "Accuracy", .unit = "%", .low = least, .high = 100.0};
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

/// A row for each device and temperature, a column for each time.
picture::Table accuracy_table(const std::map<double, Lines>& temperatures,
                              const std::map<std::string, Accuracy>& ideal) {
  std::set<double> times;
  for (const auto& [celsius, lines] : temperatures) {
    for (const auto& [device, accuracies] : lines) {
      for (const auto& [seconds, accuracy] : accuracies) times.insert(seconds);
    }
  }
  picture::Table table;
  table.header = {"Device", "Temperature"};
  if (!ideal.empty()) table.header.emplace_back("Without errors");
  for (const double seconds : times) {
    table.header.push_back("After " + duration_text(seconds));
  }
  const auto text = [](const Accuracy& accuracy) {
    return accuracy.sigma > 0.0
               ? fmt::format("{} ± {} %", fixed(accuracy.mean, 2), fixed(accuracy.sigma, 2))
               : fixed(accuracy.mean, 2) + " %";
  };
  for (const auto& [celsius, lines] : temperatures) {
    for (const auto& [device, accuracies] : lines) {
      std::vector<std::string> row = {device, fmt::format("{:g} °C", celsius)};
      if (!ideal.empty()) {
        const auto found = ideal.find(device);
        row.push_back(found == ideal.end() ? "–" : text(found->second));
      }
      for (const double seconds : times) {
        const auto found = accuracies.find(seconds);
        row.push_back(found == accuracies.end() ? "–" : text(found->second));
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace

void add_accuracy_section(picture::Page& page, const std::filesystem::path& file) {
  const JsonFile study(file, "cimforge study");
  const Json& root = study.root();
  const Json& points = root.is_array() ? root : study.array(root, "cases");
  std::map<double, Lines> temperatures;
  std::map<std::string, Accuracy> ideal;
  std::map<std::string, std::vector<std::string>> left_out;  ///< devices, by why
  double digital = root.is_array() ? 0.0 : percent(study, root, "digital_accuracy");
  double least = 100.0;
  for (const Json& point : points) {
    if (!point.is_object()) study.refuse("a case is not an object");
    const std::string device = study.text(point, "device");
    const Json* needs = study.find(point, "needs");
    if (needs != nullptr && needs->is_string()) {
      std::string why = needs->get<std::string>();
      if (const Json* celsius = study.find(point, "celsius"); celsius && celsius->is_number()) {
        why += fmt::format(" at {:g} °C", celsius->get<double>());
      }
      std::vector<std::string>& devices = left_out[why];
      if (std::ranges::find(devices, device) == devices.end()) devices.push_back(device);
      continue;
    }
    const Accuracy accuracy{percent(study, point, "accuracy"), sigma_of(study, point)};
    if (root.is_array()) digital = percent(study, point, "digital_accuracy");
    const Json* is_ideal = study.find(point, "ideal");
    if (is_ideal != nullptr && is_ideal->is_boolean() && is_ideal->get<bool>()) {
      ideal[device] = accuracy;
      continue;
    }
    const double seconds = study.number(point, "seconds");
    const double celsius = study.number(point, "celsius");
    if (!(seconds >= 0.0)) study.refuse(fmt::format("'seconds' is 0 or more, got {}", seconds));
    temperatures[celsius][device][seconds] = accuracy;
    least = std::min(least, accuracy.mean - accuracy.sigma);
  }

  picture::Section section;
  section.heading = "Accuracy over time";
  section.text = fmt::format(
      "Share of right answers of a network on the macro, as cimforge study found it; {} % with "
      "exact sums. A band is one standard deviation of the seeds to each side.",
      fixed(digital, 2));
  for (const auto& [why, devices] : left_out) {
    section.text += fmt::format(" Not run, {}: {}.", why, fmt::join(devices, ", "));
  }
  // The same axis in all charts, below every line.
  const double low = std::max(0.0, 5.0 * std::floor((std::min(least, digital) - 1.0) / 5.0));
  for (const auto& [celsius, lines] : temperatures) {
    section.figures.push_back(accuracy_figure(celsius, lines, digital, low));
  }
  section.tables.push_back(accuracy_table(temperatures, ideal));
  page.sections.push_back(std::move(section));
}

}  // namespace cimforge::flows
