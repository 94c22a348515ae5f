// Clock cycles a second of processor time that a cycle model makes, one vector after the other.
// Compiled by before_after.sh with NAME, the macro's name, and VECTORS.
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

#define JOINED_AGAIN(a, b) a##b
#define JOINED(a, b) JOINED_AGAIN(a, b)

#include HEADER

int main() {
  using Model = cimforge_models::NAME;
  using Figures = cimforge_models::JOINED(NAME, _figures);
  std::mt19937 random(1);
  const auto draw = [&](std::size_t count, std::int32_t least, std::int32_t greatest) {
    std::uniform_int_distribution<std::int32_t> value(least, greatest);
    std::vector<std::int32_t> values(count);
    for (std::int32_t& each : values) each = value(random);
    return values;
  };
  Model macro;
  macro.load_weights(draw(Model::rows * Model::columns, Figures::weight_min, Figures::weight_max));
  const auto inputs = draw(VECTORS * Model::rows, Figures::input_min, Figures::input_max);
  const std::uint64_t before = macro.cycles();
  const std::clock_t start = std::clock();
  const std::vector<std::int64_t> results = macro.run(inputs);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::int64_t sum = 0;
  for (const std::int64_t each : results) sum = sum * 31 + each;
  std::printf("%.0f %llx\n", static_cast<double>(macro.cycles() - before) / seconds,
              static_cast<unsigned long long>(sum));
}
