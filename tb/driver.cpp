#include "tb/driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tb/floating.h"
#include "tb/mode.h"

namespace cimforge::tb {
namespace {

/// Cycles between two checks that inputs do not matter while the clock stands still, on average.
constexpr std::uint64_t kInertPeriod = 16;
constexpr std::uint64_t kPollPeriod = 64;
/// From here on a stall counts as long, in vectors.
constexpr std::uint64_t kLongStall = 8;

}  // namespace

void Findings::add(std::string_view code, std::uint64_t cycle, const std::string& message,
                   std::uint64_t count) {
  const auto known = std::ranges::find(all_, code, &Finding::code);
  if (known != all_.end()) {
    known->count += count;
  } else {
    all_.push_back({std::string(code), message, count, cycle});
  }
}

void Findings::append(const Findings& later, std::uint64_t cycles) {
  for (const Finding& finding : later.all_) {
    add(finding.code, finding.cycle + cycles, finding.message, finding.count);
  }
}

Driver::Driver(Dut& dut, const spec::MacroSpec& spec, Random& random, DriverOptions options)
    : spec_(spec),
      dut_(dut),
      pins_(dut.pins()),
      ports_(spec),
      random_(random),
      options_(std::move(options)),
      scoreboard_(spec),
      coverage_(spec),
      // A floating macro aligns before the array and normalises behind it.
      settle_cycles_(3 * ports_.cycles_per_vector + 2 * spec.pipeline_stages +
                     (ports_.is_floating ? 32 : 16)),
      patience_(1000 + 100 * static_cast<std::uint64_t>(settle_cycles_) + ports_.most_row_cycles),
      fairness_(64 + 8 * static_cast<std::uint64_t>(ports_.cycles_per_vector)),
      vector_{0, ports_.input_codes(), ports_.mode, ports_.input_scale_codes()},
      weights_(empty_row(ports_)),
      thresholds_(ports_.thresholds()),
      held_result_(ports_.output_port()),
      scratch_input_(ports_.input_codes().port),
      saved_input_(scratch_input_),
      scratch_weights_(ports_.weight_codes().port),
      saved_weights_(scratch_weights_),
      scratch_thresholds_(thresholds_.port),
      saved_thresholds_(thresholds_.port),
      saved_output_(held_result_) {
  const auto add = [](std::vector<SidePort>& side, const Codes& like, std::uint8_t* pins) {
    if (like.port.bits() > 0) side.push_back({like.port, like.port, pins});
  };
  add(beside_weights_, weights_.indices, pins_.weight_index);
  add(beside_weights_, weights_.scales, pins_.weight_scale);
  add(beside_weights_, weights_.classes, pins_.weight_class);
  add(beside_input_, vector_.scales, pins_.in_scale);
}

void Driver::find(std::string_view code, const std::string& message) {
  findings_.add(code, cycles_, message);
}

void Driver::eval() {
  dut_.eval();
  ++trace_time_;
}

// Reset.

void Driver::power_up() {
  pins_.clk = 0;
  pins_.weight_valid = 0;
  pins_.threshold_valid = 0;
  pins_.in_valid = 0;
  pins_.out_ready = random_.once_in(2) ? 1 : 0;
  if (random_.once_in(2)) {
    // Powered up in reset: what it holds is unknown until the first edge.
    pins_.rst_n = 0;
    eval();
    pins_.clk = 1;
    eval();
    ++cycles_;
  } else {
    pins_.rst_n = 1;
    eval();
    pins_.rst_n = 0;
    eval();
  }
  reset_cycles();
}

void Driver::reset() {
  if (scoreboard_.pending() > 0) {
    coverage_.observe(Cross::reset_during_computation);
    if (pins_.out_valid != 0) coverage_.observe(Cross::reset_while_output_waits);
  }
  // The clock is high after a cycle; reset falls with it or before it.
  if (random_.once_in(2)) pins_.clk = 0;
  pins_.rst_n = 0;
  pins_.weight_valid = 0;
  pins_.threshold_valid = 0;
  pins_.in_valid = 0;
  eval();
  scoreboard_.forget_pending();
  coverage_.forget_weights();
  reset_cycles();
}

/// From an asserted reset to the first cycle after it.
void Driver::reset_cycles() {
  check_no_valid("while rst_ni is low");
  for (int left = random_.between(1, 4); left > 0; --left) {
    scramble_input();
    scramble_weights();
    scramble_thresholds();
    pins_.out_ready = random_.once_in(2) ? 1 : 0;
    pins_.clk = 0;
    eval();
    check_no_valid("while rst_ni is low");
    pins_.clk = 1;
    eval();
    ++cycles_;
    check_no_valid("while rst_ni is low");
  }
  pins_.clk = 0;
  pins_.rst_n = 1;
  eval();
  check_no_valid("right after reset");
  held_ = false;
  any_accept_ = false;
  awaiting_latency_ = false;
  output_wait_ = weight_wait_ = threshold_wait_ = input_wait_ = stalled_ = 0;
}

void Driver::check_no_valid(const char* when) {
  if (pins_.out_valid != 0) find("valid-in-reset", fmt::format("out_valid_o is high {}", when));
}

// One cycle.

void Driver::cycle() {
  pins_.clk = 0;
  eval();
  const bool out_valid = pins_.out_valid != 0;
  const bool write = pins_.weight_valid != 0 && pins_.weight_ready != 0;
  const bool accept = pins_.in_valid != 0 && pins_.in_ready != 0;
  const bool load = pins_.threshold_valid != 0 && pins_.threshold_ready != 0;
  const bool take = out_valid && pins_.out_ready != 0;

  if (held_) check_held_result();
  const bool inert_check_due = cycles_ >= next_inert_check_;
  const bool check_before_edge = inert_check_due && random_.once_in(2);
  if (inert_check_due) next_inert_check_ = cycles_ + 1 + random_.below(2 * kInertPeriod);
  if (check_before_edge) check_inputs_inert();
  observe_crosses(write, accept, take);
  if (ports_.has_thresholds()) observe_thresholds(load, accept);
  if (traffic_.one_at_a_time) account_latency(accept, out_valid);
  watch(pins_.weight_ready != 0, pins_.in_ready != 0, out_valid);

  if (traffic_.no_weight_waits && pins_.weight_valid != 0 && !write) {
    find("weight-bubble",
         fmt::format("weight_ready_o is low for a row of bank {}, with which nothing is computed",
                     weights_.bank));
  }

  held_ = out_valid && !take;
  if (held_) held_result_.read_from(pins_.out_data);
  if (take) {
    if (pins_.out_error != nullptr) check_flags();
    if (scoreboard_.pending() == 0) {
      find("unexpected-result", "a result came that no vector asked for");
    } else {
      scoreboard_.take(pins_.out_data, options_.first_vector + scoreboard_.compared(), cycles_,
                       trace_time_);
    }
  }
  // On one edge the weights come first.
  if (write) {
    scoreboard_.write(weights_);
    coverage_.observe_write(weights_);
  }
  if (load) scoreboard_.write(thresholds_);
  if (accept) {
    coverage_.observe_vector(vector_, scoreboard_.accept(vector_));
    if (ports_.has_thresholds()) {
      coverage_.observe_sums(scoreboard_.last_sums(), scoreboard_.thresholds(vector_.bank));
    }
    if (!scoreboard_.beyond_bound().empty()) find("error-bound", scoreboard_.beyond_bound());
    if (traffic_.no_bubbles) account_throughput();
    last_saved_ = ports_.cycles_per_vector - ports_.cycles_of(vector_);
    if (accepted_++ == 0) first_accept_ = cycles_;
    last_accept_ = cycles_;
    any_accept_ = true;
  }

  pins_.clk = 1;
  eval();
  if (inert_check_due && !check_before_edge) check_inputs_inert();
  ++cycles_;

  if (write) {
    pins_.weight_valid = 0;
    weight_pause_ = pause(traffic_.weight);
  }
  if (load) {
    pins_.threshold_valid = 0;
    threshold_pause_ = pause(traffic_.thresholds);
  }
  if (accept) {
    pins_.in_valid = 0;
    input_pause_ = pause(traffic_.input);
  }
  if (options_.poll && cycles_ >= next_poll_) {
    next_poll_ = cycles_ + kPollPeriod;
    options_.poll(scoreboard_.compared());
  }
}

void Driver::check_held_result() {
  if (pins_.out_valid == 0) {
    find("out-valid-dropped", "out_valid_o fell before out_ready_i took the result");
  } else if (!held_result_.equals(pins_.out_data)) {
    find("out-data-changed", "out_data_o changed while the result waited for out_ready_i");
  }
}

/// Nobody has turned a stored bit around: no result has a flag, and nothing is counted.
void Driver::check_flags() {
  for (std::size_t column = 0; column < ports_.columns; ++column) {
    if ((pins_.out_error[column / 8] >> (column % 8) & 1) == 0) continue;
    find("error-flag",
         fmt::format("out_error_o is high for column {}, and no stored bit is wrong", column));
    break;
  }
  if (pins_.protection_irq != 0 || pins_.protection_mended != 0 || pins_.protection_flagged != 0) {
    find("error-count",
         "an error was counted, or the interrupt is high, and no stored bit is wrong");
  }
}

void Driver::scramble(std::vector<SidePort>& side) {
  for (SidePort& port : side) {
    for (std::uint64_t& word : port.scratch.words()) word = random_.word();
    port.scratch.trim();
    port.scratch.write_to(port.pins);
  }
}

void Driver::scramble_input() {
  for (std::uint64_t& word : scratch_input_.words()) word = random_.word();
  scratch_input_.trim();
  scratch_input_.write_to(pins_.in_data);
  scramble(beside_input_);
  pins_.in_bank = random_.below(std::uint64_t{1} << ports_.bank_bits);
  scramble_mode(ports_, random_, pins_);
}

void Driver::scramble_weights() {
  for (std::uint64_t& word : scratch_weights_.words()) word = random_.word();
  scratch_weights_.trim();
  scratch_weights_.write_to(pins_.weight_data);
  scramble(beside_weights_);
  if (ports_.weight_modes) pins_.weight_integer = random_.once_in(2) ? 1 : 0;
  pins_.weight_bank = random_.below(std::uint64_t{1} << ports_.bank_bits);
  pins_.weight_row = random_.below(std::uint64_t{1} << ports_.row_bits);
}

void Driver::scramble_thresholds() {
  if (!ports_.has_thresholds()) return;
  for (std::uint64_t& word : scratch_thresholds_.words()) word = random_.word();
  scratch_thresholds_.trim();
  scratch_thresholds_.write_to(pins_.threshold_data);
  pins_.threshold_bank = random_.below(std::uint64_t{1} << ports_.bank_bits);
}

/// Changes inputs while the clock stands still: no output may follow. Then takes them back.
void Driver::check_inputs_inert() {
  const cim_dut_pins before = pins_;
  saved_input_.read_from(pins_.in_data);
  saved_weights_.read_from(pins_.weight_data);
  for (std::vector<SidePort>* const side : {&beside_input_, &beside_weights_}) {
    for (SidePort& port : *side) port.saved.read_from(port.pins);
  }
  if (ports_.has_thresholds()) saved_thresholds_.read_from(pins_.threshold_data);
  saved_output_.read_from(pins_.out_data);

  const auto unchanged = [&](const char* changed) {
    const auto check = [&](bool same, const char* output) {
      if (same) return;
      find("combinational-output",
           fmt::format("{} follows {} while the clock stands still: outputs may depend on state "
                       "alone",
                       output, changed));
    };
    check(pins_.weight_ready == before.weight_ready, "weight_ready_o");
    check(pins_.threshold_ready == before.threshold_ready, "threshold_ready_o");
    check(pins_.in_ready == before.in_ready, "in_ready_o");
    check(pins_.out_valid == before.out_valid, "out_valid_o");
    // Without a valid result the data may be anything.
    check(before.out_valid == 0 || saved_output_.equals(pins_.out_data), "out_data_o");
  };

  const int which = random_.index(ports_.has_thresholds() ? 8 : 6);
  const bool all = which == 5;
  if (which == 0 || all) pins_.in_valid ^= 1;
  if (which == 1 || all) pins_.weight_valid ^= 1;
  if (which == 2 || all) pins_.out_ready ^= 1;
  if (which == 3 || all) scramble_input();
  if (which == 4 || all) scramble_weights();
  if (which == 6 || (all && ports_.has_thresholds())) pins_.threshold_valid ^= 1;
  if (which == 7 || all) scramble_thresholds();
  eval();
  constexpr const char* kNames[] = {"in_valid_i",
                                    "weight_valid_i",
                                    "out_ready_i",
                                    "the data or bank of the input",
                                    "the data, bank or row of the weights",
                                    "an input",
                                    "threshold_valid_i",
                                    "the data or bank of the thresholds"};
  unchanged(kNames[which]);

  pins_.in_valid = before.in_valid;
  pins_.weight_valid = before.weight_valid;
  pins_.out_ready = before.out_ready;
  pins_.in_bank = before.in_bank;
  pins_.in_transpose = before.in_transpose;
  pins_.in_signed = before.in_signed;
  pins_.in_weight_signed = before.in_weight_signed;
  pins_.in_fuse = before.in_fuse;
  pins_.in_last_bit = before.in_last_bit;
  pins_.in_integer = before.in_integer;
  pins_.weight_integer = before.weight_integer;
  pins_.threshold_valid = before.threshold_valid;
  pins_.threshold_bank = before.threshold_bank;
  if (ports_.has_thresholds()) saved_thresholds_.write_to(pins_.threshold_data);
  pins_.weight_bank = before.weight_bank;
  pins_.weight_row = before.weight_row;
  saved_input_.write_to(pins_.in_data);
  saved_weights_.write_to(pins_.weight_data);
  for (const std::vector<SidePort>* const side : {&beside_input_, &beside_weights_}) {
    for (const SidePort& port : *side) port.saved.write_to(port.pins);
  }
  eval();
  unchanged(kNames[which]);
}

void Driver::observe_crosses(bool write, bool accept, bool take) {
  const bool input_waits = pins_.in_valid != 0 && !accept;
  const bool output_waits = pins_.out_valid != 0 && !take;
  if (input_waits && output_waits) coverage_.observe(Cross::input_waits_while_output_waits);
  if (input_waits && pins_.weight_valid != 0 && !write) {
    coverage_.observe(Cross::weight_waits_while_input_waits);
  }
  if (accept && take) coverage_.observe(Cross::output_and_input_on_one_edge);
  if (accept && any_accept_ &&
      cycles_ - last_accept_ <=
          static_cast<std::uint64_t>(ports_.cycles_per_vector - last_saved_)) {
    coverage_.observe(Cross::inputs_back_to_back);
  }
  stalled_ = output_waits ? stalled_ + 1 : 0;
  if (stalled_ == kLongStall * static_cast<std::uint64_t>(ports_.cycles_per_vector)) {
    coverage_.observe(Cross::long_output_stall);
  }

  if (pins_.weight_valid == 0) return;
  if (write && accept) coverage_.observe(Cross::weight_and_input_on_one_edge);
  if (write && accept && take) coverage_.observe(Cross::all_three_on_one_edge);
  const std::size_t pending = scoreboard_.pending();
  if (pending == 0) return;
  bool bank_in_use = false;
  for (std::size_t index = 0; index < pending && !bank_in_use; ++index) {
    bank_in_use = scoreboard_.pending_bank(index) == weights_.bank;
  }
  if (bank_in_use) coverage_.observe(Cross::weight_for_bank_in_use);
  if (write) {
    coverage_.observe(Cross::weight_during_computation);
    if (!bank_in_use) coverage_.observe(Cross::weight_for_other_bank_during_computation);
  }
}

void Driver::observe_thresholds(bool load, bool accept) {
  if (threshold_wait_ > 0 && accept) {
    find("vector-before-thresholds",
         "a vector was taken while thresholds waited: they could wait for ever");
  }
  if (pins_.threshold_valid == 0) return;
  const bool pending = scoreboard_.pending() > 0;
  if (!load) coverage_.observe(ThresholdEvent::waits);
  if (load && accept) coverage_.observe(ThresholdEvent::with_input);
  if (load && pending) coverage_.observe(ThresholdEvent::before_result_is_taken);
  if (!load && pins_.in_valid != 0 && !accept) coverage_.observe(ThresholdEvent::holds_input);
}

/// With nothing in its way, a vector is taken when the one before it has had its cycles.
void Driver::account_throughput() {
  const int interval = ports_.cycles_per_vector - last_saved_;
  if (accepted_ > 0) {
    // The first vectors fill the registers in front of the array of a floating macro.
    if (accepted_ > static_cast<std::uint64_t>(ports_.front_registers)) {
      account_interval(static_cast<int>(cycles_ - last_accept_));
    }
    if (cycles_ > paced_due_) {
      find("bubble",
           fmt::format("in_ready_o was low for {} cycles too long with out_ready_i high and no "
                       "weights: a vector must be taken {} cycles after the one before it",
                       cycles_ - paced_due_, interval));
    }
  }
  const bool is_late = accepted_ == 0 || cycles_ > paced_due_;
  paced_due_ =
      (is_late ? cycles_ : paced_due_) + static_cast<std::uint64_t>(ports_.cycles_of(vector_));
}

/// Exactly what was planned: a vector that is taken early is a wrong plan too.
void Driver::account_interval(int found) {
  if (!interval_) interval_ = {found, found};
  interval_->first = std::min(interval_->first, found);
  interval_->second = std::max(interval_->second, found);
  if (options_.expected_interval && found != *options_.expected_interval - last_saved_) {
    find("interval", fmt::format("at full rate a vector was taken {} cycles after the one before "
                                 "it, not {}",
                                 found, *options_.expected_interval - last_saved_));
  }
}

void Driver::account_latency(bool accept, bool out_valid) {
  if (awaiting_latency_ && out_valid) {
    awaiting_latency_ = false;
    const auto found = static_cast<int>(cycles_ - last_accept_);
    if (!latency_) latency_ = {found, found};
    latency_->first = std::min(latency_->first, found);
    latency_->second = std::max(latency_->second, found);
    if (options_.expected_latency && found != *options_.expected_latency - last_saved_) {
      find("latency", fmt::format("a result came {} cycles after its vector, not {}", found,
                                  *options_.expected_latency - last_saved_));
    }
  }
  if (accept) awaiting_latency_ = scoreboard_.pending() == 0;
}

/// Nothing may wait for ever.
void Driver::watch(bool weight_ready, bool in_ready, bool out_valid) {
  weight_wait_ = pins_.weight_valid != 0 && !weight_ready ? weight_wait_ + 1 : 0;
  threshold_wait_ =
      pins_.threshold_valid != 0 && pins_.threshold_ready == 0 ? threshold_wait_ + 1 : 0;
  input_wait_ = pins_.in_valid != 0 && !in_ready ? input_wait_ + 1 : 0;
  output_wait_ = scoreboard_.pending() > 0 && !out_valid ? output_wait_ + 1 : 0;
  if (output_wait_ > patience_) {
    throw Hang(
        fmt::format("waited {} cycles for out_valid_o, with {} results to come, the first "
                    "of vector {} on bank {}",
                    patience_, scoreboard_.pending(),
                    options_.first_vector + scoreboard_.compared(), scoreboard_.pending_bank(0)));
  }
  if (input_wait_ > patience_) {
    throw Hang(fmt::format("waited {} cycles for in_ready_o, with vector {} for bank {}", patience_,
                           options_.first_vector + scoreboard_.compared() + scoreboard_.pending(),
                           vector_.bank));
  }
  if (weight_wait_ > patience_) {
    throw Hang(fmt::format("waited {} cycles for weight_ready_o, with row {} for bank {}",
                           patience_, weights_.row, weights_.bank));
  }
  if (threshold_wait_ > patience_) {
    throw Hang(fmt::format("waited {} cycles for threshold_ready_o, with those of bank {}",
                           patience_, thresholds_.bank));
  }
}

// Traffic.

int Driver::pause(const Pauses& pauses) {
  if (pauses.one_in == 0 || !random_.once_in(pauses.one_in)) return 0;
  return random_.between(pauses.shortest, pauses.longest);
}

/// Puts the next vector on the pins, where it is time for one. False at the end of the source.
bool Driver::present_input(const VectorSource& vectors) {
  if (input_pause_ > 0) {
    // Between transfers the pins carry anything.
    if (input_pause_-- % 4 == 1) scramble_input();
    return true;
  }
  if (traffic_.one_at_a_time && scoreboard_.pending() > 0) return true;
  if (weight_wait_ > fairness_) return true;
  if (!vectors(vector_)) return false;
  pins_.in_bank = static_cast<std::uint32_t>(vector_.bank);
  put_mode(vector_.mode, pins_);
  vector_.codes.port.write_to(pins_.in_data);
  if (ports_.input_scale_bits > 0) vector_.scales.port.write_to(pins_.in_scale);
  pins_.in_valid = 1;
  return true;
}

bool Driver::present_weights(const WeightSource& weights) {
  if (weight_pause_ > 0) {
    if (weight_pause_-- % 4 == 1) scramble_weights();
    return true;
  }
  if (input_wait_ > fairness_) return true;
  if (!weights(weights_)) return false;
  pins_.weight_bank = static_cast<std::uint32_t>(weights_.bank);
  pins_.weight_row = static_cast<std::uint32_t>(weights_.row);
  put_row(ports_, weights_, pins_);
  if (ports_.index_bits > 0) weights_.indices.port.write_to(pins_.weight_index);
  pins_.weight_valid = 1;
  return true;
}

bool Driver::present_thresholds(const ThresholdSource& thresholds) {
  if (threshold_pause_ > 0) {
    if (threshold_pause_-- % 4 == 1) scramble_thresholds();
    return true;
  }
  if (input_wait_ > fairness_) return true;
  if (!thresholds(thresholds_)) return false;
  pins_.threshold_bank = static_cast<std::uint32_t>(thresholds_.bank);
  pack(thresholds_.values, ports_.threshold.bits, thresholds_.port);
  thresholds_.port.write_to(pins_.threshold_data);
  pins_.threshold_valid = 1;
  return true;
}

void Driver::choose_out_ready() {
  switch (traffic_.output) {
    case Traffic::Output::pauses:
      if (out_pause_ > 0) {
        --out_pause_;
      } else {
        out_pause_ = pause(traffic_.out);
      }
      pins_.out_ready = out_pause_ == 0 ? 1 : 0;
      break;
    case Traffic::Output::after_valid:
      pins_.out_ready = pins_.out_valid != 0 && held_ && random_.once_in(2) ? 1 : 0;
      break;
    case Traffic::Output::never:
      pins_.out_ready = 0;
      break;
  }
}

void Driver::run(const Traffic& traffic, const VectorSource& vectors, const WeightSource& weights,
                 const ThresholdSource& thresholds) {
  traffic_ = traffic;
  accepted_ = 0;
  input_pause_ = weight_pause_ = threshold_pause_ = out_pause_ = 0;
  bool more_vectors = static_cast<bool>(vectors);
  bool more_weights = static_cast<bool>(weights);
  bool more_thresholds = static_cast<bool>(thresholds);
  while (true) {
    if (pins_.in_valid == 0 && more_vectors) more_vectors = present_input(vectors);
    const bool vectors_done = !more_vectors && pins_.in_valid == 0;
    if (vectors && vectors_done) more_weights = more_thresholds = false;
    if (pins_.weight_valid == 0 && more_weights) more_weights = present_weights(weights);
    if (pins_.threshold_valid == 0 && more_thresholds) {
      more_thresholds = present_thresholds(thresholds);
    }
    if (vectors_done && !more_weights && pins_.weight_valid == 0 && !more_thresholds &&
        pins_.threshold_valid == 0) {
      break;
    }
    choose_out_ready();
    cycle();
    if (traffic.stop_after > 0 && accepted_ > 0 && cycles_ - first_accept_ >= traffic.stop_after) {
      break;
    }
  }
  traffic_ = {};
}

void Driver::drain() {
  while (scoreboard_.pending() > 0) {
    pins_.out_ready = 1;
    cycle();
  }
}

void Driver::idle(int cycles) {
  for (int i = 0; i < cycles; ++i) {
    pins_.out_ready = 1;
    cycle();
  }
}

}  // namespace cimforge::tb
