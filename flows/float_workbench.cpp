#include "flows/float_workbench.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "flows/elaborate.h"
#include "flows/module_logic.h"
#include "generator/base/exit_status.h"

namespace cimforge::flows {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string quoted(const std::filesystem::path& path) {
  return "\"" + std::filesystem::absolute(path).string() + "\"";
}

void undecided(const std::string& module, const Parameters& parameters,
               std::chrono::milliseconds limit) {
  const double seconds = static_cast<double>(limit.count()) / 1000;
  throw Undecided{
      {{module, text_of(parameters), fmt::format("not decided within {} s", seconds), {}, "", ""}}};
}

std::vector<std::pair<std::string, std::string>> values_in(const std::string& said,
                                                           const char* begin) {
  const std::size_t at = said.find(begin);
  if (at == std::string::npos) return {};
  const std::string text = said.substr(at);
  const std::regex bit("([A-Za-z_]\\w*)(?:\\[(\\d+)\\])?(?:@\\d+)?=([01])");
  std::map<std::string, std::string> signals;  // the lowest bit first
  for (auto found = std::sregex_iterator(text.begin(), text.end(), bit);
       found != std::sregex_iterator(); ++found) {
    std::string& value = signals[(*found)[1].str()];
    const std::size_t place = (*found)[2].matched ? std::stoul((*found)[2].str()) : 0;
    if (value.size() <= place) value.resize(place + 1, '0');
    value[place] = (*found)[3].str().front();
  }
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [name, value] : signals) {
    values.emplace_back(name, "0b" + std::string(value.rbegin(), value.rend()));
  }
  return values;
}

FloatWorkbench::FloatWorkbench(const RtlSource& rtl) : top_(rtl.top) {
  const std::filesystem::path list = rtl.directory / "synth.f";
  std::istringstream lines(base::read_file(list));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(".v") && !line.starts_with("//")) {
      const std::filesystem::path file = list.parent_path() / line;
      files_[file.stem().string()] = file;
    }
  }
}

const std::filesystem::path& FloatWorkbench::file_of(const std::string& module) const {
  const auto found = files_.find(module);
  if (found == files_.end()) {
    throw base::InputError(fmt::format("synth.f does not name {}.v", module));
  }
  return found->second;
}

void FloatWorkbench::write(const char* file, const std::string& text) const {
  base::write_file_atomically(work_.path() / file, text);
}

std::string FloatWorkbench::ports_of_blif(const char* file) const {
  const std::string text = base::read_file(work_.path() / file);
  const std::size_t begin = text.find(".inputs");
  return begin == std::string::npos ? text : text.substr(begin, text.find("\n.names") - begin);
}

proof::Design FloatWorkbench::read_netlist(const char* file, const std::string& top) const {
  return proof::read_design(base::read_file(work_.path() / file), top);
}

void FloatWorkbench::yosys(const std::string& script) const {
  run_yosys(script, work_.path(), top_, std::chrono::minutes(30));
}

ProcessResult FloatWorkbench::abc(const std::string& script, const std::string& module,
                                  const Parameters& parameters,
                                  std::chrono::milliseconds limit) const {
  try {
    return run_abc(work_.path(), script, limit);
  } catch (const base::ToolError&) {
    undecided(module, parameters, limit);
  }
}

// ABC's `&cec` decides in a moment what `cec` may give up, or stop at an assertion of its own; it
// matches ports by their order, which is that of one text. Only `cec` names the output that
// differs.
void FloatWorkbench::check_equivalent(const std::string& module, const Parameters& parameters,
                                      std::chrono::milliseconds limit) const {
  const std::int64_t seconds = std::max<std::int64_t>(1, limit.count() / 1000);
  if (ports_of_blif("given.blif") == ports_of_blif("reference.blif")) {
    const std::string quick =
        abc(fmt::format("read_blif given.blif\nstrash\nwrite_aiger given.aig\n"
                        "read_blif reference.blif\nstrash\nwrite_aiger reference.aig\n"
                        "&r given.aig\n&cec -T {} -C 1000000 reference.aig",
                        seconds),
            module, parameters, limit)
            .stdout_text;
    if (quick.find("Networks are equivalent") != std::string::npos) return;
  }
  const std::string said =
      abc(fmt::format("cec -T {} -C 1000000 given.blif reference.blif", seconds), module,
          parameters, limit)
          .stdout_text;
  if (said.find("Networks are equivalent") != std::string::npos) return;
  if (said.find("NOT EQUIVALENT") == std::string::npos) undecided(module, parameters, limit);
  const std::regex line("Output (\\S+): Value in Network1 = (\\d)\\. Value in Network2 = (\\d)");
  std::smatch found;
  proof::Refutation refutation{module, "", "is not what its reference computes", {}, "", ""};
  if (std::regex_search(said, found, line)) {
    refutation.bit = found[1];
    refutation.got = found[2];
    refutation.expected = found[3];
  }
  refutation.values = values_in(said, "Input pattern:");
  for (const auto& [name, value] : parameters) {
    refutation.values.emplace_back(name, std::to_string(value));
  }
  throw Unproved{refutation};
}

}  // namespace cimforge::flows
