#include "flows/regression_report.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "generator/base/quote.h"

namespace cimforge::flows {
namespace {

using Json = nlohmann::ordered_json;

/// Bins of a specification that a summary names; results.json has all.
constexpr std::size_t bins_in_summary = 20;
/// Runs that did not pass which a summary lists; likewise.
constexpr std::size_t failed_runs_in_summary = 200;

/// The bytes of the character at the beginning of a text, if it is one that XML 1.0 allows; else 0.
/// UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF, no U+FFFE and U+FFFF.
std::size_t xml_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  const std::size_t size = first >= 0xf0 && first <= 0xf4   ? 4
                           : first >= 0xe0 && first <= 0xef ? 3
                           : first >= 0xc2 && first <= 0xdf ? 2
                                                            : 0;
  if (size == 0 || text.size() < size) return 0;
  std::uint32_t code = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
    code = code << 6U | (byte(i) & 0x3fU);
  }
  const bool is_long = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool is_none =
      (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff || code == 0xfffe || code == 0xffff;
  return is_long || is_none ? 0 : size;
}

/// Text for XML, in an element or between quotes; what is no character becomes `?`.
std::string xml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = xml_character(text);
    switch (size == 0 ? '?' : text.front()) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += size == 0 ? "?" : text.substr(0, size);
        break;
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::string file_name(const RegressionRun& run) {
  return run.specification.filename().string();
}

std::string seed_text(const RegressionRun& run) {
  return run.seed ? fmt::format("seed {}", *run.seed) : std::string();
}

/// `spec.toml seed 3`.
std::string case_name(const RegressionRun& run) {
  return run.seed ? fmt::format("{} seed {}", run.specification.string(), *run.seed)
                  : run.specification.string();
}

/// What the search found, in words.
std::string smallest_text(const RegressionFailure& failure) {
  if (!failure.vectors) return {};
  std::string text = fmt::format("fails with --vectors {}", *failure.vectors);
  if (!failure.is_smallest) {
    text += "; whether fewer fail is not known: a run of the search ended in an error";
  } else if (*failure.vectors > 1) {
    text += fmt::format(", passes with {}", *failure.vectors - 1);
  }
  if (failure.first_mismatch) {
    text += fmt::format("; the first wrong vector is {}", *failure.first_mismatch);
  }
  if (!failure.is_monotone) {
    text += "; not monotone: more vectors than these passed too, as they are another stimulus";
  }
  return text;
}

/// The command to be typed in the output directory.
std::string repeat_command(const RegressionFailure& failure) {
  return fmt::format("sh {}", base::shell_quoted(failure.folder + "/repeat.sh"));
}

PointCount all_lines(const std::map<std::string, ModuleCoverage>& modules) {
  PointCount sum;
  for (const auto& [name, module] : modules) sum += module.lines;
  return sum;
}

PointCount all_toggles(const std::map<std::string, ModuleCoverage>& modules) {
  PointCount sum;
  for (const auto& [name, module] : modules) sum += module.toggles;
  return sum;
}

PointCount all_bins(const std::vector<FunctionalCoverage>& functional) {
  PointCount sum;
  for (const FunctionalCoverage& each : functional) {
    sum += {each.total - each.missed.size(), each.total};
  }
  return sum;
}

Json to_json(const PointCount& count) {
  return {{"hit", count.hit}, {"total", count.total}, {"percent", count.percent()}};
}

/// `97.5 % (39 of 40)`; `-` of nothing.
std::string percent_text(const PointCount& count) {
  if (count.total == 0) return "-";
  return fmt::format("{:.1f} % ({} of {})", count.percent(), count.hit, count.total);
}

Json coverage_json(const RegressionResult& result) {
  const auto modules = coverage_by_module(result.coverage);
  Json code = {{"runs", result.coverage_runs},
               {"lines", to_json(all_lines(modules))},
               {"toggles", to_json(all_toggles(modules))},
               {"modules", Json::array()}};
  for (const auto& [name, module] : modules) {
    code["modules"].push_back(
        {{"name", name}, {"lines", to_json(module.lines)}, {"toggles", to_json(module.toggles)}});
  }
  Json functional = to_json(all_bins(result.functional));
  functional["specifications"] = Json::array();
  for (const FunctionalCoverage& each : result.functional) {
    functional["specifications"].push_back({{"specification", each.specification.string()},
                                            {"runs", each.runs},
                                            {"hit", each.total - each.missed.size()},
                                            {"total", each.total},
                                            {"missed", each.missed}});
  }
  return {{"code", code}, {"functional", functional}};
}

Json failure_json(const RegressionResult& result, const RegressionFailure& failure) {
  const RegressionRun& run = result.runs[failure.run];
  Json json = {{"test", run.test},
               {"specification", run.specification.string()},
               {"seed", run.seed ? Json(*run.seed) : Json(nullptr)},
               {"verdict", to_string(run.verdict)},
               {"message", run.message},
               {"vectors", failure.vectors ? Json(*failure.vectors) : Json(nullptr)},
               {"smallest", failure.vectors ? Json(failure.is_smallest) : Json(nullptr)},
               {"monotone", failure.vectors ? Json(failure.is_monotone) : Json(nullptr)},
               {"first_mismatch_vector",
                failure.first_mismatch ? Json(*failure.first_mismatch) : Json(nullptr)},
               {"tried", Json::array()},
               {"folder", failure.folder},
               {"command", command_line(failure.command)}};
  for (const auto& [vectors, failed] : failure.tried) {
    json["tried"].push_back({{"vectors", vectors}, {"failed", failed}});
  }
  return json;
}

std::string code_table(const RegressionResult& result) {
  const auto modules = coverage_by_module(result.coverage);
  std::string text = fmt::format(
      "\n## Code coverage\n\nOf {} runs, merged by verilator_coverage. Blocks of lines that ran; "
      "bits that changed, of signals that are not too wide.\n\n"
      "| Module | Lines | Toggles |\n|---|---|---|\n",
      result.coverage_runs);
  for (const auto& [name, module] : modules) {
    text += fmt::format("| {} | {} | {} |\n", base::markdown_cell(name), percent_text(module.lines),
                        percent_text(module.toggles));
  }
  return text + fmt::format("| **all** | {} | {} |\n", percent_text(all_lines(modules)),
                            percent_text(all_toggles(modules)));
}

std::string bin_table(const RegressionResult& result) {
  std::string text =
      "\n## Functional coverage\n\nBins of the bench that any run hit.\n\n"
      "| Specification | Runs | Bins | Never hit |\n|---|---|---|---|\n";
  for (const FunctionalCoverage& each : result.functional) {
    std::string missed;
    for (std::size_t i = 0; i < each.missed.size() && i < bins_in_summary; ++i) {
      missed += (i == 0 ? "" : "; ") + base::markdown_cell(each.missed[i]);
    }
    if (each.missed.size() > bins_in_summary) {
      missed += fmt::format("; and {} more", each.missed.size() - bins_in_summary);
    }
    text +=
        fmt::format("| {} | {} | {} | {} |\n", base::markdown_cell(each.specification.string()),
                    each.runs, percent_text({each.total - each.missed.size(), each.total}), missed);
  }
  return text;
}

std::string counts_text(const RegressionResult& result) {
  std::string text = fmt::format("{} of {} runs: {} passed, {} failed, {} with an error",
                                 result.runs.size(), result.planned, result.count(Verdict::passed),
                                 result.count(Verdict::failed), result.count(Verdict::error));
  if (!result.is_complete) text += "; interrupted";
  return text;
}

}  // namespace

