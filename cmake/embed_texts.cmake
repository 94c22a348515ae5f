# Run by cimforge_embed: writes a C++ source that holds the texts of FILES.
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" text)
  # A raw string literal may hold 64 KiB everywhere.
  string(APPEND entries "      {\"${name}\", R\"cimforge(${text})cimforge\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include <map>
#include <string>

namespace ${NAMESPACE} {
const std::map<std::string, std::string>& ${FUNCTION}();
const std::map<std::string, std::string>& ${FUNCTION}() {
  static const std::map<std::string, std::string> texts = {
${entries}  };
  return texts;
}
}  // namespace ${NAMESPACE}
")
