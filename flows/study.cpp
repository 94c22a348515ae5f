#include "flows/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "flows/network_run.h"
#include "generator/base/exit_status.h"
#include "generator/spec/parts.h"

namespace cimforge::flows {
namespace {

/// What a run of one seed adds to its case.
struct Outcome {
  double accuracy = 0.0;
  double rms_error = 0.0;
  analog::MacroCounts counts;
  std::map<std::int32_t, WeightMoments> weights;
};

struct Task {
  std::size_t of_case = 0;
  std::uint64_t seed = 1;
  std::optional<Outcome> outcome;
};

/// Bits of a cell that the device has levels for.
int cell_bits_of(const spec::MacroSpec& spec, const device::Device& device) {
  if (!device.has("levels")) return spec.analog.cell_bits;
  const double levels = std::clamp(device.value("levels"), 2.0, 256.0);
  return std::min(spec.analog.cell_bits,
                  static_cast<int>(std::bit_width(static_cast<unsigned>(levels))) - 1);
}

spec::MacroSpec spec_of(spec::MacroSpec spec, const StudyCase& of_case) {
  spec.analog.cell_bits = of_case.cell_bits;
  return spec;
}

AnalogEngineOptions engine_options(const StudyOptions& options, const StudyCase& of_case,
                                   const device::Device& device, std::uint64_t seed) {
  AnalogEngineOptions engine;
  engine.device = device;
  engine.converter = options.converter;
  if (of_case.is_ideal) engine.effects = analog::Effects::none();
  engine.programming = options.programming;
  engine.seconds = of_case.seconds;
  engine.kelvin = of_case.celsius + kZeroCelsius;
  engine.seed = seed;
  return engine;
}

/// What a case is not run for: the parameter that the device does not tell, or else the refusal.
std::string reason(const device::Device& device, const std::string& refusal) {
  for (const device::ParameterInfo& info : device::parameter_table()) {
    if (refusal.find(fmt::format("no value for {}:", info.name)) != std::string::npos) {
      return fmt::format("needs {}", info.name);
    }
  }
  const std::string prefix = fmt::format("the device {}: ", device.name);
  return refusal.starts_with(prefix) ? refusal.substr(prefix.size()) : refusal;
}

double digital_accuracy(const Network& network, std::size_t images) {
  std::vector<std::int32_t> codes = network.codes;
  codes.resize(images * network.inputs());
  std::vector<std::size_t> predictions;
  for (const Layer& layer : network.layers) {
    const std::vector<std::int64_t> sums = accumulate(layer, codes);
    if (layer.output) {
      codes = requantise(layer, sums);
    } else {
      predictions = predict(layer, sums);
    }
  }
  std::size_t correct = 0;
  for (std::size_t i = 0; i < images; ++i) correct += predictions[i] == network.labels[i] ? 1U : 0U;
  return static_cast<double>(correct) / static_cast<double>(images);
}

Outcome run_one(const Network& network, const spec::MacroSpec& spec, const StudyOptions& options,
                const AnalogEngineOptions& engine_options) {
  AnalogEngine engine(spec, engine_options);
  engine.watch_weights();
  NetworkRunOptions run;
  run.images = options.images;
  run.is_device_model = true;
  run.check_interrupt = options.check_interrupt;
  if (options.calibrate > 0) {
    run.on_tile = [&](std::span<const std::int32_t> inputs) {
      const std::size_t most = options.calibrate * static_cast<std::size_t>(spec.rows);
      engine.calibrate(inputs.first(std::min(inputs.size(), most)));
    };
  }
  const NetworkReport report = run_network(network, engine, run);
  return {report.accuracy(), report.rms_error(), engine.counts(), engine.weights()};
}

/// Calls work(i) for i below `count` on several threads, and rethrows what one of them throws.
void in_parallel(int jobs, std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto worker = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!thrown) thrown = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < jobs; ++i) threads.emplace_back(worker);
  worker();
  threads.clear();
  if (thrown) std::rethrow_exception(thrown);
}

