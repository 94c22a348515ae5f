#include "generator/spec/repair.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "generator/spec/self_test.h"

namespace cimforge::spec {
namespace {

using Place = std::pair<int, int>;  // row, column

/// Steps of the search after which it is given up.
constexpr int most_steps = 1 << 20;

/// Faulty places, and the spares that are left for them.
class Search {
 public:
  Search(std::set<Place> places, int rows, int columns)
      : places_(std::move(places)), rows_left_(rows), columns_left_(columns) {}

  /// Takes lines that only a spare of their own kind can mend.
  void take_needed(RepairPlan& plan) {
    bool changed = true;
    while (changed && rows_left_ >= 0 && columns_left_ >= 0) {
      changed = false;
      std::map<int, int> in_row;
      std::map<int, int> in_column;
      for (const auto& [row, column] : places_) {
        ++in_row[row];
        ++in_column[column];
      }
      for (const auto& [row, count] : in_row) {
        if (count <= columns_left_) continue;
        replace_row(row);
        ++plan.rows_needed;
        changed = true;
        break;
      }
      if (changed) continue;
      for (const auto& [column, count] : in_column) {
        if (count <= rows_left_) continue;
        replace_column(column);
        ++plan.columns_needed;
        changed = true;
        break;
      }
    }
  }

  bool run() {
    if (rows_left_ < 0 || columns_left_ < 0) return false;
    if (places_.empty()) return true;
    if (++steps_ > most_steps) return false;
    if (matching() > rows_left_ + columns_left_) return false;
    // The line with the most faults: either it is replaced, or all that cross it are.
    const auto [row, column] = worst();
    const std::set<Place> places = places_;
    const std::vector<int> rows = rows_;
    const std::vector<int> columns = columns_;
    const int rows_left = rows_left_;
    const int columns_left = columns_left_;
    const auto back = [&] {
      places_ = places;
      rows_ = rows;
      columns_ = columns;
      rows_left_ = rows_left;
      columns_left_ = columns_left;
    };
    const bool by_row = row >= 0;
    if (by_row) {
      replace_row(row);
    } else {
      replace_column(column);
    }
    if (run()) return true;
    back();
    std::vector<int> crossing;
    for (const auto& [r, c] : places) {
      if (by_row ? r == row : c == column) crossing.push_back(by_row ? c : r);
    }
    for (const int line : crossing) {
      if (by_row) {
        replace_column(line);
      } else {
        replace_row(line);
      }
    }
    if (run()) return true;
    back();
    return false;
  }

  [[nodiscard]] const std::vector<int>& rows() const { return rows_; }
  [[nodiscard]] const std::vector<int>& columns() const { return columns_; }
  [[nodiscard]] bool given_up() const { return steps_ > most_steps; }

 private:
  void replace_row(int row) {
    rows_.push_back(row);
    --rows_left_;
    std::erase_if(places_, [&](const Place& each) { return each.first == row; });
  }
  void replace_column(int column) {
    columns_.push_back(column);
    --columns_left_;
    std::erase_if(places_, [&](const Place& each) { return each.second == column; });
  }

  /// The row (column -1) or column (row -1) with the most faults of those that spares are left for.
  [[nodiscard]] Place worst() const {
    std::map<int, int> in_row;
    std::map<int, int> in_column;
    for (const auto& [row, column] : places_) {
      ++in_row[row];
      ++in_column[column];
    }
    const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto row = std::ranges::max_element(in_row, less);
    const auto column = std::ranges::max_element(in_column, less);
    if (columns_left_ == 0 || (rows_left_ > 0 && row->second >= column->second)) {
      return {row->first, -1};
    }
    return {-1, column->first};
  }

  /// A maximum matching of rows and columns along faulty places: no allocation has fewer lines
  /// (König's theorem).
  [[nodiscard]] int matching() const {
    std::map<int, std::vector<int>> columns_of;
    for (const auto& [row, column] : places_) columns_of[row].push_back(column);
    std::map<int, int> row_of;  // matched
    int size = 0;
    for (const auto& [row, columns] : columns_of) {
      std::set<int> seen;
      if (augment(row, columns_of, row_of, seen)) ++size;
    }
    return size;
  }

  static bool augment(int row, const std::map<int, std::vector<int>>& columns_of,
                      std::map<int, int>& row_of, std::set<int>& seen) {
    for (const int column : columns_of.at(row)) {
      if (!seen.insert(column).second) continue;
      const auto matched = row_of.find(column);
      if (matched == row_of.end() || augment(matched->second, columns_of, row_of, seen)) {
        row_of[column] = row;
        return true;
      }
    }
    return false;
  }

  std::set<Place> places_;
  int rows_left_;
  int columns_left_;
  std::vector<int> rows_;
  std::vector<int> columns_;
  int steps_ = 0;
};

/// The lines in ascending order on the spares that are not faulty.
std::vector<std::optional<int>> on_spares(std::vector<int> lines, int spares,
                                          const std::vector<int>& faulty) {
  std::ranges::sort(lines);
  std::vector<std::optional<int>> result(static_cast<std::size_t>(spares));
  std::size_t next = 0;
  for (int spare = 0; spare < spares && next < lines.size(); ++spare) {
    if (std::ranges::find(faulty, spare) != faulty.end()) continue;
    result[static_cast<std::size_t>(spare)] = lines[next++];
  }
  return result;
}

int left_of(int spares, const std::vector<int>& faulty) {
  const std::set<int> distinct(faulty.begin(), faulty.end());
  return spares - static_cast<int>(distinct.size());
}

}  // namespace

RepairPlan allocate_spares(const MacroSpec& spec, const std::vector<Failure>& failures,
                           const FaultySpares& faulty) {
  std::set<Place> places;
  for (const Failure& each : failures) {
    places.emplace(each.row, static_cast<int>(each.bit / spec.weight.bits));
  }
  Search search(std::move(places), left_of(spec.repair.spare_rows, faulty.rows),
                left_of(spec.repair.spare_columns, faulty.columns));
  RepairPlan plan;
  search.take_needed(plan);
  if (search.run()) {
    plan.allocation = {on_spares(search.rows(), spec.repair.spare_rows, faulty.rows),
                       on_spares(search.columns(), spec.repair.spare_columns, faulty.columns)};
  } else {
    plan.given_up = search.given_up();
  }
  return plan;
}

std::vector<bool> repair_data(const MacroSpec& spec, const Allocation& allocation) {
  std::vector<bool> data;
  const auto put = [&](const std::vector<std::optional<int>>& spares, int register_bits) {
    for (const std::optional<int>& line : spares) {
      for (int bit = 0; bit + 1 < register_bits; ++bit) {
        data.push_back(line && (*line >> bit & 1) != 0);
      }
      data.push_back(line.has_value());
    }
  };
  put(allocation.rows, repair_row_bits(spec));
  put(allocation.columns, repair_column_bits(spec));
  return data;
}

}  // namespace cimforge::spec
