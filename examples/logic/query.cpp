// A filter and a count over a table that stands in a logic macro, compared with plain loops:
//   select count(*), sum(humidity) where temperature > T and station = S
// `query readings.csv`. The table has more records than the macro has columns: it is done in parts.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <table_48x256.hpp>
#include <vector>

namespace {

using Model = cimforge_models::table_48x256;
using cimforge::Command;
using cimforge::Operation;

/// Fields of a record: where they stand in the rows, and how wide they are.
struct Field {
  int first;
  int bits;
};
constexpr Field station = {0, 4};
constexpr Field temperature = {4, 8};  // two's complement
constexpr Field humidity = {12, 7};
constexpr Field exists = {19, 1};      // 0 in columns behind the last record
constexpr Field scratch = {20, 8};

struct Record {
  int station = 0, month = 0, temperature = 0, humidity = 0;
};

struct Answer {
  std::int64_t count = 0;
  std::int64_t humidity = 0;
  bool operator==(const Answer&) const = default;
};

std::vector<Record> read_table(const std::string& file) {
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line)) throw std::runtime_error("cannot read " + file);
  std::vector<Record> records;
  while (std::getline(stream, line)) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream words(line);
    Record record;
    words >> record.station >> record.month >> record.temperature >> record.humidity;
    if (!words) throw std::runtime_error("not a record: " + line);
    records.push_back(record);
  }
  return records;
}

/// One part of the table into the macro, a record a column.
void load(Model& macro, const std::vector<Record>& records, std::size_t begin) {
  const auto column = [&](const Field& field, auto value) {
    std::vector<std::uint64_t> numbers(Model::columns, 0);
    for (std::size_t c = 0; c < numbers.size() && begin + c < records.size(); ++c) {
      numbers[c] = static_cast<std::uint64_t>(value(records[begin + c]));
    }
    macro.store(field.first, field.bits, numbers);
  };
  column(station, [](const Record& each) { return each.station; });
  column(temperature, [](const Record& each) { return each.temperature; });
  column(humidity, [](const Record& each) { return each.humidity; });
  column(exists, [](const Record&) { return 1; });
}

Command with_key(Operation operation, const Field& field, std::uint64_t key) {
  Command command;
  command.operation = operation;
  command.first = static_cast<std::uint32_t>(field.first);
  command.bits = field.bits;
  command.is_key = true;
  command.key = key;
  return command;
}

/// Tags the records of the filter: temperature > limit and station = which.
void filter(Model& macro, int limit, int which) {
  // The tag of every record that exists.
  Command tag;
  tag.operation = Operation::load;
  tag.second = static_cast<std::uint32_t>(exists.first);
  macro.run(tag);
  // temperature > limit is not temperature < limit + 1.
  Command warm = with_key(Operation::less, temperature, static_cast<std::uint8_t>(limit + 1));
  warm.is_signed = warm.negate = warm.where = true;
  macro.mask(warm);
  Command here = with_key(Operation::equal, station, static_cast<std::uint64_t>(which));
  here.where = true;
  macro.mask(here);
}

Answer tagged(Model& macro) {
  Command count;
  count.operation = Operation::sum;
  count.where = true;
  count.is_key = true;
  count.key = 1;
  Command wet;
  wet.operation = Operation::sum;
  wet.where = true;
  wet.second = static_cast<std::uint32_t>(humidity.first);
  wet.bits = humidity.bits;
  return {macro.sum(count), macro.sum(wet)};
}

/// Celsius to an index of discomfort, t / 2 + humidity / 4 in whole numbers, as an example of arithmetic
/// on all records at once: shifts are rows, and an addition is one operation.
std::vector<std::uint64_t> discomfort(Model& macro) {
  // t / 2 with its sign: bits 7 to 1 of t, and bit 7 again.
  Command half;
  half.operation = Operation::copy;
  half.second = static_cast<std::uint32_t>(temperature.first + 1);
  half.result = static_cast<std::uint32_t>(scratch.first);
  half.bits = 7;
  macro.run(half);
  half.second = static_cast<std::uint32_t>(temperature.first + 7);
  half.result = static_cast<std::uint32_t>(scratch.first + 7);
  half.bits = 1;
  macro.run(half);
  // Bits 6 to 2 of the humidity, three rows of zeros above them.
  const std::uint32_t quarter = static_cast<std::uint32_t>(scratch.first + 8);
  Command copy;
  copy.operation = Operation::copy;
  copy.second = static_cast<std::uint32_t>(humidity.first + 2);
  copy.result = quarter;
  copy.bits = 5;
  macro.run(copy);
  copy.is_key = true;
  copy.result = quarter + 5;
  copy.bits = 3;
  macro.run(copy);
  Command add;
  add.operation = Operation::add;
  add.first = static_cast<std::uint32_t>(scratch.first);
  add.second = quarter;
  add.result = quarter;
  add.bits = 8;
  macro.run(add);
  return macro.fetch(static_cast<int>(quarter), 8);
}

int run(const std::string& file) {
  const std::vector<Record> records = read_table(file);
  constexpr int limit = 20;
  constexpr int stations = 12;
  std::vector<Answer> found(stations), right(stations);
  for (const Record& each : records) {
    if (each.temperature <= limit) continue;
    Answer& answer = right[static_cast<std::size_t>(each.station)];
    ++answer.count;
    answer.humidity += each.humidity;
  }

  Model macro;
  std::uint64_t loading = 0, asking = 0, adding = 0;
  std::size_t wrong = 0;
  for (std::size_t begin = 0; begin < records.size(); begin += Model::columns) {
    std::uint64_t start = macro.cycles();
    load(macro, records, begin);
    loading += macro.cycles() - start;
    start = macro.cycles();
    for (int which = 0; which < stations; ++which) {
      filter(macro, limit, which);
      const Answer part = tagged(macro);
      found[static_cast<std::size_t>(which)].count += part.count;
      found[static_cast<std::size_t>(which)].humidity += part.humidity;
    }
    asking += macro.cycles() - start;
    start = macro.cycles();
    const std::vector<std::uint64_t> index = discomfort(macro);
    adding += macro.cycles() - start;
    for (std::size_t c = 0; c < index.size() && begin + c < records.size(); ++c) {
      const Record& each = records[begin + c];
      // A shift to the right of a negative number rounds down.
      const int expected = (each.temperature >> 1) + each.humidity / 4;
      if (index[c] != static_cast<std::uint8_t>(expected)) ++wrong;
    }
  }
  for (int which = 0; which < stations; ++which) {
    const Answer& answer = found[static_cast<std::size_t>(which)];
    std::printf("station %2d: %3lld readings above %d degrees, mean humidity %.1f\n", which,
                static_cast<long long>(answer.count), limit,
                answer.count == 0 ? 0.0
                                  : static_cast<double>(answer.humidity) /
                                        static_cast<double>(answer.count));
    if (answer != right[static_cast<std::size_t>(which)]) ++wrong;
  }
  std::printf("%zu records: %llu cycles to load, %llu for %d queries, %llu for an index of each\n",
              records.size(), static_cast<unsigned long long>(loading),
              static_cast<unsigned long long>(asking), stations,
              static_cast<unsigned long long>(adding));
  if (wrong > 0) {
    std::printf("%zu answers are wrong\n", wrong);
    return 1;
  }
  std::printf("all right\n");
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count > 1 ? arguments[1] : "readings.csv");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
