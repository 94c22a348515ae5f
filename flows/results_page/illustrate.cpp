#include "flows/results_page/illustrate.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>

#include "flows/elaborate.h"
#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"
#include "generator/collateral/collateral.h"
#include "generator/collateral/timing_diagram.h"
#include "generator/plan/plan.h"
#include "generator/spec/keys.h"
#include "generator/spec/parse.h"

namespace cimforge::results_page {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::chrono::minutes time_limit{2};

/// The specification that a point's runs had.
std::optional<spec::MacroSpec> specification_of(const SweepResults& results,
                                                const ResultPoint& point) {
  for (const std::size_t run : point.runs) {
    const std::optional<sweep::Record>& record = results.runs[run].record;
    if (!record) continue;
    if (spec::ParseResult parsed = spec::parse(record->specification, "point"); parsed.spec) {
      return std::move(parsed.spec);
    }
  }
  return std::nullopt;
}

/// Two rows and one column of 2-bit weights, with the storage and the adder tree of a macro: a
/// block that a reader can follow. Nothing where these do not go together.
std::optional<spec::MacroSpec> small_slice(const spec::MacroSpec& spec) {
  const std::string text = fmt::format(
      "name = \"slice\"\nkind = \"digital\"\n[array]\nrows = 2\ncolumns = 1\nstorage = \"{}\"\n"
      "[operands]\ninput = \"{}2\"\nweight = \"{}2\"\n[compute]\nadder_tree = \"{}\"\n",
      spec::to_string(spec.storage), spec.input.is_signed ? "int" : "uint",
      spec.weight.is_signed ? "int" : "uint", spec::to_string(spec.adder_tree));
  return spec::parse(text, "slice").spec;
}

/// The name of the file of the one block of rows.
std::string block_of(const base::FileSet& files) {
  for (const auto& [path, text] : files) {
    const fs::path file(path);
    if (file.parent_path() == "rtl" && file.stem().string().starts_with("slice_block")) {
      return file.stem().string();
    }
  }
  return "";
}

/// The netlist with names that a reader knows, as netlistsvg shows the type of each cell.
void make_plain(ordered_json& netlist) {
  ordered_json modules = ordered_json::object();
  for (auto& [name, module] : netlist.at("modules").items()) {
    for (auto& cell : module.at("cells")) {
      cell["type"] = plain_module_name(cell.at("type").get<std::string>());
    }
    modules[plain_module_name(name)] = module;
  }
  netlist["modules"] = std::move(modules);
}

std::string netlistsvg_version(const fs::path& program) {
  std::error_code error;
  // .bin/netlistsvg is a link into its package.
  const fs::path real = fs::canonical(program, error);
  if (error) return "";
  try {
    return nlohmann::json::parse(base::read_file(real.parent_path().parent_path() / "package.json"))
        .at("version")
        .get<std::string>();
  } catch (const std::exception&) {
    return "";
  }
}

void draw_schematic(const spec::MacroSpec& spec, const fs::path& program, Illustrations& result) {
  const fs::path netlistsvg = find_netlistsvg(program);
  if (netlistsvg.empty()) {
    result.schematic_reason =
        "netlistsvg was not found when this page was made: `npm install -g netlistsvg` gives it, "
        "or CIMFORGE_NETLISTSVG names it.";
    return;
  }
  const std::optional<spec::MacroSpec> slice = small_slice(spec);
  const base::FileSet files = slice ? collateral::emit(*slice) : base::FileSet{};
  const std::string block = block_of(files);
  if (block.empty()) {
    result.schematic_reason =
        "A slice of two rows and one column with this storage and adder tree has no block of rows "
        "of its own.";
    return;
  }
  const base::TemporaryDirectory directory("cimforge-schematic-");
  const fs::path& place = directory.path();
  std::string sources;
  for (const auto& [path, text] : files) {
    const fs::path file(path);
    if (file.extension() != ".v" || file.parent_path() != "rtl") continue;
    base::write_file_atomically(place / file.filename(), text);
    sources += " " + file.filename().string();
  }
  const std::string yosys = flows::find_tool(flows::ToolId::yosys).version;
  flows::run_yosys(
      fmt::format("read_verilog -DSYNTHESIS{}\nhierarchy -top {} -chparam LANES 1\nproc\n"
                  "opt_clean\nwrite_json netlist.json\n",
                  sources, block),
      place, block, time_limit);
  ordered_json netlist = ordered_json::parse(base::read_file(place / "netlist.json"));
  make_plain(netlist);
  base::write_file_atomically(place / "plain.json", netlist.dump());
  flows::run_tool({.arguments = {netlistsvg.string(), "plain.json", "-o", "slice.svg"},
                   .time_limit = time_limit,
                   .working_directory = place});
  const std::optional<std::string> drawn = page_svg(base::read_file(place / "slice.svg"));
  if (!drawn) throw base::ToolError("netlistsvg drew no SVG");
  result.schematic = *drawn;
  result.schematic_reason = fmt::format(
      "The block of a macro of two rows and one column, {} inputs and {} weights, with the storage "
      "({}) and the adder tree ({}) of the point.",
      slice->input.name(), slice->weight.name(), spec::to_string(slice->storage),
      spec::to_string(slice->adder_tree));
  const std::string version = netlistsvg_version(netlistsvg);
  result.schematic_made_by =
      fmt::format("yosys {}, netlistsvg{}", yosys, version.empty() ? "" : " " + version);
}

/// Without its style sheet, names, namespaces and handlers. By hand: std::regex recurses once for
/// each character of a long drawing.
std::string without_styles(const std::string& svg) {
  std::string kept;
  for (std::size_t at = 0; at < svg.size();) {
    if (svg.compare(at, 6, "<style") == 0) {
      const std::size_t end = svg.find("</style>", at);
      if (end == std::string::npos) break;
      at = end + 8;
    } else if (svg[at] == '<') {
      // A tag, up to its end, attribute by attribute.
      while (at < svg.size() && svg[at] != '>') {
        if (std::isspace(static_cast<unsigned char>(svg[at])) == 0) {
          kept += svg[at++];
          continue;
        }
        const std::size_t name = svg.find_first_not_of(" \t\r\n", at);
        const std::size_t equals = svg.find_first_of("=>", at);
        if (name == std::string::npos || equals == std::string::npos || svg[equals] == '>' ||
            equals + 1 >= svg.size()) {
          kept += svg[at++];
          continue;
        }
        const char quote = svg[equals + 1];
        const std::size_t end =
            quote == '"' || quote == '\'' ? svg.find(quote, equals + 2) : std::string::npos;
        if (end == std::string::npos) return "";
        const std::string attribute = svg.substr(name, equals - name);
        const bool drops = attribute.starts_with("xmlns:") || attribute.starts_with("s:") ||
                           attribute.starts_with("on") || attribute == "id" || attribute == "style";
        if (!drops) kept += " " + svg.substr(name, end + 1 - name);
        at = end + 1;
      }
    } else {
      kept += svg[at++];
    }
  }
  return kept;
}

}  // namespace

