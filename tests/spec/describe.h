// The key table as documents: docs/specification.schema.json and the tables of
// docs/specification.md. The tests hold the committed files against these texts.
#pragma once

#include <string>

namespace cimforge::spec {

/// The JSON Schema (draft 7, which editors read) of a specification.
std::string schema_as_json();

/// One Markdown section and table for the top level and for each table of a specification.
std::string tables_as_markdown();

}  // namespace cimforge::spec