void add(StudyCase& to, const Outcome& outcome) {
  to.accuracies.push_back(outcome.accuracy);
  to.rms_errors.push_back(outcome.rms_error);
  to.counts.conversions += outcome.counts.conversions;
  to.counts.clipped += outcome.counts.clipped;
  to.counts.outputs += outcome.counts.outputs;
  to.counts.saturated += outcome.counts.saturated;
  to.counts.faults += outcome.counts.faults;
  for (const auto& [weight, moments] : outcome.weights) {
    WeightMoments& sum = to.weights[weight];
    sum.count += moments.count;
    sum.sum += moments.sum;
    sum.squares += moments.squares;
  }
}

std::vector<StudyCase> cases_of(const spec::MacroSpec& spec, const StudyOptions& options,
                                const device::Device& device) {
  StudyCase first;
  first.device = device.name;
  first.cell_bits = cell_bits_of(spec, device);
  std::vector<StudyCase> cases = {first};
  cases.front().is_ideal = true;
  for (const double celsius : options.celsius) {
    for (const double seconds : options.seconds) {
      cases.push_back(first);
      cases.back().celsius = celsius;
      cases.back().seconds = seconds;
    }
  }
  return cases;
}

std::string time_name(double seconds) {
  constexpr double day = 86400.0;
  if (seconds >= day) return fmt::format("{:g} d", seconds / day);
  if (seconds >= 3600.0) return fmt::format("{:g} h", seconds / 3600.0);
  if (seconds >= 60.0) return fmt::format("{:g} min", seconds / 60.0);
  return fmt::format("{:g} s", seconds);
}

std::string cell_text(const StudyCase& of_case) {
  if (!of_case.needs.empty()) return of_case.needs;
  std::string text = fmt::format("{:.2f}", 100.0 * of_case.mean());
  if (of_case.accuracies.size() > 1) text += fmt::format(" ± {:.2f}", 100.0 * of_case.sigma());
  return text;
}

}  // namespace

double StudyCase::mean() const {
  double sum = 0.0;
  for (const double each : accuracies) sum += each;
  return accuracies.empty() ? 0.0 : sum / static_cast<double>(accuracies.size());
}

double StudyCase::sigma() const {
  if (accuracies.size() < 2) return 0.0;
  double sum = 0.0;
  for (const double each : accuracies) sum += (each - mean()) * (each - mean());
  return std::sqrt(sum / static_cast<double>(accuracies.size() - 1));
}

Study run_study(const Network& network, const spec::MacroSpec& spec, const StudyOptions& options) {
  if (!spec::has_array(spec)) {
    throw base::InputError(
        fmt::format("the macro {} is of kind \"{}\"; a study is of devices, kinds \"analog\" "
                    "and \"hybrid\"",
                    spec.name, spec::to_string(spec.kind)));
  }
  require_network_fits(network, spec);
  if (network.labels.empty()) {
    throw base::InputError(
        fmt::format("the network {} has no labels: there is no accuracy to study", network.name));
  }
  Study study;
  study.network = network.name;
  study.macro = spec.name;
  study.images = options.images.value_or(network.images);
  study.options = options;
  if (study.images < 1 || study.images > network.images) {
    throw base::InputError(
        fmt::format("images must be between 1 and {}, got {}", network.images, study.images));
  }
  study.digital_accuracy = digital_accuracy(network, study.images);

  // What a device cannot tell is found out before long work begins.
  std::vector<Task> tasks;
  std::vector<const device::Device*> device_of;
  for (const device::Device& device : options.devices) {
    for (StudyCase& each : cases_of(spec, options, device)) {
      try {
        const AnalogEngine engine(spec_of(spec, each), engine_options(options, each, device, 1));
        const int seeds = each.is_ideal ? 1 : options.seeds;
        for (int i = 0; i < seeds; ++i) {
          tasks.push_back({study.cases.size(), options.first_seed + static_cast<std::uint64_t>(i),
                           std::nullopt});
        }
      } catch (const base::InputError& error) {
        each.needs = reason(device, error.what());
      }
      study.cases.push_back(std::move(each));
      device_of.push_back(&device);
    }
  }

  std::mutex mutex;
  std::uint64_t done = 0;
  in_parallel(options.jobs, tasks.size(), [&](std::size_t i) {
    const StudyCase& of_case = study.cases[tasks[i].of_case];
    tasks[i].outcome =
        run_one(network, spec_of(spec, of_case), options,
                engine_options(options, of_case, *device_of[tasks[i].of_case], tasks[i].seed));
    const std::scoped_lock lock(mutex);
    ++done;
    if (options.on_progress) options.on_progress(done, tasks.size());
  });
  for (const Task& task : tasks) add(study.cases[task.of_case], *task.outcome);
  return study;
}