Json to_json(const RegressionRun& run) {
  Json json = {{"test", run.test},
               {"specification", run.specification.string()},
               {"seed", run.seed ? Json(*run.seed) : Json(nullptr)},
               {"verdict", to_string(run.verdict)},
               {"seconds", run.seconds},
               {"command", command_line(run.command)}};
  if (run.verdict != Verdict::passed) json["message"] = run.message;
  return json;
}

Json to_json(const RegressionResult& result) {
  Json json = {{"name", result.name},
               {"complete", result.is_complete},
               {"planned", result.planned},
               {"passed", result.count(Verdict::passed)},
               {"failed", result.count(Verdict::failed)},
               {"errors", result.count(Verdict::error)},
               {"seconds", result.seconds},
               {"runs", Json::array()},
               {"failures", Json::array()},
               {"coverage", coverage_json(result)}};
  for (const RegressionRun& run : result.runs) json["runs"].push_back(to_json(run));
  for (const RegressionFailure& failure : result.failures) {
    json["failures"].push_back(failure_json(result, failure));
  }
  return json;
}

std::string to_junit(const RegressionResult& result) {
  struct Suite {
    std::string cases;
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    double seconds = 0;
  };
  std::vector<std::pair<std::string, Suite>> suites;  // in the order of the list
  std::map<std::string, std::size_t> places;
  for (const RegressionRun& run : result.runs) {
    const auto [place, is_new] = places.try_emplace(run.test, suites.size());
    if (is_new) suites.emplace_back(run.test, Suite());
    Suite& suite = suites[place->second].second;
    ++suite.tests;
    suite.seconds += run.seconds;
    suite.cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                               xml(run.test), xml(case_name(run)), run.seconds);
    if (run.verdict == Verdict::passed) {
      suite.cases += "/>\n";
      continue;
    }
    const char* element = run.verdict == Verdict::failed ? "failure" : "error";
    ++(run.verdict == Verdict::failed ? suite.failures : suite.errors);
    std::string repeat = command_line(run.command);
    for (const RegressionFailure& failure : result.failures) {
      if (&result.runs[failure.run] != &run) continue;
      if (failure.vectors) repeat += "\n" + smallest_text(failure);
      repeat += "\nin the output directory: " + repeat_command(failure);
    }
    suite.cases += fmt::format(
        ">\n      <{0} message=\"{1}\" type=\"{2}\">{3}\n\nrepeat: {4}\n</{0}>\n    </testcase>\n",
        element, xml(run.message), to_string(run.verdict), xml(run.log), xml(repeat));
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  double seconds = 0;
  for (const auto& [name, suite] : suites) seconds += suite.seconds;
  text += fmt::format(
      "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\">\n",
      xml(result.name), result.runs.size(), result.count(Verdict::failed),
      result.count(Verdict::error), seconds);
  for (const auto& [name, suite] : suites) {
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" "
        "time=\"{:.3f}\">\n{}  </testsuite>\n",
        xml(name), suite.tests, suite.failures, suite.errors, suite.seconds, suite.cases);
  }
  return text + "</testsuites>\n";
}

