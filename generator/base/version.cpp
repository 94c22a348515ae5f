#include "generator/base/version.h"

namespace cimforge::base {

std::string_view version() {
  return CIMFORGE_VERSION;
}

}  // namespace cimforge::base
