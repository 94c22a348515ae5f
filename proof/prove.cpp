#include "proof/prove.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "generator/spec/precision.h"
#include "generator/spec/protection.h"
#include "generator/spec/structure.h"
#include "proof/bdd.h"
#include "proof/booth.h"
#include "proof/column.h"
#include "proof/equation.h"
#include "proof/leaves.h"
#include "proof/macro.h"
#include "proof/modes.h"
#include "proof/search.h"

namespace cimforge::proof {
namespace {

constexpr const char* by_conservation = "conservation of weighted sums, all inputs";
constexpr const char* by_functions = "next state and outputs as functions, all inputs and states";
constexpr const char* by_wiring = "every pin as a function of the cells' outputs";

/// The proof of a macro, part by part.
class Proof {
 public:
  Proof(const spec::MacroSpec& spec, const Netlists& netlists, ProofResult& result)
      : spec_(spec), netlists_(netlists), design_(netlists.macro), result_(result) {}

  void prove() {
    prove_top();
    const bool has_modes = spec::has_precision(spec_);
    if (has_modes) {
      prove_modes();
    } else {
      prove_sums();
    }
    prove_weights_of_columns();
    if (!has_modes) {
      prove_accumulation();
      prove_input_and_sequencer();
    }
    prove_ports();
  }

 private:
  void done(const char* name, const std::string& method) {
    const auto now = std::chrono::steady_clock::now();
    result_.parts.push_back({name, method, std::chrono::duration<double>(now - since_).count()});
    since_ = now;
  }

  void prove_top() {
    macro_ = prove_wiring(design_, spec_);
    emitted_ = prove_wiring(netlists_.top, spec_);
    if (emitted_.parameters != macro_.parameters) {
      throw Refuted{
          {"top", "LANES", "cells have other parameters than with LANES = 1", {}, "", ""}};
    }
    done(spec_.precision.fused_columns > 1
             ? "wiring of the top, with the columns of one weight a slice and as emitted"
             : "wiring of the top, with one lane a slice and as emitted",
         by_wiring);
  }

  /// The column and what it adds up to; where that is refuted, values that show it.
  template <typename Use>
  void prove_column_of(const Module& module, const Use& use) {
    try {
      column_ = prove_column(design_, module, spec_);
      use();
    } catch (Refuted& refuted) {
      find_wrong_sum(design_, module, macro_, spec_, refuted.refutation);
      throw;
    }
    result_.products = column_.products;
    result_.cells = column_.products + column_.adders;
  }

  void prove_sums() {
    prove_column_of(*macro_.slice, [&] { constants_ = prove_equation(column_, spec_); });
    if (spec_.recoding == spec::Recoding::booth) {
      done("count of negative Booth digits", by_conservation);
    }
    done("adder trees, sign plane and constants of a column", by_conservation);
    done("wiring of the column, rows and banks", by_wiring);
  }

  /// Run-time precision: every mode.
  void prove_modes() {
    FusedSlice slice = {macro_.slice, nullptr, nullptr, {0}, {0}, {}};
    const bool fuses = fuse_log(spec_) > 0;
    if (fuses) slice = prove_slices();
    prove_column_of(*slice.column, [&] { prove_steps(column_, spec_); });
    done("adder trees and sign plane of a column, weights with a sign and without",
         by_conservation);
    done("wiring of the column, rows and banks", by_wiring);
    std::vector<int> widths = {column_.width};
    if (fuses) {
      widths = prove_fusion(slice);
      column_.output = slice.output;
    }
    prove_signed_accumulator(design_, *column_.accumulator, spec_, column_.width);
    done("accumulator of sums with and without a sign", by_functions);
    prove_selector(design_, *macro_.serializer, spec_);
    done("input register and selection of planes", "every bit of a vector, all rows and codes");
    prove_precision_sequencer(design_, *macro_.sequencer, spec_, column_.negate_stage);
    done("sequencer and the mode beside each sum", by_functions);
    const std::vector<ModeRun> runs =
        prove_mode_runs(design_, *macro_.sequencer, spec_, column_.negate_stage);
    proof::prove_modes(column_, slice, runs, widths, spec_);
    done("signs, steps and widths of every mode",
         fmt::format("{} modes: a run of each through the sequencer, its sums added up",
                     runs.size()));
  }