std::string to_markdown(const RegressionResult& result) {
  std::string text = fmt::format("# {}\n\n{}, {:.1f} s.\n", base::markdown_cell(result.name),
                                 counts_text(result), result.seconds);
  if (!result.failures.empty()) {
    text +=
        "\n## Not passed\n\nThe smallest seed of each test and specification, and the command to "
        "be run in this directory.\n\n| Test | Specification | Seed | What | Smallest | Repeat |\n"
        "|---|---|---|---|---|---|\n";
    for (const RegressionFailure& failure : result.failures) {
      const RegressionRun& run = result.runs[failure.run];
      text += fmt::format("| {} | {} | {} | {}: {} | {} | `{}` |\n", base::markdown_cell(run.test),
                          base::markdown_cell(file_name(run)),
                          run.seed ? fmt::format("{}", *run.seed) : "-", to_string(run.verdict),
                          base::markdown_cell(run.message),
                          base::markdown_cell(smallest_text(failure)), repeat_command(failure));
    }
    text += "\n";
    std::size_t listed = 0;
    const std::size_t count = result.runs.size() - result.count(Verdict::passed);
    for (const RegressionRun& run : result.runs) {
      if (run.verdict == Verdict::passed) continue;
      if (++listed > failed_runs_in_summary) break;
      text += fmt::format("    {}\n", command_line(run.command));
    }
    if (count > failed_runs_in_summary) {
      text += fmt::format("\nand {} more, in {}.\n", count - failed_runs_in_summary,
                          regression_manifest);
    }
  }
  if (result.coverage_runs > 0) text += code_table(result);
  if (!result.functional.empty()) text += bin_table(result);
  return text;
}

std::string to_text(const RegressionResult& result) {
  std::string text =
      fmt::format("{}: {}, {:.1f} s", result.name, counts_text(result), result.seconds);
  for (const RegressionFailure& failure : result.failures) {
    const RegressionRun& run = result.runs[failure.run];
    text += fmt::format("\n{}: {} {}: {}", to_string(run.verdict), run.test, case_name(run),
                        run.message);
    const std::string smallest = smallest_text(failure);
    if (!smallest.empty()) text += "\n  " + smallest;
    text += "\n  " + command_line(run.command);
  }
  if (result.coverage_runs > 0) {
    const auto modules = coverage_by_module(result.coverage);
    text += fmt::format("\ncoverage of {} runs: lines {}, toggles {}", result.coverage_runs,
                        percent_text(all_lines(modules)), percent_text(all_toggles(modules)));
  }
  if (!result.functional.empty()) {
    text += fmt::format("\nbins of the bench: {}", percent_text(all_bins(result.functional)));
  }
  return text;
}

std::string log_line(const RegressionRun& run, std::size_t done, std::size_t total) {
  const char* verdict = run.verdict == Verdict::passed   ? "ok"
                        : run.verdict == Verdict::failed ? "FAILED"
                                                         : "ERROR";
  const std::string seed = seed_text(run);
  std::string line = fmt::format("{} {}/{} {} {}{}{} {:.1f} s", verdict, done, total, run.test,
                                 file_name(run), seed.empty() ? "" : " ", seed, run.seconds);
  if (!run.message.empty()) line += ": " + run.message;
  return line;
}

base::FileSet regression_files(const RegressionResult& result) {
  base::FileSet files;
  files["junit.xml"] = to_junit(result);
  files["summary.md"] = to_markdown(result);
  if (result.coverage_runs > 0) files["coverage.dat"] = result.coverage.to_text();
  for (const RegressionFailure& failure : result.failures) {
    for (const auto& [name, text] : failure.files) files[failure.folder + "/" + name] = text;
  }
  Json json = to_json(result);
  json["files"] = Json::array();
  for (const auto& [name, text] : files) json["files"].push_back(name);
  // What a tool printed need not be UTF-8.
  files[regression_manifest] = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return files;
}

}  // namespace cimforge::flows
