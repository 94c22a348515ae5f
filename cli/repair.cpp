#include "generator/spec/repair.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/options.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/base/quote.h"
#include "generator/spec/parse.h"
#include "generator/spec/self_test.h"
#include "generator/spec/structure.h"

namespace cimforge::cli {
namespace {

struct FailureList {
  std::vector<spec::Failure> failures;
  spec::FaultySpares spares;
};

/// A number from 0 to `limit` - 1.
std::optional<std::int64_t> number(std::string_view text, std::int64_t limit) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < 0 || value >= limit) return std::nullopt;
  return value;
}

/// `bank row bit` a line, as the stream bist_error tells them; `spare_row N` and `spare_column N`
/// are spares that are faulty. # begins a comment.
FailureList read_failures(const std::string& file, const spec::MacroSpec& spec) {
  FailureList list;
  std::istringstream lines(base::read_file(file));
  int line_number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++line_number;
    std::string text = line.substr(0, line.find('#'));
    for (char& c : text) {
      if (c == ',' || c == '\t' || c == '\r') c = ' ';
    }
    std::istringstream words(text);
    std::vector<std::string> parts;
    for (std::string word; words >> word;) parts.push_back(word);
    if (parts.empty()) continue;
    const auto complain = [&](const std::string& wanted) {
      return base::InputError(fmt::format("{}:{}:1: error: {}, got {}", file, line_number, wanted,
                                          base::in_quotes(line)));
    };
    if (parts.size() == 2 && (parts[0] == "spare_row" || parts[0] == "spare_column")) {
      const bool row = parts[0] == "spare_row";
      const int spares = row ? spec.repair.spare_rows : spec.repair.spare_columns;
      const auto spare = number(parts[1], spares);
      if (!spare) {
        throw complain(fmt::format("the number of a {} below {} is wanted", parts[0], spares));
      }
      (row ? list.spares.rows : list.spares.columns).push_back(static_cast<int>(*spare));
      continue;
    }
    const auto bank = parts.size() == 3 ? number(parts[0], spec.banks) : std::nullopt;
    const auto row = parts.size() == 3 ? number(parts[1], spec::stored_rows(spec)) : std::nullopt;
    const auto bit = parts.size() == 3 ? number(parts[2], spec::row_bits(spec)) : std::nullopt;
    if (!bank || !row || !bit) {
      throw complain(fmt::format(
          "three numbers are wanted, a bank below {}, a row below {} and a bit below {}, or "
          "spare_row or spare_column and a number",
          spec.banks, spec::stored_rows(spec), spec::row_bits(spec)));
    }
    list.failures.push_back({static_cast<int>(*bank), static_cast<int>(*row), *bit});
  }
  return list;
}

nlohmann::ordered_json lines_json(const std::vector<std::optional<int>>& lines) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const std::optional<int>& line : lines) {
    json.push_back(line ? nlohmann::ordered_json(*line) : nlohmann::ordered_json(nullptr));
  }
  return json;
}

/// The registers as one hexadecimal number.
std::string hexadecimal(const std::vector<bool>& data) {
  std::string text;
  for (std::size_t low = 0; low < data.size(); low += 4) {
    int digit = 0;
    for (std::size_t bit = low; bit < std::min(low + 4, data.size()); ++bit) {
      digit |= (data[bit] ? 1 : 0) << (bit - low);
    }
    text.insert(0, fmt::format("{:x}", digit));
  }
  return fmt::format("{}'h{}", data.size(), text);
}

std::string told(const char* what, const std::vector<std::optional<int>>& lines) {
  std::string text;
  for (std::size_t spare = 0; spare < lines.size(); ++spare) {
    if (lines[spare]) text += fmt::format("\n  spare {0} {1}: {0} {2}", what, spare, *lines[spare]);
  }
  return text;
}

}  // namespace

void add_repair(CLI::App& app, Action& action) {
  struct Options {
    std::string spec, failures, json;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "repair", "Choose what spare rows and columns stand in for, from a list of failures");
  add_spec(*command, options->spec);
  command
      ->add_option("failures", options->failures,
                   "One failure a line: bank, row and bit, as the self-test tells them; spare_row "
                   "or spare_column and a number for a spare that is faulty itself")
      ->required()
      ->type_name("FILE");
  add_json(*command, options->json);
  command->callback([options, &action] {
    action = [options] {
      const spec::MacroSpec spec = load_specification(options->spec);
      if (!spec.repair.any()) {
        throw base::InputError(fmt::format(
            "{}: the macro has no spare rows or columns (repair.spare_rows, repair.spare_columns)",
            options->spec));
      }
      require_writable(options->json);
      const FailureList list = read_failures(options->failures, spec);
      const spec::RepairPlan plan = spec::allocate_spares(spec, list.failures, list.spares);
      nlohmann::ordered_json json = {{"repairable", plan.allocation.has_value()},
                                     {"failures", list.failures.size()},
                                     {"rows_needed", plan.rows_needed},
                                     {"columns_needed", plan.columns_needed}};
      std::string text = fmt::format("{}: {} failures: ", spec.name, list.failures.size());
      if (plan.allocation) {
        const std::string data = hexadecimal(spec::repair_data(spec, *plan.allocation));
        json["rows"] = lines_json(plan.allocation->rows);
        json["columns"] = lines_json(plan.allocation->columns);
        json["repair_data"] = data;
        text += fmt::format("repairable, repair_data_i = {}", data) +
                told("row", plan.allocation->rows) + told("column", plan.allocation->columns);
      } else if (plan.given_up) {
        text += "no allocation was found, and the search was given up";
      } else {
        text += fmt::format(
            "not repairable: no {} rows and {} columns have all of them; {} rows and {} columns "
            "can be mended by spares of their own kind alone",
            spec.repair.spare_rows, spec.repair.spare_columns, plan.rows_needed,
            plan.columns_needed);
      }
      give(text, json, options->json);
      return plan.allocation ? base::ExitStatus::done : base::ExitStatus::check_failed;
    };
  });
}

}  // namespace cimforge::cli