  /// The adders of fused columns; as emitted where they are in the netlist.
  std::vector<int> prove_fusion(const FusedSlice& slice) {
    const std::vector<int> widths = prove_column_fusion(design_, *slice.fusion, spec_);
    bool as_emitted = true;
    for (const Module* fusion : emitted_fusions_) {
      as_emitted = as_emitted && !fusion->black_box;
      if (!fusion->black_box) prove_column_fusion(netlists_.top, *fusion, spec_);
    }
    done(as_emitted ? "adders of fused columns, with those of one weight and as emitted"
                    : "adders of fused columns, with those of one weight",
         "level by level as functions, all results and modes");
    return widths;
  }

  /// Slices of columns that may hold one weight, with these columns alone and as emitted.
  FusedSlice prove_slices() {
    const FusedSlice slice = prove_fused_slice(design_, *macro_.slice, spec_);
    for (const Module* each : emitted_.slices) {
      const FusedSlice emitted = prove_fused_slice(netlists_.top, *each, spec_);
      check_emitted_slice(slice, emitted);
      emitted_fusions_.push_back(emitted.fusion);
    }
    done("wiring of a slice of fused columns, with those of one weight and as emitted", by_wiring);
    return slice;
  }

  /// Its columns repeat those that are proved.
  static void check_emitted_slice(const FusedSlice& slice, const FusedSlice& emitted) {
    const std::size_t columns = slice.negate.size();
    for (std::size_t lane = 0; lane < emitted.negate.size(); ++lane) {
      if (emitted.negate[lane] == slice.negate[lane % columns] &&
          emitted.sum_signed[lane] == slice.sum_signed[lane % columns]) {
        continue;
      }
      throw Refuted{{"slice",
                     fmt::format("column {}", lane),
                     fmt::format("its sign is another than that of column {}", lane % columns),
                     {},
                     fmt::format("negate_i[{}]", slice.negate[lane % columns]),
                     fmt::format("negate_i[{}]", emitted.negate[lane])}};
    }
    if (emitted.parameters != slice.parameters) {
      throw Refuted{{"slice",
                     "LANES",
                     "cells have other parameters than with the columns of one weight",
                     {},
                     "",
                     ""}};
    }
  }

  void prove_weights_of_columns() {
    if (transposes(spec_)) {
      prove_views();
    } else if (stores_in_blocks(spec_)) {
      for (const Module* storage : column_.storages) {
        const auto rows = static_cast<int>(storage->port("word_line_i")->bits.size()) / spec_.banks;
        prove_storage(design_, *storage, spec_, rows, spec::word_bits(spec_));
      }
      done("weight storage and bank selection", by_functions);
      const auto prove_buffer = spec::scrubs(spec_) ? prove_scrub_buffer : prove_write_buffer;
      prove_buffer(design_, *column_.write_buffer, spec_.weight.bits);
      done("write buffer", by_functions);
      if (spec_.sparsity.is_structured()) {
        prove_buffer(design_, *column_.index_buffer, spec::index_bits(spec_));
        done("index buffer", by_functions);
      }
      if (column_.ternary != nullptr) {
        prove_ternary_planes(design_, *column_.ternary);
        done("planes of ternary weights", by_functions);
      }
    }
    if (spec::is_protected(spec_)) prove_protection();
    if (!spec_.sparsity.is_structured()) return;
    for (const Module* selection : column_.selections) {
      prove_index_select(design_, *selection, spec_.sparsity.group, spec::index_bits(spec_));
    }
    done("multiplexers of a group's inputs", "truth table, all inputs and indices");
  }

