#include "tests/cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "tests/catch.h"

namespace cimforge::tests {

namespace fs = std::filesystem;

std::string Workspace::write(const std::string& name, std::string_view text) const {
  fs::create_directories(path(name).parent_path());
  base::write_file_atomically(path(name), text);
  return (*this)(name);
}

std::string Workspace::make_directory(const std::string& name) const {
  fs::create_directories(path(name));
  return (*this)(name);
}

flows::ProcessResult cimforge(const std::vector<std::string>& arguments,
                              const Environment& environment, const fs::path& directory) {
  flows::ProcessRequest request{{CIMFORGE_PROGRAM}, kTimeLimit, directory};
  request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
  request.environment = environment;
  flows::ProcessResult result = flows::run_process(request);
  REQUIRE_FALSE(result.timed_out);
  return result;
}

flows::ProcessResult run(const std::vector<std::string>& arguments, const fs::path& directory) {
  flows::ProcessResult result = flows::run_process({arguments, kTimeLimit, directory});
  INFO(arguments.front() << "\n" << result.stdout_text << result.stderr_text);
  REQUIRE(result.succeeded());
  return result;
}

flows::ProcessResult succeed(const std::vector<std::string>& arguments,
                             const Environment& environment, const fs::path& directory) {
  flows::ProcessResult result = cimforge(arguments, environment, directory);
  INFO(fmt::format("cimforge {}\n{}{}", fmt::join(arguments, " "), result.stdout_text,
                   result.stderr_text));
  REQUIRE(result.succeeded());
  CHECK(result.stderr_text.empty());
  return result;
}

std::string refuse(int status, const std::vector<std::string>& arguments,
                   const std::vector<std::string>& parts, const Environment& environment) {
  const flows::ProcessResult result = cimforge(arguments, environment);
  const std::string& message = result.stderr_text;
  INFO(fmt::format("cimforge {}\n{}{}", fmt::join(arguments, " "), result.stdout_text, message));
  CHECK(result.signal == 0);
  CHECK(result.exit_code == status);
  CHECK(result.stdout_text.empty());
  REQUIRE_FALSE(message.empty());
  CHECK(message.back() == '\n');

  static const std::regex diagnostic(R"([^\n]+:[0-9]+:[0-9]+: error: [^\n]+)");
  std::istringstream lines(message);
  std::string line;
  std::getline(lines, line);
  if (line.starts_with("cimforge: ")) {
    while (std::getline(lines, line)) CHECK_FALSE(line.starts_with("cimforge: "));
  } else {
    do CHECK(std::regex_match(line, diagnostic));
    while (std::getline(lines, line));
  }
  for (const char* crash : {"terminate", "what():", "Assertion", "internal error", "Sanitizer",
                            "runtime error", "Traceback", "std::"}) {
    CHECK_THAT(message, !Catch::Matchers::Contains(crash));
  }
  for (const std::string& part : parts) CHECK_THAT(message, Catch::Matchers::Contains(part));
  return message;
}

base::FileSet files_in(const fs::path& directory) {
  base::FileSet files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(directory).generic_string()] =
        base::read_file(entry.path());
  }
  return files;
}

nlohmann::json read_json(const fs::path& path) {
  return nlohmann::json::parse(base::read_file(path));
}

std::string small_spec(const std::string& name) {
  return fmt::format(R"(name = "{}"
kind = "digital"
[array]
rows = 4
columns = 3
banks = 2
[operands]
input = "int3"
weight = "int2"
)",
                     name);
}

void edit(const fs::path& file, const std::string& from, const std::string& to) {
  std::string text = base::read_file(file);
  const std::size_t place = text.find(from);
  INFO(file << ": " << from);
  REQUIRE(place != std::string::npos);
  REQUIRE(text.find(from, place + 1) == std::string::npos);
  base::write_file_atomically(file, text.replace(place, from.size(), to));
}

}  // namespace cimforge::tests
