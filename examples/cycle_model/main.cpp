// Matrix times vectors on the cycle model of a macro, compared with plain loops.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <matvec_16x8.hpp>
#include <random>
#include <vector>

namespace {

using Model = cimforge_models::matvec_16x8;

constexpr std::size_t rows = Model::rows;
constexpr std::size_t columns = Model::columns;
constexpr std::size_t vectors = 100;

int run() {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::int32_t> int4(-8, 7);
  Model macro;
  std::size_t wrong = 0;
  for (int bank = 0; bank < Model::banks; ++bank) {
    std::vector<std::int32_t> matrix(rows * columns);  // row-major
    for (std::int32_t& weight : matrix) weight = int4(random);
    std::vector<std::int32_t> inputs(vectors * rows);  // one vector after the other
    for (std::int32_t& input : inputs) input = int4(random);

    const std::uint64_t start = macro.cycles();
    macro.load_weights(matrix, bank);
    const std::uint64_t loaded = macro.cycles();
    const std::vector<std::int64_t> results = macro.run(inputs, bank);
    std::printf("bank %d: %llu cycles to load, %llu cycles for %zu vectors\n", bank,
                static_cast<unsigned long long>(loaded - start),
                static_cast<unsigned long long>(macro.cycles() - loaded), vectors);

    for (std::size_t v = 0; v < vectors; ++v) {
      for (std::size_t c = 0; c < columns; ++c) {
        std::int64_t sum = 0;
        for (std::size_t r = 0; r < rows; ++r) {
          sum += std::int64_t{inputs[v * rows + r]} * matrix[r * columns + c];
        }
        if (results[v * columns + c] != sum) ++wrong;
      }
    }
  }
  if (wrong > 0) {
    std::printf("%zu results are wrong\n", wrong);
    return 1;
  }
  std::printf("all right: %zu results\n", static_cast<std::size_t>(Model::banks) * vectors * columns);
  return 0;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
