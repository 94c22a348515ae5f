#include "tests/picture/samples.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace cimforge::picture {
namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

/// Nearly Gaussian numbers: the same on every machine, unlike std::normal_distribution.
class Random {
 public:
  double uniform() { return static_cast<double>(engine_()) / 4294967296.0; }
  double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::mt19937 engine_{1};
};

}  // namespace

Histogram conductance_sample() {
  Random random;
  Histogram chart{.title = "Conductance of all cells, four levels",
                  .x = {.title = "Conductance", .unit = "µS", .low = 0.0}};
  chart.data_sets = {{.name = "programmed"}, {.name = "after 10⁴ s at 85 °C"}};
  for (int i = 0; i < 16384; ++i) {
    const double level = 5.0 + 11.0 * (i % 4);
    const double programmed = level + random.normal() * 0.9;
    chart.data_sets[0].values.push_back(programmed);
    const double drifted = programmed * (0.93 - 0.02 * random.uniform()) + random.normal() * 1.3;
    chart.data_sets[1].values.push_back(std::max(0.0, drifted));
  }
  return chart;
}

LineChart transfer_sample() {
  LineChart chart{.title = "Transfer curve of column 17, 4-bit flash ADC",
                  .x = {.title = "Bit line current", .unit = "A"},
                  .y = {.title = "Code"}};
  Series ideal{.name = "ideal", .style = SeriesStyle::reference};
  Series measured{.name = "with offset and mismatch", .style = SeriesStyle::steps};
  Random random;
  const double lsb = 2e-6;
  for (int code = 0; code < 16; ++code) {
    const double edge = (code == 0 ? 0.0 : code - 0.5 + 0.4 + 0.15 * random.normal()) * lsb;
    measured.x.push_back(edge);
    measured.y.push_back(code);
  }
  measured.x.push_back(16.0 * lsb);
  measured.y.push_back(15.0);
  ideal.x = {0.0, 15.5 * lsb};
  ideal.y = {0.0, 15.5};
  chart.series = {ideal, measured};
  return chart;
}

LineChart linearity_sample() {
  LineChart chart{.title = "Linearity of an 8-bit SAR ADC",
                  .x = {.title = "Code"},
                  .y = {.title = "Error", .unit = "LSB"}};
  Random random;
  Series inl{.name = "INL", .style = SeriesStyle::line};
  Series dnl{.name = "DNL", .style = SeriesStyle::steps};
  double sum = 0.0;
  for (int code = 0; code < 256; ++code) {
    double step = 0.04 * random.normal();
    if (code % 64 == 0 && code > 0) step -= 0.35;
    if (code % 64 == 32) step += 0.28;
    sum = 0.97 * (sum + step);
    inl.x.push_back(code);
    inl.y.push_back(sum);
    dnl.x.push_back(code);
    dnl.y.push_back(step);
  }
  Series limits{.name = "±0.5 LSB",
                .x = {0, 255, gap, 0, 255},
                .y = {0.5, 0.5, gap, -0.5, -0.5},
                .style = SeriesStyle::reference};
  chart.series = {dnl, inl, limits};
  return chart;
}

HeatMap error_sample(std::size_t rows, std::size_t columns) {
  HeatMap map{.title = "Current error of each cell by IR drop",
              .x_title = "Column",
              .y_title = "Row",
              .rows = rows,
              .columns = columns,
              .colours = ColourMap::diverging,
              .value = {.title = "Error", .unit = "%"}};
  Random random;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const double y = static_cast<double>(row) / static_cast<double>(rows);
      const double x = static_cast<double>(column) / static_cast<double>(columns);
      map.values.push_back(-9.0 * x * (0.4 + 0.6 * y) + 1.2 + 0.8 * random.normal());
    }
  }
  return map;
}

HeatMap voltage_sample() {
  HeatMap map{.title = "Voltage across the cells",
              .x_title = "Column",
              .y_title = "Row",
              .rows = 32,
              .columns = 128,
              .value = {.title = "Voltage", .unit = "mV"}};
  for (std::size_t row = 0; row < map.rows; ++row) {
    for (std::size_t column = 0; column < map.columns; ++column) {
      const double x = static_cast<double>(column) / 128.0;
      const double y = static_cast<double>(row) / 32.0;
      const bool broken = row == 11 && column > 70;
      map.values.push_back(broken ? gap : 200.0 - 46.0 * std::sqrt(x) - 12.0 * y * y);
    }
  }
  return map;
}

