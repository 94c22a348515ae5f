// The exit statuses of every command and the errors that lead to them.
#pragma once

#include <stdexcept>
#include <string>

namespace cimforge::base {

/// Exit status of the command line, as documented in every --help.
enum class ExitStatus : int {
  done = 0,           ///< done and right
  check_failed = 1,   ///< a mismatch, or a regression past its tolerance
  input_wrong = 2,    ///< the user's input is wrong
  tool_failed = 3,    ///< a tool is missing or failed
  interrupted = 130,  ///< Ctrl-C or a termination signal
};

/// A failure that ends a command: one message for the user and the exit status that goes with it.
/// `what()` is the whole message, without a trailing newline.
class CommandError : public std::runtime_error {
 public:
  CommandError(ExitStatus status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  [[nodiscard]] ExitStatus status() const { return status_; }

 private:
  ExitStatus status_;
};

/// The user's input is wrong.
class InputError : public CommandError {
 public:
  explicit InputError(const std::string& message)
      : CommandError(ExitStatus::input_wrong, message) {}
};

/// A tool is missing or failed.
class ToolError : public CommandError {
 public:
  explicit ToolError(const std::string& message) : CommandError(ExitStatus::tool_failed, message) {}
};

}  // namespace cimforge::base
