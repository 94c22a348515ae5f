#include "timing.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <string>

#include "generator/base/exit_status.h"
#include "tb/bus_engine.h"
#include "tb/codes.h"

namespace cimforge::benchmark {

namespace {

/// A Dut that somebody else owns.
class BorrowedDut final : public tb::Dut {
 public:
  explicit BorrowedDut(tb::Dut& dut) : dut_(dut) {}
  cim_dut_pins& pins() override { return dut_.pins(); }
  void eval() override { dut_.eval(); }

 private:
  tb::Dut& dut_;
};

std::vector<std::int32_t> random_codes(std::size_t count, const spec::IntegerFormat& format,
                                       std::mt19937_64& random) {
  std::uniform_int_distribution<std::int64_t> distribution(format.min(), format.max());
  std::vector<std::int32_t> codes(count);
  for (std::int32_t& code : codes) code = static_cast<std::int32_t>(distribution(random));
  return codes;
}

std::vector<std::int32_t> random_weights(const spec::MacroSpec& spec, std::mt19937_64& random) {
  return random_codes(
      static_cast<std::size_t>(spec.rows) * static_cast<std::size_t>(spec.columns), spec.weight,
      random);
}

/// A model under full load.
class Stream {
 public:
  explicit Stream(const Model& model) : dut_(model.make("")), pins_(dut_->pins()) {
    const spec::MacroSpec& spec = model.form().spec;
    std::mt19937_64 random(1);
    tb::BusEngine engine(spec, std::make_unique<BorrowedDut>(*dut_));
    for (int bank = 0; bank < spec.banks; ++bank) {
      engine.load_weights(bank, random_weights(spec, random));
    }
    const tb::Ports ports(spec);
    for (tb::PortValue& vector : vectors_) {
      vector = ports.input_codes().port;
      tb::pack(random_codes(ports.rows, spec.input, random), spec.input.bits, vector);
    }
    pins_.in_valid = 1;
    pins_.out_ready = 1;
    pins_.clk = 0;
    offer();
  }

  void run(int cycles) {
    for (int i = 0; i < cycles; ++i) {
      const bool taken = pins_.in_ready != 0;
      pins_.clk = 1;
      dut_->eval();
      if (taken) offer();
      pins_.clk = 0;
      dut_->eval();
    }
  }

 private:
  void offer() {
    vectors_[next_].write_to(pins_.in_data);
    next_ = (next_ + 1) % vectors_.size();
  }

  std::unique_ptr<tb::Dut> dut_;
  cim_dut_pins& pins_;
  std::vector<tb::PortValue> vectors_ = std::vector<tb::PortValue>(16);
  std::size_t next_ = 0;
};

/// Keeps the best of the repetitions of each benchmark.
class BestOf final : public ::benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      double& best = rates[run.run_name.function_name];
      best = std::max(best, run.counters.at("items_per_second").value);
    }
  }
  std::map<std::string, double> rates;  ///< items a second
};

constexpr int cycles_per_iteration = 32;

}  // namespace

void check(const Model& model) {
  const spec::MacroSpec& spec = model.form().spec;
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  constexpr std::size_t count = 24;
  std::mt19937_64 random(7);
  tb::BusEngine engine(spec, model.make(""));
  for (int bank = 0; bank < spec.banks; ++bank) {
    const auto weights = random_weights(spec, random);
    const auto inputs = random_codes(count * rows, spec.input, random);
    std::vector<std::int64_t> results(count * columns);
    engine.load_weights(bank, weights);
    engine.multiply(bank, inputs, results);
    for (std::size_t i = 0; i < results.size(); ++i) {
      std::int64_t expected = 0;
      for (std::size_t row = 0; row < rows; ++row) {
        expected += std::int64_t{inputs[i / columns * rows + row]} *
                    weights[row * columns + i % columns];
      }
      if (results[i] != expected) {
        throw base::CommandError(
            base::ExitStatus::check_failed,
            fmt::format("{}, {}: vector {}, column {}: expected {}, got {}", spec.name,
                        model.form().name, i / columns, i % columns, expected, results[i]));
      }
    }
  }
}

std::vector<double> cycles_per_second(std::span<const Model* const> models, int repetitions) {
  std::vector<std::unique_ptr<Stream>> streams;
  ::benchmark::ClearRegisteredBenchmarks();
  for (std::size_t i = 0; i < models.size(); ++i) {
    streams.push_back(std::make_unique<Stream>(*models[i]));
    Stream& stream = *streams.back();
    stream.run(cycles_per_iteration);
    ::benchmark::RegisterBenchmark(std::to_string(i).c_str(), [&stream](::benchmark::State& state) {
      for ([[maybe_unused]] auto _ : state) stream.run(cycles_per_iteration);
      state.SetItemsProcessed(state.iterations() * cycles_per_iteration);
    })->Repetitions(repetitions);
  }
  BestOf best;
  ::benchmark::RunSpecifiedBenchmarks(&best);
  std::vector<double> rates;
  for (std::size_t i = 0; i < models.size(); ++i) rates.push_back(best.rates[std::to_string(i)]);
  return rates;
}

}  // namespace cimforge::benchmark
