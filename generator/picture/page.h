// One HTML page with charts and tables that is a file of its own: no script, nothing to load, light
// and dark, for a screen and for paper.
#pragma once

#include <string>
#include <vector>

#include "generator/picture/chart.h"

namespace cimforge::picture {

struct Figure {
  Chart chart = {};
  std::string caption = {};
};

/// A table. A column of numbers, with or without units, is set to the right.
struct Table {
  std::string caption = {};
  std::vector<std::string> header = {};
  std::vector<std::vector<std::string>> rows = {};  ///< a short row is filled with empty cells
};

/// A section: its text, then its figures side by side where there is room, then its tables.
struct Section {
  std::string heading = {};
  std::string text = {};  ///< an empty line begins a new paragraph
  std::vector<Figure> figures = {};
  std::vector<Table> tables = {};
};

struct KeyFact {
  std::string name = {};
  std::string value = {};
};

struct Page {
  std::string title = {};
  std::string intro = {};  ///< an empty line begins a new paragraph
  std::vector<KeyFact> facts = {};
  std::vector<Section> sections = {};
  std::string footer = {};
};

/// The page as HTML5 that is well-formed XML too.
std::string to_html(const Page& page);

}  // namespace cimforge::picture