Illustrations illustrate(const SweepResults& results, const fs::path& program) {
  Illustrations result;
  result.point = first_shown(results);
  std::optional<spec::MacroSpec> spec;
  if (result.point) spec = specification_of(results, results.points[*result.point]);
  if (!spec) {
    result.waves_reason = result.schematic_reason = "No point of this sweep has a result to draw.";
    return result;
  }
  if (spec->kind != spec::Kind::digital) {
    result.waves_reason = result.schematic_reason = fmt::format(
        "Waves and schematics are drawn of digital macros, and this one is {}; "
        "`cimforge emit` and `cimforge report` draw what there is of it.",
        spec::to_string(spec->kind));
    return result;
  }
  result.waves = collateral::wavedrom(plan::plan(*spec));
  try {
    draw_schematic(*spec, program, result);
  } catch (const base::CommandError& error) {
    if (error.status() == base::ExitStatus::interrupted) throw;
    // A page without a schematic is better than none.
    result.schematic.clear();
    result.schematic_reason = fmt::format("It could not be drawn: {}", error.what());
  } catch (const nlohmann::json::exception&) {
    result.schematic_reason = "It could not be drawn: the netlist of Yosys could not be read.";
  }
  return result;
}

fs::path find_netlistsvg(const fs::path& program) {
  const char* chosen = std::getenv("CIMFORGE_NETLISTSVG");  // NOLINT(concurrency-mt-unsafe)
  if (chosen != nullptr && *chosen != '\0') return flows::find_program(fs::absolute(chosen));
  if (const fs::path found = flows::find_program("netlistsvg"); !found.empty()) {
    return fs::absolute(found);
  }
  return flows::find_program(
      fs::absolute(program.parent_path() / "flows/results_page/npm/node_modules/.bin/netlistsvg"));
}

std::optional<std::string> page_svg(const std::string& drawn) {
  const std::size_t begin = drawn.find("<svg");
  const std::size_t end = drawn.rfind("</svg>");
  if (begin == std::string::npos || end == std::string::npos || end < begin) return std::nullopt;
  std::string svg = drawn.substr(begin, end + 6 - begin);
  // A script in a picture would run in the page.
  if (svg.find("<script") != std::string::npos || svg.find("javascript:") != std::string::npos) {
    return std::nullopt;
  }
  svg = without_styles(svg);
  // The picture takes the room that it has: its size becomes its coordinates. A cell's own name
  // may stand a little to the left of the drawing, and a long one above it to the right.
  const auto taken = [&](const char* name) -> std::optional<double> {
    const std::string before = fmt::format(" {}=\"", name);
    const std::size_t at = svg.find(before);
    if (at == std::string::npos || at > svg.find('>')) return std::nullopt;
    const char* number = svg.c_str() + at + before.size();
    char* behind = nullptr;
    const double value = std::strtod(number, &behind);
    if (behind == number || *behind != '"' || !std::isfinite(value)) return std::nullopt;
    svg.erase(at, static_cast<std::size_t>(behind + 1 - (svg.c_str() + at)));
    return value;
  };
  const std::optional<double> width = taken("width");
  const std::optional<double> height = taken("height");
  if (!width || !height) return std::nullopt;
  return fmt::format("<svg viewBox=\"-30 -10 {:g} {:g}\"", *width + 60.0, *height + 20.0) +
         svg.substr(4);
}

std::string plain_module_name(const std::string& name) {
  if (!name.starts_with("$paramod")) return name;
  const std::size_t begin = name.find('\\');
  if (begin == std::string::npos) return name;
  return name.substr(begin + 1, name.find('\\', begin + 1) - begin - 1);
}

}  // namespace cimforge::results_page
