// Writes a synthetic directory of results: cimforge_synthetic_results sweep|regression DIR [POINTS]
#include <cstdio>
#include <string>

#include "tests/results_page/synthetic.h"

int main(int count, char** arguments) {
  const std::string kind = count > 2 ? arguments[1] : "";
  if (kind == "sweep") {
    cimforge::tests::Synthetic options;
    if (count > 3) options.points = std::stoul(arguments[3]);
    // As many failures as a page holds, however many points there are.
    if (options.points > 1000) options.failing_every = 50;
    cimforge::tests::write_sweep(arguments[2], options);
    return 0;
  }
  if (kind == "regression") {
    cimforge::tests::write_regression(arguments[2]);
    return 0;
  }
  std::fputs("usage: cimforge_synthetic_results sweep|regression DIR [POINTS]\n", stderr);
  return 2;
}
