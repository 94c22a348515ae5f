#include "proof/prove.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "generator/spec/structure.h"
#include "proof/bdd.h"
#include "proof/booth.h"
#include "proof/column.h"
#include "proof/equation.h"
#include "proof/leaves.h"
#include "proof/macro.h"
#include "proof/search.h"

namespace cimforge::proof {
namespace {

constexpr const char* by_conservation = "conservation of weighted sums, all inputs";
constexpr const char* by_functions = "next state and outputs as functions, all inputs and states";
constexpr const char* by_wiring = "every pin as a function of the cells' outputs";

void prove_parts(const spec::MacroSpec& spec, const Netlists& netlists, ProofResult& result) {
  const Design& design = netlists.macro;
  const auto done = [&](const char* name, const std::string& method) {
    result.parts.push_back({name, method});
  };
  const Macro macro = prove_wiring(design, spec);
  const Macro emitted = prove_wiring(netlists.top, spec);
  if (emitted.parameters != macro.parameters) {
    throw Refuted{{"top", "LANES", "cells have other parameters than with LANES = 1", {}, "", ""}};
  }
  done("wiring of the top, with one lane a slice and as emitted", by_wiring);
  ColumnProof column;
  Constants constants;
  try {
    column = prove_column(design, *macro.slice, spec);
    constants = prove_equation(column, spec);
  } catch (Refuted& refuted) {
    // The search simulates a shift-accumulator.
    if (!skips(spec)) find_wrong_sum(design, *macro.slice, macro.feed, spec, refuted.refutation);
    throw;
  }
  result.products = column.products;
  result.cells = column.products + column.adders;
  if (spec.recoding == spec::Recoding::booth)
    done("count of negative Booth digits", by_conservation);
  done("adder trees, sign plane and constants of a column", by_conservation);
  done("wiring of the column, rows and banks", by_wiring);

  const bool serial = steps(spec) > 1;
  if (transposes(spec)) {
    for (const Module* select : column.storages) {
      prove_select(design, *select, select->port("weight_o")->bits.size());
    }
    done("choice of the view of each block", by_functions);
    prove_transpose(design, *macro.transpose, spec, 1);
    if (!emitted.transpose->black_box) {
      prove_transpose(netlists.top, *emitted.transpose, spec, emitted.lanes);
      done("transposed view, with one lane a slice and as emitted", by_wiring);
    } else {
      done("transposed view, with one lane a slice", by_wiring);
    }
    prove_direction(design, *macro.direction);
    done("direction of a vector", by_functions);
    prove_weights(design, *macro.weights, spec);
    done("weight storage, bank selection and write buffer", by_functions);
    column.storages.clear();
  }
  for (const Module* storage : column.storages) {
    const auto rows = static_cast<int>(storage->port("word_line_i")->bits.size()) / spec.banks;
    prove_storage(design, *storage, spec, rows, spec::stored_bits(spec));
  }
  if (!transposes(spec)) {
    done("weight storage and bank selection", by_functions);
    prove_write_buffer(design, *column.write_buffer, spec.weight.bits);
    done("write buffer", by_functions);
  }
  if (spec.sparsity.is_structured()) {
    prove_write_buffer(design, *column.index_buffer, spec::index_bits(spec));
    done("index buffer", by_functions);
    for (const Module* selection : column.selections) {
      prove_index_select(design, *selection, spec.sparsity.group, spec::index_bits(spec));
    }
    done("multiplexers of a group's inputs", "truth table, all inputs and indices");
  }
  if (skips(spec)) {
    prove_place_accumulator(design, *column.accumulator, spec, constants);
    done("accumulator of digits at their places", by_functions);
  } else if (serial) {
    prove_accumulator(design, *column.accumulator, spec, constants);
    done("shift-accumulator", by_functions);
  } else {
    prove_add_constant(design, *column.accumulator, spec, constants);
    done("constant", by_functions);
  }
  if (skips(spec)) {
    const auto none = static_cast<std::size_t>(std::ranges::count(constants.terms, 0U));
    if (macro.offset != nullptr) {
      prove_skipped_offset(design, *macro.offset, spec, constants);
      done("start value of the digits that are visited", by_functions);
    } else if (none < constants.terms.size()) {
      throw Refuted{{"start value", "start_i", "nothing takes the offsets off", {}, "", ""}};
    }
  } else if (constants.feeds() && macro.feed == nullptr) {
    throw Refuted{{"digit feed", "feed_i", "nothing feeds the digits of the constant", {}, "", ""}};
  }
  if (macro.feed != nullptr) {
    prove_feed(design, *macro.feed, spec, constants);
    done("digit feed", by_functions);
  }
  if (column.saturation != nullptr) {
    prove_saturation(design, *column.saturation, spec);
    done("saturation", by_functions);
  }
  prove_output_register(design, *column.output, spec);
  done("output register", by_functions);
  for (const auto& [key, module] : design.modules) {
    if (module.name != clock_gate_module) continue;
    prove_clock_gate(design, module);
    done("clock gates of rows", by_functions);
  }
  if (skips(spec)) {
    prove_selector(design, *macro.serializer, spec);
    done("digit selector and zeros", "every digit of a vector, all rows and codes");
    prove_skipping_sequencer(design, *macro.sequencer, spec, column.negate_stage);
  } else {
    const bool booth = spec.recoding == spec::Recoding::booth;
    (booth ? prove_booth_input : prove_serializer)(design, *macro.serializer, spec);
    done(booth ? "input serialiser and Booth recoder" : "input serialiser",
         "symbolic run of a vector, all rows and codes");
    prove_sequencer(design, *macro.sequencer, spec, column.negate_stage);
  }
  done("sequencer", by_functions);
  const int rows = netlists.weight_port_rows;
  const int stored_rows = spec::stored_rows(spec);
  if (rows == stored_rows) {
    prove_weight_port(design, *macro.weight_port, rows, spec.banks);
  } else {
    const Design& port = netlists.weight_port;
    prove_weight_port(port, port.modules.at(port.top), rows, spec.banks);
  }
  done("weight port", rows == stored_rows
                          ? by_functions
                          : fmt::format("{}; with {} of {} rows", by_functions, rows, stored_rows));
  if (macro.word_line_gate != nullptr) {
    prove_word_line_gate(design, *macro.word_line_gate);
    done("word-line gates", by_functions);
  }
  prove_output_stage(design, *macro.output_stage, !serial || skips(spec));
  done("output stage", by_functions);
}

}  // namespace

ProofResult prove(const spec::MacroSpec& spec, const Netlists& netlists) {
  const auto start = std::chrono::steady_clock::now();
  ProofResult result;
  try {
    prove_parts(spec, netlists, result);
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

nlohmann::ordered_json to_json(const ProofResult& result) {
  nlohmann::ordered_json json;
  json["proved"] = result.proved;
  json["cells"] = result.cells;
  json["products"] = result.products;
  json["seconds"] = result.seconds;
  json["elaboration_seconds"] = result.elaboration_seconds;
  json["parts"] = nlohmann::ordered_json::array();
  for (const ProvedPart& part : result.parts) {
    json["parts"].push_back({{"name", part.name}, {"method", part.method}});
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
        fmt::format("proved for all inputs: {} cells of a column ({} products) in {:.1f} s",
                    result.cells, result.products, result.seconds);
    for (const ProvedPart& part : result.parts) {
      text += fmt::format("\n  {}: {}", part.name, part.method);
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
