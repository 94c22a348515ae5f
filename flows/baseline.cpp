#include "flows/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {
namespace {

using nlohmann::json;

/// A change of less than this is rounding, whatever the tolerance.
constexpr double smallest_change_percent = 1e-6;

std::string sign_percent(const std::optional<double>& percent) {
  return percent ? fmt::format("{:+.2f} %", *percent) : std::string("-");
}

std::string area_text(const std::optional<double>& area) {
  return area ? fmt::format("{:.1f}", *area) : std::string("-");
}

void judge(const AreaChange& change, const std::string& what, BaselineComparison& comparison) {
  if (!change.old_um2 || !change.new_um2) {
    comparison.regressions.push_back(
        fmt::format("{} is {}", what, change.old_um2 ? "gone" : "new"));
    return;
  }
  const double limit = std::max(comparison.tolerance_percent, smallest_change_percent);
  const std::optional<double> percent = change.percent();
  const std::string areas =
      fmt::format("from {:.1f} um2 to {:.1f} um2", *change.old_um2, *change.new_um2);
  if (!percent) {
    if (*change.new_um2 > 0.0) {
      comparison.regressions.push_back(fmt::format("{} grew {}", what, areas));
    }
  } else if (*percent > limit) {
    comparison.regressions.push_back(
        fmt::format("{} grew {}, by {:.2f} % (tolerance {:g} %)", what, areas, *percent,
                    comparison.tolerance_percent));
  } else if (*percent < -limit) {
    comparison.improvements.push_back(
        fmt::format("{} shrank {}, by {:.2f} %", what, areas, -*percent));
  }
}

nlohmann::ordered_json change_json(const AreaChange& change) {
  const auto value = [](const std::optional<double>& number) {
    return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
  };
  return {{"name", change.name},
          {"old_um2", value(change.old_um2)},
          {"new_um2", value(change.new_um2)},
          {"percent", value(change.percent())}};
}

}  // namespace

Baseline parse_baseline(std::string_view text, const std::string& file) {
  if (std::all_of(text.begin(), text.end(),
                  [](unsigned char c) { return std::isspace(c) != 0; })) {
    throw base::InputError(fmt::format("{}: the baseline is empty", file));
  }
  Baseline baseline;
  baseline.file = file;
  try {
    const json root = json::parse(text);
    baseline.specification_sha256 = root.at("specification_sha256").get<std::string>();
    baseline.yosys_version = root.at("tools").at("yosys").get<std::string>();
    for (const json& each : root.at("library").at("files")) {
      baseline.library.push_back({each.at("file").get<std::string>(),
                                  each.at("library").get<std::string>(),
                                  each.at("sha256").get<std::string>()});
    }
    baseline.area_um2 = root.at("area_um2").get<double>();
    for (const json& each : root.at("modules")) {
      baseline.modules.push_back({each.at("name").get<std::string>(),
                                  each.at("instances").get<std::int64_t>(),
                                  each.at("own_area_um2").get<double>()});
    }
  } catch (const json::parse_error& error) {
    const bool is_cut = error.byte >= text.size();
    throw base::InputError(fmt::format("{}: the baseline is {} (byte {})", file,
                                       is_cut ? "truncated" : "no JSON", error.byte));
  } catch (const json::exception& error) {
    // `[json.exception.out_of_range.403] key 'tools' not found`
    std::string words = error.what();
    if (const std::size_t end = words.find("] "); end != std::string::npos) {
      words.erase(0, end + 2);
    }
    throw base::InputError(fmt::format(
        "{}: not a baseline of `cimforge ppa --write-baseline`: {}", file, words));
  }
  return baseline;
}

Baseline load_baseline(const std::filesystem::path& path) {
  return parse_baseline(base::read_file(path), path.string());
}

std::optional<double> AreaChange::percent() const {
  if (!old_um2 || !new_um2 || *old_um2 <= 0.0) return std::nullopt;
  return 100.0 * (*new_um2 - *old_um2) / *old_um2;
}

