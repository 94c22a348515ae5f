#include "flows/storage_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "flows/faulty_storage.h"
#include "flows/port_runner.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/spec/protection.h"
#include "generator/spec/self_test.h"
#include "sim/faults/march.h"
#include "sim/golden.h"
#include "tb/random.h"

namespace cimforge::flows {
namespace {

/// Runs the test on a model whose storage has a fault.
class MarchRunner {
 public:
  MarchRunner(const StorageFaultRequest& request, FaultyStorage& storage, PortRunner& runner)
      : request_(request), spec_(request.spec), storage_(storage), runner_(runner) {
    if (has_own_test()) return;
    if (!spec_.input.holds(0) || !spec_.input.holds(1)) {
      throw base::InputError(fmt::format(
          "{}: a row is read by an input of 1 among zeros, which {} cannot say; a march "
          "test through the ports needs other inputs",
          spec_.name, spec_.input.name()));
    }
    if (spec_.weight.is_ternary) {
      throw base::InputError(fmt::format(
          "{}: no ternary weight has both of its bits set, and a march test through the ports "
          "writes every bit; int2 weights work",
          spec_.name));
    }
    const std::int64_t low = sim::output_value(spec_, 1);
    if (low != 1 || spec_.output_mode == spec::OutputMode::sign ||
        spec_.approximation.dropped_columns > 0) {
      throw base::InputError(fmt::format(
          "{}: its results do not show the lowest bits of a weight; a march test through the "
          "ports needs exact ones",
          spec_.name));
    }
  }

  [[nodiscard]] bool has_own_test() const { return spec_.self_test.has_march(); }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

  /// Whether the test fails; with `stops` it ends there.
  bool fails(const sim::StorageFault* fault, bool before, bool stops) {
    storage_.start(fault, before);
    runner_.reset();
    const std::uint64_t begin = runner_.cycles();
    const bool failed = has_own_test() ? fails_itself(stops) : fails_outside(stops);
    cycles_ = runner_.cycles() - begin;
    return failed;
  }

 private:
  /// Of a test that ends; with none of its errors waiting.
  [[nodiscard]] std::uint64_t limit() const {
    const auto words = static_cast<std::uint64_t>(spec_.banks * spec_.rows);
    const auto bits = static_cast<std::uint64_t>(spec_.columns * spec_.weight.bits);
    const auto operations = static_cast<std::uint64_t>(spec::operations_of(request_.march));
    return 1000 +
           words * operations * static_cast<std::uint64_t>(request_.backgrounds) * (64 + 2 * bits);
  }

  bool fails_itself(bool stops) {
    const PortRunner::SelfTest test = runner_.self_test(false, stops, limit());
    return test.has_failed;
  }

  bool fails_outside(bool stops) {
    const sim::StorageShape shape = storage_.shape();
    bool failed = false;
    for (int number = 0; number < request_.backgrounds; ++number) {
      const tb::PortValue data[2] = {port_value(number, false), port_value(number, true)};
      for (const spec::MarchElement& element : request_.march) {
        for (int step = 0; step < shape.words; ++step) {
          const int word = element.order == spec::MarchOrder::down ? shape.words - 1 - step : step;
          for (const spec::MarchOperation& operation : element.operations) {
            const tb::PortValue& value = data[operation.bit ? 1 : 0];
            const bool good = operation.is_read
                                  ? reads(word, value)
                                  : runner_.write(word / spec_.rows, word % spec_.rows, value);
            failed = failed || !good;
            if (failed && stops) return true;
          }
        }
      }
    }
    return failed;
  }

  [[nodiscard]] tb::PortValue port_value(int number, bool inverse) const {
    const sim::WordBits bits = sim::background(spec_.columns * spec_.weight.bits, number, inverse);
    tb::PortValue value = runner_.ports().weight_codes().port;
    std::ranges::copy(bits, value.words().begin());
    return value;
  }

  /// Whether a row holds what it should, as a vector with one input of 1 shows.
  bool reads(int word, const tb::PortValue& value) {
    const int bank = word / spec_.rows;
    const int row = word % spec_.rows;
    std::vector<std::int32_t> input(static_cast<std::size_t>(spec_.rows), 0);
    input[static_cast<std::size_t>(row)] = 1;
    if (!runner_.send(bank, input)) return false;
    const std::vector<std::int64_t> got = runner_.take();
    if (got.empty()) return false;
    std::vector<std::int32_t> weights(static_cast<std::size_t>(spec_.columns));
    tb::unpack(value, spec_.weight, weights);
    for (std::size_t column = 0; column < got.size(); ++column) {
      if (got[column] != sim::output_value(spec_, weights[column])) return false;
    }
    return true;
  }

