#include "tests/icarus/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <random>
#include <span>
#include <string_view>
#include <utility>

#include "generator/base/file.h"
#include "generator/spec/binary.h"
#include "generator/spec/precision.h"
#include "generator/spec/range.h"
#include "generator/spec/self_test.h"
#include "generator/spec/structure.h"
#include "tb/codes.h"
#include "tb/float_stimulus.h"
#include "tb/floating.h"
#include "tests/icarus/icarus.h"

namespace cimforge::test {
namespace {

/// `values` in words of `count` codes, one a line.
std::string hex_lines(std::span<const std::int32_t> values, std::size_t count, int bits) {
  std::string text;
  tb::PortValue port(count * static_cast<std::size_t>(bits));
  for (; !values.empty(); values = values.subspan(count)) {
    tb::pack(values.first(count), bits, port);
    text += to_hex(port) + '\n';
  }
  return text;
}

class Codes {
 public:
  explicit Codes(std::uint64_t seed) : random_(seed) {}

  int below(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }

  /// One word of codes: all alike at an end of the range, or mixed.
  void append(std::vector<std::int32_t>& values, std::size_t count,
              const spec::IntegerFormat& format) {
    const auto least = static_cast<std::int32_t>(format.min());
    const auto greatest = static_cast<std::int32_t>(format.max());
    std::uniform_int_distribution<std::int32_t> any(least, greatest);
    const int kind = below(8);
    for (std::size_t i = 0; i < count; ++i) {
      if (kind == 0)
        values.push_back(least);
      else if (kind == 1)
        values.push_back(greatest);
      else if (kind == 2)
        values.push_back(below(2) == 0 ? least : greatest);
      else
        values.push_back(any(random_));
      if (!format.holds(values.back())) values.back() = greatest;
    }
  }

