// Runs commands of a shell for the tests of this room.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>

namespace cimforge::test {

struct ShellResult {
  int status = -1;     ///< exit status; 127: there is no such program
  std::string output;  ///< standard output and error
};

/// Runs `command` with /bin/sh in `directory`.
inline ShellResult run_shell(const std::string& directory, const std::string& command) {
  ShellResult result;
  const std::string line = "cd '" + directory + "' && { " + command + "; } </dev/null 2>&1";
  std::FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer{};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.output.append(buffer.data(), count);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  return result;
}

}  // namespace cimforge::test