LineChart accuracy_sample() {
  LineChart chart{
      .title = "Accuracy of the digits network over time, 10 chips each",
      .x = {.title = "Time after programming", .unit = "s", .scale = AxisScale::logarithmic},
      .y = {.title = "Accuracy", .unit = "%", .high = 100.0}};
  chart.series = {{.name = "digital", .style = SeriesStyle::reference},
                  {.name = "PCM", .style = SeriesStyle::band},
                  {.name = "PCM, global drift compensation", .style = SeriesStyle::band},
                  {.name = "ReRAM", .style = SeriesStyle::line_points}};
  for (int i = 0; i <= 14; ++i) {
    const double time = std::pow(10.0, i * 0.5);
    const double decades = i * 0.5;
    const auto add = [&](std::size_t series, double mean, double spread) {
      Series& each = chart.series[series];
      each.x.push_back(time);
      each.y.push_back(mean);
      each.y_low.push_back(mean - spread);
      each.y_high.push_back(std::min(100.0, mean + spread));
    };
    add(0, 98.1, 0.0);
    add(1, 97.2 - 0.75 * decades * decades, 0.3 + 0.45 * decades);
    add(2, 97.3 - 0.25 * decades, 0.4 + 0.1 * decades);
    if (i % 2 == 0) add(3, 96.4 - 1.1 * std::log1p(decades), 0.0);
  }
  return chart;
}

LineChart scatter_sample() {
  LineChart chart{.title = "Error of the Verilated macro against the error of the golden model",
                  .x = {.title = "Predicted error", .unit = "LSB"},
                  .y = {.title = "Found error", .unit = "LSB"}};
  Random random;
  Series analog{.name = "columns without faults", .style = SeriesStyle::points};
  Series faults{.name = "stuck cells", .style = SeriesStyle::points};
  for (int i = 0; i < 3000; ++i) {
    const double x = random.normal() * 1.5;
    analog.x.push_back(x);
    analog.y.push_back(x + 0.25 * random.normal());
  }
  for (int i = 0; i < 24; ++i) {
    const double x = random.normal() * 1.5;
    faults.x.push_back(x);
    faults.y.push_back(x + 3.0 + random.normal());
  }
  chart.series = {analog,
                  faults,
                  {.name = "equal", .x = {-6, 6}, .y = {-6, 6}, .style = SeriesStyle::reference}};
  return chart;
}

BarChart area_sample() {
  return {.title = "Area of a 64 × 64 macro",
          .categories = {"digital int4", "digital int8", "analog int4", "analog int8"},
          .y = {.title = "Area", .unit = "mm²"},
          .series = {{.name = "storage", .values = {0.118, 0.236, 0.021, 0.042}},
                     {.name = "adders", .values = {0.152, 0.341, 0.034, 0.063}},
                     {.name = "converters", .values = {gap, gap, 0.187, 0.374}}}};
}

BarChart timing_sample() {
  return {.title = "Worst slack at 500 MHz",
          .categories = {"ripple tree", "Wallace tree, carry save", "Dadda tree",
                         "compressor 4:2 tree, two stages", "loop", "Wallace tree by delays"},
          .y = {.title = "Slack", .unit = "ns"},
          .series = {{.values = {-0.81, 0.12, 0.18, 0.44, -0.27, 0.3}}}};
}

Page page_sample() {
  Page page{.title = "macro_64x64: a report",
            .intro =
                "An analog macro of 64 rows and 64 columns with int4 inputs and int4 weights. "
                "The data of this page are invented: it shows what a page looks like.",
            .facts = {{"Array", "64 × 64"},
                      {"Throughput", "0.26 TOPS"},
                      {"Energy", "0.41 pJ/MAC"},
                      {"Area", "0.242 mm²"},
                      {"Accuracy after 1 day", "96.1 %"},
                      {"Verified vectors", "1,048,576"}},
            .footer = "Made by cimforge."};
  page.sections = {
      {.heading = "Cells",
       .text = "Conductances of all cells right after program-and-verify, and after drift.",
       .figures = {{conductance_sample(), "All 16384 cells, two devices a weight."},
                   {error_sample(64, 64), "Rows from the driver downward."},
                   {voltage_sample(), "A cut row wire in row 11 leaves cells without voltage."},
                   {error_sample(512, 256), "A larger array."}}},
      {.heading = "Converters",
       .figures = {{transfer_sample(), "Offset of 0.4 LSB."},
                   {linearity_sample(), "The major carries are visible."}}},
      {.heading = "Network & time",
       .text = "Ten chips with other random numbers.\n\nThe bands are one standard deviation.",
       .figures = {{accuracy_sample(), ""}, {scatter_sample(), "One point a column and vector."}},
       .tables = {{.caption = "Accuracy, per cent",
                   .header = {"Device", "1 s", "1 day", "Loss"},
                   .rows = {{"digital", "98.1", "98.1", "-"},
                            {"PCM", "97.2", "79.0", "−18.2 %"},
                            {"ReRAM", "96.4", "94.3", "−2.1 %"}}}}},
      {.heading = "Costs",
       .figures = {{area_sample(), "IHP SG13G2, typical corner."}, {timing_sample(), ""}},
       .tables = {{.caption = "Yosys and OpenSTA",
                   .header = {"Macro", "Cells", "Area", "f max", "Shape"},
                   .rows = {{"digital int4", "41,210", "0.270 mm²", "612 MHz", "64 x 64"},
                            {"analog int4", "9,120", "0.242 mm²", "455 MHz", "64 x 64"}}}}}};
  return page;
}

}  // namespace cimforge::picture
