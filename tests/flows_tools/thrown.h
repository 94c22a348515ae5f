// What a call threw, so that a test can look at its message and its exit status.
#pragma once

#include <functional>
#include <string>

#include "generator/base/exit_status.h"

struct Thrown {
  cimforge::base::ExitStatus status = cimforge::base::ExitStatus::done;
  std::string message;

  [[nodiscard]] bool says(const std::string& text) const {
    return message.find(text) != std::string::npos;
  }
};

inline Thrown thrown_by(const std::function<void()>& call) {
  try {
    call();
  } catch (const cimforge::base::CommandError& error) {
    return {error.status(), error.what()};
  }
  return {};
}
