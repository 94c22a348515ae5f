// Estimates a second on one core, over a space as a sweep has it: every combination of a few axes.
// The first round counts every tree of a column, the second finds it counted.
#include "generator/estimate/estimate.h"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <vector>

using namespace cimforge;  // NOLINT

namespace {

std::vector<spec::MacroSpec> space() {
  std::vector<spec::MacroSpec> specs;
  spec::MacroSpec spec;
  spec.name = "macro";
  for (const int rows : {8, 16, 32, 48, 64, 96, 128, 256}) {
    for (const int input : {1, 2, 4, 8}) {
      for (const int weight : {1, 2, 4, 8}) {
        for (int digit = 1; digit <= input; digit *= 2) {
          for (std::size_t tree = 0; tree < estimate::tree_count; ++tree) {
            for (int ranks = 0; ranks < 4; ++ranks) {
              for (const int columns : {8, 16, 32, 64, 128, 256}) {
                for (const int banks : {1, 2, 4, 8}) {
                  spec.rows = rows;
                  spec.columns = columns;
                  spec.banks = banks;
                  spec.input = {true, input};
                  spec.weight = {true, weight};
                  spec.input_bits_per_cycle = digit;
                  spec.adder_tree = static_cast<spec::AdderTree>(tree);
                  spec.pipeline_stages = ranks;
                  specs.push_back(spec);
                }
              }
            }
          }
        }
      }
    }
  }
  return specs;
}

}  // namespace

int main() {
  const std::vector<spec::MacroSpec> specs = space();
  estimate::Estimator estimator(estimate::osu018());
  double sum = 0.0;  // so that no call is left out
  for (const char* round : {"first round", "second round"}) {
    const auto start = std::chrono::steady_clock::now();
    for (const spec::MacroSpec& spec : specs) sum += estimator(spec).area_um2;
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    fmt::print("{:<14}{} specifications in {:.3f} s: {:.0f} a second\n", round, specs.size(),
               time.count(), static_cast<double>(specs.size()) / time.count());
  }
  fmt::print("mean area     {:.0f} um2\n", sum / 2.0 / static_cast<double>(specs.size()));
}
