#include "generator/picture/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "generator/picture/style_sheets.h"
#include "generator/picture/text.h"

namespace cimforge::picture {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A number, with an exponent or a unit at most: `-1`, `1,024`, `3.2e-9 A`, `97.5 %`; not `64 x
/// 64`.
bool is_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) {
    text.remove_prefix(1);
  } else if (text.starts_with("\u2212") || text.starts_with("\u00b1")) {
    text.remove_prefix(std::string_view(text).starts_with("\u2212") ? 3 : 2);
  }
  if (text.empty() || !is_digit(text.front())) return false;
  std::size_t end = text.find_first_not_of("0123456789.,'_");
  if (end == std::string_view::npos) return true;
  text.remove_prefix(end);
  if (text.size() >= 2 && (text[0] == 'e' || text[0] == 'E')) {
    end = text[1] == '-' || text[1] == '+' ? 2 : 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    text.remove_prefix(end);
  }
  return std::none_of(text.begin(), text.end(), is_digit) && text.size() <= 8;
}

/// What stands for a number that there is not.
bool is_nothing(std::string_view text) {
  return text.empty() || text == "-" || text == "\u2013" || text == "\u2014" || text == "n/a";
}

std::string cell_of(const std::vector<std::string>& row, std::size_t column) {
  return column < row.size() ? row[column] : "";
}

bool is_number_column(const Table& table, std::size_t column) {
  bool some = false;
  for (const std::vector<std::string>& row : table.rows) {
    const std::string cell = cell_of(row, column);
    if (is_nothing(cell)) continue;
    if (!is_number(cell)) return false;
    some = true;
  }
  return some;
}

std::string paragraphs(std::string_view text) {
  std::string html;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    const std::string_view paragraph = text.substr(0, end);
    if (paragraph.find_first_not_of(" \n\t\r") != std::string_view::npos) {
      html += fmt::format("<p>{}</p>\n", escape(paragraph));
    }
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return html;
}

std::string to_html(const Table& table) {
  std::size_t columns = table.header.size();
  for (const std::vector<std::string>& row : table.rows) columns = std::max(columns, row.size());
  if (columns == 0) return "";
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < columns; ++i) {
    classes.push_back(is_number_column(table, i) ? " class=\"number\"" : "");
  }
  std::string html = "<div class=\"table\">\n<table>\n";
  if (!table.caption.empty()) html += fmt::format("<caption>{}</caption>\n", escape(table.caption));
  if (!table.header.empty()) {
    html += "<thead>\n<tr>";
    for (std::size_t i = 0; i < columns; ++i) {
      html +=
          fmt::format("<th scope=\"col\"{}>{}</th>", classes[i], escape(cell_of(table.header, i)));
    }
    html += "</tr>\n</thead>\n";
  }
  html += "<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < columns; ++i) {
      html += fmt::format("<td{}>{}</td>", classes[i], escape(cell_of(row, i)));
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string to_html(const Figure& figure) {
  std::string html = "<figure>\n" + to_svg(figure.chart, StyleSheet::in_page);
  if (!figure.caption.empty()) {
    html += fmt::format("<figcaption>{}</figcaption>\n", escape(figure.caption));
  }
  return html + "</figure>\n";
}

std::string to_html(const Section& section, std::size_t number) {
  std::string html = fmt::format(
                         "<section id=\"section-{0}\" aria-labelledby=\"heading-{0}\">\n"
                         "<h2 id=\"heading-{0}\">{1}</h2>\n",
                         number, escape(section.heading)) +
                     paragraphs(section.text);
  if (!section.figures.empty()) {
    html += "<div class=\"figures\">\n";
    for (const Figure& figure : section.figures) html += to_html(figure);
    html += "</div>\n";
  }
  for (const Table& table : section.tables) html += to_html(table);
  return html + "</section>\n";
}

std::string to_html(const std::vector<KeyFact>& facts) {
  if (facts.empty()) return "";
  std::string html = "<dl class=\"facts\">\n";
  for (const KeyFact& fact : facts) {
    html +=
        fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(fact.name), escape(fact.value));
  }
  return html + "</dl>\n";
}

std::string contents(const std::vector<Section>& sections) {
  if (sections.size() < 2) return "";
  std::string html = "<nav aria-label=\"Contents\">\n<ol>\n";
  for (std::size_t i = 0; i < sections.size(); ++i) {
    html += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i + 1,
                        escape(sections[i].heading));
  }
  return html + "</ol>\n</nav>\n";
}

}  // namespace

std::string to_html(const Page& page) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n"
      "<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
      "<head>\n"
      "<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
      "<title>{0}</title>\n"
      "<style>\n{1}{2}</style>\n"
      "</head>\n"
      "<body>\n"
      "<header>\n<h1>{0}</h1>\n",
      escape(page.title), style_sheets().at("page.css"), chart_style_sheet());
  html += paragraphs(page.intro) + to_html(page.facts) + contents(page.sections) +
          "</header>\n<main>\n";
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    html += to_html(page.sections[i], i + 1);
  }
  html += "</main>\n";
  if (!page.footer.empty()) html += "<footer>\n" + paragraphs(page.footer) + "</footer>\n";
  return html + "</body>\n</html>\n";
}

}  // namespace cimforge::picture