  const StorageFaultRequest& request_;
  const spec::MacroSpec& spec_;
  FaultyStorage& storage_;
  PortRunner& runner_;
  std::uint64_t cycles_ = 0;
};

/// Numbers of the faults to try: all, or some that differ.
std::vector<std::uint64_t> choose(std::uint64_t count, std::uint64_t samples, tb::Random& random) {
  std::vector<std::uint64_t> numbers;
  if (samples == 0 || samples >= count) {
    for (std::uint64_t i = 0; i < count; ++i) numbers.push_back(i);
    return numbers;
  }
  std::set<std::uint64_t> drawn;
  while (drawn.size() < samples) drawn.insert(random.word() % count);
  return {drawn.begin(), drawn.end()};
}

StorageCoverage measure_class(const StorageFaultRequest& request, sim::FaultClass kind,
                              const sim::StorageShape& shape, MarchRunner& march) {
  StorageCoverage coverage;
  coverage.kind = kind;
  coverage.faults = sim::count_faults(kind, shape);
  coverage.is_covered = sim::march_covers(request.march, kind,
                                          request.backgrounds >= sim::all_backgrounds(shape.bits));
  tb::Random random(request.seed, static_cast<std::uint64_t>(kind));
  const std::vector<std::uint64_t> numbers = choose(coverage.faults, request.samples, random);
  for (const std::uint64_t number : numbers) {
    const sim::StorageFault fault = sim::fault_at(kind, shape, number);
    const bool predicted = sim::march_detects(request.march, shape, request.backgrounds, fault);
    const bool before = random.once_in(2);
    const bool detected = march.fails(&fault, before, true);
    ++coverage.tried;
    coverage.predicted += predicted ? 1 : 0;
    coverage.detected += detected ? 1 : 0;
    coverage.missed += predicted && !detected ? 1 : 0;
    if (detected != sim::march_fails(request.march, shape, request.backgrounds, &fault, before)) {
      if (++coverage.differ == 1) coverage.first_different = sim::to_text(fault);
    }
    if (request.progress) {
      request.progress(sim::short_name(kind), coverage.tried, numbers.size());
    }
  }
  return coverage;
}

/// Random weights and vectors while one stored bit is upset, again and again.
UpsetReport measure_upsets(const StorageFaultRequest& request, FaultyStorage& storage,
                           PortRunner& runner) {
  const spec::MacroSpec& spec = request.spec;
  UpsetReport report;
  tb::Random random(request.seed, 100);
  const auto draw = [&](std::size_t count, const spec::IntegerFormat& format) {
    std::vector<std::int32_t> codes(count);
    for (std::int32_t& code : codes) {
      do {
        code = random.between(static_cast<int>(format.min()), static_cast<int>(format.max()));
      } while (!format.holds(code));
    }
    return codes;
  };
  constexpr int vectors = 12;
  for (std::uint64_t i = 0; i < request.upsets; ++i) {
    storage.start(nullptr, false);
    runner.reset();
    sim::GoldenMacro golden(spec);
    const auto write = [&](int bank, int row) {
      tb::Codes codes = runner.ports().weight_codes();
      codes.values = draw(static_cast<std::size_t>(spec.columns), spec.weight);
      tb::pack(codes.values, spec.weight, codes.port);
      runner.write(bank, row, codes.port);
      golden.write_row(bank, row, codes.values);
    };
    for (int bank = 0; bank < spec.banks; ++bank) {
      for (int row = 0; row < spec.rows; ++row) write(bank, row);
    }
    const std::uint32_t mended_before = runner.pins().protection_mended;
    const std::uint32_t flagged_before = runner.pins().protection_flagged;
    const int when = random.index(vectors);
    const int wait = random.index(16);
    bool wrong = false;
    bool flagged = false;
    for (int vector = 0; vector < vectors; ++vector) {
      // Now and then a row is written again, which takes an upset with it.
      if (random.once_in(3)) write(random.index(spec.banks), random.index(spec.rows));
      const int bank = random.index(spec.banks);
      const std::vector<std::int32_t> input = draw(static_cast<std::size_t>(spec.rows), spec.input);
      const bool sent = runner.send(bank, input);
      if (vector == when) {
        for (int cycle = 0; cycle < wait; ++cycle) runner.cycle();
        storage.flip(random.index(storage.shape().words), random.index(spec.columns),
                     random.index(storage.stored_bits()));
      }
      wrong = wrong || !sent || runner.take(&flagged) != golden.multiply(bank, input);
    }
    ++report.upsets;
    flagged = flagged || runner.pins().protection_flagged != flagged_before;
    const bool mended = runner.pins().protection_mended != mended_before;
    ++(flagged ? report.flagged : wrong ? report.silent : mended ? report.mended : report.masked);
    if (request.progress) request.progress("upsets", report.upsets, request.upsets);
  }
  return report;
}

}  // namespace

bool StorageFaultResult::passed() const {
  return std::ranges::all_of(classes, [](const StorageCoverage& each) { return each.differ == 0; });
}

StorageFaultResult measure_storage_faults(const StorageFaultRequest& given) {
  StorageFaultRequest request = given;
  if (request.spec.self_test.has_march()) {
    request.march = spec::march_of(request.spec);
    request.backgrounds = request.spec.self_test.backgrounds;
  }
  const base::TemporaryDirectory directory("cimforge-faults-");
  const RtlSource rtl = faulty_storage_rtl(request.spec, request.rtl, directory.path() / "rtl");
  FaultyStorage storage(request.spec);
  const VerilatedModel model(rtl, request.spec,
                             {.jobs = request.jobs, .storage = &storage.hooks()});
  PortRunner runner(request.spec, storage.make(model), request.interrupt);
  MarchRunner march(request, storage, runner);

  StorageFaultResult result;
  result.march = spec::to_text(request.march);
  result.backgrounds = request.backgrounds;
  result.own_test = march.has_own_test();
  if (request.upsets > 0) result.upsets = measure_upsets(request, storage, runner);
  // Where single bits are mended a march test sees no single fault.
  result.has_march = !request.only_upsets && !spec::mends(request.spec);
  if (!result.has_march) return result;

  for (const bool before : {false, true}) {
    if (march.fails(nullptr, before, false)) {
      throw base::CommandError(
          base::ExitStatus::check_failed,
          fmt::format("{}: the macro fails the march test without a fault", request.spec.name));
    }
  }
  result.cycles = march.cycles();
  std::vector<sim::FaultClass> classes = request.classes;
  if (classes.empty()) {
    for (std::size_t i = 0; i < sim::fault_classes_of_writes; ++i) {
      classes.push_back(static_cast<sim::FaultClass>(i));
    }
  }
  for (const sim::FaultClass kind : classes) {
    result.classes.push_back(measure_class(request, kind, storage.shape(), march));
  }
  return result;
}

}  // namespace cimforge::flows
