// Numbers of the shell around a digital macro that tests or repairs itself: its core is parts[0].
#pragma once

namespace cimforge::plan {

struct ShellPlan {
  int core_rows = 0;     ///< with the spare ones
  int core_columns = 0;  ///< likewise
};

}  // namespace cimforge::plan