  /// Words, their flags, and scrubbing.
  void prove_protection() {
    const ErrorParts& errors = column_.errors;
    prove_code(design_, *errors.encode, *errors.decode, spec_);
    done("check bits and words", spec::mends(spec_)
                                     ? "as functions, all weights, each wrong bit and each two"
                                     : "as functions, all weights, each wrong bit");
    for (const Module* flags : errors.flags) prove_error_flags(design_, *flags, spec_);
    prove_error_monitor(design_, *macro_.monitor, spec_);
    done("error flags and counters", by_functions);
    if (macro_.scrubber == nullptr) return;
    for (const Module* selection : errors.selections) {
      prove_row_selection(design_, *selection, spec::word_bits(spec_));
    }
    prove_scrubber(design_, *macro_.scrubber, spec_);
    done("scrubber and the row that it reads", by_functions);
  }

  void prove_views() {
    for (const Module* select : column_.storages) {
      prove_select(design_, *select, select->port("weight_o")->bits.size());
    }
    done("choice of the view of each block", by_functions);
    prove_transpose(design_, *macro_.transpose, spec_, 1);
    if (!emitted_.transpose->black_box) {
      prove_transpose(netlists_.top, *emitted_.transpose, spec_, emitted_.lanes);
      done("transposed view, with one lane a slice and as emitted", by_wiring);
    } else {
      done("transposed view, with one lane a slice", by_wiring);
    }
    prove_direction(design_, *macro_.direction);
    done("direction of a vector", by_functions);
    prove_weights(design_, *macro_.weights, spec_);
    done("weight storage, bank selection and write buffer", by_functions);
  }

  /// From the sum of a step to the result.
  void prove_accumulation() {
    if (skips(spec_)) {
      prove_place_accumulator(design_, *column_.accumulator, spec_, constants_);
      done("accumulator of digits at their places", by_functions);
    } else if (steps(spec_) > 1) {
      prove_accumulator(design_, *column_.accumulator, spec_, constants_);
      done("shift-accumulator", by_functions);
    } else {
      prove_add_constant(design_, *column_.accumulator, spec_, constants_);
      done("constant", by_functions);
    }
    prove_constants();
    if (column_.saturation != nullptr) {
      prove_saturation(design_, *column_.saturation, spec_);
      done("saturation", by_functions);
    }
  }

  /// What takes the offsets off.
  void prove_constants() {
    if (skips(spec_)) {
      const auto none = static_cast<std::size_t>(std::ranges::count(constants_.terms, 0U));
      if (macro_.offset != nullptr) {
        prove_skipped_offset(design_, *macro_.offset, spec_, constants_);
        done("start value of the digits that are visited", by_functions);
      } else if (none < constants_.terms.size()) {
        throw Refuted{{"start value", "start_i", "nothing takes the offsets off", {}, "", ""}};
      }
    } else if (constants_.feeds() && macro_.feed == nullptr) {
      throw Refuted{
          {"digit feed", "feed_i", "nothing feeds the digits of the constant", {}, "", ""}};
    }
    if (macro_.feed != nullptr) {
      prove_feed(design_, *macro_.feed, spec_, constants_);
      done("digit feed", by_functions);
    }
  }

  void prove_input_and_sequencer() {
    if (skips(spec_)) {
      prove_selector(design_, *macro_.serializer, spec_);
      done("digit selector and zeros", "every digit of a vector, all rows and codes");
      prove_skipping_sequencer(design_, *macro_.sequencer, spec_, column_.negate_stage);
    } else {
      const bool booth = spec_.recoding == spec::Recoding::booth;
      (booth ? prove_booth_input : prove_serializer)(design_, *macro_.serializer, spec_);
      done(booth ? "input serialiser and Booth recoder" : "input serialiser",
           "symbolic run of a vector, all rows and codes");
      prove_sequencer(design_, *macro_.sequencer,
                      {steps(spec_), spec_.pipeline_stages, column_.negate_stage, spec_.banks});
    }
    done("sequencer", by_functions);
  }

  void prove_the_weight_port() {
    prove_weight_port(design_, *macro_.weight_port, spec::stored_rows(spec_), spec_.banks);
    done("weight port", by_functions);
  }

