// The parts of the page of `cimforge report`, for report.cpp alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "flows/report.h"
#include "generator/picture/page.h"
#include "generator/spec/spec.h"

namespace cimforge::flows {

/// A JSON file whose parts are asked for by `/`-separated names. A part that is missing or of
/// another type is an InputError that names it.
class JsonFile {
 public:
  /// `writer` is the command that makes such files, for messages.
  JsonFile(std::filesystem::path path, std::string writer);

  [[nodiscard]] const nlohmann::json& root() const { return root_; }
  [[nodiscard]] const nlohmann::json& array(const nlohmann::json& in, const char* name) const;
  [[nodiscard]] double number(const nlohmann::json& in, const char* name) const;
  [[nodiscard]] std::string text(const nlohmann::json& in, const char* name) const;
  [[nodiscard]] const nlohmann::json* find(const nlohmann::json& in, std::string_view name) const;
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  std::filesystem::path path_;
  std::string writer_;
  nlohmann::json root_;
};

/// What the directory holds.
struct ReportSource {
  spec::MacroSpec spec;
  nlohmann::json plan;  ///< of its manifest
};

/// A figure of the plan, by its key in the manifest.
struct PlanFigure {
  const char* key;
  const char* name;
  const char* unit;
};
/// The figures that the plan has, in this order.
picture::Table plan_table(const ReportSource& source, const std::vector<PlanFigure>& figures);
/// The figure as text; empty where the plan does not have it.
std::string plan_value(const ReportSource& source, const char* key);

/// `1 s`, `30 days`, `1 year`; 0 is `programming`.
std::string duration_text(double seconds);
/// `1 cell`, `12,000 cells`
std::string count_text(std::size_t count, const std::string& noun);
std::string count_text(int count, const std::string& noun);

void add_analog_sections(picture::Page& page, const ReportSource& source,
                         const ReportRequest& request);
void add_digital_sections(picture::Page& page, const ReportSource& source);
void add_logic_sections(picture::Page& page, const ReportSource& source);
void add_near_memory_sections(picture::Page& page, const ReportSource& source);
/// Accuracy of networks over time, as `cimforge study` found it.
void add_accuracy_section(picture::Page& page, const std::filesystem::path& file);
/// Area, timing and power, as `cimforge ppa` found them.
void add_ppa_sections(picture::Page& page, const ReportSource& source,
                      const std::filesystem::path& file);

}  // namespace cimforge::flows
