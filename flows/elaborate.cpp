#include "flows/elaborate.h"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "flows/process.h"
#include "flows/tools.h"
#include "generator/base/exit_status.h"
#include "generator/base/file.h"

namespace cimforge::flows {

void run_yosys(const std::string& script, const std::filesystem::path& directory,
               const std::string& top, std::chrono::minutes time_limit) {
  const Tool yosys = find_tool(ToolId::yosys);
  base::write_file_atomically(directory / "script.ys", script);
  const ProcessRequest process{
      .arguments = {yosys.path.string(), "-Q", "-T", "-q", "-l", "yosys.log", "script.ys"},
      .time_limit = time_limit,
      .working_directory = directory,
      .environment = {{"TMPDIR", directory.string()}}};
  const ProcessResult ran = run_process(process);
  if (ran.timed_out || ran.signal != 0) {
    throw base::ToolError(fmt::format("yosys was {}:\n{}", describe_end(process, ran),
                                      last_lines(ran.stderr_text, 10)));
  }
  if (!ran.succeeded()) {
    throw base::InputError(
        fmt::format("Yosys rejects the Verilog of {}:\n{}", top, last_lines(ran.stderr_text, 10)));
  }
}

std::string elaborate_flat(const RtlSource& rtl, const std::vector<std::string>& kept,
                           std::chrono::minutes time_limit) {
  const std::filesystem::path list = rtl.directory / "synth.f";
  std::string script;
  std::istringstream lines(base::read_file(list));
  for (std::string line; std::getline(lines, line);) {
    if (!line.ends_with(".v") || line.starts_with("//")) continue;
    const std::string path = std::filesystem::absolute(list.parent_path() / line).string();
    if (path.find('"') != std::string::npos) {
      throw base::InputError(fmt::format("{}: Yosys cannot read a path with a quote", path));
    }
    script += fmt::format("read_verilog -DSYNTHESIS \"{}\"\n", path);
  }
  script += fmt::format("hierarchy -check -top {}\nproc\nopt_expr\nopt_clean\n", rtl.top);
  for (const std::string& each : kept) {
    // A module with parameters has them in its name.
    script += fmt::format("setattr -mod -set keep_hierarchy 1 A:hdlname={} {} $paramod*{}*\n", each,
                          each, each);
  }
  script += "flatten\nopt_expr\nopt_clean\nwrite_json flat.json\n";

  const base::TemporaryDirectory directory("cimforge-flat");
  run_yosys(script, directory.path(), rtl.top, time_limit);
  return base::read_file(directory.path() / "flat.json");
}

}  // namespace cimforge::flows