 private:
  std::mt19937_64 random_;
};

/// Matrices and vectors of the bench's stimulus, single rows of any kind among them.
Traffic floating_traffic(const spec::MacroSpec& spec, Traffic traffic) {
  const tb::Ports ports(spec);
  tb::Random random(traffic.seed);
  tb::FloatStimulus stimulus(spec, random);
  tb::WeightRow row = tb::empty_row(ports);
  for (std::size_t i = 0; i < traffic.rounds * static_cast<std::size_t>(spec.banks); ++i) {
    const tb::StoredWeights matrix = stimulus.matrix(
        random.once_in(2) ? tb::FloatPattern::gaussian : tb::FloatPattern::random, 0, false);
    row.bank = static_cast<int>(i) % spec.banks;
    for (std::size_t r = 0; r < ports.rows; ++r) {
      stimulus.take_row(matrix, r, row);
      if (random.once_in(4)) stimulus.fill_any_row(row);
      traffic.weights.insert(traffic.weights.end(), row.codes.values.begin(),
                             row.codes.values.end());
      traffic.weight_scales.insert(traffic.weight_scales.end(), row.scales.values.begin(),
                                   row.scales.values.end());
      traffic.integer_rows.push_back(row.integer ? 1 : 0);
    }
  }
  tb::InputVector vector{0, ports.input_codes(), ports.mode, ports.input_scale_codes()};
  for (std::size_t i = 0; i < traffic.rounds * traffic.vectors; ++i) {
    traffic.banks.push_back(random.index(spec.banks));
    stimulus.fill_any_vector(vector);
    traffic.modes.push_back(vector.mode);
    traffic.inputs.insert(traffic.inputs.end(), vector.codes.values.begin(),
                          vector.codes.values.end());
    traffic.input_scales.insert(traffic.input_scales.end(), vector.scales.values.begin(),
                                vector.scales.values.end());
  }
  return traffic;
}

/// The words on the ports of a floating macro, one transfer a line.
struct FloatLines {
  std::string weights, scales, classes, integers, vectors, input_scales;
};

FloatLines float_lines(const spec::MacroSpec& spec, const tb::Ports& ports,
                       const Traffic& traffic) {
  FloatLines lines;
  tb::WeightRow row = tb::empty_row(ports);
  for (std::size_t i = 0; i < traffic.integer_rows.size(); ++i) {
    const auto part = [&](const std::vector<std::int32_t>& all) {
      return std::span(all).subspan(i * ports.columns, ports.columns);
    };
    std::ranges::copy(part(traffic.weights), row.codes.values.begin());
    if (ports.weight_scale_bits > 0) {
      std::ranges::copy(part(traffic.weight_scales), row.scales.values.begin());
    }
    row.integer = traffic.integer_rows[i] != 0;
    tb::pack_row(spec, ports, row);
    lines.weights += to_hex(row.codes.port) + '\n';
    if (ports.weight_scale_bits > 0) lines.scales += to_hex(row.scales.port) + '\n';
    if (ports.weight_class_bits > 0) lines.classes += to_hex(row.classes.port) + '\n';
    lines.integers += row.integer ? "1\n" : "0\n";
  }
  tb::InputVector vector{0, ports.input_codes(), ports.mode, ports.input_scale_codes()};
  for (std::size_t i = 0; i < traffic.modes.size(); ++i) {
    std::ranges::copy(std::span(traffic.inputs).subspan(i * ports.rows, ports.rows),
                      vector.codes.values.begin());
    if (ports.input_scale_bits > 0) {
      std::ranges::copy(std::span(traffic.input_scales).subspan(i * ports.blocks, ports.blocks),
                        vector.scales.values.begin());
    }
    vector.mode = traffic.modes[i];
    tb::pack_vector(ports, vector);
    lines.vectors += to_hex(vector.codes.port) + '\n';
    if (ports.input_scale_bits > 0) lines.input_scales += to_hex(vector.scales.port) + '\n';
  }
  return lines;
}

/// Bipolar values as the bits that stand for them.
std::vector<std::int32_t> bits_of(std::vector<std::int32_t> values,
                                  const spec::IntegerFormat& format) {
  if (!format.is_bipolar) return values;
  for (std::int32_t& value : values) value = (value + 1) / 2;
  return values;
}

}  // namespace

Traffic make_traffic(const spec::MacroSpec& spec, std::size_t rounds, std::size_t vectors,
                     std::uint64_t seed) {
  Traffic traffic;
  traffic.seed = seed;
  traffic.rounds = rounds;
  traffic.vectors = vectors;
  const auto rows = static_cast<std::size_t>(spec.rows);
  const auto columns = static_cast<std::size_t>(spec.columns);
  const auto writes =
      static_cast<std::size_t>(spec.banks) * static_cast<std::size_t>(spec::stored_rows(spec));
  Codes codes(seed);
  if (spec.kind == spec::Kind::floating) return floating_traffic(spec, std::move(traffic));
  for (std::size_t i = 0; i < traffic.rounds * writes; ++i) {
    codes.append(traffic.weights, columns, spec.weight);
  }
  // Any index that the port holds, also past the group.
  for (std::size_t i = 0; spec.sparsity.is_structured() && i < traffic.weights.size(); ++i) {
    traffic.indices.push_back(codes.below(1 << spec::index_bits(spec)));
  }
  for (std::size_t i = 0; i < traffic.rounds * vectors; ++i) {
    traffic.banks.push_back(codes.below(spec.banks));
    const std::vector<spec::Mode> modes = spec::modes_of(spec);
    traffic.modes.push_back(modes[static_cast<std::size_t>(
        modes.size() == 1 ? 0 : codes.below(static_cast<int>(modes.size())))]);
    codes.append(traffic.inputs, rows,
                 modes.size() == 1 ? spec.input : spec::input_of(traffic.modes.back()));
  }
  return traffic;
}

std::vector<std::int64_t> thresholds_of(const spec::MacroSpec& spec, int bank) {
  const spec::IntegerFormat format = spec::threshold_format(spec);
  std::vector<std::int64_t> thresholds;
  for (int column = 0; column < spec.columns; ++column) {
    const std::int64_t some = (7 * column + 3 * bank) % 9 - 4;
    thresholds.push_back(std::clamp(some, format.min(), format.max()));
  }
  return thresholds;
}

IcarusRun play_streams(const spec::MacroSpec& spec, const std::filesystem::path& directory,
                       const Traffic& traffic) {
  const tb::Ports ports(spec);
  const base::TemporaryDirectory work("cimforge-icarus-");
  std::string banks;
  for (const int bank : traffic.banks) banks += fmt::format("{:x}\n", bank);
  base::write_file_atomically(work.path() / "banks.hex", banks);
  const auto write = [&](const char* name, const std::string& lines) {
    if (!lines.empty()) base::write_file_atomically(work.path() / name, lines);
  };
  if (ports.is_floating) {
    const FloatLines lines = float_lines(spec, ports, traffic);
    write("weights.hex", lines.weights);
    write("weight_scales.hex", lines.scales);
    write("weight_classes.hex", lines.classes);
    write("weight_integers.hex", lines.integers);
    write("vectors.hex", lines.vectors);
    write("in_scales.hex", lines.input_scales);
  } else {
    write("weights.hex",
          hex_lines(bits_of(traffic.weights, ports.weight), ports.columns, ports.weight.bits));
    write("vectors.hex",
          hex_lines(bits_of(traffic.inputs, ports.input), ports.rows, ports.input.bits));
  }

  if (ports.has_thresholds()) {
    std::string lines;
    for (int bank = 0; bank < spec.banks; ++bank) {
      tb::PortValue port = ports.thresholds().port;
      tb::pack(std::span<const std::int64_t>(thresholds_of(spec, bank)), ports.threshold.bits,
               port);
      lines += to_hex(port) + '\n';
    }
    write("thresholds.hex", lines);
  }
  if (ports.index_bits > 0) {
    base::write_file_atomically(work.path() / "indices.hex",
                                hex_lines(traffic.indices, ports.columns, ports.index_bits));
  }
  std::string modes;
  for (const spec::Mode& mode : traffic.modes) {
    const auto fuse = std::countr_zero(static_cast<unsigned>(mode.fused_columns));
    modes += fmt::format("{:x}\n", (mode.integer ? 1 << 14 : 0) | fuse << 6 |
                                       (mode.input_bits - 1) << 2 | (mode.weight_signed ? 2 : 0) |
                                       (mode.input_signed ? 1 : 0));
  }
  base::write_file_atomically(work.path() / "modes.hex", modes);

  const std::size_t transfers =
      traffic.rounds * (ports.stored_rows * static_cast<std::size_t>(spec.banks) +
                        traffic.vectors * static_cast<std::size_t>(ports.cycles_per_vector));
  IcarusBench bench{CIMFORGE_STREAMS_TESTBENCH, "cim_streams_tb", {}, {"-DSYNTHESIS"}};
  const auto define = [&](const char* name, const auto& value) {
    bench.defines.emplace_back(name, fmt::format("{}", value));
  };
  define("TOP", spec.name);
  define("ROWS", ports.rows);
  define("STORED_ROWS", ports.stored_rows);
  if (ports.index_bits > 0) define("INDEX_BITS", ports.index_bits);
  define("COLUMNS", ports.columns);
  define("BANKS", ports.banks);
  define("INPUT_BITS", ports.input.bits);
  define("WEIGHT_BITS", ports.weight_field_bits);
  define("OUTPUT_BITS", ports.output_bits);
  if (ports.bank_bits > 0) define("BANK_BITS", ports.bank_bits);
  if (ports.row_bits > 0) define("ROW_BITS", ports.row_bits);
  if (ports.precision_per_vector) {
    define("PRECISION", 1);
    if (ports.last_bit_bits > 0) define("LAST_BITS", ports.last_bit_bits);
    if (ports.fuse_bits > 0) define("FUSE_BITS", ports.fuse_bits);
  }
  if (spec.protection.code != spec::Code::none) define("PROTECTION", 1);
  if (spec.self_test.any()) define("SELF_TEST", 1);
  if (spec.self_test.has_march()) define("MARCH", 1);
  if (spec.self_test.has_march() && spec.self_test.compute_vectors > 0) define("TWO_TESTS", 1);
  if (spec.repair.any()) define("REPAIR_BITS", spec::repair_data_bits(spec));
  if (spec.test_mode == spec::TestMode::pin) define("TEST_MODE", 1);
  if (ports.weight_scale_bits > 0) define("WEIGHT_SCALE_BITS", ports.weight_scale_bits);
  if (ports.weight_class_bits > 0) define("WEIGHT_CLASS_BITS", ports.weight_class_bits);
  if (ports.input_scale_bits > 0) {
    define("IN_SCALE_WIDTH", ports.blocks * static_cast<std::size_t>(ports.input_scale_bits));
  }
  if (ports.has_thresholds()) define("THRESHOLD_BITS", ports.threshold.bits);
  if (ports.integer_bits > 0) define("INTEGERS", 1);
  if (ports.weight_modes) define("WEIGHT_INTEGERS", 1);
  if (ports.transposes) define("TRANSPOSES", 1);
  define("ROUNDS", traffic.rounds);
  define("VECTORS", traffic.vectors);
  define("SEED", traffic.seed);
  define("MOST_CYCLES", 2000 + 20 * transfers);

  const IcarusOutput output = run_icarus(bench, directory, work.path());
  IcarusRun run;
  run.compile_seconds = output.compile_seconds;
  run.run_seconds = output.run_seconds;
  for (const std::string& line : output.said) run.errors += line + '\n';
  tb::PortValue port = ports.output_port();
  bool ended = false;
  for (const std::string& line : output.printed) {
    if (line == "end") {
      ended = true;
    } else if (!line.starts_with("result ") || !from_hex(std::string_view(line).substr(7), port)) {
      if (run.errors.size() < 4000) run.errors += line + '\n';
    } else {
      const std::size_t old = run.results.size();
      run.results.resize(old + ports.columns);
      tb::unpack(port, ports.output_bits, ports.output_is_signed,
                 std::span(run.results).subspan(old));
    }
  }
  if (!ended) run.errors += "no end\n";
  return run;
}

}  // namespace cimforge::test
