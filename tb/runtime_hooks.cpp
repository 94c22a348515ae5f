// The functions that Verilator leaves to the user (VL_USER_FATAL and its like): a model that stops
// must not end the program that hosts it.
#include "runtime_hooks.h"

#include "verilated.h"

namespace {

[[noreturn]] void stop(const char* kind, const char* file, int line, const char* message) {
  std::string reason = kind;
  if (message != nullptr && *message != '\0') reason += std::string(": ") + message;
  if (file != nullptr && *file != '\0') {
    reason += std::string(" (") + file + ":" + std::to_string(line) + ")";
  }
  throw cimforge_runtime::Stopped{reason};
}

}  // namespace

void vl_finish(const char* file, int line, const char*) { stop("$finish", file, line, ""); }
void vl_stop(const char* file, int line, const char*) { stop("$stop", file, line, ""); }
void vl_fatal(const char* file, int line, const char*, const char* message) {
  stop("fatal", file, line, message);
}
void vl_warn(const char*, int, const char*, const char*) {}