std::string to_markdown(const Study& study) {
  std::string text =
      fmt::format("{} on {}: accuracy in %, {} images, {}; digital {:.2f} %\n\n", study.network,
                  study.macro, study.images,
                  study.options.seeds == 1
                      ? std::string("one seed")
                      : fmt::format("{} seeds (mean ± standard deviation)", study.options.seeds),
                  100.0 * study.digital_accuracy);
  text += "| device | bits a cell | without effects | C |";
  std::string rule = "|---|---|---|---|";
  for (const double seconds : study.options.seconds) {
    text += fmt::format(" {} |", time_name(seconds));
    rule += "---|";
  }
  text += '\n' + rule + '\n';

  const std::size_t times = study.options.seconds.size();
  const std::size_t of_device = 1 + times * study.options.celsius.size();
  for (std::size_t first = 0; first < study.cases.size(); first += of_device) {
    const StudyCase& ideal = study.cases[first];
    if (!ideal.needs.empty()) {  // the same is needed with effects
      text += fmt::format("| {} | {} | {} | |", ideal.device, ideal.cell_bits, cell_text(ideal));
      for (std::size_t i = 0; i < times; ++i) text += " |";
      text += '\n';
      continue;
    }
    for (std::size_t t = 0; t < study.options.celsius.size(); ++t) {
      text += t == 0
                  ? fmt::format("| {} | {} | {} |", ideal.device, ideal.cell_bits, cell_text(ideal))
                  : std::string("| | | |");
      text += fmt::format(" {:g} |", study.options.celsius[t]);
      for (std::size_t i = 0; i < times; ++i) {
        text += fmt::format(" {} |", cell_text(study.cases[first + 1 + t * times + i]));
      }
      text += '\n';
    }
  }
  return text;
}

nlohmann::ordered_json to_json(const Study& study) {
  using Json = nlohmann::ordered_json;
  Json cases = Json::array();
  for (const StudyCase& each : study.cases) {
    Json json = {{"device", each.device},
                 {"cell_bits", each.cell_bits},
                 {"ideal", each.is_ideal},
                 {"seconds", each.is_ideal ? Json(nullptr) : Json(each.seconds)},
                 {"celsius", each.is_ideal ? Json(nullptr) : Json(each.celsius)},
                 {"needs", each.needs.empty() ? Json(nullptr) : Json(each.needs)}};
    if (each.needs.empty()) {
      json["accuracy"] = each.mean();
      json["accuracies"] = each.accuracies;
      json["rms_errors"] = each.rms_errors;
      json["conversions"] = each.counts.conversions;
      json["saturated_codes"] = each.counts.clipped;
      json["cells_given_up"] = each.counts.faults;
      json["weights"] = Json::array();
      for (const auto& [weight, moments] : each.weights) {
        json["weights"].push_back({{"weight", weight},
                                   {"count", moments.count},
                                   {"mean", moments.mean()},
                                   {"sigma", moments.sigma()}});
      }
    }
    cases.push_back(std::move(json));
  }
  return {{"network", study.network},
          {"macro", study.macro},
          {"images", study.images},
          {"digital_accuracy", study.digital_accuracy},
          {"seeds", study.options.seeds},
          {"first_seed", study.options.first_seed},
          {"calibrated_images", study.options.calibrate},
          {"programming",
           study.options.programming == analog::Programming::verified ? "verified" : "direct"},
          {"cases", std::move(cases)}};
}

}  // namespace cimforge::flows
