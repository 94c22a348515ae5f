#include "generator/collateral/timing_diagram.h"

#include <fmt/format.h>

#include <cstddef>
#include <deque>
#include <nlohmann/json.hpp>

namespace cimforge::collateral {
namespace {

constexpr int vectors = 2;

/// What a stage holds: the vector of a partial sum, 0 for none, and whether it is the last one.
struct Tag {
  int vector = 0;
  bool last = false;
};

/// A lane of WaveDrom from one cell a cycle: repeated cells become dots.
class Lane {
 public:
  void level(bool high) { cell(high ? '1' : '0', ""); }
  void data(const std::string& label) { cell(label.empty() ? 'x' : '=', label); }

  [[nodiscard]] nlohmann::ordered_json json(const std::string& name) const {
    nlohmann::ordered_json result = {{"name", name}, {"wave", wave_}};
    if (!labels_.empty()) result["data"] = labels_;
    return result;
  }

 private:
  void cell(char kind, const std::string& label) {
    if (kind == kind_ && label == label_) {
      wave_ += '.';
      return;
    }
    wave_ += kind;
    if (!label.empty()) labels_.push_back(label);
    kind_ = kind;
    label_ = label;
  }

  std::string wave_;
  std::vector<std::string> labels_;
  char kind_ = '\0';
  std::string label_;
};

std::string vector_name(const char* prefix, int vector) {
  return vector == 0 ? "" : fmt::format("{}{}", prefix, static_cast<char>('A' + vector - 1));
}

}  // namespace

std::vector<TimingColumn> timing(const plan::MacroPlan& plan) {
  const int steps = plan.steps;
  const bool fuses = plan.precision && plan.precision->fuses();
  const auto ranks = static_cast<std::size_t>(plan.spec.pipeline_stages + (fuses ? 1 : 0));
  const std::size_t room = plan.skid ? 2 : 1;
  const int ready_column = accept_column + plan.latency + waiting_columns;

  std::vector<TimingColumn> columns;
  int offered = 1;  // the vector that waits at the input
  int busy = 0;     // the vector in stage 0
  int step = 0;
  std::vector<Tag> tags(ranks);  // of the ranks of registers
  std::deque<int> results;       // in the output stage
  int taken = 0;
  while (taken < vectors) {
    const int now = static_cast<int>(columns.size());
    TimingColumn column;
    const Tag stage0 = busy == 0 ? Tag{} : Tag{busy, step == steps - 1};
    const Tag final_stage = ranks == 0 ? stage0 : tags.back();
    const bool completes = final_stage.vector != 0 && final_stage.last;
    const bool advance = !completes || results.size() < room;

    column.in_valid = now >= accept_column && offered <= vectors;
    column.in_vector = column.in_valid ? offered : 0;
    column.in_ready = busy == 0 || (advance && stage0.last);
    column.step_vector = busy;
    column.step = busy == 0 ? 0 : step + 1;
    column.out_valid = !results.empty();
    column.out_vector = results.empty() ? 0 : results.front();
    column.out_ready = now >= ready_column;
    columns.push_back(column);

    // The rising edge at the end of the cycle.
    if (column.out_valid && column.out_ready) {
      results.pop_front();
      ++taken;
    }
    if (!advance) continue;
    if (completes) results.push_back(final_stage.vector);
    for (std::size_t rank = ranks; rank-- > 1;) tags[rank] = tags[rank - 1];
    if (ranks > 0) tags[0] = stage0;
    if (busy != 0) {
      step = stage0.last ? 0 : step + 1;
      if (stage0.last) busy = 0;
    }
    if (column.in_valid && column.in_ready) busy = offered++;
  }
  TimingColumn idle;
  idle.in_ready = true;
  idle.out_ready = true;
  columns.push_back(idle);
  return columns;
}

std::string wavedrom(const plan::MacroPlan& plan) {
  const std::vector<TimingColumn> columns = timing(plan);
  Lane in_valid, in_ready, in_data, step, out_valid, out_ready, out_data;
  for (const TimingColumn& each : columns) {
    in_valid.level(each.in_valid);
    in_ready.level(each.in_ready);
    in_data.data(vector_name("", each.in_vector));
    step.data(each.step == 0 ? ""
                             : fmt::format("{}.{}", vector_name("", each.step_vector), each.step));
    out_valid.level(each.out_valid);
    out_ready.level(each.out_ready);
    out_data.data(vector_name("y", each.out_vector));
  }

  // The edges that accept the first vector and see its result: the ends of two cycles, which are
  // the starts of the next ones.
  std::string nodes(columns.size(), '.');
  nodes[accept_column + 1] = 'a';
  nodes[static_cast<std::size_t>(accept_column + 1 + plan.latency)] = 'b';
  nlohmann::ordered_json clock = {{"name", "clk_i"},
                                  {"wave", fmt::format("p{:.>{}}", "", columns.size() - 1)},
                                  {"node", nodes}};

  const nlohmann::ordered_json gap = nlohmann::ordered_json::object();
  const nlohmann::ordered_json lanes = {std::move(clock),
                                        gap,
                                        in_valid.json("in_valid_i"),
                                        in_ready.json("in_ready_o"),
                                        in_data.json("in_data_i"),
                                        gap,
                                        step.json("vector.step"),
                                        gap,
                                        out_valid.json("out_valid_o"),
                                        out_ready.json("out_ready_i"),
                                        out_data.json("out_data_o")};

  // One lane a line.
  std::string text = "{ \"signal\": [\n";
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    text += fmt::format("    {}{}\n", lanes[i].dump(), i + 1 < lanes.size() ? "," : "");
  }
  text += fmt::format("  ],\n  \"edge\": [\"a+b latency: {} cycles\"],\n", plan.latency);
  text += "  \"head\": { \"tick\": 0 },\n  \"config\": { \"hscale\": 1 }\n}\n";
  return text;
}

}  // namespace cimforge::collateral