BaselineComparison compare_with_baseline(const Baseline& baseline, const PpaResult& result,
                                         double tolerance_percent) {
  const auto refuse = [&](const std::string& difference) {
    throw base::InputError(fmt::format(
        "{}: cannot be compared: {}; make a new baseline with --write-baseline", baseline.file,
        difference));
  };
  if (baseline.specification_sha256 != result.specification_sha256) {
    refuse(fmt::format("it is of another specification than {}", result.name));
  }
  if (baseline.yosys_version != result.area.yosys_version) {
    refuse(fmt::format("it was made by Yosys {}, and this is Yosys {}", baseline.yosys_version,
                       result.area.yosys_version));
  }
  if (baseline.library.size() != result.area.library.size()) {
    refuse(fmt::format("it was made with {} Liberty files, and there are {}",
                       baseline.library.size(), result.area.library.size()));
  }
  for (std::size_t i = 0; i < baseline.library.size(); ++i) {
    const LibraryFile& before = baseline.library[i];
    const LibraryFile& now = result.area.library[i];
    if (before.sha256 != now.sha256) {
      refuse(fmt::format("it was made with another library: {} (sha256 {}...), and this is {} "
                         "({}...)",
                         before.file, before.sha256.substr(0, 12), now.file,
                         now.sha256.substr(0, 12)));
    }
  }

  BaselineComparison comparison;
  comparison.file = baseline.file;
  comparison.tolerance_percent = tolerance_percent;
  comparison.total = {"total", baseline.area_um2, result.area.area_um2};
  judge(comparison.total, "the area of " + result.name, comparison);
  for (const ModuleArea& module : result.area.modules) {
    const auto before =
        std::find_if(baseline.modules.begin(), baseline.modules.end(),
                     [&](const BaselineModule& each) { return each.name == module.name; });
    AreaChange change{module.name, std::nullopt, module.own_area_um2};
    if (before != baseline.modules.end()) {
      change.old_um2 = before->own_area_um2;
      if (before->instances != module.instances) {
        const std::string counts = fmt::format("the module {} stands {} times, not {}",
                                               module.name, module.instances, before->instances);
        (module.instances > before->instances ? comparison.regressions : comparison.improvements)
            .push_back(counts);
      }
    }
    judge(change, "the module " + module.name, comparison);
    comparison.modules.push_back(change);
  }
  for (const BaselineModule& module : baseline.modules) {
    const bool is_there =
        std::any_of(result.area.modules.begin(), result.area.modules.end(),
                    [&](const ModuleArea& each) { return each.name == module.name; });
    if (is_there) continue;
    const AreaChange change{module.name, module.own_area_um2, std::nullopt};
    judge(change, "the module " + module.name, comparison);
    comparison.modules.push_back(change);
  }
  return comparison;
}

std::string to_text(const BaselineComparison& comparison) {
  std::string text = fmt::format("baseline    {}: {:.1f} um2 -> {:.1f} um2 ({})\n",
                                 comparison.file, *comparison.total.old_um2,
                                 *comparison.total.new_um2,
                                 sign_percent(comparison.total.percent()));
  for (const std::string& sentence : comparison.regressions) {
    text += fmt::format("            REGRESSION: {}\n", sentence);
  }
  for (const std::string& sentence : comparison.improvements) {
    text += fmt::format("            better: {}\n", sentence);
  }
  if (comparison.passed()) {
    text += fmt::format("            within the tolerance of {:g} %{}\n",
                        comparison.tolerance_percent,
                        comparison.improvements.empty()
                            ? ""
                            : "; --write-baseline keeps what is better");
  }
  return text;
}

nlohmann::ordered_json to_json(const BaselineComparison& comparison) {
  nlohmann::ordered_json modules = nlohmann::ordered_json::array();
  for (const AreaChange& change : comparison.modules) modules.push_back(change_json(change));
  return {{"tolerance_percent", comparison.tolerance_percent},
          {"passed", comparison.passed()},
          {"total", change_json(comparison.total)},
          {"modules", modules},
          {"regressions", comparison.regressions},
          {"improvements", comparison.improvements}};
}

std::string to_markdown(const BaselineComparison& comparison) {
  std::string text =
      "| module | old, um2 | new, um2 | difference |\n|---|---:|---:|---:|\n";
  const auto row = [&text](const std::string& name, const AreaChange& change) {
    text += fmt::format("| {} | {} | {} | {} |\n", name, area_text(change.old_um2),
                        area_text(change.new_um2), sign_percent(change.percent()));
  };
  for (const AreaChange& change : comparison.modules) row("`" + change.name + "`", change);
  row("**total**", comparison.total);
  text += "\n";
  for (const std::string& sentence : comparison.regressions) {
    text += fmt::format("- **Regression**: {}.\n", sentence);
  }
  for (const std::string& sentence : comparison.improvements) {
    text += fmt::format("- Better: {}.\n", sentence);
  }
  if (comparison.passed()) {
    text += fmt::format("- No regression past {:g} %.\n", comparison.tolerance_percent);
  }
  return text;
}

}  // namespace cimforge::flows
