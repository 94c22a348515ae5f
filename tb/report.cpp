// The outcome of a bench as JSON and as text.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tb/bench.h"

namespace cimforge::tb {
namespace {

using Json = nlohmann::ordered_json;

/// Names told in a text; JSON has all of them.
constexpr std::size_t kMissedInText = 5;

Json to_json(const Mismatch& mismatch) {
  Json json;
  json["vector"] = mismatch.vector;
  json["row"] = mismatch.row ? Json(*mismatch.row) : Json(nullptr);
  json["column"] = mismatch.column;
  json["bank"] = mismatch.bank;
  json["cycle"] = mismatch.cycle;
  json["expected"] = mismatch.expected;
  json["got"] = mismatch.got;
  json["wrong_rows"] = mismatch.wrong_rows;
  json["wrong_columns"] = mismatch.wrong_columns;
  if (!mismatch.expected_text.empty()) {
    json["expected_value"] = mismatch.expected_text;
    json["got_value"] = mismatch.got_text;
  }
  json["trace_time"] = mismatch.trace_time;
  json["hint"] = mismatch.hint;
  return json;
}

Json to_json(const Finding& finding) {
  return {{"code", finding.code},
          {"count", finding.count},
          {"cycle", finding.cycle},
          {"message", finding.message}};
}

std::string to_text(const Mismatch& mismatch) {
  const bool has_text = !mismatch.expected_text.empty();
  std::string text =
      fmt::format("first mismatch: vector {}, column {}, bank {}, cycle {}: expected {}, got {}",
                  mismatch.vector, mismatch.column, mismatch.bank, mismatch.cycle,
                  has_text ? mismatch.expected_text : fmt::format("{}", mismatch.expected),
                  has_text ? mismatch.got_text : fmt::format("{}", mismatch.got));
  if (mismatch.wrong_columns > 1)
    text += fmt::format("; {} columns differ", mismatch.wrong_columns);
  if (mismatch.row && mismatch.wrong_rows == 1) {
    text += fmt::format("\n  row {} is wrong by itself", *mismatch.row);
  } else if (mismatch.row) {
    text += fmt::format("\n  {} rows are wrong by themselves, the first is row {}",
                        mismatch.wrong_rows, *mismatch.row);
  } else {
    text += "\n  no row is wrong by itself";
  }
  if (!mismatch.hint.empty()) text += fmt::format("\n  {}", mismatch.hint);
  return text;
}

std::string to_text(const Finding& finding) {
  std::string text =
      fmt::format("{} in cycle {}: {}", finding.code, finding.cycle, finding.message);
  if (finding.count > 1) text += fmt::format(" ({} times)", finding.count);
  return text;
}

}  // namespace

nlohmann::ordered_json to_json(const BenchResult& result) {
  Json json;
  json["passed"] = result.passed();
  json["vectors"] = result.vectors;
  json["mismatches"] = result.mismatches;
  json["cycles"] = result.cycles;
  json["cycles_per_second"] = result.cycles_per_second();
  json["seed"] = result.seed;
  json["first_mismatch"] = result.first_mismatch ? to_json(*result.first_mismatch) : Json(nullptr);
  json["findings"] = Json::array();
  for (const Finding& finding : result.findings) json["findings"].push_back(to_json(finding));
  json["latency"] = nullptr;
  if (result.latency) {
    json["latency"] = {{"min", result.latency->first}, {"max", result.latency->second}};
  }
  json["interval"] = nullptr;
  if (result.interval) {
    json["interval"] = {{"min", result.interval->first}, {"max", result.interval->second}};
  }
  json["coverage"] = {{"hit", result.coverage.hit},
                      {"total", result.coverage.total},
                      {"missed", result.coverage.missed}};
  if (result.self_test.march) json["march_cycles"] = *result.self_test.march;
  if (result.self_test.compute) json["compute_test_cycles"] = *result.self_test.compute;
  if (result.errors) {
    json["error"] = {{"gaussian", to_json(result.errors->gaussian)},
                     {"others", to_json(result.errors->others)}};
  }
  if (result.sum_errors) json["sum_error"] = to_json(*result.sum_errors);
  return json;
}

std::string to_text(const BenchResult& result) {
  std::string text = result.passed() ? fmt::format("passed: {} vectors are right", result.vectors)
                                     : fmt::format("failed: {} of {} vectors are wrong",
                                                   result.mismatches, result.vectors);
  text += fmt::format(", seed {}\n{} cycles, {:.0f} cycles/s", result.seed, result.cycles,
                      result.cycles_per_second());
  if (result.latency) {
    const auto [least, greatest] = *result.latency;
    text += least == greatest ? fmt::format(", latency {} cycles", least)
                              : fmt::format(", latency {} to {} cycles", least, greatest);
  }
  if (result.interval) {
    const auto [least, greatest] = *result.interval;
    text += least == greatest ? fmt::format(", a vector in {}", least)
                              : fmt::format(", a vector in {} to {}", least, greatest);
  }
  const auto add_line = [&text](const std::string& line) { text.append("\n").append(line); };
  if (result.first_mismatch) add_line(to_text(*result.first_mismatch));
  for (const Finding& finding : result.findings) add_line(to_text(finding));

  if (result.self_test.march) {
    add_line(fmt::format("march test: {} cycles", *result.self_test.march));
  }
  if (result.self_test.compute) {
    add_line(fmt::format("compute self-test: {} cycles", *result.self_test.compute));
  }
  if (result.errors) {
    add_line("error, Gaussian operands: " + to_text(result.errors->gaussian));
    add_line("error, all others: " + to_text(result.errors->others));
  }
  if (result.sum_errors) add_line("error of sums: " + to_text(*result.sum_errors));
  const CoverageReport& coverage = result.coverage;
  text += fmt::format("\ncoverage: {} of {} bins", coverage.hit, coverage.total);
  for (std::size_t i = 0; i < coverage.missed.size(); ++i) {
    if (i == kMissedInText) {
      text += fmt::format("\n  and {} more", coverage.missed.size() - i);
      break;
    }
    text += fmt::format("\n  not hit: {}", coverage.missed[i]);
  }
  return text;
}

}  // namespace cimforge::tb