  /// Results, and the writing of weights.
  void prove_ports() {
    if (macro_.threshold_port != nullptr) {
      prove_threshold(design_, *column_.threshold, spec_, column_.width);
      done("thresholds of a column", by_functions);
      prove_threshold_port(design_, *macro_.threshold_port, spec_);
      done("threshold port", by_functions);
    }
    prove_output_register(design_, *column_.output, spec_);
    done("output register", by_functions);
    prove_output_stage(design_, *macro_.output_stage, has_second_entry(spec_));
    done("output stage", by_functions);
    if (macro_.weight_port != nullptr) prove_the_weight_port();
    if (macro_.word_line_gate != nullptr) {
      prove_word_line_gate(design_, *macro_.word_line_gate);
      done("word-line gates", by_functions);
    }
    for (const auto& [key, module] : design_.modules) {
      if (module.name != clock_gate_module) continue;
      prove_clock_gate(design_, module);
      done("clock gates of rows", by_functions);
    }
  }

  const spec::MacroSpec& spec_;
  const Netlists& netlists_;
  const Design& design_;
  ProofResult& result_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  Macro macro_, emitted_;
  std::vector<const Module*> emitted_fusions_;  ///< of each module of slices
  ColumnProof column_;
  Constants constants_;
};

}  // namespace

ProofResult prove_parts(const std::function<void(ProofResult&)>& parts) {
  const auto start = std::chrono::steady_clock::now();
  ProofResult result;
  try {
    parts(result);
    result.proved = true;
  } catch (const Refuted& refuted) {
    result.counterexample = refuted.refutation;
  } catch (const std::out_of_range&) {
    result.counterexample =
        Refutation{result.parts.empty() ? "wiring" : "after " + result.parts.back().name,
                   "a port",
                   "a port or a pin of the macro's cells is missing",
                   {},
                   "every port",
                   "none"};
  } catch (const TooLarge& limit) {
    result.counterexample =
        Refutation{result.parts.empty() ? "wiring" : "after " + result.parts.back().name,
                   "",
                   fmt::format("not decided: {}", limit.what()),
                   {},
                   "",
                   ""};
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

ProofResult prove(const spec::MacroSpec& spec, const Netlists& netlists) {
  return prove_parts([&](ProofResult& result) { Proof(spec, netlists, result).prove(); });
}

nlohmann::ordered_json to_json(const ProofResult& result) {
  nlohmann::ordered_json json;
  json["proved"] = result.proved;
  json["cells"] = result.cells;
  json["products"] = result.products;
  json["seconds"] = result.seconds;
  json["elaboration_seconds"] = result.elaboration_seconds;
  json["parts"] = nlohmann::ordered_json::array();
  for (const ProvedPart& part : result.parts) {
    json["parts"].push_back(
        {{"name", part.name}, {"method", part.method}, {"seconds", part.seconds}});
  }
  json["counterexample"] = nullptr;
  if (result.counterexample) {
    const Refutation& found = *result.counterexample;
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    for (const auto& [name, value] : found.values) values[name] = value;
    json["counterexample"] = {{"part", found.part},         {"bit", found.bit},
                              {"what", found.what},         {"values", values},
                              {"expected", found.expected}, {"got", found.got}};
  }
  return json;
}

std::string to_text(const ProofResult& result) {
  if (result.proved) {
    std::string text =
        result.cells == 0
            ? fmt::format("proved in {:.1f} s", result.seconds)
            : fmt::format("proved for all inputs: {} cells of a column ({} products) in {:.1f} s",
                          result.cells, result.products, result.seconds);
    for (const ProvedPart& part : result.parts) {
      text += fmt::format("\n  {}: {}, {:.1f} s", part.name, part.method, part.seconds);
    }
    return text;
  }
  const Refutation& found = *result.counterexample;
  std::string text = fmt::format("refuted in {:.1f} s: {}, {}: {}", result.seconds, found.part,
                                 found.bit, found.what);
  constexpr std::size_t most_values = 40;
  for (std::size_t i = 0; i < found.values.size() && i < most_values; ++i) {
    text += fmt::format("\n  {} = {}", found.values[i].first, found.values[i].second);
  }
  if (found.values.size() > most_values) {
    text += fmt::format("\n  and {} more (--json has all)", found.values.size() - most_values);
  }
  if (!found.expected.empty() || !found.got.empty()) {
    text += fmt::format("\n  expected {}, got {}", found.expected, found.got);
  }
  return text;
}

}  // namespace cimforge::proof
