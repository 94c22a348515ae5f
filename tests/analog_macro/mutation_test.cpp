// Faults planted in the text of an analog macro: a scenario that has something of everything must
// tell each from the macro without a fault, whose answers pin_test.cpp and macro_test.cpp hold to
// be right.
#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "generator/collateral/collateral.h"
#include "tests/icarus/player.h"
#include "tests/catch.h"

namespace cimforge {
namespace {

using test::page;
using test::Played;
using test::Script;
using Values = std::vector<std::int64_t>;

/// Strings of XNOR cells.
spec::MacroSpec bipolar() {
  spec::MacroSpec spec = test::analog_specification("mutant", 5, 5, "bipolar", "bipolar");
  spec.analog.cell_bits = 1;
  spec.analog.columns_per_adc = 2;
  spec.analog.adc = spec::Adc::time;
  spec.analog.adc_bits = 4;
  spec.analog.program_retries = 2;
  return spec;
}

spec::MacroSpec specification(bool offset) {
  spec::MacroSpec spec = test::analog_specification("mutant", 5, 5, "int4", "int4");
  spec.input_bits_per_cycle = 2;
  spec.analog.encoding = offset ? spec::Encoding::offset : spec::Encoding::differential;
  spec.analog.columns_per_adc = 2;
  spec.analog.adc = offset ? spec::Adc::flash : spec::Adc::sar;
  spec.analog.adc_bits = 4;
  spec.analog.settle_cycles = 2;
  spec.analog.pulse_cycles = 3;
  spec.analog.program_retries = 2;
  spec.output_mode = offset ? spec::OutputMode::saturate : spec::OutputMode::truncate;
  spec.output_shift = 1;
  spec.output_bits = 5;
  return spec;
}

Script scenario(const spec::MacroSpec& spec) {
  std::mt19937_64 random(3);
  Script script(spec);
  const auto fit = [&](Values values) {
    for (std::int64_t& value : values) {
      if (spec.weight.is_bipolar) value = value > 0 ? 1 : -1;
    }
    return values;
  };
  const int devices = plan::plan(spec).analog->cell_columns;
  const int most = (1 << spec.analog.cell_bits) - 1;
  for (const char stream : {'o', 'a', 'f'}) script.ready(stream, 2);
  const auto rows = [&] {
    for (int row = 0; row < spec.rows; ++row) {
      script.weights(row, test::random_codes(spec.weight, spec.columns, random));
    }
  };
  const auto vectors = [&](int count) {
    for (int i = 0; i < count; ++i)
      script.vector(test::random_codes(spec.input, spec.rows, random));
  };
  const auto read_all = [&] {
    for (unsigned index = 0; index < 7; ++index) script.read(page(0, index));
    for (unsigned kind = 1; kind < 6; ++kind) {
      for (unsigned index = 0; index < 8; ++index) script.read(page(kind, index));
    }
  };
  rows();
  vectors(6);
  script.weights(3, fit(Values{-8, 7, -1, 0, 1}));
  vectors(4);
  // The result is clipped, and no code.
  script.weights(0, fit(Values{7, -8, 5, 0, 1}));
  script.vector(fit(Values{7, 0, 0, 0, 0}));
  script.vector(fit(Values{-8, 0, 0, 0, 0}));
  script.until_idle();
  script.write(page(1, 2), static_cast<std::uint32_t>(-21));
  script.write(page(2, 2), 4500);
  script.write(page(2, 4), 3900);
  script.write(page(3, 1), 1);
  script.write(page(3, 3), 40);
  script.write(page(1, 0), 9);
  script.write(page(1, 3), static_cast<std::uint32_t>(-2048));
  read_all();
  vectors(6);
  for (const int reference : {5, -7, 40, -40}) {
    script.write(page(0, 4), 1);
    script.write(page(0, 3), static_cast<std::uint32_t>(reference));
    read_all();
  }
  script.together(1, fit(Values{3, -3, 7, -8, 0}), fit(Values{1, -2, 3, -4, 5}), page(0, 3), 11);
  vectors(1);
  read_all();
  script.until_idle();
  script.mark();
  for (unsigned index : {1U, 2U, 4U, 0U, 3U}) {
    for (unsigned kind = 1; kind < 4; ++kind) script.write(page(kind, index), kind == 2 ? 4096 : 0);
  }
  script.stuck(0, 2, 3, std::min(3, most));
  script.stuck(1, 4, 7 % devices, 0);
  script.stuck(2, 4, 10 % devices, 1);
  rows();
  script.until_idle();
  read_all();
  vectors(3);
  script.write(page(0, 1), 3);
  rows();
  script.write(page(0, 1), 0);
  script.write(page(0, 5), 0);
  read_all();
  script.weights(0, fit(Values(5, 7)));
  script.wait(40);
  script.reset(2);
  read_all();
  rows();
  script.vector(fit(Values{1, 2, 3, -4, -5}));
  script.wait(30);
  script.reset(1);
  script.ready('o', 0);
  vectors(2);
  script.wait(300);
  script.ready('o', 1);
  vectors(4);
  script.until_idle();
  if (spec.weight.is_bipolar) {  // a gain that would make a level of 1 nothing
    script.write(page(2, 1), 77);
    rows();
    script.until_idle();
    read_all();
  }
  script.mark();
  return script;
}

bool same(const Played& a, const Played& b) {
  const auto results = [](const Played& played) {
    std::vector<std::pair<Values, std::vector<bool>>> all;
    for (const auto& each : played.results) all.emplace_back(each.values, each.saturated);
    return all;
  };
  return results(a) == results(b) && a.answers == b.answers && a.faults == b.faults &&
         a.jobs == b.jobs && a.cycles == b.cycles && a.errors == b.errors;
}

struct Mutant {
  const char* file;  ///< of rtl/
  const char* from;
  const char* to;
};

const char* const lane = "cim_analog_lane.v";
const char* const lanes = "cim_analog_lanes.v";
const char* const sequencer = "cim_analog_sequencer.v";
const char* const registers = "cim_analog_registers.v";
const char* const feed = "cim_analog_feed.v";
const char* const row_select = "cim_analog_row_select.v";
const char* const mux = "cim_one_hot_mux.v";
const char* const top = "mutant.v";

// clang-format off
const Mutant mutants[] = {
  {lane, "code, 4'd0};", "code, 4'd1};"},
  {lane, "scaled_code - {", "scaled_code + {"},
  {lane, "(ENCODING == 2) & code[ADC_BITS-1]", "1'b0 & code[ADC_BITS-1]"},
  {lane, "16'h8000}", "16'h0000}"},
  {lane, "range1_q[i*RANGE_BITS +: RANGE_BITS]);", "range_o[i*RANGE_BITS +: RANGE_BITS]);"},
  {lane, "fits ? {1'b0, scaled[VALUE_BITS-1:0]}", "1'b1 ? {~fits, scaled[VALUE_BITS-1:0]}"},
  {lane, "overflow1_q[i] | value[VALUE_BITS]", "value[VALUE_BITS]"},
  {lane, "overflow1_q[i] | value[VALUE_BITS]", "overflow1_q[i]"},
  {lane, "extended << (s * CELL_BITS)", "extended << s"},
  {lane, "(acc << CODE_BITS)", "(acc << 1)"},
  {lane, "start - (addend << SIGN_SHIFT)", "start + (addend << SIGN_SHIFT)"},
  {lane, "begins2_i ? {ACC_BITS{1'b0}} :", "1'b0 ? {ACC_BITS{1'b0}} :"},
  {lanes, "first_slice_i & ~sign_step_i", "first_slice_i"},
  {lane, "(flags_q[c*LANES+i] & ~begins2_i)", "flags_q[c*LANES+i]"},
  {lane, "reference_i << REFERENCE_SHIFT", "reference_i"},
  {lane, "total >>> OUTPUT_SHIFT", "total"},
  {lane, "| reference_clipped_i |", "|"},
  {lane, "flags_q[c*LANES+i] | reference", "reference"},
  {lane, "| result[OUTPUT_BITS];", ";"},
  {lane, ".enable_i(~verifying_i)", ".enable_i(1'b1)"},
  {lanes, "(trim_data_i > most_range) ? most_range : trim_data_i", "trim_data_i"},
  {lane, "<= RANGE_RESET[RANGE_BITS-1:0];", "<= {RANGE_BITS{1'b0}} + 1'b1;"},
  {lane, "miss[VALUE_BITS] ? -miss : miss", "miss"},
  {lane, "down_q[i*CELLS+k] <= pulse[CELL_BITS];", "down_q[i*CELLS+k] <= 1'b0;"},
  {lane, "is_past ? strongest : size[CELL_BITS-1:0]", "strongest"},
  {lane, "? -{read[VALUE_BITS-1], read}", "? {read[VALUE_BITS-1], read}"},
  {lane, "> {{(VALUE_BITS+1){1'b0}}, tolerance_i}", "> 0"},
  {lane, "(~weight + one)", "(~weight)"},
  {lane, "(weight ^ top)", "weight"},
  {lanes, "((DEVICES == 1) | (minus_i == (d == 1)))", "1'b1"},
  {lane, "if (cell2_i[k]) pending_q", "if (cell2_i[k] & pulse[CELL_BITS+1]) pending_q"},
  {lane, "levels & {LEVELS_BITS{negative == minus}}", "levels"},
  {lane, "if (take1_i)", "if (take_i)"},
  {lane, "if (report_i[k])", "if (1'b1)"},
  {lanes, "((DEVICES == 1) | (minus_q[1] == (d == 1)))", "1'b1"},
  {lanes, "here1_q     <= here;\n    here2_q     <= here1_q;", "here1_q     <= here;\n    here2_q     <= here;"},
  {lanes, "slice2_q    <= slice1_q", "slice2_q    <= slice"},
  {lanes, "sample_q[0] | verify_q[0]", "sample_q[0]"},
  {lanes, "sample_q[0] | verify_q[0]", "verify_q[0]"},
  {lane, "test_overflow_q <= overflow_i", "test_overflow_q <= 1'b0"},
  {sequencer, "LAST_DRAIN  = 2", "LAST_DRAIN  = 1"},
  {sequencer, "LAST_SETTLE = SETTLE - 1", "LAST_SETTLE = 0"},
  {sequencer, "LAST_PULSE  = PULSE - 1", "LAST_PULSE  = 0"},
  {sequencer, "pulses_q >= retries_i", "pulses_q > retries_i"},
  {sequencer, "pulses_q <= 16'd0;\n          // What", "// What"},
  {sequencer, "busy_o         = ~free", "busy_o         = 1'b0"},
  {sequencer, "take_weights_o) row_q <=", "take_vector_o) row_q <="},
  {sequencer, "pending_vector_q <= take_vector_o;", "pending_vector_q <= 1'b0;"},
  {sequencer, "pending_test_q   <= pending_test_q | take_test;", "pending_test_q   <= take_test;"},
  {sequencer, "column_q       <= test_column_i;", "column_q       <= {COLUMN_BITS{1'b0}};"},
  {sequencer, "(SIGN != 0) & last_step", "1'b0"},
  {sequencer, "(state_q == FINISH) & ~out_valid_q", "(state_q == FINISH)"},
  {sequencer, "(~lane_pending_i | fault_ready_i)", "1'b1"},
  {sequencer, "if (out_valid_q & out_ready_i) out_valid_q", "if (out_valid_q) out_valid_q"},
  {sequencer, "(state_q == PULSING) & (wait_q == {WAIT_BITS{1'b0}})", "(state_q == PULSING)"},
  {sequencer, "| (state_q == WAITING);", ";"},
  {sequencer, "answered & is_vector & last_place", "answered & is_vector & last_column"},
  {registers, "(&wear_answer) ? wear_answer : wear_answer + 16'd1", "wear_answer"},
  {registers, "else if (pulse_i) begin", "else begin"},
  {registers, "~request_q & ~answer_q & ~test_q", "~request_q & ~answer_q"},
  {registers, "~request_q & ~answer_q & ~test_q", "~request_q & ~test_q"},
  {registers, "{{19{trim[12]}}, trim}", "{19'd0, trim}"},
  {registers, "|(test_overflow_i & converter)", "1'b0"},
  {registers, "fault_i & ~(&faults_q)", "1'b0"},
  {registers, "lane & {LANES{write & is_trim}}", "{LANES{write & is_trim}}"},
  {registers, "trim_access_o = take & is_trim", "trim_access_o = write & is_trim"},
  {registers, "if (index == 16'd1) tolerance_q", "if (index == 16'd2) tolerance_q"},
  {registers, "index >> COLUMN_BITS", "index >> 2"},
  {feed, "{digits_q[HELD-CODE_BITS-1:0], {CODE_BITS{1'b0}}}", "digits_q"},
  {feed, "sign_i ? sign : digit", "digit"},
  {row_select, "one_row_i ? ONE[CODE_BITS-1:0] :", "1'b0 ? ONE[CODE_BITS-1:0] :"},
  {row_select, "~one_row_i | ", ""},
  {row_select, "~one_row_i | (row_i == INDEX[ROW_BITS-1:0])", "1'b1"},
  {mux, "data_o | (", "(" },
  {top, ".plus_i       (~verifying | ~minus)", ".plus_i       (1'b1)"},
  {top, ".fault_i         (fault_valid_o & fault_ready_i)", ".fault_i         (fault_valid_o)"},
  {top, ".lane_pending_i(pending_here[lane])", ".lane_pending_i(pending_here[0])"},
  {top, ".sample_i           (sample & first_slice)", ".sample_i           (sample)"},
  {top, ".REFERENCE_SHIFT(2)", ".REFERENCE_SHIFT(1)"},
  {top, ".REFERENCE_LEVEL(2)", ".REFERENCE_LEVEL(1)"},
  {top, ".SIGN_SHIFT     (3)", ".SIGN_SHIFT     (2)"},
  {lane, "(ENCODING != 4) | ~verifying_i", "1'b1"},
  {lane, "offset_of(i) & {12{trims_act}}", "offset_of(i)"},
  {lane, "trims_act ? gain_of(i) : 13'd4096", "gain_of(i)"},
  {lane, "COUNTS_TWICE = (ENCODING == 4) ? 1 : 0", "COUNTS_TWICE = 0"},
  {top, ".reference_i        (10'd5)", ".reference_i        (10'd4)"},
};
// clang-format on

void judge_mutants(std::size_t step) {
  const std::array specs = {specification(false), specification(true), bipolar()};
  std::array<base::FileSet, 3> files;
  std::vector<Script> scripts;
  std::array<Played, 3> right;
  for (std::size_t i = 0; i < 3; ++i) {
    files[i] = collateral::emit(specs[i]);
    scripts.push_back(scenario(specs[i]));
    right[i] = test::play(specs[i], files[i], scripts[i]);
    CHECK(right[i].errors == "");
    CHECK(right[i].results.size() >= 25);
    CHECK(right[i].faults.size() >= 2);
  }
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::vector<std::string> survivors;
  const auto work = [&] {
    for (std::size_t m = step * next++; m < std::size(mutants); m = step * next++) {
      const Mutant& mutant = mutants[m];
      bool planted = false;
      bool found = false;
      for (std::size_t i = 0; i < 3 && !found; ++i) {
        base::FileSet edited = files[i];
        std::string& text = edited.at(std::string("rtl/") + mutant.file);
        const std::string from = mutant.from;
        std::size_t at = text.find(from);
        if (at == std::string::npos) continue;
        planted = true;
        // What is emitted once for each converter is edited in all of them.
        for (; at != std::string::npos; at = text.find(from, at + std::string(mutant.to).size())) {
          text.replace(at, from.size(), mutant.to);
          if (mutant.file != top) break;
        }
        try {
          found = !same(test::play(specs[i], edited, scripts[i]), right[i]);
        } catch (const std::exception&) {
          found = true;
        }
      }
      if (found) continue;
      const std::lock_guard lock(mutex);
      survivors.push_back(fmt::format("{}{}: {} -> {}", planted ? "" : "NOT PLANTED: ", mutant.file,
                                      mutant.from, mutant.to));
    }
  };
  std::thread other(work);
  work();
  other.join();
  for (const std::string& each : survivors) UNSCOPED_INFO(each);
  CHECK(survivors.empty());
}

}  // namespace

TEST_CASE("a third of the faults planted in an analog macro is found", "[mutation]") {
  judge_mutants(3);
}

TEST_CASE("each fault planted in an analog macro is found", "[.][nightly]") {
  judge_mutants(1);
}

}  // namespace cimforge
