#include "flows/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "flows/report_sections.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/version.h"
#include "generator/collateral/collateral.h"
#include "generator/spec/parse.h"
#include "generator/spec/parts.h"

namespace cimforge::flows {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Times on one page: each is a picture of the cells.
constexpr std::size_t most_times = 12;

/// Specification and manifest, which must be of each other.
ReportSource read_source(const fs::path& directory) {
  std::error_code error;
  const fs::path manifest_path = directory / collateral::manifest_name;
  if (!fs::is_directory(directory, error) || !fs::exists(manifest_path, error)) {
    throw base::InputError(
        fmt::format("{}: not an output of `cimforge emit`: it has no {}", directory.string(),
                    fs::is_directory(directory, error) ? collateral::manifest_name : "files"));
  }
  const JsonFile manifest(manifest_path, "cimforge emit");
  ReportSource source;
  source.spec = spec::load((directory / "spec.toml").string());
  if (manifest.text(manifest.root(), "specification_sha256") !=
      collateral::specification_hash(source.spec)) {
    manifest.refuse("it is of another specification than spec.toml beside it; emit again");
  }
  const Json* plan = manifest.find(manifest.root(), "plan");
  if (plan == nullptr || !plan->is_object()) manifest.refuse("it has no 'plan'; emit again");
  source.plan = *plan;
  return source;
}

void check(const ReportRequest& request, bool is_analog, const char* kind) {
  if (!is_analog) {
    for (const auto& [file, option] :
         {std::pair{&request.weights, "--weights"}, std::pair{&request.accuracy, "--accuracy"}}) {
      if (file->empty()) continue;
      throw base::InputError(fmt::format("{}: {} is of analog macros, and this one is {}",
                                         file->string(), option, kind));
    }
  }
  for (const double seconds : request.seconds) {
    if (std::isfinite(seconds) && seconds >= 0.0) continue;
    throw base::InputError(fmt::format("--seconds: a time is 0 s or more, got {}", seconds));
  }
  if (request.seconds.size() > most_times) {
    throw base::InputError(fmt::format("--seconds: at most {} times on a page, got {}", most_times,
                                       request.seconds.size()));
  }
  if (!(request.celsius > -273.15) || !std::isfinite(request.celsius)) {
    throw base::InputError(
        fmt::format("--celsius: a temperature is above -273.15, got {}", request.celsius));
  }
}

std::string grouped(double value) {
  if (value != std::floor(value) || std::abs(value) >= 1e15) return fmt::format("{:.6g}", value);
  const std::string digits = fmt::format("{:.0f}", std::abs(value));
  std::string text = value < 0.0 ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace

// Files of JSON

JsonFile::JsonFile(fs::path path, std::string writer)
    : path_(std::move(path)), writer_(std::move(writer)) {
  const std::string text = base::read_file(path_, std::size_t{1} << 26U);
  try {
    root_ = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw base::InputError(
        fmt::format("{}: not JSON, at byte {} of {}", path_.string(), error.byte, text.size()));
  }
}

void JsonFile::refuse(const std::string& what) const {
  throw base::InputError(
      fmt::format("{}: not what `{}` writes: {}", path_.string(), writer_, what));
}

const Json* JsonFile::find(const Json& in, std::string_view name) const {
  const Json* at = &in;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    if (!at->is_object()) return nullptr;
    const auto found = at->find(std::string(name.substr(0, end)));
    if (found == at->end()) return nullptr;
    at = &*found;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return at;
}

const Json& JsonFile::array(const Json& in, const char* name) const {
  const Json* found = find(in, name);
  if (found == nullptr || !found->is_array()) refuse(fmt::format("there is no list '{}'", name));
  return *found;
}

double JsonFile::number(const Json& in, const char* name) const {
  const Json* found = find(in, name);
  if (found == nullptr || !found->is_number()) refuse(fmt::format("there is no number '{}'", name));
  return found->get<double>();
}

std::string JsonFile::text(const Json& in, const char* name) const {
  const Json* found = find(in, name);
  if (found == nullptr || !found->is_string()) refuse(fmt::format("there is no text '{}'", name));
  return found->get<std::string>();
}

// Texts

std::string plan_value(const ReportSource& source, const char* key) {
  const auto found = source.plan.find(key);
  if (found == source.plan.end() || !found->is_number()) return "";
  return grouped(found->get<double>());
}

picture::Table plan_table(const ReportSource& source, const std::vector<PlanFigure>& figures) {
  picture::Table table;
  table.header = {"Figure", "Value", "Unit"};
  for (const PlanFigure& each : figures) {
    const std::string value = plan_value(source, each.key);
    if (!value.empty()) table.rows.push_back({each.name, value, each.unit});
  }
  return table;
}

std::string duration_text(double seconds) {
  struct Unit {
    double seconds;
    const char* name;
  };
  static constexpr std::array<Unit, 4> units = {
      {{31536000.0, "year"}, {86400.0, "day"}, {3600.0, "hour"}, {60.0, "minute"}}};
  if (seconds == 0.0) return "programming";
  for (const Unit& unit : units) {
    const double count = seconds / unit.seconds;
    if (count < 1.0) continue;
    const std::string text = fmt::format("{:.3g}", count);
    return fmt::format("{} {}{}", text, unit.name, text == "1" ? "" : "s");
  }
  return fmt::format("{:.3g} s", seconds);
}

std::string count_text(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", grouped(static_cast<double>(count)), noun, count == 1 ? "" : "s");
}

std::string count_text(int count, const std::string& noun) {
  return count_text(static_cast<std::size_t>(count), noun);
}

picture::Page report_page(const ReportRequest& request) {
  const ReportSource source = read_source(request.directory);
  check(request, spec::has_array(source.spec), spec::to_string(source.spec.kind));

  picture::Page page;
  page.title = fmt::format("{}: {} compute-in-memory macro", source.spec.name,
                           spec::to_string(source.spec.kind));
  switch (source.spec.kind) {
    case spec::Kind::digital:
      add_digital_sections(page, source);
      break;
    case spec::Kind::near_memory:
      add_near_memory_sections(page, source);
      page.title = fmt::format("{}: near-memory macro", source.spec.name);
      break;
    case spec::Kind::logic:
      add_logic_sections(page, source);
      page.title = fmt::format("{}: logic in memory", source.spec.name);
      break;
    case spec::Kind::analog:
      add_analog_sections(page, source, request);
      break;
    case spec::Kind::floating:
      add_digital_sections(page, {spec::digital_part(source.spec), source.plan.at("integer")});
      page.intro =
          fmt::format("What is drawn is the integer array of a block of {} rows. {}",
                      source.spec.floating.block_rows, page.intro);
      break;
    case spec::Kind::hybrid:
      add_analog_sections(page, {source.spec, source.plan.at("analog")}, request);
      page.intro = fmt::format(
          "The {} high-order bits of each weight are digital, the {} low-order ones analog: what "
          "is "
          "drawn is the analog part, then the digital one. {}",
          source.spec.hybrid.digital_bits, spec::low_bits(source.spec), page.intro);
      {
        picture::Page digital;
        add_digital_sections(digital, {spec::digital_part(source.spec), source.plan.at("digital")});
        std::ranges::move(digital.sections, std::back_inserter(page.sections));
      }
      break;
  }
  if (!request.ppa.empty()) add_ppa_sections(page, source, request.ppa);
  page.footer = fmt::format("cimforge {}, specification sha256:{}", base::version(),
                            collateral::specification_hash(source.spec));
  return page;
}

}  // namespace cimforge::flows
